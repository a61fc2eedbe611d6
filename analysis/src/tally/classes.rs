//! Respondents by class: those who are in the same domain of every disaggregation.
//!
//! A row is added once, to its class within its PSU, however many domains it is in. The sums of domains are those of
//! their classes, and the domains of a coarse disaggregation are sums of a finer one's where that is cheaper. What is
//! to be added to what is found out once, and holds for every question.

use super::{DomainColumns, NONE};
use crate::design::Design;
use crate::places::combinations;
use crate::threads::{in_chunks, threads};
use std::collections::HashMap;
use std::ops::Range;

/// The classes of a design's respondents by their domains.
#[derive(Debug)]
pub struct Classes<'a> {
    pub(super) design: &'a Design,
    /// How many domains there are.
    pub(super) domains: usize,
    /// The domains of each class.
    pub(super) domains_of: Vec<Vec<u32>>,
    /// The node of each row within its unit, by row less the first; see [`Unit`].
    nodes: Vec<u32>,
    first_row: usize,
    pub(super) units: Vec<Unit>,
}

/// A PSU, or a run of PSUs of one respondent each in one stratum.
///
/// Its sums stand in nodes: first one for each class that is present, then one for each domain that is no class of its
/// own. `adds` makes the latter from the former.
#[derive(Debug)]
pub(super) struct Unit {
    pub rows: Range<usize>,
    pub stratum: usize,
    /// Whether each row is a PSU.
    pub singles: bool,
    /// The class of each of the first nodes.
    pub classes: Vec<u32>,
    /// How many nodes there are.
    pub nodes: usize,
    /// From which node to which, in this order.
    pub adds: Vec<(u32, u32)>,
    /// The node of each domain that is present.
    pub sums: Vec<(u32, u32)>,
}

/// Where the sums of a disaggregation come from.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Source {
    /// Each of its domains is one class.
    SameAsClasses,
    Classes,
    /// The disaggregation in this column.
    Column(usize),
}

impl<'a> Classes<'a> {
    /// The classes of a range of the design's PSUs; `0..design.psus()` is the whole sample.
    pub fn new(design: &'a Design, domains: DomainColumns<'_>, psus: Range<usize>) -> Self {
        let rows = if psus.is_empty() {
            0..0
        } else {
            design.rows_of(psus.start).start..design.rows_of(psus.end - 1).end
        };
        let columns: Vec<&[u32]> = domains
            .columns
            .iter()
            .map(|column| &column[rows.clone()])
            .collect();
        let (mut nodes, tuples) = if columns.is_empty() {
            (vec![0; rows.len()], vec![Vec::new()])
        } else {
            classes(&columns)
        };
        let sources = sources(&tuples);
        let mut places = Places {
            sources: &sources,
            tuples: &tuples,
            class_nodes: vec![NONE; tuples.len()],
            domain_nodes: vec![NONE; domains.count],
        };
        let mut units = Vec::new();
        for (rows_of_unit, stratum, singles) in runs(design, psus) {
            let within = rows_of_unit.start - rows.start..rows_of_unit.end - rows.start;
            let mut unit = places.unit(&mut nodes[within], stratum, singles);
            unit.rows = rows_of_unit;
            units.push(unit);
        }
        let domains_of = tuples
            .iter()
            .map(|tuple| tuple.iter().copied().filter(|&domain| domain != NONE).collect())
            .collect();
        Self {
            design,
            domains: domains.count,
            domains_of,
            nodes,
            first_row: rows.start,
            units,
        }
    }

    /// The nodes of a unit's rows.
    pub(super) fn nodes_of(&self, unit: &Unit) -> &[u32] {
        &self.nodes[unit.rows.start - self.first_row..unit.rows.end - self.first_row]
    }

    /// Ranges of units with about the same number of rows, one for each core; a small sample is not worth a thread.
    pub(super) fn parts(&self) -> Vec<Range<usize>> {
        /// Rows that take longer than to start a thread.
        const LEAST: usize = 1 << 14;
        let rows: usize = self.units.iter().map(|unit| unit.rows.len()).sum();
        let cores = threads();
        let count = cores.min(rows / LEAST + 1);
        let mut parts = Vec::new();
        let (mut start, mut passed) = (0, 0);
        for (at, unit) in self.units.iter().enumerate() {
            passed += unit.rows.len();
            if passed * count >= rows * (parts.len() + 1) {
                parts.push(start..at + 1);
                start = at + 1;
            }
        }
        parts
    }
}

/// PSUs, those of one row joined where they follow each other in a stratum: rows, stratum, and whether they are such.
fn runs(design: &Design, psus: Range<usize>) -> Vec<(Range<usize>, usize, bool)> {
    /// Longer runs would leave nothing for other cores.
    const LONGEST: usize = 1 << 14;
    let mut runs: Vec<(Range<usize>, usize, bool)> = Vec::new();
    for psu in psus {
        let (rows, stratum) = (design.rows_of(psu), design.stratum_of(psu));
        let single = rows.len() == 1;
        match runs.last_mut() {
            Some((run, of, true)) if single && *of == stratum && run.len() < LONGEST => run.end = rows.end,
            _ => runs.push((rows, stratum, single)),
        }
    }
    runs
}

