//! The choices sheet, and tables attached to the form.

use super::Attachments;
use super::attached;
use super::choice_rows::{self, FileColumns};
use super::diagnostic::{Diagnostics, Place};
use super::headers::Table;
use super::texts::Texts;
use super::workbook::Row;
use crate::form::{Choice, List, ListId};
use crate::near::is_near;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

/// Lists of a workbook. A list is taken into the form when a question or an expression first names it.
pub struct Lists<'a> {
    sources: BTreeMap<String, Source<'a>>,
    attachments: &'a Attachments<'a>,
    /// `allow_choice_duplicates` of the settings.
    duplicates: bool,
    taken: RefCell<Taken>,
}

/// Rows of a list in a sheet.
pub(super) struct Source<'a> {
    pub table: &'a Table<'a>,
    pub rows: Vec<&'a Row>,
}

#[derive(Default)]
pub(super) struct Taken {
    lists: Vec<List>,
    /// Where each choice of each list stands: sheet and row.
    places: Vec<Vec<Place>>,
    by_name: HashMap<String, ListId>,
    pub texts: Option<Texts>,
    /// Files that were not there: any column may be meant.
    missing: Vec<ListId>,
    pub out: Diagnostics,
}

/// What the sheets of choices become.
pub struct Finished {
    /// In the order in which they were named.
    pub lists: Vec<List>,
    /// Where each choice of each list stands.
    pub places: Vec<Vec<Place>>,
    /// Lists of files that are missing.
    pub missing: Vec<ListId>,
}

/// Lists beyond which a name that is not spelled as in the sheet is not looked for among all.
const MOST_COMPARED: usize = 5_000;

/// Columns of labels, by language.
pub type Labels = Vec<(Option<String>, String)>;

