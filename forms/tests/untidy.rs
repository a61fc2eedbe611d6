//! Sheets at random: what a tidy one says in an untidy way is the same form, and nothing breaks the importer.

mod common;

use baraza_forms::xlsform::{Severity, Sheet, Workbook, import};
use baraza_forms::{Form, Kind};
use common::taken;
use proptest::prelude::*;

/// Ways to write the same sheet less tidily: a change to a cell that the importer is to see through.
fn untidied(cell: &str, how: u8) -> String {
    match (cell, how % 6) {
        ("", _) => String::new(),
        (cell, 1) => format!("  {cell} "),
        (cell, 2) => format!("{cell}\u{a0}"),
        (cell, 3) => format!("\u{200b}{cell}"),
        (cell, 4) => cell.replace(' ', "\u{a0}"),
        (cell, _) => cell.to_owned(),
    }
}

fn untidied_header(header: &str, how: u8) -> String {
    let alias = match (header, how % 5) {
        ("relevant", 1) => "relevance",
        ("calculation", 1) => "calculate",
        ("label::English (en)", 1) => "Label : english(en)",
        ("required", 1) => "bind::required",
        (header, 2) => return header.to_uppercase(),
        (header, 3) => return format!(" {header}  "),
        (header, _) => header,
    };
    alias.to_owned()
}

const TIDY: [&[&str]; 8] = [
    &[
        "type",
        "name",
        "label::English (en)",
        "relevant",
        "required",
        "calculation",
    ],
    &["integer", "age", "How old are you?", "", "yes", ""],
    &["begin_group", "adult", "Adults", "${age} > 17", "", ""],
    &["select_one yes_no", "works", "Do you work?", "", "no", ""],
    &["text", "job", "What as?", "${works} = 'yes'", "", ""],
    &["end_group", "", "", "", "", ""],
    &["calculate", "twice", "", "", "", "${age} * 2"],
    &["note", "end_note", "Thank you", "", "", ""],
];

fn imported_form(rows: &[Vec<String>]) -> Form {
    let csv = |rows: &[Vec<String>]| rows.iter().map(|row| row.join(",") + "\n").collect::<String>();
    let choices = "list_name,name,label::English (en)\nyes_no,yes,Yes\nyes_no,no,No\n";
    let settings = "form_id,version\nf,1\n";
    let sheets = [
        ("survey", csv(rows)),
        ("choices", choices.into()),
        ("settings", settings.into()),
    ];
    let sheets = sheets
        .iter()
        .map(|(name, text)| Sheet::from_csv(name, text.as_bytes()).expect("CSV"))
        .collect();
    taken(import(&Workbook { sheets }, "form", &|_| None)).0
}

proptest! {
    /// What was mended is what a tidy sheet would have given.
    #[test]
    fn an_untidy_sheet_is_the_same_form(changes in prop::collection::vec(0u8..6, 48), blank in 0usize..8) {
        let tidy: Vec<Vec<String>> = TIDY.iter().map(|row| row.iter().map(|c| (*c).to_owned()).collect()).collect();
        let mut change = changes.into_iter();
        let mut untidy: Vec<Vec<String>> = TIDY.iter().enumerate().map(|(at, row)| {
            row.iter().enumerate().map(|(column, cell)| {
                let how = change.next().unwrap_or(0);
                // A label is for people, and stays as it was typed.
                match (at, column) {
                    (0, _) => untidied_header(cell, how),
                    (_, 2) => (*cell).to_owned(),
                    _ => untidied(cell, how),
                }
            }).collect()
        }).collect();
        untidy.insert(1 + blank % 7, vec![String::new(); 6]);
        let (mut untidy, tidy) = (imported_form(&untidy), imported_form(&tidy));
        prop_assert_eq!(&untidy.languages[0].tag, "en");
        untidy.languages.clone_from(&tidy.languages);
        prop_assert_eq!(untidy, tidy);
    }

    #[test]
    fn no_sheet_breaks_the_importer_or_the_lints(
        rows in prop::collection::vec(prop::collection::vec(prop::sample::select(vec![
            "", "select_one l", "select_one ${a}", "select_multiple l or_other", "select_one_from_file x.csv", "audit", "deviceid",
            "begin_group", "end_group", "begin_repeat", "end_repeat", "text", "integer", "geopoint", "calculate", "note", "range",
            "a", "b", "my a", "1b", "${a}", "${b} = 'x'", ". > 3 and . < 2", "false()", "search('x', 'matches', 'c', ${a})", "yes",
            "regex(., '(a+)+')", "randomize=true seed=${a}", "consent", "age", "l", "#REF!", "1000", "instance('l')/root/item[name = ${a}]/label",
            "selected(${a}, 'x') and not(selected(${a}, 'x'))",
        ]), 0..12), 0..14),
        columns in prop::sample::subsequence(vec![
            "type", "name", "label::English (en)", "label::Arabic (ar)", "relevant", "relevance", "constraint", "calculation", "trigger",
            "parameters", "appearance", "baraza::role", "baraza::coarse", "choice_filter", "image", "default",
        ], 4..16),
    ) {
        let csv = columns.join(",") + "\n" + &rows.iter().map(|row| {
            row.iter().map(|cell| format!("\"{cell}\"")).collect::<Vec<_>>().join(",") + "\n"
        }).collect::<String>();
        let choices = "list_name,name,label,c\nl,x,X,1\nl,a,X,2\nl,x,X,1\n";
        let sheets = [("survey", csv), ("choices", choices.to_owned())];
        let sheets = sheets.iter().map(|(name, text)| Sheet::from_csv(name, text.as_bytes()).expect("CSV")).collect();
        let imported = import(&Workbook { sheets }, "form", &|name| (name == "x.csv").then(|| b"name,label,c\nx,X,1\n".to_vec()));
        let errors = imported.diagnostics.iter().any(|d| d.severity == Severity::Error);
        prop_assert_eq!(imported.form.is_some(), !errors);
        if let Some(form) = imported.form {
            let lints = baraza_forms::lint::lint(&form, &imported.places);
            prop_assert!(lints.iter().all(|d| d.severity == Severity::Warning));
            let repeats = form.nodes.iter().filter(|n| n.kind == Kind::Repeat).count();
            prop_assert!(repeats <= rows.len());
        }
    }
}
