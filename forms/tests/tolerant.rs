//! Forms as people write them: what is mended, with a warning that names the cell, and what is refused with the mend.
//!
//! Each test is one expectation of the importer.

mod common;

use baraza_forms::xlsform::{Severity, Sheet, Workbook, import, import_markdown};
use common::{assert_found, form, mended, names, refused};

/// Rows of a survey sheet with type, name and label.
fn survey(rows: &str) -> String {
    format!("| survey | | | | | |\n| | type | name | label | relevant | calculation |\n{rows}")
}

const YES_NO: &str =
    "\n| choices | | | |\n| | list_name | name | label |\n| | yes_no | yes | Yes |\n| | yes_no | no | No |";

#[test]
fn t01_a_name_with_spaces_is_mended_and_still_found() {
    let form = mended(
        &survey("| | integer | my age | Age | | |\n| | note | n | ${my age} | ${my age} > 3 | |"),
        "mended-name",
        "survey, row 3, column B (name)",
        "is called 'my_age'",
    );
    assert_eq!(names(&form), ["my_age", "n"]);
    assert_eq!(form.nodes[2].relevant.as_ref().expect("relevance").reads(), [1]);
}

#[test]
fn t02_a_name_that_starts_with_a_digit_is_mended_and_still_found() {
    let form = mended(
        &survey("| | text | 1st | First | | |\n| | text | b | B | ${1st} = 'x' | |"),
        "mended-name",
        "survey, row 3, column B (name)",
        "'_1st'",
    );
    assert_eq!(form.nodes[2].relevant.as_ref().expect("relevance").reads(), [1]);
}

#[test]
fn t03_a_name_twice_that_nobody_refers_to_gets_a_number() {
    let form = mended(
        &survey("| | text | a | A | | |\n| | text | a | B | | |\n| | text | a_2 | C | | |"),
        "name-twice",
        "survey, row 4, column B (name)",
        "is called 'a_3'",
    );
    assert_eq!(names(&form), ["a", "a_3", "a_2"]);
}

#[test]
fn t04_a_name_twice_that_something_refers_to_is_refused_with_both_rows() {
    for reference in ["${a} = 'x'", "/data/a = 'x'", "../a = 'x'"] {
        refused(
            &survey(&format!(
                "| | text | a | A | | |\n| | text | a | B | | |\n| | text | c | C | {reference} | |"
            )),
            "name-twice",
            "survey, row 4, column B (name)",
            "already in row 3",
        );
    }
}

#[test]
fn t05_a_name_of_javascript_is_mended() {
    let form = form(&survey("| | text | __proto__ | A | | |"));
    assert_eq!(names(&form), ["_proto_"]);
}

#[test]
fn t06_the_wrong_end_is_mended_where_it_can_mean_one_thing_only() {
    let form = mended(
        &survey(
            "| | begin_group | g | G | | |\n| | text | a | A | | |\n| | end repeat | | | | |\n| | text | b | B | | |",
        ),
        "wrong-end",
        "survey, row 5, column A (type)",
        "write 'end_group'",
    );
    assert_eq!(form.nodes[3].parent, Some(0));
    refused(
        &survey(
            "| | begin_repeat | r | R | | |\n| | begin_group | g | G | | |\n| | text | a | A | | |\n| | end_repeat | | | | |\n| | end_group | | | | |",
        ),
        "wrong-end",
        "survey, row 6, column A (type)",
        "'g' in row 4 is a group",
    );
}

#[test]
fn t07_an_end_too_many_is_left_out_and_a_missing_one_added() {
    mended(
        &survey("| | text | a | A | | |\n| | end_group | | | | |"),
        "end-without-begin",
        "survey, row 4, column A (type)",
        "left out",
    );
    let form = mended(
        &survey("| | begin_repeat | r | R | | |\n| | text | a | A | | |"),
        "no-end",
        "survey, row 3",
        "'end_repeat'",
    );
    assert_eq!(form.nodes[2].parent, Some(1));
}

#[test]
fn t08_a_repeat_without_a_name_is_given_one_with_a_warning() {
    mended(
        &survey("| | begin_repeat | | R | | |\n| | text | a | A | | |\n| | end_repeat | | | | |"),
        "no-name",
        "survey, row 3, column B (name)",
        "'row_3'",
    );
}

#[test]
fn t09_two_columns_for_one_thing_have_to_agree() {
    let with = |second: &str| {
        format!(
            "| survey | | | | | |\n| | type | name | label | relevant | relevance |\n| | integer | a | A | | |\n| | text | b | B | ${{a}} = 1 | {second} |"
        )
    };
    refused(
        &with("${a} = 2"),
        "two-columns-differ",
        "survey, row 4, column E (relevance)",
        "D (relevant) means the same",
    );
    mended(
        &with("${a} = 1"),
        "column-twice",
        "survey, row 2, column E (relevance)",
        "means the same",
    );
    mended(
        &with(""),
        "column-twice",
        "survey, row 2, column E (relevance)",
        "means the same",
    );
}

