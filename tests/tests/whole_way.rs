//! From respondents to tables: the database and every export of it give the same figures, and nothing small leaves.

use anyhow::Result;
use baraza_tests::{baraza, csv_rows};
use std::collections::BTreeMap;
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

type Tidy = Vec<BTreeMap<String, String>>;

fn find<'t>(
    tidy: &'t Tidy,
    question: &str,
    category: &str,
    by: &str,
    domain: &str,
) -> &'t BTreeMap<String, String> {
    let is = |row: &&BTreeMap<String, String>| {
        row["question"] == question
            && row["category"] == category
            && row["by"] == by
            && row["domain"] == domain
    };
    tidy.iter()
        .find(is)
        .unwrap_or_else(|| panic!("no row {question} {category} by {by} {domain}"))
}

/// A share of women that is shown; which of them are withheld follows from the other genders' answers.
fn shown_of_women(tidy: &Tidy) -> &BTreeMap<String, String> {
    let is = |row: &&BTreeMap<String, String>| {
        row["question"] == "safe_dark" && row["domain"] == "woman" && row["status"] == "published"
    };
    tidy.iter().find(is).expect("a share of women")
}

fn questionnaire() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../forms/library/community-security")
        .display()
        .to_string()
}

/// Weighted shares, computed here from the responses.
fn shares_are_those_of_the_rows(tidy: &Tidy, rows: &Tidy) {
    let weight = |row: &BTreeMap<String, String>| row["weight"].parse::<f64>().expect("a weight");
    let share = |base: &[&BTreeMap<String, String>], said: &dyn Fn(&BTreeMap<String, String>) -> bool| {
        let all: f64 = base.iter().map(|row| weight(row)).sum();
        base.iter()
            .filter(|row| said(row))
            .map(|row| weight(row))
            .sum::<f64>()
            / all
    };
    let same = |row: &BTreeMap<String, String>, share: f64, n: usize| {
        let estimate: f64 = row["estimate"].parse().expect("an estimate");
        assert!((share - estimate).abs() < 1e-12, "{share} is not {estimate}");
        assert_eq!(n.to_string(), row["n"]);
    };
    let women: Vec<_> = rows
        .iter()
        .filter(|row| row["gender"] == "woman" && !row["safe_dark"].is_empty())
        .collect();
    let shown = shown_of_women(tidy);
    let unsafe_women = share(&women, &|row| row["safe_dark"] == shown["category"]);
    same(shown, unsafe_women, women.len());
    let asked: Vec<_> = rows.iter().filter(|row| !row["threats"].is_empty()).collect();
    let crime = share(&asked, &|row| row["threats/crime"] == "1");
    same(find(tidy, "threats", "crime", "overall", ""), crime, asked.len());
}

/// No cell and no base under the thresholds, and nothing shown of what is withheld.
fn nothing_small_leaves(tidy: &Tidy, rows: &Tidy) {
    // Tables of declared variables have no column of their own to be counted in.
    let is_asked = |row: &&BTreeMap<String, String>| rows.iter().any(|r| r.contains_key(&row["question"]));
    for row in tidy.iter().filter(|row| row["by"] == "gender").filter(is_asked) {
        let n = rows
            .iter()
            .filter(|r| r["gender"] == row["domain"] && !r[&row["question"]].is_empty())
            .count();
        let withheld = row["status"].starts_with("withheld");
        assert!(withheld || n >= 25, "{row:?}: a base of {n}");
        if row["statistic"] == "proportion" {
            let said = |r: &&BTreeMap<String, String>| {
                r["gender"] == row["domain"]
                    && r[&row["question"]].split(' ').any(|code| code == row["category"])
            };
            let count = rows.iter().filter(said).count();
            assert!(
                withheld || count == 0 || count >= 10,
                "{row:?}: a cell of {count}"
            );
        }
        assert!(
            !withheld
                || ["estimate", "se", "ci_low", "ci_high", "n"]
                    .iter()
                    .all(|c| row[*c].is_empty()),
            "{row:?}"
        );
    }
}

