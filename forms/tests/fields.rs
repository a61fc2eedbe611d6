//! What the importer puts into the model: media, triggers, seeds, choices from answers and from files, rounding.

mod common;

use baraza_forms::expr::Expr;
use baraza_forms::xlsform::{Severity, beside, import_markdown, import_path};
use baraza_forms::{Env, Filling, Kind, ReadyForm};
use common::{assert_found, form, mended, refused, taken, with_files};

#[test]
fn f01_media_go_with_labels_by_language() {
    let form = form(
        "| survey | | | | | | |
         | | type | name | label::English (en) | label::Français (fr) | media::audio::English (en) | media::audio::Français (fr) |
         | | select_one l | a | A | Ah | a.en.mp3 | a.fr.mp3 |
         | choices | | | | | |
         | | list_name | name | label::English (en) | label::Français (fr) | image | big-image |
         | | l | x | X | Iks | x.png | x-big.png |
         | | l | y | | | | y-big.png |",
    );
    let audio = form.nodes[1].media.audio.expect("a sound");
    assert_eq!(
        (form.text(0, audio), form.text(1, audio)),
        ("a.en.mp3".into(), "a.fr.mp3".into())
    );
    let [x, y] = &form.lists[0].choices[..] else {
        panic!("two choices")
    };
    assert_eq!(
        form.text(1, x.media.image.expect("a picture")),
        "x.png",
        "one for all languages"
    );
    assert_eq!(form.text(0, y.media.image.expect("a picture")), "y-big.png");
    assert_eq!(form.media_files(), ["a.en.mp3", "a.fr.mp3", "x.png", "y-big.png"]);
}

#[test]
fn f02_triggers_are_questions() {
    let with = |trigger: &str, calculation: &str| {
        format!(
            "| survey | | | | | |\n| | type | name | label | trigger | calculation |\n| | text | a | A | | |\n| | text | b | B | | |\n| | dateTime | c | C | {trigger} | {calculation} |"
        )
    };
    assert_eq!(form(&with("${a}", "now()")).nodes[3].trigger, [1]);
    assert_eq!(form(&with("${a}, ${b}", "now()")).nodes[3].trigger, [1, 2]);
    assert_eq!(form(&with("a;b", "now()")).nodes[3].trigger, [1, 2]);
    refused(
        &with("${d}", "now()"),
        "bad-reference",
        "survey, row 5, column D (trigger)",
        "no question 'd'",
    );
    let emptied = mended(
        &with("${a}", ""),
        "trigger-empties",
        "survey, row 5, column D (trigger)",
        "emptied",
    );
    assert_eq!(emptied.nodes[3].calculation, Some(Expr::Text(String::new())));
}

#[test]
fn f03_a_seed_is_an_expression() {
    let with = |parameters: &str| {
        form(&format!(
            "| survey | | | | |\n| | type | name | label | parameters |\n| | integer | n | N | |\n| | select_one l | a | A | {parameters} |\n| choices | | | |\n| | list_name | name | label |\n| | l | x | X |"
        ))
        .nodes
        .remove(2)
    };
    let node = with("randomize=true, seed=${n}");
    assert_eq!((node.seed, node.parameters.len()), (Some(Expr::Answer(1)), 1));
    assert_eq!(with("randomize = TRUE seed = 42").seed, Some(Expr::Number(42.0)));
    assert_eq!(with("randomize=true").parameters["randomize"], "true");
    assert_eq!(with("seed=42").seed, None, "nothing is shuffled");
}

#[test]
fn f04_choices_are_answers_of_a_repeat() {
    let with = |kind: &str| {
        format!(
            "| survey | | | | |\n| | type | name | label | choice_filter |\n| | text | alone | Alone | |\n| | begin_repeat | r | R | |\n| | text | who | Who | |\n| | integer | age | Age | |\n| | end_repeat | | | |\n| | {kind} | head | Head | ${{age}} > 17 |"
        )
    };
    let form = form(&with("select_one ${who}"));
    let head = &form.nodes[5];
    assert_eq!(
        (head.kind, head.list, head.choices_from),
        (Kind::SelectOne, None, Some(3))
    );
    assert!(head.choice_filter.is_some());
    refused(
        &with("select_one ${alone}"),
        "no-list",
        "survey, row 8, column A (type)",
        "in no repeat",
    );
    refused(
        &with("select_one ${nobody}"),
        "bad-reference",
        "survey, row 8, column A (type)",
        "no question 'nobody'",
    );
}