/// A list's name without the differences that nobody sees.
fn folded(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether a row of a list for `search()` names columns; rows with numbers are choices that are always there.
fn is_column_names(source: &Source<'_>, row: &Row) -> bool {
    source.table.text(row, "name").parse::<f64>().is_err()
}

impl<'a> Lists<'a> {
    /// Groups the rows of choice sheets by their list.
    pub fn new(
        tables: &'a [Table<'a>],
        attachments: &'a Attachments<'a>,
        texts: Texts,
        duplicates: bool,
        out: &mut Diagnostics,
    ) -> Self {
        let mut sources: BTreeMap<String, Source<'a>> = BTreeMap::new();
        for table in tables {
            for row in table.rows.iter() {
                let list = table.text(row, "list_name");
                let has_choice = !table.text(row, "name").is_empty();
                let labels = table.translations(row, "label");
                if list.is_empty() {
                    if has_choice && !labels.is_empty() {
                        out.error(
                            table.place(row, "list_name"),
                            "choice-without-list",
                            "a choice without a list: fill in list_name (merged cells hold it in their first row only), or clear the row",
                        );
                    }
                } else if has_choice || !labels.is_empty() {
                    let list = list.split_whitespace().collect::<Vec<_>>().join(" ");
                    let source = sources.entry(list).or_insert_with(|| Source {
                        table,
                        rows: Vec::new(),
                    });
                    source.rows.push(row);
                }
            }
        }
        Self {
            sources,
            attachments,
            duplicates,
            taken: RefCell::new(Taken {
                texts: Some(texts),
                ..Taken::default()
            }),
        }
    }

    /// The name of the one list that is meant, as the choices sheet spells it.
    fn meant(&self, name: &str) -> Option<&str> {
        if let Some((known, _)) = self.sources.get_key_value(name) {
            return Some(known);
        }
        if self.sources.len() > MOST_COMPARED {
            return None;
        }
        let wanted = folded(name);
        let mut same = self.sources.keys().filter(|known| folded(known) == wanted);
        same.next().filter(|_| same.next().is_none()).map(String::as_str)
    }

    /// The spelling of a list in the choices sheet where it differs from the one given.
    pub fn other_spelling(&self, name: &str) -> Option<&str> {
        self.meant(name).filter(|known| *known != name)
    }

    /// Takes a list by its name, or an attached file by its name with or without its ending.
    pub fn take(&self, name: &str) -> ListId {
        let Some(meant) = self.meant(name) else {
            return self.take_file(name, "name", &[(None, "label".into())]);
        };
        if let Some(&id) = self.taken.borrow().by_name.get(meant) {
            return id;
        }
        let (list, places) = {
            let mut taken = self.taken.borrow_mut();
            choice_rows::of_sheet(meant, &self.sources[meant], self.duplicates, &mut taken)
        };
        self.keep(meant, list, places)
    }

    /// Whether a file that may be named without its ending is there.
    pub fn is_attached(&self, file: &str) -> bool {
        attached::candidates(file)
            .iter()
            .any(|name| (self.attachments)(name).is_some())
    }

    /// Takes an attached file; codes and labels (by language) from the columns named.
    pub fn take_file(&self, file: &str, value: &str, labels: &[(Option<&str>, String)]) -> ListId {
        let stem = attached::stem(file);
        let key = format!("file {stem} {value} {labels:?}");
        if let Some(&id) = self.taken.borrow().by_name.get(&key) {
            return id;
        }
        let found = attached::candidates(file)
            .into_iter()
            .find_map(|name| Some(((self.attachments)(&name)?, name)));
        let read = found.map(|(bytes, name)| (attached::sheet(&name, &bytes), name));
        // The form is of use without it, and whoever wrote it may not have sent the file along.
        let message = match read {
            Some((Ok(sheet), _)) => {
                let columns = FileColumns { value, labels };
                let (list, places) =
                    choice_rows::of_file(stem, &sheet, &columns, &mut self.taken.borrow_mut());
                return self.keep(&key, list, places);
            }
            Some((Err(why), name)) => {
                format!("the file '{name}' can't be read, and what needs it stays empty: {why}")
            }
            None => format!(
                "the file '{file}' is missing, and what needs it stays empty: put {} beside the workbook, or into a folder media there",
                attached::candidates(file).first().map_or("it", String::as_str)
            ),
        };
        let name = stem.to_owned();
        let id = self.keep(
            &key,
            List {
                name,
                ..List::default()
            },
            Vec::new(),
        );
        let mut taken = self.taken.borrow_mut();
        taken.missing.push(id);
        taken.out.warn(Place::sheet(""), "missing-file", message);
        id
    }

    /// Takes a list of the choices sheet.
    ///
    /// # Errors
    /// There is none of the name.
    pub fn take_listed(&self, name: &str) -> Result<ListId, String> {
        if self.meant(name).is_some() {
            return Ok(self.take(name));
        }
        let wanted = folded(name);
        let few = self.sources.len() <= MOST_COMPARED;
        let near = self
            .sources
            .keys()
            .filter(|_| few)
            .find(|known| is_near(&folded(known), &wanted));
        let mend = near.map_or_else(
            || "add its rows to the sheet choices (or external_choices)".to_owned(),
            |near| format!("did you mean '{near}'?"),
        );
        Err(format!("there is no list '{name}': {mend}"))
    }

    /// Columns of a file that a list of the choices sheet names in place of codes and labels, for `search()`.
    pub fn columns_of_search(&self, list: &str) -> Option<(String, Labels)> {
        let source = self.sources.get(self.meant(list)?)?;
        let row = source.rows.iter().find(|row| is_column_names(source, row))?;
        let labels = source.table.translations(row, "label");
        let labels = labels
            .into_iter()
            .map(|(language, _, column)| (language.map(String::from), column.trim().to_owned()));
        Some((source.table.text(row, "name").to_owned(), labels.collect()))
    }

    /// Choices of a list with numbers for names, which a search shows always, put before those of a file; and their
    /// codes.
    pub fn with_constant_rows(&self, file: ListId, list: &str) -> (ListId, Vec<String>) {
        let Some(meant) = self.meant(list).map(String::from) else {
            return (file, Vec::new());
        };
        let all = Source {
            table: self.sources[&meant].table,
            rows: self.sources[&meant]
                .rows
                .iter()
                .copied()
                .filter(|row| !is_column_names(&self.sources[&meant], row))
                .collect(),
        };
        if all.rows.is_empty() {
            return (file, Vec::new());
        }
        let (constant, mut places) =
            choice_rows::of_sheet(&meant, &all, self.duplicates, &mut self.taken.borrow_mut());
        let codes: Vec<String> = constant
            .choices
            .iter()
            .map(|choice| choice.name.clone())
            .collect();
        let (mut joined, more) = {
            let taken = self.taken.borrow();
            (taken.lists[file].clone(), taken.places[file].clone())
        };
        let blank = |mut choice: Choice| {
            choice.cells.clear();
            choice
        };
        joined
            .choices
            .splice(0..0, constant.choices.into_iter().map(blank));
        places.extend(more);
        let key = format!("{} with {meant}", joined.name);
        (self.keep(&key, joined, places), codes)
    }

    /// A copy of a list with the choice `other` at its end.
    pub fn with_other(&self, id: ListId, words: Vec<String>) -> ListId {
        let mut list = self.taken.borrow().lists[id].clone();
        let mut places = self.taken.borrow().places[id].clone();
        let name = format!("{} or_other", list.name);
        if let Some(&known) = self.taken.borrow().by_name.get(&name) {
            return known;
        }
        if !list.choices.iter().any(|choice| choice.name == "other") {
            let label = self.with_texts(|texts| Some(texts.own(words)));
            list.choices.push(Choice {
                name: "other".into(),
                label,
                ..Choice::default()
            });
            places.push(Place::sheet("choices"));
        }
        list.name.clone_from(&name);
        self.keep(&name, list, places)
    }

    fn keep(&self, name: &str, list: List, places: Vec<Place>) -> ListId {
        let mut taken = self.taken.borrow_mut();
        let id = taken.lists.len();
        taken.lists.push(list);
        taken.places.push(places);
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

    /// Whether a list is that of a file which was not there.
    pub fn is_missing(&self, id: ListId) -> bool {
        self.taken.borrow().missing.contains(&id)
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

    /// Ends the reading: the lists taken, and what was found.
    pub fn finish(self, out: &mut Diagnostics) -> Finished {
        let taken = self.taken.into_inner();
        out.found.extend(taken.out.found);
        Finished {
            lists: taken.lists,
            places: taken.places,
            missing: taken.missing,
        }
    }
}
