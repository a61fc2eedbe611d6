//! Workbooks in all formats, and those that are meant to harm.

use baraza_forms::xlsform::{
    Imported, ReadError, Severity, Sheet, Workbook, import, import_markdown, import_path,
};
use baraza_forms::{Form, Kind};
use proptest::prelude::*;
use std::io::Write;
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cases")
        .join(name)
}

#[track_caller]
fn form(imported: Imported) -> Form {
    imported
        .form
        .unwrap_or_else(|| panic!("{:#?}", imported.diagnostics))
}

#[test]
fn xlsx_xls_and_ods_are_the_same_form() {
    let forms =
        ["small.xlsx", "small.xls", "small.ods"].map(|name| form(import_path(&case(name)).expect(name)));
    assert_eq!(forms[0], forms[1]);
    assert_eq!(forms[0], forms[2]);
    let form = &forms[0];
    assert_eq!(
        (form.id.as_str(), form.version.as_str()),
        ("small", "2024"),
        "numbers are read as they look"
    );
    assert_eq!(
        form.lists[0]
            .choices
            .iter()
            .map(|c| c.name.as_str())
            .collect::<Vec<_>>(),
        ["1", "0"]
    );
    assert_eq!(
        form.languages
            .iter()
            .map(|l| (l.tag.as_str(), l.rtl))
            .collect::<Vec<_>>(),
        [("en", false), ("ar", true)]
    );
    assert_eq!(form.label(1, 2), "بالغ؟");
    assert!(form.nodes[2].relevant.is_some());
}

#[test]
fn a_folder_of_csv_sheets_and_its_attached_tables_are_one_form() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    write(
        "survey.csv",
        "\u{feff}type,name,label,choice_filter\r\nselect_one_from_file towns.csv,town,Town,region = 'n'\r\n\"text\",words,\"Say\n\"\"it\"\"\",\r\n",
    );
    write("towns.csv", "name,label,region\n1,Aba,n\n2,Bama,s\n");
    let form = form(import_path(folder.path()).expect("a form"));
    assert_eq!(form.lists[0].columns, ["region"]);
    assert_eq!(form.label(0, 2), "Say\n\"it\"");
    write("survey.csv", "type,name,label\ntext,a,\u{feff}caf\u{e9}\n");
    std::fs::write(folder.path().join("survey.csv"), b"type,name\ntext,caf\xe9\n").expect("a file");
    let error = import_path(folder.path()).expect_err("Latin-1").to_string();
    assert!(error.contains("not UTF-8") && error.contains("line 2"), "{error}");
}

/// A workbook of one sheet with the XML given.
fn xlsx(sheet: &[u8]) -> Vec<u8> {
    xlsx_with(sheet, &[])
}

/// The same with a second style that shows dates.
fn xlsx_with_dates(sheet: &[u8]) -> Vec<u8> {
    let styles = br#"<?xml version="1.0"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>"#;
    xlsx_with(sheet, &[("xl/styles.xml", styles)])
}

fn xlsx_with(sheet: &[u8], more: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let types = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#;
    let rels = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
    let workbook = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="survey" sheetId="1" r:id="r1"/></sheets></workbook>"#;
    let book_rels = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, bytes) in [
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", rels.as_bytes()),
        ("xl/workbook.xml", workbook.as_bytes()),
        ("xl/_rels/workbook.xml.rels", book_rels.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet),
    ]
    .into_iter()
    .chain(more.iter().copied())
    {
        zip.start_file(name, options).expect("an entry");
        zip.write_all(bytes).expect("its bytes");
    }
    zip.finish().expect("an archive").into_inner()
}

