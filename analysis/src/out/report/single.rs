//! One chart as a file of its own: it names its question, its base and what it is worth, since it is shown elsewhere.

use super::dots::base_of;
use super::html::escape;
use super::notes::limits;
use super::{About, Report};
use crate::error::Error;
use crate::protect::{Released, ReleasedTable};
use crate::table::Statistic;
use std::io::Write;

/// Around the chart.
const MARGIN: usize = 12;
/// Of a chart, as in the report.
const WIDTH: usize = 320;
/// Fonts by name: whoever opens the file has one of them.
const FONTS: &str = "'Noto Sans','Noto Sans Arabic',system-ui,sans-serif";

/// The chart of a table by a disaggregation, or of all together where `by` is `overall`, as an SVG that needs no other
/// file. Where the groups are more than there are symbols, they stand in the table alone.
///
/// # Errors
/// [`Error::Write`] where the writer fails.
pub fn write_chart(
    released: &Released,
    about: &About<'_>,
    (table, by): (usize, &str),
    mut writer: impl Write,
) -> Result<(), Error> {
    let report = Report::new(released, about);
    let sheet = Sheet::of(&report, (table, &released.tables()[table]), by);
    writer.write_all(sheet.finish(&report).as_bytes())?;
    Ok(())
}

/// The file, filled from the top.
#[derive(Default)]
struct Sheet {
    title: String,
    body: String,
    height: usize,
}

impl Sheet {
    fn of(report: &Report<'_>, (at, table): (usize, &ReleasedTable), by: &str) -> Self {
        let released = report.released;
        let words = report.words;
        let division: Vec<usize> = (1..released.domains().len())
            .filter(|&domain| released.domains()[domain].by == by)
            .collect();
        let mut sheet = Self {
            title: report.about.table_label(table).to_owned(),
            height: MARGIN,
            ..Self::default()
        };
        sheet.lines(report, &sheet.title.clone(), ("t", 34, 17));
        let base = format!("{}: {}", words.t("base"), words.parts(table.base()));
        sheet.lines(report, &base, ("s", 52, 13));
        let all = format!("{} {}", words.t("all"), count(report, table, 0));
        match table.statistic() {
            Statistic::Mean if table.categories().is_empty() => {
                sheet.lines(report, &all, ("h", 40, 18));
                sheet.chart(&report.means_chart(table, &[&division]));
            }
            Statistic::Mean => {
                sheet.lines(report, words.t("mean"), ("h", 40, 18));
                sheet.chart(&report.overall_chart(table, None));
            }
            Statistic::Proportion => {
                sheet.lines(report, &all, ("h", 40, 18));
                sheet.chart(&report.overall_chart(table, Some(at)));
                if let Some((legend, chart)) = report.dots_alone((at, table), &division) {
                    sheet.height += 6;
                    sheet.lines(report, &report.division_label(by), ("h", 40, 18));
                    for line in legend {
                        sheet.lines(report, &line, ("s", 52, 14));
                    }
                    sheet.chart(&chart);
                }
            }
        }
        sheet.height += 6;
        let worth = limits(released, words).into_iter().take(1);
        let synthetic = released.synthetic().then(|| words.t("synthetic").to_owned());
        let signs = super::legend(released, [table], words);
        for line in synthetic.into_iter().chain(worth).chain(signs) {
            sheet.lines(report, &line, ("s", 52, 13));
        }
        sheet
    }

    /// A text in lines of so many characters, each so high.
    fn lines(&mut self, report: &Report<'_>, text: &str, (class, most, high): (&str, usize, usize)) {
        let x = if report.rtl { WIDTH } else { 0 };
        let mut line = String::new();
        let mut put = |line: &str| {
            self.height += high;
            let y = self.height - 4;
            self.body += &format!(
                "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>",
                escape(line)
            );
        };
        for word in text.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > most {
                put(&line);
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line += word;
        }
        if !line.is_empty() {
            put(&line);
        }
    }

    /// A chart of the report, whose own element becomes a group.
    fn chart(&mut self, svg: &str) {
        let Some((head, rest)) = svg.split_once('>') else {
            return;
        };
        let height = head
            .split('"')
            .nth(1)
            .and_then(|view| view.rsplit(' ').next()?.parse::<usize>().ok())
            .unwrap_or_default();
        let inside = rest.strip_suffix("</svg>").unwrap_or(rest);
        self.body += &format!("<g transform=\"translate(0 {})\">{inside}</g>", self.height);
        self.height += height;
    }

    fn finish(self, report: &Report<'_>) -> String {
        let language = report.about.language().tag;
        let direction = if report.rtl { "rtl" } else { "ltr" };
        let (width, height) = (WIDTH + 2 * MARGIN, self.height + MARGIN);
        let symbols = report.symbols();
        let symbols = symbols
            .split_once('>')
            .map_or("", |(_, rest)| rest.trim_end_matches("</svg>"));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" xml:lang=\"{}\" direction=\"{direction}\" font-family=\"{FONTS}\" role=\"img\">\
             <title>{}</title><style>{}.t{{font-weight:700;font-size:14px}}.h{{font-weight:700}}.s{{font-size:10px}}\
             </style>{symbols}<path d=\"M0 0h{width}v{height}H0z\" style=\"fill:#fff;stroke:none\"/>\
             <g transform=\"translate({MARGIN} 0)\">{}</g></svg>\n",
            escape(&language),
            escape(&self.title),
            include_str!("chart.css"),
            self.body,
        )
    }
}

/// `n 1204`, with a sign where it is small.
fn count(report: &Report<'_>, table: &ReleasedTable, domain: usize) -> String {
    match base_of(table, domain) {
        Some(_) if table.own_bases() => String::new(),
        Some((n, small)) => {
            let star = if small { "*" } else { "" };
            format!("{} {}{star}", report.words.t("n"), report.words.count(n))
        }
        None => "—".to_owned(),
    }
}
