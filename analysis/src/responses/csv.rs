//! Responses from a CSV of Baraza, ODK Central or Kobo.

use super::Responses;
use super::cells::{answer, chosen, pass};
use super::columns::{Cell, Columns};
use super::headers::{Headers, Target};
use crate::error::{Error, Note};
use baraza_forms::{Form, NodeId, Role};
use csv::StringRecord;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read;

/// Columns that belong to one question, by their position in the file.
#[derive(Default)]
struct Sources {
    answer: Option<usize>,
    /// Whether a comma may stand for the point: it parts no columns.
    comma: bool,
    choices: Vec<(usize, String)>,
    pass: Option<usize>,
}

struct Layout {
    questions: Vec<Sources>,
    outcome: Option<usize>,
    synthetic: Option<usize>,
    review: Option<usize>,
}

pub fn read(
    form: &Form,
    mut reader: impl Read,
    with_rejected: bool,
) -> Result<(Responses, Vec<Note>), Error> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(csv::Error::from)?;
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Error::Encoding);
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    let separator = separator(bytes);
    let mut csv = csv::ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .from_reader(bytes);
    let mut columns = Columns::new(form);
    let questions: Vec<NodeId> = columns.questions().collect();
    let header = csv.headers()?.clone();
    let mut notes = Vec::new();
    let mut layout = layout(form, &questions, &header, &mut notes)?;
    for sources in &mut layout.questions {
        sources.comma = separator != b',';
    }
    let mut bad_numbers = Vec::new();
    let mut unread = BTreeMap::new();
    let (mut left_out, mut refused, mut rejected, mut synthetic) = (0, 0, 0, false);
    for record in csv.records() {
        let record = record?;
        let get = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or_default().trim();
        let cells: Vec<Cell<'_>> = questions
            .iter()
            .zip(&layout.questions)
            .map(|(&id, sources)| {
                cell(form, id, sources, &record).unwrap_or_else(|column| {
                    let line = record.position().map_or(0, csv::Position::line);
                    bad_numbers.push((line, header[column].to_owned()));
                    *unread.entry(form.nodes[id].key.clone()).or_insert(0) += 1;
                    Cell::Blank
                })
            })
            .collect();
        synthetic |= get(layout.synthetic) == "yes";
        if !with_rejected && get(layout.review) == "rejected" {
            rejected += 1;
        } else if is_complete(form, &questions, &cells, get(layout.outcome)) {
            columns.push(cells);
        } else {
            left_out += 1;
            refused += usize::from(is_refused(form, &questions, &cells, get(layout.outcome)));
        }
    }
    note_numbers(&bad_numbers, &mut notes);
    let responses = Responses {
        form: form.clone(),
        frame: columns.finish()?,
        synthetic,
        left_out,
        refused,
        rejected,
        is_part: false,
        unread,
    };
    notes.extend(responses.left_out_notes());
    Ok((responses, notes))
}

/// Kobo writes semicolons where it is not told otherwise.
fn separator(bytes: &[u8]) -> u8 {
    let head = bytes.split(|&b| b == b'\n').next().unwrap_or_default();
    let count = |wanted: u8| {
        let mut quoted = false;
        head.iter()
            .filter(|&&b| {
                quoted ^= b == b'"';
                b == wanted && !quoted
            })
            .count()
    };
    // The first of those that are as frequent; a header of one column has none.
    [b',', b';', b'\t']
        .into_iter()
        .rev()
        .max_by_key(|&b| count(b))
        .unwrap_or(b',')
}

