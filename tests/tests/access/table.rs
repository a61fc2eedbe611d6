//! The table in `docs/access.md`.

use anyhow::{Context, Result, ensure};
use std::path::Path;

/// Who asks, as the table's columns say.
pub const ROLES: [&str; 6] = [
    "administrator",
    "coordinator",
    "analyst",
    "analyst with raw",
    "enumerator",
    "nobody",
];

/// A row of the table.
pub struct Row {
    /// `GET` and the like.
    pub method: String,
    /// The pattern of the address.
    pub path: String,
    /// What the desk calls it; blank elsewhere.
    pub act: String,
    /// What each role gets.
    pub cells: Vec<String>,
}

/// All rows.
pub fn table() -> Result<Vec<Row>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/access.md");
    let text = std::fs::read_to_string(path)?;
    let rows = text.lines().skip_while(|line| !line.starts_with("| method"));
    let mut lines = rows.take_while(|line| line.starts_with('|'));
    let cells = |line: &str| -> Vec<String> {
        let inner = line.trim_matches('|').split('|');
        inner
            .map(|cell| cell.trim().trim_matches('`').to_owned())
            .collect()
    };
    assert_eq!(cells(lines.next().context("a head")?)[3..], ROLES);
    let row = |line: &str| {
        let cells = cells(line);
        ensure!(cells.len() == 9, "{line}");
        Ok(Row {
            method: cells[0].clone(),
            path: cells[1].clone(),
            act: cells[2].clone(),
            cells: cells[3..].to_vec(),
        })
    };
    lines.skip(1).map(row).collect()
}
