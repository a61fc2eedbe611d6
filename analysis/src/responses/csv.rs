//! Responses from a CSV of Baraza, ODK Central or Kobo.

use super::Responses;
use super::cells::{answer, chosen, pass};
use super::columns::{Cell, Columns};
use super::layout::{Sources, is_complete, is_refused, layout};
use crate::error::{Error, Note};
use baraza_forms::{Form, NodeId};
use csv::StringRecord;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};

pub fn read(form: &Form, reader: impl Read, with_rejected: bool) -> Result<(Responses, Vec<Note>), Error> {
    // Only the header is looked at beforehand: a large file is never in memory as a whole.
    let mut reader = BufReader::with_capacity(1 << 16, reader);
    let mut head = Vec::new();
    reader.read_until(b'\n', &mut head).map_err(csv::Error::from)?;
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        return Err(Error::Encoding);
    }
    let head = head.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&head);
    let separator = separator(head);
    let mut ending = Ending::new(head.chain(reader));
    let mut csv = csv::ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .from_reader(&mut ending);
    let mut columns = Columns::new(form);
    let questions: Vec<NodeId> = columns.questions().collect();
    let header = csv.headers()?.clone();
    let mut notes = Vec::new();
    let names: Vec<&str> = header.iter().collect();
    let mut layout = layout(form, &questions, &names, &mut notes)?;
    for sources in &mut layout.questions {
        sources.comma = separator != b',';
    }
    let mut bad_numbers = Vec::new();
    let mut unread = BTreeMap::new();
    let (mut left_out, mut refused, mut rejected, mut synthetic) = (0, 0, 0, false);
    let (mut record, mut next, mut rows) = (StringRecord::new(), StringRecord::new(), 0);
    let mut more = csv.read_record(&mut next)?;
    while more {
        std::mem::swap(&mut record, &mut next);
        more = csv.read_record(&mut next)?;
        let line = record.position().map_or(0, csv::Position::line);
        if !more && record.len() < header.len() && !csv.get_ref().ends_a_line() {
            notes.push(cut_off(line, record.len(), header.len()));
            break;
        }
        let get = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or_default().trim();
        let cells: Vec<Cell<'_>> = questions
            .iter()
            .zip(&layout.questions)
            .map(|(&id, sources)| {
                cell(form, id, sources, &record).unwrap_or_else(|column| {
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
            rows += 1;
        } else {
            left_out += 1;
            refused += usize::from(is_refused(form, &questions, &cells, get(layout.outcome)));
        }
    }
    note_numbers(&bad_numbers, &mut notes);
    let responses = Responses {
        form: form.clone(),
        rows,
        columns: columns.finish(),
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

/// A reader that knows the last byte it gave.
struct Ending<R> {
    reader: R,
    last: Option<u8>,
}

impl<R> Ending<R> {
    fn new(reader: R) -> Self {
        Self { reader, last: None }
    }

    fn ends_a_line(&self) -> bool {
        self.last == Some(b'\n') || self.last == Some(b'\r')
    }
}

impl<R: Read> Read for Ending<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.last = buffer[..read].last().copied().or(self.last);
        Ok(read)
    }
}

/// The row may end within a word or a number, so that none of it is trusted.
fn cut_off(line: u64, cells: usize, columns: usize) -> Note {
    let message = format!(
        "the file is cut off in line {line}, which has {cells} of {columns} cells: that response is left out, \
         and those that followed are missing; export or copy the file again"
    );
    Note::new("", message)
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