#[test]
fn t10_a_list_is_found_in_spite_of_capitals_and_spaces() {
    for list in ["Yes_No", "yes no", "YesNo", "yes-no"] {
        let form = mended(
            &(survey(&format!("| | select_one {list} | a | A | | |")) + YES_NO),
            "mended-list-name",
            "survey, row 3, column A (type)",
            "'yes_no'",
        );
        assert_eq!(form.list_of(1).expect("a list").choices.len(), 2);
    }
    let two = survey("| | select_one YES_no | a | A | | |") + YES_NO + "\n| | Yes_No | yes | Yes |";
    refused(
        &two,
        "no-list",
        "survey, row 3, column A (type)",
        "there is no list 'YES_no'",
    );
}

#[test]
fn t11_a_list_near_another_is_told_and_not_guessed() {
    let near = survey("| | select_one yes_noo | a | A | | |") + YES_NO;
    refused(
        &near,
        "no-list",
        "survey, row 3, column A (type)",
        "did you mean 'yes_no'?",
    );
    let glued = survey("| | select_one_yes_no | a | A | | |") + YES_NO;
    refused(
        &glued,
        "unknown-type",
        "survey, row 3, column A (type)",
        "write 'select_one yes_no'",
    );
}

#[test]
fn t12_invisible_characters_do_not_part_what_looks_alike() {
    let text = survey(
        "| | select_one\u{a0}yes_no\u{200b} | a\u{feff} | A | | |\n| | text | b\u{200f} | B | ${a} =\u{a0}‘yes’ | |",
    ) + YES_NO;
    let form = form(&text);
    assert_eq!(names(&form), ["a", "b"]);
    assert!(form.nodes[2].relevant.is_some() && form.nodes[1].list.is_some());
}

#[test]
fn t13_a_language_is_one_however_its_columns_spell_it() {
    let form = form(
        "| survey | | | | | | |
         | | type | name | label::English(en) | hint::english (EN) | label::Français (fr) | constraint_message::Français(fr) |
         | | text | a | A | H | Ah | Non |
         | choices | | | | |
         | | list_name | name | label::English | label::Français |
         | | l | x | X | Iks |",
    );
    let tags: Vec<&str> = form.languages.iter().map(|l| l.tag.as_str()).collect();
    assert_eq!(tags, ["en", "fr"]);
    let node = &form.nodes[1];
    assert_eq!(form.text(0, node.hint.expect("a hint")), "H");
    assert_eq!(form.text(1, node.constraint_message.expect("a message")), "Non");
}

#[test]
fn t14_yes_is_yes_in_many_spellings() {
    for yes in ["yes", "TRUE", "True", "TRUE()", "1", "1.0", "Oui", "sí", "نعم"] {
        let text =
            format!("| survey | | | | |\n| | type | name | label | required |\n| | text | a | A | {yes} |");
        assert!(form(&text).nodes[1].required.is_some(), "{yes}");
    }
    for no in ["no", "FALSE", "0.0", "Non", "لا", ""] {
        let text =
            format!("| survey | | | | |\n| | type | name | label | required |\n| | text | a | A | {no} |");
        assert!(form(&text).nodes[1].required.is_none(), "{no}");
    }
}

#[test]
fn t15_codes_that_a_spreadsheet_made_decimals_are_whole_again() {
    let text = survey("| | select_one l | a | A | | |\n| | text | b | B | ${a} = '1' | |")
        + "\n| choices | | | |\n| | list_name | name | label |\n| | l | 1.0 | One |\n| | l | 2.0 | Two |";
    let form = mended(
        &text,
        "mended-code",
        "choices, row 7, column B (name)",
        "taken as '1'",
    );
    assert_eq!(form.lists[0].choices[1].name, "2");
    let decimals = survey("| | select_one l | a | A | | |")
        + "\n| choices | | | |\n| | list_name | name | label |\n| | l | 1.0 | One |\n| | l | 1.5 | More |";
    assert_eq!(
        common::form(&decimals).lists[0].choices[0].name,
        "1.0",
        "decimals among them mean it"
    );
}

#[test]
fn t16_the_same_code_twice_is_refused_unless_the_settings_allow_it() {
    let twice = survey("| | select_one l | a | A | | |")
        + "\n| choices | | | |\n| | list_name | name | label |\n| | l | x | One |\n| | l | x | Two |";
    refused(
        &twice,
        "choice-twice",
        "choices, row 7, column B (name)",
        "allow_choice_duplicates",
    );
    let allowed = twice + "\n| settings | |\n| | allow_choice_duplicates |\n| | yes |";
    let form = mended(
        &allowed,
        "choice-twice",
        "choices, row 7, column B (name)",
        "which the settings allow",
    );
    assert_eq!(form.lists[0].choices.len(), 2);
}

