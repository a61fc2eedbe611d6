//! The same answers by every road: a phone's JSON, our export, ODK Central, Kobo.

use super::Responses;
use crate::error::Error;
use baraza_forms::xlsform::import_markdown;
use baraza_forms::{Form, Kind, Role};
use serde_json::json;

fn form() -> Form {
    import_markdown(
        "| survey | | | | | | |
         | | type | name | label::English (en) | label::Français (fr) | baraza::role | baraza::pass |
         | | select_one yesno | consent | Agree? | D'accord ? | consent | |
         | | begin_group | profile | You | Vous | | |
         | | select_one genders | gender | Gender | Genre | gender | |
         | | integer | age | Age | Âge | age | |
         | | end_group | | | | | |
         | | select_multiple fears | fears | Fears | Peurs | | |
         | | decimal | distance | Distance | Distance | | yes |
         | | text | words | Words | Mots | | |
         | choices | | | |
         | | list_name | name | label::English (en) | label::Français (fr) |
         | | yesno | yes | Yes | Oui |
         | | yesno | no | No | Non |
         | | genders | woman | Woman | Femme |
         | | genders | man | Man | Homme |
         | | fears | theft | Theft | Vol |
         | | fears | war | Armed conflict | Guerre |
         | settings | | |
         | | form_id | baraza::minimum_age |
         | | f | 18 |",
    )
    .form
    .expect("a form")
}

/// Two who answered: a woman of 34 and a man of 51 who does not know how far it is.
#[track_caller]
fn are_the_two(responses: &Responses) {
    let texts = |key: &str| -> Vec<String> {
        responses
            .texts(key)
            .expect("a column")
            .into_iter()
            .map(|t| t.map_or("-".into(), std::borrow::Cow::into_owned))
            .collect()
    };
    assert_eq!(texts("gender"), ["woman", "man"]);
    assert_eq!(texts("fears"), ["theft war", "war"]);
    assert_eq!(texts("words"), ["=plain", "-"]);
    assert_eq!(
        responses.numbers("age").expect("a column"),
        [Some(34.0), Some(51.0)]
    );
    assert_eq!(
        responses.numbers("distance").expect("a column"),
        [Some(-2.5), None]
    );
}

#[track_caller]
fn read(csv: &str) -> (Responses, Vec<String>) {
    let (responses, notes) = Responses::from_csv(&form(), csv.as_bytes()).expect("responses");
    (responses, notes.iter().map(ToString::to_string).collect())
}

#[test]
fn from_the_answers_of_phones() {
    let rows = [
        json!({"consent": "yes", "gender": "woman", "age": 34, "fears": ["theft", "war"], "distance": -2.5, "words": "=plain"}),
        json!({"consent": "yes", "gender": "man", "age": 51, "fears": ["war"], "distance": {"pass": "dont_know"}, "member": [{}]}),
    ];
    let rows: Vec<_> = rows.iter().map(|row| row.as_object().expect("answers")).collect();
    let responses =
        Responses::from_answers(&form(), rows.iter().map(|row| (*row).clone())).expect("responses");
    are_the_two(&responses);
    assert_eq!(
        responses.texts("distance_pass").expect("a column")[1].as_deref(),
        Some("dont_know")
    );
}

#[test]
fn from_our_own_export() {
    let (responses, notes) = read(
        "instance_id,received_at,outcome,synthetic,flags,consent,gender,age,fears,fears/theft,fears/war,distance,distance_pass,words\n\
         a,2026,complete,yes,,yes,woman,34,theft war,1,1,-2.5,,'=plain\n\
         b,2026,refused,yes,,no,,,,,,,,\n\
         c,2026,complete,yes,,yes,man,51,war,0,1,,dont_know,\n",
    );
    are_the_two(&responses);
    assert!(responses.synthetic);
    assert_eq!(responses.left_out, 1);
    assert_eq!(
        notes,
        ["1 response is left out: consent refused, or under the minimum age"]
    );
    assert_eq!(
        responses.texts("distance_pass").expect("a column")[1].as_deref(),
        Some("dont_know")
    );
}

