//! Responses as CSV tables: one for the survey, one for each repeat.

mod files;

pub use files::Files;

use crate::store::Stored;
use baraza_analysis::{OWN_COLUMNS, OWN_PREFIX, neutral};
use baraza_forms::{Answer, Form, Kind, NodeId, is_file_name};
use serde_json::{Map, Value as Json};
use std::io::Write;

/// Codes, or labels of a language by its position.
#[derive(Debug, Clone, Copy)]
pub enum Style {
    /// As stored.
    Codes,
    /// As read by respondents.
    Labels(usize),
}

/// The columns of all tables.
#[derive(Debug)]
pub struct Columns<'a> {
    tables: Vec<TableColumns<'a>>,
}

#[derive(Debug)]
struct TableColumns<'a> {
    /// Key of the repeat, with those around it; `None` for the survey itself.
    repeat: Vec<String>,
    questions: Vec<Question<'a>>,
}

/// A question in all versions of a form.
#[derive(Debug)]
struct Question<'a> {
    key: String,
    kind: Kind,
    pass: bool,
    /// Its answers name files, in some version.
    files: bool,
    /// Codes and label by form, the newest version's first.
    choices: Vec<(String, &'a Form, &'a baraza_forms::form::Choice)>,
}

impl<'a> Columns<'a> {
    /// Columns of all versions, the newest first: its order rules, what only older versions have stands where it stood.
    pub fn of(forms: &[&'a Form]) -> Self {
        let mut columns = Self {
            tables: vec![TableColumns {
                repeat: Vec::new(),
                questions: Vec::new(),
            }],
        };
        for form in forms {
            columns.add(form);
        }
        columns
    }

    fn add(&mut self, form: &'a Form) {
        // After which column of each table a new one goes.
        let mut after: Vec<Option<usize>> = vec![None; self.tables.len()];
        for (id, node) in form.nodes.iter().enumerate().skip(1) {
            let path: Vec<String> = form
                .repeats_around(id)
                .iter()
                .map(|&r| form.nodes[r].key.clone())
                .collect();
            if node.kind == Kind::Repeat {
                let mut own = path;
                own.push(node.key.clone());
                if !self.tables.iter().any(|t| t.repeat == own) {
                    self.tables.push(TableColumns {
                        repeat: own,
                        questions: Vec::new(),
                    });
                    after.push(None);
                }
                continue;
            }
            if !node.kind.has_value() {
                continue;
            }
            let Some(at) = self.tables.iter().position(|t| t.repeat == path) else {
                continue;
            };
            let questions = &mut self.tables[at].questions;
            let place = questions
                .iter()
                .position(|q| q.key == node.key)
                .unwrap_or_else(|| {
                    let place = after[at].map_or(0, |before| before + 1);
                    questions.insert(
                        place,
                        Question {
                            key: node.key.clone(),
                            kind: node.kind,
                            pass: false,
                            files: false,
                            choices: Vec::new(),
                        },
                    );
                    place
                });
            questions[place].merge(form, id);
            after[at] = Some(place);
        }
    }
}

impl<'a> Question<'a> {
    fn merge(&mut self, form: &'a Form, id: NodeId) {
        self.pass |= form.nodes[id].pass;
        self.files |= form.nodes[id].kind.is_file();
        if form.nodes[id].kind == Kind::SelectMultiple {
            self.kind = Kind::SelectMultiple;
        }
        for choice in form.list_of(id).into_iter().flat_map(|list| &list.choices) {
            if !self.choices.iter().any(|(code, ..)| *code == choice.name) {
                self.choices.push((choice.name.clone(), form, choice));
            }
        }
    }

    fn headers(&self) -> Vec<String> {
        let mut headers = vec![self.key.clone()];
        if self.kind == Kind::SelectMultiple {
            headers.extend(
                self.choices
                    .iter()
                    .map(|(code, ..)| format!("{}/{code}", self.key)),
            );
        }
        if self.pass {
            headers.push(format!("{}_pass", self.key));
        }
        headers
    }

    fn cells(&self, json: Option<&Json>, style: Style, row: &mut Vec<String>) {
        // What the form did not allow is kept as it came, so the kind may not fit.
        let answer = json.and_then(|json| Answer::from_json(self.kind, json));
        let passed = match &answer {
            Some(Answer::Passed(pass)) => Some(*pass),
            _ => None,
        };
        row.push(match (&answer, json) {
            (Some(Answer::Passed(_)), _) | (None, None) => String::new(),
            (Some(answer), _) => self.shown(answer, style),
            (None, Some(Json::String(text))) => text.clone(),
            (None, Some(other)) => other.to_string(),
        });
        if self.kind == Kind::SelectMultiple {
            let codes = answer.as_ref().map(Answer::codes).unwrap_or_default();
            let answered = answer.is_some() && passed.is_none();
            for (code, ..) in &self.choices {
                row.push(if answered {
                    u8::from(codes.contains(&code.as_str())).to_string()
                } else {
                    String::new()
                });
            }
        }
        if self.pass {
            row.push(passed.map_or("", baraza_forms::Pass::code).to_owned());
        }
    }

    fn shown(&self, answer: &Answer, style: Style) -> String {
        let Style::Labels(language) = style else {
            return answer.text();
        };
        if self.choices.is_empty() {
            return answer.text();
        }
        let label = |code: &&str| {
            let known = self.choices.iter().find(|(c, ..)| c == code);
            known.map_or_else(
                || (*code).to_owned(),
                |(_, form, choice)| form.choice_label(language, choice),
            )
        };
        answer.codes().iter().map(label).collect::<Vec<_>>().join("; ")
    }
}

/// Tables while they are written.
pub struct Tables<'a, W: Write> {
    columns: &'a Columns<'a>,
    style: Style,
    files: Files,
    writers: Vec<csv::Writer<W>>,
}

