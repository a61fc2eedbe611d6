//! Patterns that explode: a value that doesn't fit would be tried in exponentially many ways.
//!
//! The pattern becomes Glushkov's automaton, one state for each character it may read, its transitions counted. It has
//! exponentially many ways for some words if and only if a state leads back to itself in two ways that read the same
//! word (Weber and Seidl 1991, "On the degree of ambiguity of finite automata"): a doubled transition within a loop,
//! or, in the product of a loop with itself, a circle through a pair of equal and a pair of different states.

use super::automaton::{Automaton, Loop};
use std::collections::HashSet;

/// More states than this in one loop: the product would have too many pairs to be worth it.
const MOST_STATES: usize = 256;
/// A round of this many characters doubles the ways: an answer of a hundred characters has then few enough for a phone
/// to try them all.
const LONG_ROUND: usize = 8;

/// A part of a pattern that may match the same text in exponentially many ways.
#[derive(Debug, PartialEq, Eq)]
pub struct Explosion {
    /// The smallest repetition around it.
    pub part: Loop,
    /// Whether it takes answers longer than anybody types.
    pub slow: bool,
}

/// Finds such a part. A repetition counted higher than is worth spelling out is taken to be without bound.
pub fn explosion(pattern: &str) -> Option<Explosion> {
    let automaton = Automaton::of(pattern)?;
    let component = components(automaton.len(), |state| {
        automaton.follow(state).map(|(next, _)| next).collect()
    });
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); automaton.len()];
    for (state, &at) in component.iter().enumerate() {
        members[at].push(state);
    }
    let mut found: Vec<Explosion> = members
        .iter()
        .filter_map(|states| {
            let round = Product::new(&automaton, states).shortest_round()?;
            Some(Explosion {
                part: automaton.smallest_loop(states),
                slow: round >= LONG_ROUND,
            })
        })
        .collect();
    found.sort_by_key(|explosion| explosion.slow);
    found.into_iter().next()
}

/// A strongly connected part of the automaton, walked twice at once by the same word.
struct Product<'a> {
    automaton: &'a Automaton,
    states: &'a [usize],
    /// By state, counted within this part: what follows, and whether in several ways.
    inside: Vec<Vec<(usize, bool)>>,
}

impl<'a> Product<'a> {
    fn new(automaton: &'a Automaton, states: &'a [usize]) -> Self {
        let follow = |&state: &usize| {
            let within = |(next, ways)| Some((states.binary_search(&next).ok()?, ways > 1));
            automaton.follow(state).filter_map(within).collect()
        };
        Self {
            automaton,
            states,
            inside: states.iter().map(follow).collect(),
        }
    }

    /// The length of a shortest word that leads from a state back to it in two ways, up to [`LONG_ROUND`], which
    /// stands for longer ones.
    fn shortest_round(&self) -> Option<usize> {
        if self.states.len() > MOST_STATES {
            return Some(LONG_ROUND);
        }
        let doubled = self.inside.iter().flatten().any(|(_, doubled)| *doubled);
        if !doubled && !self.has_two_ways() {
            return None;
        }
        (0..self.states.len())
            .filter_map(|state| self.round_from(state))
            .min()
            .or(Some(LONG_ROUND))
    }

    /// Pairs of states that may come after a pair.
    fn after(&self, left: usize, right: usize) -> impl Iterator<Item = (usize, usize, bool)> {
        self.inside[left].iter().flat_map(move |&(a, doubled)| {
            self.inside[right]
                .iter()
                .filter(move |(b, _)| self.automaton.overlap(self.states[a], self.states[*b]))
                .map(move |&(b, _)| (a, b, doubled && left == right && a == b))
        })
    }

    /// Whether a circle goes through a pair of equal and a pair of different states.
    fn has_two_ways(&self) -> bool {
        let count = self.states.len();
        let follow = |pair: usize| {
            self.after(pair / count, pair % count)
                .map(|(a, b, _)| a * count + b)
                .collect()
        };
        let pairs = components(count * count, follow);
        let mut equal = vec![false; count * count];
        for state in 0..count {
            equal[pairs[state * count + state]] = true;
        }
        (0..count * count).any(|pair| pair / count != pair % count && equal[pairs[pair]])
    }

    /// The shortest such round from one state, if it is short.
    fn round_from(&self, start: usize) -> Option<usize> {
        let mut here: HashSet<(usize, usize, bool)> = HashSet::from([(start, start, false)]);
        for length in 1..LONG_ROUND {
            let steps = here.iter().flat_map(|&(left, right, apart)| {
                self.after(left, right)
                    .map(move |(a, b, doubled)| (a, b, apart || doubled || a != b))
            });
            here = steps.collect();
            if here.contains(&(start, start, true)) {
                return Some(length);
            }
            if here.len() > MOST_PAIRS {
                return Some(length);
            }
        }
        None
    }
}

/// Pairs at once, beyond which a loop has so many ways that it counts as exploding.
const MOST_PAIRS: usize = 20_000;

