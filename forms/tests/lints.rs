//! What `baraza check` says of forms that import. Each rule has a form that breaks it and one beside it that does not.

mod common;

use baraza_forms::lint::lint;
use baraza_forms::xlsform::{Diagnostic, Severity, import_markdown, import_path};
use common::{assert_found, taken};
use std::path::Path;

fn lints(markdown: &str) -> Vec<Diagnostic> {
    let imported = import_markdown(markdown);
    let form = imported
        .form
        .unwrap_or_else(|| panic!("{:#?}", imported.diagnostics));
    lint(&form, &imported.places)
}

/// Lints of a survey with columns for conditions; the list `colours` has red, green and blue.
fn of(rows: &str) -> Vec<Diagnostic> {
    lints(&format!(
        "| survey | | | | | | |\n| | type | name | label | relevant | constraint | required |\n{rows}\n| choices | | | |\n| | list_name | name | label |\n| | colours | red | Red |\n| | colours | green | Green |\n| | colours | blue | Blue |"
    ))
}

#[track_caller]
fn told(found: &[Diagnostic], rule: &str, place: &str, words: &str) {
    assert_found(found, Severity::Warning, (rule, place, words));
}

#[track_caller]
fn silent(found: &[Diagnostic], rule: &str) {
    let of_rule: Vec<&Diagnostic> = found.iter().filter(|d| d.rule == rule).collect();
    assert!(of_rule.is_empty(), "{of_rule:#?}");
}

const ASKED: &str = "| | select_one colours | c | C | | | |\n| | select_multiple colours | m | M | | | |\n| | integer | n | N | | | |\n| | decimal | d | D | | | |\n| | text | t | T | | | |\n| | calculate | k | | | | |";

#[test]
fn l01_the_default_questionnaire_has_nothing_to_be_told() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("library/community-security");
    let imported = import_path(&path).expect("a form");
    assert_eq!(imported.diagnostics, []);
    assert_eq!(lint(&imported.form.expect("a form"), &imported.places), []);
}

#[test]
fn l02_conditions_that_cannot_hold() {
    for condition in [
        "false()",
        "1 = 2",
        "${c} = 'red' and ${c} = 'blue'",
        "selected(${c}, 'red') and selected(${c}, 'blue')",
        "${c} = 'red' and not(${c} != 'blue')",
        "${c} != 'red' and ${c} != 'green' and ${c} != 'blue' and ${c} != ''",
        "selected(${m}, 'red') and not(selected(${m}, 'red'))",
        "${n} > 5 and ${n} < 3",
        "${n} > 5 and ${n} < 6",
        "5 < ${n} and 3 >= ${n}",
        "${n} = '' and ${n} > 1",
        "${d} > 2 and (${d} < 1 or ${d} = 0)",
        "${t} = 'a' and ${t} = 'b'",
        "${k} = 1 and ${k} = 2",
        "count-selected(${m}) > 2 and count-selected(${m}) < 3",
        "count-selected(${m}) < 0",
        "not(true())",
    ] {
        let found = of(&format!("{ASKED}\n| | text | x | X | {condition} | | |"));
        told(
            &found,
            "unreachable",
            "survey, row 9, column D (relevant)",
            "can't hold",
        );
    }
}

#[test]
fn l03_conditions_that_can() {
    for condition in [
        "true()",
        "${c} = 'red' or ${c} = 'blue'",
        "${c} != 'red' and ${c} != 'blue'",
        "${c} != 'red' and ${c} != 'green' and ${c} != 'blue'",
        "selected(${m}, 'red') and selected(${m}, 'blue')",
        "selected(${m}, 'red') and not(selected(${m}, 'blue'))",
        "${m} = 'red blue' and selected(${m}, 'red')",
        "${n} > 5 and ${n} < 7",
        "${d} > 5 and ${d} < 6",
        "not(${n} > 5) and not(${n} < 7)",
        "${n} != 5 and ${n} >= 5",
        "${t} != 'a' and ${t} != 'b'",
        "${t} = 'a' and ${n} = 1",
        "${t} >= 3 and ${t} < 4",
        "${n} = ${d} and ${n} > 3",
        "count-selected(${m}) >= 2 and selected(${m}, 'red')",
        "string-length(${t}) > 3 and ${t} != ''",
        "${n} = 1 and today() > '2024-01-01'",
        "if(${c} = 'red', 1, 0) = 2",
        "${n} mod 2 = 0 and ${n} mod 2 = 1",
    ] {
        silent(
            &of(&format!("{ASKED}\n| | text | x | X | {condition} | | |")),
            "unreachable",
        );
    }
}