#[test]
fn t17_a_choice_without_a_list_is_refused_with_its_row() {
    let text = survey("| | select_one yes_no | a | A | | |") + YES_NO + "\n| | | maybe | Maybe |";
    refused(
        &text,
        "choice-without-list",
        "choices, row 8, column A (list_name)",
        "fill in list_name",
    );
}

#[test]
fn t18_or_other_is_never_hidden_by_a_filter() {
    let form = form(
        "| survey | | | | |
         | | type | name | label | choice_filter |
         | | text | area | Area | |
         | | select_one towns or_other | town | Town | area = ${area} |
         | choices | | | | |
         | | list_name | name | label | area |
         | | towns | a | Aba | n |",
    );
    let ready = baraza_forms::ReadyForm::new(form);
    let filling = baraza_forms::Filling::begin(
        &ready,
        baraza_forms::Env::new("2024-01-01T00:00:00.000+00:00", 0, 1),
    );
    let offered = filling.offered(2, 0);
    assert_eq!(
        offered
            .iter()
            .map(|&at| ready.form.lists[1].choices[at].name.as_str())
            .collect::<Vec<_>>(),
        ["other"]
    );
}

#[test]
fn t19_settings_over_several_rows_are_one() {
    let text = survey("| | text | a | A | | |")
        + "\n| settings | | |\n| | form_id | form_title | version |\n| | first | | |\n| | | Title | 7 |\n| | second | | |";
    let form = mended(
        &text,
        "settings-twice",
        "settings, row 8, column A (form_id)",
        "'second' is left out",
    );
    assert_eq!((form.id.as_str(), form.version.as_str()), ("first", "7"));
    assert_eq!(form.text(0, form.title), "Title");
}

#[test]
fn t20_what_is_not_done_is_said() {
    let text = survey("| | text | a | A | | |")
        + "\n| settings | |\n| | public_key | submission_url |\n| | MIIB | https://x.example |";
    mended(
        &text,
        "setting-without-effect",
        "settings, row 6, column A (public_key)",
        "NOT encrypted",
    );
    let saving = "| survey | | | | |\n| | type | name | label | save_to |\n| | text | a | A | b |\n| entities | |\n| | list_name | label |\n| | e | ${a} |";
    mended(
        saving,
        "no-entities",
        "survey, row 3, column D (save_to)",
        "entities",
    );
    for kind in ["username", "background-audio", "start-geopoint", "osm tags"] {
        mended(
            &survey(&format!("| | {kind} | x | | | |\n| | text | a | A | | |")),
            "never-collected",
            "survey, row 3, column A (type)",
            "",
        );
    }
}

#[test]
fn t21_broken_formulas_are_named_with_their_cell() {
    refused(
        &survey("| | text | #REF! | A | | |"),
        "spreadsheet-error",
        "survey, row 3, column B (name)",
        "#REF!",
    );
    let own = "| survey | | | | |\n| | type | name | label | remarks |\n| | text | a | A | #N/A |";
    assert_eq!(
        names(&form(own)),
        ["a"],
        "a column of the project's own may hold what it likes"
    );
}

#[test]
fn t22_a_calculate_without_calculation_is_kept_and_told() {
    mended(
        &survey("| | calculate | c | Told | | |\n| | text | a | A | | |"),
        "no-calculation",
        "survey, row 3, column E (calculation)",
        "stays blank",
    );
}

#[test]
fn t23_appearances_are_read_in_any_spelling() {
    let form = form(
        "| survey | | | | |
         | | type | name | label | appearance |
         | | text | a | A | none |
         | | text | b | B | Multiline,  W1 |
         | | text | c | C | ex:org.app(a, 'b c') numbers |",
    );
    let all: Vec<Vec<&str>> = form
        .nodes
        .iter()
        .skip(1)
        .map(|n| n.appearance.iter().map(String::as_str).collect())
        .collect();
    assert_eq!(
        all,
        [
            vec![],
            vec!["multiline", "w1"],
            vec!["ex:org.app(a, 'b c')", "numbers"]
        ]
    );
}

#[test]
fn t24_a_workbook_of_one_unnamed_sheet_is_a_form() {
    let text = "| Sheet1 | | | |\n| | type | name | label |\n| | text | a | A |";
    assert_eq!(names(&mended(text, "no-survey", "Sheet1", "taken for it")), ["a"]);
    let two = format!("{text}\n| Sheet2 | | | |\n| | type | name | label |\n| | text | a | A |");
    refused(&two, "no-survey", "workbook", "found: 'Sheet1', 'Sheet2'");
}

