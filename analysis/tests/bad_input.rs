//! Files and answers as they should not be: a clear message, or a stated policy, and never a silent NaN.

use baraza_analysis::{Analysis, BasePolicy, Error, Options, Responses, analyse};
use baraza_forms::Form;
use baraza_forms::xlsform::import_markdown;
use std::path::PathBuf;

fn form() -> Form {
    import_markdown(
        "| survey | | | | |
         | | type | name | label | baraza::role |
         | | select_one yes_no | consent | Agree? | consent |
         | | select_one genders | gender | Gender | gender |
         | | integer | age | Age | age |
         | | decimal | weight | Weight | weight |
         | | text | region | Region | stratum |
         | | text | village | Village | psu |
         | | select_one yes_no | safe | Safe? | |
         | | integer | distance | Minutes to the well | |
         | choices | | | | |
         | | list_name | name | label | baraza::special |
         | | yes_no | yes | Yes | |
         | | yes_no | no | No | |
         | | yes_no | dont_know | Don't know | dont_know |
         | | genders | woman | Woman | |
         | | genders | man | Man | |
         | | genders | other | Other | |",
    )
    .form
    .expect("a form")
}

const HEADER: &str = "consent,gender,age,weight,region,village,safe,distance\n";

/// Forty respondents of eight villages in two regions.
fn rows() -> String {
    let row = |at: usize| {
        let (gender, safe) = (["woman", "man"][at % 2], ["yes", "no", "yes"][at % 3]);
        let village = at / 5;
        format!(
            "yes,{gender},{},1.5,r{},v{village},{safe},{}\n",
            20 + at,
            village / 4,
            at % 7
        )
    };
    (0..40).map(row).collect()
}

#[track_caller]
fn read(csv: &str) -> (Responses, Vec<String>) {
    let (responses, notes) = Responses::from_csv(&form(), csv.as_bytes()).expect("responses");
    (responses, notes.iter().map(ToString::to_string).collect())
}

#[track_caller]
fn tables(responses: &Responses) -> (Analysis, Vec<String>) {
    let analysis = analyse(responses, &Options::default(), &mut |_, _| {}).expect("tables");
    let notes = analysis.notes.iter().map(ToString::to_string).collect();
    is_without_nan(&analysis);
    (analysis, notes)
}

#[track_caller]
fn is_without_nan(analysis: &Analysis) {
    for table in &analysis.tables {
        for estimate in table.estimates.iter().flatten() {
            let (low, high) = estimate.ci.unwrap_or_default();
            for figure in [
                estimate.value,
                estimate.se.unwrap_or(0.0),
                low,
                high,
                estimate.deff.unwrap_or(0.0),
            ] {
                assert!(figure.is_finite(), "{}: {estimate:?}", table.question);
            }
        }
    }
}

#[track_caller]
fn has(notes: &[String], part: &str) {
    assert!(
        notes.iter().any(|note| note.contains(part)),
        "'{part}' in {notes:?}"
    );
}

/// How many are in the base of a question, overall.
fn base_of(analysis: &Analysis, question: &str) -> u64 {
    let table = analysis
        .tables
        .iter()
        .find(|table| table.question == question)
        .expect("a table");
    table.estimates[0].map_or(0, |estimate| estimate.n)
}

#[test]
fn a_weight_that_is_missing_is_the_mean_of_the_others_and_one_of_nothing_leaves_out() {
    let more = "yes,man,30,,r0,v0,yes,1\nyes,man,30,0,r0,v0,yes,1\nyes,man,30,-2,r0,v0,yes,1\nyes,man,30,heavy,r0,v0,yes,1\n";
    let (responses, notes) = read(&(HEADER.to_owned() + &rows() + more));
    has(&notes, "weight: 1 cell(s) hold no number, first in line 45");
    let (analysis, notes) = tables(&responses);
    has(
        &notes,
        "weight: 2 responses without a valid weight count with the mean of the others",
    );
    has(
        &notes,
        "weight: 2 responses with a weight of 0 or less are left out",
    );
    assert_eq!(base_of(&analysis, "safe"), 42);
}

#[test]
fn weights_of_words_alone_are_an_error() {
    let csv = HEADER.to_owned() + &rows().replace(",1.5,", ",heavy,");
    let (responses, _) = read(&csv);
    let error = analyse(&responses, &Options::default(), &mut |_, _| {}).expect_err("no weights");
    assert!(
        error.to_string().contains("no weight of 'weight' is a number"),
        "{error}"
    );
}

#[test]
fn a_stratum_with_one_cluster_has_a_standard_error_all_the_same() {
    let csv = HEADER.to_owned() + &rows() + "yes,man,30,1.5,alone,v99,no,1\n";
    let (analysis, _) = tables(&read(&csv).0);
    let safe = analysis
        .tables
        .iter()
        .find(|table| table.question == "safe")
        .expect("a table");
    let estimate = safe.estimates[0].expect("an estimate");
    assert!(estimate.se.expect("a standard error") > 0.0);
    assert_eq!(estimate.df, 9 - 3, "clusters less strata");
}

