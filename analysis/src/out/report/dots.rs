//! Groups of people side by side: a symbol with its interval for each, answer by answer.

use super::Report;
use super::chart::label_at;
use super::html::escape;
use crate::protect::{ReleasedTable, Status};

/// Symbols as they stand in the legend; the charts draw the same.
const SIGNS: [&str; 8] = ["●", "■", "▲", "◆", "▼", "✚", "✖", "▬"];
/// Their outlines around 0, filled and, for small bases, hollow.
const OUTLINES: [&str; 8] = [
    "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z",
    "M-3.1-3.1h6.2v6.2h-6.2z",
    "M0-4l3.8 6.6h-7.6z",
    "M0-4.2l4 4.2l-4 4.2l-4-4.2z",
    "M0 4l3.8-6.6h-7.6z",
    "M-1.2-3.8h2.4v2.6h2.6v2.4h-2.6v2.6h-2.4v-2.6h-2.6v-2.4h2.6z",
    "M-3.6-2.4l1.2-1.2l2.4 2.4l2.4-2.4l1.2 1.2l-2.4 2.4l2.4 2.4l-1.2 1.2l-2.4-2.4l-2.4 2.4l-1.2-1.2l2.4-2.4z",
    "M-4.2-1.6h8.4v3.2h-8.4z",
];
/// Width of 1 % in a chart.
const SCALE: f64 = 3.0;
/// From one lane to the next.
const LANE: usize = 9;
/// What the label of an answer takes.
const LABEL: usize = 17;

/// Height of the numbers under a chart.
const AXIS: usize = 14;

impl Report<'_> {
    /// What charts use again: the symbols and the numbers of the axis, once a page. The symbols stand in a group that
    /// is stretched sideways, so they are drawn narrow.
    pub fn symbols(&self) -> String {
        let mut out = "<svg width=\"0\" height=\"0\" aria-hidden=\"true\" class=\"defs\"><defs>".to_owned();
        for (at, outline) in OUTLINES.iter().enumerate() {
            for class in ["m", "h"] {
                out += &format!(
                    "<marker id=\"{class}{at}\" class=\"{class}\" markerUnits=\"userSpaceOnUse\" markerWidth=\"9\" \
                     markerHeight=\"9\" overflow=\"visible\"><path transform=\"scale({:.4} 1)\" d=\"{outline}\"/></marker>",
                    1.0 / SCALE
                );
            }
        }
        out += "<g id=\"axis\">";
        let side = if self.rtl { -1 } else { 1 };
        for (percent, anchor) in [(0.0, "start"), (50.0, "middle"), (100.0, "end")] {
            let x = side * (percent * SCALE) as i64;
            let text = self
                .words
                .with("percent", &[("n", &self.words.number(percent, 0))]);
            out += &format!(
                "<text x=\"{x}\" text-anchor=\"{anchor}\">{}</text>",
                escape(&text)
            );
        }
        out + "</g></defs></svg>"
    }
}

/// A domain in a chart of one question.
struct Lane {
    domain: usize,
    /// Which symbol it has.
    sign: usize,
    /// Its base is small.
    marked: bool,
    /// Respondents in its base.
    n: u64,
}

/// The domains of a disaggregation that show anything, and those that don't.
fn lanes_of(table: &ReleasedTable, division: &[usize]) -> (Vec<Lane>, Vec<usize>) {
    let (mut lanes, mut withheld) = (Vec::new(), Vec::new());
    for (sign, &domain) in division.iter().enumerate() {
        match base_of(table, domain) {
            Some((n, marked)) => lanes.push(Lane {
                domain,
                sign,
                marked,
                n,
            }),
            None => withheld.push(domain),
        }
    }
    (lanes, withheld)
}

/// Respondents in a domain's base, and whether that is small; `None` where all of it is withheld.
pub fn base_of(table: &ReleasedTable, domain: usize) -> Option<(u64, bool)> {
    let mut cells = (0..table.categories().len().max(1)).map(|category| table.cell(domain, category));
    cells.find_map(|cell| Some((cell.estimate?.n, cell.status == Status::Marked)))
}

