//! End to end: the real binary, real Chromium, real files.

mod all_controls;
mod axe;
mod browser;
mod cdp;
pub mod desk;
pub mod disk;
pub mod field;
pub mod load;
mod phone;
mod plain;
pub mod rig;
mod server;
mod tour;
pub mod wire;

pub use all_controls::{exported, serve_all_controls};
pub use axe::{AXE_JUDGE, axe};
pub use browser::{Browser, Page, chromium, kill_group};
pub use cdp::{Gone, Tab};
pub use phone::Phone;
pub use plain::{Fields, Plain, put_field};
pub use server::{Server, baraza, binary, csv_rows, free_port, memory_kb, rows, shared, told};
pub use tour::Tour;
