//! Corrections from a CSV file.

use super::read;
use crate::amend::Change;
use anyhow::Context;
use baraza_analysis::raw;
use std::collections::BTreeMap;
use std::path::Path;

/// What a file wants of one response.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Lines with what each wants.
    pub changes: Vec<(u64, Change)>,
    /// The reasons, each once.
    pub whys: Vec<String>,
}

/// What a file wants, by instance ID as it is written; or all that is wrong, by line.
pub type Sheet = Result<BTreeMap<String, Wanted>, Vec<String>>;

const COLUMNS: [&str; 4] = ["instance_id", "question", "value", "why"];

/// Reads a file of corrections; `why` stands in for a blank reason.
pub fn of(path: &Path, why: Option<&str>) -> anyhow::Result<Sheet> {
    let text = read(path)?;
    sheet(&text, why).with_context(|| format!("can't read {}", path.display()))
}

fn sheet(text: &str, why: Option<&str>) -> anyhow::Result<Sheet> {
    let head = text.lines().next().unwrap_or_default();
    let separator = [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|&s| head.matches(char::from(s)).count());
    let mut csv = csv::ReaderBuilder::new()
        .delimiter(separator.unwrap_or(b','))
        .flexible(true)
        .from_reader(text.as_bytes());
    let header = csv.headers()?.clone();
    let at = |name: &str| header.iter().position(|cell| cell.trim() == name);
    let columns = COLUMNS.map(at);
    let missing = COLUMNS
        .iter()
        .zip(columns)
        .filter(|(name, at)| at.is_none() && (**name != "why" || why.is_none()));
    let mut wrong: Vec<String> = missing
        .map(|(name, _)| {
            format!(
                "line 1: there is no column '{name}'; the columns are: {}",
                COLUMNS.join(", ")
            )
        })
        .collect();
    let unknown = header.iter().filter(|cell| !COLUMNS.contains(&cell.trim()));
    wrong.extend(unknown.map(|cell| {
        format!(
            "line 1: the column '{cell}' is not one of: {}",
            COLUMNS.join(", ")
        )
    }));
    if !wrong.is_empty() {
        return Ok(Err(wrong));
    }
    let mut all: BTreeMap<String, Wanted> = BTreeMap::new();
    let (mut line, mut counted) = (1, 0);
    for record in csv.records() {
        let record = record?;
        // Where a record begins counts the blank lines before it in; a person counts from the first line of the file.
        let begin = record.position().map_or(0, |at| at.byte() as usize);
        let blank = text[begin..].len() - text[begin..].trim_start_matches(['\r', '\n']).len();
        line += text[counted..begin + blank].matches('\n').count() as u64;
        counted = begin + blank;
        let [id, question, value, reason] = columns.map(|at| {
            at.and_then(|at| record.get(at))
                .map_or("", |cell| raw(cell).trim())
        });
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let reason = if reason.is_empty() {
            why.unwrap_or_default()
        } else {
            reason
        };
        for (cell, name) in [(id, "instance_id"), (question, "question"), (reason, "why")] {
            if cell.is_empty() {
                wrong.push(format!("line {line}: '{name}' is blank"));
            }
        }
        let wanted = all.entry(id.to_lowercase()).or_default();
        if !wanted.whys.iter().any(|known| known == reason) {
            wanted.whys.push(reason.to_owned());
        }
        let to = (!value.is_empty()).then(|| value.to_owned());
        let place = question.to_owned();
        wanted.changes.push((line, Change { place, to }));
    }
    if all.is_empty() && wrong.is_empty() {
        wrong.push("there is no row with a correction".into());
    }
    Ok(if wrong.is_empty() { Ok(all) } else { Err(wrong) })
}

#[cfg(test)]
mod tests {
    use super::sheet;

    #[test]
    fn rows_are_gathered_by_response_and_blank_values_clear() {
        let csv = "why;instance_id;question;value\ntypo;ABC-1;age;34\ntypo;abc-1;work;\n;abc-2;age;'-5\n";
        let all = sheet(csv, Some("as agreed"))
            .expect("a CSV")
            .expect("corrections");
        let told: Vec<String> = all
            .iter()
            .map(|(id, wanted)| {
                let changes = wanted.changes.iter();
                let changes: Vec<String> = changes
                    .map(|(line, change)| format!("{line} {}={:?}", change.place, change.to))
                    .collect();
                format!("{id}: {} ({})", changes.join(" "), wanted.whys.join("; "))
            })
            .collect();
        assert_eq!(
            told,
            [
                "abc-1: 2 age=Some(\"34\") 3 work=None (typo)",
                "abc-2: 4 age=Some(\"-5\") (as agreed)"
            ]
        );
    }

    #[track_caller]
    fn wrong(csv: &str, told: &[&str]) {
        let found = sheet(csv, None).expect("a CSV").expect_err("wrong");
        assert_eq!(found.len(), told.len(), "{found:?}");
        for (found, told) in found.iter().zip(told) {
            assert!(found.starts_with(told), "{found} / {told}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_by_line() {
        wrong(
            "instance_id,question,valeu\n",
            &[
                "line 1: there is no column 'value'",
                "line 1: there is no column 'why'",
                "line 1: the column 'valeu'",
            ],
        );
        wrong("instance_id,question,value,why\n", &["there is no row"]);
        wrong(
            "instance_id,question,value,why\n,age,3,x\na,,3,x\n\na,age,3,\n",
            &["line 2: 'instance_id'", "line 3: 'question'", "line 5: 'why'"],
        );
    }
}
