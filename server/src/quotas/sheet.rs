//! Quotas as a person writes them: a CSV file with a row for each.

use super::{Fitting, Wanted};
use crate::store::Quota;
use baraza_forms::form::AgeBand;
use baraza_forms::xlsform::{Row, Sheet, column_letters};
use baraza_forms::{Form, Kind, NodeId, Role};
use std::collections::{BTreeMap, HashSet};

/// Column that says how many.
const TARGET: &str = "target";
/// Rows beyond these would fill no plan and many a phone.
const MOST: usize = 200;

/// What a column is.
#[derive(Debug, Clone, Copy)]
enum Column {
    Target,
    Of(NodeId),
}

/// What is wrong, and in which cell: `row 3, column B (age): …`
struct Wrong<'a> {
    headers: &'a BTreeMap<usize, String>,
    found: Vec<String>,
}

impl Wrong<'_> {
    fn add(&mut self, row: usize, column: Option<usize>, message: &str) {
        let place = column.map_or_else(String::new, |at| {
            let header = self.headers.get(&at).map(|h| format!(" ({})", h.trim()));
            format!(", column {}{}", column_letters(at), header.unwrap_or_default())
        });
        self.found.push(format!("row {row}{place}: {message}"));
    }
}

/// The quotas of a sheet; otherwise all that is wrong in it, a line each.
pub fn read(form: &Form, sheet: &Sheet) -> Result<Vec<(Vec<Wanted>, u32)>, Vec<String>> {
    let Some((first, rows)) = sheet.rows.split_first() else {
        let message = "the file is empty: its first row names roles or questions, and 'target'";
        return Err(vec![message.into()]);
    };
    let mut wrong = Wrong {
        headers: &first.cells,
        found: Vec::new(),
    };
    let columns = columns(form, first, &mut wrong);
    let mut quotas: Vec<(Vec<Wanted>, u32)> = Vec::new();
    for row in rows {
        let before = wrong.found.len();
        let (wanted, target) = quota(form, &columns, row, &mut wrong);
        if wrong.found.len() > before {
            continue;
        }
        if quotas.iter().any(|(earlier, _)| *earlier == wanted) {
            wrong.add(row.number, None, "a row above asks for the same people");
        }
        quotas.push((wanted, target));
    }
    if quotas.len() > MOST {
        wrong.found.push(format!(
            "{} quotas: at most {MOST} are shown on a phone",
            quotas.len()
        ));
    }
    if wrong.found.is_empty() {
        Ok(quotas)
    } else {
        Err(wrong.found)
    }
}

/// The sheet that would set these quotas; its first row alone where there are none.
pub fn written<'a>(quotas: impl Iterator<Item = &'a Quota> + Clone) -> String {
    let mut keys: Vec<&str> = Vec::new();
    for wanted in quotas.clone().flat_map(|quota| &quota.wanted) {
        if !keys.contains(&wanted.key.as_str()) {
            keys.push(&wanted.key);
        }
    }
    let mut out = csv::Writer::from_writer(Vec::new());
    // Into memory, where writing does not fail.
    let _ = out.write_record(keys.iter().copied().chain([TARGET]));
    for quota in quotas {
        let cell = |key: &&str| {
            let wanted = quota.wanted.iter().find(|wanted| wanted.key == *key);
            wanted.map_or_else(String::new, |wanted| match &wanted.answer {
                Fitting::Is(code) => code.clone(),
                Fitting::Within(band) => band.label(),
            })
        };
        let cells = keys.iter().map(cell).chain([quota.target.to_string()]);
        let _ = out.write_record(cells);
    }
    String::from_utf8(out.into_inner().unwrap_or_default()).unwrap_or_default()
}