#[test]
fn l04_a_group_and_what_is_in_it_exclude_each_other() {
    let found = of(&format!(
        "{ASKED}\n| | begin_group | g | G | ${{c}} = 'red' | | |\n| | text | x | X | ${{c}} = 'blue' | | |\n| | end_group | | | | | |"
    ));
    told(
        &found,
        "unreachable",
        "survey, row 10, column D (relevant)",
        "excludes that of a group",
    );
    let found = of(&format!(
        "{ASKED}\n| | begin_group | g | G | false() | | |\n| | text | x | X | false() | | |\n| | end_group | | | | | |"
    ));
    assert_eq!(
        found.iter().filter(|d| d.rule == "unreachable").count(),
        1,
        "the group says it for all: {found:#?}"
    );
}

#[test]
fn l05_answers_of_several_instances_may_all_hold() {
    let found = of(
        "| | begin_repeat | r | R | | | |\n| | select_one colours | c | C | | | |\n| | text | in | In | ${c} = 'red' and ${c} = 'blue' | | |\n| | end_repeat | | | | | |\n| | text | out | Out | ${c} = 'red' and ${c} = 'blue' | | |",
    );
    told(&found, "unreachable", "survey, row 5, column D (relevant)", "");
    assert_eq!(
        found.iter().filter(|d| d.rule == "unreachable").count(),
        1,
        "outside it means any instance"
    );
}

#[test]
fn l06_codes_that_the_list_does_not_have() {
    for (condition, words) in [
        ("${c} = 'rde'", "did you mean 'red'?"),
        ("selected(${m}, 'Blue')", "did you mean 'blue'?"),
        (
            "'violet' != ${c}",
            "'violet', which its list 'colours' does not have",
        ),
        ("${c} = 3", "'3'"),
    ] {
        let found = of(&format!("{ASKED}\n| | text | x | X | {condition} | | |"));
        told(
            &found,
            "unknown-code",
            "survey, row 9, column D (relevant)",
            words,
        );
        silent(&found, "unreachable");
    }
    silent(
        &of(&format!(
            "{ASKED}\n| | text | x | X | ${{c}} = '' or ${{m}} = 'red blue' or ${{t}} = 'rde' | | |"
        )),
        "unknown-code",
    );
}

#[test]
fn l07_constraints_that_no_answer_meets() {
    for (kind, constraint) in [
        ("integer", "false()"),
        ("integer", ". > 10 and . < 5"),
        ("range", ". > 20"),
        (
            "select_one colours",
            "not(selected(., 'red') or selected(., 'green') or selected(., 'blue'))",
        ),
        ("text", ". = ''"),
    ] {
        let found = of(&format!("| | {kind} | x | X | | {constraint} | yes |"));
        told(
            &found,
            "impossible-constraint",
            "survey, row 3, column E (constraint)",
            "nobody can go on",
        );
        let found = of(&format!("| | {kind} | x | X | | {constraint} | |"));
        told(
            &found,
            "impossible-constraint",
            "survey, row 3, column E (constraint)",
            "only be left blank",
        );
    }
    let found = of("| | select_one colours | x | X | | . = 'zz' | yes |");
    told(
        &found,
        "unknown-code",
        "survey, row 3, column E (constraint)",
        "'zz'",
    );
    for (kind, constraint) in [
        ("integer", ". > 5 and . < 10"),
        ("range", ". >= 10"),
        (
            "select_multiple colours",
            "not(selected(., 'red') and count-selected(.) > 1)",
        ),
        ("text", "regex(., '[a-z]+')"),
    ] {
        silent(
            &of(&format!("| | {kind} | x | X | | {constraint} | yes |")),
            "impossible-constraint",
        );
    }
}

const TWO: &str = "| survey | | | | |\n| | type | name | label::English (en) | label::العربية (ar) |\n";

#[test]
fn l08_missing_translations_are_listed_by_language() {
    let found = lints(&format!(
        "{TWO}| | text | a | A | أ |\n| | text | b | B | |\n| | text | c | C | |"
    ));
    told(
        &found,
        "missing-translation",
        "workbook",
        "2 text(s) have no translation into العربية (ar) and show in another language: survey row 4, survey row 5",
    );
    silent(
        &lints(&format!("{TWO}| | text | a | A | أ |")),
        "missing-translation",
    );
}

