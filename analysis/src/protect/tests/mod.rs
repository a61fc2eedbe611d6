//! Protection under attack.

mod attacker;
mod attacks;
mod before;
mod optimum;
mod population;
mod small;
mod tied;