fn columns(form: &Form, first: &Row, wrong: &mut Wrong<'_>) -> BTreeMap<usize, Column> {
    let mut columns = BTreeMap::new();
    let mut seen = HashSet::new();
    let mut has_target = false;
    for (&at, header) in &first.cells {
        let name = header.trim();
        if !seen.insert(name.to_lowercase()) {
            wrong.add(first.number, Some(at), "the column is there twice");
        } else if name.eq_ignore_ascii_case(TARGET) {
            has_target = true;
            columns.insert(at, Column::Target);
        } else {
            match question(form, name) {
                Ok(id) => {
                    columns.insert(at, Column::Of(id));
                }
                Err(message) => wrong.add(first.number, Some(at), &message),
            }
        }
    }
    if !has_target {
        wrong.add(
            first.number,
            None,
            "there is no column 'target' that says how many",
        );
    }
    columns
}

/// The question that a header names by its role or its key.
fn question(form: &Form, name: &str) -> Result<NodeId, String> {
    let role = Role::ALL.iter().find(|(_, word)| word.eq_ignore_ascii_case(name));
    let found = role
        .and_then(|(role, _)| form.with_role(*role))
        .filter(|&id| form.repeats_around(id).is_empty())
        .or_else(|| form.by_key(name));
    let Some(id) = found else {
        let roles: Vec<&str> = form
            .nodes
            .iter()
            .filter_map(|node| node.role)
            .map(Role::word)
            .collect();
        let known = if roles.is_empty() {
            "this form has no roles, so name questions by their keys".to_owned()
        } else {
            format!("roles in this form: {}", roles.join(", "))
        };
        return Err(format!(
            "'{name}' is neither a role nor the key of a question outside of repeats; {known}"
        ));
    };
    let kind = form.nodes[id].kind;
    if !kind.has_value() || kind.is_file() || kind == Kind::Rank {
        return Err(format!(
            "quotas can't be set by '{name}': name a choice, a number or a computed value"
        ));
    }
    Ok(id)
}

fn quota(
    form: &Form,
    columns: &BTreeMap<usize, Column>,
    row: &Row,
    wrong: &mut Wrong<'_>,
) -> (Vec<Wanted>, u32) {
    let mut wanted = Vec::new();
    let mut target = None;
    for (&at, cell) in &row.cells {
        let cell = cell.trim();
        match columns.get(&at) {
            Some(Column::Target) => {
                target = Some(cell.parse().unwrap_or_default());
                if target == Some(0) {
                    let message = format!("'{cell}' is no number of people: write a whole number above 0");
                    wrong.add(row.number, Some(at), &message);
                }
            }
            Some(Column::Of(id)) => match fitting(form, *id, cell) {
                Ok(answer) => wanted.push(Wanted {
                    key: form.nodes[*id].key.clone(),
                    answer,
                }),
                Err(message) => wrong.add(row.number, Some(at), &message),
            },
            // A column that is not understood was told of in the first row.
            None if wrong.headers.contains_key(&at) => {}
            None => wrong.add(row.number, Some(at), "the column has no header"),
        }
    }
    if target.is_none() {
        wrong.add(row.number, None, "the row says no target");
    }
    (wanted, target.unwrap_or_default())
}

fn fitting(form: &Form, id: NodeId, cell: &str) -> Result<Fitting, String> {
    let node = &form.nodes[id];
    if node.kind.is_number() || node.role == Some(Role::Age) {
        let one = || cell.parse().ok().map(|n| AgeBand { from: n, to: Some(n) });
        return AgeBand::read(cell)
            .or_else(one)
            .map(Fitting::Within)
            .ok_or_else(|| format!("'{cell}' is no band of numbers: write 18-35, 46+ or one whole number"));
    }
    let list = form.list_of(id).filter(|_| node.kind.is_choice());
    let Some(list) = list.filter(|list| !list.choices.is_empty()) else {
        return Ok(Fitting::Is(cell.to_owned()));
    };
    if list.choices.iter().any(|choice| choice.name == cell) {
        return Ok(Fitting::Is(cell.to_owned()));
    }
    let codes: Vec<&str> = list
        .choices
        .iter()
        .map(|choice| choice.name.as_str())
        .take(12)
        .collect();
    Err(format!(
        "'{cell}' is not among the codes of '{}': {}",
        list.name,
        codes.join(", ")
    ))
}