/// Strongly connected components (Tarjan 1972), without recursion: for each node the number of its component.
fn components(count: usize, follow: impl Fn(usize) -> Vec<usize>) -> Vec<usize> {
    const UNSEEN: usize = usize::MAX;
    let (mut index, mut low) = (vec![UNSEEN; count], vec![0; count]);
    let mut component = vec![UNSEEN; count];
    let (mut stack, mut seen, mut found) = (Vec::new(), 0, 0);
    for start in 0..count {
        if index[start] != UNSEEN {
            continue;
        }
        let mut path: Vec<(usize, Vec<usize>)> = Vec::new();
        let mut enter = Some(start);
        loop {
            if let Some(node) = enter.take() {
                (index[node], low[node]) = (seen, seen);
                seen += 1;
                stack.push(node);
                path.push((node, follow(node)));
            }
            let Some((node, left)) = path.last_mut() else {
                break;
            };
            let node = *node;
            if let Some(next) = left.pop() {
                if index[next] == UNSEEN {
                    enter = Some(next);
                } else if component[next] == UNSEEN {
                    low[node] = low[node].min(index[next]);
                }
                continue;
            }
            path.pop();
            if let Some((parent, _)) = path.last() {
                low[*parent] = low[*parent].min(low[node]);
            }
            if low[node] == index[node] {
                while let Some(member) = stack.pop() {
                    component[member] = found;
                    if member == node {
                        break;
                    }
                }
                found += 1;
            }
        }
    }
    component
}

#[cfg(test)]
mod tests {
    use super::explosion;

    #[test]
    fn patterns_that_explode_are_found_with_the_part_that_does() {
        for (pattern, part) in [
            ("(a+)+", "(a+)+"),
            ("^(a+)+$", "(a+)+"),
            ("x(a*)*y", "(a*)*"),
            ("(a|a)*b", "(a|a)*"),
            ("(a|b|ab)*c", "(a|b|ab)*"),
            (r"(\w+\s?)+", r"(\w+\s?)+"),
            (r"^([a-zA-Z]+[ '-]?)*$", r"([a-zA-Z]+[ '-]?)*"),
            (r"(\d+)*[a-z]", r"(\d+)*"),
            ("(.*,?)+", "(.*,?)+"),
            ("(a?b?)*c", "(a?b?)*"),
            ("((ab)*(cd)*)*e", "((ab)*(cd)*)*"),
            ("(?:[a-z]+){10}!", "[a-z]+{10}"),
            ("(?=(x+)+y)x*z", "(x+)+"),
            ("((a{1,9}){1,9}){1,9}", "((a{1,9}){1,9}){1,9}"),
            ("([0-9]+-?){1,40}", "([0-9]+-?){1,40}"),
            ("(?i)(a|A)*b", "(a|A)*"),
        ] {
            let found = explosion(pattern).map(|e| (e.part.text, e.slow));
            assert_eq!(found, Some((part.to_owned(), false)), "{pattern}");
        }
    }

    #[test]
    fn patterns_in_use_are_let_through() {
        for pattern in [
            r"^([\w-]+\.)+[\w-]{2,}$",
            r"^[\w-\.]+@([\w-]+\.)+[\w-]{2,4}$",
            r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}",
            r"^\+?[0-9]{8,15}$",
            r"^(\+\d{1,3}[- ]?)?\d{10}$",
            r"^0[0-9]{2}[- ]?[0-9]{3}[- ]?[0-9]{4}$",
            r"^(0[1-9]|[12][0-9]|3[01])/(0[1-9]|1[0-2])/[0-9]{4}$",
            r"^([01]?\d|2[0-3]):[0-5]\d$",
            r"^(\d{1,3}\.){3}\d{1,3}$",
            r"^([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}$",
            r"^[A-Z]{2}(-[A-Z0-9]{3}){2,9}$",
            r"^(\d{10}-?)+$",
            r"^[a-z]+( [a-z]+)*$",
            r"^\S+(\s+\S+)*$",
            r"^(?!.*(.)\1)[a-z]+$",
            "^(a|b)*c$",
            "^(ab|cd)+$",
            "^(?=.*[0-9])(?=.*[a-z]).{6,}$",
            "^.{1,500}$",
            r"^[^<>]*$",
            r"^-?\d+(\.\d+)?(,-?\d+(\.\d+)?)*$",
            "",
            "(a|b){1,200}",
        ] {
            assert_eq!(explosion(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn patterns_that_take_longer_answers_than_anybody_types_are_told_apart() {
        for pattern in [
            r"^(([0-9]{1})*[- .(]*([0-9]{3})[- .)]*[0-9]{3}[- .]*[0-9]{4})+$",
            r"([0-9]{9,12}-?)+",
        ] {
            assert!(
                explosion(pattern).is_some_and(|e| e.slow),
                "{pattern}: {:?}",
                explosion(pattern)
            );
        }
    }

    #[test]
    fn a_pattern_made_to_cost_the_check_its_time_ends_quickly() {
        let begun = std::time::Instant::now();
        for pattern in [
            "((((a{9}){9}){9}){9}){9}".to_owned(),
            "(a?){5000}a{5000}".to_owned(),
            format!("({})*", (0..2000).map(|i| format!("{i:04}|")).collect::<String>()),
            format!("({})*", "[a-z]?".repeat(1000)),
            format!("{}a{}", "(".repeat(200), ")*".repeat(200)),
        ] {
            let _ = explosion(&pattern);
        }
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    }
}