#[test]
fn a_domain_that_nobody_is_in_has_no_estimate() {
    let (analysis, _) = tables(&read(&(HEADER.to_owned() + &rows())).0);
    let at = analysis
        .domains
        .iter()
        .position(|domain| domain.code == "other")
        .expect("a domain");
    for table in &analysis.tables {
        let cells = &table.estimates[at * table.width()..(at + 1) * table.width()];
        assert!(cells.iter().all(Option::is_none), "{}", table.question);
    }
}

#[test]
fn where_all_refuse_the_tables_are_empty_and_say_so() {
    let (responses, notes) = read(&(HEADER.to_owned() + &"no,,,,,,,\n".repeat(7)));
    assert_eq!((responses.len(), responses.left_out), (0, 7));
    has(&notes, "7 responses are left out: consent refused");
    let (analysis, notes) = tables(&responses);
    has(&notes, "no response counts, so that every table is empty");
    assert!(
        analysis
            .tables
            .iter()
            .all(|table| table.estimates.iter().all(Option::is_none))
    );
}

#[test]
fn where_nobody_knows_only_answers_of_substance_leave_no_base() {
    let csv = HEADER.to_owned()
        + &rows()
            .replace(",yes,", ",dont_know,")
            .replace(",no,", ",dont_know,");
    let csv = csv
        .replace("dont_know,woman", "yes,woman")
        .replace("dont_know,man", "yes,man");
    let (responses, _) = read(&csv);
    let options = Options {
        base: BasePolicy::Substantive,
        ..Options::default()
    };
    let analysis = analyse(&responses, &options, &mut |_, _| {}).expect("tables");
    is_without_nan(&analysis);
    assert_eq!(base_of(&analysis, "safe"), 0);
    assert_eq!(base_of(&analysis, "distance"), 40);
}

#[test]
fn codes_outside_of_the_choices_are_told_and_kept_apart() {
    let csv = HEADER.to_owned() + &rows() + &"yes,man,30,1.5,r0,v0,perhaps,1\n".repeat(3);
    let (analysis, notes) = tables(&read(&csv).0);
    has(&notes, "safe: 3 answers have codes that its list does not have");
    let safe = analysis
        .tables
        .iter()
        .find(|table| table.question == "safe")
        .expect("a table");
    let codes: Vec<&str> = safe
        .categories
        .iter()
        .map(|category| category.code.as_str())
        .collect();
    assert_eq!(codes, ["yes", "no", "dont_know", "_other"]);
    assert_eq!(safe.estimates[3].expect("a share").count, 3);
}

#[test]
fn a_column_that_a_version_lacks_is_told_and_counts_as_not_answered() {
    let without = |csv: &str| -> String {
        let cut = |line: &str| line.rsplit_once(',').expect("columns").0.to_owned() + "\n";
        csv.lines().map(cut).collect()
    };
    let (responses, notes) = read(&without(&(HEADER.to_owned() + &rows())));
    has(
        &notes,
        "questions of the form that have no column count as not answered: distance",
    );
    let (analysis, _) = tables(&responses);
    assert_eq!(
        (base_of(&analysis, "distance"), base_of(&analysis, "safe")),
        (0, 40)
    );
}

#[test]
fn a_csv_that_is_cut_off_loses_its_last_row_and_says_so() {
    let whole = HEADER.to_owned() + &rows();
    let cut = &whole[..whole.len() - 6];
    let (responses, notes) = read(cut);
    has(&notes, "the file is cut off in line 41, which has 7 of 8 cells");
    assert_eq!(responses.len(), 39);
    // What ends without a line break, as many programs write, is whole.
    let (responses, notes) = read(whole.trim_end());
    assert_eq!((responses.len(), notes.len()), (40, 0), "{notes:?}");
}

#[test]
fn an_empty_file_is_an_error_and_one_without_rows_says_so() {
    let error = Responses::from_csv(&form(), "".as_bytes()).expect_err("nothing");
    assert!(matches!(error, Error::Empty), "{error}");
    assert!(error.to_string().contains("has to be a header row"), "{error}");
    let (_, notes) = tables(&read(HEADER).0);
    has(&notes, "no response counts");
}

/// Parquet files that other programs write: by `files/make.py`.
fn parquet(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/files")
        .join(name)
}

#[test]
fn a_parquet_file_that_is_cut_off_is_an_error() {
    let bytes = std::fs::read(parquet("texts.parquet")).expect("a file");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cut.parquet");
    for length in [bytes.len() - 1, bytes.len() / 2, 10, 3] {
        std::fs::write(&path, &bytes[..length]).expect("written");
        let error = Responses::from_parquet(&form(), &path)
            .expect_err("cut off")
            .to_string();
        assert!(
            error.contains("cut.parquet can't be read") && error.contains("cut off: copy it again"),
            "{error}"
        );
    }
    std::fs::write(&path, "").expect("written");
    let error = Responses::from_parquet(&form(), &path)
        .expect_err("empty")
        .to_string();
    assert!(error.contains("empty"), "{error}");
    let error = Responses::from_parquet(&form(), &folder.path().join("none"))
        .expect_err("no file")
        .to_string();
    assert!(error.contains("none: "), "{error}");
}
