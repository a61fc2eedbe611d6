//! The desk: who gets in, who is kept out, and how its pages look and work.

mod command_line;
mod guessing;
mod person;
mod sessions;
mod story;
mod surveys;
mod uploads;

/// The administrator's password, and the coordinator's.
const PASSWORD: &str = "four goats cross the river";
const BOLAS: &str = "a kettle under the window";
