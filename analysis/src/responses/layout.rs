//! Which columns of a file hold a question's answers, and which rows count.

use super::cells::raw;
use super::columns::Cell;
use super::headers::{Headers, Target};
use crate::error::{Error, Note};
use baraza_forms::{Form, NodeId, Role};

/// Columns that belong to one question, by their position in the file.
#[derive(Default)]
pub struct Sources {
    pub answer: Option<usize>,
    /// Whether a comma may stand for the point: it parts no columns.
    pub comma: bool,
    pub choices: Vec<(usize, String)>,
    pub pass: Option<usize>,
}

pub struct Layout {
    pub questions: Vec<Sources>,
    pub outcome: Option<usize>,
    pub synthetic: Option<usize>,
    pub review: Option<usize>,
}

/// The columns of each question by the header of the file.
pub fn layout(
    form: &Form,
    questions: &[NodeId],
    header: &[&str],
    notes: &mut Vec<Note>,
) -> Result<Layout, Error> {
    if header.iter().all(|name| name.trim().is_empty()) {
        return Err(Error::Empty);
    }
    let headers = Headers::new(form, questions);
    let mut layout = Layout {
        questions: questions.iter().map(|_| Sources::default()).collect(),
        outcome: None,
        synthetic: None,
        review: None,
    };
    let mut unknown = Vec::new();
    let mut found = false;
    for (column, &name) in header.iter().enumerate() {
        match headers.target(raw(name)) {
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
        let columns = header[..header.len().min(8)].join(", ");
        return Err(Error::NoColumn {
            form: form.id.clone(),
            columns,
        });
    }
    note_missing(form, questions, &layout, notes);
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

/// Questions that are asked and have no column: an export of an older version, or part of one.
fn note_missing(form: &Form, questions: &[NodeId], layout: &Layout, notes: &mut Vec<Note>) {
    let is_missing = |(id, sources): (&NodeId, &Sources)| {
        let node = &form.nodes[*id];
        // Who is in the file has agreed, unless it says otherwise.
        let asked = node.kind.is_asked() && node.role != Some(Role::Consent);
        (asked && sources.answer.is_none() && sources.choices.is_empty()).then_some(node.key.as_str())
    };
    let missing: Vec<&str> = questions
        .iter()
        .zip(&layout.questions)
        .filter_map(is_missing)
        .collect();
    if !missing.is_empty() {
        let message = format!(
            "questions of the form that have no column count as not answered: {}",
            missing.join(", ")
        );
        notes.push(Note::new("", message));
    }
}

/// By the export's own word; where there is none, by consent and age as the server does.
pub fn is_complete(form: &Form, questions: &[NodeId], cells: &[Cell<'_>], outcome: &str) -> bool {
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
pub fn is_refused(form: &Form, questions: &[NodeId], cells: &[Cell<'_>], outcome: &str) -> bool {
    if !outcome.is_empty() {
        return outcome == "refused";
    }
    let consent = questions
        .iter()
        .position(|&id| form.nodes[id].role == Some(Role::Consent));
    consent.is_some_and(|at| matches!(&cells[at], Cell::Text(code) if code != "yes"))
}
