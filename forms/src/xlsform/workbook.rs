//! Rows and cells of a questionnaire, from a workbook, a folder of CSV sheets, or Markdown.

use calamine::{Data, DataRef, Reader, open_workbook_auto_from_rs};
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;

/// Sheets with their cells as text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Workbook {
    /// In the order of the file.
    pub sheets: Vec<Sheet>,
}

/// One sheet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sheet {
    /// As the file spells it.
    pub name: String,
    /// Rows with at least one cell that is not blank.
    pub rows: Vec<Row>,
}

/// One row; only cells that are not blank are kept.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// From 1, as a spreadsheet counts.
    pub number: usize,
    /// Text by column, columns from 0.
    pub cells: BTreeMap<usize, String>,
}

/// Why a file can't be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The operating system's word.
    #[error("can't read {path}: {cause}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        cause: std::io::Error,
    },
    /// Not a workbook, or a damaged one.
    #[error("{0}")]
    NotAWorkbook(String),
    /// More than any questionnaire needs.
    #[error("{0}")]
    TooLarge(String),
}

const MOST_BYTES: u64 = 30 << 20;
const MOST_UNPACKED: u64 = 200 << 20;
const MOST_ROWS: usize = 200_000;
/// Cells beyond this column belong to no questionnaire; a sheet that has many is refused.
const MOST_COLUMNS: usize = 1_000;
const MOST_CELLS: usize = 5_000_000;
/// Bytes in a cell; a spreadsheet's own limit is 32,767 characters.
const MOST_TEXT: usize = 100_000;

/// Sheets of a questionnaire. Others of a workbook may be as large as they like, and are not read.
const OWN: &[&str] = &["survey", "choices", "settings", "external_choices", "entities"];

/// A sheet's name whatever its case and the spaces around it.
fn plain_name(name: &str) -> String {
    name.trim().to_lowercase().replace(' ', "_")
}

/// Whether a sheet is to be read: without a sheet 'survey', any may hold the questions.
fn is_read(name: &str, all: &[String]) -> bool {
    OWN.contains(&plain_name(name).as_str()) || !all.iter().any(|name| plain_name(name) == "survey")
}

/// Column letters, `A` for 0.
pub fn column_letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.push(b'A' + ((rest - 1) % 26) as u8);
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().map(|&b| b as char).collect()
}

/// Where a comma is a decimal sign, spreadsheets separate cells by semicolons or tabs, and call it CSV as well.
fn separator(text: &str) -> u8 {
    let headers = text.lines().next().unwrap_or_default();
    let other = |sign: char| headers.contains(sign) && !headers.contains(',');
    if other(';') {
        b';'
    } else if other('\t') {
        b'\t'
    } else {
        b','
    }
}

impl Sheet {
    /// Adds a cell; blank ones are left out. Rows and columns count from 0 and come in order.
    fn put(&mut self, row: usize, column: usize, text: &str) -> Result<(), ReadError> {
        if text.trim().is_empty() {
            return Ok(());
        }
        if row >= MOST_ROWS || column >= MOST_COLUMNS {
            return Err(ReadError::TooLarge(format!(
                "sheet '{}' has text in cell {}{}: a questionnaire has at most {MOST_ROWS} rows and {MOST_COLUMNS} columns",
                self.name,
                column_letters(column),
                row + 1
            )));
        }
        if text.len() > MOST_TEXT {
            return Err(ReadError::TooLarge(format!(
                "sheet '{}' has {} KB of text in cell {}{}: a cell has at most {} KB",
                self.name,
                text.len() / 1000,
                column_letters(column),
                row + 1,
                MOST_TEXT / 1000
            )));
        }
        if self.rows.last().is_none_or(|last| last.number != row + 1) {
            self.rows.push(Row {
                number: row + 1,
                cells: BTreeMap::new(),
            });
        }
        if let Some(last) = self.rows.last_mut() {
            last.cells.insert(column, text.to_owned());
        }
        Ok(())
    }

    /// Reads a CSV sheet.
    ///
    /// # Errors
    /// Text that is not UTF-8, or too much of it.
    pub fn from_csv(name: &str, bytes: &[u8]) -> Result<Self, ReadError> {
        let mut sheet = Self {
            name: name.to_owned(),
            rows: Vec::new(),
        };
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let line = bytes[..error.valid_up_to()].split(|&b| b == b'\n').count();
            ReadError::NotAWorkbook(format!(
                "{name}.csv is not UTF-8 text (line {line}): save it as 'CSV UTF-8'"
            ))
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator(text))
            .from_reader(text.as_bytes());
        for (number, record) in reader.records().enumerate() {
            let record = record.map_err(|error| ReadError::NotAWorkbook(format!("{name}.csv: {error}")))?;
            for (column, cell) in record.iter().enumerate() {
                sheet.put(number, column, cell)?;
            }
        }
        Ok(sheet)
    }
}

