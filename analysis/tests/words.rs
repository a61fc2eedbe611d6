//! Somebody's own words, where a code was expected, stand in no table.

use baraza_analysis::{Options, Policy, Responses, analyse, protect, wide_name, write_tidy, write_wide};
use baraza_forms::Form;
use baraza_forms::xlsform::import_markdown;

fn form() -> Form {
    import_markdown(
        "| survey | | | | |
         | | type | name | label | baraza::role |
         | | select_one groups | group | Group | group |
         | | select_multiple fears | fears | Fears | |
         | | hidden | camp | | |
         | | select_one groups | tidy | Neat? | |
         | choices | | | |
         | | list_name | name | label |
         | | groups | a | A |
         | | groups | b | B |
         | | fears | theft | Theft |",
    )
    .form
    .expect("a form")
}

#[test]
fn rare_values_that_no_list_has_are_one_category() {
    let mut csv = String::from("group,fears,camp,tidy\n");
    csv += &"a,theft,north,a\n".repeat(40);
    csv += &"nomads,theft loans,south,b\n".repeat(30);
    for respondent in 0..15 {
        csv += &format!(
            "my-uncle-{respondent},theft the-man-{respondent} of-the-shop-{respondent},tent-{respondent},\n"
        );
    }
    let (responses, _) = Responses::from_csv(&form(), csv.as_bytes()).expect("responses");
    let options = Options {
        by: vec!["camp".to_owned()],
        ..Options::default()
    };
    let analysis = analyse(&responses, &options, &mut |_, _| {}).expect("tables");
    let notes: Vec<String> = analysis.notes.iter().map(ToString::to_string).collect();
    assert!(
        notes
            .iter()
            .any(|note| note == "group: codes that its list does not have are kept: nomads"),
        "{notes:?}"
    );
    assert!(
        notes
            .iter()
            .any(|note| note.starts_with("group: 15 answers have codes")),
        "{notes:?}"
    );

    let released = protect(analysis, &Policy::default()).expect("a policy");
    let mut out = Vec::new();
    write_tidy(&released, &mut out).expect("tidy");
    for table in released.tables() {
        write_wide(&released, table, &mut out).expect("wide");
    }
    let out = String::from_utf8(out).expect("UTF-8");
    for words in ["uncle", "the-man", "shop", "tent"] {
        assert!(!out.contains(words), "'{words}' is somebody's own");
    }
    assert!(
        out.contains("nomads") && out.contains("south") && out.contains("loans"),
        "common values stay"
    );
    // Two rare words of one response are one answer: 15 of 85, not 30.
    let other = released.tables()[1]
        .categories()
        .iter()
        .position(|c| c.code == "_other")
        .expect("a category");
    let share = released.tables()[1].cell(0, other).estimate.expect("a share");
    assert_eq!((share.count, share.n), (15, 85));
}

#[test]
fn a_question_named_as_another_file_keeps_to_its_own() {
    let (responses, _) = Responses::from_csv(&form(), "tidy\na\n".as_bytes()).expect("responses");
    let analysis = analyse(&responses, &Options::default(), &mut |_, _| {}).expect("tables");
    let released = protect(analysis, &Policy::default()).expect("a policy");
    let names: Vec<String> = released.tables().iter().map(wide_name).collect();
    assert_eq!(names, ["group.csv", "fears.csv", "question-tidy.csv"]);
}
