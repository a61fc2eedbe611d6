//! Differences between groups that were tested, and hold.

use super::Report;
use super::html::escape;
use crate::compare::Comparison;
use crate::protect::ReleasedTable;

impl Report<'_> {
    /// The differences of a question that chance does not explain, in words; of all answers, or of one. `at` is the
    /// position of the table.
    pub fn differences(&self, (at, table): (usize, &ReleasedTable), answer: Option<usize>) -> String {
        let is_read =
            |domain: usize| domain == 0 || self.divisions.iter().any(|division| division.contains(&domain));
        let found = self.released.findings().comparisons.iter().filter(|comparison| {
            comparison.table == at
                && comparison.marked
                && answer.is_none_or(|answer| comparison.category == answer)
                && is_read(comparison.domains.0)
                && is_read(comparison.domains.1)
        });
        let lines: String = found
            .map(|comparison| self.difference(table, comparison))
            .collect();
        if lines.is_empty() {
            return lines;
        }
        format!(
            "<div class=\"diff\"><h4>{}</h4><ul>{lines}</ul></div>",
            self.t("differences")
        )
    }

    /// 'Yes: Woman 76 % (71–80), Man 56 % (50–61)'
    fn difference(&self, table: &ReleasedTable, comparison: &Comparison) -> String {
        let (first, second) = comparison.domains;
        let answer = table.categories().get(comparison.category);
        let answer = answer.map_or_else(
            || self.words.t("mean"),
            |category| self.about.category_label(table, category),
        );
        let figure = |domain: usize| self.figure(table.cell(domain, comparison.category), table.statistic());
        let line = self.words.with(
            "difference",
            &[
                ("answer", answer),
                ("first", &self.domain_label(first)),
                ("x", &figure(first)),
                ("second", &self.domain_label(second)),
                ("y", &figure(second)),
            ],
        );
        format!("<li>{}</li>", escape(&line))
    }
}
