//! The phone's evaluator beside ODK's own engine, on the forms that others have published.

mod odk;

use anyhow::Result;
use baraza_tests::{binary, shared};
use std::process::Command;

#[test]
fn the_phone_and_odk_s_engine_agree_on_random_answers() -> Result<()> {
    let (Some(engine), Some(xls2xform)) = (odk::engine(), odk::xls2xform()) else {
        return Ok(());
    };
    let output = Command::new("node")
        .arg(engine.join("compare.mjs"))
        .arg("--forms")
        .arg(shared("xlsforms"))
        .arg("--baraza")
        .arg(binary())
        .arg("--xls2xform")
        .arg(xls2xform)
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    println!("{said}");
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(said.contains("; 0 faults"), "{said}");
    Ok(())
}
