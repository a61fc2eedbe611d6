//! The same figures in every format, nothing that is withheld in any, and texts that stay texts.

use baraza_analysis::{
    About, Analysis, Compare, Digits, Error, FirstPage, Labels, Options, Policy, Released, Responses,
    Statistic, Status, analyse, protect, write_chart, write_codebook, write_json, write_parquet, write_r,
    write_report, write_stata, write_tidy, write_tidy_hxl, write_xlsx,
};
use baraza_forms::Form;
use baraza_forms::xlsform::import_markdown;
use calamine::{Data, Reader, Xlsx};
use polars::prelude::{DataFrame, ParquetReader, SerReader};
use quick_xml::events::Event;
use std::collections::{BTreeMap, HashMap};
use std::io::{Cursor, Read};

/// A label that would be markup, one that would be a formula, and a sheet name that would be none.
fn form() -> Form {
    import_markdown(
        "| survey | | | | | | | |
         | | type | name | label::English (en) | label::العربية (ar) | relevant | baraza::role | baraza::sensitive |
         | | select_one sexes | gender | Gender | الجنس | | gender | |
         | | integer | age | Age | العمر | | age | |
         | | select_one safety | safe | Safe <b>& \"sound\"</b>? | هل تشعر بالأمان؟ | | | |
         | | select_multiple fears | what_do_you_fear_most_around_here | =1+1 | ما تخاف؟ | ${safe} = 'no' or ${age} > 40 | | yes |
         | choices | | | | |
         | | list_name | name | label::English (en) | label::العربية (ar) | baraza::special |
         | | sexes | woman | Woman | امرأة |
         | | sexes | man | Man | رجل |
         | | sexes | another | Another | غير ذلك |
         | | safety | yes | Yes | نعم |
         | | safety | no | No | لا |
         | | safety | dont_know | Don't know | لا أعرف | dont_know |
         | | fears | theft | +theft | السرقة |
         | | fears | war | <script>alert(1)</script> | الحرب |
         | settings | | | |
         | | form_title::English (en) | form_title::العربية (ar) | form_id | version |
         | | Safety & <us> | أماننا | safety | 7 |",
    )
    .form
    .expect("a form")
}

fn responses() -> Responses {
    let mut csv = String::from("gender,age,safe,what_do_you_fear_most_around_here\n");
    csv += &"woman,25,yes,\nwoman,45,no,theft war\nwoman,50,dont_know,war\n".repeat(20);
    csv += &"man,30,yes,\nman,62,no,theft\n".repeat(15);
    csv += &"man,33,dont_know,\n".repeat(4);
    csv += &"another,70,no,war\n".repeat(9);
    let (mut responses, _) = Responses::from_csv(&form(), csv.as_bytes()).expect("responses");
    responses.synthetic = true;
    responses
}

fn analysis(language: usize) -> Analysis {
    let options = Options {
        language,
        compare: Some(Compare::default()),
        ..Options::default()
    };
    analyse(&responses(), &options, &mut |_, _| {}).expect("tables")
}

fn released(language: usize) -> Released {
    protect(analysis(language), &Policy::default()).expect("a policy")
}

fn about(form: &Form, language: usize) -> About<'_> {
    About {
        form,
        language,
        labels: None,
        made: "2026-11-29",
        respondents: responses().len() as u64,
        digits: Digits::Western,
    }
}

type Write<'a> = &'a dyn Fn(&mut Vec<u8>) -> Result<(), Error>;

fn bytes(write: Write<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out).expect("written");
    out
}

fn text(write: Write<'_>) -> String {
    String::from_utf8(bytes(write)).expect("UTF-8")
}

fn xlsx(released: &Released, about: &About<'_>) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    write_xlsx(released, about, &mut out).expect("a workbook");
    out.into_inner()
}

fn report(released: &Released, about: &About<'_>) -> String {
    text(&|out| write_report(released, about, &FirstPage::default(), out))
}

/// Where a figure stands: question, category, domain. What it is: estimate, low, high and n as texts.
type Figures = BTreeMap<(String, String, String), [String; 4]>;

