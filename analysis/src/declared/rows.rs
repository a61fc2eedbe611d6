//! A file of variables as blocks of rows, before anything is known of the form's questions.

use crate::error::Error;
use baraza_forms::Form;
use csv::StringRecord;
use std::io::Read;

/// Columns that a file may have beside the labels.
const COLUMNS: [&str; 8] = [
    "variable",
    "make",
    "from",
    "code",
    "values",
    "role",
    "sensitive",
    "instead",
];

/// A variable: its first row, and the rows of its categories.
pub struct Block {
    pub line: u64,
    pub variable: String,
    pub make: String,
    pub from: Vec<String>,
    pub values: Vec<String>,
    /// By language of the form; blank where the file has none.
    pub labels: Vec<String>,
    pub role: String,
    pub sensitive: bool,
    pub instead: bool,
    pub categories: Vec<Row>,
}

/// One category.
pub struct Row {
    pub line: u64,
    pub code: String,
    pub values: Vec<String>,
    pub labels: Vec<String>,
}

impl Block {
    /// What is wrong with the variable as a whole.
    pub fn error(&self, message: impl Into<String>) -> Error {
        self.error_at(self.line, message)
    }

    /// What is wrong in one of its rows.
    pub fn error_at(&self, line: u64, message: impl Into<String>) -> Error {
        Error::Variables {
            line,
            variable: self.variable.clone(),
            message: message.into(),
        }
    }
}

/// Where the columns are.
struct Header {
    columns: [Option<usize>; COLUMNS.len()],
    /// Columns of labels with their language; `None` is all languages.
    labels: Vec<(usize, Option<usize>)>,
}

/// Reads the blocks of a file. Commas or semicolons part the columns; rows that are blank or begin with `#` count for
/// nothing.
pub fn read(mut reader: impl Read, form: &Form) -> Result<Vec<Block>, Error> {
    let mut text = Vec::new();
    reader.read_to_end(&mut text).map_err(csv::Error::from)?;
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&text);
    let first = text.split(|&b| b == b'\n').next().unwrap_or_default();
    let delimiter = if first.contains(&b',') { b',' } else { b';' };
    let mut csv = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .comment(Some(b'#'))
        .from_reader(text);
    let header = header(&csv.headers()?.clone(), form)?;
    let mut blocks: Vec<Block> = Vec::new();
    for record in csv.records() {
        let record = record?;
        let line = record.position().map_or(0, |position| line_of(text, position));
        add((&record, line), &header, form, &mut blocks)?;
    }
    Ok(blocks)
}

fn header(names: &StringRecord, form: &Form) -> Result<Header, Error> {
    let wrong = |message: String| Error::Variables {
        line: 1,
        variable: String::new(),
        message,
    };
    let mut header = Header {
        columns: [None; COLUMNS.len()],
        labels: Vec::new(),
    };
    for (at, name) in names.iter().enumerate() {
        let name = name.trim();
        if let Some(known) = COLUMNS.iter().position(|column| *column == name) {
            header.columns[known] = Some(at);
        } else if name == "label" {
            header.labels.push((at, None));
        } else if let Some(language) = name.strip_prefix("label::") {
            // Labels in a language that this form does not have are for another form.
            if let Some(language) = form.language(language.trim()).or_else(|| by_tag(form, language)) {
                header.labels.push((at, Some(language)));
            }
        } else if !name.is_empty() {
            let known = COLUMNS.join(", ");
            return Err(wrong(format!(
                "the column '{name}' has no meaning; there are {known}, label, and label::LANGUAGE"
            )));
        }
    }
    if header.columns[0].is_none() || header.columns[1].is_none() {
        return Err(wrong(
            "the first row has to name the columns, 'variable' and 'make' among them".into(),
        ));
    }
    Ok(header)
}

/// `English (en)` where the form calls it otherwise.
fn by_tag(form: &Form, name: &str) -> Option<usize> {
    let (_, tag) = name.trim().strip_suffix(')')?.rsplit_once('(')?;
    form.language(tag)
}

/// The line of a record that was read from a position: blank lines and comments before it belong to none.
fn line_of(text: &[u8], position: &csv::Position) -> u64 {
    let rest = text.get(position.byte() as usize..).unwrap_or_default();
    let skipped = rest
        .split(|&byte| byte == b'\n')
        .take_while(|line| matches!(line, [] | [b'\r']) || line.starts_with(b"#"));
    position.line() + skipped.count() as u64
}

fn add(
    (record, line): (&StringRecord, u64),
    header: &Header,
    form: &Form,
    blocks: &mut Vec<Block>,
) -> Result<(), Error> {
    let cell = |column: usize| {
        let at = header.columns[column];
        at.and_then(|at| record.get(at)).unwrap_or_default().trim()
    };
    let words = |column: usize| {
        cell(column)
            .split_whitespace()
            .map(String::from)
            .collect::<Vec<_>>()
    };
    let yes = |column: usize| matches!(cell(column), "yes" | "true" | "1");
    if record.iter().all(|cell| cell.trim().is_empty()) {
        return Ok(());
    }
    let (variable, code) = (cell(0).to_owned(), cell(3).to_owned());
    let labels = labels(record, header, form);
    if variable.is_empty() {
        let row = Row {
            line,
            code,
            values: words(4),
            labels,
        };
        let Some(block) = blocks.last_mut() else {
            return Err(Error::Variables {
                line,
                variable,
                message: "a row of a category comes after the row that names its variable".into(),
            });
        };
        block.categories.push(row);
        return Ok(());
    }
    let block = Block {
        line,
        variable,
        make: cell(1).to_owned(),
        from: words(2),
        values: words(4),
        labels,
        role: cell(5).to_owned(),
        sensitive: yes(6),
        instead: yes(7),
        categories: Vec::new(),
    };
    if !code.is_empty() {
        return Err(block.error(format!(
            "the code '{code}' stands in the row of the variable; categories follow in rows of their own, with a blank \
             'variable'"
        )));
    }
    blocks.push(block);
    Ok(())
}

/// A label for each language: its own, that of all, or the first there is.
fn labels(record: &StringRecord, header: &Header, form: &Form) -> Vec<String> {
    let given = |wanted: Option<usize>| {
        let of_language = header.labels.iter().filter(|(_, language)| *language == wanted);
        of_language
            .filter_map(|(at, _)| record.get(*at))
            .map(str::trim)
            .find(|label| !label.is_empty())
    };
    let any = || {
        let cells = header.labels.iter().filter_map(|(at, _)| record.get(*at));
        cells.map(str::trim).find(|label| !label.is_empty())
    };
    (0..form.languages.len())
        .map(|language| given(Some(language)).or_else(|| given(None)).or_else(any))
        .map(|label| label.unwrap_or_default().to_owned())
        .collect()
}

impl Block {
    /// The row of one of several variables that a declaration makes.
    pub fn named(variable: &str, from: &str, of: &Self) -> Self {
        Self {
            line: of.line,
            variable: variable.to_owned(),
            make: of.make.clone(),
            from: vec![from.to_owned()],
            values: Vec::new(),
            labels: Vec::new(),
            role: String::new(),
            sensitive: of.sensitive,
            instead: false,
            categories: Vec::new(),
        }
    }
}