fn sheet_xml(cells: &str) -> Vec<u8> {
    format!(r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{cells}</sheetData></worksheet>"#).into_bytes()
}

#[test]
fn a_workbook_that_unpacks_without_end_is_refused() {
    let bomb = xlsx(&vec![b' '; 300 << 20]);
    assert!(bomb.len() < 1 << 20, "{} bytes", bomb.len());
    let error = Workbook::from_bytes(&bomb).expect_err("a bomb");
    assert!(matches!(error, ReadError::TooLarge(_)), "{error}");
}

#[test]
fn a_cell_in_the_last_corner_costs_no_memory() {
    let far = sheet_xml(
        r#"<row r="1"><c r="A1" t="inlineStr"><is><t>type</t></is></c></row><row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>"#,
    );
    let error = Workbook::from_bytes(&xlsx(&far)).expect_err("too far");
    assert!(error.to_string().contains("XFD1048576"), "{error}");
    let blank = sheet_xml(
        r#"<row r="1"><c r="A1" t="inlineStr"><is><t>type</t></is></c></row><row r="1048576"><c r="XFD1048576" s="0"/></row>"#,
    );
    let workbook = Workbook::from_bytes(&xlsx(&blank)).expect("formatting alone is no text");
    assert_eq!(workbook.sheets[0].rows.len(), 1);
}

#[test]
fn entities_are_not_expanded() {
    let laughs = br#"<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&b;&x;</t></is></c></row></sheetData></worksheet>"#;
    if let Ok(workbook) = Workbook::from_bytes(&xlsx(laughs)) {
        let text = format!("{workbook:?}");
        assert!(
            !text.contains("root:") && !text.contains("aaaaaaaaaaaaaaaaaaaa"),
            "{text}"
        );
    }
}

#[test]
fn an_untidy_sheet_is_understood() {
    let imported = import_markdown(
        "| Survey  | | | | | | | | |
         | | My questionnaire | | | | | | | |
         | | Type | Name | Label::English | label : french | Required | Relevance | constraint message | theme | Calculate |
         | | Select One from yesno | q1 | Good? | Bon? | TRUE | | | x | |
         | | | | | | | | | | |
         | | begin group | g | | | | ${q1} = 'y' | | | |
         | | integer | q2 | How many? | | yes | | No! | | |
         | | end group | | | | | | | | |
         | | calculate | c | | | | | | | ${q2} * 2 |
         | choices | | | | |
         | | list name | value | label::English | label::french |
         | | yesno | y | Yes | Oui |
         | | yesno | n | No | Non |",
    );
    let form = form(imported);
    assert_eq!(
        form.nodes.iter().map(|n| n.name.as_str()).collect::<Vec<_>>(),
        ["data", "q1", "g", "q2", "c"]
    );
    assert_eq!(
        form.languages.iter().map(|l| l.tag.as_str()).collect::<Vec<_>>(),
        ["en", "fr"]
    );
    assert!(
        form.nodes[1].required.is_some()
            && form.nodes[2].relevant.is_some()
            && form.nodes[4].calculation.is_some()
    );
    assert_eq!(form.text(1, form.nodes[1].label.expect("a label")), "Bon?");
    assert_eq!(
        form.text(1, form.nodes[3].label.expect("a label")),
        "How many?",
        "another language where one is missing"
    );
}

#[test]
fn names_that_come_again_in_another_group_keep_apart() {
    let form = form(import_markdown(
        "| survey | | | | |
         | | type | name | label | relevant |
         | | begin_group | a | A | |
         | | integer | age | Age | |
         | | text | x | X | ${age} > 1 |
         | | end_group | | | |
         | | begin_repeat | b | B | |
         | | integer | age | Age | |
         | | end_repeat | | | |
         | | begin_group | c | C | |
         | | integer | age | Age | |
         | | end_group | | | |",
    ));
    let keys: Vec<&str> = form
        .nodes
        .iter()
        .filter(|n| n.kind == Kind::Integer)
        .map(|n| n.key.as_str())
        .collect();
    assert_eq!(keys, ["age", "age", "c/age"]);
}

#[test]
fn or_other_adds_the_choice_and_asks_which() {
    let form = form(import_markdown(
        "| survey | | | |
         | | type | name | label::Français (fr) |
         | | select_one towns or_other | town | Ville |
         | choices | | | |
         | | list_name | name | label::Français (fr) |
         | | towns | a | Aba |",
    ));
    assert_eq!(form.list_of(1).expect("a list").choices.len(), 2);
    assert_eq!(
        form.choice_label(0, &form.list_of(1).expect("a list").choices[1]),
        "Autre"
    );
    assert_eq!(
        (form.nodes[2].key.as_str(), form.label(0, 2).as_str()),
        ("town_other", "Précisez")
    );
}

#[test]
fn choices_twice_are_mended_or_refused() {
    let with = |second: &str| {
        import_markdown(&format!(
            "| survey | | | | |\n| | type | name | label | choice_filter |\n| | select_one l | q | Q | {} |\n| choices | | | | |\n| | list_name | name | label | area |\n| | l | a | A | x |\n{second}",
            if second.contains('y') { "area = 'x'" } else { "" }
        ))
    };
    let same = with("| | l | a | A | x |");
    assert_eq!(same.form.expect("mended").lists[0].choices.len(), 1);
    let filtered = with("| | l | a | A | y |");
    assert_eq!(filtered.form.expect("a cascade").lists[0].choices.len(), 2);
    let ambiguous = with("| | l | a | B | x |");
    assert!(ambiguous.form.is_none());
    let error = ambiguous
        .diagnostics
        .iter()
        .find(|d| d.severity == Severity::Error)
        .expect("an error");
    assert_eq!(error.place.to_string(), "choices, row 7, column B (name)");
}

#[test]
fn groups_within_groups_without_end_are_refused() {
    let rows = |n: usize, row: &str| row.repeat(n);
    let nested = |n: usize| {
        let (begin, end) = ("| | begin_group | | |\n", "| | end_group | | |\n");
        import_markdown(&format!(
            "| survey | | | |\n| | type | name | label |\n{}| | text | a | A |\n{}",
            rows(n, begin),
            rows(n, end)
        ))
    };
    assert!(nested(30).form.is_some());
    let deep = nested(60);
    assert!(
        deep.form.is_none() && deep.diagnostics[0].message.contains("more than 40 groups"),
        "{:?}",
        deep.diagnostics[0]
    );
}

#[test]
fn times_and_dates_of_a_spreadsheet_are_read_as_they_look() {
    let cells = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>type</t></is></c></row><row r="2"><c r="A2" s="1"><v>0.354166666666667</v></c><c r="B2" s="1"><v>45351</v></c></row>"#;
    let workbook = Workbook::from_bytes(&xlsx_with_dates(&sheet_xml(cells))).expect("a workbook");
    let texts: Vec<&str> = workbook.sheets[0].rows[1]
        .cells
        .values()
        .map(String::as_str)
        .collect();
    assert_eq!(texts, ["08:30:00", "2024-02-29"]);
}

/// A spreadsheet of OpenDocument with the rows given.
fn ods(rows: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let content = format!(
        r#"<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet><table:table table:name="survey">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"#
    );
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, text) in [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", &content),
    ] {
        zip.start_file(name, stored).expect("an entry");
        zip.write_all(text.as_bytes()).expect("its bytes");
    }
    zip.finish().expect("an archive").into_inner()
}