#[test]
fn f05_an_audit_records_times_and_says_so() {
    let text = "| survey | | | | |\n| | type | name | label | parameters |\n| | audit | | | location-priority=balanced |\n| | audit | again | | |\n| | text | a | A | |";
    let form = mended(
        text,
        "time-recorded",
        "survey, row 3, column A (type)",
        "recorded",
    );
    assert_eq!(
        form.nodes
            .iter()
            .filter(|n| n.kind == Kind::Audit)
            .map(|n| n.key.as_str())
            .collect::<Vec<_>>(),
        ["audit"]
    );
    mended(
        text,
        "never-collected",
        "survey, row 3, column D (parameters)",
        "location-priority",
    );
}

#[test]
fn f06_a_phone_is_identified_only_where_the_settings_say_so() {
    let text = "| survey | | | |\n| | type | name | label |\n| | deviceid | d | |\n| | text | a | A |";
    assert_eq!(
        mended(
            text,
            "never-collected",
            "survey, row 3, column A (type)",
            "baraza::device_id"
        )
        .nodes[1]
            .kind,
        Kind::Device
    );
    let asked = form(&format!(
        "{text}\n| settings | |\n| | baraza::device_id |\n| | yes |"
    ));
    assert_eq!(asked.nodes[1].kind, Kind::DeviceId);
    assert!(asked.settings.device_id);
}

#[test]
fn f07_places_are_rounded_as_the_row_or_the_settings_say() {
    let with = |own: &str, all: &str| {
        format!(
            "| survey | | | | |\n| | type | name | label | baraza::coarse |\n| | geopoint | p | P | {own} |\n| | text | a | A | |\n| settings | | |\n| | form_id | baraza::coarse |\n| | f | {all} |"
        )
    };
    assert_eq!(form(&with("500", "1000")).nodes[1].coarse, Some(500.0));
    let settings = form(&with("", "1000 m"));
    assert_eq!(
        (settings.nodes[1].coarse, settings.nodes[2].coarse),
        (Some(1000.0), None)
    );
    refused(
        &with("far", ""),
        "not-metres",
        "survey, row 3, column D (baraza::coarse)",
        "'far'",
    );
    refused(
        &with("-5", ""),
        "not-metres",
        "survey, row 3, column D (baraza::coarse)",
        "'-5'",
    );
    refused(
        &with("", "0"),
        "not-metres",
        "settings, row 7, column B (baraza::coarse)",
        "'0'",
    );
}

const FROM_FILE: &str = "| survey | | | | | |\n| | type | name | label | choice_filter | parameters |\n| | text | region | R | | |\n| | select_one_from_file towns.FILE | town | Town | FILTER | PARAMETERS |";

fn offered(form: baraza_forms::Form, region: &str) -> Vec<String> {
    let ready = ReadyForm::new(form);
    let mut filling = Filling::begin(&ready, Env::new("2024-01-01T00:00:00.000+00:00", 0, 1));
    filling.set(1, 0, baraza_forms::Answer::from_text(Kind::Text, region));
    let list = ready.form.list_of(2).expect("a list");
    filling
        .offered(2, 0)
        .into_iter()
        .map(|at| list.choices[at].name.clone())
        .collect()
}

#[test]
fn f08_choices_come_from_files_of_three_kinds() {
    let csv = "name,label,region\na,Aba,n\nb,Bo,s\n";
    let geojson = r#"{"features": [{"id": "a", "properties": {"title": "Aba", "region": "n"}, "geometry": null}, {"id": "b", "properties": {"title": "Bo", "region": "s"}}]}"#;
    let xml = "<root><item><name>a</name><label>Aba</label><region>n</region></item><item><name>b</name><label>Bo</label><region>s</region></item></root>";
    for (ending, text) in [("csv", csv), ("geojson", geojson), ("xml", xml)] {
        let name = format!("towns.{ending}");
        let markdown = FROM_FILE
            .replace("FILE", ending)
            .replace("FILTER", "region = ${region}")
            .replace("PARAMETERS", "");
        let (form, found) = taken(with_files(&markdown, &[(&name, text)]));
        assert!(found.is_empty(), "{ending}: {found:#?}");
        assert_eq!(form.choice_label(0, &form.lists[0].choices[1]), "Bo", "{ending}");
        assert_eq!(offered(form, "s"), ["b"], "{ending}");
    }
}

