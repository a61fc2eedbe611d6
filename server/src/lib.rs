//! `baraza`: asks communities what threatens them and what they need, and gives the answers back safely. The one binary
//! lies in a library so that what it costs can be measured beside its floors.

mod ambiguous;
mod amend;
mod assets;
mod backup;
mod beside;
mod cli;
mod community;
mod demo;
mod desk;
mod export;
mod http;
mod intake;
mod library;
mod machine;
pub mod measure;
mod monitor;
mod outbox_file;
mod plain;
mod publishing;
mod quotas;
mod ready;
mod results;
mod running;
mod secret;
mod sender;
mod source;
mod store;
mod sync;
mod tidy;

pub use http::every_route;

use clap::Parser;
use std::process::ExitCode;

/// Does what the command line says.
pub fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    match cli::run(arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("baraza: {error:#}");
            ExitCode::from(cli::FAILED)
        }
    }
}