#[test]
fn cells_repeated_a_million_times_are_refused_before_they_are_unfolded() {
    let cell =
        r#"<table:table-cell table:number-columns-repeated="900"><text:p>x</text:p></table:table-cell>"#;
    let bomb = ods(&format!(
        r#"<table:table-row table:number-rows-repeated="110000">{cell}</table:table-row>"#
    ));
    let begun = std::time::Instant::now();
    let error = Workbook::from_bytes(&bomb).expect_err("a bomb").to_string();
    assert!(error.contains("110000 rows and 900 columns"), "{error}");
    assert!(begun.elapsed().as_secs() < 2, "{:?}", begun.elapsed());
}

#[test]
fn an_old_workbook_with_a_cell_in_the_last_corner_is_refused_before_it_is_a_table() {
    let far = std::fs::read(case("far.xls")).expect("the file");
    let begun = std::time::Instant::now();
    let error = Workbook::from_bytes(&far).expect_err("too far").to_string();
    assert!(error.contains("reaches to cell IV65536"), "{error}");
    assert!(begun.elapsed().as_secs() < 2, "{:?}", begun.elapsed());
}

#[test]
fn sheets_of_ten_thousand_columns_or_a_million_rows_are_refused_with_the_cell() {
    let wide = format!(
        "type,name,{}\ntext,a\n",
        (0..10_000).map(|n| format!("c{n}")).collect::<Vec<_>>().join(",")
    );
    let error = Sheet::from_csv("survey", wide.as_bytes())
        .expect_err("too wide")
        .to_string();
    assert!(
        error.contains("cell ALM1") && error.contains("1000 columns"),
        "{error}"
    );
    let long = format!("type,name\n{}", "text,a\n".repeat(1_000_000));
    let error = Sheet::from_csv("survey", long.as_bytes())
        .expect_err("too long")
        .to_string();
    assert!(
        error.contains("cell A200001") && error.contains("200000 rows"),
        "{error}"
    );
    let much = format!("type,name,label\ntext,a,{}\n", "x".repeat(1_000_000));
    let error = Sheet::from_csv("survey", much.as_bytes())
        .expect_err("too much")
        .to_string();
    assert!(error.contains("1000 KB of text in cell C2"), "{error}");
}

