//! One column of answers, held small: texts as codes with a dictionary, so that a million answers to a question of
//! five choices take a million bytes.

use crate::tally::NONE;
use crate::threads::in_chunks;
use std::collections::HashMap;
use std::sync::Arc;

/// The code of a blank answer in a narrow column; in a wide one it is [`NONE`].
const BLANK: u8 = u8::MAX;

/// The code of each response: its text's position in the dictionary.
#[derive(Debug, Clone)]
pub(crate) enum Codes {
    /// Fewer than 256 distinct texts.
    Narrow(Vec<u8>),
    /// Any number of them.
    Wide(Vec<u32>),
}

/// A column of texts.
#[derive(Debug, Clone)]
pub(crate) struct Coded {
    codes: Codes,
    texts: Vec<Arc<str>>,
    /// Responses by code.
    counts: Vec<u64>,
}

/// The answers to one question.
#[derive(Debug, Clone)]
pub(crate) enum Column {
    /// Codes, words, dates; select-multiple and rank as codes joined by a space.
    Texts(Coded),
    /// Numbers; NaN is blank.
    Numbers(Vec<f64>),
}

impl Column {
    /// The same of the responses that are kept.
    pub fn only(&self, keep: &[bool]) -> Self {
        let mut column = self.clone();
        match &mut column {
            Self::Texts(coded) => coded.retain(keep),
            Self::Numbers(numbers) => retain(numbers, keep),
        }
        column
    }
}

impl Codes {
    fn get(&self, row: usize) -> Option<u32> {
        match self {
            Self::Narrow(codes) => (codes[row] != BLANK).then(|| u32::from(codes[row])),
            Self::Wide(codes) => (codes[row] != NONE).then(|| codes[row]),
        }
    }

    fn counts(&self, texts: usize) -> Vec<u64> {
        let mut counts = vec![0; texts.max(256)];
        match self {
            Self::Narrow(codes) => codes.iter().for_each(|&code| counts[usize::from(code)] += 1),
            Self::Wide(codes) => {
                let given = codes.iter().filter(|code| **code != NONE);
                given.for_each(|&code| counts[code as usize] += 1);
            }
        }
        counts.truncate(texts);
        counts
    }

    /// What `numbers` has for the code of a row; [`NONE`] for a blank. See [`Coded::lookup`].
    pub fn lookup<'a>(&'a self, numbers: &'a [u32]) -> Lookup<'a> {
        match self {
            Self::Narrow(codes) => {
                let mut table = [NONE; 256];
                for (entry, number) in table.iter_mut().zip(numbers).take(usize::from(BLANK)) {
                    *entry = *number;
                }
                Lookup::Narrow(codes, Box::new(table))
            }
            Self::Wide(codes) => Lookup::Wide(codes, numbers),
        }
    }
}

/// Codes with the number that each stands for.
pub(crate) enum Lookup<'a> {
    Narrow(&'a [u8], Box<[u32; 256]>),
    Wide(&'a [u32], &'a [u32]),
}

impl Lookup<'_> {
    /// The number of one response.
    pub fn get(&self, row: usize) -> u32 {
        match self {
            Self::Narrow(codes, table) => table[usize::from(codes[row])],
            Self::Wide(codes, numbers) => numbers.get(codes[row] as usize).copied().unwrap_or(NONE),
        }
    }

    /// The numbers of some responses, in the order given.
    pub fn arranged(&self, order: &[u32]) -> Vec<u32> {
        in_chunks(order.len(), |range, numbers| {
            let rows = order[range].iter().map(|&row| row as usize);
            match self {
                Self::Narrow(codes, table) => {
                    for (number, row) in numbers.iter_mut().zip(rows) {
                        *number = table[usize::from(codes[row])];
                    }
                }
                Self::Wide(..) => {
                    for (number, row) in numbers.iter_mut().zip(rows) {
                        *number = self.get(row);
                    }
                }
            }
        })
    }
}

impl Coded {
    /// How many responses.
    pub fn len(&self) -> usize {
        match &self.codes {
            Codes::Narrow(codes) => codes.len(),
            Codes::Wide(codes) => codes.len(),
        }
    }

    /// A column without an answer.
    pub fn blank(rows: usize) -> Self {
        Self::new(Codes::Narrow(vec![BLANK; rows]), Vec::new())
    }

    /// The code of a response.
    pub fn code(&self, row: usize) -> Option<u32> {
        self.codes.get(row)
    }

    /// The distinct texts, by code; some may have been left out with the responses that had them.
    pub fn texts(&self) -> &[Arc<str>] {
        &self.texts
    }

    /// The text of a response.
    pub fn get(&self, row: usize) -> Option<&str> {
        self.codes.get(row).map(|code| &*self.texts[code as usize])
    }

    fn new(codes: Codes, texts: Vec<Arc<str>>) -> Self {
        let counts = codes.counts(texts.len());
        Self { codes, texts, counts }
    }

