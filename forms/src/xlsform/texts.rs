//! Texts of all languages, and the values put into them.

use super::diagnostic::{Diagnostics, Place};
use crate::expr::{Names, parse};
use crate::form::{NodeId, Part, Template, TextId};
use std::collections::HashMap;

/// Where a text of the form stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPlace {
    /// The first of its cells that is filled.
    pub place: Place,
    /// By language, whether it has words of its own rather than those of another language.
    pub there: Vec<bool>,
}

/// Texts while the workbook is read; templates are parsed once all questions are known.
#[derive(Debug)]
pub struct Texts {
    languages: Vec<String>,
    rows: Vec<Raw>,
    known: HashMap<Vec<Option<String>>, TextId>,
}

#[derive(Debug)]
struct Raw {
    words: Vec<Option<String>>,
    place: Place,
    node: NodeId,
}

impl Texts {
    /// For languages by name, the default one first.
    pub fn new(languages: Vec<String>) -> Self {
        Self {
            languages,
            rows: Vec::new(),
            known: HashMap::new(),
        }
    }

    /// Adds the cells of a text; `None` where all are blank. A cell without language belongs to the first one.
    pub fn add(
        &mut self,
        cells: &[(Option<&str>, usize, &str)],
        place: &dyn Fn(usize) -> Place,
        node: NodeId,
    ) -> Option<TextId> {
        let mut words: Vec<Option<String>> = vec![None; self.languages.len()];
        for (language, _, text) in cells {
            let at = language.map_or(Some(0), |l| self.languages.iter().position(|known| known == l));
            if let Some(slot) = at.map(|at| &mut words[at]).filter(|slot| slot.is_none()) {
                *slot = Some((*text).to_owned());
            }
        }
        let first = cells.first()?.1;
        Some(self.insert(words, place(first), node))
    }

    /// Adds a text of our own, by language.
    pub fn own(&mut self, words: Vec<String>) -> TextId {
        self.insert(words.into_iter().map(Some).collect(), Place::sheet(""), 0)
    }

    /// The same words, if they hold no values, are one text.
    fn insert(&mut self, words: Vec<Option<String>>, place: Place, node: NodeId) -> TextId {
        if let Some(&id) = self.known.get(&words) {
            return id;
        }
        let id = self.rows.len();
        if !words.iter().flatten().any(|w| w.contains("${")) {
            self.known.insert(words.clone(), id);
        }
        self.rows.push(Raw { words, place, node });
        id
    }

    /// Where each text stands, and in which languages it is there.
    pub fn found(&self) -> Vec<TextPlace> {
        let of = |raw: &Raw| TextPlace {
            place: raw.place.clone(),
            there: raw.words.iter().map(Option::is_some).collect(),
        };
        self.rows.iter().map(of).collect()
    }

    /// One table a language; a missing translation shows the first language's words, or else any that is there.
    pub fn finish<'n, N: Names>(
        self,
        names: impl Fn(NodeId) -> N + 'n,
        out: &mut Diagnostics,
    ) -> Vec<Vec<Template>> {
        let mut tables: Vec<Vec<Template>> = vec![Vec::new(); self.languages.len()];
        for raw in &self.rows {
            let fallback = raw.words.iter().flatten().next().cloned().unwrap_or_default();
            for (at, table) in tables.iter_mut().enumerate() {
                let words = raw.words[at].as_ref().unwrap_or(&fallback);
                table.push(template(words, &names(raw.node), &raw.place, out));
            }
        }
        tables
    }
}

/// Splits `Good day, ${name}` into words and values.
fn template(words: &str, names: &dyn Names, place: &Place, out: &mut Diagnostics) -> Template {
    if !words.contains("${") {
        return Template::Plain(words.to_owned());
    }
    let mut parts = Vec::new();
    let mut rest = words;
    while let Some(start) = rest.find("${") {
        let Some(end) = rest[start..].find('}').map(|e| start + e + 1) else {
            break;
        };
        if start > 0 {
            parts.push(Part::Words(rest[..start].to_owned()));
        }
        if rest[start..].starts_with("${last-saved#") {
            out.warn(
                place.clone(),
                "reads-blank",
                "answers of the response before are not kept on the phone: ${last-saved#…} shows nothing",
            );
            rest = &rest[end..];
            continue;
        }
        match parse(&rest[start..end], names) {
            Ok(parsed) => parts.push(Part::Value { e: parsed.expr }),
            Err(problem) => out.error(place.clone(), "bad-reference", problem.message),
        }
        rest = &rest[end..];
    }
    if !rest.is_empty() {
        parts.push(Part::Words(rest.to_owned()));
    }
    Template::Parts(parts)
}