#[test]
fn what_was_rejected_is_left_out_unless_it_is_wanted() {
    let csv = "instance_id,outcome,review,corrections,consent,gender,age\n\
               a,complete,approved,1,yes,woman,34\nb,complete,rejected,0,yes,woman,35\nc,complete,,,yes,man,36\n";
    let (responses, notes) = read(csv);
    assert_eq!((responses.len(), responses.rejected), (2, 1));
    let missing = "questions of the form that have no column count as not answered: fears, distance, words";
    assert_eq!(
        notes,
        [missing, "1 response is left out: rejected when looked at"]
    );
    let (all, notes) = Responses::from_csv_with_rejected(&form(), csv.as_bytes()).expect("responses");
    assert_eq!((all.len(), all.rejected, notes.len()), (3, 0, 1));
}

#[test]
fn from_odk_central() {
    let (responses, notes) = read(
        "SubmissionDate,consent,profile-gender,profile-age,fears,fears/theft,fears/war,distance,words,KEY\r\n\
         2026-01-01,yes,woman,34,theft war,1,1,-2.5,=plain,uuid:1\r\n\
         2026-01-01,yes,man,17,,,,,,uuid:2\r\n\
         2026-01-01,yes,man,51,war,0,1,,,uuid:3\r\n",
    );
    are_the_two(&responses);
    assert_eq!(responses.left_out, 1, "the minimum age of the form holds");
    assert!(
        notes.iter().any(|note| note.contains("SubmissionDate, KEY")),
        "{notes:?}"
    );
}

#[test]
fn from_kobo_with_groups_and_semicolons() {
    let (responses, _) = read(
        "\u{feff}\"consent\";\"profile/gender\";\"profile/age\";\"fears/theft\";\"fears/war\";\"distance\";\"words\"\n\
         \"yes\";\"woman\";\"34\";\"1\";\"1\";\"-2.5\";\"=plain\"\n\
         \"yes\";\"man\";\"51\";\"0\";\"1\";\"\";\"\"\n",
    );
    are_the_two(&responses);
}

#[test]
fn from_kobo_with_labels() {
    let (responses, _) = read(
        "D'accord ?,Vous/Genre,Âge,Peurs,Peurs/Vol,Peurs/Guerre,distance,Mots\n\
         Oui,Femme,34,Vol Guerre,1,1,-2.5,=plain\n\
         Oui,Homme,51,Guerre,0,1,,\n",
    );
    are_the_two(&responses);
    let (responses, _) = read(
        "consent,gender,age,fears,distance,words\nYes,Woman,34,Theft; Armed conflict,-2.5,=plain\nYes,Man,51,Armed conflict,,\n",
    );
    are_the_two(&responses);
}

#[test]
fn what_does_not_fit_is_told_and_left_blank() {
    let (responses, notes) = read("gender,age,fears,colour\nwoman,thirty,theft,red\nwomen,40,floods,\n");
    assert_eq!(responses.numbers("age").expect("a column"), [None, Some(40.0)]);
    assert_eq!(
        responses.texts("gender").expect("a column")[1].as_deref(),
        Some("women"),
        "kept as it came"
    );
    assert!(
        notes
            .iter()
            .any(|note| note == "age: 1 cell(s) hold no number, first in line 2, and count as not answered"),
        "{notes:?}"
    );
    assert!(notes.iter().any(|note| note.contains("colour")), "{notes:?}");
    let error = Responses::from_csv(&form(), "a,b\n1,2\n".as_bytes()).expect_err("another form");
    assert!(
        matches!(error, Error::NoColumn { .. }) && error.to_string().contains("a, b"),
        "{error}"
    );
    let error = Responses::from_csv(&form(), &[0xff, 0xfe, b'a', 0][..]).expect_err("UTF-16");
    assert!(error.to_string().contains("CSV UTF-8"));
    assert!(Responses::from_csv(&form(), "gender\nw\u{e9}\n".as_bytes()).is_ok());
}

