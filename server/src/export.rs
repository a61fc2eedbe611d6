//! Responses as tables: one for the survey, one for each repeat. `books/` are the formats.

mod books;
mod files;

pub use books::{Book, CsvBook, Format, ParquetBook, XlsxBook};
pub use files::Files;

use crate::running::Rounds;
use crate::store::Stored;
use crate::sync::began_at;
use baraza_analysis::{OWN_COLUMNS, OWN_PREFIX, Shape};
use baraza_forms::{Answer, Form, Kind, NodeId, is_file_name};
use serde_json::{Map, Value as Json};

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

impl TableColumns<'_> {
    /// What the table of a repeat is called.
    fn name(&self) -> Option<String> {
        (!self.repeat.is_empty()).then(|| self.repeat.join("-"))
    }
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

    /// Names of the repeats that have a table of their own.
    pub fn repeats(&self) -> Vec<String> {
        self.tables.iter().filter_map(TableColumns::name).collect()
    }

    /// The number of columns of the widest table.
    pub fn widest(&self) -> usize {
        let width = |table: &TableColumns<'_>| {
            let asked: usize = table
                .questions
                .iter()
                .map(|question| question.headers().len())
                .sum();
            asked + OWN_COLUMNS.len().max(table.repeat.len() + 1)
        };
        self.tables.iter().map(width).max().unwrap_or_default()
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

    fn headers(&self) -> Vec<(String, Shape)> {
        let shape = match self.kind {
            Kind::Integer => Shape::Whole,
            Kind::Decimal | Kind::Range => Shape::Number,
            _ => Shape::Text,
        };
        let mut headers = vec![(self.key.clone(), shape)];
        if self.kind == Kind::SelectMultiple {
            let chosen = |code: &String| (format!("{}/{code}", self.key), Shape::Whole);
            headers.extend(self.choices.iter().map(|(code, ..)| chosen(code)));
        }
        if self.pass {
            headers.push((format!("{}_pass", self.key), Shape::Text));
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
pub struct Tables<'a, B> {
    columns: &'a Columns<'a>,
    style: Style,
    files: Files,
    rounds: Rounds,
    book: B,
}

impl<'a, B: Book> Tables<'a, B> {
    /// Tables with their headers.
    pub fn new(
        columns: &'a Columns<'a>,
        style: Style,
        (files, rounds): (Files, Rounds),
        mut book: B,
    ) -> anyhow::Result<Self> {
        for table in &columns.tables {
            let repeat = table.name();
            let asked: Vec<(String, Shape)> = table.questions.iter().flat_map(Question::headers).collect();
            let first: Vec<String> = if table.repeat.is_empty() {
                OWN_COLUMNS.map(String::from).to_vec()
            } else {
                let places = table.repeat.iter().map(|repeat| format!("{repeat}_index"));
                std::iter::once("instance_id".to_owned()).chain(places).collect()
            };
            // A question keeps its name; ours gives way where it is the same.
            let own = first.into_iter().map(|name| {
                let shape = if name == "corrections" || name.ends_with("_index") {
                    Shape::Whole
                } else {
                    Shape::Text
                };
                if asked.iter().any(|(asked, _)| *asked == name) {
                    (format!("{OWN_PREFIX}{name}"), shape)
                } else {
                    (name, shape)
                }
            });
            let headers: Vec<(String, Shape)> = own.chain(asked.iter().cloned()).collect();
            book.begin(repeat.as_deref(), &headers)?;
        }
        Ok(Self {
            columns,
            style,
            files,
            rounds,
            book,
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
            self.rounds.name(began_at(
                &response.started,
                &response.finished,
                &response.received_at,
            )),
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
        self.book.add(table, &row)
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

    /// All that was written, to be ended, and the files that responses name.
    pub fn finish(self) -> (B, Files) {
        (self.book, self.files)
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
