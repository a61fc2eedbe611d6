//! The same forty respondents as CSV and as Parquet: one analysis.

use baraza_analysis::{Analysis, Options, Responses, analyse};
use baraza_forms::Form;
use baraza_forms::xlsform::import_markdown;
use std::path::PathBuf;

/// The form, with gender stored by the codes given.
fn form(woman: &str, man: &str) -> Form {
    let sheet = "| survey | | | | |
         | | type | name | label | baraza::role |
         | | select_one yes_no | consent | Agree? | consent |
         | | select_one genders | gender | Gender | gender |
         | | integer | age | Age | age |
         | | decimal | weight | Weight | weight |
         | | text | region | Region | stratum |
         | | text | village | Village | psu |
         | | select_one yes_no | safe | Safe? | |
         | | integer | distance | Minutes to the well | |
         | choices | | | |
         | | list_name | name | label |
         | | yes_no | yes | Yes |
         | | yes_no | no | No |
         | | genders | WOMAN | Woman |
         | | genders | MAN | Man |";
    let sheet = sheet.replace("WOMAN", woman).replace("MAN", man);
    import_markdown(&sheet).form.expect("a form")
}

fn csv(rows: usize) -> String {
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
    "consent,gender,age,weight,region,village,safe,distance\n".to_owned()
        + &(0..rows).map(row).collect::<String>()
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/files")
        .join(name)
}

fn analysed(responses: &Responses) -> Analysis {
    let options = Options {
        by: vec!["gender*age".to_owned()],
        ..Options::default()
    };
    analyse(responses, &options, &mut |_, _| {}).expect("tables")
}

fn same(a: &Analysis, b: &Analysis, besides: &[&str]) {
    assert_eq!(a.domains.len(), b.domains.len());
    assert_eq!(a.tables.len(), b.tables.len());
    for (a, b) in a
        .tables
        .iter()
        .zip(&b.tables)
        .filter(|(a, _)| !besides.contains(&a.question.as_str()))
    {
        assert_eq!(a.estimates, b.estimates, "{}", a.question);
        assert!(
            a.estimates[0].is_some_and(|estimate| estimate.n > 0),
            "{}",
            a.question
        );
    }
}

#[test]
fn texts_categories_and_small_numbers_are_read_as_from_a_csv() {
    let form = form("woman", "man");
    let (from_csv, _) = Responses::from_csv(&form, csv(40).as_bytes()).expect("responses");
    let (from_parquet, notes) = Responses::from_parquet(&form, &file("texts.parquet")).expect("responses");
    let notes: Vec<String> = notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes, ["columns that the form does not know are left out: day"]);
    assert_eq!(from_parquet.len(), 40);
    same(&analysed(&from_parquet), &analysed(&from_csv), &[]);
}

#[test]
fn whole_numbers_are_codes_and_labels_are_understood() {
    let (from_csv, _) = Responses::from_csv(&form("woman", "man"), csv(39).as_bytes()).expect("responses");
    let (from_parquet, notes) =
        Responses::from_parquet(&form("1", "2"), &file("codes.parquet")).expect("responses");
    let notes: Vec<String> = notes.iter().map(ToString::to_string).collect();
    assert!(
        notes.contains(&"distance: 1 cell(s) hold no number, and count as not answered".to_owned()),
        "{notes:?}"
    );
    let blank = analysed(&from_parquet);
    assert_eq!(
        from_parquet.len(),
        40,
        "who was not asked for consent has not refused it"
    );
    // The last of the forty has no consent in this file, and counts.
    let (all, _) = Responses::from_csv(&form("woman", "man"), csv(40).as_bytes()).expect("responses");
    same(&blank, &analysed(&all), &["distance"]);
    assert_eq!(from_csv.len(), 39);
}

#[test]
fn another_forms_file_is_told() {
    let other = import_markdown("| survey | | | |\n| | type | name | label |\n| | text | colour | Colour |");
    let error = Responses::from_parquet(&other.form.expect("a form"), &file("texts.parquet"))
        .expect_err("another form");
    assert!(
        error
            .to_string()
            .contains("its columns are: consent, gender, age"),
        "{error}"
    );
}

#[test]
fn crossed_domains_stand_beside_the_single_ones_and_name_their_parts() {
    let form = form("woman", "man");
    let (responses, _) = Responses::from_csv(&form, csv(40).as_bytes()).expect("responses");
    let analysis = analysed(&responses);
    let crossed: Vec<_> = analysis
        .domains
        .iter()
        .filter(|domain| domain.by == "gender*age")
        .collect();
    let codes: Vec<&str> = crossed.iter().map(|domain| domain.code.as_str()).collect();
    // Nobody is over 59: the combinations with 66+ are left out.
    let bands = ["18-30", "31-45", "46-65"];
    let expected: Vec<String> = ["woman", "man"]
        .iter()
        .flat_map(|gender| bands.iter().map(move |band| format!("{gender}*{band}")))
        .collect();
    assert_eq!(codes, expected);
    assert_eq!(crossed[0].label, "Woman × 18-30");
    let parts = [("gender", "woman"), ("age", "18-30")].map(|(by, code)| (by.to_owned(), code.to_owned()));
    assert_eq!(crossed[0].parts, parts);
    // Each sums to the single ones.
    let safe = analysis
        .tables
        .iter()
        .find(|table| table.question == "safe")
        .expect("a table");
    let n = |by: &str, part: &str| -> u64 {
        let domains = analysis.domains.iter().enumerate();
        let of =
            domains.filter(|(_, domain)| domain.by == by && domain.code.split('*').any(|code| code == part));
        of.filter_map(|(at, _)| safe.estimates[at * 2])
            .map(|estimate| estimate.n)
            .sum()
    };
    for (by, code) in [
        ("gender", "woman"),
        ("gender", "man"),
        ("age", "18-30"),
        ("age", "46-65"),
    ] {
        assert!(n(by, code) > 0);
        assert_eq!(n(by, code), n("gender*age", code), "{code}");
    }
}

#[test]
fn a_crossing_of_what_is_no_question_is_told() {
    let form = form("woman", "man");
    let (responses, _) = Responses::from_csv(&form, csv(40).as_bytes()).expect("responses");
    let options = Options {
        by: vec!["gender*colour".to_owned()],
        ..Options::default()
    };
    let error = analyse(&responses, &options, &mut |_, _| {})
        .expect_err("no such question")
        .to_string();
    assert!(error.contains("'colour'"), "{error}");
}