#[test]
fn a_comma_is_a_point_where_it_parts_no_columns() {
    let (responses, notes) =
        read("gender;age;fears;distance;words\nwoman;34;theft war;-2,5;=plain\nman;51;war;;\n");
    are_the_two(&responses);
    assert_eq!(notes, [""; 0]);
}

#[test]
fn a_question_named_as_a_column_of_ours_is_told_from_it() {
    let form = import_markdown(
        "| survey | | | |
         | | type | name | label |
         | | select_one l | language | Language |
         | choices | | | |
         | | list_name | name | label |
         | | l | sw | Swahili |",
    );
    let csv = "instance_id,baraza_language,baraza_outcome,language\na,en,complete,sw\n";
    let (responses, notes) =
        Responses::from_csv(&form.form.expect("a form"), csv.as_bytes()).expect("responses");
    assert_eq!(
        responses.texts("language").expect("a column")[0].as_deref(),
        Some("sw")
    );
    assert!(notes.is_empty(), "{notes:?}");
}

#[test]
fn weights_that_are_no_numbers_are_an_error_rather_than_no_weights() {
    let form = import_markdown(
        "| survey | | | | |
         | | type | name | label | baraza::role |
         | | decimal | w | Weight | weight |
         | | select_one l | q | Q | |
         | choices | | | |
         | | list_name | name | label |
         | | l | a | A |",
    );
    let form = form.form.expect("a form");
    let analysed = |csv: &str| {
        let (responses, _) = Responses::from_csv(&form, csv.as_bytes()).expect("responses");
        crate::analyse(&responses, &crate::Options::default(), &mut |_, _| {})
    };
    let error = analysed("w,q\n\"1,8 kg\",a\nheavy,a\n")
        .expect_err("no weights")
        .to_string();
    assert!(error.contains("no weight of 'w' is a number"), "{error}");
    assert!(!analysed("w,q\n,a\n,a\n").expect("no weights at all").weighted);
    let some = analysed("w,q\n1000,a\n3000,a\n,a\n").expect("weights");
    assert!(
        some.notes
            .iter()
            .any(|note| note.message.contains("mean of the others, 2000")),
        "{:?}",
        some.notes
    );
}

#[test]
fn files_and_what_tells_persons_apart_are_never_read() {
    let mut form = import_markdown(
        "| survey | | | | |
         | | type | name | label | baraza::role |
         | | image | photo | Photo | |
         | | text | device | Device | psu |
         | | text | audit | Audit | |
         | | text | words | Words | |",
    )
    .form
    .expect("a form");
    for node in &mut form.nodes {
        match node.name.as_str() {
            "device" => node.kind = Kind::DeviceId,
            "audit" => node.kind = Kind::Audit,
            _ => {}
        }
    }
    let answers = json!({"photo": "a.jpg", "device": "d1", "audit": "words 4.2", "words": "w"})
        .as_object()
        .cloned();
    let from_json = Responses::from_answers(&form, answers).expect("responses");
    let csv = "instance_id,photo,grp/device,grp-audit,words\na,photo/a.jpg,d1,words 4.2,w\n";
    let (from_csv, notes) = Responses::from_csv(&form, csv.as_bytes()).expect("responses");
    assert!(notes.is_empty(), "known, and not read: {notes:?}");
    for responses in [from_json, from_csv] {
        assert_eq!(
            responses.texts("words").expect("a column")[0].as_deref(),
            Some("w")
        );
        for key in ["photo", "device", "audit"] {
            assert!(responses.texts(key).is_err(), "{key}");
        }
        assert_eq!(responses.key_of(Role::Psu), None, "not even as a cluster");
        let by = crate::Options {
            by: vec!["device".to_owned()],
            ..crate::Options::default()
        };
        assert!(crate::analyse(&responses, &by, &mut |_, _| {}).is_err());
    }
}
