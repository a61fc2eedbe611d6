//! Two offices, one table; crossed groups; and answers of single persons that may leave.

use anyhow::{Result, ensure};
use baraza_tests::{baraza, csv_rows, told};
use std::collections::BTreeMap;
use std::path::Path;
use tempfile::{TempDir, tempdir};

const FORM: &str = "\
| survey   |                     |             |                |              |
|          | type                | name        | label          | baraza::role |
|          | select_one sex      | sex         | Gender         | gender       |
|          | integer             | years       | Age            | age          |
|          | select_one place    | place       | Area           | area         |
|          | select_one yes_no   | incident    | An incident?   |              |
|          | select_multiple why | why         | What for?      |              |
|          | text                | words       | What happened? |              |
| choices  |                     |             |                |              |
|          | list_name           | name        | label          |              |
|          | sex                 | woman       | Woman          |              |
|          | sex                 | man         | Man            |              |
|          | place               | north       | North          |              |
|          | place               | south       | South          |              |
|          | yes_no              | yes         | Yes            |              |
|          | yes_no              | no          | No             |              |
|          | why                 | light       | Light          |              |
|          | why                 | road        | A road         |              |
|          | why                 | water       | Water          |              |
| settings |                     |             |                |              |
|          | form_id             | version     |                |              |
|          | household           | 1           |                |              |
";

/// What somebody said; the same number says the same.
fn row(number: u64) -> String {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut below = |n: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % n
    };
    let sex = ["woman", "man"][below(2) as usize];
    let place = ["north", "south"][below(2) as usize];
    let years = 18 + below(60);
    let incident = ["yes", "no", "no"][below(3) as usize];
    let why: Vec<&str> = ["light", "road", "water"]
        .into_iter()
        .filter(|_| below(2) == 0)
        .collect();
    format!(
        "{sex},{years},{place},{incident},{},secret{number}\n",
        why.join(" ")
    )
}

/// The form, and the answers of both offices, apart and together.
fn offices() -> Result<TempDir> {
    let folder = tempdir()?;
    let write = |name: &str, numbers: std::ops::Range<u64>| {
        let rows: String = numbers.map(row).collect();
        std::fs::write(
            folder.path().join(name),
            format!("sex,years,place,incident,why,words\n{rows}"),
        )
    };
    std::fs::write(folder.path().join("household.md"), FORM)?;
    write("north.csv", 1..351)?;
    write("south.csv", 351..801)?;
    write("all.csv", 1..801)?;
    Ok(folder)
}

fn done(folder: &Path, arguments: &[&str]) -> Result<String> {
    let output = baraza(folder, arguments);
    let said = told(&output);
    ensure!(output.status.success(), "{said}");
    Ok(said)
}

type Rows = Vec<BTreeMap<String, String>>;

#[test]
fn the_tallies_of_two_offices_make_the_table_of_all() -> Result<()> {
    let folder = offices()?;
    let folder = folder.path();
    for office in ["north", "south"] {
        let (csv, tally) = (format!("{office}.csv"), format!("{office}.tally"));
        done(
            folder,
            &[
                "analyse",
                "--csv",
                &csv,
                "--form",
                "household.md",
                "--write-tally",
                &tally,
            ],
        )?;
        let held = std::fs::read(folder.join(&tally))?;
        let shows = |words: &[u8]| held.windows(words.len()).any(|part| part == words);
        ensure!(!shows(b"secret"), "a tally holds sums, and no answers");
    }
    done(
        folder,
        &[
            "analyse",
            "--tally",
            "north.tally",
            "--tally",
            "south.tally",
            "--out",
            "both",
            "--format",
            "csv",
        ],
    )?;
    done(
        folder,
        &[
            "analyse",
            "--csv",
            "all.csv",
            "--form",
            "household.md",
            "--out",
            "whole",
            "--format",
            "csv",
            "--no-tests",
        ],
    )?;
    let key = |row: &BTreeMap<String, String>| {
        ["question", "category", "by", "domain"].map(|name| row[name].clone())
    };
    let by_key = |rows: Rows| -> BTreeMap<_, _> { rows.into_iter().map(|row| (key(&row), row)).collect() };
    let both = by_key(csv_rows(&folder.join("both/tidy.csv"))?);
    let whole = by_key(csv_rows(&folder.join("whole/tidy.csv"))?);
    assert_eq!(both.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>());
    assert!(both.len() > 60, "{}", both.len());
    let mut compared = 0;
    for (key, ours) in &both {
        let theirs = &whole[key];
        assert_eq!(ours["status"], theirs["status"], "{key:?}");
        for name in ["estimate", "se", "ci_low", "ci_high", "n"] {
            let number = |row: &BTreeMap<String, String>| row[name].parse::<f64>().ok();
            match (number(ours), number(theirs)) {
                (Some(a), Some(b)) => {
                    assert!(
                        (a - b).abs() <= 1e-9 * b.abs().max(1e-9),
                        "{key:?} {name}: {a} {b}"
                    );
                    compared += 1;
                }
                (None, None) => {}
                (a, b) => panic!("{key:?} {name}: {a:?} {b:?}"),
            }
        }
    }
    assert!(compared > 200, "{compared} figures");
    Ok(())
}

