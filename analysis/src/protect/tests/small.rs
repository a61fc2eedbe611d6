//! Whatever the data, what leaves holds no small cell, and none can be had from the sums within its table.

use crate::protect::{Policy, Released, Status, protect};
use crate::responses::Responses;
use crate::table::{Options, analyse};
use crate::variables::Domain;
use baraza_forms::Form;
use baraza_forms::xlsform::import_markdown;
use proptest::prelude::*;
use std::collections::HashMap;

pub fn form() -> Form {
    import_markdown(
        "| survey | | | | |
         | | type | name | label | baraza::role |
         | | select_one genders | gender | Gender | gender |
         | | select_one groups | group | Group | group |
         | | select_one answers | one | One | |
         | | select_multiple answers | many | Many | |
         | | integer | number | Number | |
         | choices | | | |
         | | list_name | name | label |
         | | genders | woman | Woman |
         | | genders | man | Man |
         | | groups | a | A |
         | | groups | b | B |
         | | groups | c | C |
         | | answers | x | X |
         | | answers | y | Y |
         | | answers | z | Z |
         | | answers | w | W |",
    )
    .form
    .expect("a form")
}

/// By question, domain and category: base and count.
pub type Truth = HashMap<(String, usize, usize), (u64, u64)>;

pub fn released(rows: &[[usize; 5]], policy: &Policy) -> (Released, Truth) {
    let form = form();
    let code = |codes: &[&'static str], at: usize| codes.get(at).copied().unwrap_or_default();
    let mut csv = String::from("gender,group,one,many,number\n");
    for [gender, group, one, many, number] in rows {
        csv += &format!(
            "{},{},{},{},{}\n",
            code(&["woman", "man"], *gender),
            code(&["a", "b", "c"], *group),
            code(&["x", "y", "z", "w"], *one),
            code(&["x", "x y", "y z w", "w"], *many),
            if *number < 50 {
                number.to_string()
            } else {
                String::new()
            },
        );
    }
    let (responses, _) = Responses::from_csv(&form, csv.as_bytes()).expect("responses");
    let analysis = analyse(&responses, &Options::default(), &mut |_, _| {}).expect("tables");
    let mut truth = HashMap::new();
    for table in &analysis.tables {
        for (at, estimate) in table.estimates.iter().enumerate() {
            let (domain, category) = (at / table.width(), at % table.width());
            truth.insert(
                (table.question.clone(), domain, category),
                estimate.map_or((0, 0), |e| (e.n, e.count)),
            );
        }
    }
    (protect(analysis, policy).expect("a policy"), truth)
}

pub fn divisions(domains: &[Domain]) -> Vec<Vec<usize>> {
    let mut by: Vec<(&str, Vec<usize>)> = Vec::new();
    for (at, domain) in domains.iter().enumerate().skip(1) {
        match by.iter_mut().find(|(name, _)| *name == domain.by) {
            Some((_, members)) => members.push(at),
            None => by.push((&domain.by, vec![at])),
        }
    }
    by.into_iter().map(|(_, members)| members).collect()
}

proptest! {
    #[test]
    fn nothing_small_leaves(
        rows in prop::collection::vec([0usize..3, 0..4, 0..5, 0..5, 0..60], 0..300),
        floor in 5u64..15,
        more in 0u64..30,
    ) {
        let policy = Policy { floor, minimum_base: floor + more, marked_base: 60 };
        let (released, truth) = released(&rows, &policy);
        for table in released.tables() {
            let is_share = !table.categories().is_empty();
            for at in 0..released.domains().len() {
                for category in 0..table.categories().len().max(1) {
                    let (n, count) = truth[&(table.question().to_owned(), at, category)];
                    let Some(shown) = table.cell(at, category).estimate else { continue };
                    prop_assert!(n >= policy.minimum_base, "a base of {n}");
                    prop_assert_eq!(shown.n, n);
                    if is_share {
                        prop_assert!(count == 0 || count >= floor, "a cell of {count}");
                        prop_assert!(n == count || n - count >= floor, "all but {} of {n}", n - count);
                    }
                }
            }
            // Whoever adds up what is shown learns of no small cell exactly; to within what, the attacks judge. How many
            // are in a domain its base says.
            if matches!(table.question(), "gender" | "group") {
                continue;
            }
            let exclusive = is_share && table.question() != "many";
            let withheld = |cells: &[(usize, usize)]| -> Vec<u64> {
                let out = cells.iter().filter(|(d, c)| table.cell(*d, *c).estimate.is_none());
                out.map(|(d, c)| truth[&(table.question().to_owned(), *d, *c)].1).filter(|c| *c > 0).collect()
            };
            let mut sums: Vec<Vec<(usize, usize)>> = Vec::new();
            for at in (0..released.domains().len()).filter(|_| exclusive) {
                sums.push((0..table.categories().len()).map(|category| (at, category)).collect());
            }
            for division in divisions(released.domains()) {
                for category in (0..table.categories().len()).filter(|c| matches!(table.cell(0, *c).status, Status::Published | Status::Marked)) {
                    sums.push(division.iter().map(|domain| (*domain, category)).collect());
                }
            }
            for mut sum in sums {
                let category = sum[0].1;
                let count = |d: usize, c: usize| truth[&(table.question().to_owned(), d, c)].1;
                let mut hidden = withheld(&sum);
                // Who is in no domain of a disaggregation, or in one withheld for its base, is never shown.
                if sum.len() > 1 && sum[0].1 == sum[1].1 {
                    sum.retain(|(d, c)| table.cell(*d, *c).status != Status::WithheldBase);
                    hidden = withheld(&sum);
                    let rest = count(0, category) - sum.iter().map(|(d, c)| count(*d, *c)).sum::<u64>();
                    if !hidden.is_empty() {
                        hidden.extend(Some(rest).filter(|rest| *rest > 0));
                    }
                }
                let filled = |(d, c): &(usize, usize)| truth[&(table.question().to_owned(), *d, *c)].1 > 0;
                // Where everybody is in one cell the sum itself is that cell, and large enough to be shown.
                let alone = sum.iter().filter(|cell| filled(cell)).count() <= hidden.len();
                let all = sum.iter().all(|(d, c)| table.cell(*d, *c).estimate.is_none());
                // Rounded figures add up to nothing; what they leave open is the attacks' to judge (`attacks.rs`).
                let rounded = sum.iter().any(|(d, c)| table.cell(*d, *c).status == Status::Rounded);
                prop_assert!(
                    hidden.is_empty() || all || rounded || alone || hidden.len() > 1,
                    "{}: {hidden:?} can be had by subtraction", table.question()
                );
            }
        }
    }
}

#[test]
fn a_cell_of_one_and_a_small_group_are_withheld_with_what_gives_them_away() {
    let mut rows: Vec<[usize; 5]> = Vec::new();
    rows.extend(std::iter::repeat_n([0, 0, 0, 0, 1], 60));
    rows.extend(std::iter::repeat_n([0, 0, 1, 0, 2], 40));
    rows.push([0, 0, 2, 3, 9]);
    rows.extend(std::iter::repeat_n([1, 1, 0, 1, 3], 80));
    rows.extend(std::iter::repeat_n([1, 2, 1, 1, 4], 9));
    rows.extend(std::iter::repeat_n([1, 2, 0, 1, 4], 3));
    rows.extend(std::iter::repeat_n([1, 1, 1, 1, 4], 15));
    let (released, _) = released(&rows, &Policy::default());
    let one = released
        .tables()
        .iter()
        .find(|t| t.question() == "one")
        .expect("a table");
    let at = |by: &str, code: &str| {
        released
            .domains()
            .iter()
            .position(|d| d.by == by && d.code == code)
            .expect("a domain")
    };
    assert_eq!(
        one.cell(at("overall", ""), 2).status,
        Status::WithheldCell,
        "one person said z"
    );
    assert_ne!(
        one.cell(at("overall", ""), 1).status,
        Status::Published,
        "else z is the rest of the sum"
    );
    assert_eq!(
        one.cell(at("group", "c"), 0).status,
        Status::WithheldBase,
        "twelve people"
    );
    assert!(one.cell(at("group", "b"), 0).estimate.is_some());
    let warned: Vec<String> = released.warnings().iter().map(ToString::to_string).collect();
    assert!(
        warned
            .iter()
            .any(|w| w.contains("by group: 'c' is withheld") && w.contains("are rounded there")),
        "else c is overall less a and b: {warned:?}"
    );
    assert!(one.cell(at("gender", "man"), 0).estimate.is_some());
}

#[test]
fn thresholds_that_protect_nobody_are_refused() {
    let (responses, _) = Responses::from_csv(&form(), "one\nx\n".as_bytes()).expect("responses");
    let refused = |policy: Policy| {
        let analysis = analyse(&responses, &Options::default(), &mut |_, _| {}).expect("tables");
        protect(analysis, &policy).expect_err("refused").to_string()
    };
    assert!(
        refused(Policy {
            floor: 4,
            ..Policy::default()
        })
        .contains("5 is the least")
    );
    assert!(
        refused(Policy {
            minimum_base: 9,
            ..Policy::default()
        })
        .contains("below the floor")
    );
}
