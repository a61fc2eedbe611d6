//! What can be had by hand.

use super::{
    benjamini_hochberg, difference, difference_between, holm, means_differ, rao_scott, rao_scott_one,
};
use crate::design::{Design, DesignColumns};
use crate::estimate::{Interval, estimates_of};
use crate::tally::{DomainColumns, Measure};
use crate::totals::Totals;

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * b.abs().max(1e-300)
}

/// A simple random sample: groups of (domain, category, respondents).
fn sample(groups: &[(u32, u32, usize)]) -> (Design, Vec<u32>, Vec<u32>) {
    let column = |value: fn(&(u32, u32, usize)) -> u32| -> Vec<u32> {
        groups
            .iter()
            .flat_map(|group| std::iter::repeat_n(value(group), group.2))
            .collect()
    };
    let (domain, category) = (column(|group| group.0), column(|group| group.1));
    let design = Design::new(&DesignColumns {
        weights: vec![1.0; domain.len()],
        ..DesignColumns::default()
    })
    .expect("a design");
    (design, domain, category)
}

fn totals<'d>(design: &'d Design, domain: &[u32], measure: &Measure) -> Totals<'d> {
    let columns = [design.arranged(domain)];
    let domains = DomainColumns {
        columns: &columns,
        count: 2,
    };
    Totals::of(design, domains, measure, 2)
}

#[test]
fn corrections_are_those_of_the_papers() {
    let p = [0.01, 0.04, 0.03, 0.005];
    let all_close = |a: Vec<f64>, b: [f64; 4]| a.iter().zip(b).all(|(a, b)| close(*a, b));
    assert!(all_close(holm(&p), [0.03, 0.06, 0.06, 0.02]), "{:?}", holm(&p));
    let expected = [0.02, 0.04, 0.04, 0.02];
    assert!(
        all_close(benjamini_hochberg(&p), expected),
        "{:?}",
        benjamini_hochberg(&p)
    );
    assert!(holm(&[]).is_empty() && benjamini_hochberg(&[]).is_empty());
    assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
}

#[test]
fn in_a_simple_random_sample_the_test_is_pearsons() {
    // 30 of 50 women and 15 of 50 men: X² = 100 (30·35 - 20·15)² / (50·50·45·55) = 9.0909…
    let (design, domain, category) = sample(&[(0, 0, 20), (0, 1, 30), (1, 0, 35), (1, 1, 15)]);
    let totals = totals(&design, &domain, &Measure::One(category));
    let test = rao_scott(&totals, &[0, 1]).expect("a test");
    // The variance of the design has n - 1 where Pearson's has n.
    let pearson = 100.0 * 750.0f64.powi(2) / (50.0 * 50.0 * 45.0 * 55.0);
    assert!(close(test.statistic, pearson * 0.99), "{test:?} is not {pearson}");
    assert!(
        close(test.df1, 1.0) && close(test.df2, 99.0) && test.p < 0.01,
        "{test:?}"
    );
    assert_eq!(
        rao_scott(&totals, &[0]),
        None,
        "one domain has nothing to differ from"
    );
    assert!(close(
        test.p,
        rao_scott_one(&totals, &[0, 1], 0).expect("a test").p
    ));

    let difference = difference(&totals, (0, 1), (1, 1)).expect("a difference");
    assert!(
        close(difference.value, 0.3) && close(difference.df, 98.0),
        "{difference:?}"
    );
    // Domains of a simple random sample are independent: p(1 - p)/n each, with n/(n - 1) of the whole.
    let variance = (0.6 * 0.4 / 50.0 + 0.3 * 0.7 / 50.0) * 100.0 / 99.0;
    assert!(close(difference.se, f64::sqrt(variance)), "{difference:?}");
}

#[test]
fn two_rounds_have_the_degrees_of_freedom_of_satterthwaite() {
    let (design, domain, category) = sample(&[(0, 0, 20), (0, 1, 30), (1, 0, 35), (1, 1, 15)]);
    let totals = totals(&design, &domain, &Measure::One(category));
    let estimates = estimates_of(&totals, Interval::default());
    let (a, b) = (estimates[1].expect("a share"), estimates[3].expect("a share"));
    let between = difference_between(&a, &b).expect("a difference");
    let (va, vb) = (a.se.expect("one").powi(2), b.se.expect("one").powi(2));
    assert!(close(
        between.df,
        (va + vb).powi(2) / (va * va / 49.0 + vb * vb / 49.0)
    ));
    let nobody = crate::Estimate { se: Some(0.0), ..a };
    assert_eq!(difference_between(&nobody, &nobody), None);
}

#[test]
fn what_cannot_be_tested_gives_nothing_rather_than_nan() {
    let (design, domain, category) = sample(&[(0, 1, 20), (1, 1, 20)]);
    let alike = totals(&design, &domain, &Measure::One(category));
    assert_eq!(rao_scott(&alike, &[0, 1]), None, "all answered the same");
    assert_eq!(rao_scott_one(&alike, &[0, 1], 1), None);
    assert_eq!(difference(&alike, (0, 1), (1, 1)), None);
    let clustered = Design::new(&DesignColumns {
        weights: vec![1.0; 40],
        psus: vec![3; 40],
        ..DesignColumns::default()
    })
    .expect("a design");
    let numbers: Vec<f64> = (0..40).map(f64::from).collect();
    let totals = totals(&clustered, &domain, &Measure::Number(numbers));
    assert_eq!(means_differ(&totals, &[0, 1]), None, "one cluster");
    assert_eq!(difference(&totals, (0, 0), (1, 0)), None);
}

#[test]
fn two_means_differ_as_their_difference_does() {
    let (design, domain, _) = sample(&[(0, 0, 20), (1, 0, 20)]);
    let numbers: Vec<f64> = (0..40).map(|row| f64::from(row * row % 17)).collect();
    let totals = totals(&design, &domain, &Measure::Number(design.arranged(&numbers)));
    let (f, t) = (
        means_differ(&totals, &[0, 1]).expect("a test"),
        difference(&totals, (0, 0), (1, 0)).expect("a difference"),
    );
    assert!(close(f.statistic, t.t * t.t), "{f:?} {t:?}");
}