impl Report<'_> {
    /// A disaggregation of a question: the answers of substance, a lane for each domain that shows anything. Nothing
    /// where they are more than there are symbols: they stand in the table.
    pub fn dots(&self, (at, table): (usize, &ReleasedTable), division: &[usize]) -> String {
        if division.len() > SIGNS.len() {
            return String::new();
        }
        let (lanes, withheld) = lanes_of(table, division);
        let mut legend: String = lanes
            .iter()
            .map(|lane| {
                let sign = SIGNS[lane.sign];
                let class = if lane.marked { " class=\"h\"" } else { "" };
                let label = escape(&self.lane_label(lane));
                format!("<span><b{class}>{sign}</b>{label}</span> ")
            })
            .collect();
        for domain in withheld {
            legend += &format!("<span>{} —</span> ", escape(&self.domain_label(domain)));
        }
        let by = escape(&self.division_label(&self.domain(division[0]).by));
        let chart = if lanes.is_empty() {
            String::new()
        } else {
            self.lanes((at, table), &lanes)
        };
        format!(
            "<figure><figcaption>{by}</figcaption><p class=\"l\" aria-hidden=\"true\">{legend}</p>{chart}</figure>"
        )
    }

    /// The same as lines of its legend and the chart, for a file of its own; nothing where nothing would be drawn.
    pub fn dots_alone(
        &self,
        (at, table): (usize, &ReleasedTable),
        division: &[usize],
    ) -> Option<(Vec<String>, String)> {
        let (lanes, withheld) = lanes_of(table, division);
        if lanes.is_empty() || division.len() > SIGNS.len() {
            return None;
        }
        // A small base has a hollow symbol in the chart; here its n has the sign.
        let shown = lanes
            .iter()
            .map(|lane| format!("{} {}", SIGNS[lane.sign], self.lane_label(lane)));
        let withheld = withheld
            .into_iter()
            .map(|domain| format!("{} —", self.domain_label(domain)));
        Some((shown.chain(withheld).collect(), self.lanes((at, table), &lanes)))
    }

    /// `Woman n 1204`
    fn lane_label(&self, lane: &Lane) -> String {
        let star = if lane.marked { "*" } else { "" };
        let (label, n) = (self.domain_label(lane.domain), self.words.count(lane.n));
        format!("{label} {} {n}{star}", self.words.t("n"))
    }

    /// Labels are those of the question's first chart, used once more.
    fn lanes(&self, (at, table): (usize, &ReleasedTable), lanes: &[Lane]) -> String {
        let step = LABEL + LANE * lanes.len() + 3;
        let order = self.order(table).into_iter().enumerate();
        let shown: Vec<_> = order
            .filter(|(_, category)| !is_pass(&table.categories()[*category]))
            .collect();
        let (mut labels, mut intervals, mut withheld) = (String::new(), String::new(), String::new());
        let mut symbols = vec![String::new(); lanes.len()];
        let percent = |share: f64| (share * 100.0).round();
        for (row, &(place, category)) in shown.iter().enumerate() {
            let (here, there) = (row * step + 12, label_at(place));
            let sign = if here < there { "-" } else { "" };
            let lower = here.abs_diff(there);
            labels += &format!("<use href=\"#{}\" y=\"{sign}{lower}\"/>", label_id(at, category));
            for (number, lane) in lanes.iter().enumerate() {
                let y = row * step + LABEL + LANE * number + LANE / 2;
                let Some(estimate) = table.cell(lane.domain, category).estimate else {
                    withheld += &format!("M0 {y}h100");
                    continue;
                };
                symbols[number] += &format!("{} {y} ", percent(estimate.value));
                if let Some((low, high)) = estimate.ci {
                    let (low, high) = (percent(low), percent(high));
                    intervals += &format!("M{low} {y}h{}", (high - low).max(0.5));
                }
            }
        }
        let height = shown.len() * step;
        labels += &format!("<use href=\"#axis\" y=\"{}\"/>", height + AXIS - 4);
        let mut out = self.svg(height + AXIS) + &labels + &self.marks(SCALE);
        out += &format!("<path class=\"g\" d=\"M0 0v{height}M50 0v{height}M100 0v{height}\"/>");
        for (class, path) in [("w", &withheld), ("i", &intervals)] {
            if !path.is_empty() {
                out += &format!("<path class=\"{class}\" d=\"{path}\"/>");
            }
        }
        for (lane, path) in lanes.iter().zip(&symbols) {
            if !path.is_empty() {
                let class = if lane.marked { "h" } else { "m" };
                // A line that is not drawn, with a symbol at each of its points.
                out += &format!(
                    "<path class=\"{class}{}\" d=\"M{}\"/>",
                    lane.sign,
                    path.trim_end()
                );
            }
        }
        out + "</g></svg>"
    }
}

/// The id of an answer's label, by the positions of its table and category.
pub fn label_id(table: usize, category: usize) -> String {
    format!("l{table}-{category}")
}

/// Don't know and prefer not to say stand in the table and the first chart, not in those of groups.
fn is_pass(category: &crate::variables::Category) -> bool {
    use baraza_forms::form::Special;
    matches!(
        category.special,
        Some(Special::DontKnow | Special::PreferNotToSay)
    )
}