#[test]
fn f09_codes_and_labels_come_from_the_columns_named() {
    let csv = "code,title,name\n1,Aba,north\n2,Bo,south\n";
    let markdown = FROM_FILE
        .replace("FILE", "csv")
        .replace("PARAMETERS", "value=code label=title");
    for (filter, region) in [("name = ${region}", "south"), ("code = ${region}", "2")] {
        let (form, found) = taken(with_files(
            &markdown.replace("FILTER", filter),
            &[("towns.csv", csv)],
        ));
        assert!(found.is_empty(), "{found:#?}");
        assert_eq!(form.choice_label(0, &form.lists[0].choices[0]), "Aba");
        assert_eq!(offered(form, region), ["2"], "{filter}");
    }
    let wrong = FROM_FILE
        .replace("FILE", "csv")
        .replace("PARAMETERS", "value=pcode")
        .replace("FILTER", "");
    let (_, found) = taken(with_files(&wrong, &[("towns.csv", csv)]));
    assert_found(
        &found,
        Severity::Warning,
        ("missing-column", "towns.csv", "'pcode'"),
    );
}

#[test]
fn f10_a_file_that_is_missing_or_broken_is_told() {
    let markdown = FROM_FILE
        .replace("FILE", "csv")
        .replace("FILTER", "")
        .replace("PARAMETERS", "");
    let (_, found) = taken(with_files(&markdown, &[]));
    assert_found(
        &found,
        Severity::Warning,
        ("missing-file", "workbook", "put towns.csv beside"),
    );
    let broken = FROM_FILE
        .replace("FILE", "geojson")
        .replace("FILTER", "")
        .replace("PARAMETERS", "");
    let (_, found) = taken(with_files(&broken, &[("towns.geojson", "{")]));
    assert_found(&found, Severity::Warning, ("missing-file", "workbook", "no JSON"));
}

#[test]
fn f11_tables_are_read_by_pulldata_and_instance() {
    let text = "| survey | | | | |\n| | type | name | label | calculation |\n| | csv-external | prices | | |\n| | text | what | What | |\n| | calculate | price | | pulldata('prices', 'cost', 'item', ${what}) |\n| | calculate | all | | count(instance('prices')/root/item[cost > 2]) |\n| | calculate | towns | | count(instance('towns')/root/item) |\n| choices | | | |\n| | list_name | name | label |\n| | towns | a | A |";
    let (form, found) = taken(with_files(text, &[("prices.csv", "item,cost\ntea,2\nbread,3\n")]));
    assert!(found.is_empty(), "{found:#?}");
    let ready = ReadyForm::new(form);
    let mut filling = Filling::begin(&ready, Env::new("2024-01-01T00:00:00.000+00:00", 0, 1));
    filling.set(1, 0, baraza_forms::Answer::from_text(Kind::Text, "bread"));
    filling.recalculate();
    let answers = serde_json::Value::Object(filling.to_answers());
    assert_eq!(
        answers,
        serde_json::json!({"what": "bread", "price": "3", "all": "1", "towns": "1"})
    );
}

const SEARCH: &str = "| survey | | | | |\n| | type | name | label | appearance |\n| | text | region | R | |\n| | select_one towns | town | Town | minimal search('towns', CALL) |\n| choices | | | |\n| | list_name | name | label |\n| | towns | pcode | title |";

#[test]
fn f12_search_is_a_filtered_file() {
    let csv = "pcode,title,region\n1,Aba,north\n2,Bo,south\n3,Co,south-west\n";
    for (call, region, expected) in [
        ("'matches', 'region', ${region}", "south", &["2"][..]),
        ("'contains', 'region', ${region}", "south", &["2", "3"]),
        ("'startswith', 'title', ${region}", "A", &["1"]),
        ("'endswith', 'region', ${region}", "west", &["3"]),
        ("'contains', 'region', ${region}, 'title', 'Co'", "south", &["3"]),
    ] {
        let (form, found) = taken(with_files(&SEARCH.replace("CALL", call), &[("towns.csv", csv)]));
        assert!(found.is_empty(), "{found:#?}");
        assert_eq!(form.nodes[2].appearance, ["minimal"]);
        assert_eq!(
            form.choice_label(0, &form.list_of(2).expect("a list").choices[0]),
            "Aba"
        );
        assert_eq!(offered(form, region), expected, "{call}");
    }
}

