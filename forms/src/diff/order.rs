//! Which questions changed their place among the others.

use crate::form::{Form, NodeId};
use std::collections::{HashMap, HashSet};

/// The fewest nodes of the new form that have to be moved to get from the old order to the new one.
pub fn out_of_order(old: &Form, new: &Form, pairs: &HashMap<NodeId, NodeId>) -> HashSet<NodeId> {
    // Those within another section than before have moved anyway.
    let stayed = |id: &NodeId| {
        pairs.get(id).is_some_and(|&was| {
            let parents = (old.nodes[was].parent, new.nodes[*id].parent);
            match parents {
                (Some(before), Some(after)) => {
                    after == 0 && before == 0 || pairs.get(&after) == Some(&before)
                }
                _ => false,
            }
        })
    };
    let kept: Vec<NodeId> = (1..new.nodes.len()).filter(stayed).collect();
    let before: Vec<NodeId> = kept.iter().map(|id| pairs[id]).collect();
    let steady: HashSet<usize> = longest_rising(&before).into_iter().collect();
    (0..kept.len())
        .filter(|at| !steady.contains(at))
        .map(|at| kept[at])
        .collect()
}

/// Positions of a longest rising subsequence (patience sorting; Fredman 1975).
pub fn longest_rising(numbers: &[usize]) -> Vec<usize> {
    // The position that ends the best sequence of each length, and what stands before each position in it.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(numbers.len());
    for (at, &number) in numbers.iter().enumerate() {
        let length = ends.partition_point(|&end| numbers[end] < number);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        if length == ends.len() {
            ends.push(at);
        } else {
            ends[length] = at;
        }
    }
    let mut rising: Vec<usize> = std::iter::successors(ends.last().copied(), |&at| before[at]).collect();
    rising.reverse();
    rising
}
