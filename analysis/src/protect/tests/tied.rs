//! What single cells need.

use super::small::form;
use crate::protect::{Policy, Released, Status, protect};
use crate::responses::Responses;
use crate::table::{Options, Relation, analyse};
use baraza_forms::xlsform::import_markdown;

fn released(rows: &[(&str, &str, &str, usize)], sensitive: bool) -> Released {
    let mut csv = String::from("gender,one,number\n");
    for (gender, one, number, times) in rows {
        csv += &format!("{gender},{one},{number}\n").repeat(*times);
    }
    let (responses, _) = Responses::from_csv(&form(), csv.as_bytes()).expect("responses");
    let mut analysis = analyse(&responses, &Options::default(), &mut |_, _| {}).expect("tables");
    for table in &mut analysis.tables {
        table.sensitive = sensitive;
    }
    protect(analysis, &Policy::default()).expect("a policy")
}

fn cell(released: &Released, question: &str, domain: usize, category: usize) -> (Status, Option<f64>) {
    let table = released
        .tables()
        .iter()
        .find(|t| t.question() == question)
        .expect("a table");
    let cell = table.cell(domain, category);
    (cell.status, cell.estimate.map(|estimate| estimate.value))
}

#[test]
fn what_all_women_said_to_a_sensitive_question_is_withheld() {
    let rows = [
        ("woman", "x", "1", 60),
        ("man", "x", "1", 30),
        ("man", "y", "2", 30),
    ];
    let open = released(&rows, false);
    assert_eq!(cell(&open, "one", 1, 0), (Status::Published, Some(1.0)));
    let closed = released(&rows, true);
    assert_eq!(cell(&closed, "one", 1, 0).0, Status::WithheldCell);
    assert_eq!(cell(&closed, "one", 1, 1).0, Status::WithheldCell, "none said y");
    let shown = [0, 2].map(|domain| cell(&closed, "one", domain, 1).1);
    assert!(
        shown.contains(&None),
        "otherwise the women's y is overall's less the men's"
    );
    assert_eq!(
        cell(&closed, "one", 0, 2),
        (Status::Published, Some(0.0)),
        "nobody at all said z"
    );
    assert_eq!(
        cell(&closed, "number", 1, 0).0,
        Status::WithheldCell,
        "the mean is what each said"
    );
}

#[test]
fn overall_is_rounded_for_eleven_others_and_nobody_elses_figures_are_lost() {
    let rows = [
        ("woman", "x", "3", 90),
        ("woman", "y", "4", 70),
        ("man", "x", "5", 60),
        ("man", "y", "6", 80),
        ("other", "x", "9", 4),
        ("other", "y", "2", 7),
    ];
    // 'other' is no choice of the form, and a category of its own only by being asked for: rare words are '_other'.
    let released = released(&rows, false);
    let at = |code: &str| {
        released
            .domains()
            .iter()
            .position(|d| d.code == code)
            .expect("a domain")
    };
    for code in ["woman", "man"] {
        assert_eq!(cell(&released, "one", at(code), 0).0, Status::Published, "{code}");
        assert_eq!(cell(&released, "one", at(code), 1).0, Status::Published, "{code}");
    }
    assert_eq!(cell(&released, "one", at("_other"), 0).0, Status::WithheldBase);
    for (category, exact) in [(0, 154.0), (1, 157.0)] {
        let (status, share) = cell(&released, "one", 0, category);
        assert_eq!(status, Status::Rounded);
        let count = share.expect("a share") * 311.0;
        assert!(
            (count / 5.0 - (count / 5.0).round()).abs() < 1e-9,
            "{count} is a multiple"
        );
        assert!((count - exact).abs() < 10.0, "{count} for {exact}");
    }
    let table = released
        .tables()
        .iter()
        .find(|t| t.question() == "one")
        .expect("a table");
    let estimate = table.cell(0, 0).estimate.expect("a share");
    let (low, high) = estimate.ci.expect("an interval");
    assert!(low < 154.0 / 311.0 - 0.05 && high > 154.0 / 311.0 + 0.05 && estimate.deff.is_none());
    let warned: Vec<String> = released.warnings().iter().map(ToString::to_string).collect();
    assert!(
        warned.iter().any(|w| w.contains("are rounded there")),
        "{warned:?}"
    );
    assert_eq!(
        cell(&released, "number", 0, 0).0,
        Status::Published,
        "a mean of eleven is above the floor"
    );
}

