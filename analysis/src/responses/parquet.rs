//! Responses from a Parquet file. Whole numbers become codes as they are, and each distinct text is understood once.

use super::Responses;
use super::cells::{answer, chosen, pass};
use super::column::{Coded, Coder, Column};
use super::columns::{Cell, has_passes, held, pass_code};
use super::headers::plain;
use super::layout::{Layout, Sources, is_complete, is_refused, layout};
use super::parquet_file::{ParquetFile, Raw};
use crate::error::{Error, Note};
use crate::tally::NONE;
use crate::threads::in_parallel;
use baraza_forms::{Form, NodeId, Pass, Role};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

pub fn read(form: &Form, path: &Path, with_rejected: bool) -> Result<(Responses, Vec<Note>), Error> {
    let file = ParquetFile::open(path)?;
    let questions: Vec<NodeId> = held(form).collect();
    let mut notes = Vec::new();
    let names: Vec<&str> = file.names().collect();
    let mut layout = layout(form, &questions, &names, &mut notes)?;
    for sources in &mut layout.questions {
        sources.comma = true;
        leave_out_unreadable(&file, sources, &mut notes);
    }
    let rows = Rows::of(form, &file, (&questions, &layout), with_rejected)?;
    let keys: HashSet<&str> = form.nodes.iter().map(|node| node.key.as_str()).collect();
    let read = in_parallel(questions.len(), |at| {
        let has_passes = has_passes(form, questions[at], &keys);
        question(form, &file, (questions[at], &layout.questions[at]), has_passes)
    });
    let (mut columns, mut unread) = (BTreeMap::new(), BTreeMap::new());
    for (&id, read) in questions.iter().zip(read) {
        let Question { answers, passes, bad } = read?;
        let key = &form.nodes[id].key;
        if bad > 0 {
            let message = format!("{bad} cell(s) hold no number, and count as not answered");
            notes.push(Note::new(key, message));
            unread.insert(key.clone(), bad);
        }
        columns.insert(key.clone(), rows.kept(answers));
        if let Some(passes) = passes {
            columns.insert(Responses::pass_column(key), rows.kept(Column::Texts(passes)));
        }
    }
    let responses = Responses {
        form: form.clone(),
        rows: file.rows() - rows.left_out - rows.rejected,
        columns,
        synthetic: rows.synthetic,
        left_out: rows.left_out,
        refused: rows.refused,
        is_part: false,
        rejected: rows.rejected,
        unread,
    };
    notes.extend(responses.left_out_notes());
    Ok((responses, notes))
}

/// Columns of types that hold no answer: lists, dates, binary.
fn leave_out_unreadable(file: &ParquetFile, sources: &mut Sources, notes: &mut Vec<Note>) {
    let mut is_read = |column: usize| {
        let readable = file.is_readable(column);
        if !readable {
            let message = "the column is of a type that holds no answer (it has to be whole numbers, numbers, texts, \
                           categories or yes/no), and counts as not answered";
            notes.push(Note::new(file.name(column), message));
        }
        readable
    };
    sources.answer = sources.answer.filter(|&column| is_read(column));
    sources.pass = sources.pass.filter(|&column| is_read(column));
    sources.choices.retain(|&(column, _)| is_read(column));
}

/// Which rows of the file count.
struct Rows {
    /// `None` where all do.
    keep: Option<Vec<bool>>,
    synthetic: bool,
    left_out: usize,
    /// Of these.
    refused: usize,
    rejected: usize,
}

