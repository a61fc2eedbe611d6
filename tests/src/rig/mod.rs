//! What makes a phone's life hard: a network that fails at a chosen byte, a clock that is wrong, a disk that is full,
//! a battery that is empty; and what tells afterwards whether anything was lost.

mod chance;
mod conditions;
mod keeps;
mod ledger;
mod person;
mod proxy;

pub use chance::Chance;
pub use conditions::{BROKEN_OUTBOX, FULL_WHEN_TOLD, NO_DATABASE, Network, shut};
pub use keeps::{Draft, Keeps, Waiting};
pub use ledger::{Arrivals, Arrived, Given, Ledger, Stage, arrived};
pub use person::{FORM, Person};
pub use proxy::{Fault, Proxy};