/// What was written.
pub struct Written<W> {
    /// What the tables were written to, the survey's own first.
    pub tables: Vec<W>,
    /// The files that responses name.
    pub files: Files,
}

impl<'a, W: Write> Tables<'a, W> {
    /// Tables with their headers; `open` gives where each goes: `None` is the survey's own, otherwise the repeat's.
    pub fn new(
        columns: &'a Columns<'a>,
        style: Style,
        files: Files,
        open: impl Fn(Option<&str>) -> anyhow::Result<W>,
    ) -> anyhow::Result<Self> {
        let mut writers = Vec::new();
        for table in &columns.tables {
            let repeat = (!table.repeat.is_empty()).then(|| table.repeat.join("-"));
            let mut writer = csv::Writer::from_writer(open(repeat.as_deref())?);
            let asked: Vec<String> = table.questions.iter().flat_map(Question::headers).collect();
            let first: Vec<String> = if table.repeat.is_empty() {
                OWN_COLUMNS.map(String::from).to_vec()
            } else {
                let places = table.repeat.iter().map(|repeat| format!("{repeat}_index"));
                std::iter::once("instance_id".to_owned()).chain(places).collect()
            };
            // A question keeps its name; ours gives way where it is the same.
            let own = first.into_iter().map(|name| {
                if asked.contains(&name) {
                    format!("{OWN_PREFIX}{name}")
                } else {
                    name
                }
            });
            let headers: Vec<String> = own.chain(asked.iter().cloned()).collect();
            writer.write_record(headers.iter().map(|h| neutral(h)))?;
            writers.push(writer);
        }
        Ok(Self {
            columns,
            style,
            files,
            writers,
        })
    }

    /// Adds a response.
    pub fn add(&mut self, response: &Stored) -> anyhow::Result<()> {
        let synthetic = if response.synthetic { "yes" } else { "no" };
        let first = [
            &response.instance_id,
            &response.received_at,
            &response.started,
            &response.finished,
            &response.language,
            &response.version,
            &response.outcome,
            synthetic,
            &flags(&response.flags),
            response.enumerator.as_deref().unwrap_or_default(),
            response.state.word(),
            &response.corrections.to_string(),
        ];
        let place = std::slice::from_ref(&response.instance_id);
        let first = first.iter().map(|s| (*s).to_owned()).collect();
        self.row(0, (first, place), &response.answers)?;
        self.instances(&[], place, &response.answers)
    }

    /// `place` is the response's id, and the place of each instance.
    fn row(
        &mut self,
        table: usize,
        (mut row, place): (Vec<String>, &[String]),
        answers: &Map<String, Json>,
    ) -> anyhow::Result<()> {
        let table_columns = &self.columns.tables[table];
        for question in &table_columns.questions {
            let answer = answers.get(&question.key);
            match answer
                .and_then(Json::as_str)
                .filter(|name| question.files && is_file_name(name))
            {
                Some(name) => {
                    let steps = table_columns.repeat.iter().chain([&question.key]);
                    let named = steps.map(String::as_str).collect::<Vec<_>>().join("-");
                    let cell = self.files.cell(name, &named, place)?;
                    question.cells(Some(&Json::String(cell)), self.style, &mut row);
                }
                None => question.cells(answer, self.style, &mut row),
            }
        }
        self.writers[table].write_record(row.iter().map(|cell| neutral(cell)))?;
        Ok(())
    }

    /// Rows of the repeats right within `path`, and of those within them.
    fn instances(
        &mut self,
        path: &[String],
        first: &[String],
        answers: &Map<String, Json>,
    ) -> anyhow::Result<()> {
        for table in 1..self.columns.tables.len() {
            let repeat = &self.columns.tables[table].repeat;
            if repeat.len() != path.len() + 1 || !repeat.starts_with(path) {
                continue;
            }
            let repeat = repeat.clone();
            let key = &repeat[repeat.len() - 1];
            for (at, instance) in answers
                .get(key)
                .and_then(Json::as_array)
                .into_iter()
                .flatten()
                .enumerate()
            {
                let Some(instance) = instance.as_object() else {
                    continue;
                };
                let mut row = first.to_vec();
                row.push((at + 1).to_string());
                self.row(table, (row.clone(), &row), instance)?;
                self.instances(&repeat, &row, instance)?;
            }
        }
        Ok(())
    }

    /// Ends the tables.
    pub fn finish(self) -> anyhow::Result<Written<W>> {
        let tables = self
            .writers
            .into_iter()
            .map(|writer| {
                writer
                    .into_inner()
                    .map_err(|error| anyhow::anyhow!("{}", error.error()))
            })
            .collect::<anyhow::Result<_>>()?;
        Ok(Written {
            tables,
            files: self.files,
        })
    }
}

/// `constraint: age; required: gender`
fn flags(json: &str) -> String {
    let flags: Vec<baraza_forms::Flag> = serde_json::from_str(json).unwrap_or_default();
    let rule = |flag: &baraza_forms::Flag| {
        serde_json::to_value(flag.rule)
            .ok()
            .and_then(|v| v.as_str().map(String::from))
    };
    flags
        .iter()
        .map(|f| format!("{}: {}", rule(f).unwrap_or_default(), f.question))
        .collect::<Vec<_>>()
        .join("; ")
}
