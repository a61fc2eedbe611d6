//! The table of texts: one translation for each language.

use super::Xform;
use crate::expr::Printer;
use crate::form::{Choice, Media, NodeId, Part, Template, TextId};
use std::io::{Result, Write};

/// A text, its form (`guidance`, `image`) and where its file lies.
type Value = (Option<&'static str>, &'static str, TextId);

/// Texts that are shown together, under one id.
struct Entry {
    id: String,
    /// Whose answers the text may show.
    node: NodeId,
    values: Vec<Value>,
    /// Instead of a text that is not there.
    words: Option<String>,
}

/// `jr:itext('…')` of a node's text.
pub fn reference(path: &str, what: &str) -> String {
    format!("jr:itext('{path}:{what}')")
}

/// The id of a choice's text.
pub fn choice_id(list: &str, row: usize) -> String {
    format!("{list}-{row}")
}

impl<W: Write> Xform<'_, W> {
    /// `<itext>`
    pub fn itext(&mut self) -> Result<()> {
        let entries = self.entries();
        self.xml.open("itext", &[])?;
        for (at, language) in self.form.languages.iter().enumerate() {
            let name = if language.name.is_empty() {
                "default"
            } else {
                &language.name
            };
            let first: &[_] = &[("lang", name), ("default", "true()")];
            self.xml
                .open("translation", &first[..if at == 0 { 2 } else { 1 }])?;
            for entry in &entries {
                self.entry(entry, at)?;
            }
            self.xml.close()?;
        }
        self.xml.close()
    }

    fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        for (id, node) in self.form.nodes.iter().enumerate().skip(1) {
            let path = self.path(id);
            let mut add = |what: &str, values: Vec<Value>, words: Option<String>| {
                entries.push(Entry {
                    id: format!("{path}:{what}"),
                    node: id,
                    values,
                    words,
                });
            };
            if self.has_label(id) {
                let values = label_values(node.label, &node.media);
                add("label", values, node.label.is_none().then(|| node.name.clone()));
            }
            if node.hint.is_some() || node.guidance.is_some() {
                let hint = node.hint.map(|text| (None, "", text));
                let guidance = node.guidance.map(|text| (Some("guidance"), "", text));
                add("hint", hint.into_iter().chain(guidance).collect(), None);
            }
            if let Some(text) = node.constraint_message {
                add("jr:constraintMsg", vec![(None, "", text)], None);
            }
            if let Some(text) = node.required_message {
                add("jr:requiredMsg", vec![(None, "", text)], None);
            }
        }
        for (list, names) in self.form.lists.iter().zip(&self.names.lists) {
            entries.extend(
                list.choices
                    .iter()
                    .enumerate()
                    .map(|(row, choice)| choice_entry(&names.id, row, choice)),
            );
        }
        entries
    }

    fn entry(&mut self, entry: &Entry, language: usize) -> Result<()> {
        self.xml.open("text", &[("id", &entry.id)])?;
        if let Some(words) = &entry.words {
            self.xml.element("value", &[], words)?;
        }
        for (form, folder, text) in &entry.values {
            let Some(template) = self.form.texts.get(language).and_then(|texts| texts.get(*text)) else {
                continue;
            };
            match form {
                None => self.xml.open("value", &[])?,
                Some(form) => self.xml.open("value", &[("form", form)])?,
            }
            self.xml.words(folder)?;
            self.template(template, entry.node)?;
            self.xml.close()?;
        }
        self.xml.close()
    }

    fn template(&mut self, template: &Template, node: NodeId) -> Result<()> {
        let parts = match template {
            Template::Plain(words) => return self.xml.words(words),
            Template::Parts(parts) => parts,
        };
        for part in parts {
            match part {
                Part::Words(words) => self.xml.words(words)?,
                Part::Value { e } => {
                    let printer = Printer {
                        form: self.form,
                        here: node,
                        lists: &self.names.lists,
                    };
                    self.xml.empty("output", &[("value", &printer.print(e))])?;
                }
            }
        }
        Ok(())
    }
}

fn choice_entry(list: &str, row: usize, choice: &Choice) -> Entry {
    Entry {
        id: choice_id(list, row),
        node: 0,
        values: label_values(choice.label, &choice.media),
        words: choice.label.is_none().then(|| choice.name.clone()),
    }
}

fn label_values(label: Option<TextId>, media: &Media) -> Vec<Value> {
    let all = [
        (None, "", label),
        (Some("image"), "jr://images/", media.image),
        (Some("audio"), "jr://audio/", media.audio),
        (Some("video"), "jr://video/", media.video),
    ];
    all.into_iter()
        .filter_map(|(form, folder, text)| Some((form, folder, text?)))
        .collect()
}
