//! What a survey is: XLSForm in, a typed form out, and responses checked against it.
//!
//! ```
//! use baraza_forms::{Response, ReadyForm, check, xlsform::import_markdown};
//!
//! let imported = import_markdown(
//!     "| survey |            |        |                |             |
//!      |        | type       | name   | label          | constraint  |
//!      |        | integer    | age    | How old?       | . < 120     |",
//! );
//! let form = ReadyForm::new(imported.form.expect("a form without errors"));
//! let response: Response = serde_json::from_str(
//!     r#"{"form": "form", "version": "1", "instance_id": "a", "answers": {"age": 130}}"#,
//! )?;
//! let checked = check(&form, &response);
//! assert_eq!(checked.flags[0].question, "age");
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! Nothing here knows of HTTP, SQL or statistics; there is no clock, no network, and no file but the workbook and
//! the CSV files beside it.

mod answer;
mod ask;
pub mod diff;
pub mod expr;
mod fill;
pub mod form;
mod graph;
mod hex;
mod kind;
pub mod lint;
mod misfit;
mod near;
mod offer;
mod order;
mod pattern;
mod ready;
mod response;
pub mod xform;
pub mod xlsform;

pub use answer::{Answer, Pass};
pub use ask::{Obstacle, Offer, Shown};
pub use fill::{Env, Filling, MOST_INSTANCES, MOST_SCOPES, ScopeId};
pub use form::{Form, Kind, Node, NodeId, Role};
pub use graph::Readers;
pub use hex::hex;
pub use misfit::is_file_name;
pub use near::is_near;
pub use ready::ReadyForm;
pub use response::{Checked, Flag, Outcome, Response, Rule, check};
