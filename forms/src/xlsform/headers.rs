//! Headers as they are found: any case, spaces, aliases, translations.

use super::cells;
use super::diagnostic::{Diagnostics, Place};
use super::workbook::{Row, Sheet};
use crate::near::is_near;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A sheet whose first row has been understood as headers.
#[derive(Debug)]
pub struct Table<'a> {
    /// The sheet's name as the file spells it.
    pub sheet: &'a str,
    /// Rows below the headers, cells that the program reads cleaned of what can't be seen.
    pub rows: Cow<'a, [Row]>,
    columns: BTreeMap<usize, Column>,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The standard name, such as `relevant`.
    pub name: String,
    /// The language of a translated column.
    pub language: Option<String>,
    /// As the file spells it.
    pub header: String,
}

/// Columns of texts, which may be translated (`label::English (en)`), in the order in which a node takes them.
pub const TEXTS: [&str; 9] = [
    "label",
    "hint",
    "guidance_hint",
    "constraint_message",
    "required_message",
    "image",
    "big-image",
    "audio",
    "video",
];

/// What is said after sending, for instance how the results come back.
pub const THANKS: &str = "baraza::thanks";

fn is_translated(column: &str) -> bool {
    TEXTS.contains(&column) || column == "form_title" || column == THANKS
}

/// Standard names of the survey sheet, to tell a misspelt header from one of the project's own.
const SURVEY: &[&str] = &[
    "type",
    "name",
    "label",
    "hint",
    "guidance_hint",
    "required",
    "required_message",
    "relevant",
    "constraint",
    "constraint_message",
    "calculation",
    "choice_filter",
    "default",
    "appearance",
    "parameters",
    "autoplay",
    "read_only",
    "repeat_count",
    "trigger",
    "image",
    "audio",
    "video",
    "disabled",
    "big-image",
    "baraza::role",
    "baraza::sensitive",
    "baraza::pass",
    "baraza::coarse",
];

/// Standard names of the other sheets, whose cells have to be right.
const OTHERS: &[&str] = &[
    "list_name",
    "form_id",
    "version",
    "default_language",
    "allow_choice_duplicates",
];

/// Names that mean another name.
fn standard(header: &str) -> &str {
    match header {
        "relevance" | "relevant_if" | "skip_logic" => "relevant",
        "calculate" => "calculation",
        "caption" => "label",
        "readonly" => "read_only",
        "command" => "type",
        "list" | "listname" => "list_name",
        "value" | "choice_name" | "tag" => "name",
        "count" => "repeat_count",
        "id_string" | "set_form_id" => "form_id",
        "title" | "set_form_title" => "form_title",
        "constraint_msg" | "constraintmsg" | "jr:constraintmsg" | "constraining_message" => {
            "constraint_message"
        }
        "required_msg" | "requiredmsg" | "jr:requiredmsg" => "required_message",
        "jr:count" | "repeats" => "repeat_count",
        "guidance" | "guidance_hints" => "guidance_hint",
        "big_image" => "big-image",
        "choices_filter" => "choice_filter",
        "parameter" => "parameters",
        "allow_duplicate_choices" => "allow_choice_duplicates",
        other => other,
    }
}

/// Understands one header.
fn column(header: &str) -> Column {
    let clean = cells::plain(header);
    let clean = clean.trim();
    let lower = clean.to_lowercase();
    if let Some(own) = lower
        .strip_prefix("baraza::")
        .or_else(|| lower.strip_prefix("baraza:"))
    {
        let (own, language) = match own.split_once("::") {
            // As it was written, not in small letters.
            Some((own, _)) => (
                own,
                clean.rsplit_once("::").map(|(_, language)| spelled(language)),
            ),
            None => (own, None),
        };
        return Column {
            name: format!("baraza::{}", own.trim().replace(' ', "_")),
            language: language.filter(|language| !language.is_empty()),
            header: clean.into(),
        };
    }
    let without = [
        "media::",
        "media:",
        "bind::",
        "bind:",
        "control::",
        "control:",
        "body::",
        "body:",
    ]
    .iter()
    .find_map(|prefix| lower.starts_with(prefix).then(|| &clean[prefix.len()..]))
    .unwrap_or(clean);
    let (base, language) = match without.split_once("::").or_else(|| without.split_once(':')) {
        Some((base, language)) if !base.trim().eq_ignore_ascii_case("jr") => (
            base,
            Some(spelled(language)).filter(|language| !language.is_empty()),
        ),
        _ => (without, None),
    };
    let base = base
        .trim()
        .to_lowercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join("_");
    let name = standard(&base).to_owned();
    if language.is_some() && !is_translated(&name) {
        return Column {
            name: lower,
            language: None,
            header: clean.into(),
        };
    }
    Column {
        name,
        language,
        header: clean.into(),
    }
}

