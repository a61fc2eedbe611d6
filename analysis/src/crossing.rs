//! Domains of several disaggregations at once: women of 18 to 30.

use crate::places::combinations;
use crate::tally::NONE;
use crate::threads::in_chunks;
use crate::variables::{Domain, Domains};

impl Domains {
    /// Adds the crossing of several columns: a domain for each combination that anybody is in, in the order of the
    /// parts' domains, the last running fastest. Who is in none of a part's domains is in none of the crossing's.
    pub(crate) fn cross(&mut self, columns: &[usize]) {
        let first = self.domains.len() as u32;
        let columns: Vec<&[u32]> = columns.iter().map(|&column| &self.columns[column][..]).collect();
        let met = combinations(&columns);
        let mut order: Vec<usize> = (0..met.count).collect();
        order.retain(|&key| !met.numbers[key].is_empty() && !met.numbers[key].contains(&NONE));
        order.sort_unstable_by_key(|&key| &met.numbers[key]);
        let mut numbers = vec![NONE; met.count];
        for (number, &key) in (first..).zip(&order) {
            numbers[key] = number;
        }
        let of_row = in_chunks(met.keys.len(), |range, of_row| {
            for (of_row, &key) in of_row.iter_mut().zip(&met.keys[range]) {
                *of_row = numbers[key as usize];
            }
        });
        let crossed: Vec<Domain> = order.iter().map(|&key| self.crossed(&met.numbers[key])).collect();
        self.domains.extend(crossed);
        self.columns.push(of_row);
    }

    fn crossed(&self, combination: &[u32]) -> Domain {
        let parts: Vec<&Domain> = combination
            .iter()
            .map(|&domain| &self.domains[domain as usize])
            .collect();
        let joined = |text: fn(&Domain) -> &str, between: &str| {
            parts
                .iter()
                .map(|part| text(part))
                .collect::<Vec<_>>()
                .join(between)
        };
        Domain {
            by: joined(|part| &part.by, "*"),
            code: joined(|part| &part.code, "*"),
            label: joined(|part| &part.label, " × "),
            parts: parts
                .iter()
                .map(|part| (part.by.clone(), part.code.clone()))
                .collect(),
            within: None,
        }
    }
}