#[test]
fn crossed_groups_are_tables_of_their_own() -> Result<()> {
    let folder = offices()?;
    let folder = folder.path();
    done(
        folder,
        &[
            "analyse",
            "--csv",
            "all.csv",
            "--form",
            "household.md",
            "--by",
            "gender*area",
            "--out",
            "t",
            "--format",
            "csv",
        ],
    )?;
    let rows = csv_rows(&folder.join("t/tidy.csv"))?;
    let of = |by: &str, domain: &str| {
        let row = rows.iter().find(|row| {
            row["question"] == "incident"
                && row["category"] == "yes"
                && row["by"] == by
                && row["domain"] == domain
        });
        row.and_then(|row| row["n"].parse::<u32>().ok())
    };
    let crossed: Vec<String> = rows
        .iter()
        .filter(|row| row["question"] == "incident" && row["category"] == "yes" && row["by"].contains('*'))
        .map(|row| row["domain"].clone())
        .collect();
    assert_eq!(crossed.len(), 4, "{crossed:?}");
    let by = rows
        .iter()
        .find(|row| row["by"].contains('*'))
        .map(|row| row["by"].clone());
    let by = by.unwrap_or_default();
    let women: u32 = crossed
        .iter()
        .filter(|domain| domain.starts_with("woman"))
        .filter_map(|domain| of(&by, domain))
        .sum();
    assert_eq!(of("gender", "woman"), Some(women));
    Ok(())
}

#[test]
fn answers_of_single_persons_leave_with_a_report_of_the_risk_or_not_at_all() -> Result<()> {
    let folder = offices()?;
    let folder = folder.path();
    let input = ["microdata", "--csv", "all.csv", "--form", "household.md"];
    let said = done(
        folder,
        &[&input[..], &["--population", "40000", "--out", "rows.csv"]].concat(),
    )?;
    assert!(said.contains('%'), "the risk in figures: {said}");
    let text = std::fs::read_to_string(folder.join("rows.csv"))?;
    assert!(
        !text.contains("secret") && !text.contains("north"),
        "neither words nor places"
    );
    let rows = csv_rows(&folder.join("rows.csv"))?;
    assert!(rows.len() > 700, "{} of 800 rows", rows.len());
    let mut alike: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for row in &rows {
        *alike
            .entry((row["sex"].as_str(), row["years"].as_str()))
            .or_default() += 1;
        assert!(row["years"].parse::<u32>().is_err(), "a band: {}", row["years"]);
    }
    assert!(alike.values().all(|&rows| rows >= 5), "{alike:?}");

    let refused = baraza(
        folder,
        &[
            &input[..],
            &["--population", "801", "--most-risk", "0.0001", "--out", "no.csv"],
        ]
        .concat(),
    );
    assert_eq!(refused.status.code(), Some(1), "{}", told(&refused));
    assert!(!folder.join("no.csv").exists());
    Ok(())
}
