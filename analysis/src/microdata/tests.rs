//! Rows that leave, and rows that must not.

use super::{Options, anonymise};
use crate::responses::Responses;
use baraza_forms::Form;
use baraza_forms::xlsform::import_markdown;
use std::collections::HashMap;

fn form() -> Form {
    import_markdown(
        "| survey | | | | | |
         | | type | name | label | baraza::role | baraza::sensitive |
         | | start | began | | | |
         | | select_one areas | area | Area | area | |
         | | select_one genders | gender | Gender | gender | |
         | | integer | age | Age | age | |
         | | select_one works | work | Work | | |
         | | select_multiple actors | feared | Whom do you fear? | | yes |
         | | integer | household | People | | |
         | | text | story | Story | | |
         | | geopoint | where | Where | | |
         | choices | | | | | |
         | | list_name | name | label | | |
         | | areas | north | North | | |
         | | areas | south | South | | |
         | | genders | woman | Woman | | |
         | | genders | man | Man | | |
         | | works | farmer | Farmer | | |
         | | works | teacher | Teacher | | |
         | | actors | army | Army | | |
         | | actors | militia | Militia | | |",
    )
    .form
    .expect("a form")
}

fn responses(rows: usize) -> Responses {
    let mut csv = String::from("began,area,gender,age,work,feared,household,story,where\n");
    for row in 0..rows {
        let area = ["north", "south"][row % 2];
        let gender = ["woman", "man"][row / 2 % 2];
        let work = if row == 7 {
            "my own shop"
        } else {
            ["farmer", "teacher"][row / 4 % 2]
        };
        let household = if row == 3 { 31 } else { 2 + row % 5 };
        let age = if row % 50 == 9 { 81 } else { 20 + row % 25 };
        let feared = ["army", "militia", "army the-man-next-door"][row % 3];
        csv += &format!(
            "2026-01-01T08:00:00Z,{area},{gender},{age},{work},{feared},{household},a story,1.23 4.56 0 0\n"
        );
    }
    Responses::from_csv(&form(), csv.as_bytes()).expect("responses").0
}

fn options() -> Options {
    Options {
        population: Some(40_000.0),
        ..Options::default()
    }
}

#[test]
fn every_combination_is_shared_and_nothing_else_tells_who() {
    let rows = responses(300);
    let microdata = anonymise(
        &rows,
        &Options {
            keys: vec!["work".into()],
            ..options()
        },
    )
    .expect("rows");
    assert_eq!(
        microdata.header(),
        ["gender", "age", "work", "feared", "household"]
    );
    let mut sizes: HashMap<&[String], usize> = HashMap::new();
    for row in microdata.rows() {
        *sizes.entry(&row[..3]).or_default() += 1;
    }
    assert!(sizes.values().all(|&size| size >= 5), "{sizes:?}");
    let mut out = Vec::new();
    microdata.write(&mut out).expect("a CSV");
    let out = String::from_utf8(out).expect("UTF-8");
    for words in ["shop", "door", "story", "1.23", "2026", "north", "31\n", "81"] {
        assert!(!out.contains(words), "'{words}' is somebody's own");
    }
    let report = microdata.report();
    assert!(report.smallest >= 5 && report.risk < 0.03 && report.risk <= report.risk_before);
    assert!(
        report.violating.0 > 0 && report.violating.1 > 0,
        "one was 81, one had a shop"
    );
    let blanked: usize = report.keys.iter().map(|(_, n)| n).sum();
    assert_eq!(blanked, 12, "gender and work of the six who are old: {report}");
    assert_eq!(report.rows, (300, 299), "the one with a shop");
    assert_eq!(report.unanimous[0].0, "feared");
    assert!(
        report.to_string().contains("left out (an exact place): where"),
        "{report}"
    );
}

#[test]
fn a_place_leaves_without_sensitive_answers() {
    let microdata = anonymise(
        &responses(300),
        &Options {
            keep_area: true,
            ..options()
        },
    )
    .expect("rows");
    assert!(microdata.header().contains(&"area".to_owned()));
    assert!(!microdata.header().contains(&"feared".to_owned()));
}

#[test]
fn the_order_tells_nothing() {
    let microdata = anonymise(&responses(300), &options()).expect("rows");
    assert!(microdata.rows().is_sorted());
}

#[test]
fn what_can_t_be_protected_is_refused() {
    let refused = |rows: usize, options: Options| {
        let refused = anonymise(&responses(rows), &options).expect_err("refused");
        refused.to_string()
    };
    assert!(refused(4, options()).contains("only 0 of 4"));
    let unknown = Options {
        population: None,
        ..options()
    };
    assert!(
        refused(100, unknown).contains("--population"),
        "a sample that may be everybody"
    );
    let small = Options {
        population: Some(20.0),
        ..options()
    };
    assert!(refused(300, small).contains("smaller than the 300"));
    let wrong = Options {
        keys: vec!["story".into()],
        ..options()
    };
    assert!(refused(300, wrong).contains("story"));
    let missing = Options {
        keys: vec!["tribe".into()],
        ..options()
    };
    assert!(refused(300, missing).contains("tribe"));
    assert!(refused(300, Options { k: 1, ..options() }).contains("3 or 5"));
}
