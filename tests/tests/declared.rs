//! A coordinator declares variables, compares groups, and compares this round with the last.

use anyhow::Result;
use baraza_tests::{baraza, csv_rows};
use std::path::Path;
use std::process::Output;
use tempfile::tempdir;

fn done(output: &Output) -> String {
    let told = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{told}");
    told
}

const VARIABLES: &str = "\
variable,make,from,code,values,label::English (en),role
life,ranges,age,,,Stage of life,age
,,,young,18-29,Young,
,,,old,30+,Older,
region,merge,area,,,Region,
,,,north_east,north east,North and east,
,,,south_west,south west,South and west,
area,within,region,,,,
";

#[test]
fn declared_variables_and_tables_come_with_what_they_tell() -> Result<()> {
    let folder = tempdir()?;
    done(&baraza(folder.path(), &["demo", "--respondents", "1500"]));
    std::fs::write(folder.path().join("v.csv"), VARIABLES)?;
    let told = done(&baraza(
        folder.path(),
        &[
            "analyse",
            "--variables",
            "v.csv",
            "--reference",
            "gender=man",
            "--out",
            "t",
        ],
    ));
    assert!(
        !told.contains("not made"),
        "the questionnaire has all that its own file declares: {told}"
    );
    let tidy = csv_rows(&folder.path().join("t/tidy.csv"))?;
    let has = |question: &str| tidy.iter().any(|row| row["question"] == question);
    for question in [
        "life",
        "threat_dimensions",
        "threats_top.first",
        "threats_top.mean_rank",
        "fear_by_experience.yes",
        "threats_together",
        "trust_net.trusted",
        "trust_net_police",
        "performance_net.good",
    ] {
        assert!(has(question), "a table of {question}");
    }
    let ages = tidy
        .iter()
        .filter(|row| row["by"] == "age" && row["question"] == "incident");
    let ages: std::collections::BTreeSet<&str> = ages.map(|row| row["domain"].as_str()).collect();
    assert_eq!(ages.into_iter().collect::<Vec<_>>(), ["old", "young"]);
    assert!(tidy.iter().any(|row| row["by"] == "area") && tidy.iter().any(|row| row["by"] == "region"));

    let tests = csv_rows(&folder.path().join("t/tests.csv"))?;
    assert!(
        tests
            .iter()
            .any(|row| row["question"] == "safe_dark" && row["by"] == "gender")
    );
    let number = |text: &str| text.parse::<f64>().expect("a number");
    assert!(
        tests
            .iter()
            .all(|row| number(&row["p_holm"]) >= number(&row["p"]))
    );
    let differences = csv_rows(&folder.path().join("t/differences.csv"))?;
    assert!(
        differences
            .iter()
            .all(|row| row["by"] != "gender" || row["against"] == "man")
    );
    // Whatever is told of a cell, the cell is shown.
    for row in &differences {
        for (by, domain) in [
            (&row["by"], &row["domain"]),
            (&row["against_by"], &row["against"]),
        ] {
            let cell = tidy.iter().find(|cell| {
                cell["question"] == row["question"]
                    && cell["category"] == row["category"]
                    && cell["by"] == *by
                    && (cell["domain"] == *domain || by == "overall")
            });
            assert!(cell.is_some_and(|cell| !cell["estimate"].is_empty()), "{row:?}");
        }
    }
    let fieldwork = csv_rows(&folder.path().join("t/fieldwork.csv"))?;
    let share = number(&fieldwork[0]["cooperation_rate"]);
    assert!(share > 0.5 && share < 1.0, "{fieldwork:?}");
    Ok(())
}

#[test]
fn this_round_is_compared_with_the_last() -> Result<()> {
    let folder = tempdir()?;
    done(&baraza(
        folder.path(),
        &["demo", "--db", "2025.db", "--respondents", "800", "--seed", "1"],
    ));
    done(&baraza(
        folder.path(),
        &["demo", "--db", "2026.db", "--respondents", "800", "--seed", "2"],
    ));
    let told = done(&baraza(
        folder.path(),
        &["analyse", "--db", "2026.db", "--against", "2025.db", "--out", "t"],
    ));
    assert!(told.contains("changes between 2 rounds"), "{told}");
    let changes = csv_rows(&folder.path().join("t/changes.csv"))?;
    let one = changes
        .iter()
        .find(|row| row["question"] == "incident" && row["by"] == "overall")
        .expect("a change");
    let number = |column: &str| one[column].parse::<f64>().expect("a number");
    assert_eq!((one["from"].as_str(), one["to"].as_str()), ("2025", "now"));
    assert!((number("estimate_to") - number("estimate_from") - number("change")).abs() < 1e-12);
    assert!(number("ci_low") < number("change") && number("change") < number("ci_high"));

    // One version alone is one round: nothing to compare, and no file that says so.
    done(&baraza(
        folder.path(),
        &["analyse", "--db", "2026.db", "--rounds", "version", "--out", "u"],
    ));
    assert!(!Path::new(&folder.path().join("u/changes.csv")).exists());
    Ok(())
}

#[test]
fn what_is_wrong_in_the_file_is_told_by_line() -> Result<()> {
    let folder = tempdir()?;
    done(&baraza(folder.path(), &["demo", "--respondents", "50"]));
    std::fs::write(folder.path().join("v.csv"), "variable,make,from\nlife,band,age\n")?;
    let output = baraza(folder.path(), &["analyse", "--variables", "v.csv"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("v.csv") && told.contains("line 2, 'life'") && told.contains("'band'"),
        "{told}"
    );
    Ok(())
}
