use super::place::Place;
use super::{Amended, Change, amend, differences};
use crate::ready::ReadyVersion;
use crate::store::{History, State, Stored};
use crate::sync;
use baraza_forms::xlsform::import_markdown;
use baraza_forms::{Outcome, ReadyForm, Response};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

const FORM: &str = "\
| survey   |                   |         |          |              |              |               |               |
|          | type              | name    | label    | baraza::role | constraint   | relevant      | calculation   |
|          | select_one yn     | agreed  | Agreed   | consent      |              |               |               |
|          | integer           | age     | Age      | age          | . < 120      |               |               |
|          | calculate         | old     |          |              |              |               | if(${age} > 59, 'old', 'young') |
|          | calculate         | care    |          |              |              | ${age} > 59   | concat('care ', ${old}) |
|          | select_multiple w | work    | Work     |              |              |               |               |
|          | text              | why_not | Why not  |              |              | ${age} < 18   |               |
|          | begin_repeat      | member  | Member   |              |              |               |               |
|          | text              | who     | Who      |              |              |               |               |
|          | integer           | years   | Years    |              | . < 120      |               |               |
|          | calculate         | grown   |          |              |              |               | ${years} >= 18 |
|          | end_repeat        |         |          |              |              |               |               |
| choices  |                   |         |          |
|          | list_name         | name    | label    |
|          | yn                | yes     | Yes      |
|          | yn                | no      | No       |
|          | w                 | farm    | Farm     |
|          | w                 | trade   | Trade    |
| settings |                   |         |
|          | form_id           | version |
|          | f                 | 1       |
";

fn version() -> ReadyVersion {
    ReadyVersion {
        survey: 1,
        ready: ReadyForm::new(import_markdown(FORM).form.expect("a form")),
        digest: String::new(),
        form_json: String::new(),
        tag: String::new(),
        texts_json: Vec::new(),
        files: BTreeMap::new(),
    }
}

fn received(version: &ReadyVersion, answers: &Json) -> History {
    let at = "2026-11-20T10:00:00.000Z";
    let response: Response = serde_json::from_value(json!({"form": "f", "version": "1", "instance_id": "a",
        "started": at, "finished": at, "language": "en", "answers": answers}))
    .expect("a response");
    let incoming = sync::prepare(&response, version, &crate::running::Timeline::default(), at, None);
    History {
        received: Stored {
            instance_id: incoming.instance_id,
            version: incoming.version,
            received_at: incoming.received_at,
            started: incoming.started,
            finished: incoming.finished,
            language: incoming.language,
            outcome: incoming.outcome.into(),
            answers: serde_json::from_str(&incoming.answers).expect("answers"),
            flags: incoming.flags,
            synthetic: false,
            enumerator: None,
            state: State::Received,
            corrections: 0,
        },
        corrections: Vec::new(),
        conflicts: Vec::new(),
        reviews: Vec::new(),
    }
}

fn amina() -> Json {
    json!({"agreed": "yes", "age": 44, "old": "young", "work": ["farm"],
           "member": [{"who": "Ali", "years": 7, "grown": "false"}, {"who": "Bo", "years": 30, "grown": "true"}]})
}

/// `place=value`, or a place to be cleared.
fn changes(changes: &[&str]) -> Vec<Change> {
    let change = |change: &&str| match change.split_once('=') {
        Some((place, to)) => Change {
            place: place.into(),
            to: Some(to.into()),
        },
        None => Change {
            place: (*change).into(),
            to: None,
        },
    };
    changes.iter().map(change).collect()
}

fn amended(wanted: &[&str]) -> Result<Option<Amended>, Vec<String>> {
    let version = version();
    let history = received(&version, &amina());
    assert_eq!(history.received.flags, "[]", "it was right as it came");
    amend(&version, &history, history.answers(), &changes(wanted))
}

fn made(wanted: &[&str]) -> Amended {
    amended(wanted).expect("a correction").expect("a change")
}

#[test]
fn what_the_form_computes_follows_and_goes_with_its_condition() {
    let older = made(&["age=61"]);
    assert_eq!(older.checked.answers["old"], "old");
    assert_eq!(older.checked.answers["care"], "care old");
    assert_eq!(
        (older.questions.join(" "), older.computed.join(" ")),
        ("age care old".into(), "care old".into())
    );
    assert!(
        older.checked.flags.is_empty() && older.doubts.is_empty(),
        "{:?}",
        older.checked.flags
    );
    let version = version();
    let history = received(
        &version,
        &json!({"agreed": "yes", "age": 61, "old": "old", "care": "care old"}),
    );
    let back = amend(&version, &history, history.answers(), &changes(&["age=44"]))
        .expect("a correction")
        .expect("a change");
    assert!(back.checked.answers.get("care").is_none() && back.checked.flags.is_empty());
    let grown = made(&["member[1]/years=19"]);
    assert_eq!(grown.checked.answers["member"][0]["grown"], "true");
    assert_eq!(grown.computed, ["member[1]/grown"]);
}