impl Workbook {
    /// Reads an .xlsx, .xls, .ods or .md file, or a folder with a CSV for each sheet.
    ///
    /// # Errors
    /// What is the matter with the file, for a person.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let io = |cause| ReadError::Io {
            path: path.display().to_string(),
            cause,
        };
        if path.is_dir() {
            return Self::read_folder(path);
        }
        let length = std::fs::metadata(path).map_err(io)?.len();
        if length > MOST_BYTES {
            return Err(ReadError::TooLarge(format!(
                "{} has {} MB: a questionnaire has at most {} MB",
                path.display(),
                length >> 20,
                MOST_BYTES >> 20
            )));
        }
        let bytes = std::fs::read(path).map_err(io)?;
        match path
            .extension()
            .and_then(|e| e.to_str())
            .map(str::to_lowercase)
            .as_deref()
        {
            Some("md") => Ok(Self::from_markdown(&String::from_utf8_lossy(&bytes))),
            Some("csv") => Err(ReadError::NotAWorkbook(format!(
                "{} is one sheet: name the folder that holds survey.csv, choices.csv and settings.csv",
                path.display()
            ))),
            _ => Self::from_bytes(&bytes),
        }
    }

    fn read_folder(path: &Path) -> Result<Self, ReadError> {
        let io = |cause| ReadError::Io {
            path: path.display().to_string(),
            cause,
        };
        let mut files: Vec<_> = std::fs::read_dir(path)
            .map_err(io)?
            .filter_map(Result::ok)
            .map(|e| e.path())
            .collect();
        files.sort();
        let mut workbook = Self::default();
        for file in files {
            let Some(stem) = file.file_stem().and_then(|s| s.to_str()) else {
                continue;
            };
            let is_sheet = OWN.contains(&plain_name(stem).as_str());
            if is_sheet && file.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv")) {
                workbook
                    .sheets
                    .push(Sheet::from_csv(stem, &std::fs::read(&file).map_err(io)?)?);
            }
        }
        if workbook.sheets.is_empty() {
            return Err(ReadError::NotAWorkbook(format!(
                "{} holds no survey.csv",
                path.display()
            )));
        }
        Ok(workbook)
    }

    /// Reads the bytes of an .xlsx, .xls or .ods file.
    ///
    /// # Errors
    /// What is the matter with the file, for a person.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReadError> {
        if bytes.is_empty() {
            return Err(ReadError::NotAWorkbook("the file is empty".into()));
        }
        if bytes.starts_with(b"PK") {
            refuse_bombs(bytes)?;
        }
        super::xls::measure(bytes, MOST_CELLS)?;
        let damaged = |error: calamine::Error| {
            ReadError::NotAWorkbook(format!(
                "not a workbook (.xlsx, .xls or .ods), or a damaged one: {error}"
            ))
        };
        match open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(damaged)? {
            // Its reader makes a whole table of a sheet with one cell in the last corner.
            calamine::Sheets::Xlsb(_) => Err(ReadError::NotAWorkbook(
                "an .xlsb workbook is not read: save it as .xlsx".into(),
            )),
            calamine::Sheets::Xlsx(xlsx) => Self::from_xlsx(xlsx).map_err(|e| e.unwrap_or_else(damaged)),
            mut other => {
                let mut workbook = Self::default();
                let names = other.sheet_names();
                for name in names.clone() {
                    if !is_read(&name, &names) {
                        workbook.sheets.push(Sheet {
                            name,
                            rows: Vec::new(),
                        });
                        continue;
                    }
                    let range = other.worksheet_range(&name).map_err(damaged)?;
                    let (top, left) = range.start().unwrap_or_default();
                    let mut sheet = Sheet {
                        name,
                        rows: Vec::new(),
                    };
                    for (row, column, cell) in range.used_cells() {
                        sheet.put(
                            row + top as usize,
                            column + left as usize,
                            &text_of(&borrowed(cell)),
                        )?;
                    }
                    workbook.sheets.push(sheet);
                }
                Ok(workbook)
            }
        }
    }

    /// Cell by cell: a sheet with one cell in the last corner must not become a table of billions.
    fn from_xlsx(mut xlsx: calamine::Xlsx<Cursor<&[u8]>>) -> Result<Self, XlsxFault> {
        let mut workbook = Self::default();
        let names = xlsx.sheet_names();
        for name in names.clone() {
            let mut sheet = Sheet {
                name: name.clone(),
                rows: Vec::new(),
            };
            if !is_read(&name, &names) {
                workbook.sheets.push(sheet);
                continue;
            }
            // A chart sheet has no cells.
            let Ok(mut cells) = xlsx.worksheet_cells_reader(&name) else {
                continue;
            };
            let mut count = 0;
            while let Some(cell) = cells.next_cell().map_err(|e| XlsxFault::Calamine(e.into()))? {
                let (row, column) = cell.get_position();
                sheet
                    .put(row as usize, column as usize, &text_of(cell.get_value()))
                    .map_err(XlsxFault::Read)?;
                count += 1;
                if count > MOST_CELLS {
                    return Err(XlsxFault::Read(ReadError::TooLarge(format!(
                        "sheet '{name}' has over {MOST_CELLS} cells"
                    ))));
                }
            }
            workbook.sheets.push(sheet);
        }
        Ok(workbook)
    }

    /// Reads sheets written as Markdown tables, as tests and mails do: a line `| survey | | |` begins a sheet, each
    /// row below begins with an empty cell.
    pub fn from_markdown(text: &str) -> Self {
        let mut workbook = Self::default();
        for (number, line) in text.lines().enumerate() {
            let Some(line) = line.trim().strip_prefix('|') else {
                continue;
            };
            let line = line.strip_suffix('|').unwrap_or(line).replace("\\|", "\u{1}");
            let cells: Vec<String> = line.split('|').map(|c| c.trim().replace('\u{1}', "|")).collect();
            if cells
                .iter()
                .all(|cell| cell.chars().all(|c| matches!(c, '-' | ':')))
                && cells.concat().contains("--")
            {
                continue;
            }
            if !cells[0].is_empty() {
                workbook.sheets.push(Sheet {
                    name: cells[0].clone(),
                    rows: Vec::new(),
                });
            }
            if let Some(sheet) = workbook.sheets.last_mut() {
                for (column, cell) in cells.iter().enumerate().skip(1) {
                    // Limits can't be reached by a line of text that was typed.
                    let _ = sheet.put(number, column - 1, cell);
                }
            }
        }
        workbook
    }

    /// The sheet of a name, whatever its case and the spaces around it.
    pub fn sheet(&self, name: &str) -> Option<&Sheet> {
        self.sheets.iter().find(|sheet| plain_name(&sheet.name) == name)
    }
}

