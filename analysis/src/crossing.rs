//! Domains of several disaggregations at once: women of 18 to 30.

use crate::places::Pairs;
use crate::tally::NONE;
use crate::variables::{Domain, Domains};

impl Domains {
    /// Adds the crossing of several columns: a domain for each combination that anybody is in, in the order of the
    /// parts' domains, the last running fastest. Who is in none of a part's domains is in none of the crossing's.
    pub(crate) fn cross(&mut self, columns: &[usize]) {
        let first = self.domains.len() as u32;
        // Pairs of a combination of the columns before and a domain of the next are numbered as they are met.
        let mut combinations: Vec<Vec<u32>> = vec![Vec::new()];
        let mut of_row = vec![0u32; self.columns[0].len()];
        for &column in columns {
            let mut known = Pairs::new(combinations.len(), self.domains.len());
            let mut next: Vec<Vec<u32>> = Vec::new();
            for (of_row, &domain) in of_row.iter_mut().zip(&self.columns[column]) {
                if *of_row == NONE || domain == NONE {
                    *of_row = NONE;
                    continue;
                }
                let before = *of_row;
                *of_row = known.number(before, domain as usize, || {
                    let combination = &combinations[before as usize];
                    next.push(combination.iter().copied().chain([domain]).collect());
                    next.len() as u32 - 1
                });
            }
            combinations = next;
        }
        let mut order: Vec<usize> = (0..combinations.len()).collect();
        order.sort_unstable_by_key(|&at| &combinations[at]);
        let mut numbers = vec![NONE; combinations.len()];
        for (number, &at) in (first..).zip(&order) {
            numbers[at] = number;
        }
        let crossed: Vec<Domain> = order.iter().map(|&at| self.crossed(&combinations[at])).collect();
        self.domains.extend(crossed);
        for of_row in &mut of_row {
            *of_row = numbers.get(*of_row as usize).copied().unwrap_or(NONE);
        }
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