#[test]
fn l09_labels_in_the_wrong_script() {
    let found = lints(&format!("{TWO}| | text | a | كم عمرك الآن؟ | How old are you? |"));
    told(
        &found,
        "swapped-languages",
        "survey, row 3, column C (label::English (en))",
        "look swapped",
    );
    let found = lints(&format!("{TWO}| | text | a | كم عمرك الآن؟ | كم عمرك؟ |"));
    told(
        &found,
        "wrong-script",
        "survey, row 3, column C (label::English (en))",
        "English (en)",
    );
    let fine = lints(&format!(
        "{TWO}| | text | a | What is UNHCR? | ما هي UNHCR؟ |\n| | text | b | GPS | GPS |"
    ));
    silent(&fine, "swapped-languages");
    silent(&fine, "wrong-script");
}

#[test]
fn l10_long_texts_that_were_not_translated() {
    let two = "| survey | | | | |\n| | type | name | label::English (en) | label::French (fr) |\n";
    let found = lints(&format!(
        "{two}| | text | a | What do you need to feel safe here? | What do you need to feel safe here? |"
    ));
    told(
        &found,
        "same-in-two-languages",
        "survey, row 3, column C (label::English (en))",
        "English (en) and French (fr)",
    );
    silent(
        &lints(&format!(
            "{two}| | text | a | Age | Age |\n| | text | b | What do you need to feel safe here? | |"
        )),
        "same-in-two-languages",
    );
}

#[test]
fn l11_choices_and_questions_that_read_the_same() {
    let found = lints(
        "| survey | | | |\n| | type | name | label |\n| | select_one l | a | Which? |\n| | text | b | which? |\n| choices | | | |\n| | list_name | name | label |\n| | l | x | Same |\n| | l | y | same |",
    );
    told(
        &found,
        "choices-alike",
        "choices, row 8, column B (name)",
        "'x' and 'y'",
    );
    told(
        &found,
        "questions-alike",
        "survey, row 4, column C (label)",
        "'b' asks in the same words as 'a'",
    );
    let filtered = lints(
        "| survey | | | | |\n| | type | name | label | choice_filter |\n| | text | q | Q | |\n| | select_one l | a | A | area = ${q} |\n| choices | | | | |\n| | list_name | name | label | area |\n| | l | x | Same | n |\n| | l | y | Same | s |",
    );
    silent(&filtered, "choices-alike");
    let apart = of(
        "| | integer | n | N | | | |\n| | text | a | Why? | ${n} > 3 | | |\n| | text | b | Why? | ${n} < 3 | | |",
    );
    silent(&apart, "questions-alike");
}

const ROLES: &str = "| survey | | | | | |\n| | type | name | label | baraza::role | baraza::sensitive |\n";
const AGREE: &str = "| | select_one yn | agree | Agree? | consent | |\n";
const YN: &str =
    "| choices | | | |\n| | list_name | name | label |\n| | yn | yes | Yes |\n| | yn | no | No |";

#[test]
fn l12_consent_comes_before_what_is_asked() {
    told(
        &of("| | text | a | A | | | |"),
        "no-consent",
        "workbook",
        "baraza::role",
    );
    let found = lints(&format!(
        "{ROLES}| | integer | age | Age | age | |\n| | text | group | Group | | yes |\n| | text | job | Job | | |\n{AGREE}{YN}"
    ));
    told(
        &found,
        "sensitive-before-consent",
        "survey, row 4, column B (name)",
        "move it below 'agree'",
    );
    told(
        &found,
        "asked-before-consent",
        "survey, row 5, column B (name)",
        "asked before consent: job;",
    );
    let fine = lints(&format!(
        "{ROLES}| | integer | age | Age | age | |\n| | note | hello | Hello | | |\n{AGREE}| | text | group | Group | | yes |\n{YN}"
    ));
    for rule in ["no-consent", "sensitive-before-consent", "asked-before-consent"] {
        silent(&fine, rule);
    }
}

#[test]
fn l13_required_questions_can_be_passed() {
    let with = |special: &str, pass: &str| {
        lints(&format!(
            "| survey | | | | | |\n| | type | name | label | required | baraza::pass |\n| | select_one l | a | A | yes | |\n| | text | b | B | yes | {pass} |\n| | text | c | C | no | |\n| choices | | | | |\n| | list_name | name | label | baraza::special |\n| | l | x | X | |\n| | l | dk | Don't know | {special} |"
        ))
    };
    told(
        &with("", ""),
        "no-way-to-pass",
        "survey, row 3, column D (required)",
        "2 required question(s) can't be passed",
    );
    told(
        &with("dont_know", ""),
        "no-way-to-pass",
        "survey, row 4, column D (required)",
        ": b",
    );
    silent(&with("prefer_not_to_say", "yes"), "no-way-to-pass");
}

