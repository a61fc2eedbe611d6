//! Writing what may leave. Nothing here takes anything but [`Released`](crate::Released).

mod csv;
mod findings;

pub use csv::{neutral, wide_name, write_tidy, write_wide};
pub use findings::{write_changes, write_differences, write_fieldwork, write_orders, write_tests};