/// A language as it is written most often: `English(en)` and `English  (en)` are `English (en)`.
fn spelled(language: &str) -> String {
    let apart = language.replace('(', " (").replace("( ", "(").replace(" )", ")");
    apart.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl<'a> Table<'a> {
    /// Takes the first row with `must` among its columns as headers, so that merged title rows above don't matter.
    pub fn new(sheet: &'a Sheet, must: &str, out: &mut Diagnostics) -> Option<Self> {
        let is_header = |row: &Row| row.cells.values().any(|cell| column(cell).name == must);
        let Some(at) = sheet.rows.iter().take(10).position(is_header) else {
            let first = sheet.rows.first().map_or(1, |row| row.number);
            out.error(
                Place::row(&sheet.name, first),
                "missing-column",
                format!("no column '{must}': the first row names the columns, and '{must}' is one of them"),
            );
            return None;
        };
        if at > 0 {
            out.warn(
                Place::row(&sheet.name, sheet.rows[at].number),
                "rows-above-headers",
                format!("{at} row(s) above the headers are left out"),
            );
        }
        let columns = sheet.rows[at]
            .cells
            .iter()
            .map(|(&index, cell)| (index, column(cell)))
            .collect();
        let mut table = Self {
            sheet: &sheet.name,
            rows: Cow::Borrowed(&sheet.rows[at + 1..]),
            columns,
        };
        table.clean();
        table.warn_of_headers(sheet.rows[at].number, out);
        table.complain_of_cells(out);
        Some(table)
    }

    /// Whether a sheet has types and names of questions, whatever it is called.
    pub fn is_survey(sheet: &Sheet) -> bool {
        let is_header = |row: &Row| {
            let has = |name| row.cells.values().any(|cell| column(cell).name == name);
            has("type") && has("name")
        };
        sheet.rows.iter().take(10).any(is_header)
    }

    /// Leaves invisible characters out of all cells but those that people read.
    fn clean(&mut self) {
        let read_by_people = |column: Option<&Column>| column.is_some_and(|c| is_translated(&c.name));
        let odd = |(index, text): (&usize, &String)| {
            matches!(cells::plain(text), Cow::Owned(_)) && !read_by_people(self.columns.get(index))
        };
        if !self.rows.iter().any(|row| row.cells.iter().any(odd)) {
            return;
        }
        for row in self.rows.to_mut() {
            for (index, text) in &mut row.cells {
                if !read_by_people(self.columns.get(index)) {
                    *text = cells::plain(text).into_owned();
                }
            }
            row.cells.retain(|_, text| !text.trim().is_empty());
        }
    }

    /// Cells that a formula left broken, and two columns for one thing that say different things.
    fn complain_of_cells(&self, out: &mut Diagnostics) {
        let mut pairs = Vec::new();
        for (&index, column) in &self.columns {
            let same = |(_, c): &(&usize, &Column)| c.name == column.name && same_language(c, column);
            if let Some((&earlier, _)) = self.columns.range(..index).find(same) {
                pairs.push((earlier, index, is_translated(&column.name)));
            }
        }
        for row in self.rows.iter() {
            for (&index, text) in row
                .cells
                .iter()
                .filter(|(_, text)| cells::is_spreadsheet_error(text))
            {
                // A column of the project's own may hold what it likes.
                let known = |c: &Column| {
                    let name = c.name.as_str();
                    SURVEY.contains(&name) || is_translated(name) || OTHERS.contains(&name)
                };
                if self.columns.get(&index).is_some_and(known) {
                    let message = format!(
                        "the cell holds {}, which a formula left when it failed: write what is meant",
                        text.trim()
                    );
                    out.error(self.place_at(row, index), "spreadsheet-error", message);
                }
            }
            for &(earlier, later, for_people) in &pairs {
                let (Some(a), Some(b)) = (row.cells.get(&earlier), row.cells.get(&later)) else {
                    continue;
                };
                if a.trim() == b.trim() {
                    continue;
                }
                let message = format!(
                    "says '{}', but {} means the same and says '{}': keep one of them",
                    b.trim(),
                    self.place_at(row, earlier).column.unwrap_or_default(),
                    a.trim()
                );
                if for_people {
                    out.warn(
                        self.place_at(row, later),
                        "two-columns-differ",
                        format!("{message} (the first is shown)"),
                    );
                } else {
                    out.error(self.place_at(row, later), "two-columns-differ", message);
                }
            }
        }
    }

    /// Languages of this table, as `rename` spells them.
    pub fn rename_languages(&mut self, rename: &dyn Fn(&str) -> String) {
        for language in self.columns.values_mut().filter_map(|c| c.language.as_mut()) {
            *language = rename(language);
        }
    }

    fn warn_of_headers(&self, row: usize, out: &mut Diagnostics) {
        for (&index, column) in &self.columns {
            let earlier = self
                .columns
                .range(..index)
                .find(|(_, c)| c.name == column.name && same_language(c, column));
            if let Some((_, earlier)) = earlier {
                out.warn(
                    Place::cell(self.sheet, row, index, &column.header),
                    "column-twice",
                    format!(
                        "means the same as column '{}': the first that is filled counts in each row",
                        earlier.header
                    ),
                );
            }
            let known = SURVEY.contains(&column.name.as_str());
            if self.sheet.trim().eq_ignore_ascii_case("survey")
                && !known
                && column.name.len() > 3
                && let Some(near) = SURVEY.iter().find(|s| is_near(s, &column.name))
            {
                out.warn(
                    Place::cell(self.sheet, row, index, &column.header),
                    "unknown-column",
                    format!("not a column of XLSForm: did you mean '{near}'? It is left out"),
                );
            }
        }
    }

    /// Whether a column is there, in any language.
    pub fn has(&self, name: &str) -> bool {
        self.columns.values().any(|c| c.name == name)
    }

    /// All columns in order, with their position.
    pub fn columns(&self) -> impl Iterator<Item = (usize, &Column)> {
        self.columns.iter().map(|(&index, column)| (index, column))
    }

    /// The first filled cell of a column without language, trimmed, and its position.
    pub fn cell<'r>(&self, row: &'r Row, name: &str) -> Option<(usize, &'r str)> {
        let mut columns = self
            .columns
            .iter()
            .filter(|(_, c)| c.name == name && c.language.is_none());
        columns.find_map(|(&index, _)| row.cells.get(&index).map(|text| (index, text.trim())))
    }

    /// The text of a cell alone.
    pub fn text<'r>(&self, row: &'r Row, name: &str) -> &'r str {
        self.cell(row, name).map_or("", |(_, text)| text)
    }

    /// Filled cells of a translated column: language, position, text.
    pub fn translations<'r>(&self, row: &'r Row, name: &str) -> Vec<(Option<&str>, usize, &'r str)> {
        let columns = self.columns.iter().filter(|(_, c)| c.name == name);
        columns
            .filter_map(|(&index, c)| {
                row.cells
                    .get(&index)
                    .map(|text| (c.language.as_deref(), index, text.trim_end()))
            })
            .collect()
    }

    /// The place of a cell by the column's standard name; of the row where the column is missing.
    pub fn place(&self, row: &Row, name: &str) -> Place {
        let filled = self.cell(row, name).map(|(index, _)| index);
        let index = filled.or_else(|| self.columns.iter().find(|(_, c)| c.name == name).map(|(&i, _)| i));
        match index {
            Some(index) => self.place_at(row, index),
            None => Place::row(self.sheet, row.number),
        }
    }

    /// The place of a cell by its position.
    pub fn place_at(&self, row: &Row, index: usize) -> Place {
        let header = self.columns.get(&index).map_or("", |c| c.header.as_str());
        Place::cell(self.sheet, row.number, index, header)
    }
}

fn same_language(a: &Column, b: &Column) -> bool {
    match (&a.language, &b.language) {
        (Some(a), Some(b)) => a.to_lowercase() == b.to_lowercase(),
        (a, b) => a == b,
    }
}