enum XlsxFault {
    Calamine(calamine::Error),
    Read(ReadError),
}

impl XlsxFault {
    fn unwrap_or_else(self, damaged: impl Fn(calamine::Error) -> ReadError) -> ReadError {
        match self {
            Self::Calamine(error) => damaged(error),
            Self::Read(error) => error,
        }
    }
}

/// Unpacks into nothing once, counting: the sizes that an archive states of itself may lie.
fn refuse_bombs(bytes: &[u8]) -> Result<(), ReadError> {
    let damaged = |error: zip::result::ZipError| {
        ReadError::NotAWorkbook(format!(
            "not a workbook (.xlsx, .xls or .ods), or a damaged one: {error}"
        ))
    };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let mut left = MOST_UNPACKED;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(damaged)?;
        if entry.name().is_ok_and(|name| name == "content.xml") {
            super::ods::measure(entry.by_ref().take(left), MOST_CELLS as u64)?;
            drop(entry);
            entry = archive.by_index(index).map_err(damaged)?;
        }
        let read = std::io::copy(&mut entry.take(left + 1), &mut std::io::sink())
            .map_err(|error| ReadError::NotAWorkbook(format!("a damaged workbook: {error}")))?;
        left = left.checked_sub(read).ok_or_else(|| {
            ReadError::TooLarge(format!(
                "the workbook unpacks to more than {} MB",
                MOST_UNPACKED >> 20
            ))
        })?;
    }
    Ok(())
}

fn text_of(cell: &DataRef<'_>) -> String {
    match cell {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(n) => n.to_string(),
        DataRef::Float(n) => crate::expr::text_of_number(*n),
        DataRef::Bool(b) => if *b { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::DateTime(moment) => iso(moment),
        // Kept as it looks, so that the importer can name its place.
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

fn iso(moment: &calamine::ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    if moment.as_f64() < 1.0 {
        // A time alone counts from the day before the first.
        format!("{hour:02}:{minute:02}:{second:02}")
    } else if (hour, minute, second) == (0, 0, 0) {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    }
}

fn borrowed(cell: &Data) -> DataRef<'_> {
    match cell {
        Data::String(text) => DataRef::SharedString(text),
        Data::DateTimeIso(text) => DataRef::DateTimeIso(text.clone()),
        Data::DurationIso(text) => DataRef::DurationIso(text.clone()),
        Data::Int(n) => DataRef::Int(*n),
        Data::Float(n) => DataRef::Float(*n),
        Data::Bool(b) => DataRef::Bool(*b),
        Data::DateTime(moment) => DataRef::DateTime(*moment),
        Data::Error(error) => DataRef::Error(error.clone()),
        Data::Empty => DataRef::Empty,
    }
}
