//! Questionnaires as others have published them.

use anyhow::Result;
use baraza_tests::{Browser, Phone, Server, baraza, chromium, csv_rows, shared};
use serde_json::{Value, json};
use tempfile::tempdir;

/// Forms that are refused, each with a place and a reason that the list has to hold.
const REFUSED: [(&str, &str); 2] = [
    (
        "IPA_Household_Back_Check_Survey.xlsx",
        "survey, row 9, column M (calculation): there is no function 'duration'",
    ),
    (
        "XlsFormUtil_demo.xlsx",
        "choices, row 7, column B (name): the list 'school_list' has 'never' twice",
    ),
];

#[test]
fn every_form_is_imported_or_refused_with_a_list_of_what_is_wrong_where() -> Result<()> {
    let folder = tempdir()?;
    let mut seen = 0;
    for entry in std::fs::read_dir(shared("xlsforms"))? {
        let path = entry?.path();
        if path.extension().is_none_or(|ending| ending != "xlsx") {
            continue;
        }
        seen += 1;
        let name = path
            .file_name()
            .and_then(|n| n.to_str())
            .unwrap_or_default()
            .to_owned();
        let output = baraza(folder.path(), &["check", path.to_str().expect("a path")]);
        let findings = String::from_utf8_lossy(&output.stderr).into_owned();
        let refused = REFUSED.iter().find(|(form, _)| *form == name);
        match refused {
            None => assert_eq!(output.status.code(), Some(0), "{name}: {findings}"),
            Some((_, reason)) => {
                assert_eq!(output.status.code(), Some(2), "{name}");
                assert!(findings.contains(reason), "{name}: {findings}");
            }
        }
        println!("{name}: {}", String::from_utf8_lossy(&output.stdout).trim());
    }
    assert!(seen >= 12, "{seen} forms");
    Ok(())
}

fn fill_and_store(file: &str, survey: &str, answers: &Value, expected: &[(&str, &str)]) -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let path = shared("xlsforms").join(file);
    let server = Server::start(folder.path(), &["--form", path.to_str().expect("a path")])?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &format!("{}/s/{survey}", server.url))?;
    phone.page.shot(&format!("{survey}-first"))?;
    let screens = phone.fill_all(answers)?;
    assert_eq!(phone.send()?, "sent");
    server.stop()?;
    let export = baraza(folder.path(), &["export", "--out", "r.csv"]);
    assert!(
        export.status.success(),
        "{}",
        String::from_utf8_lossy(&export.stderr)
    );
    let rows = csv_rows(&folder.path().join("r.csv"))?;
    assert_eq!(rows.len(), 1);
    let filled = rows[0].values().filter(|cell| !cell.is_empty()).count();
    println!(
        "{file}: {screens} screens, {filled} cells filled, flags '{}'",
        rows[0]["flags"]
    );
    assert_eq!(rows[0]["flags"], "", "phone and server agree on what is allowed");
    for (column, value) in expected {
        assert_eq!(rows[0][*column], *value, "{column}");
    }
    Ok(())
}

#[test]
fn reach_msna_2024_is_filled_and_stored() -> Result<()> {
    fill_and_store(
        "REACH_2024_MSNA-kobo-tool_draft_v11.xlsx",
        "REACH_2024_MSNA-kobo-tool_draft_v11",
        &json!({"consent": "yes", "hh_size": "3"}),
        &[("hh_size", "3")],
    )
}

#[test]
fn unhcr_rms_capi_v2_is_filled_and_stored() -> Result<()> {
    fill_and_store(
        "UNHCR_RMS_CAPI_v2.xlsx",
        "UNHCR_RMS_CAPI_v2",
        &json!({"Intro03": "1", "Intro04": "1"}),
        &[],
    )
}

#[test]
fn wfp_fcs_hdds_is_filled_and_stored() -> Result<()> {
    fill_and_store(
        "WFP_RBDstandardized_questionnaireFCSHDDS.xlsx",
        "standardized_FCSHDDSquestionnaire",
        &json!({"FCSStap": "7", "FCSPulse": "2"}),
        &[("FCSStap", "7"), ("FCSPulse", "2")],
    )
}

#[test]
fn odk_socio_economic_survey_is_filled_and_stored() -> Result<()> {
    fill_and_store(
        "getodk_socio-economic-survey-v20240515.xlsx",
        "socio-economic-survey",
        &json!({}),
        &[],
    )
}

#[test]
fn odk_all_question_types_is_filled_and_stored() -> Result<()> {
    fill_and_store(
        "getodk_all-question-types-v2024091201-3.xlsx",
        "all-question-types",
        &json!({}),
        &[],
    )
}
