//! What the files in `deploy/` start is what starts.

use anyhow::{Context, Result};
use baraza_tests::{binary, free_port};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::tempdir;

fn deploy(name: &str) -> Result<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(name);
    Ok(std::fs::read_to_string(path)?)
}

/// Starts the binary with arguments, its data in a folder of the test's, and stops it as a service is stopped.
fn starts_and_stops(arguments: &[String], flags: &str) -> Result<()> {
    let folder = tempdir()?;
    let port = free_port();
    let mut child = Command::new(binary())
        .args(arguments)
        .args(flags.split_whitespace())
        .args(["--listen", &format!("127.0.0.1:{port}")])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let patience = Instant::now() + Duration::from_secs(30);
    let answer = loop {
        let answer = ureq::get(format!("http://127.0.0.1:{port}/healthz")).call();
        if answer.is_ok() || Instant::now() > patience || child.try_wait()?.is_some() {
            break answer.is_ok();
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    Command::new("kill").arg(child.id().to_string()).status()?;
    let status = child.wait()?;
    assert!(answer, "{arguments:?} answers");
    assert!(
        status.success(),
        "{arguments:?} ends in order when it is told to: {status}"
    );
    assert!(
        folder.path().join("baraza.db").exists(),
        "its data are where they should be"
    );
    Ok(())
}

#[test]
fn the_service_starts() -> Result<()> {
    let unit = deploy("baraza.service")?;
    let command = unit.lines().find_map(|line| line.strip_prefix("ExecStart="));
    let mut words = command.context("what it starts")?.split_whitespace();
    assert_eq!(words.next(), Some("/usr/local/bin/baraza"));
    let words: Vec<String> = words
        .filter(|word| *word != "$BARAZA_FLAGS")
        .map(|word| word.replace("/var/lib/baraza/", ""))
        .collect();
    assert!(words.contains(&"baraza.db".to_owned()), "{words:?}");
    starts_and_stops(&words, "--media-limit-mb 5")?;

    // Where systemd is, it says whether it understands the file. The user and the binary are not on this machine.
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/baraza.service");
    if let Ok(said) = Command::new("systemd-analyze").arg("verify").arg(path).output() {
        let said = String::from_utf8_lossy(&said.stderr).into_owned();
        let is_wrong = |line: &&str| line.contains("Unknown") || line.contains("Failed to parse");
        assert_eq!(said.lines().find(is_wrong), None);
    }
    Ok(())
}

#[test]
fn the_container_starts() -> Result<()> {
    let file = deploy("Containerfile")?;
    let list = |name: &str| -> Result<Vec<String>> {
        let line = file.lines().find_map(|line| line.strip_prefix(name));
        Ok(serde_json::from_str(line.context("a list")?)?)
    };
    assert_eq!(list("ENTRYPOINT ")?, ["baraza"]);
    let words = list("CMD ")?;
    let words: Vec<String> = words.iter().map(|word| word.replace("/data/", "")).collect();
    starts_and_stops(&words, "")
}