#[test]
fn a_demo_becomes_tables_and_so_does_its_export() -> Result<()> {
    let folder = tempdir()?;
    done(&baraza(
        folder.path(),
        &["demo", "--db", "demo.db", "--respondents", "1500"],
    ));
    let told = done(&baraza(
        folder.path(),
        &["analyse", "--db", "demo.db", "--out", "tables"],
    ));
    assert!(told.contains("SYNTHETIC"), "{told}");
    let tidy = csv_rows(&folder.path().join("tables/tidy.csv"))?;

    // Each question by gender, age band, group and overall, with all that a figure needs.
    for by in ["overall", "gender", "age", "group"] {
        assert!(
            tidy.iter()
                .any(|row| row["by"] == by && row["status"] == "published"),
            "by {by}"
        );
    }
    let woman = shown_of_women(&tidy);
    assert_eq!(
        (woman["synthetic"].as_str(), woman["weighted"].as_str()),
        ("yes", "yes")
    );
    assert_eq!(woman["interval"], "indicative");
    let number = |column: &str| {
        woman[column]
            .parse::<f64>()
            .unwrap_or_else(|_| panic!("{column}: '{}'", woman[column]))
    };
    assert!(number("ci_low") < number("estimate") && number("estimate") < number("ci_high"));
    assert!(number("se") > 0.0 && number("n") >= 25.0 && number("df") > 0.0);
    assert_eq!(find(&tidy, "adults", "", "overall", "")["statistic"], "mean");

    done(&baraza(
        folder.path(),
        &["export", "--db", "demo.db", "--out", "r.csv"],
    ));
    let rows = csv_rows(&folder.path().join("r.csv"))?.into_iter();
    let rows: Tidy = rows.filter(|row| row["outcome"] == "complete").collect();
    shares_are_those_of_the_rows(&tidy, &rows);
    nothing_small_leaves(&tidy, &rows);

    let wide = csv_rows(&folder.path().join("tables/safe_dark.csv"))?;
    let row = wide
        .iter()
        .find(|row| row["category"] == woman["category"])
        .expect("a row");
    assert_eq!(row["gender woman estimate"], woman["estimate"]);

    // The export, read again with its form, gives the same tables to the last digit; labels in another language as well.
    let form = questionnaire();
    done(&baraza(
        folder.path(),
        &["analyse", "--csv", "r.csv", "--form", &form, "--out", "again"],
    ));
    assert_eq!(
        std::fs::read(folder.path().join("again/tidy.csv"))?,
        std::fs::read(folder.path().join("tables/tidy.csv"))?
    );
    done(&baraza(
        folder.path(),
        &["export", "--db", "demo.db", "--labels", "ar", "--out", "ar.csv"],
    ));
    done(&baraza(
        folder.path(),
        &["analyse", "--csv", "ar.csv", "--form", &form, "--out", "labels"],
    ));
    assert_eq!(
        std::fs::read(folder.path().join("labels/tidy.csv"))?,
        std::fs::read(folder.path().join("tables/tidy.csv"))?
    );
    Ok(())
}

#[test]
fn options_say_what_they_do_and_what_they_can_not() -> Result<()> {
    let folder = tempdir()?;
    done(&baraza(folder.path(), &["demo", "--respondents", "600"]));
    done(&baraza(
        folder.path(),
        &[
            "analyse",
            "--by",
            "area",
            "--by",
            "incident",
            "--base",
            "substantive",
            "--probability-sample",
            "--language",
            "ar",
            "--out",
            "t",
        ],
    ));
    let tidy = csv_rows(&folder.path().join("t/tidy.csv"))?;
    assert!(tidy.iter().any(|row| row["by"] == "area") && tidy.iter().any(|row| row["by"] == "incident"));
    assert!(
        tidy.iter()
            .all(|row| row["interval"] == "design-based" && row["special"] != "dont_know")
    );
    assert!(find(&tidy, "incident", "yes", "overall", "")["base"].contains("left out"));
    assert!(
        find(&tidy, "gender", "woman", "overall", "")["category_label"]
            .chars()
            .any(|c| ('\u{600}'..'\u{700}').contains(&c))
    );

    let refused = |arguments: &[&str], message: &str| {
        let output = baraza(folder.path(), arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(message), "{told}");
    };
    refused(&["analyse", "--floor", "2"], "5 is the least");
    refused(
        &["analyse", "--by", "colour"],
        "no question has the key or role 'colour'",
    );
    refused(&["analyse", "--by", "adults"], "can't be broken down by 'adults'");
    refused(&["analyse", "--survey", "other"], "there is no survey 'other'");
    refused(
        &["analyse", "--csv", "nowhere.csv", "--form", &questionnaire()],
        "can't read nowhere.csv",
    );
    std::fs::write(folder.path().join("odd.csv"), "a,b\n1,2\n")?;
    refused(
        &["analyse", "--csv", "odd.csv", "--form", &questionnaire()],
        "no column of the file belongs to a question",
    );
    let alone = baraza(folder.path(), &["analyse", "--csv", "odd.csv"]);
    assert_eq!(alone.status.code(), Some(2), "a CSV needs its form");
    Ok(())
}
