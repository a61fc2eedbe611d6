//! Two releases of a survey that goes on.

use super::small::form;
use crate::out::write_tidy;
use crate::protect::{Earlier, Policy, Released, Status, protect, protect_beside};
use crate::responses::Responses;
use crate::table::{Analysis, Options, analyse};

fn tables(rows: &[(&str, &str, usize)]) -> Analysis {
    let mut csv = String::from("gender,one\n");
    for (gender, one, times) in rows {
        csv += &format!("{gender},{one}\n").repeat(*times);
    }
    let (responses, _) = Responses::from_csv(&form(), csv.as_bytes()).expect("responses");
    analyse(&responses, &Options::default(), &mut |_, _| {}).expect("tables")
}

fn earlier(analysis: Analysis) -> Earlier {
    let released = protect(analysis, &Policy::default()).expect("a policy");
    let mut tidy = Vec::new();
    write_tidy(&released, &mut tidy).expect("tidy");
    Earlier::from_csv(&tidy[..]).expect("a release")
}

fn beside(analysis: Analysis, earlier: &Earlier) -> Released {
    protect_beside(
        analysis,
        &Policy::default(),
        std::slice::from_ref(earlier),
        &mut |_, _| {},
    )
    .expect("a policy")
}

fn status(released: &Released, by: &str, code: &str, category: usize) -> Status {
    let domain = released
        .domains()
        .iter()
        .position(|d| d.by == by && d.code == code)
        .expect("a domain");
    let table = released
        .tables()
        .iter()
        .find(|t| t.question() == "one")
        .expect("a table");
    table.cell(domain, category).status
}

const BEFORE: [(&str, &str, usize); 4] = [
    ("woman", "x", 60),
    ("woman", "y", 40),
    ("man", "x", 50),
    ("man", "y", 50),
];

#[test]
fn nothing_changed_so_nothing_is_withheld() {
    let released = beside(tables(&BEFORE), &earlier(tables(&BEFORE)));
    assert_eq!(status(&released, "gender", "woman", 0), Status::Published);
    assert!(released.warnings().is_empty());
}

#[test]
fn three_women_who_came_since_are_not_told() {
    let mut now = BEFORE.to_vec();
    now.push(("woman", "x", 3));
    let released = beside(tables(&now), &earlier(tables(&BEFORE)));
    assert_eq!(status(&released, "gender", "woman", 0), Status::WithheldEarlier);
    assert_eq!(status(&released, "overall", "", 0), Status::WithheldEarlier);
    let warned: Vec<String> = released.warnings().iter().map(ToString::to_string).collect();
    assert!(
        warned
            .iter()
            .any(|w| w.contains("release again when more have answered")),
        "{warned:?}"
    );
}

#[test]
fn forty_who_came_since_are_told_but_not_the_four_among_them() {
    let mut now = BEFORE.to_vec();
    now.extend([
        ("woman", "x", 20),
        ("woman", "y", 20),
        ("man", "x", 36),
        ("man", "y", 4),
    ]);
    let released = beside(tables(&now), &earlier(tables(&BEFORE)));
    assert!(
        !matches!(
            status(&released, "gender", "man", 1),
            Status::Published | Status::Marked | Status::Rounded
        ),
        "four of forty new men"
    );
    let shown = [("overall", ""), ("gender", "woman")].map(|(by, code)| status(&released, by, code, 1));
    assert_ne!(
        shown,
        [Status::Published; 2],
        "or it follows from overall less the women"
    );
}

#[test]
fn what_is_no_release_is_told() {
    let refused = Earlier::from_csv("a,b\n1,2\n".as_bytes()).expect_err("no release");
    assert!(refused.to_string().contains("no column 'question'"), "{refused}");
}
