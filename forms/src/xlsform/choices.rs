//! The choices sheet, and tables attached to the form.

use super::Attachments;
use super::diagnostic::{Diagnostics, Place};
use super::headers::Table;
use super::texts::Texts;
use super::workbook::{Row, Sheet};
use crate::form::{Choice, List, ListId, Media, Special};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

/// Lists of a workbook. A list is taken into the form when a question or an expression first names it.
pub struct Lists<'a> {
    sources: BTreeMap<String, Source<'a>>,
    attachments: &'a Attachments<'a>,
    taken: RefCell<Taken>,
}

struct Source<'a> {
    table: &'a Table<'a>,
    rows: Vec<&'a Row>,
}

#[derive(Default)]
struct Taken {
    lists: Vec<List>,
    by_name: HashMap<String, ListId>,
    texts: Option<Texts>,
    /// Files that were not there: any column may be meant.
    missing: Vec<ListId>,
    out: Diagnostics,
}

/// Columns of a list's sheet that are no further columns of the list.
const OWN: &[&str] = &[
    "list_name",
    "name",
    "label",
    "image",
    "audio",
    "video",
    "big-image",
    "media",
    "baraza::special",
];

impl<'a> Lists<'a> {
    /// Groups the rows of choice sheets by their list.
    pub fn new(
        tables: &'a [Table<'a>],
        attachments: &'a Attachments<'a>,
        texts: Texts,
        out: &mut Diagnostics,
    ) -> Self {
        let mut sources: BTreeMap<String, Source<'a>> = BTreeMap::new();
        for table in tables {
            for row in table.rows {
                let list = table.text(row, "list_name");
                let has_choice = !table.text(row, "name").is_empty();
                if list.is_empty() {
                    if has_choice {
                        out.warn(
                            table.place(row, "list_name"),
                            "a choice without a list is left out: fill in list_name",
                        );
                    }
                } else if has_choice || table.has("label") {
                    sources
                        .entry(list.to_owned())
                        .or_insert_with(|| Source {
                            table,
                            rows: Vec::new(),
                        })
                        .rows
                        .push(row);
                }
            }
        }
        Self {
            sources,
            attachments,
            taken: RefCell::new(Taken {
                texts: Some(texts),
                ..Taken::default()
            }),
        }
    }

    /// Names of the lists that the sheets hold.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sources.keys().map(String::as_str)
    }

    /// Takes a list by its name, or an attached file by its name with or without its ending.
    pub fn take(&self, name: &str) -> ListId {
        if let Some(&id) = self.taken.borrow().by_name.get(name) {
            return id;
        }
        if let Some(source) = self.sources.get(name) {
            let list = self.read_source(name, source);
            return self.keep(name, list);
        }
        self.take_file(name, "name", "label")
    }

    /// Takes an attached CSV file; codes and labels from the columns named.
    pub fn take_file(&self, file: &str, value: &str, label: &str) -> ListId {
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let key = if (value, label) == ("name", "label") {
            stem.to_owned()
        } else {
            format!("{stem} by {value}")
        };
        if let Some(&id) = self.taken.borrow().by_name.get(&key) {
            return id;
        }
        let ending = file.rsplit_once('.').map_or("csv", |(_, ending)| ending);
        let why_not = if ending.eq_ignore_ascii_case("csv") {
            match (self.attachments)(stem) {
                Some(sheet) => {
                    let list = self.read_sheet(stem, &sheet, value, label);
                    return self.keep(&key, list);
                }
                None => format!("put {stem}.csv beside the workbook"),
            }
        } else {
            format!("tables are read from .csv files, not from .{ending}")
        };
        // The form is of use without it, and whoever wrote it may not have sent the file along.
        let message = format!("the file '{file}' is missing, and what needs it stays empty: {why_not}");
        let id = self.keep(
            &key,
            List {
                name: stem.to_owned(),
                ..List::default()
            },
        );
        let mut taken = self.taken.borrow_mut();
        taken.missing.push(id);
        taken.out.warn(Place::sheet(""), message);
        id
    }

    /// Takes a list of the choices sheet.
    pub fn take_listed(&self, name: &str) -> Result<ListId, String> {
        if self.sources.contains_key(name) {
            return Ok(self.take(name));
        }
        let near = self.names().find(|known| known.eq_ignore_ascii_case(name));
        let mend = near.map_or_else(
            || "add its rows to the sheet choices (or external_choices)".to_owned(),
            |near| format!("did you mean '{near}'?"),
        );
        Err(format!("there is no list '{name}': {mend}"))
    }

    /// A copy of a list with the choice `other` at its end.
    pub fn with_other(&self, id: ListId, words: Vec<String>) -> ListId {
        let mut list = self.taken.borrow().lists[id].clone();
        let name = format!("{} or_other", list.name);
        if let Some(&known) = self.taken.borrow().by_name.get(&name) {
            return known;
        }
        if !list.choices.iter().any(|choice| choice.name == "other") {
            let label = self
                .taken
                .borrow_mut()
                .texts
                .as_mut()
                .map(|texts| texts.own(words));
            list.choices.push(Choice {
                name: "other".into(),
                label,
                ..Choice::default()
            });
        }
        list.name.clone_from(&name);
        self.keep(&name, list)
    }

    fn keep(&self, name: &str, list: List) -> ListId {
        let mut taken = self.taken.borrow_mut();
        let id = taken.lists.len();
        taken.lists.push(list);
        taken.by_name.insert(name.to_owned(), id);
        id
    }

    /// Whether a taken list has a column that expressions may read.
    pub fn has_column(&self, id: ListId, column: &str) -> bool {
        let taken = self.taken.borrow();
        matches!(column, "name" | "label")
            || taken.missing.contains(&id)
            || taken.lists[id].columns.iter().any(|c| c == column)
    }

    /// Calls `then` with the texts, which questions and choices share.
    pub fn with_texts<T: Default>(&self, then: impl FnOnce(&mut Texts) -> T) -> T {
        self.taken
            .borrow_mut()
            .texts
            .as_mut()
            .map(then)
            .unwrap_or_default()
    }

    /// The choice names of a taken list that can't be told apart in a list of codes.
    pub fn names_with_spaces(&self, id: ListId) -> Vec<String> {
        let taken = self.taken.borrow();
        let spaced = taken.lists[id]
            .choices
            .iter()
            .filter(|c| c.name.contains(char::is_whitespace));
        spaced.map(|c| c.name.clone()).collect()
    }

    /// Ends the reading: the lists taken, the texts, and what was found.
    pub fn finish(self, out: &mut Diagnostics) -> (Vec<List>, Texts) {
        let taken = self.taken.into_inner();
        out.found.extend(taken.out.found);
        (taken.lists, taken.texts.unwrap_or_else(|| Texts::new(Vec::new())))
    }

    fn read_source(&self, name: &str, source: &Source<'_>) -> List {
        let table = source.table;
        let further: Vec<(usize, String)> = table
            .columns()
            .filter(|(index, c)| {
                !OWN.contains(&c.name.as_str()) && source.rows.iter().any(|r| r.cells.contains_key(index))
            })
            .map(|(index, c)| (index, c.header.clone()))
            .collect();
        let mut taken = self.taken.borrow_mut();
        let taken = &mut *taken;
        let mut list = List {
            name: name.to_owned(),
            columns: further.iter().map(|(_, h)| h.clone()).collect(),
            choices: Vec::new(),
        };
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for &row in &source.rows {
            let code = table.text(row, "name");
            if code.is_empty() {
                taken.out.warn(
                    table.place(row, "name"),
                    format!("a choice of '{name}' without a name is left out: give it one"),
                );
                continue;
            }
            let labels = table.translations(row, "label");
            let label = taken
                .texts
                .as_mut()
                .and_then(|t| t.add(&labels, &|i| table.place_at(row, i), 0));
            let mut cells: Vec<String> = further
                .iter()
                .map(|(i, _)| row.cells.get(i).map(|c| c.trim().to_owned()).unwrap_or_default())
                .collect();
            while cells.last().is_some_and(String::is_empty) {
                cells.pop();
            }
            if label.is_none() {
                taken.out.warn(
                    table.place(row, "name"),
                    format!("the choice '{code}' has no label and is shown by its name"),
                );
            }
            let choice = Choice {
                name: code.to_owned(),
                label,
                cells,
                special: special(table, row, &mut taken.out),
                media: Media::default(),
            };
            let Some(&earlier) = seen.get(code) else {
                seen.insert(code, list.choices.len());
                list.choices.push(choice);
                continue;
            };
            repeated(
                &mut taken.out,
                table.place(row, "name"),
                &list.choices[earlier],
                &choice,
                name,
            );
            if list.choices[earlier].cells != choice.cells {
                list.choices.push(choice);
            }
        }
        list
    }

    /// A table of its own: the first row names the columns.
    fn read_sheet(&self, name: &str, sheet: &Sheet, value: &str, label: &str) -> List {
        let mut list = List {
            name: name.to_owned(),
            ..List::default()
        };
        let Some((headers, rows)) = sheet.rows.split_first() else {
            return list;
        };
        let further: Vec<(usize, &String)> = headers
            .cells
            .iter()
            .filter(|(_, h)| h.trim() != "name" && h.trim() != "label")
            .map(|(&i, h)| (i, h))
            .collect();
        let column = |wanted: &str| {
            headers
                .cells
                .iter()
                .find(|(_, h)| h.trim() == wanted)
                .map(|(&i, _)| i)
        };
        let (names, labels) = (column(value), column(label));
        list.columns = further.iter().map(|(_, h)| h.trim().to_owned()).collect();
        let mut taken = self.taken.borrow_mut();
        for row in rows {
            let cell = |at: Option<usize>| {
                at.and_then(|at| row.cells.get(&at))
                    .map(|c| c.trim().to_owned())
                    .unwrap_or_default()
            };
            let words = cell(labels);
            let texts = taken.texts.as_mut().filter(|_| !words.is_empty());
            let place = |index| Place::cell(name, row.number, index, label);
            let label = texts.and_then(|t| t.add(&[(None, labels.unwrap_or(0), &words)], &place, 0));
            let cells = further.iter().map(|(i, _)| cell(Some(*i))).collect();
            list.choices.push(Choice {
                name: cell(names),
                label,
                cells,
                ..Choice::default()
            });
        }
        list
    }
}

fn special(table: &Table<'_>, row: &Row, out: &mut Diagnostics) -> Option<Special> {
    match table.text(row, "baraza::special") {
        "" => None,
        "dont_know" => Some(Special::DontKnow),
        "prefer_not_to_say" => Some(Special::PreferNotToSay),
        "none" => Some(Special::None),
        other => {
            let message = format!("'{other}' is none of dont_know, prefer_not_to_say, none");
            out.error(table.place(row, "baraza::special"), message);
            None
        }
    }
}

/// The same code twice: harmless where rows are alike or a filter tells them apart, ambiguous otherwise.
fn repeated(out: &mut Diagnostics, place: Place, earlier: &Choice, choice: &Choice, list: &str) {
    let code = &choice.name;
    if earlier.cells != choice.cells {
        out.warn(place, format!("the list '{list}' has '{code}' more than once: only a choice_filter tells them apart, answers can't"));
    } else if earlier.label == choice.label {
        out.warn(
            place,
            format!("the list '{list}' has '{code}' twice, word for word: the second is left out"),
        );
    } else {
        out.error(place, format!("the list '{list}' has '{code}' twice with different labels: give the second a name of its own"));
    }
}