fn of_csv(csv: &str) -> Figures {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let rows = reader.into_records().map(|row| {
        let row = row.expect("a row");
        let cells: HashMap<&str, &str> = header.iter().zip(row.iter()).collect();
        let place = (
            cells["question"].to_owned(),
            cells["category"].to_owned(),
            format!("{} {}", cells["by"], cells["domain"]),
        );
        (
            place,
            ["estimate", "ci_low", "ci_high", "n"].map(|name| cells[name].to_owned()),
        )
    });
    rows.collect()
}

fn of_parquet(bytes: Vec<u8>) -> Figures {
    let frame: DataFrame = ParquetReader::new(Cursor::new(bytes)).finish().expect("Parquet");
    let word = |name: &str, row: usize| {
        let column = frame.column(name).expect(name).str().expect("texts");
        column.get(row).unwrap_or_default().to_owned()
    };
    let number = |name: &str, row: usize| {
        let column = frame.column(name).expect(name).f64().expect("floats");
        column.get(row).map_or_else(String::new, |n| n.to_string())
    };
    let count = |row: usize| {
        let column = frame.column("n").expect("n").u64().expect("whole numbers");
        column.get(row).map_or_else(String::new, |n| n.to_string())
    };
    assert!(
        frame
            .column("synthetic")
            .expect("a column")
            .bool()
            .expect("flags")
            .all()
    );
    let rows = (0..frame.height()).map(|row| {
        let place = (
            word("question", row),
            word("category", row),
            format!("{} {}", word("by", row), word("domain", row)),
        );
        let figures = [
            number("estimate", row),
            number("ci_low", row),
            number("ci_high", row),
            count(row),
        ];
        (place, figures)
    });
    rows.collect()
}

fn of_json(json: &str) -> Figures {
    let json: serde_json::Value = serde_json::from_str(json).expect("JSON");
    assert_eq!(json["baraza_tables"], 1);
    let number = |value: &serde_json::Value| value.as_f64().map_or_else(String::new, |n| n.to_string());
    let mut figures = Figures::new();
    for table in json["tables"].as_array().expect("tables") {
        for cell in table["cells"].as_array().expect("cells") {
            let domain = &json["domains"][cell["domain"].as_u64().expect("a position") as usize];
            let category = cell["category"]
                .as_u64()
                .map(|at| &table["categories"][at as usize]["code"]);
            let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            let place = (
                word(&table["question"]),
                category.map(word).unwrap_or_default(),
                format!("{} {}", word(&domain["by"]), word(&domain["code"])),
            );
            let ci = &cell["ci"];
            figures.insert(place, [&cell["estimate"], &ci[0], &ci[1], &cell["n"]].map(number));
        }
    }
    figures
}

/// The sheets by question; what they hold under the labels of answers.
fn of_xlsx(bytes: Vec<u8>, released: &Released) -> Figures {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
    let names = book.sheet_names();
    let number = |cell: Option<&Data>| match cell {
        Some(Data::Float(number)) => number.to_string(),
        Some(Data::Int(number)) => number.to_string(),
        Some(Data::String(dash)) if dash == "—" => String::new(),
        Some(Data::Empty) | None => String::new(),
        other => panic!("{other:?} is no figure"),
    };
    let mut figures = Figures::new();
    for (table, name) in released.tables().iter().zip(&names[1..]) {
        let range = book.worksheet_range(name).expect("a sheet");
        let rows: Vec<&[Data]> = range.rows().collect();
        let start = rows.iter().position(|row| row[3] == *"n").expect("a header") + 1;
        for (row, domain) in rows[start..].iter().zip(released.domains()) {
            assert_eq!(row[1].to_string(), domain.code);
            for at in 0..table.categories().len().max(1) {
                let code = table.categories().get(at).map_or("", |category| &category.code);
                let place = (
                    table.question().to_owned(),
                    code.to_owned(),
                    format!("{} {}", domain.by, domain.code),
                );
                let cells = (0..3).map(|offset| number(row.get(4 + 3 * at + offset)));
                let cells: Vec<String> = cells.collect();
                let n = if cells[0].is_empty() {
                    String::new()
                } else {
                    number(row.get(3))
                };
                let [value, low, high] = cells.try_into().expect("three");
                figures.insert(place, [value, low, high, n]);
            }
        }
    }
    figures
}

