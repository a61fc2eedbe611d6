//! The desk: who gets in, who is kept out, and how its pages look and work.

mod command_line;
mod guessing;
mod sessions;
mod story;

/// The administrator's password, and the coordinator's.
const PASSWORD: &str = "four goats cross the river";
const BOLAS: &str = "a kettle under the window";
