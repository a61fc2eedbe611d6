//! Bars with intervals, each with its label and its figure beside it.

use super::Report;
use super::html::{escape, shortened};
use super::notes::sign;
use crate::protect::ReleasedCell;
use crate::table::Statistic;

/// Width of a chart in its own units; on paper and on a phone one of them is about a CSS pixel.
const WIDTH: usize = 320;
/// Width of 100 %; the figure stands beside it.
const SCALE: f64 = 2.2;
/// From one bar to the next.
const STEP: usize = 30;
/// Characters that fit into the width.
const FIT: usize = 50;

/// A bar with its label.
pub struct Bar {
    pub label: String,
    /// Under which other charts find the label.
    pub id: Option<String>,
    pub cell: ReleasedCell,
}

impl Report<'_> {
    /// What stands for a cell: `62 % (58–66)`, or a dash.
    pub fn figure(&self, cell: ReleasedCell, statistic: Statistic) -> String {
        let Some(estimate) = cell.estimate else {
            return "—".into();
        };
        let number = |value: f64| match statistic {
            Statistic::Proportion => self.words.share(value),
            Statistic::Mean => self.words.number(value, 1),
        };
        let value = match statistic {
            Statistic::Proportion => self.words.with("percent", &[("n", &number(estimate.value))]),
            Statistic::Mean => number(estimate.value),
        };
        let value = value + sign(cell);
        match estimate.ci {
            Some((low, high)) => format!("{value} ({})", self.range(&number(low), &number(high))),
            None => value,
        }
    }

    pub fn range(&self, low: &str, high: &str) -> String {
        self.words.with("range", &[("low", low), ("high", high)])
    }

    /// The start of a chart of some height, with the group in which texts stand.
    pub fn svg(&self, height: usize) -> String {
        let texts = if self.rtl {
            " transform=\"translate(320)\""
        } else {
            ""
        };
        format!("<svg viewBox=\"0 0 {WIDTH} {height}\" aria-hidden=\"true\"><g{texts}>")
    }

    /// The group in which 0 to 100 is the width of the scale, from the side where reading begins.
    pub fn marks(&self, scale: f64) -> String {
        if self.rtl {
            format!("</g><g transform=\"translate(320) scale(-{scale} 1)\">")
        } else {
            format!("</g><g transform=\"scale({scale} 1)\">")
        }
    }

    /// The group in which figures stand, beside the scale.
    fn beside(&self) -> String {
        let beside = (100.0 * SCALE) as usize + 6;
        let from = if self.rtl { WIDTH - beside } else { beside };
        format!("</g><g transform=\"translate({from})\">")
    }

    /// Bars with their intervals; a broken line where the figure is withheld.
    pub fn bars(&self, bars: &[Bar], statistic: Statistic) -> String {
        let whole = scale_of(bars, statistic);
        let at = |value: f64| (value / whole * 100.0).clamp(0.0, 100.0).round();
        let (mut labels, mut figures) = (String::new(), String::new());
        let (mut shown, mut lines, mut withheld) = (String::new(), String::new(), String::new());
        for (row, bar) in bars.iter().enumerate() {
            let top = row * STEP;
            let y = top + 20;
            let id = bar
                .id
                .as_ref()
                .map_or_else(String::new, |id| format!(" id=\"{id}\""));
            let label = escape(&shortened(&bar.label, FIT));
            labels += &format!("<text{id} y=\"{}\">{label}</text>", label_at(row));
            let figure = escape(&self.figure(bar.cell, statistic));
            figures += &format!("<text y=\"{}\">{figure}</text>", y + 4);
            match bar.cell.estimate {
                Some(estimate) => {
                    shown += &format!("M0 {y}h{}", at(estimate.value));
                    if let Some((low, high)) = estimate.ci {
                        lines += &format!("M{} {y}h{}", at(low), (at(high) - at(low)).max(0.5));
                    }
                }
                None => withheld += &format!("M0 {y}h100"),
            }
        }
        let mut out = self.svg(bars.len() * STEP) + &labels + &self.beside() + &figures + &self.marks(SCALE);
        for (class, path) in [("b", shown), ("i", lines), ("w", withheld)] {
            if !path.is_empty() {
                out += &format!("<path class=\"{class}\" d=\"{path}\"/>");
            }
        }
        out + "</g></svg>"
    }
}

/// Where the label of a row stands.
pub fn label_at(row: usize) -> usize {
    row * STEP + 11
}

/// What 100 is: the whole for shares, and for means a round number above all intervals.
fn scale_of(bars: &[Bar], statistic: Statistic) -> f64 {
    if statistic == Statistic::Proportion {
        return 1.0;
    }
    let highest = bars
        .iter()
        .filter_map(|bar| bar.cell.estimate)
        .map(|estimate| estimate.ci.map_or(estimate.value, |ci| ci.1))
        .fold(0.0, f64::max);
    let power = 10f64.powf(highest.max(1e-9).log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    steps.into_iter().find(|step| *step >= highest).unwrap_or(highest)
}