#[test]
fn every_format_has_the_same_figures() {
    let (released, form) = (released(0), form());
    let about = about(&form, 0);
    let csv = of_csv(&text(&|out| write_tidy(&released, out)));
    assert!(csv.len() > 60, "{}", csv.len());
    let withheld = csv.values().filter(|figures| figures[0].is_empty()).count();
    assert!(withheld > 5 && withheld * 3 < csv.len() * 2, "{withheld}");
    assert_eq!(of_parquet(bytes(&|out| write_parquet(&released, out))), csv);
    // A workbook keeps 16 digits, and who reads JSON here rounds the last.
    let json = of_json(&text(&|out| write_json(&released, &about, out)));
    for read in [json, of_xlsx(xlsx(&released, &about), &released)] {
        assert!(read.keys().eq(csv.keys()));
        for (place, figures) in &csv {
            for (kept, exact) in read[place].iter().zip(figures) {
                let is_near = |(kept, exact): (f64, f64)| (kept - exact).abs() <= 1e-15 * exact.abs();
                let near = kept.parse().ok().zip(exact.parse().ok()).is_some_and(is_near);
                assert!(kept == exact || near, "{place:?}: {kept} for {exact}");
            }
        }
    }
}

/// What is withheld could be anything: with other figures in its place every file is the same, byte by byte.
#[test]
fn what_is_withheld_leaves_no_trace() {
    let form = form();
    let about = about(&form, 0);
    let policy = Policy::default();
    let as_they_are = protect(analysis(0), &policy).expect("a policy");
    let mut changed = analysis(0);
    let mut places = 0;
    for (table, shown) in changed.tables.iter_mut().zip(as_they_are.tables()) {
        let width = table.categories.len().max(1);
        for (at, estimate) in table.estimates.iter_mut().enumerate() {
            let Some(estimate) = estimate else { continue };
            if shown.cell(at / width, at % width).estimate.is_none() {
                estimate.value = 0.123_456;
                estimate.se = Some(0.654_321);
                estimate.ci = Some((0.111_111, 0.222_222));
                places += 1;
            }
        }
    }
    assert!(places > 5, "{places}");
    let otherwise = protect(changed, &policy).expect("a policy");
    let all = |released: &Released| {
        let mut all = vec![
            bytes(&|out| write_tidy(released, out)),
            bytes(&|out| write_parquet(released, out)),
            bytes(&|out| write_json(released, &about, out)),
            report(released, &about).into_bytes(),
            xlsx(released, &about),
        ];
        for table in 0..released.tables().len() {
            for by in ["overall", "gender", "age"] {
                all.push(bytes(&|out| write_chart(released, &about, (table, by), out)));
            }
        }
        all
    };
    assert!(all(&as_they_are) == all(&otherwise));
}

/// All parts of a workbook as texts.
fn parts(xlsx: Vec<u8>) -> BTreeMap<String, String> {
    let mut zip = zip::ZipArchive::new(Cursor::new(xlsx)).expect("a ZIP");
    let names: Vec<String> = zip
        .file_names()
        .map(|name| name.expect("a name").into_owned())
        .collect();
    let part = |name: String| {
        let mut text = String::new();
        zip.by_name(&name)
            .expect("a part")
            .read_to_string(&mut text)
            .expect("UTF-8");
        (name, text)
    };
    names.into_iter().map(part).collect()
}

#[test]
fn a_workbook_says_what_it_is_and_holds_no_formula() {
    let (released, form) = (released(0), form());
    let bytes = xlsx(&released, &about(&form, 0));
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.clone())).expect("a workbook");
    let names = book.sheet_names();
    assert_eq!(
        names,
        [
            "About",
            "gender",
            "age",
            "safe",
            "what_do_you_fear_most_around_he",
            "Codebook"
        ]
    );
    let first = book.worksheet_range("About").expect("a sheet");
    let first: Vec<String> = first.rows().map(|row| row[0].to_string()).collect();
    let said = first.join("\n");
    for words in [
        "Safety & <us>",
        "safety, version 7",
        "2026-11-29",
        "Respondents: 103",
        "not weighted",
        "indicative",
        "fewer than 25",
        "fewer than 10",
        "SYNTHETIC",
    ] {
        assert!(said.contains(words), "'{words}' is missing in {said}");
    }
    for name in &names {
        assert!(
            book.worksheet_formula(name).expect("a sheet").is_empty(),
            "{name}"
        );
    }
    let parts = parts(bytes);
    let sheet = &parts["xl/worksheets/sheet4.xml"];
    assert!(!sheet.contains("<f>") && !sheet.contains("rightToLeft"));
    assert!(sheet.contains("state=\"frozen\""));
    assert!(parts["xl/styles.xml"].contains("0.0%"));
    let notes: String = parts
        .iter()
        .filter(|(name, _)| name.contains("comments"))
        .map(|(_, text)| text.as_str())
        .collect();
    assert!(notes.contains("too few people"), "{notes}");
    for (name, part) in parts.iter().filter(|(name, _)| name.ends_with("xml")) {
        assert!(is_xml(part), "{name}");
    }
}

