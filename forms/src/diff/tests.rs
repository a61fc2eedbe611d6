use super::{Ambiguity, Earlier, ambiguities, diff};
use crate::form::Form;
use crate::xlsform::import_markdown;

const FIRST: &str = "
| survey  |                      |          |                     |                      |                |
|         | type                 | name     | label::English (en) | label::Français (fr) | relevant       |
|         | integer              | age      | Age                 | Âge                  |                |
|         | select_one fear      | worst    | Worst               | Le pire              | ${age} > 17    |
|         | select_multiple fear | fears    | Fears               | Peurs                |                |
|         | text                 | words    | Words               | Mots                 |                |
|         | begin_repeat         | member   | Member              | Membre               |                |
|         | text                 | who      | Who                 | Qui                  |                |
|         | integer              | years    | Years               | Ans                  |                |
|         | end_repeat           |          |                     |                      |                |
| choices |                      |          |                     |                      |                |
|         | list_name            | name     | label::English (en) | label::Français (fr) |                |
|         | fear                 | theft    | Theft               | Vol                  |                |
|         | fear                 | war      | War                 | Guerre               |                |
| settings |                     |          |
|         | form_id              | version  |
|         | home                 | 1        |";

#[track_caller]
fn form(markdown: &str) -> Form {
    let imported = import_markdown(markdown);
    imported
        .form
        .unwrap_or_else(|| panic!("a form without errors: {:?}", imported.diagnostics))
}

/// The first form with replacements made in its text.
#[track_caller]
fn changed(replacements: &[(&str, &str)]) -> Form {
    let mut text = FIRST.to_owned();
    for (from, to) in replacements {
        assert!(text.contains(from), "'{from}' is there");
        text = text.replace(from, to);
    }
    form(&text)
}

#[track_caller]
fn changes(replacements: &[(&str, &str)]) -> Vec<String> {
    let shown = |change: super::Change| {
        let mark = if change.collected { " *" } else { "" };
        format!("{change}{mark}")
    };
    diff(&form(FIRST), &changed(replacements))
        .into_iter()
        .map(shown)
        .collect()
}

/// A row of the survey sheet with cells of the widths above.
fn row(kind: &str, name: &str, label: &str) -> String {
    format!("|         | {kind} | {name} | {label} | {label} | |\n")
}

#[test]
fn a_form_is_the_same_as_itself_whatever_its_version_is_called() {
    assert_eq!(changes(&[("| 1        |", "| 2        |")]), [""; 0]);
}

#[test]
fn questions_come_go_move_and_change() {
    let age = "|         | integer              | age      | Age                 | Âge                  |                |\n";
    let words = "|         | text                 | words    | Words               | Mots                 |                |\n";
    let added = format!("{words}{}", row("text", "more", "More"));
    assert_eq!(changes(&[(words, &added)]), ["question 'more': added 'text' *"]);
    assert_eq!(changes(&[(words, "")]), ["question 'words': removed 'text' *"]);
    let moved = format!("{words}{age}");
    assert_eq!(
        changes(&[(age, ""), (words, &moved), ("${age} > 17", "")]),
        [
            "question 'worst': relevant '${age} > 17' → none",
            "question 'age': moved after 'words'"
        ],
        "the one that moved, and not the three it passed"
    );
    assert_eq!(
        changes(&[("| Age                 |", "| Age in years        |")]),
        ["question 'age': label (English (en)) 'Age' → 'Age in years'"]
    );
    assert_eq!(
        changes(&[("| text                 | words", "| integer              | words")]),
        ["question 'words': type 'text' → 'integer' *"]
    );
    assert_eq!(
        changes(&[
            (
                "| begin_repeat         | member",
                "| begin_group          | member"
            ),
            ("end_repeat ", "end_group ")
        ]),
        [
            "question 'member': type 'repeat' → 'group' *",
            "question 'who': moved 'member/who' → 'who' *",
            "question 'years': moved 'member/years' → 'years' *",
        ]
    );
}

#[test]
fn logic_is_compared_by_names_and_not_by_where_they_stand() {
    let with_question_before = format!(
        "{}|         | integer              | age",
        row("text", "place", "Place")
    );
    assert_eq!(
        changes(&[("|         | integer              | age", &with_question_before)]),
        ["question 'place': added 'text' *"],
        "the numbers of all nodes are others"
    );
    assert_eq!(
        changes(&[(
            "${age} > 17",
            "not(${age} - (1 + 2) > 17 or selected(${fears}, 'war')) and ${words} = ''"
        )]),
        [
            "question 'worst': relevant '${age} > 17' → 'not(${age} - (1 + 2) > 17 or selected(${fears}, 'war')) and \
          ${words} = '''"
        ],
    );
}

