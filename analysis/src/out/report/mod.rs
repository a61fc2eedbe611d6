//! One self-contained page: what people said, with charts, for everybody to read.
//!
//! No script, no file from elsewhere. Charts are SVG whose marks are hidden from screen readers, with a table of the
//! figures behind each. Written from right to left where the language is. A new part is a function from
//! [`Report`] to HTML, named in [`write_report`].

mod chart;
mod differences;
mod dots;
mod first;
mod html;
mod notes;
mod question;
mod single;
mod variables;

pub use first::{FirstPage, Headline};
pub use notes::{facts, legend, limits, own_bases, why};
pub use single::write_chart;

use super::About;
use super::words::Words;
use crate::error::Error;
use crate::protect::Released;
use crate::variables::Domain;
use html::escape;
use std::io::Write;

/// Domains of a disaggregation that one chart and one table can show.
const MOST_DOMAINS: usize = 12;

/// What every part of the report sees.
pub struct Report<'a> {
    released: &'a Released,
    about: &'a About<'a>,
    words: Words,
    rtl: bool,
    /// Positions of the disaggregations' domains, overall left out.
    divisions: Vec<Vec<usize>>,
    /// Disaggregations that are too many or crossed, by their names.
    left_out: Vec<&'a str>,
}

/// The report as HTML. `first` says which questions its first page shows.
///
/// # Errors
/// [`Error::Write`] where the writer fails.
pub fn write_report(
    released: &Released,
    about: &About<'_>,
    first: &FirstPage,
    mut writer: impl Write,
) -> Result<(), Error> {
    let report = Report::new(released, about);
    let parts = [
        report.first_page(first),
        report.questions(),
        report.limits(),
        report.codebook(),
    ];
    writer.write_all(report.head().as_bytes())?;
    for part in parts {
        writer.write_all(part.as_bytes())?;
    }
    writer.write_all(b"</main></body></html>\n")?;
    Ok(())
}

impl<'a> Report<'a> {
    fn new(released: &'a Released, about: &'a About<'a>) -> Self {
        let mut divisions: Vec<Vec<usize>> = Vec::new();
        let domains = released.domains();
        for at in 1..domains.len() {
            match divisions.last_mut() {
                Some(last) if domains[last[0]].by == domains[at].by => last.push(at),
                _ => divisions.push(vec![at]),
            }
        }
        let fits =
            |division: &Vec<usize>| division.len() <= MOST_DOMAINS && domains[division[0]].parts.is_empty();
        let (divisions, others): (Vec<_>, Vec<_>) = divisions.into_iter().partition(fits);
        Self {
            released,
            about,
            words: about.words(),
            rtl: about.language().rtl,
            divisions,
            left_out: others
                .into_iter()
                .map(|division| domains[division[0]].by.as_str())
                .collect(),
        }
    }

    fn t(&self, key: &'a str) -> String {
        escape(self.words.t(key))
    }

    fn domain(&self, at: usize) -> &'a Domain {
        &self.released.domains()[at]
    }

    /// A domain as read: 'All', 'Woman'.
    fn domain_label(&self, at: usize) -> String {
        let domain = self.domain(at);
        if at == 0 {
            self.words.t("all").to_owned()
        } else if domain.by == "age" {
            self.apart(&self.words.digits(&self.about.domain_label(domain)))
        } else {
            self.about.domain_label(domain)
        }
    }

    /// A text whose parts go from left to right in whatever surrounds it, such as `18-30`.
    fn apart(&self, text: &str) -> String {
        if self.rtl {
            format!("\u{2066}{text}\u{2069}")
        } else {
            text.to_owned()
        }
    }

    /// 'By gender'; by the question's label where the form has no role for it.
    fn division_label(&self, by: &str) -> String {
        let form = self.about.form;
        let what = self.words.find(by).map_or_else(
            || {
                let named = baraza_forms::Role::ALL.iter().find(|(_, word)| *word == by);
                let id = named
                    .and_then(|(role, _)| form.with_role(*role))
                    .or_else(|| form.by_key(by));
                id.map_or_else(|| by.to_owned(), |id| form.label(self.about.language, id))
            },
            str::to_owned,
        );
        self.words.with("by", &[("what", &what)])
    }

    fn head(&self) -> String {
        let language = self.about.language();
        let tag = escape(if language.tag == "und" {
            "en"
        } else {
            &language.tag
        });
        let dir = if self.rtl { "rtl" } else { "ltr" };
        let title = escape(&self.about.title());
        let (banner, margin) = if self.released.synthetic() {
            let text = self.words.t("synthetic");
            let margin = format!(
                "@page{{@top-center{{content:\"{}\";font:bold 8pt sans-serif;direction:{dir}}}}}",
                text.replace(['"', '\\', '<'], " ")
            );
            (
                format!("<header class=\"synthetic\">{}</header>", escape(text)),
                margin,
            )
        } else {
            (String::new(), String::new())
        };
        let facts = facts(self.released, self.about);
        // The banner says what is synthetic.
        let facts: String = facts
            .iter()
            .skip(usize::from(self.released.synthetic()))
            .map(|fact| format!("<li>{}</li>", escape(fact)))
            .collect();
        format!(
            "<!DOCTYPE html>\n<html lang=\"{tag}\" dir=\"{dir}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <meta name=\"generator\" content=\"Baraza\"><title>{title}</title>\n<style>{}{}{margin}</style></head>\n\
             <body>{}{banner}<main><h1>{title}</h1><ul class=\"facts\">{facts}</ul>\n",
            include_str!("chart.css"),
            include_str!("style.css"),
            self.symbols(),
        )
    }

    /// What the figures can't say, and why some are missing.
    fn limits(&self) -> String {
        let mut lines = limits(self.released, self.words);
        let (withheld, total) = notes::withheld(self.released);
        let counts = [
            ("n", self.words.count(withheld)),
            ("total", self.words.count(total)),
        ];
        let counts = [("n", counts[0].1.as_str()), ("total", counts[1].1.as_str())];
        lines.push(self.words.with("limit_withheld", &counts));
        if !self.left_out.is_empty() {
            let what = self.left_out.join(", ");
            lines.push(self.words.with("limit_left_out", &[("what", &what)]));
        }
        lines.extend(legend(self.released, self.released.tables(), self.words));
        let lines: String = lines
            .iter()
            .map(|line| format!("<li>{}</li>", escape(line)))
            .collect();
        format!(
            "<section id=\"limits\"><h2>{}</h2><ul>{lines}</ul></section>\n",
            self.t("limits")
        )
    }
}
