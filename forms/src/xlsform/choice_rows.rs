//! Rows of a sheet or a file into choices.

use super::choices::{Source, Taken};
use super::diagnostic::{Diagnostics, Place};
use super::headers::Table;
use super::workbook::{Row, Sheet};
use crate::form::{Choice, List, Media, Special};
use std::collections::HashMap;

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

/// Which columns of a file hold the codes, and the labels by language.
pub struct FileColumns<'a> {
    /// The column of codes.
    pub value: &'a str,
    /// Columns of labels.
    pub labels: &'a [(Option<&'a str>, String)],
}

/// Reads a list of a choices sheet, and where each choice stands.
pub fn of_sheet(name: &str, source: &Source<'_>, duplicates: bool, taken: &mut Taken) -> (List, Vec<Place>) {
    let table = source.table;
    let further: Vec<(usize, String)> = table
        .columns()
        .filter(|(index, c)| {
            !OWN.contains(&c.name.as_str()) && source.rows.iter().any(|r| r.cells.contains_key(index))
        })
        .map(|(index, c)| (index, c.header.clone()))
        .collect();
    let mut list = List {
        name: name.to_owned(),
        columns: further.iter().map(|(_, h)| h.clone()).collect(),
        choices: Vec::new(),
    };
    let mut places = Vec::new();
    let floats = codes_are_floats(source);
    let mut seen: HashMap<String, usize> = HashMap::new();
    for &row in &source.rows {
        let place = table.place(row, "name");
        let Some(choice) = choice(source, row, &further, taken) else {
            let message = format!("a choice of '{name}' without a name is left out: give it one");
            taken.out.warn(place, "choice-without-name", message);
            continue;
        };
        let choice = if floats {
            whole(choice, &place, &mut taken.out)
        } else {
            choice
        };
        let Some(&earlier) = seen.get(&choice.name) else {
            seen.insert(choice.name.clone(), list.choices.len());
            list.choices.push(choice);
            places.push(place);
            continue;
        };
        let kept = repeated(
            &mut taken.out,
            &place,
            (&list.choices[earlier], &choice),
            name,
            duplicates,
        );
        if kept {
            list.choices.push(choice);
            places.push(place);
        }
    }
    (list, places)
}

fn choice(source: &Source<'_>, row: &Row, further: &[(usize, String)], taken: &mut Taken) -> Option<Choice> {
    let table = source.table;
    let code = table.text(row, "name");
    if code.is_empty() {
        return None;
    }
    let texts = taken.texts.as_mut();
    let [label, image, big_image, audio, video] = texts.map_or([None; 5], |texts| {
        let mut add = |column| texts.add(&table.translations(row, column), &|i| table.place_at(row, i), 0);
        ["label", "image", "big-image", "audio", "video"].map(&mut add)
    });
    let media = Media {
        image: image.or(big_image),
        audio,
        video,
    };
    let mut cells: Vec<String> = further
        .iter()
        .map(|(i, _)| row.cells.get(i).map(|c| c.trim().to_owned()).unwrap_or_default())
        .collect();
    while cells.last().is_some_and(String::is_empty) {
        cells.pop();
    }
    if label.is_none() && media == Media::default() {
        taken.out.warn(
            table.place(row, "name"),
            "choice-without-label",
            format!("the choice '{code}' has no label and is shown by its name"),
        );
    }
    Some(Choice {
        name: code.to_owned(),
        label,
        media,
        cells,
        special: special(table, row, &mut taken.out),
    })
}

/// `1.0`, `2.0`: numbers that went through a spreadsheet as text; `1.5` among them would mean it.
fn codes_are_floats(source: &Source<'_>) -> bool {
    let codes = source.rows.iter().map(|row| source.table.text(row, "name"));
    let mut numbers = codes
        .filter(|code| code.contains('.') && code.parse::<f64>().is_ok())
        .peekable();
    numbers.peek().is_some() && numbers.all(|code| code.ends_with(".0"))
}

fn whole(mut choice: Choice, place: &Place, out: &mut Diagnostics) -> Choice {
    let Some(number) = choice
        .name
        .strip_suffix(".0")
        .filter(|n| n.parse::<i64>().is_ok())
        .map(String::from)
    else {
        return choice;
    };
    out.warn(
        place.clone(),
        "mended-code",
        format!(
            "the code '{}' is taken as '{number}', which is what expressions compare with",
            choice.name
        ),
    );
    choice.name = number;
    choice
}

fn special(table: &Table<'_>, row: &Row, out: &mut Diagnostics) -> Option<Special> {
    match table.text(row, "baraza::special") {
        "" => None,
        "dont_know" => Some(Special::DontKnow),
        "prefer_not_to_say" => Some(Special::PreferNotToSay),
        "none" => Some(Special::None),
        other => {
            let message = format!("'{other}' is none of dont_know, prefer_not_to_say, none");
            out.error(table.place(row, "baraza::special"), "unknown-special", message);
            None
        }
    }
}