    /// How many responses have each code.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// A number for each response by its code; `numbers` has one a code.
    pub fn lookup<'a>(&'a self, numbers: &'a [u32]) -> Lookup<'a> {
        self.codes.lookup(numbers)
    }

    /// The column with other texts: one for each code, or none. Texts that have become the same share a code.
    pub fn renamed<'t>(&self, texts: impl Iterator<Item = Option<&'t str>>) -> Self {
        let mut coder = Coder::default();
        let numbers: Vec<u32> = texts
            .map(|text| text.map_or(NONE, |text| coder.code(text)))
            .collect();
        let lookup = self.lookup(&numbers);
        let codes = match lookup {
            // No more texts than before: they stay narrow.
            Lookup::Narrow(codes, table) => {
                let narrow = table.map(|number| if number == NONE { BLANK } else { number as u8 });
                Codes::Narrow(codes.iter().map(|&code| narrow[usize::from(code)]).collect())
            }
            Lookup::Wide(codes, _) => Codes::Wide(
                codes
                    .iter()
                    .map(|&code| numbers.get(code as usize).copied().unwrap_or(NONE))
                    .collect(),
            ),
        };
        Self::new(codes, coder.texts)
    }

    /// Only the responses that are kept.
    pub fn retain(&mut self, keep: &[bool]) {
        match &mut self.codes {
            Codes::Narrow(codes) => retain(codes, keep),
            Codes::Wide(codes) => retain(codes, keep),
        }
        self.counts = self.codes.counts(self.texts.len());
    }
}

/// Only the values that are kept.
fn retain<T>(values: &mut Vec<T>, keep: &[bool]) {
    let mut keep = keep.iter();
    values.retain(|_| keep.next().copied().unwrap_or(true));
}

/// A column of texts while it grows.
#[derive(Debug, Default)]
pub(crate) struct Coder {
    codes: Option<Codes>,
    texts: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Coder {
    /// The code of a text.
    pub fn code(&mut self, text: &str) -> u32 {
        if let Some(&code) = self.numbers.get(text) {
            return code;
        }
        let code = self.texts.len() as u32;
        let text: Arc<str> = text.into();
        self.numbers.insert(Arc::clone(&text), code);
        self.texts.push(text);
        code
    }

    /// Adds a response.
    pub fn push(&mut self, text: Option<&str>) {
        let code = text.map(|text| self.code(text));
        self.push_code(code);
    }

    /// Adds a response by a code that [`Coder::code`] gave.
    pub fn push_code(&mut self, code: Option<u32>) {
        let codes = self.codes.get_or_insert_with(|| Codes::Narrow(Vec::new()));
        if let Codes::Narrow(narrow) = codes
            && code.is_some_and(|code| code >= u32::from(BLANK))
        {
            let wide = |&code: &u8| if code == BLANK { NONE } else { u32::from(code) };
            *codes = Codes::Wide(narrow.iter().map(wide).collect());
        }
        match codes {
            Codes::Narrow(codes) => codes.push(code.map_or(BLANK, |code| code as u8)),
            Codes::Wide(codes) => codes.push(code.unwrap_or(NONE)),
        }
    }

    /// The column.
    pub fn finish(self) -> Coded {
        Coded::new(self.codes.unwrap_or(Codes::Narrow(Vec::new())), self.texts)
    }

    /// The column of codes that are given as one byte each, 255 being blank.
    pub fn finish_narrow(self, codes: Vec<u8>) -> Coded {
        Coded::new(Codes::Narrow(codes), self.texts)
    }
}

/// Whole numbers as texts: written once each, not once a response. `None` is blank.
pub(crate) fn coded_numbers(values: impl Iterator<Item = Option<i64>>) -> Coded {
    /// Values up to here are found by their place.
    const PLACES: usize = 1 << 16;
    let mut coder = Coder::default();
    let mut places: Vec<u32> = Vec::new();
    for value in values {
        let code = value.map(|value| match usize::try_from(value) {
            Ok(place) if place < PLACES => {
                if place >= places.len() {
                    places.resize((place + 1).next_power_of_two(), NONE);
                }
                if places[place] == NONE {
                    places[place] = coder.code(&value.to_string());
                }
                places[place]
            }
            _ => coder.code(&value.to_string()),
        });
        coder.push_code(code);
    }
    coder.finish()
}

/// Numbers as texts: each of few whole ones is written once.
pub(crate) fn coded_floats(numbers: &[f64]) -> Coded {
    let is_whole = |n: &f64| n.is_nan() || (n.trunc() == *n && n.abs() < 1e15);
    if numbers.iter().all(is_whole) {
        return coded_numbers(numbers.iter().map(|n| (!n.is_nan()).then_some(*n as i64)));
    }
    let mut coder = Coder::default();
    for number in numbers {
        coder.push((!number.is_nan()).then(|| number.to_string()).as_deref());
    }
    coder.finish()
}
