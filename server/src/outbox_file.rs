//! Outbox files: what a phone could not send, carried by hand. A ZIP with `responses.ndjson` and
//! `media/SURVEY/NAME`, or the lines alone. They pass through many hands, so nothing in them is believed, and what a
//! damaged one still holds is read.

use percent_encoding::percent_decode_str;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use zip::ZipArchive;
use zip::read::{ZipFile, read_zipfile_from_stream};
use zip::result::ZipError;

/// What an entry of the ZIP is, by its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// Lines of responses.
    Responses,
    /// A file that responses name.
    File {
        /// Its survey.
        survey: String,
        /// Its name.
        name: String,
    },
    /// A folder, which holds nothing itself.
    Folder,
    /// Nothing of ours.
    Other,
}

impl Entry {
    /// By its path; a folder around it all comes from who packed it again. Paths are looked at and never written to.
    pub fn at(path: &str) -> Self {
        if path.ends_with('/') {
            return Self::Folder;
        }
        let steps: Vec<&str> = path.split('/').collect();
        if path.contains('\\') || steps.iter().any(|step| matches!(*step, "" | "." | "..")) {
            return Self::Other;
        }
        match &steps[..] {
            [.., "responses.ndjson"] => Self::Responses,
            [.., "media", survey, name] if baraza_forms::is_file_name(name) => percent_decode_str(survey)
                .decode_utf8()
                .map_or(Self::Other, |survey| Self::File {
                    survey: survey.into_owned(),
                    name: (*name).to_owned(),
                }),
            _ => Self::Other,
        }
    }
}

/// What is wrong with a file as a whole, where something is.
type Damage = Option<&'static str>;

/// Bytes at the beginning of a file in which something has to look like a response.
const LOOKED_AT: u64 = 64 << 10;

/// An outbox file that has been opened.
pub enum OutboxFile {
    /// A ZIP whose list of contents can be used.
    Zip(Box<ZipArchive<BufReader<File>>>),
    /// A ZIP without such a list, or with a list that names one thing twice: read from its beginning.
    Stream(BufReader<File>, Damage),
    /// Lines of responses, no ZIP.
    Lines(BufReader<File>),
}

/// What an entry gives: its bytes, or why there are none.
pub type Bytes<'a> = Result<&'a mut dyn Read, String>;

impl OutboxFile {
    /// Opens a file and sees what it is by its first bytes.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        let mut file = BufReader::new(File::open(path)?);
        let mut first = Vec::new();
        file.by_ref().take(LOOKED_AT).read_to_end(&mut first)?;
        file.rewind()?;
        if !first.starts_with(b"PK") {
            let is_response = |line: &[u8]| line.trim_ascii_start().starts_with(b"{");
            if !first.is_empty() && !first.split(|byte| *byte == b'\n').any(is_response) {
                let message = "this is no outbox: a phone saves it as a .zip, and outside of one it has a response a line";
                return Err(std::io::Error::other(message));
            }
            return Ok(Self::Lines(file));
        }
        match ZipArchive::new(BufReader::new(File::open(path)?)) {
            Ok(archive) if archive.has_duplicate_names() => Ok(Self::Stream(file, None)),
            Ok(archive) => Ok(Self::Zip(Box::new(archive))),
            Err(_) => {
                let damage = "the ZIP is damaged or cut off: what can still be read is taken";
                Ok(Self::Stream(file, Some(damage)))
            }
        }
    }

    /// What is wrong with it as a whole.
    pub fn damage(&self) -> Option<&'static str> {
        match self {
            Self::Stream(_, damage) => *damage,
            _ => None,
        }
    }

    /// Calls `each` with every entry's path and bytes; gives why the rest can't be read, where it can't.
    pub fn entries(
        &mut self,
        mut each: impl FnMut(&str, Bytes<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<Option<String>> {
        match self {
            Self::Zip(archive) => {
                for index in 0..archive.len() {
                    let path = archive
                        .by_index_raw(index)
                        .map_or(String::new(), |entry| path_of(&entry));
                    match archive.by_index(index) {
                        Ok(mut file) => each(&path, Ok(&mut file))?,
                        Err(error) => each(&path, Err(told(&error)))?,
                    }
                }
                Ok(None)
            }
            Self::Stream(file, _) => {
                file.seek(SeekFrom::Start(0))?;
                loop {
                    match read_zipfile_from_stream(file) {
                        Ok(Some(mut entry)) => {
                            let path = path_of(&entry);
                            each(&path, Ok(&mut entry))?;
                            // The next entry begins where this one ends.
                            let _ = std::io::copy(&mut entry, &mut std::io::sink());
                        }
                        Ok(None) => return Ok(None),
                        Err(error) => return Ok(Some(told(&error))),
                    }
                }
            }
            Self::Lines(file) => {
                file.seek(SeekFrom::Start(0))?;
                each("responses.ndjson", Ok(file))?;
                Ok(None)
            }
        }
    }
}

fn path_of<R: Read>(entry: &ZipFile<'_, R>) -> String {
    String::from_utf8_lossy(entry.name_raw()).into_owned()
}

fn told(error: &ZipError) -> String {
    match error {
        ZipError::UnsupportedArchive(what) if *what == ZipError::PASSWORD_REQUIRED => {
            "it is encrypted: unpack it with its password, and import what was in it".to_owned()
        }
        ZipError::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            "the file ends too early".to_owned()
        }
        error => error.to_string(),
    }
}

/// A line of a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// Its bytes.
    Whole(&'a [u8]),
    /// It is longer than any response; the rest of it was skipped.
    TooLong,
}

