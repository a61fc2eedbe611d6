//! Prints what tables of 100,000 respondents cost, beside the floor: one weighted sum for each column.
//!
//! `cargo run --release -p baraza-analysis --example respondents [RESPONDENTS]`

use baraza_analysis::design::{Design, DesignColumns};
use baraza_analysis::estimate::proportions;
use baraza_analysis::tally::{DomainColumns, Measure, Tally};
use std::hint::black_box;
use std::time::Instant;

const STRATA: u32 = 20;
const CLUSTERS: u32 = 2000;
const ITEMS: usize = 20;

/// Small integers without pattern (PCG's multiplier; O'Neill 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, n: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as u32) % n
    }
}

fn main() {
    let n: usize = std::env::args()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(100_000);
    let mut random = Random(20_241_124);
    let psus: Vec<u32> = (0..n).map(|_| random.below(CLUSTERS)).collect();
    let strata = psus.iter().map(|psu| psu / (CLUSTERS / STRATA)).collect();
    let weights: Vec<f64> = (0..n)
        .map(|_| 0.5 + f64::from(random.below(1000)) / 500.0)
        .collect();
    let items: Vec<Vec<u32>> = (0..ITEMS)
        .map(|_| (0..n).map(|_| random.below(5)).collect())
        .collect();
    // Gender, age band, group, and all three crossed, as the workload has them.
    let sizes = [4u32, 6, 8];
    let mut columns: Vec<Vec<u32>> = sizes
        .iter()
        .map(|&size| (0..n).map(|_| random.below(size)).collect())
        .collect();
    let crossed = (0..n)
        .map(|row| (columns[0][row] * 6 + columns[1][row]) * 8 + columns[2][row])
        .collect();
    columns.push(crossed);
    let mut first = 1;
    for (column, size) in columns.iter_mut().zip([4, 6, 8, 192]) {
        for code in column.iter_mut() {
            *code += first;
        }
        first += size;
    }
    columns.insert(0, vec![0; n]);

    let start = Instant::now();
    for item in &items {
        black_box(
            item.iter()
                .zip(&weights)
                .map(|(&code, weight)| f64::from(code) * weight)
                .sum::<f64>(),
        );
    }
    let floor = start.elapsed();

    let start = Instant::now();
    let design = Design::new(&DesignColumns {
        weights,
        strata,
        psus,
        populations: Vec::new(),
    })
    .expect("a design");
    let columns: Vec<Vec<u32>> = columns.iter().map(|column| design.arranged(column)).collect();
    let mut estimates = 0;
    for item in &items {
        let measure = Measure::One(design.arranged(item));
        let domains = DomainColumns {
            columns: &columns,
            count: first as usize,
        };
        let tally = Tally::of(&design, domains, &measure, 5, 0..design.psus());
        estimates += black_box(proportions(&tally)).iter().flatten().count();
    }
    let ours = start.elapsed();
    println!(
        "{n} respondents, {ITEMS} items of 5 categories, {first} domains: {estimates} shares with standard errors in {:.3} s on one thread; \
         floor, one weighted sum an item: {:.3} s",
        ours.as_secs_f64(),
        floor.as_secs_f64()
    );
}