#[test]
fn lists_are_told_once_with_the_questions_that_use_them() {
    let war = "|         | fear                 | war      | War                 | Guerre               |                |\n";
    let flood = "|         | fear                 | flood    | Flood               | Inondation           |                |\n";
    let found = diff(&form(FIRST), &changed(&[(war, flood)]));
    let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "choice 'war' of 'fear': removed 'War'",
            "choice 'flood' of 'fear': added 'Flood'"
        ]
    );
    assert!(
        found
            .iter()
            .all(|change| change.questions == ["worst", "fears"] && change.collected)
    );
    assert_eq!(
        changes(&[("| Guerre ", "| La guerre ")]),
        ["choice 'war' of 'fear': label (Français (fr)) 'Guerre' → 'La guerre' *"]
    );
    assert_eq!(
        changes(&[
            ("select_multiple fear", "select_multiple dread"),
            (war, &format!("{war}{}", war.replace("fear ", "dread")))
        ]),
        [
            "question 'fears': list 'fear' → 'dread' *",
            "choice 'theft' of 'fear': removed 'Theft' *",
        ]
    );
}

#[test]
fn a_row_that_only_repeats_a_code_counts_as_well() {
    let mut old = form(FIRST);
    let list = old
        .lists
        .iter_mut()
        .find(|list| list.name == "fear")
        .expect("the list");
    list.columns = vec!["region".into()];
    for region in ["north", "south"] {
        let mut again = list.choices[0].clone();
        again.cells = vec![region.into()];
        list.choices.push(again);
    }
    let mut new = old.clone();
    assert_eq!(diff(&old, &new), []);
    let list = new
        .lists
        .iter_mut()
        .find(|list| list.name == "fear")
        .expect("the list");
    list.choices[3].cells = vec!["east".into()];
    let shown: Vec<String> = diff(&old, &new).iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["choice 'theft' of 'fear': region 'south' → 'east'"]);
}

#[test]
fn what_has_no_name_is_the_same_where_it_stands_the_same() {
    let mut old = form(FIRST);
    old.nodes[4].key.clear();
    let mut new = old.clone();
    assert_eq!(diff(&old, &new), []);
    new.nodes[4].sensitive = true;
    let shown: Vec<String> = diff(&old, &new).iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["question 'text #1': sensitive none → 'yes'"]);
}

#[test]
fn languages_and_settings_are_told() {
    let found = changes(&[
        ("label::Français (fr)", "label::Español (es)"),
        ("| 1        |", "| 1        |"),
    ]);
    assert_eq!(
        found,
        ["form: languages 'English (en) [en], Français (fr) [fr]' → 'English (en) [en], Español (es) [es]'"]
    );
}

#[track_caller]
fn found(new: &Form, earlier: &[(&Form, &[&str])]) -> Vec<String> {
    let accepted: Vec<Vec<String>> = earlier
        .iter()
        .map(|(_, accepted)| accepted.iter().map(ToString::to_string).collect())
        .collect();
    let earlier: Vec<Earlier<'_>> = earlier
        .iter()
        .zip(&accepted)
        .map(|((form, _), accepted)| Earlier { form, accepted })
        .collect();
    let shown = |found: Ambiguity| {
        format!(
            "{} ({}): {}",
            found.question,
            found.versions.join(", "),
            found.why
        )
    };
    ambiguities(new, &earlier).into_iter().map(shown).collect()
}

#[test]
fn what_only_adds_rewords_or_mends_is_not_ambiguous() {
    let first = form(FIRST);
    for harmless in [
        &[("| 1        |", "| 2        |")][..],
        &[("| Age                 |", "| How old are you?    |")],
        &[("| integer              | age", "| decimal              | age")],
        &[("| text                 | words", "| hidden               | words")],
        &[("| War                 |", "| war!                |")],
        &[("| Guerre ", "| La guerre ")],
        &[("${age} > 17", "")],
        &[(
            "| text                 | words    | Words               | Mots                 |                |\n|         ",
            "",
        )],
        &[(
            "| begin_repeat         | member",
            "| begin_repeat         | person",
        )],
    ] {
        assert_eq!(
            found(&changed(harmless), &[(&first, &[])]),
            [""; 0],
            "{harmless:?}"
        );
    }
}

/// Replacements, and what is found.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);