/// The same code twice: harmless where rows are alike or a filter tells them apart, ambiguous otherwise. Says whether
/// the second is kept.
fn repeated(
    out: &mut Diagnostics,
    place: &Place,
    (earlier, choice): (&Choice, &Choice),
    list: &str,
    allowed: bool,
) -> bool {
    let code = &choice.name;
    let (rule, place) = ("choice-twice", place.clone());
    if earlier.cells != choice.cells {
        out.warn(place, rule, format!("the list '{list}' has '{code}' more than once: only a choice_filter tells them apart, answers can't"));
    } else if earlier.label == choice.label {
        out.warn(
            place,
            rule,
            format!("the list '{list}' has '{code}' twice, word for word: the second is left out"),
        );
        return false;
    } else if allowed {
        out.warn(place, rule, format!("the list '{list}' has '{code}' twice with different labels, which the settings allow: answers can't tell them apart"));
    } else {
        out.error(place, rule, format!("the list '{list}' has '{code}' twice with different labels: give the second a name of its own, or, if they may count as one answer, write 'yes' under allow_choice_duplicates in the settings sheet"));
    }
    true
}

/// Reads a table of its own: the first row names the columns.
pub fn of_file(
    name: &str,
    sheet: &Sheet,
    columns: &FileColumns<'_>,
    taken: &mut Taken,
) -> (List, Vec<Place>) {
    let mut list = List {
        name: name.to_owned(),
        ..List::default()
    };
    let Some((headers, rows)) = sheet.rows.split_first() else {
        return (list, Vec::new());
    };
    let found = Found::of(headers, columns);
    missing_columns(sheet, columns, (found.names, found.labels.len()), &mut taken.out);
    list.columns = found.further.iter().map(|(_, header)| header.clone()).collect();
    let mut places = Vec::new();
    for row in rows {
        let cell = |at: usize| row.cells.get(&at).map(|c| c.trim()).unwrap_or_default();
        let words: Vec<(Option<&str>, usize, &str)> = found
            .labels
            .iter()
            .map(|&(language, at)| (language, at, cell(at)))
            .filter(|(_, _, words)| !words.is_empty())
            .collect();
        let header = |index| headers.cells.get(&index).map_or("", |h| h.as_str());
        let place = |index| Place::cell(&sheet.name, row.number, index, header(index));
        let label = taken.texts.as_mut().and_then(|t| t.add(&words, &place, 0));
        list.choices.push(Choice {
            name: found.names.map(cell).unwrap_or_default().to_owned(),
            label,
            cells: found.further.iter().map(|(i, _)| cell(*i).to_owned()).collect(),
            ..Choice::default()
        });
        places.push(Place::row(&sheet.name, row.number));
    }
    (list, places)
}

/// Where the columns of a file stand.
struct Found<'a> {
    names: Option<usize>,
    labels: Vec<(Option<&'a str>, usize)>,
    /// All others, by what filters call them.
    further: Vec<(usize, String)>,
}

impl<'a> Found<'a> {
    fn of(headers: &Row, columns: &FileColumns<'a>) -> Self {
        let at = |wanted: &str| {
            let exact = headers.cells.iter().find(|(_, h)| h.trim() == wanted);
            let loose = || {
                let mut all = headers.cells.iter();
                all.find(|(_, h)| h.trim().eq_ignore_ascii_case(wanted))
            };
            exact.or_else(loose).map(|(&i, _)| i)
        };
        let names = at(columns.value);
        let labels: Vec<_> = columns
            .labels
            .iter()
            .filter_map(|(language, column)| Some((*language, at(column)?)))
            .collect();
        let further = headers.cells.iter().filter_map(|(&i, header)| {
            // `name` and `label` in a filter mean the choice's own; a column called so that is neither goes by '@name'.
            let (name, label) = (Some(i) == names, labels.iter().any(|(_, at)| *at == i));
            match header.trim() {
                "name" if name => None,
                "label" if label => None,
                own @ ("name" | "label") => Some((i, format!("@{own}"))),
                other => Some((i, other.to_owned())),
            }
        });
        let further = further.collect();
        Self {
            names,
            labels,
            further,
        }
    }
}

/// A column that the form names, and the file has not. Tables for `pulldata()` need no column `name`.
fn missing_columns(
    sheet: &Sheet,
    columns: &FileColumns<'_>,
    (names, labels): (Option<usize>, usize),
    out: &mut Diagnostics,
) {
    let wanted_names = (names.is_none() && columns.value != "name").then_some(columns.value);
    let named = columns
        .labels
        .iter()
        .map(|(_, column)| column.as_str())
        .find(|column| *column != "label");
    for column in wanted_names.into_iter().chain(named.filter(|_| labels == 0)) {
        out.warn(
            Place::sheet(&sheet.name),
            "missing-column",
            format!("has no column '{column}', which the form asks for: its cells read as blank"),
        );
    }
}
