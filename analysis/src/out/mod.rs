//! Writing what may leave. Nothing here takes anything but [`Released`](crate::Released).

mod csv;

pub use csv::{neutral, wide_name, write_tidy, write_wide};