#[test]
fn what_differed_before_is_left_to_people() {
    let version = version();
    let history = received(&version, &json!({"agreed": "yes", "age": 44, "old": "by hand"}));
    let work = amend(
        &version,
        &history,
        history.answers(),
        &changes(&["work=farm trade"]),
    )
    .expect("a correction")
    .expect("a change");
    assert_eq!(work.checked.answers["old"], "by hand");
    assert!(work.computed.is_empty() && work.doubts.is_empty() && work.checked.flags.len() == 1);
}

#[test]
fn what_the_form_does_not_allow_is_taken_and_told() {
    let told = |wanted: &[&str]| {
        let doubts = made(wanted).doubts;
        doubts
            .iter()
            .map(|flag| flag.question.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(told(&["age=130"]), ["age"]);
    assert_eq!(told(&["age=3.5"]), ["age"]);
    assert_eq!(told(&["why_not=x"]), ["why_not"]);
    assert_eq!(told(&["member[2]/years=999"]), ["member[2]/years"]);
    assert!(told(&["why_not=x", "age=17"]).is_empty());
    let refused = made(&["agreed=no"]);
    assert_eq!(refused.checked.outcome, Outcome::Refused);
    assert_eq!((refused.checked.answers.len(), refused.dropped), (1, 4));
}

#[test]
fn instances_are_added_at_the_end_and_taken_away_by_the_numbers_seen() {
    let more = made(&["member[3]/who=Cy", "member[3]/years=2"]);
    assert_eq!(
        more.checked.answers["member"][2],
        json!({"who": "Cy", "years": 2, "grown": "false"})
    );
    let fewer = made(&["member[1]", "member[2]/who"]);
    assert_eq!(
        fewer.checked.answers["member"],
        json!([{"years": 30, "grown": "true"}])
    );
    assert!(
        made(&["member[1]", "member[2]"])
            .checked
            .answers
            .get("member")
            .is_none()
    );
    assert!(made(&["member"]).checked.answers.get("member").is_none());
}

#[test]
fn nothing_to_change_is_no_correction() {
    assert!(
        amended(&["age=44", "work=farm", "why_not"])
            .expect("no error")
            .is_none()
    );
}

#[test]
fn wrong_changes_are_told_all_at_once_with_what_there_is() {
    let wrong = |wanted: &[&str]| amended(wanted).expect_err("wrong").join("\n");
    let all = wrong(&[
        "agee=3",
        "work=farm sleep",
        "age=old",
        "years=3",
        "member[4]/who=x",
        "age=",
    ]);
    for part in [
        "there is no question 'agee'; did you mean 'age'?",
        "'sleep' is not among the codes of 'work': farm, trade",
        "'age' is a number, with a point for decimals: 'old' is none",
        "'years' is asked elsewhere: write member[1]/years",
        "'member' has 2 instances; the next is member[3]",
        "'age' is set to nothing: clear it instead",
    ] {
        assert!(all.contains(part), "{part}: {all}");
    }
    assert_eq!(all.lines().count(), 6, "{all}");
    assert!(wrong(&["xyz=3"]).contains("there are: agreed, age, old, care, work, why_not"));
    assert!(wrong(&["xyz"]).contains("there is no question 'xyz'"));
    assert!(wrong(&["member=3"]).contains("say which instance"));
    assert!(wrong(&["group[1]/who=3"]).contains("there is no repeat 'group'; there is: member"));
    assert!(wrong(&["member[3]"]).contains("'member' has 2 instances"));
    assert!(wrong(&["age=3", "age=4"]).contains("'age' is changed twice"));
}

#[test]
fn places_are_read_as_flags_write_them() {
    for good in [
        "age",
        "g/age",
        "member[2]/age",
        "a[1]/b[12]/c",
        "member[3]",
        "g/member[1]/h/age",
    ] {
        assert_eq!(Place::read(good).map(|place| place.written()), Ok(good.into()));
    }
    for bad in ["", " ", "a[", "a[x]/b", "a[0]/b", "a[1]b", "a[1]/", "a[-1]/b"] {
        assert!(Place::read(bad).is_err(), "{bad}");
    }
}

#[test]
fn differences_name_places_within_repeats() {
    let map = |json: Json| -> Map<String, Json> { json.as_object().expect("answers").clone() };
    let before = map(amina());
    let mut after = before.clone();
    after.insert("age".into(), json!({"pass": "dont_know"}));
    after["member"][0]["who"] = json!("Ann");
    after["member"].as_array_mut().expect("a list").pop();
    let found = differences(&before, &after);
    let told: Vec<_> = found
        .iter()
        .map(|found| (found.place.as_str(), found.after.is_some()))
        .collect();
    assert_eq!(
        told,
        [
            ("age", true),
            ("member[1]/who", true),
            ("member[2]/grown", false),
            ("member[2]/who", false),
            ("member[2]/years", false)
        ]
    );
    assert!(differences(&before, &before).is_empty());
}