#[test]
fn f13_search_without_its_file_shows_the_rows_of_the_sheet() {
    let form = mended(
        &SEARCH.replace("CALL", "'matches', 'region', ${region}"),
        "missing-file",
        "survey, row 4, column D (appearance)",
        "'towns' is missing",
    );
    assert_eq!(form.list_of(2).expect("a list").choices[0].name, "pcode");
    refused(
        &SEARCH.replace("CALL", "'near', 'region', 1"),
        "bad-search",
        "survey, row 4, column D (appearance)",
        "'matches'",
    );
}

#[test]
fn f15_rows_with_numbers_are_always_among_what_a_search_finds() {
    let text =
        SEARCH.replace("CALL", "'matches', 'region', ${region}") + "\n| | towns | -99 | None of them |";
    let (form, found) = taken(with_files(
        &text,
        &[("towns.csv", "pcode,title,region\n1,Aba,north\n2,Bo,south\n")],
    ));
    assert!(found.is_empty(), "{found:#?}");
    assert_eq!(offered(form, "south"), ["-99", "2"]);
}

#[test]
fn f14_files_lie_beside_the_form_or_in_its_folders() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let markdown = "| survey | | | |\n| | type | name | label |\n| | select_one_from_file a.csv | a | A |\n| | select_one_from_file b.csv | b | B |\n| | select_one_from_file c.csv | c | C |";
    std::fs::create_dir(path("f-media")).expect("a folder");
    std::fs::create_dir(path("media")).expect("a folder");
    for (name, text) in [
        ("f.md", markdown),
        ("a.csv", "name,label\n1,A\n"),
        ("f-media/b.csv", "name,label\n1,B\n"),
        ("media/c.csv", "name,label\n1,C\n"),
    ] {
        std::fs::write(path(name), text).expect("a file");
    }
    let (form, found) = taken(import_path(&path("f.md")).expect("a form"));
    assert!(found.is_empty(), "{found:#?}");
    assert!(form.lists.iter().all(|list| list.choices.len() == 1));
    assert!(
        beside(&path("f.md"), "../f.md").is_none(),
        "no path leads out of the folder"
    );
}

#[test]
fn f16_drafts_go_under_a_pin_where_the_settings_say_so() {
    let with = |word: &str| {
        format!(
            "| survey | | |\n| | type | name | label |\n| | text | a | A |\n| settings | |\n| | baraza::pin |\n| | {word} |"
        )
    };
    assert!(form(&with("yes")).settings.pin);
    assert!(!form(&with("no")).settings.pin);
    refused(
        &with("1234"),
        "not-yes-or-no",
        "settings, row 6, column A (baraza::pin)",
        "'1234' is neither yes nor no",
    );
}

#[test]
fn f17_what_plays_by_itself_is_a_column_or_a_parameter() {
    let with = |autoplay: &str, parameters: &str| {
        format!(
            "| survey | | | | | |\n| | type | name | label | autoplay | parameters |\n| | note | a | A | {autoplay} | {parameters} |"
        )
    };
    let plays = |text: &str| form(text).nodes[1].parameters.get("autoplay").cloned();
    assert_eq!(plays(&with("Audio", "")), Some("audio".into()));
    assert_eq!(plays(&with("", "autoplay=video")), Some("video".into()));
    assert_eq!(plays(&with("none", "autoplay=audio")), None, "the column decides");
    assert_eq!(plays(&with("", "")), None);
    refused(
        &with("yes", ""),
        "unknown-autoplay",
        "survey, row 3, column D (autoplay)",
        "write audio, video or none",
    );
}

#[test]
fn a_survey_for_enumerators_alone_says_so_in_its_settings() {
    let with = |cell: &str| {
        let sheet = format!(
            "| survey | | |\n| | type | name |\n| | text | a |\n| settings | |\n| | baraza::sign_in |\n| | {cell} |"
        );
        import_markdown(&sheet)
    };
    assert!(with("yes").form.expect("a form").settings.sign_in);
    assert!(!with("no").form.expect("a form").settings.sign_in);
    assert!(with("perhaps").form.is_none(), "neither yes nor no");
    let json = serde_json::to_string(&with("no").form.expect("a form").settings).expect("JSON");
    assert!(
        !json.contains("sign_in"),
        "phones don't pay for what is not asked: {json}"
    );
}