/// Calls `each` with every line that is not blank and its number from 1; a line is kept in memory up to a size. Gives
/// why the rest can't be read, where it can't; what came until then has been handed on.
pub fn each_line(
    from: &mut dyn Read,
    most: usize,
    mut each: impl FnMut(u64, Line<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<Option<std::io::Error>> {
    let (mut number, mut line, mut is_long) = (1, Vec::new(), false);
    let mut buffer = vec![0; 64 << 10];
    let mut hand_on = |number, line: &mut Vec<u8>, is_long: &mut bool| {
        let blank = line.iter().all(u8::is_ascii_whitespace);
        if *is_long {
            each(number, Line::TooLong)?;
        } else if !blank {
            each(number, Line::Whole(line))?;
        }
        line.clear();
        *is_long = false;
        Ok::<(), anyhow::Error>(())
    };
    let ended = loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => break None,
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => break Some(error),
        };
        for piece in buffer[..read].split_inclusive(|byte| *byte == b'\n') {
            let text = piece.strip_suffix(b"\n").unwrap_or(piece);
            if !is_long && line.len() + text.len() <= most {
                line.extend_from_slice(text);
            } else {
                is_long = true;
                line.clear();
            }
            if piece.ends_with(b"\n") {
                hand_on(number, &mut line, &mut is_long)?;
                number += 1;
            }
        }
    };
    hand_on(number, &mut line, &mut is_long)?;
    Ok(ended)
}

#[cfg(test)]
mod tests {
    use super::{Entry, Line, OutboxFile, each_line};
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};
    use std::io::{Cursor, Read, Write};
    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    #[test]
    fn an_entry_is_known_by_its_path() {
        let name = format!("{}.jpg", "0".repeat(64));
        let file = |survey: &str| Entry::File {
            survey: survey.to_owned(),
            name: name.clone(),
        };
        assert_eq!(Entry::at("responses.ndjson"), Entry::Responses);
        assert_eq!(Entry::at("outbox/responses.ndjson"), Entry::Responses);
        assert_eq!(Entry::at(&format!("media/home/{name}")), file("home"));
        assert_eq!(Entry::at(&format!("out/media/a%2Fb%C3%A9/{name}")), file("a/bé"));
        assert_eq!(Entry::at("media/home/"), Entry::Folder);
        for path in [
            "",
            "/responses.ndjson",
            "../responses.ndjson",
            "..\\responses.ndjson",
            "media/home/photo.jpg",
            &format!("media/{name}"),
            &format!("media/%ff/{name}"),
            &format!("media/../{name}"),
            "outbox.zip",
        ] {
            assert_eq!(Entry::at(path), Entry::Other, "{path}");
        }
    }

    #[track_caller]
    fn lines(from: &mut dyn Read, most: usize) -> (Vec<String>, bool) {
        let mut lines = Vec::new();
        let ended = each_line(from, most, |number, line| {
            lines.push(match line {
                Line::Whole(bytes) => format!("{number} {}", String::from_utf8_lossy(bytes)),
                Line::TooLong => format!("{number} too long"),
            });
            Ok(())
        });
        (lines, ended.unwrap().is_some())
    }

    #[test]
    fn lines_keep_their_numbers_and_long_ones_take_no_memory() {
        let text = format!("a\n\n  \nbb\r\n{}\nccc\n{}", "x".repeat(200_000), "d".repeat(4));
        let (found, broken) = lines(&mut Cursor::new(text), 4);
        assert_eq!(found, ["1 a", "4 bb\r", "5 too long", "6 ccc", "7 dddd"]);
        assert!(!broken);
        assert_eq!(lines(&mut Cursor::new("\n"), 4), (vec![], false));
    }

    struct Breaks;

    impl Read for Breaks {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("broken"))
        }
    }

    #[test]
    fn what_came_before_a_break_is_handed_on() {
        let (found, broken) = lines(&mut Cursor::new("a\nb").chain(Breaks), 4);
        assert_eq!((found, broken), (vec!["1 a".to_owned(), "2 b".to_owned()], true));
    }

    /// How many entries of a file gave all their bytes.
    fn whole_entries(bytes: &[u8]) -> usize {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let mut whole = 0;
        let walked = OutboxFile::open(file.path()).unwrap().entries(|_, bytes| {
            let read = bytes.map(|bytes| std::io::copy(&mut bytes.take(1 << 20), &mut std::io::sink()));
            whole += usize::from(read.is_ok_and(|read| read.is_ok()));
            Ok(())
        });
        walked.unwrap();
        whole
    }

    #[test]
    fn no_damage_makes_it_panic() {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let methods = [CompressionMethod::Stored, CompressionMethod::Deflated];
        for (n, method) in methods.into_iter().cycle().take(4).enumerate() {
            let options = SimpleFileOptions::default().compression_method(method);
            zip.start_file(format!("media/home/{n}"), options).unwrap();
            zip.write_all("some bytes ".repeat(20).as_bytes()).unwrap();
        }
        let good = zip.finish().unwrap().into_inner();
        assert_eq!(whole_entries(&good), 4);
        let mut rng = StdRng::seed_from_u64(4);
        let mut found = 0;
        for _ in 0..1000 {
            let mut bytes = good.clone();
            for _ in 0..rng.random_range(1..4) {
                let at = rng.random_range(4..bytes.len());
                bytes[at] = rng.random();
            }
            bytes.truncate(rng.random_range(bytes.len() / 2..=bytes.len()));
            found += whole_entries(&bytes);
        }
        assert!(found > 1000, "{found} of 4000: most of what is whole is found");
    }
}