impl Rows {
    fn of(
        form: &Form,
        file: &ParquetFile,
        (questions, layout): (&[NodeId], &Layout),
        with_rejected: bool,
    ) -> Result<Self, Error> {
        let own = |column: Option<usize>| {
            let readable = column.filter(|&column| file.is_readable(column));
            readable
                .map(|column| Ok::<_, Error>(file.column(column)?.coded()))
                .transpose()
        };
        let (outcome, review, synthetic) =
            (own(layout.outcome)?, own(layout.review)?, own(layout.synthetic)?);
        let is = |column: Option<&Coded>, row, word| column.and_then(|column| column.get(row)) == Some(word);
        let mut rows = Self {
            keep: None,
            synthetic: (0..file.rows()).any(|row| is(synthetic.as_ref(), row, "yes")),
            left_out: 0,
            refused: 0,
            rejected: 0,
        };
        let deciding = |role| {
            let at = questions.iter().position(|&id| form.nodes[id].role == Some(role));
            at.filter(|&at| layout.questions[at].answer.is_some())
        };
        let minimum = form.settings.minimum_age.and(deciding(Role::Age));
        let deciding: Vec<usize> = deciding(Role::Consent).into_iter().chain(minimum).collect();
        if outcome.is_none() && review.is_none() && deciding.is_empty() {
            return Ok(rows);
        }
        let columns = deciding
            .iter()
            .map(|&at| Ok(question(form, file, (questions[at], &layout.questions[at]), false)?.answers))
            .collect::<Result<Vec<Column>, Error>>()?;
        let asked: Vec<NodeId> = deciding.iter().map(|&at| questions[at]).collect();
        let mut keep = vec![true; file.rows()];
        for (row, keep) in keep.iter_mut().enumerate() {
            let cells: Vec<Cell<'_>> = columns.iter().map(|column| cell(column, row)).collect();
            let word = outcome
                .as_ref()
                .and_then(|column| column.get(row))
                .unwrap_or_default();
            if !with_rejected && is(review.as_ref(), row, "rejected") {
                rows.rejected += 1;
            } else if is_complete(form, &asked, &cells, word) {
                continue;
            } else {
                rows.left_out += 1;
                rows.refused += usize::from(is_refused(form, &asked, &cells, word));
            }
            *keep = false;
        }
        rows.keep = keep.contains(&false).then_some(keep);
        Ok(rows)
    }

    fn kept(&self, column: Column) -> Column {
        match &self.keep {
            None => column,
            Some(keep) => column.only(keep),
        }
    }
}

fn cell(column: &Column, row: usize) -> Cell<'_> {
    match column {
        Column::Texts(coded) => coded
            .get(row)
            .map_or(Cell::Blank, |text| Cell::Text(Cow::Borrowed(text))),
        Column::Numbers(numbers) if numbers[row].is_nan() => Cell::Blank,
        Column::Numbers(numbers) => Cell::Number(numbers[row]),
    }
}

/// What a file has of one question.
struct Question {
    answers: Column,
    passes: Option<Coded>,
    /// Cells that hold no number where one belongs.
    bad: usize,
}

fn question(
    form: &Form,
    file: &ParquetFile,
    (id, sources): (NodeId, &Sources),
    has_passes: bool,
) -> Result<Question, Error> {
    let rows = file.rows();
    let given = sources.answer.map(|column| file.column(column)).transpose()?;
    let passed = sources
        .pass
        .map(|column| Ok::<_, Error>(file.column(column)?.coded()))
        .transpose()?;
    if form.nodes[id].kind.is_number() {
        return Ok(number(
            form,
            (id, sources),
            given,
            passed.as_ref().filter(|_| has_passes),
            rows,
        ));
    }
    let given = given.map_or_else(|| Coded::blank(rows), Raw::coded);
    let mut answers = understood(form, (id, sources), &given);
    if !sources.choices.is_empty() {
        answers = with_choices(file, &sources.choices, &answers)?;
    }
    if let Some(passed) = passed.as_ref().filter(|_| form.nodes[id].kind.is_choice()) {
        answers = with_passes(form, id, &answers, passed);
    }
    let open = has_passes.then(|| {
        let mut passes = Coder::default();
        for row in 0..rows {
            let text = passed.as_ref().and_then(|column| column.get(row));
            let text = text
                .and_then(|text| pass(text.trim()))
                .or_else(|| given.get(row).and_then(|t| pass(t.trim())));
            passes.push(text.map(Pass::code));
        }
        passes.finish()
    });
    Ok(Question {
        answers: Column::Texts(answers),
        passes: open,
        bad: 0,
    })
}

