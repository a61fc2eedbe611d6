//! Tests: whether answers differ between domains or rounds by more than chance, and what is left of that when many
//! tests are made.
//!
//! A result is `None` where there is nothing to test: fewer than two domains or categories with anyone in them, no
//! degree of freedom, nobody who differs.

mod adjust;
mod chi_square;
mod difference;
mod rank;
mod saddlepoint;
#[cfg(test)]
mod tests;

pub use adjust::{benjamini_hochberg, holm};
pub use chi_square::{
    ChiSquare, Statistic, association, association_of_one, means_differ, rao_scott, rao_scott_one,
};
pub use difference::{Difference, difference, difference_between};
pub use rank::rank_scores;