/// Six of a small group round the others' figures; that far more women than men said x is told all the same.
#[test]
fn a_difference_that_rounding_can_not_explain_is_told() {
    // Of everybody one in two is in group a; six are in c.
    let rows = |women: usize| {
        let mut csv = String::from("gender,group,one\n");
        let many = [
            ("woman", "x", women),
            ("woman", "y", 400 - women),
            ("man", "x", 120),
            ("man", "y", 280),
        ];
        for (gender, one, times) in many {
            csv += &format!("{gender},a,{one}\n{gender},b,{one}\n").repeat(times / 2);
            csv += &format!("{gender},a,{one}\n").repeat(times % 2);
        }
        csv += &"other,a,x\n".repeat(4);
        csv += &"other,b,y\n".repeat(2);
        csv += &"woman,c,x\n".repeat(3);
        csv += &"man,c,y\n".repeat(3);
        let (responses, _) = Responses::from_csv(&form(), csv.as_bytes()).expect("responses");
        let compare = crate::compare::Options {
            smallest: Policy::default().minimum_base,
            ..Default::default()
        };
        let options = Options {
            compare: Some(compare),
            ..Options::default()
        };
        let analysis = analyse(&responses, &options, &mut |_, _| {}).expect("tables");
        protect(analysis, &Policy::default()).expect("a policy")
    };
    let told = |released: &Released| {
        let at = |code: &str| released.domains().iter().position(|domain| domain.code == code);
        let table = released
            .tables()
            .iter()
            .position(|table| table.question() == "one");
        let (table, woman, man) = (table.expect("a table"), at("woman"), at("man"));
        let cells = [woman, man].map(|domain| released.tables()[table].cell(domain.expect("a domain"), 0));
        let found = released.findings().comparisons.iter().find(|comparison| {
            let domains = [Some(comparison.domains.0), Some(comparison.domains.1)];
            comparison.table == table
                && comparison.category == 0
                && (domains == [woman, man] || domains == [man, woman])
        });
        (cells, found.cloned())
    };
    let (cells, large) = told(&rows(280));
    assert!(
        cells.iter().any(|cell| cell.status == Status::Rounded),
        "{cells:?}"
    );
    let large = large.expect("both are shown");
    assert!(
        large.marked && (large.difference.abs() - 0.4).abs() < 0.03,
        "{large:?}"
    );
    let shown = cells.map(|cell| cell.estimate.expect("a share").value);
    assert!(
        (large.difference.abs() - (shown[0] - shown[1])).abs() < 1e-12,
        "of what is shown, and of nothing else"
    );
    // Nine of 400 are within what rounding hides.
    let (_, small) = told(&rows(129));
    assert!(small.is_none_or(|small| !small.marked && small.p > 0.1));
}

#[test]
fn a_mean_that_one_person_makes_is_withheld() {
    let rows = [
        ("woman", "x", "0", 39),
        ("woman", "x", "5000", 1),
        ("man", "x", "3", 30),
        ("man", "x", "5", 30),
    ];
    let released = released(&rows, false);
    assert_eq!(cell(&released, "number", 1, 0).0, Status::WithheldCell);
    assert_ne!(
        cell(&released, "number", 0, 0).0,
        Status::Published,
        "else hers is overall's less the men's"
    );
}

#[test]
fn a_mean_of_four_does_not_follow_from_overall() {
    let rows = [
        ("woman", "x", "3", 40),
        ("woman", "x", "5", 40),
        ("man", "x", "2", 40),
        ("man", "x", "7", 36),
        ("third", "x", "90", 4),
    ];
    let released = released(&rows, false);
    let (status, value) = cell(&released, "number", 0, 0);
    assert_eq!(status, Status::Rounded);
    let exact = (40.0 * 3.0 + 40.0 * 5.0 + 40.0 * 2.0 + 36.0 * 7.0 + 4.0 * 90.0) / 160.0;
    assert!((value.expect("a mean") - exact).abs() > 1e-9);
    assert_eq!(cell(&released, "number", 1, 0), (Status::Published, Some(4.0)));
}

#[test]
fn answers_that_were_merged_do_not_tell_a_small_one() {
    let form = import_markdown(
        "| survey | | | |
         | | type | name | label |
         | | select_one answers | one | One |
         | | select_one merged | merged | Merged |
         | choices | | | |
         | | list_name | name | label |
         | | answers | x | X |
         | | answers | y | Y |
         | | answers | z | Z |
         | | answers | w | W |
         | | merged | xz | X or Z |
         | | merged | yw | Y or W |",
    )
    .form
    .expect("a form");
    let mut csv = String::from("one,merged\n");
    for (one, merged, times) in [("x", "xz", 37), ("y", "yw", 40), ("z", "xz", 4), ("w", "yw", 20)] {
        csv += &format!("{one},{merged}\n").repeat(times);
    }
    let (responses, _) = Responses::from_csv(&form, csv.as_bytes()).expect("responses");
    let analysis = analyse(&responses, &Options::default(), &mut |_, _| {}).expect("tables");
    let shown = |analysis| {
        let released = protect(analysis, &Policy::default()).expect("a policy");
        [cell(&released, "one", 0, 0).1, cell(&released, "merged", 0, 0).1]
    };
    let apart = shown(analysis.clone());
    assert!(
        !apart.contains(&None),
        "each table alone is safe, and both together tell z"
    );
    let mut tied = analysis;
    tied.relations.push(Relation {
        whole: (1, 0),
        parts: vec![(0, 0), (0, 2)],
    });
    tied.relations.push(Relation {
        whole: (1, 1),
        parts: vec![(0, 1), (0, 3)],
    });
    assert!(shown(tied).contains(&None));
}
