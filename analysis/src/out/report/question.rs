//! Each question: its answers overall, by each disaggregation, and the table of all that.

use super::Report;
use super::chart::Bar;
use super::dots::{base_of, label_id};
use super::html::{escape, id, shortened};
use super::notes::{own_bases, sign};
use crate::protect::{ReleasedCell, ReleasedTable};
use crate::table::Statistic;
use baraza_forms::{Kind, Role};

impl Report<'_> {
    /// All questions in the form's order.
    pub fn questions(&self) -> String {
        let tables = self.released.tables();
        let links: String = tables
            .iter()
            .map(|table| {
                format!(
                    "<li><a href=\"#{}\">{}</a></li>",
                    id(table.question()),
                    escape(self.about.table_label(table))
                )
            })
            .collect();
        let sections: String = tables
            .iter()
            .enumerate()
            .map(|table| self.question(table))
            .collect();
        let contents = format!(
            "<nav aria-labelledby=\"contents\"><details><summary id=\"contents\">{}</summary><ol>{links}</ol></details></nav>",
            self.t("contents")
        );
        format!(
            "<section class=\"all\"><h2>{}</h2>{contents}{sections}</section>\n",
            self.t("all_questions")
        )
    }

    fn question(&self, (at, table): (usize, &ReleasedTable)) -> String {
        let label = escape(self.about.table_label(table));
        let base = escape(&self.words.parts(table.base()));
        let head = format!(
            "<section class=\"q\" id=\"{}\"><h3>{label}</h3><p class=\"base\">{}: {base}</p>",
            id(table.question()),
            self.t("base")
        );
        let shown: Vec<&Vec<usize>> = self
            .divisions
            .iter()
            .filter(|d| !self.is_itself(table, d))
            .collect();
        if base_of(table, 0).is_none()
            && shown
                .iter()
                .all(|d| d.iter().all(|&at| base_of(table, at).is_none()))
        {
            return format!("{head}<p>{}</p></section>\n", self.t("nothing"));
        }
        let charts = match table.statistic() {
            Statistic::Proportion => {
                let groups: String = shown
                    .iter()
                    .map(|division| self.dots((at, table), division))
                    .collect();
                self.overall(table, Some(at)) + &groups
            }
            Statistic::Mean if table.categories().is_empty() => self.means(table, &shown),
            // Answers have means of their own, such as ranks: groups stand in the table.
            Statistic::Mean => self.overall(table, None),
        };
        let figures = self.figures(table, &shown);
        let differences = self.differences((at, table), None);
        format!("{head}<div class=\"charts\">{charts}</div>{differences}{figures}</section>\n")
    }

    /// Whether the question is what a disaggregation divides by: all women are women.
    fn is_itself(&self, table: &ReleasedTable, division: &[usize]) -> bool {
        let by = &self.domain(division[0]).by;
        let role = Role::ALL
            .iter()
            .find(|(_, word)| word == by)
            .map(|(role, _)| *role);
        let divides = role.and_then(|role| self.about.form.with_role(role));
        by == table.question()
            || divides.is_some_and(|node| self.about.form.nodes[node].key == table.question())
    }

    /// Categories in the order in which they are shown: those of a select-multiple from the most given down.
    pub fn order(&self, table: &ReleasedTable) -> Vec<usize> {
        let mut order: Vec<usize> = (0..table.categories().len()).collect();
        let node = self.about.form.by_key(table.question());
        if node.is_some_and(|id| self.about.form.nodes[id].kind == Kind::SelectMultiple) {
            let share = |at: usize| table.cell(0, at).estimate.map_or(-1.0, |estimate| estimate.value);
            order.sort_by(|&a, &b| share(b).total_cmp(&share(a)));
        }
        order
    }

    /// The answers of everybody. With the table's position other charts can use its labels.
    pub fn overall(&self, table: &ReleasedTable, at: Option<usize>) -> String {
        let chart = self.overall_chart(table, at);
        let n = if own_bases(self.released, table) {
            String::new()
        } else {
            self.n(table, 0)
        };
        format!(
            "<figure><figcaption>{} {n}</figcaption>{chart}</figure>",
            self.t("all")
        )
    }

    /// The bars of that.
    pub fn overall_chart(&self, table: &ReleasedTable, at: Option<usize>) -> String {
        let bar = |category: usize| Bar {
            label: self.bar_label(
                table,
                self.about.category_label(table, &table.categories()[category]),
                table.cell(0, category),
            ),
            id: at.map(|at| label_id(at, category)),
            cell: table.cell(0, category),
        };
        let bars: Vec<Bar> = self.order(table).into_iter().map(bar).collect();
        self.bars(&bars, table.statistic())
    }

    /// An answer, with its n where that is not the same for all of them.
    fn bar_label(&self, table: &ReleasedTable, label: &str, cell: ReleasedCell) -> String {
        match cell.estimate {
            Some(estimate) if own_bases(self.released, table) => {
                format!(
                    "{} · {} {}",
                    shortened(label, 38),
                    self.words.t("n"),
                    self.words.count(estimate.n)
                )
            }
            _ => label.to_owned(),
        }
    }

    /// `n 1204`, with a sign where it is small.
    pub fn n(&self, table: &ReleasedTable, domain: usize) -> String {
        match base_of(table, domain) {
            Some((n, small)) => {
                let star = if small { "*" } else { "" };
                format!("<small>{} {}{star}</small>", self.t("n"), self.words.count(n))
            }
            None => "<small>—</small>".into(),
        }
    }

    /// The mean of everybody and of each group.
    fn means(&self, table: &ReleasedTable, divisions: &[&Vec<usize>]) -> String {
        let chart = self.means_chart(table, divisions);
        format!(
            "<figure><figcaption>{} {}</figcaption>{chart}</figure>",
            self.t("mean"),
            self.n(table, 0)
        )
    }

    /// The bars of that.
    pub fn means_chart(&self, table: &ReleasedTable, divisions: &[&Vec<usize>]) -> String {
        let domains =
            std::iter::once(0).chain(divisions.iter().flat_map(|division| division.iter().copied()));
        let bars: Vec<Bar> = domains
            .map(|domain| Bar {
                label: self.domain_label(domain),
                id: None,
                cell: table.cell(domain, 0),
            })
            .collect();
        self.bars(&bars, Statistic::Mean)
    }

    /// The figures behind the charts: a row an answer, a column a domain.
    fn figures(&self, table: &ReleasedTable, divisions: &[&Vec<usize>]) -> String {
        let own = own_bases(self.released, table);
        let shown = |domain: &usize| base_of(table, *domain).is_some();
        let divided: Vec<Vec<usize>> = divisions
            .iter()
            .map(|division| division.iter().copied().filter(shown).collect())
            .collect();
        let divided: Vec<Vec<usize>> = divided
            .into_iter()
            .filter(|division| !division.is_empty())
            .collect();
        let domains: Vec<usize> = std::iter::once(0)
            .chain(divided.iter().flatten().copied())
            .collect();
        let heading = |domain: usize| {
            let n = if own { String::new() } else { self.n(table, domain) };
            format!("{} {n}", escape(&self.domain_label(domain)))
        };
        let answer = self.t("answer");
        let mut head = format!(
            "<tr><th rowspan=\"2\">{answer}</th><th rowspan=\"2\">{}</th>",
            heading(0)
        );
        for division in &divided {
            let by = escape(&self.division_label(&self.domain(division[0]).by));
            head += &format!("<th colspan=\"{}\" scope=\"colgroup\">{by}</th>", division.len());
        }
        head += "</tr><tr>";
        for &domain in &domains[1..] {
            head += &format!("<th>{}</th>", heading(domain));
        }
        let labels: Vec<String> = match table.categories() {
            [] => vec![self.words.t("mean").to_owned()],
            categories => categories
                .iter()
                .map(|category| self.about.category_label(table, category).to_owned())
                .collect(),
        };
        let mut body = String::new();
        for (at, label) in labels.iter().enumerate() {
            body += &format!("<tr><th scope=row>{}</th>", escape(label));
            for &domain in &domains {
                body += "<td>";
                body += &self.cell(table, (domain, at), own);
            }
            body += "\n";
        }
        let withheld = divisions
            .iter()
            .flat_map(|division| division.iter().copied())
            .filter(|at| !shown(at));
        let withheld: Vec<String> = withheld
            .map(|domain| escape(&self.domain_label(domain)))
            .collect();
        let withheld = if withheld.is_empty() {
            String::new()
        } else {
            format!("<p class=\"base\">— : {}</p>", withheld.join(", "))
        };
        let summary = self.t("figures");
        let name = escape(self.about.table_label(table));
        format!(
            "<details><summary>{summary}</summary><div class=\"t\" role=\"region\" tabindex=\"0\" aria-label=\"{summary}: {name}\">\
             <table><thead>{head}</tr></thead><tbody>{body}</tbody></table></div>{withheld}</details>"
        )
    }

    fn cell(&self, table: &ReleasedTable, (domain, category): (usize, usize), own_base: bool) -> String {
        let cell = table.cell(domain, category);
        let Some(estimate) = cell.estimate else {
            return "—".into();
        };
        let number = |value: f64| match table.statistic() {
            Statistic::Proportion => self.words.share(value),
            Statistic::Mean => self.words.number(value, 1),
        };
        let mut text = number(estimate.value) + sign(cell);
        if let Some((low, high)) = estimate.ci {
            text += &format!(" ({})", self.range(&number(low), &number(high)));
        }
        if own_base {
            text += &format!(" {} {}", self.words.t("n"), self.words.count(estimate.n));
        }
        escape(&text)
    }
}
