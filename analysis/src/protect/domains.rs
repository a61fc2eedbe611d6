//! Which domains sum to which.

use crate::variables::Domain;
use std::collections::HashMap;

/// Domains that share no respondent and lie within another one. Who lies in the whole and in none of the parts is
/// the rest of the sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainSum {
    /// Position of the whole.
    pub whole: usize,
    /// Positions of the parts.
    pub parts: Vec<usize>,
}

/// All sums among the domains of a release: disaggregations sum to overall, lower levels to the higher one they lie
/// `within`, crossed domains to those that have all but one of their parts. Sums that follow from others are left
/// out. Domain 0 is overall.
pub fn domain_sums(domains: &[Domain]) -> Vec<DomainSum> {
    let names: HashMap<(&str, &str), usize> = domains
        .iter()
        .enumerate()
        .map(|(at, domain)| ((domain.by.as_str(), domain.code.as_str()), at))
        .collect();
    let crossed: HashMap<Vec<&(String, String)>, usize> = domains
        .iter()
        .enumerate()
        .filter(|(_, domain)| domain.parts.len() > 1)
        .map(|(at, domain)| (sorted(domain.parts.iter()), at))
        .collect();
    let mut sums = Vec::new();
    for members in divisions(domains) {
        if domains[members[0]].parts.len() > 1 {
            sums.extend(crossed_sums(domains, &members, &names, &crossed));
        } else {
            sums.extend(grouped(&members, |member| {
                let within = domains[member].within.as_ref();
                within.map_or(Some(0), |(by, code)| {
                    Some(names.get(&(by.as_str(), code.as_str())).copied().unwrap_or(0))
                })
            }));
        }
    }
    sums
}

/// Domains of each disaggregation, overall left out.
fn divisions(domains: &[Domain]) -> Vec<Vec<usize>> {
    let mut divisions: Vec<Vec<usize>> = Vec::new();
    for (at, domain) in domains.iter().enumerate().skip(1) {
        match divisions
            .iter_mut()
            .find(|members| domains[members[0]].by == domain.by)
        {
            Some(members) => members.push(at),
            None => divisions.push(vec![at]),
        }
    }
    divisions
}

fn sorted<'a>(parts: impl Iterator<Item = &'a (String, String)>) -> Vec<&'a (String, String)> {
    let mut parts: Vec<_> = parts.collect();
    parts.sort();
    parts
}

/// Sums of a crossed disaggregation. Which parts are kept is a set of bits; the largest sets come first, and what
/// is a subset of one that is published whole follows from it.
fn crossed_sums(
    domains: &[Domain],
    members: &[usize],
    names: &HashMap<(&str, &str), usize>,
    crossed: &HashMap<Vec<&(String, String)>, usize>,
) -> Vec<DomainSum> {
    let parts = domains[members[0]].parts.len();
    let mut kept: Vec<u32> = (0..(1u32 << parts) - 1).collect();
    kept.sort_by_key(|set| std::cmp::Reverse(set.count_ones()));
    let (mut sums, mut whole_sets): (Vec<DomainSum>, Vec<u32>) = (Vec::new(), Vec::new());
    for set in kept {
        if whole_sets.iter().any(|larger| larger & set == set) {
            continue;
        }
        let whole = |member: usize| {
            let parts = domains[member].parts.iter().enumerate();
            let kept = sorted(parts.filter(|(at, _)| set >> at & 1 == 1).map(|(_, part)| part));
            match kept[..] {
                [] => Some(0),
                [(by, code)] => names.get(&(by.as_str(), code.as_str())).copied(),
                _ => crossed.get(&kept).copied(),
            }
        };
        if members.iter().all(|&member| whole(member).is_some()) {
            whole_sets.push(set);
        }
        sums.extend(grouped(members, whole));
    }
    sums
}

/// Members by their whole; those without one are in no sum.
fn grouped(members: &[usize], whole: impl Fn(usize) -> Option<usize>) -> Vec<DomainSum> {
    let mut sums: Vec<DomainSum> = Vec::new();
    for &member in members {
        let Some(whole) = whole(member).filter(|&whole| whole != member) else {
            continue;
        };
        match sums.iter_mut().find(|sum| sum.whole == whole) {
            Some(sum) => sum.parts.push(member),
            None => sums.push(DomainSum {
                whole,
                parts: vec![member],
            }),
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(by: &str, code: &str, parts: &[(&str, &str)], within: Option<(&str, &str)>) -> Domain {
        let owned = |(by, code): (&str, &str)| (by.to_owned(), code.to_owned());
        Domain {
            by: by.into(),
            code: code.into(),
            label: String::new(),
            parts: parts.iter().map(|&part| owned(part)).collect(),
            within: within.map(owned),
        }
    }

    fn pairs(domains: &[Domain]) -> Vec<(usize, Vec<usize>)> {
        let sums = domain_sums(domains).into_iter();
        sums.map(|sum| (sum.whole, sum.parts)).collect()
    }

    #[test]
    fn crossed_domains_sum_to_both_of_their_sides_and_districts_to_their_region() {
        let domains = [
            domain("overall", "", &[], None),
            domain("sex", "w", &[], None),
            domain("sex", "m", &[], None),
            domain("age", "y", &[], None),
            domain("age", "o", &[], None),
            domain("sex*age", "w*y", &[("sex", "w"), ("age", "y")], None),
            domain("sex*age", "w*o", &[("sex", "w"), ("age", "o")], None),
            domain("sex*age", "m*y", &[("sex", "m"), ("age", "y")], None),
            domain("region", "n", &[], None),
            domain("district", "n1", &[], Some(("region", "n"))),
            domain("district", "n2", &[], Some(("region", "n"))),
        ];
        let expected = [
            (0, vec![1, 2]),
            (0, vec![3, 4]),
            (1, vec![5, 6]),
            (2, vec![7]),
            (3, vec![5, 7]),
            (4, vec![6]),
            (0, vec![8]),
            (8, vec![9, 10]),
        ];
        let mut found = pairs(&domains);
        let mut expected = expected.to_vec();
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn three_crossed_without_their_pairs_sum_to_the_singles() {
        let three = [("a", "1"), ("b", "1"), ("c", "1")];
        let domains = [
            domain("overall", "", &[], None),
            domain("a", "1", &[], None),
            domain("b", "1", &[], None),
            domain("c", "1", &[], None),
            domain("a*b*c", "1*1*1", &three, None),
        ];
        let sums = pairs(&domains);
        assert_eq!(&sums[3..], [(1, vec![4]), (2, vec![4]), (3, vec![4])], "{sums:?}");
    }
}