#[test]
fn t25_functions_of_other_tools_come_with_what_to_write_instead() {
    for (call, mend) in [
        ("duration()", "'audit'"),
        ("index()", "position(..)"),
        ("choice-label(${a}, 1)", "jr:choice-name"),
        ("count-if(${a}, 1)", "count("),
        ("len(${a})", "string-length"),
    ] {
        refused(
            &survey(&format!(
                "| | text | a | A | | |\n| | calculate | c | | | {call} |"
            )),
            "bad-expression",
            "survey, row 4, column E (calculation)",
            mend,
        );
    }
}

#[test]
fn t26_answers_of_the_response_before_read_as_blank() {
    let text = survey("| | text | a | Was ${last-saved#a} | ${last-saved#a} = '' | |");
    let form = mended(
        &text,
        "reads-blank",
        "survey, row 3, column D (relevant)",
        "not kept on the phone",
    );
    assert_eq!(form.label(0, 1), "Was ");
}

#[test]
fn t27_names_that_differ_in_capitals_alone_are_told() {
    mended(
        &survey("| | text | Age | A | | |\n| | text | age | B | | |"),
        "names-alike",
        "survey, row 4, column B (name)",
        "'Age'",
    );
}

#[test]
fn t28_everything_wrong_is_told_at_once() {
    let imported = import_markdown(&survey(
        "| | txet | a | A | | |\n| | text | b | B | ${nowhere} = 1 | |\n| | select_one none | c | C | | |\n| | calculate | d | | | foo() |",
    ));
    for found in [
        ("unknown-type", "survey, row 3, column A (type)", "'text'"),
        ("bad-expression", "survey, row 4, column D (relevant)", "nowhere"),
        ("no-list", "survey, row 5, column A (type)", "no list 'none'"),
        (
            "bad-expression",
            "survey, row 6, column E (calculation)",
            "no function 'foo'",
        ),
    ] {
        assert_found(&imported.diagnostics, Severity::Error, found);
    }
}

#[test]
fn t30_a_sheet_full_of_faults_is_told_in_seconds() {
    let rows: String = (0..20_000)
        .map(|n| {
            format!(
                "text,same,L,{}\n",
                if n % 2 == 0 {
                    format!("${{nowhere{n}}} = 1")
                } else {
                    String::new()
                }
            )
        })
        .collect();
    let sheet =
        Sheet::from_csv("survey", format!("type,name,label,relevant\n{rows}").as_bytes()).expect("CSV");
    let begun = std::time::Instant::now();
    let found = import(&Workbook { sheets: vec![sheet] }, "form", &|_| None).diagnostics;
    assert_eq!(
        found.iter().filter(|d| d.rule == "bad-expression").count(),
        10_000
    );
    assert_eq!(found.iter().filter(|d| d.rule == "name-twice").count(), 19_999);
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

#[test]
fn t29_patterns_that_explode_are_refused_with_the_mend() {
    let with = |pattern: &str| {
        survey(&format!(
            "| | text | a | A | | |\n| | text | b | B | regex(${{a}}, '{pattern}') | |"
        ))
    };
    refused(
        &with("^(a+)+$"),
        "exploding-pattern",
        "survey, row 4, column D (relevant)",
        "write 'a+' instead of '(a+)+'",
    );
    form(&with(r"^([\\w-]+\\.)+[\\w-]{2,}$".replace("\\\\", "\\").as_str()));
}

#[test]
fn t31_no_pattern_hides_in_a_function() {
    let with = |pattern: &str| {
        let form = format!(
            "| survey | | | | |\n| | type | name | label | constraint |\n| | text | p | P | |\n| | text | a | A | regex(., {pattern}) |"
        );
        let imported = import_markdown(&form);
        (imported.form.is_some(), imported.diagnostics)
    };
    for pattern in [
        "concat('(a', '+)+', '$')",
        "substr('zz(a+)+$', 2)",
        "if(1 = 1, '(a+)+$', 'x')",
    ] {
        let (usable, found) = with(pattern);
        assert!(
            !usable && found.iter().any(|d| d.rule == "exploding-pattern"),
            "{pattern}: {found:?}"
        );
    }
    let (usable, found) = with("concat('^', ${p}, '$')");
    assert!(
        usable && found.iter().any(|d| d.rule == "slow-pattern"),
        "{found:?}"
    );
    assert!(with("concat('[a-z]', '+')").0);
}

#[test]
fn t32_a_missing_column_of_names_is_told_once() {
    let imported = import_markdown(
        "| survey | | | |\n| | type | Question name | Caption |\n| | text | a | A |\n| | text | b | B |",
    );
    let errors: Vec<_> = imported
        .diagnostics
        .iter()
        .filter(|d| d.rule == "no-name")
        .collect();
    assert!(
        imported.form.is_none() && errors.len() == 1 && errors[0].message.contains("'Question name'"),
        "{errors:?}"
    );
}
