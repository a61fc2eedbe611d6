//! ODK's own tools, which `run-tests` installs. In CI their absence is a failure, elsewhere tests are skipped.

#![allow(dead_code, reason = "each of the tests uses its part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests lie in the repository")
        .to_owned()
}

/// `xls2xform`, in the Python environment that `PYXFORM` names or `run-tests` makes.
pub fn xls2xform() -> Option<PathBuf> {
    let found = python_environment().join("bin/xls2xform");
    present(found.exists(), "pyxform").then_some(found)
}

/// ODK Validate, which comes with pyxform, and the Java that runs it.
pub fn validator() -> Option<PathBuf> {
    let libraries = std::fs::read_dir(python_environment().join("lib")).ok();
    let jar = libraries
        .into_iter()
        .flatten()
        .flatten()
        .map(|python| {
            let package = python.path().join("site-packages/pyxform");
            package.join("validators/odk_validate/bin/ODK_Validate.jar")
        })
        .find(|jar| jar.exists());
    if !present(jar.is_some(), "ODK Validate (in pyxform)") || !present(starts("java", "-version"), "Java") {
        return None;
    }
    jar
}

/// Node with what `npm ci` brings into `tests/engine`.
pub fn engine() -> Option<PathBuf> {
    let folder = repository().join("tests/engine");
    let installed = folder.join("node_modules/@getodk/xforms-engine/package.json");
    let there = present(starts("node", "--version"), "Node")
        && present(
            installed.exists(),
            "@getodk/xforms-engine (npm ci in tests/engine)",
        );
    there.then_some(folder)
}

fn python_environment() -> PathBuf {
    std::env::var_os("PYXFORM").map_or_else(|| repository().join("target/pyxform"), PathBuf::from)
}

fn starts(program: &str, argument: &str) -> bool {
    let mut command = Command::new(program);
    command.arg(argument).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn present(there: bool, what: &str) -> bool {
    if !there {
        assert!(
            std::env::var_os("CI").is_none(),
            "{what} is missing, and CI has to have it"
        );
        eprintln!("SKIPPED: {what} is not on this machine (./run-tests installs it)");
    }
    there
}