#[test]
fn a_column_must_not_mean_two_things() {
    let first = form(FIRST);
    let cases: [Case<'_>; 7] = [
        (
            &[("| integer              | age", "| text                 | age")],
            &["age (1): its type was integer and is text"],
        ),
        (
            &[("select_one fear ", "select_multiple fear ")],
            &["worst (1): its type was select_one and is select_multiple"],
        ),
        (
            &[("| War                 |", "| Wildfire            |")],
            &[
                "worst (1): the code 'war' meant 'War' and means 'Wildfire'",
                "fears (1): the code 'war' meant 'War' and means 'Wildfire'",
            ],
        ),
        (
            &[
                (
                    "| begin_repeat         | member",
                    "| begin_group          | member",
                ),
                ("end_repeat ", "end_group "),
            ],
            &["member (1): its type was repeat and is group"],
        ),
        (
            &[
                (
                    "|         | integer              | years    | Years               | Ans                  |                |\n",
                    "",
                ),
                (
                    "|         | text                 | words",
                    "|         | integer              | years    | Years               | Ans                  |                |\n|         | text                 | words",
                ),
            ],
            &["years (1): it was 'member/years' and has moved into or out of a repeat"],
        ),
        (
            &[
                (
                    "|         | text                 | words    | Words               | Mots                 |                |\n",
                    "",
                ),
                (
                    "|         | text                 | who ",
                    "|         | text                 | words    | Words               | Mots                 |                |\n|         | text                 | who ",
                ),
            ],
            &["member/words (1): it was 'words' and has moved into or out of a repeat"],
        ),
        (
            &[("| integer              | age", "| hidden               | age")],
            &["age (1): its type was integer and is hidden"],
        ),
    ];
    for (replacements, wanted) in cases {
        assert_eq!(
            found(&changed(replacements), &[(&first, &[])]),
            wanted,
            "{replacements:?}"
        );
    }
}

#[test]
fn a_code_with_several_labels_means_what_any_of_them_says() {
    let mut old = changed(&[("| 1        |", "| 2        |")]);
    let list = old
        .lists
        .iter_mut()
        .find(|list| list.name == "fear")
        .expect("the list");
    let mut again = list.choices[0].clone();
    again.label = list.choices[1].label;
    list.choices.push(again);
    let mut new = old.clone();
    assert_eq!(found(&new, &[(&old, &[])]), [""; 0]);
    let list = new
        .lists
        .iter_mut()
        .find(|list| list.name == "fear")
        .expect("the list");
    list.choices[1].label = old.nodes[1].label;
    assert_eq!(
        found(&new, &[(&old, &[])]),
        [
            "worst (2): the code 'war' meant 'War' and means 'Age'",
            "fears (2): the code 'war' meant 'War' and means 'Age'"
        ]
    );
}

#[test]
fn a_key_that_passes_to_another_question_is_seen() {
    let two = |first: &str, second: &str| {
        form(&format!(
            "| survey | | | |\n | | type | name | label |\n | | begin_group | {first} | A |\n | | integer | age | Age |\n\
             | | end_group | | |\n | | begin_group | {second} | B |\n | | integer | age | Age |\n | | end_group | | |\n"
        ))
    };
    let swapped = found(&two("second", "first"), &[(&two("first", "second"), &[])]);
    assert!(
        swapped[0].ends_with("the column belonged to /first/age and would belong to /second/age"),
        "{swapped:?}"
    );
}

#[test]
fn versions_before_the_last_count_until_a_change_is_accepted() {
    let first = form(FIRST);
    let without = changed(&[
        (
            "|         | text                 | words    | Words               | Mots                 |                |\n",
            "",
        ),
        ("| 1        |", "| 2        |"),
    ]);
    let back = changed(&[
        ("| Words               |", "| Shoe size           |"),
        ("| 1        |", "| 3        |"),
    ]);
    let told = ["words (1): it was removed, asked 'Words', and comes back asking 'Shoe size'"];
    assert_eq!(found(&back, &[(&without, &[]), (&first, &[])]), told);
    assert_eq!(
        found(&first, &[(&without, &[]), (&first, &[])]),
        [""; 0],
        "the same question comes back"
    );
    let later = changed(&[
        ("| Words               |", "| Shoe size           |"),
        ("| 1        |", "| 4        |"),
    ]);
    assert_eq!(
        found(&later, &[(&back, &["words"]), (&without, &[]), (&first, &[])]),
        [""; 0]
    );
    assert_eq!(
        found(&first, &[(&back, &["words"]), (&without, &[]), (&first, &[])]),
        [""; 0],
        "rewording a question that stays is no matter"
    );
    let text = changed(&[
        ("| integer              | age", "| text                 | age"),
        ("| 1        |", "| 2        |"),
    ]);
    assert_eq!(
        found(&first, &[(&text, &["age"]), (&first, &[])]),
        ["age (2): its type was text and is integer"]
    );
}
