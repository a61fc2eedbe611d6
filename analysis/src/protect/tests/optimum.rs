//! Cells withheld beyond the primary ones, beside the fewest that would do.

use super::population::{Dimensions, Plan, Random, analysis};
use crate::protect::Policy;
use crate::protect::domains::domain_sums;
use crate::protect::earlier::Before;
use crate::protect::primary::judge;
use crate::protect::programs::{End, attainable};
use crate::protect::settle::{Settled, Target, settle};
use crate::protect::sums::Sums;
use crate::table::Analysis;

fn is_safe(sums: &Sums, targets: &[Target]) -> bool {
    let mut settled = Settled::default();
    targets.iter().all(|target| {
        [End::Low, End::High]
            .into_iter()
            .all(|end| settled.is_safe(sums, target, end, usize::MAX))
    })
}

/// The fewest cells to withhold besides, up to `most`, found by trying all sets of them.
fn fewest(sums: &Sums, targets: &[Target], most: usize) -> usize {
    let candidates: Vec<usize> = (0..sums.counts.len())
        .filter(|&at| !sums.counts[at].is_open() && sums.counts[at].cost.is_some())
        .collect();
    (0..most)
        .find(|&number| any_set(&mut sums.clone(), targets, &candidates, number))
        .unwrap_or(most)
}

fn any_set(sums: &mut Sums, targets: &[Target], candidates: &[usize], number: usize) -> bool {
    if number == 0 {
        return is_safe(sums, targets);
    }
    for (at, &candidate) in candidates.iter().enumerate() {
        let shown = sums.counts[candidate].shown.take();
        let found = any_set(sums, targets, &candidates[at + 1..], number - 1);
        sums.counts[candidate].shown = shown;
        if found {
            return true;
        }
    }
    false
}

/// The sums of a table's counts, and what has to be protected, before anything is withheld for it.
fn unsettled(truth: &Analysis, policy: &Policy) -> (Sums, Vec<Target>) {
    let (table, domains) = (&truth.tables[0], domain_sums(&truth.domains));
    let before = Before {
        earlier: &[],
        domains: &truth.domains,
        weighted: false,
    };
    let judged = judge(table, &domains, policy, &before);
    let mut sums = Sums::default();
    sums.add_table(table, &domains, judged.iter().map(|j| j.count.clone()).collect());
    sums.index();
    let intervals = judged.iter().enumerate();
    let targets = intervals.filter_map(|(at, j)| j.interval.map(|(low, high)| Target { at, low, high }));
    (sums, targets.collect())
}

/// What one sum after the other tells is never more than what all together do, and often the same.
#[test]
fn what_is_told_anyway_is_no_more_than_what_can_be_reached() {
    let (mut ends, mut same) = (0, 0);
    for seed in 0..40 {
        let mut random = Random(seed * 104_729 + 5);
        let plan = Plan::random(&mut random);
        let (sums, targets) = unsettled(&analysis(&plan, &mut random), &Policy::default());
        let told = sums.told_anyway();
        for target in targets {
            let low = attainable(&sums, target.at, End::Low).expect("a least");
            let high = attainable(&sums, target.at, End::High).expect("a most");
            let (least, most) = told[target.at];
            assert!(
                least <= low + 1e-5 && most >= high - 1e-5,
                "{seed}: {plan:?}: {target:?} can be {low} to {high}, told {least} to {most}"
            );
            ends += 2;
            same += usize::from((least - low).abs() < 1e-5) + usize::from((most - high).abs() < 1e-5);
        }
    }
    println!("{ends} ends of intervals, {same} of them found without a programme");
    assert!(ends > 500 && same > ends / 2, "{same} of {ends}");
}

#[test]
fn hardly_more_is_withheld_than_has_to_be() {
    let policy = Policy {
        floor: 5,
        minimum_base: 5,
        marked_base: 5,
    };
    let (mut ours, mut best, mut tables, mut same, mut primary) = (0, 0, 0, 0, 0);
    for seed in 0..60 {
        let mut random = Random(seed * 15_485_863 + 11);
        let plan = Plan {
            respondents: 60 + random.below(80),
            sizes: [2 + random.below(2), 2, 2 + random.below(2)],
            skew: 1,
            dimensions: [Dimensions::One, Dimensions::Two][random.below(2)],
            sensitive: false,
            weighted: false,
            silent: 0,
        };
        let truth = analysis(&plan, &mut random);
        let (mut sums, mut targets) = unsettled(&truth, &policy);
        if targets.is_empty() {
            continue;
        }
        let mut settled = Settled::default();
        let before = sums.clone();
        settle(&mut sums, &mut targets, &mut settled);
        let open = settled.unproved(&sums, &targets);
        let told = |at: &usize| (*at, sums.counts[*at].clone());
        assert!(
            open.is_empty() && is_safe(&sums, &targets),
            "{seed}: {plan:?}: {:?} {:?}",
            open.iter().map(told).collect::<Vec<_>>(),
            sums.counts
                .iter()
                .map(|c| (c.count, c.shown.is_some(), c.cost.is_some()))
                .collect::<Vec<_>>()
        );
        if settled.complementary.len() > 5 {
            continue;
        }
        let fewest = fewest(&before, &targets, settled.complementary.len());
        tables += 1;
        primary += targets.len();
        ours += settled.complementary.len();
        best += fewest;
        same += usize::from(fewest == settled.complementary.len());
    }
    println!(
        "{tables} small tables, {primary} cells withheld for what they are: {ours} withheld for others, \
         {best} would do; the fewest in {same} tables"
    );
    assert!(
        tables >= 20 && ours <= best + best / 4,
        "{ours} for {best} in {tables}"
    );
}
