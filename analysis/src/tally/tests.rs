//! The tally beside one that adds row by row.

use super::{Classes, DomainColumns, Measure, NONE, StratumSums, Tally};
use crate::design::{Design, DesignColumns};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// One respondent: weight, stratum, PSU, domains, answer, several answers, number.
#[derive(Debug, Clone)]
struct Row {
    weight: f64,
    stratum: u32,
    psu: u32,
    gender: u32,
    age: u32,
    one: u32,
    several: u8,
    number: f64,
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (
        0.0f64..4.0,
        0u32..3,
        0u32..9,
        0u32..3,
        0u32..4,
        0u32..4,
        0u8..16,
        -3.0f64..9.0,
    );
    let row = row.prop_map(|(weight, stratum, psu, gender, age, one, several, number)| Row {
        weight,
        stratum,
        psu,
        gender: if gender == 2 { NONE } else { gender },
        age,
        one: if one == 3 { NONE } else { one },
        several,
        number: if number < -2.0 { f64::NAN } else { number },
    });
    prop::collection::vec(row, 0..80)
}

/// Columns of domains: overall, gender (2), age (4), gender × age (8).
const DOMAINS: usize = 1 + 2 + 4 + 8;

fn domains_of(row: &Row) -> [u32; 4] {
    let crossed = if row.gender == NONE {
        NONE
    } else {
        7 + row.gender * 4 + row.age
    };
    let gender = if row.gender == NONE { NONE } else { 1 + row.gender };
    [0, gender, 3 + row.age, crossed]
}

/// Categories and their values, or `None` outside of the base.
fn answers(row: &Row, kind: usize) -> Option<Vec<(usize, f64)>> {
    match kind {
        0 => (row.one != NONE).then(|| vec![(row.one as usize, 1.0)]),
        1 => {
            let chosen = (0..3)
                .filter(|bit| row.several >> bit & 1 == 1)
                .map(|bit| (bit, 1.0));
            (row.several >> 3 == 1).then(|| chosen.collect())
        }
        _ => (!row.number.is_nan()).then(|| vec![(0, row.number)]),
    }
}

fn naive(rows: &[Row], clustered: bool, kind: usize) -> Tally {
    let categories = if kind == 2 { 1 } else { 3 };
    let cells = DOMAINS * categories;
    let mut psus: BTreeMap<(u32, u32), Vec<&Row>> = BTreeMap::new();
    for (at, row) in (0..).zip(rows).filter(|(_, row)| row.weight > 0.0) {
        let psu = if clustered { row.psu } else { at };
        psus.entry((row.stratum, psu)).or_default().push(row);
    }
    let mut strata: BTreeMap<u32, StratumSums> = BTreeMap::new();
    let mut tally = Tally {
        domains: DOMAINS,
        categories,
        strata: Vec::new(),
        base: vec![0; DOMAINS],
        count: vec![0; cells],
        weight_squares: vec![0.0; DOMAINS],
        squares: vec![0.0; cells],
    };
    for ((stratum, _), rows) in psus {
        let (mut a, mut b, mut present) = (vec![0.0; cells], vec![0.0; DOMAINS], [false; DOMAINS]);
        for row in rows {
            let Some(answers) = answers(row, kind) else {
                continue;
            };
            for domain in domains_of(row)
                .into_iter()
                .filter(|&d| d != NONE)
                .map(|d| d as usize)
            {
                tally.base[domain] += 1;
                tally.weight_squares[domain] += row.weight * row.weight;
                b[domain] += row.weight;
                present[domain] = true;
                for (category, y) in &answers {
                    let cell = domain * categories + category;
                    tally.count[cell] += 1;
                    tally.squares[cell] += row.weight * y * y;
                    a[cell] += row.weight * y;
                }
            }
        }
        let sums = strata.entry(stratum).or_insert_with(|| StratumSums {
            psus: 0,
            population: None,
            present: vec![0; DOMAINS],
            a: vec![0.0; cells],
            aa: vec![0.0; cells],
            ab: vec![0.0; cells],
            b: vec![0.0; DOMAINS],
            bb: vec![0.0; DOMAINS],
        });
        sums.psus += 1;
        for cell in 0..cells {
            sums.a[cell] += a[cell];
            sums.aa[cell] += a[cell] * a[cell];
            sums.ab[cell] += a[cell] * b[cell / categories];
        }
        for domain in 0..DOMAINS {
            sums.present[domain] += u32::from(present[domain]);
            sums.b[domain] += b[domain];
            sums.bb[domain] += b[domain] * b[domain];
        }
    }
    tally.strata = strata.into_values().collect();
    tally
}

fn measure(rows: &[Row], kind: usize) -> Measure {
    match kind {
        0 => Measure::One(rows.iter().map(|row| row.one).collect()),
        1 => {
            let (mut starts, mut codes) = (vec![0], Vec::new());
            for row in rows {
                codes.extend(
                    answers(row, 1)
                        .into_iter()
                        .flatten()
                        .map(|(category, _)| category as u32),
                );
                starts.push(codes.len() as u32);
            }
            Measure::Several {
                answered: rows.iter().map(|row| row.several >> 3 == 1).collect(),
                starts,
                codes,
            }
        }
        _ => Measure::Number(rows.iter().map(|row| row.number).collect()),
    }
}

fn close(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len()
        && a.iter()
            .zip(b)
            .all(|(a, b)| (a - b).abs() <= 1e-10 * b.abs().max(1.0))
}

fn same(a: &Tally, b: &Tally) -> bool {
    let strata = a.strata.iter().zip(&b.strata).all(|(a, b)| {
        a.psus == b.psus
            && a.present == b.present
            && close(&a.a, &b.a)
            && close(&a.aa, &b.aa)
            && close(&a.ab, &b.ab)
            && close(&a.b, &b.b)
            && close(&a.bb, &b.bb)
    });
    strata
        && a.strata.len() == b.strata.len()
        && a.base == b.base
        && a.count == b.count
        && close(&a.weight_squares, &b.weight_squares)
        && close(&a.squares, &b.squares)
}

proptest! {
    #[test]
    fn the_tally_is_the_sum_of_its_rows(rows in rows(), clustered: bool, kind in 0usize..3, cut in 0usize..8) {
        let design = Design::new(&DesignColumns {
            weights: rows.iter().map(|row| row.weight).collect(),
            strata: rows.iter().map(|row| row.stratum).collect(),
            psus: if clustered { rows.iter().map(|row| row.psu).collect() } else { Vec::new() },
            ..DesignColumns::default()
        }).expect("a design");
        let arranged = design.arranged(&rows.iter().collect::<Vec<_>>());
        let arranged: Vec<Row> = arranged.into_iter().cloned().collect();
        let columns: Vec<Vec<u32>> = (0..4).map(|at| arranged.iter().map(|row| domains_of(row)[at]).collect()).collect();
        let domains = DomainColumns { columns: &columns, count: DOMAINS };
        let measure = measure(&arranged, kind);
        let categories = if kind == 2 { 1 } else { 3 };
        let expected = naive(&rows, clustered, kind);
        let whole = Tally::over(&Classes::new(&design, domains, 0..design.psus()), &measure, categories);
        prop_assert!(same(&whole, &expected), "{whole:?}\n{expected:?}");
        let cut = cut.min(design.psus());
        let mut parts = Tally::of(&design, domains, &measure, categories, 0..cut);
        parts.merge(&Tally::of(&design, domains, &measure, categories, cut..design.psus())).expect("the same shape");
        prop_assert!(same(&parts, &expected));
    }
}
