//! The binary `baraza`.

use std::process::ExitCode;

fn main() -> ExitCode {
    baraza_server::main()
}
