//! Prints what the store takes in a second, and what it gives, each beside its floor in the same run.
//!
//! `cargo build --release && cargo run --release -p baraza-tests --example store`
//!
//! `BARAZA_SECONDS=10` makes each measure longer. `BARAZA_ROWS=1000000` is how many responses a database is filled with
//! after that, to see whether it becomes slower, how long it takes to start, and how fast it is exported.

mod floors;
mod many;

use anyhow::Result;
use std::path::Path;
use std::time::Duration;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, word, port, database] = &arguments[..]
        && word == "nothing"
    {
        return baraza_server::measure::serve_nothing(port.parse()?, Path::new(database));
    }
    floors::print(Duration::from_secs(number("BARAZA_SECONDS", 3)))?;
    many::print(number("BARAZA_ROWS", 50_000))
}

fn number(name: &str, otherwise: u64) -> u64 {
    let set = std::env::var(name).ok().and_then(|text| text.parse().ok());
    set.unwrap_or(otherwise)
}

/// On the disk that the project is on: temporary folders may be in memory.
fn folder() -> Result<tempfile::TempDir> {
    Ok(tempfile::tempdir_in(std::env::current_dir()?.join("target"))?)
}