#[test]
fn a_form_of_twenty_thousand_questions_in_a_chain_is_read_in_seconds() {
    let rows: String = (1..20_000)
        .map(|n| format!("integer,q{n},Q,${{q{}}} > {}\n", n - 1, n % 7))
        .collect();
    let csv = format!("type,name,label,relevant\ninteger,q0,Q,\n{rows}");
    let begun = std::time::Instant::now();
    let sheet = Sheet::from_csv("survey", csv.as_bytes()).expect("CSV");
    let imported = import(&Workbook { sheets: vec![sheet] }, "form", &|_| None);
    assert_eq!(form(imported).nodes.len(), 20_001);
    assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
}

#[test]
fn references_in_a_circle_and_patterns_in_a_pit_are_refused() {
    let circle = import_markdown(
        "| survey | | | | |\n| | type | name | label | calculation |\n| | calculate | a | | ${b} |\n| | calculate | b | | ${a} |\n| | text | c | ${a} | |",
    );
    assert!(
        circle.diagnostics.iter().any(|d| d.rule == "circle"),
        "{:?}",
        circle.diagnostics
    );
    let pit = format!(
        "type,name,label,constraint\ntext,a,A,\"regex(., '{}x{}')\"\n",
        "(".repeat(10_000),
        ")".repeat(10_000)
    );
    let sheet = Sheet::from_csv("survey", pit.as_bytes()).expect("CSV");
    let imported = import(&Workbook { sheets: vec![sheet] }, "form", &|_| None);
    let found = &imported.diagnostics[0];
    assert_eq!((found.rule, found.severity), ("bad-pattern", Severity::Error));
    assert!(found.message.len() < 600, "{}", found.message);
}

#[test]
fn a_formula_that_failed_is_kept_as_it_looks() {
    let cells = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>type</t></is></c><c r="B1" t="e"><v>#REF!</v></c></row>"#;
    let workbook = Workbook::from_bytes(&xlsx(&sheet_xml(cells))).expect("a workbook");
    assert_eq!(workbook.sheets[0].rows[0].cells[&1], "#REF!");
}

proptest! {
    #[test]
    fn no_table_breaks_the_importer(
        rows in prop::collection::vec(prop::collection::vec(prop::sample::select(vec![
            "", "type", "name", "label", "begin_group", "end_group", "begin_repeat", "end_repeat", "text", "integer",
            "select_one l", "select_multiple l or_other", "rank l", "calculate", "a", "b", "${a}", "${b} + 1", "yes", "l",
            "note", "relevant", "calculation", "list_name", "constraint", ". > 1", "range", "start=a", "label::X (ar)",
        ]), 0..8), 0..12),
        choices in prop::collection::vec(prop::collection::vec(prop::sample::select(vec!["l", "a", "", "list_name", "name"]), 0..4), 0..5),
    ) {
        let csv = |rows: &[Vec<&str>]| rows.iter().map(|row| row.join(",") + "\n").collect::<String>();
        let sheets = [("survey", csv(&rows)), ("choices", csv(&choices))];
        let sheets = sheets.iter().map(|(name, text)| Sheet::from_csv(name, text.as_bytes())).collect::<Result<_, _>>();
        let imported = import(&Workbook { sheets: sheets.expect("CSV") }, "form", &|_| None);
        let errors = imported.diagnostics.iter().any(|d| d.severity == Severity::Error);
        prop_assert_eq!(imported.form.is_some(), !errors, "refused if and only if there is an error");
        if let Some(form) = imported.form {
            let json = serde_json::to_string(&form).expect("JSON");
            prop_assert_eq!(serde_json::from_str::<Form>(&json).expect("the same"), form);
        }
    }

    #[test]
    fn no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Workbook::from_bytes(&bytes);
        let _ = Workbook::from_bytes(&[b"PK\x03\x04", &bytes[..]].concat());
        let _ = Workbook::from_bytes(&[b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", &bytes[..]].concat());
    }
}

#[test]
fn csv_is_separated_as_spreadsheets_of_its_country_do() {
    for text in [
        "name;label\nw1;Well, deep\n",
        "name\tlabel\nw1\tWell, deep\n",
        "name,label\nw1,\"Well, deep\"\n",
    ] {
        let sheet = Sheet::from_csv("wells", text.as_bytes()).expect("a sheet");
        assert_eq!(
            sheet.rows[1].cells.get(&1).map(String::as_str),
            Some("Well, deep"),
            "{text}"
        );
    }
}