#[test]
fn an_arabic_workbook_is_read_from_the_right() {
    let (released, form) = (released(1), form());
    let parts = parts(xlsx(&released, &about(&form, 1)));
    let sheets = parts
        .iter()
        .filter(|(name, _)| name.starts_with("xl/worksheets/sheet"));
    let sheets: Vec<&str> = sheets.map(|(_, text)| text.as_str()).collect();
    assert_eq!(sheets.len(), 6);
    assert!(sheets.iter().all(|sheet| sheet.contains("rightToLeft=\"1\"")));
    assert!(parts["xl/sharedStrings.xml"].contains("هل تشعر بالأمان؟"));
}

fn is_xml(text: &str) -> bool {
    let mut reader = quick_xml::Reader::from_str(text);
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

#[test]
fn the_report_needs_nothing_from_elsewhere_and_its_charts_are_svg() {
    let (released, form) = (released(0), form());
    let html = report(&released, &about(&form, 0));
    for outside in [
        "http:",
        "https:",
        "//",
        "src=",
        "@import",
        "<script",
        "<link",
        "javascript:",
    ] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert_eq!(html.matches("url(").count(), html.matches("url(#").count());
    let svgs: Vec<&str> = html.split("<svg").skip(1).collect();
    assert!(svgs.len() > 5, "{}", svgs.len());
    for svg in svgs {
        let (inside, _) = svg.split_once("</svg>").expect("an end");
        assert!(is_xml(&format!("<svg{inside}</svg>")), "{inside}");
    }
    let title = "<title>Safety &amp; &lt;us&gt;</title>";
    let label = "Safe &lt;b&gt;&amp; &quot;sound&quot;&lt;/b&gt;?";
    let choice = "&lt;script&gt;alert(1)&lt;/script&gt;";
    for text in [
        title,
        label,
        choice,
        "lang=\"en\" dir=\"ltr\"",
        "SYNTHETIC",
        "indicative",
    ] {
        assert!(html.contains(text), "{text}");
    }
}

/// The cells of the table behind the charts of a question.
fn cells(html: &str, question: &str) -> Vec<Vec<String>> {
    let (_, section) = html
        .split_once(&format!("id=\"q-{question}\""))
        .expect("a section");
    let (_, body) = section.split_once("<tbody>").expect("a table");
    let (body, _) = body.split_once("</tbody>").expect("an end");
    let rows = body.split("<tr>").skip(1);
    rows.map(|row| row.trim().split("<td>").skip(1).map(str::to_owned).collect())
        .collect()
}

#[test]
fn the_reports_tables_show_what_is_released_and_a_dash_for_the_rest() {
    let (released, form) = (released(0), form());
    let html = report(&released, &about(&form, 0));
    let table = released
        .tables()
        .iter()
        .find(|table| table.question() == "safe")
        .expect("a table");
    let answers = 0..table.categories().len();
    let is_shown = |domain: &usize| {
        answers
            .clone()
            .any(|at| table.cell(*domain, at).estimate.is_some())
    };
    let domains: Vec<usize> = (0..released.domains().len()).filter(is_shown).collect();
    assert!(domains.len() < released.domains().len(), "a group is withheld");
    let cells = cells(&html, "safe");
    assert_eq!(cells.len(), table.categories().len());
    let mut dashes = 0;
    for (category, row) in cells.iter().enumerate() {
        assert_eq!(row.len(), domains.len());
        for (&domain, cell) in domains.iter().zip(row) {
            match table.cell(domain, category).estimate {
                None => {
                    dashes += 1;
                    assert_eq!(cell, "—");
                }
                Some(estimate) => {
                    let whole = (estimate.value * 100.0).round().to_string();
                    assert!(cell.contains(&whole), "{cell} is not {whole}");
                    let small = table.cell(domain, category).status == Status::Marked;
                    assert_eq!(cell.contains('*'), small, "{cell}");
                }
            }
        }
    }
    assert!(dashes > 1, "{dashes}");
}

#[test]
fn an_arabic_report_is_mirrored_and_may_have_arabic_digits() {
    let (released, form) = (released(1), form());
    let western = report(&released, &about(&form, 1));
    assert!(western.contains("lang=\"ar\" dir=\"rtl\"") && western.contains("scale(-"));
    assert!(western.contains("بيانات مصطنعة") && western.contains("عدد المشاركين: 103"));
    let about = About {
        digits: Digits::ArabicIndic,
        ..about(&form, 1)
    };
    assert!(report(&released, &about).contains("عدد المشاركين: ١٠٣"));
}

/// A release is protected once, and read in every language: the labels come from an analysis of nobody.
#[test]
fn a_release_in_another_language_is_the_same_release() {
    let form = form();
    let nobody = Responses::from_answers::<&serde_json::Map<_, _>>(&form, []).expect("no responses");
    let arabic = Options {
        language: 1,
        ..Options::default()
    };
    let labels = Labels::of(&analyse(&nobody, &arabic, &mut |_, _| {}).expect("empty tables"));
    let (english, made_in_arabic) = (released(0), released(1));
    let read_in_arabic = About {
        labels: Some(&labels),
        ..about(&form, 1)
    };
    let (own, other) = (about(&form, 1), &read_in_arabic);
    let read = report(&english, other);
    assert!(read == report(&made_in_arabic, &own));
    assert!(
        read.contains("class=\"diff\""),
        "differences are read in words as well"
    );
    assert!(xlsx(&english, other) == xlsx(&made_in_arabic, &own));
    let json = |released: &Released, about: &About<'_>| text(&|out| write_json(released, about, out));
    assert_eq!(json(&english, other), json(&made_in_arabic, &own));
    for by in ["overall", "gender", "age"] {
        let chart =
            |released: &Released, about: &About<'_>| text(&|out| write_chart(released, about, (2, by), out));
        let ours = chart(&english, other);
        assert_eq!(ours, chart(&made_in_arabic, &own));
        assert!(ours.contains("هل تشعر بالأمان؟") && ours.contains("direction=\"rtl\""));
        assert!(ours != chart(&english, &about(&form, 0)));
    }
}

/// A chart by itself is whole: well-formed, with its styles, saying what it is worth.
#[test]
fn a_chart_by_itself_says_what_it_is() {
    let (released, form) = (released(0), form());
    for table in 0..released.tables().len() {
        for by in ["overall", "gender", "age"] {
            let chart = text(&|out| write_chart(&released, &about(&form, 0), (table, by), out));
            let mut reader = quick_xml::Reader::from_str(&chart);
            let mut depth = 0;
            loop {
                match reader.read_event().expect("well-formed") {
                    Event::Start(_) => depth += 1,
                    Event::End(_) => depth -= 1,
                    Event::Eof => break,
                    _ => {}
                }
            }
            assert_eq!(depth, 0);
            for said in [
                "SYNTHETIC DATA",
                "not a probability sample",
                "Base: ",
                "<style>",
                "<title>",
            ] {
                assert!(chart.contains(said), "{said}: {chart}");
            }
            assert!(!chart.contains("<script") && !chart.contains("<b>"), "{chart}");
            // What a chart refers to is in it.
            for named in chart
                .split("href=\"#")
                .skip(1)
                .chain(chart.split("url(#").skip(1))
            {
                let id: String = named.chars().take_while(|c| !"\")".contains(*c)).collect();
                assert!(chart.contains(&format!("id=\"{id}\"")), "{id}");
            }
        }
    }
}

#[test]
fn what_comes_first_is_named_by_data() {
    let (released, form) = (released(0), form());
    let first = "topic,question,answers\nsafe_dark,safe,no\nOur own heading,what_do_you_fear_most_around_here,\nheard,nowhere,\n";
    let first = FirstPage::from_csv(first.as_bytes()).expect("a list");
    assert_eq!(first.unknown(&released).collect::<Vec<_>>(), ["nowhere"]);
    let html = text(&|out| write_report(&released, &about(&form, 0), &first, out));
    let (page, _) = html.split_once("Question by question").expect("a second part");
    let safe = page.find("<h3>Feeling safe after dark</h3>").expect("a heading");
    let own = page.find("<h3>Our own heading</h3>").expect("a heading");
    assert!(safe < own && page.contains("No, by gender, age and group"));
    assert!(!page.contains("Feeling heard"), "no table, no heading");
    let wrong = FirstPage::from_csv("question\nsafe\n".as_bytes()).expect_err("no list");
    assert!(wrong.to_string().contains("lacks the column 'topic'"), "{wrong}");
}

#[test]
fn hxl_tags_stand_under_the_header() {
    let csv = text(&|out| write_tidy_hxl(&released(0), out));
    let mut rows = csv.lines();
    let header: Vec<&str> = rows.next().expect("a header").split(',').collect();
    let tags: Vec<&str> = rows.next().expect("tags").split(',').collect();
    assert_eq!(header.len(), tags.len());
    // The core hashtags of HXL 1.1 that can be meant here.
    let core = ["#meta", "#indicator", "#respondee", "#status"];
    for tag in &tags {
        let mut parts = tag.split('+');
        assert!(core.contains(&parts.next().expect("a hashtag")), "{tag}");
        let word = |part: &str| {
            part.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        };
        assert!(parts.all(|part| !part.is_empty() && word(part)), "{tag}");
    }
    let mut each = tags.clone();
    each.sort_unstable();
    each.dedup();
    assert_eq!(each.len(), tags.len(), "two columns have one tag");
    let plain = text(&|out| write_tidy(&released(0), out));
    assert_eq!(csv.lines().count(), plain.lines().count() + 1);
}

#[test]
fn the_codebook_tells_who_was_asked_what() {
    let (released, form) = (released(0), form());
    let csv = text(&|out| write_codebook(&released, &form, out));
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().expect("a header").clone();
    assert_eq!(&header[8], "label::English (en)");
    assert_eq!(&header[9], "label::العربية (ar)");
    let rows: Vec<Vec<String>> = reader
        .records()
        .map(|row| row.expect("a row").iter().map(String::from).collect())
        .collect();
    let fears = rows
        .iter()
        .find(|row| row[0].starts_with("what_do"))
        .expect("a row");
    assert_eq!(
        fears[1..5],
        ["select_multiple", "", "yes", "${safe} = 'no' or ${age} > 40"]
    );
    assert!(fears[5].contains("asked and answered"), "{}", fears[5]);
    assert_eq!(fears[8], "'=1+1", "no formula");
    let dont_know = rows
        .iter()
        .find(|row| row[0] == "safe" && row[6] == "dont_know")
        .expect("a category");
    assert_eq!(dont_know[7..], ["dont_know", "Don't know", "لا أعرف"]);
    let gender = rows.iter().find(|row| row[0] == "gender").expect("a row");
    assert_eq!(gender[2], "gender");
}

#[test]
fn scripts_label_what_the_export_holds() {
    let form = form();
    let about = about(&form, 0);
    let r = text(&|out| write_r(&about, out));
    assert!(r.contains(
        "levels = c(\"yes\", \"no\", \"dont_know\"), labels = make.unique(c(\"Yes\", \"No\", \"Don't know\"))"
    ));
    assert!(
        r.contains("attr(answers[[\"safe\"]], \"label\") <- \"Safe <b>& \\\"sound\\\"</b>?\""),
        "{r}"
    );
    let stata = text(&|out| write_stata(&about, out));
    assert!(
        stata.contains("replace b_codes = 2 if safe == `\"no\"'"),
        "{stata}"
    );
    assert!(stata.contains("label define safe 3 `\"Don't know\"', add"));
    assert!(
        !stata.contains("what_do_you_fear_most_around_here "),
        "Stata takes 32 characters"
    );
}

#[test]
fn a_mean_has_its_sheet_and_its_chart() {
    let (released, form) = (released(0), form());
    let age = released
        .tables()
        .iter()
        .find(|table| table.statistic() == Statistic::Mean)
        .expect("a mean");
    let mean = age.cell(0, 0).estimate.expect("shown").value;
    let html = report(&released, &about(&form, 0));
    let (_, section) = html.split_once("id=\"q-age\"").expect("a section");
    assert!(section.contains(&format!("{mean:.1}≈ (")), "{mean}, rounded");
}
