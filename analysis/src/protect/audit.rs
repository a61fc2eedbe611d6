//! No sum, nor several of them together, gives away what is withheld.

use super::sums::{Hidden, View};
use super::tests::{divisions, released};
use super::{Policy, ReleasedTable, Status};
use crate::variables::Domain;
use proptest::prelude::*;

/// What readers of a released table can work out.
fn determined(table: &ReleasedTable, domains: &[Domain]) -> Vec<Hidden> {
    let width = table.categories().len();
    let shown: Vec<bool> = (0..domains.len() * width)
        .map(|cell| table.cell(cell / width, cell % width).estimate.is_some())
        .collect();
    let base = |d: usize| {
        (0..width)
            .find_map(|c| table.cell(d, c).estimate)
            .map_or(0, |estimate| estimate.n)
    };
    let bases: Vec<u64> = (0..domains.len()).map(base).collect();
    let exclusive = table.question() != "many";
    View {
        width,
        exclusive,
        divisions: &divisions(domains),
        shown: &shown,
        bases: &bases,
    }
    .determined()
}

/// Small cells withheld that can be worked out all the same. Domains withheld for their base are warned of instead.
fn leaks(rows: &[[usize; 5]], policy: &Policy) -> Vec<String> {
    let (released, truth) = released(rows, policy);
    let mut leaks = Vec::new();
    for table in released
        .tables()
        .iter()
        .filter(|table| !table.categories().is_empty())
    {
        for hidden in determined(table, released.domains()) {
            let Hidden::Cell(d, c) = hidden else { continue };
            if table.cell(d, c).status == Status::WithheldCell {
                let (n, count) = truth[&(table.question().to_owned(), d, c)];
                leaks.push(format!("{} {hidden:?}: {count} of {n}", table.question()));
            }
        }
    }
    leaks
}

proptest! {
    #[test]
    fn no_small_count_follows_from_the_sums(
        draws in prop::collection::vec([0usize..1000, 0..1000, 0..1000, 0..1000, 0..60], 100..700),
        powers in [1i32..7, 1i32..7, 1i32..7, 1i32..7],
        blank in 0usize..2,
        floor in 5u64..15,
    ) {
        // High powers make the later codes rare, as they are in surveys.
        let code = |draw: usize, power: i32, codes: usize| ((draw as f64 / 1000.0).powi(power) * codes as f64) as usize;
        let row = |[gender, group, one, many, number]: [usize; 5]| [
            code(gender, powers[0], 2 + blank), code(group, powers[1], 3 + blank),
            code(one, powers[2], 4 + blank), code(many, powers[3], 4 + blank), number,
        ];
        let rows: Vec<[usize; 5]> = draws.into_iter().map(row).collect();
        let leaks = leaks(&rows, &Policy { floor, minimum_base: 25, marked_base: 60 });
        prop_assert!(leaks.is_empty(), "{leaks:?}");
    }
}

#[test]
fn several_sums_together_determine_what_none_does_alone() {
    // Two domains of two categories; overall hides its second category, the first domain both.
    let divisions = [vec![1, 2]];
    let bases = [100, 40, 60];
    let view = |shown: &[bool]| {
        View {
            width: 2,
            exclusive: true,
            divisions: &divisions,
            shown,
            bases: &bases,
        }
        .determined()
    };
    assert_eq!(view(&[true; 6]), []);
    assert_eq!(
        view(&[true, true, true, true, false, true]),
        [Hidden::Cell(2, 0)],
        "60 less what is shown"
    );
    let ring = [true, true, false, false, false, false];
    assert!(
        view(&ring).is_empty(),
        "bases of domains without a shown cell are not known"
    );
    // Overall's second category is its base less the first; then the second domain's is overall's less the first's.
    let chain = [true, false, true, true, true, false];
    assert_eq!(view(&chain), [Hidden::Cell(0, 1), Hidden::Cell(2, 1)]);
}

#[test]
fn overall_is_no_way_round_a_withheld_cell() {
    // Women alone say y, and 8 of them z. Each sum hides two cells or none, yet overall's y would be that of women,
    // and overall's z its base less all others.
    let mut rows: Vec<[usize; 5]> = Vec::new();
    let (woman, man, blank) = (0, 1, 3);
    let (x, y, z, w) = (0, 1, 2, 3);
    for (gender, one, times) in [
        (man, x, 100),
        (man, w, 100),
        (woman, x, 25),
        (woman, y, 30),
        (woman, z, 8),
        (woman, w, 20),
    ] {
        rows.extend(std::iter::repeat_n([gender, blank, one, 4, 1], times));
    }
    assert_eq!(leaks(&rows, &Policy::default()), Vec::<String>::new());
}
