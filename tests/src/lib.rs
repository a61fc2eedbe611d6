//! End to end: the real binary, real Chromium, real files.

mod all_controls;
mod browser;
pub mod field;
mod phone;
mod server;

pub use all_controls::{exported, serve_all_controls};
pub use browser::{Browser, Page, chromium};
pub use phone::Phone;
pub use server::{Server, baraza, binary, csv_rows, free_port, shared, told};
