//! Random tables attacked, a thousand in CI; and the same without complementary suppression, where every leak has to
//! be found. `BARAZA_TABLES` asks for another number.

use super::attacker::Attacker;
use super::population::{Dimensions, Plan, Random, analysis};
use crate::protect::earlier::Before;
use crate::protect::release::{Extent, decide};
use crate::protect::{Policy, Released, Status, protect, released};
use crate::table::Analysis;

fn number() -> usize {
    let asked = std::env::var("BARAZA_TABLES").ok().and_then(|n| n.parse().ok());
    let usual = if std::env::var_os("CI").is_some() {
        1000
    } else {
        200
    };
    asked.unwrap_or(usual)
}

fn policy(random: &mut Random) -> Policy {
    let floor = [5, 10][random.below(2)];
    Policy {
        floor,
        minimum_base: [floor, 25][random.below(2)],
        marked_base: 50,
    }
}

/// Small cells withheld, and nothing for their sake.
pub fn primary_alone(analysis: Analysis, policy: &Policy) -> Released {
    let before = Before {
        earlier: &[],
        domains: &analysis.domains,
        weighted: analysis.weighted,
    };
    let decision = decide(
        &analysis,
        &[],
        (policy, &before),
        Extent::PrimaryAlone,
        &mut |_, _| {},
    );
    released(analysis, decision, policy)
}

#[test]
fn no_withheld_cell_is_told_to_within_its_interval() {
    let (mut tables, mut secrets, mut leaks_alone, mut solved_alone) = (0, 0, 0, 0);
    let (mut cells, mut primary, mut complementary, mut rounded, mut open, mut programmes) =
        (0, 0, 0, 0, 0, 0);
    let mut crossed = 0;
    let wanted = number();
    for seed in 0.. {
        if tables >= wanted {
            break;
        }
        let mut random = Random(seed * 7919 + 17);
        let plan = Plan::random(&mut random);
        let policy = policy(&mut random);
        let truth = analysis(&plan, &mut random);
        let released = protect(truth.clone(), &policy).expect("a policy");
        let alone = primary_alone(truth.clone(), &policy);
        for (at, table) in truth.tables.iter().enumerate() {
            let attacker = Attacker::new(&released, &released.tables()[at], table, policy);
            let solved = attacker.solved();
            assert!(
                solved.is_empty(),
                "{seed}: {plan:?}: solved {solved:?} of {}",
                table.question
            );
            let narrowed = attacker.narrowed();
            assert!(
                narrowed.is_empty(),
                "{seed}: {plan:?}: narrowed {narrowed:?} of {}; {:?}",
                table.question,
                released.audit()
            );
            let attacker = Attacker::new(&alone, &alone.tables()[at], table, policy);
            secrets += attacker.secrets().len();
            let found = attacker.narrowed();
            for solved in attacker.solved() {
                assert!(found.contains(&solved), "what equations tell, programmes do");
                solved_alone += 1;
            }
            leaks_alone += found.len();
            tables += 1;
            crossed += usize::from(plan.dimensions != Dimensions::One);
        }
        let audit = released.audit();
        cells += audit.cells;
        primary += audit.primary;
        complementary += audit.complementary;
        rounded += audit.rounded;
        open += audit.open;
        programmes += audit.programmes;
    }
    println!(
        "{tables} tables ({crossed} of three dimensions), {cells} cells, {primary} withheld for what they are, \
         {complementary} for others, {rounded} rounded; {secrets} secrets, 0 told, {open} left open; \
         {programmes} programmes. Primary suppression alone: {leaks_alone} told, {solved_alone} of them exactly"
    );
    assert_eq!(open, 0);
    assert!(leaks_alone > secrets / 2, "otherwise nothing was attacked");
}

/// All counts of two domains and their sum that agree with what is shown.
fn ranges(released: &Released, truth: &Analysis) -> Vec<((usize, usize), (u64, u64))> {
    let (table, shown) = (&truth.tables[0], &released.tables()[0]);
    let width = table.width();
    let count = |d: usize, c: usize| table.estimates[d * width + c].map_or(0, |e| e.count);
    let n = |d: usize| table.estimates[d * width].map_or(0, |e| e.n);
    let fits = |d: usize, c: usize, x: u64| match shown.cell(d, c).status {
        Status::Published | Status::Marked => x == count(d, c),
        Status::WithheldCell if !table.sensitive => x > 0 && x < n(d),
        Status::Rounded => unreachable!("bases are large"),
        _ => true,
    };
    let rows = |d: usize| {
        let mut rows = vec![Vec::new()];
        for c in 0..width {
            rows = rows
                .into_iter()
                .flat_map(|row: Vec<u64>| {
                    let left = n(d) - row.iter().sum::<u64>();
                    let last = c + 1 == width;
                    (0..=left)
                        .filter(move |&x| fits(d, c, x) && (!last || x == left))
                        .map(move |x| row.iter().copied().chain([x]).collect::<Vec<u64>>())
                        .collect::<Vec<_>>()
                })
                .collect();
        }
        rows
    };
    let mut ranges: Vec<((usize, usize), (u64, u64))> = Vec::new();
    for first in rows(1) {
        for second in rows(2) {
            let overall: Vec<u64> = first.iter().zip(&second).map(|(a, b)| a + b).collect();
            if (0..width).all(|c| fits(0, c, overall[c])) {
                for (d, row) in [&overall, &first, &second].into_iter().enumerate() {
                    for (c, &x) in row.iter().enumerate() {
                        match ranges.iter_mut().find(|(cell, _)| *cell == (d, c)) {
                            Some((_, (low, high))) => (*low, *high) = ((*low).min(x), (*high).max(x)),
                            None => ranges.push(((d, c), (x, x))),
                        }
                    }
                }
            }
        }
    }
    ranges
}

#[test]
fn every_leak_that_trying_all_counts_finds_is_found_by_programming() {
    let (mut leaks, mut secrets, mut tables) = (0, 0, 0);
    for seed in 0..150 {
        let mut random = Random(seed * 104_729 + 3);
        let plan = Plan {
            respondents: 24 + random.below(16),
            sizes: [2, 2, 2 + random.below(2)],
            skew: random.below(3),
            dimensions: Dimensions::One,
            sensitive: random.below(2) == 0,
            weighted: false,
            silent: 0,
        };
        let policy = Policy {
            floor: 5,
            minimum_base: 5,
            marked_base: 5,
        };
        let mut truth = analysis(&plan, &mut random);
        truth.tables.retain(|table| table.exclusive);
        let alone = primary_alone(truth.clone(), &policy);
        let attacker = Attacker::new(&alone, &alone.tables()[0], &truth.tables[0], policy);
        let ranges = ranges(&alone, &truth);
        let told: Vec<_> = attacker
            .secrets()
            .into_iter()
            .filter(|secret| {
                let range = ranges.iter().find(|(cell, _)| *cell == secret.cell);
                let (low, high) = range.expect("the truth at least").1;
                let blind = attacker.blind(secret.cell);
                low as f64 > secret.low.max(blind.0) + 1e-4 || (high as f64) < secret.high.min(blind.1) - 1e-4
            })
            .collect();
        assert_eq!(attacker.narrowed(), told, "{seed}: {plan:?}");
        leaks += told.len();
        secrets += attacker.secrets().len();
        tables += 1;
    }
    println!(
        "{tables} tiny tables, all counts tried: {leaks} of {secrets} secrets told, the same ones by programming"
    );
    assert!(leaks > 50);
}
