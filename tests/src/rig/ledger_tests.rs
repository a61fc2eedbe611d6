//! What looks for losses has to find each kind of them.

use super::{Arrivals, Arrived, Given, Ledger, Stage};
use crate::rig::keeps::{Draft, Keeps, Waiting};
use serde_json::{Value, json};

fn ledger(stage: Stage) -> Ledger {
    let answers = vec![("a".to_owned(), json!("x1")), ("b".to_owned(), json!("x2"))];
    let given = Given { answers, stage };
    Ledger {
        given: [("one".to_owned(), given)].into(),
    }
}

fn draft(answers: Value) -> Keeps {
    let drafts = vec![Draft {
        instance: "one".to_owned(),
        answers,
    }];
    Keeps {
        drafts,
        ..Keeps::default()
    }
}

fn waiting(answers: &Value) -> Keeps {
    let outbox = vec![Waiting {
        instance: "one".to_owned(),
        body: json!({"answers": answers}).to_string(),
    }];
    Keeps {
        outbox,
        ..Keeps::default()
    }
}

fn none() -> Arrivals {
    Arrivals::default()
}

fn with(rows: &[Arrived]) -> Arrivals {
    Arrivals {
        rows: rows.to_vec(),
        ..none()
    }
}

fn row(instance: &str, answers: Value) -> Arrived {
    Arrived {
        instance: instance.to_owned(),
        answers,
        flags: "[]".to_owned(),
        conflict: false,
    }
}

#[test]
fn a_draft_may_lose_the_answer_being_typed_and_no_other() {
    let ledger = ledger(Stage::Draft);
    let whole = json!({"a": "x1", "b": "x2"});
    assert!(ledger.faults(&draft(whole.clone()), &none()).is_empty());
    assert!(ledger.faults(&draft(json!({"a": "x1"})), &none()).is_empty());
    assert_eq!(ledger.faults(&draft(json!({"b": "x2"})), &none()).len(), 1);
    assert_eq!(ledger.faults(&Keeps::default(), &none()).len(), 1);
    assert!(!ledger.faults(&waiting(&whole), &none()).is_empty());
}

#[test]
fn what_was_finished_is_waiting_or_there_and_whole() {
    let whole = json!({"a": "x1", "b": "x2"});
    for stage in [Stage::Finishing, Stage::Finished] {
        let ledger = ledger(stage);
        assert!(ledger.faults(&waiting(&whole), &none()).is_empty());
        let there = [row("one", whole.clone())];
        assert!(ledger.faults(&Keeps::default(), &with(&there)).is_empty());
        assert!(ledger.faults(&waiting(&whole), &with(&there)).is_empty());
        assert!(!ledger.faults(&waiting(&json!({"a": "x1"})), &none()).is_empty());
        assert!(!ledger.faults(&Keeps::default(), &none()).is_empty());
        let kept_as_draft = ledger.faults(&draft(whole.clone()), &none());
        assert_eq!(kept_as_draft.is_empty(), stage == Stage::Finishing);
    }
}

#[test]
fn the_end_wants_all_there_once() {
    let whole = json!({"a": "x1", "b": "x2"});
    let ledger = ledger(Stage::Finished);
    let once = [row("one", whole.clone())];
    let empty = Keeps::default();
    assert!(ledger.faults_at_the_end(&empty, &with(&once)).is_empty());
    assert!(
        !ledger
            .faults_at_the_end(&waiting(&whole), &with(&once))
            .is_empty()
    );
    let twice = [row("one", whole.clone()), row("two", whole.clone())];
    assert!(!ledger.faults_at_the_end(&empty, &with(&twice)).is_empty());
    let other = Arrived {
        conflict: true,
        ..row("one", json!({"a": "x1"}))
    };
    let both = [row("one", whole), other];
    assert!(!ledger.faults_at_the_end(&empty, &with(&both)).is_empty());
}

#[test]
fn a_file_is_kept_or_there() {
    let name = format!("{}.pdf", "0123456789abcdef".repeat(4));
    let answers = json!({"a": "x1", "b": name});
    let mut ledger = ledger(Stage::Finished);
    ledger.note("one", "b", json!(name));
    let there = with(&[row("one", answers)]);
    assert!(!ledger.faults(&Keeps::default(), &there).is_empty());
    let kept = Keeps {
        files: vec![("one".to_owned(), name.clone(), 3)],
        ..Keeps::default()
    };
    assert!(ledger.faults(&kept, &there).is_empty());
    assert!(!ledger.faults_at_the_end(&kept, &there).is_empty());
    let both = Arrivals {
        media: [(name, vec![1, 2, 3])].into(),
        ..there
    };
    assert!(ledger.faults_at_the_end(&Keeps::default(), &both).is_empty());
}