fn number(
    form: &Form,
    (id, sources): (NodeId, &Sources),
    given: Option<Raw>,
    passed: Option<&Coded>,
    rows: usize,
) -> Question {
    let mut passes = Coder::default();
    let mut bad = 0;
    let mut numbers = match given {
        None => vec![f64::NAN; rows],
        Some(Raw::Numbers(numbers)) => numbers,
        Some(Raw::Texts(texts)) => {
            let read: Vec<Option<Cell<'_>>> = texts
                .texts()
                .iter()
                .map(|text| answer(form, id, text, sources.comma))
                .collect();
            bad = texts
                .counts()
                .iter()
                .zip(&read)
                .filter(|(_, cell)| cell.is_none())
                .map(|(n, _)| *n as usize)
                .sum();
            let number = |row| match texts.code(row).and_then(|code| read[code as usize].as_ref()) {
                Some(Cell::Number(number)) => *number,
                _ => f64::NAN,
            };
            (0..rows).map(number).collect()
        }
    };
    let passes = passed.map(|passed| {
        for (row, number) in numbers.iter_mut().enumerate() {
            let pass = passed.get(row).and_then(|text| pass(text.trim()));
            if pass.is_some() {
                *number = f64::NAN;
            }
            passes.push(pass.map(Pass::code));
        }
        passes.finish()
    });
    Question {
        answers: Column::Numbers(numbers),
        passes,
        bad,
    }
}

/// Labels become codes, and passes those of the list, as in a CSV.
fn understood(form: &Form, (id, sources): (NodeId, &Sources), given: &Coded) -> Coded {
    let codes = [Pass::DontKnow, Pass::PreferNotToSay].map(|pass| pass_code(form, id, pass));
    let choice = form.nodes[id].kind.is_choice();
    let text = |text: &'_ std::sync::Arc<str>| match answer(form, id, text, sources.comma) {
        Some(Cell::Text(text)) if !text.is_empty() => Some(text.into_owned()),
        Some(Cell::Pass(pass)) if choice => Some(codes[pass as usize].clone()),
        _ => None,
    };
    let texts: Vec<Option<String>> = given.texts().iter().map(text).collect();
    let same = texts
        .iter()
        .zip(given.texts())
        .all(|(new, old)| new.as_deref() == Some(&**old));
    if same {
        return given.clone();
    }
    given.renamed(texts.iter().map(Option::as_deref))
}

/// The codes of a select-multiple whose choices have a column each; where none is chosen, the answer itself.
fn with_choices(file: &ParquetFile, choices: &[(usize, String)], answers: &Coded) -> Result<Coded, Error> {
    // Each set of choices met so far, with the sets that it becomes without and with the next choice.
    let mut sets: Vec<String> = vec![String::new()];
    let mut of_row = vec![0u32; file.rows()];
    for (column, code) in choices {
        let given = file.column(*column)?.coded();
        let is_chosen: Vec<u32> = given
            .texts()
            .iter()
            .map(|text| u32::from(chosen(text) == Some(true)))
            .collect();
        let lookup = given.lookup(&is_chosen);
        let mut with = vec![NONE; sets.len()];
        for (row, set) in of_row.iter_mut().enumerate() {
            if lookup.get(row) != 1 {
                continue;
            }
            let known = &mut with[*set as usize];
            if *known == NONE {
                *known = sets.len() as u32;
                let joined = format!("{} {code}", sets[*set as usize]);
                sets.push(joined.trim().to_owned());
            }
            *set = *known;
        }
    }
    let mut coder = Coder::default();
    let numbers: Vec<Option<u32>> = sets
        .iter()
        .map(|set| (!set.is_empty()).then(|| coder.code(set)))
        .collect();
    for (row, &set) in of_row.iter().enumerate() {
        let code = numbers[set as usize].or_else(|| answers.get(row).map(|text| coder.code(text)));
        coder.push_code(code);
    }
    Ok(coder.finish())
}

/// What the column of passes says goes before the answer.
fn with_passes(form: &Form, id: NodeId, answers: &Coded, passed: &Coded) -> Coded {
    let mut coder = Coder::default();
    for row in 0..answers.len() {
        match passed.get(row).and_then(|text| pass(&plain(text))) {
            Some(pass) => coder.push(Some(&pass_code(form, id, pass))),
            None => coder.push(answers.get(row)),
        }
    }
    coder.finish()
}