#[test]
fn l14_roles_for_disaggregation() {
    let found = of("| | integer | n | N | | | |");
    told(&found, "no-role", "workbook", "'gender'");
    told(&found, "no-role", "workbook", "'age'");
    let aged = lints(&format!("{ROLES}| | integer | n | N | age | |"));
    assert_eq!(aged.iter().filter(|d| d.rule == "no-role").count(), 1);
}

#[test]
fn l15_texts_and_lists_fit_a_phone() {
    let long = "word ".repeat(120);
    told(
        &of(&format!("| | text | a | {long} | | | |")),
        "long-text",
        "survey, row 3, column C (label)",
        "599 characters",
    );
    let choices: String = (0..60)
        .map(|n| format!("\n| | l | c{n} | Choice {n} |"))
        .collect();
    let list = |appearance: &str| {
        lints(&format!(
            "| survey | | | | |\n| | type | name | label | appearance |\n| | select_one l | a | A | {appearance} |\n| choices | | | |\n| | list_name | name | label |{choices}"
        ))
    };
    told(
        &list(""),
        "long-list",
        "survey, row 3, column D (appearance)",
        "60 choices",
    );
    silent(&list("minimal autocomplete"), "long-list");
}

#[test]
fn l16_exact_places_are_told() {
    let with = |coarse: &str| {
        lints(&format!(
            "| survey | | | | |\n| | type | name | label | baraza::coarse |\n| | geopoint | p | P | {coarse} |"
        ))
    };
    told(
        &with(""),
        "exact-place",
        "survey, row 3, column D (baraza::coarse)",
        "for instance 1000",
    );
    silent(&with("1000"), "exact-place");
}

#[test]
fn l17_names_and_numbers_of_people_are_told() {
    let asks = |language: &str, label: &str| {
        lints(&format!(
            "| survey | | | |\n| | type | name | label::{language} |\n| | text | q | {label} |"
        ))
    };
    for (language, label) in [
        ("English (en)", "What is your name?"),
        ("English (en)", "Name"),
        ("English (en)", "Respondent's phone number:"),
        ("French (fr)", "Quel est votre nom ?"),
        ("French (fr)", "Numéro de téléphone"),
        ("Español (es)", "¿Cuál es su nombre completo?"),
        ("العربية (ar)", "ما اسمك؟"),
        ("العربية (ar)", "رقم الهاتف"),
        ("Kiswahili (sw)", "Jina lako ni nani?"),
        ("Kiswahili (sw)", "Namba ya simu"),
    ] {
        told(
            &asks(language, label),
            "personal-data",
            &format!("survey, row 3, column C (label::{language})"),
            "'q'",
        );
    }
    for (language, label) in [
        ("English (en)", "Name of the village"),
        ("English (en)", "Please give no names of people."),
        ("English (en)", "How many phones are in your household?"),
        ("English (en)", "In the name of what do they act?"),
        ("French (fr)", "Nom du village"),
        ("Español (es)", "Nombre de la aldea"),
        ("العربية (ar)", "اسم القرية"),
        ("Kiswahili (sw)", "Jina la kijiji"),
    ] {
        silent(&asks(language, label), "personal-data");
    }
}

#[test]
fn l18_findings_have_a_rule_in_their_json() {
    let (_, found) = taken(import_markdown(
        "| survey | | | |\n| | type | name | label |\n| | text | a | |",
    ));
    let json = serde_json::to_value(&found).expect("JSON");
    assert_eq!(json[0]["rule"], "no-label");
    assert_eq!(json[0]["severity"], "warning");
    assert_eq!(json[0]["place"]["row"], 3);
}

#[test]
fn sections_that_can_not_be_meant_are_told() {
    let form = "| survey | | | | |
         | | type | name | label | repeat_count |
         | | text | a | A | |
         | | begin_group | g | G | |
         | | end_group | | | |
         | | begin_repeat | r | R | 5000 |
         | | text | b | B | |
         | | end_repeat | | | |";
    let imported = import_markdown(form);
    let form = imported.form.expect("a form");
    let found = baraza_forms::lint::lint(&form, &imported.places);
    let rules: Vec<&str> = found.iter().map(|finding| finding.rule).collect();
    assert!(
        rules.contains(&"empty-section") && rules.contains(&"large-count"),
        "{rules:?}"
    );
}
