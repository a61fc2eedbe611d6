//! Who does it.

use crate::store::SERVER;
use anyhow::{Context, ensure};
use std::process::Command;

/// Who does it.
#[derive(Debug, clap::Args)]
pub struct Person {
    /// Who does it; BARAZA_BY or the user of this machine where nobody is named
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

/// Characters of a name.
const LONGEST: usize = 80;

impl Person {
    /// The name, if it is one.
    pub fn name(&self) -> anyhow::Result<String> {
        let from = |name: &str| std::env::var(name).ok().filter(|name| !name.trim().is_empty());
        let named = self.by.clone().or_else(|| from("BARAZA_BY"));
        let user = || {
            ["USER", "LOGNAME", "USERNAME"]
                .into_iter()
                .find_map(from)
                .or_else(asked)
        };
        let name = named
            .or_else(user)
            .context("who does it? Name yourself with --by")?;
        let name = name.trim();
        ensure!(
            !name.is_empty() && name.chars().count() <= LONGEST && !name.contains(char::is_control),
            "--by takes a name of at most {LONGEST} characters, on one line"
        );
        ensure!(
            name != SERVER,
            "'{SERVER}' stands for the server itself: take another name with --by"
        );
        Ok(name.to_owned())
    }
}

/// Without variables, the system knows.
fn asked() -> Option<String> {
    let output = Command::new("id").arg("-un").output().ok()?;
    let name = String::from_utf8(output.stdout).ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}
