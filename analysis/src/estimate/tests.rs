//! Small samples whose figures can be had by hand, and what must hold of all.

use super::{Estimate, Interval, estimates_of, means, proportions};
use crate::design::{Design, DesignColumns};
use crate::tally::{DomainColumns, Measure, NONE, Tally};
use crate::totals::Totals;
use proptest::prelude::*;

fn tally(design: &Design, codes: &[u32], categories: usize, domain: &[u32], domains: usize) -> Tally {
    let columns = [design.arranged(domain)];
    let domains = DomainColumns {
        columns: &columns,
        count: domains,
    };
    Tally::of(
        design,
        domains,
        &Measure::One(design.arranged(codes)),
        categories,
        0..design.psus(),
    )
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * b.abs().max(1.0)
}

#[test]
fn a_simple_random_sample_has_the_variance_of_the_textbook() {
    // Three of ten: p = 0.3, and with replacement var = p(1 - p)/(n - 1).
    let design = Design::new(&DesignColumns {
        weights: vec![2.0; 10],
        ..DesignColumns::default()
    })
    .expect("a design");
    let codes = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
    let share = proportions(&tally(&design, &codes, 2, &[0; 10], 1))[1].expect("a share");
    assert!(close(share.value, 0.3) && close(share.se.expect("one"), (0.3 * 0.7 / 9.0f64).sqrt()));
    assert_eq!((share.n, share.count, share.df), (10, 3, 9));
    assert!(
        close(share.deff.expect("one"), 1.0),
        "the design is the simple one: {:?}",
        share.deff
    );
}

#[test]
fn respondents_who_answer_alike_within_clusters_count_as_clusters() {
    // Four clusters of five that agree within: the variance is that of four.
    let weights = vec![1.0; 20];
    let psus: Vec<u32> = (0..20).map(|row| row / 5).collect();
    let codes: Vec<u32> = psus.iter().map(|psu| psu % 2).collect();
    let design = Design::new(&DesignColumns {
        weights,
        psus,
        ..DesignColumns::default()
    })
    .expect("a design");
    let share = proportions(&tally(&design, &codes, 2, &[0; 20], 1))[1].expect("a share");
    assert!(close(share.se.expect("one"), (0.5 * 0.5 / 3.0f64).sqrt()));
    assert_eq!(share.df, 3);
}

#[test]
fn without_a_degree_of_freedom_there_is_no_error_rather_than_none() {
    let columns = DesignColumns {
        weights: vec![1.0; 4],
        psus: vec![7; 4],
        ..DesignColumns::default()
    };
    let design = Design::new(&columns).expect("a design");
    let share = proportions(&tally(&design, &[0, 1, 1, 1], 2, &[0; 4], 1))[1].expect("a share");
    assert_eq!((share.se, share.ci, share.df), (None, None, 0));
    let measure = Measure::Number(design.arranged(&[1.0, 2.0, f64::NAN, 3.0]));
    let columns = [design.arranged(&[0; 4])];
    let mean = means(&Tally::of(
        &design,
        DomainColumns {
            columns: &columns,
            count: 1,
        },
        &measure,
        1,
        0..1,
    ))[0]
        .expect("a mean");
    assert_eq!((mean.value, mean.n, mean.se), (2.0, 3, None));
}

fn sample() -> impl Strategy<Value = Vec<(f64, u32, u32, u32, u32)>> {
    prop::collection::vec((0.1f64..5.0, 0u32..3, 0u32..6, 0u32..4, 0u32..3), 2..120)
}

fn parts(rows: &[(f64, u32, u32, u32, u32)]) -> (Design, Vec<u32>, Vec<u32>) {
    let columns = DesignColumns {
        weights: rows.iter().map(|row| row.0).collect(),
        strata: rows.iter().map(|row| row.1).collect(),
        psus: rows.iter().map(|row| row.2).collect(),
        ..DesignColumns::default()
    };
    let codes = rows
        .iter()
        .map(|row| if row.3 == 3 { NONE } else { row.3 })
        .collect();
    (
        Design::new(&columns).expect("a design"),
        codes,
        rows.iter().map(|row| row.4).collect(),
    )
}

fn same(a: &[Option<Estimate>], b: &[Option<Estimate>]) -> bool {
    a.iter().zip(b).all(|pair| match pair {
        (Some(a), Some(b)) => {
            close(a.value, b.value)
                && a.n == b.n
                && a.count == b.count
                && match (a.se, b.se) {
                    (Some(a), Some(b)) => (a - b).abs() < 1e-7,
                    (a, b) => a == b,
                }
        }
        (a, b) => a.is_none() && b.is_none(),
    })
}

proptest! {
    #[test]
    fn tallies_of_parts_add_up(rows in sample(), cut in 0usize..10) {
        let (design, codes, domain) = parts(&rows);
        let columns = [design.arranged(&domain)];
        let domains = DomainColumns { columns: &columns, count: 3 };
        let measure = Measure::One(design.arranged(&codes));
        let cut = cut.min(design.psus());
        let whole = Tally::of(&design, domains, &measure, 3, 0..design.psus());
        let mut first = Tally::of(&design, domains, &measure, 3, 0..cut);
        first.merge(&Tally::of(&design, domains, &measure, 3, cut..design.psus())).expect("the same shape");
        prop_assert_eq!(&first.base, &whole.base);
        prop_assert!(same(&proportions(&first), &proportions(&whole)));
    }

    #[test]
    fn totals_by_unit_give_what_a_tally_gives(rows in sample()) {
        let (design, codes, domain) = parts(&rows);
        let columns = [design.arranged(&domain)];
        let domains = DomainColumns { columns: &columns, count: 3 };
        let totals = Totals::of(&design, domains, &Measure::One(design.arranged(&codes)), 3);
        let tallied = proportions(&tally(&design, &codes, 3, &domain, 3));
        prop_assert!(same(&estimates_of(&totals, Interval::default()), &tallied));
    }

    #[test]
    fn the_order_of_respondents_does_not_matter(rows in sample(), turn in 0usize..100) {
        let (design, codes, domain) = parts(&rows);
        let mut turned = rows.clone();
        turned.rotate_left(turn % rows.len());
        let (other, other_codes, other_domain) = parts(&turned);
        let one = proportions(&tally(&design, &codes, 3, &domain, 3));
        prop_assert!(same(&one, &proportions(&tally(&other, &other_codes, 3, &other_domain, 3))));
        for domain in one.chunks(3).filter(|chunk| chunk[0].is_some()) {
            let sum: f64 = domain.iter().flatten().map(|share| share.value).sum();
            prop_assert!(close(sum, 1.0), "shares of one answer sum to 1, not {sum}");
            for share in domain.iter().flatten() {
                let (low, high) = share.ci.unwrap_or((0.0, 1.0));
                prop_assert!(0.0 <= low && low <= share.value + 1e-12 && share.value <= high + 1e-12 && high <= 1.0);
            }
        }
    }
}