/// The class of each row, and for each class its domain in each column.
fn classes(columns: &[&[u32]]) -> (Vec<u32>, Vec<Vec<u32>>) {
    let combinations = combinations(columns);
    let mut classes = vec![NONE; combinations.count];
    let mut tuples = Vec::new();
    for (class, numbers) in classes.iter_mut().zip(combinations.numbers) {
        if !numbers.is_empty() {
            *class = tuples.len() as u32;
            tuples.push(numbers);
        }
    }
    let keys = combinations.keys;
    let of_row = in_chunks(keys.len(), |range, of_row| {
        for (of_row, &key) in of_row.iter_mut().zip(&keys[range]) {
            *of_row = classes[key as usize];
        }
    });
    (of_row, tuples)
}

/// The source of each column, in an order in which sources come before what is made of them.
fn sources(tuples: &[Vec<u32>]) -> Vec<(usize, Source)> {
    let columns = tuples.first().map_or(0, Vec::len);
    let distinct: Vec<usize> = (0..columns)
        .map(|column| {
            let mut domains: Vec<u32> = tuples
                .iter()
                .map(|tuple| tuple[column])
                .filter(|&d| d != NONE)
                .collect();
            domains.sort_unstable();
            domains.dedup();
            domains.len()
        })
        .collect();
    let mut order: Vec<usize> = (0..columns).collect();
    order.sort_by_key(|&column| (std::cmp::Reverse(distinct[column]), column));
    order
        .iter()
        .enumerate()
        .map(|(place, &column)| {
            let everyone = |column: usize| tuples.iter().all(|tuple| tuple[column] != NONE);
            let source = if distinct[column] == tuples.len() && everyone(column) {
                Source::SameAsClasses
            } else {
                // Of finer columns that determine this one, the coarsest.
                let finer = order[..place].iter().rev().copied();
                let mut determining = finer.filter(|&finer| determines(tuples, finer, column));
                determining.next().map_or(Source::Classes, Source::Column)
            };
            (column, source)
        })
        .collect()
}

/// Whether each domain of one column lies within one domain of another, or outside of all.
fn determines(tuples: &[Vec<u32>], finer: usize, column: usize) -> bool {
    let mut of: HashMap<u32, u32> = HashMap::new();
    tuples.iter().all(|tuple| match tuple[finer] {
        NONE => tuple[column] == NONE,
        domain => *of.entry(domain).or_insert(tuple[column]) == tuple[column],
    })
}

struct Places<'a> {
    sources: &'a [(usize, Source)],
    tuples: &'a [Vec<u32>],
    /// Nodes of the unit at hand by class and by domain; [`NONE`] between units.
    class_nodes: Vec<u32>,
    domain_nodes: Vec<u32>,
}

impl Places<'_> {
    /// The unit of some rows, whose classes are replaced by nodes.
    fn unit(&mut self, rows: &mut [u32], stratum: usize, singles: bool) -> Unit {
        let mut classes = Vec::new();
        for row in rows {
            let node = &mut self.class_nodes[*row as usize];
            if *node == NONE {
                *node = classes.len() as u32;
                classes.push(*row);
            }
            *row = *node;
        }
        let mut nodes = classes.len() as u32;
        let (mut adds, mut sums) = (Vec::new(), Vec::new());
        for &(column, source) in self.sources {
            let before = adds.len();
            for (node, &class) in (0..).zip(&classes) {
                let tuple = &self.tuples[class as usize];
                if tuple[column] == NONE {
                    continue;
                }
                let from = match source {
                    Source::Column(finer) => self.domain_nodes[tuple[finer] as usize],
                    Source::Classes | Source::SameAsClasses => node,
                };
                let domain = &mut self.domain_nodes[tuple[column] as usize];
                if source == Source::SameAsClasses {
                    *domain = node;
                    sums.push((tuple[column], node));
                    continue;
                }
                if *domain == NONE {
                    *domain = nodes;
                    sums.push((tuple[column], nodes));
                    nodes += 1;
                }
                adds.push((from, *domain));
            }
            if matches!(source, Source::Column(_)) {
                // Each domain of the finer column is added once, though it has many classes.
                let mut once = adds.split_off(before);
                once.sort_unstable();
                once.dedup();
                adds.append(&mut once);
            }
        }
        for &(domain, _) in &sums {
            self.domain_nodes[domain as usize] = NONE;
        }
        for &class in &classes {
            self.class_nodes[class as usize] = NONE;
        }
        Unit {
            rows: 0..0,
            stratum,
            singles,
            classes,
            nodes: nodes as usize,
            adds,
            sums,
        }
    }
}