fn layout(
    form: &Form,
    questions: &[NodeId],
    header: &StringRecord,
    notes: &mut Vec<Note>,
) -> Result<Layout, Error> {
    let headers = Headers::new(form, questions);
    let mut layout = Layout {
        questions: questions.iter().map(|_| Sources::default()).collect(),
        outcome: None,
        synthetic: None,
        review: None,
    };
    let mut unknown = Vec::new();
    let mut found = false;
    for (column, name) in header.iter().enumerate() {
        match headers.target(super::cells::raw(name)) {
            Target::Answer(at) => {
                found = true;
                if layout.questions[at].answer.is_some() {
                    notes.push(Note::new(
                        name,
                        "a second column of the same question is left out",
                    ));
                } else {
                    layout.questions[at].answer = Some(column);
                }
            }
            Target::Choice(at, code) => {
                found = true;
                layout.questions[at].choices.push((column, code));
            }
            Target::Pass(at) => layout.questions[at].pass = Some(column),
            Target::Outcome => layout.outcome = Some(column),
            Target::Synthetic => layout.synthetic = Some(column),
            Target::Review => layout.review = Some(column),
            Target::Known => {}
            Target::Ambiguous => {
                notes.push(Note::new(
                    name,
                    "several questions have this name: the column is left out",
                ));
            }
            Target::Unknown => unknown.push(name),
        }
    }
    if !found {
        let columns = header.iter().take(8).collect::<Vec<_>>().join(", ");
        return Err(Error::NoColumn {
            form: form.id.clone(),
            columns,
        });
    }
    if !unknown.is_empty() {
        notes.push(Note::new(
            "",
            format!(
                "columns that the form does not know are left out: {}",
                unknown.join(", ")
            ),
        ));
    }
    Ok(layout)
}

/// The answer to one question; `Err` holds the column of a number that is none.
fn cell<'r>(form: &Form, id: NodeId, sources: &Sources, record: &'r StringRecord) -> Result<Cell<'r>, usize> {
    let get = |at: usize| record.get(at).unwrap_or_default();
    if let Some(pass) = sources.pass.and_then(|at| pass(get(at).trim())) {
        return Ok(Cell::Pass(pass));
    }
    let codes: Vec<&str> = sources
        .choices
        .iter()
        .filter(|(column, _)| chosen(get(*column)) == Some(true))
        .map(|(_, code)| code.as_str())
        .collect();
    if !codes.is_empty() {
        return Ok(Cell::Text(Cow::Owned(codes.join(" "))));
    }
    let Some(column) = sources.answer else {
        return Ok(Cell::Blank);
    };
    answer(form, id, get(column), sources.comma).ok_or(column)
}

/// By the export's own word; where there is none, by consent and age as the server does.
fn is_complete(form: &Form, questions: &[NodeId], cells: &[Cell<'_>], outcome: &str) -> bool {
    if !outcome.is_empty() {
        return outcome == "complete";
    }
    let of = |role| {
        questions
            .iter()
            .position(|&id| form.nodes[id].role == Some(role))
            .map(|at| &cells[at])
    };
    let refused = is_refused(form, questions, cells, outcome);
    let minor = matches!((of(Role::Age), form.settings.minimum_age), (Some(Cell::Number(age)), Some(minimum)) if *age < f64::from(minimum));
    !refused && !minor
}

/// By the export's own word; where there is none, by consent.
fn is_refused(form: &Form, questions: &[NodeId], cells: &[Cell<'_>], outcome: &str) -> bool {
    if !outcome.is_empty() {
        return outcome == "refused";
    }
    let consent = questions
        .iter()
        .position(|&id| form.nodes[id].role == Some(Role::Consent));
    consent.is_some_and(|at| matches!(&cells[at], Cell::Text(code) if code != "yes"))
}

/// One note a column, with its first line.
fn note_numbers(bad: &[(u64, String)], notes: &mut Vec<Note>) {
    let mut columns: BTreeMap<&str, (u64, usize)> = BTreeMap::new();
    for (line, column) in bad {
        columns.entry(column).or_insert((*line, 0)).1 += 1;
    }
    for (column, (line, count)) in columns {
        let message =
            format!("{count} cell(s) hold no number, first in line {line}, and count as not answered");
        notes.push(Note::new(column, message));
    }
}
