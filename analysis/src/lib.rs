//! From responses to published tables: tally, estimate, protect, write.
//!
//! ```
//! use baraza_analysis::{Options, Policy, Responses, analyse, protect, write_tidy};
//! use baraza_forms::xlsform::import_markdown;
//!
//! let form = import_markdown(
//!     "| survey  |                  |        |        |              |
//!      |         | type             | name   | label  | baraza::role |
//!      |         | select_one sexes | gender | Gender | gender       |
//!      |         | select_one yn    | safe   | Safe?  |              |
//!      | choices |                  |        |        |
//!      |         | list_name        | name   | label  |
//!      |         | sexes            | woman  | Woman  |
//!      |         | sexes            | man    | Man    |
//!      |         | yn               | yes    | Yes    |
//!      |         | yn               | no     | No     |",
//! ).form.expect("a form without errors");
//! let csv = format!("gender,safe\n{}{}", "woman,yes\n".repeat(30), "man,no\n".repeat(40));
//! let (responses, notes) = Responses::from_csv(&form, csv.as_bytes())?;
//! assert!(notes.is_empty());
//! let analysis = analyse(&responses, &Options::default(), &mut |_, _| {})?;
//! let released = protect(analysis, &Policy::default())?;
//! let mut tidy = Vec::new();
//! write_tidy(&released, &mut tidy)?;
//! assert!(String::from_utf8_lossy(&tidy).contains("safe,Safe?,proportion,yes,Yes,,overall"));
//! # Ok::<(), baraza_analysis::Error>(())
//! ```
//!
//! Nothing here knows of HTTP or SQL. Statistics never see rows: `tally` makes sums, and everything after works on
//! the sums. Only `protect` makes a [`Released`], and only that is written.

pub mod design;
mod error;
pub mod estimate;
mod out;
mod protect;
mod responses;
mod table;
pub mod tally;
mod variables;

pub use error::{Error, Note};
pub use estimate::Estimate;
pub use out::{
    About, Digits, FirstPage, Headline, neutral, wide_name, write_codebook, write_json, write_parquet,
    write_r, write_report, write_stata, write_tidy, write_tidy_hxl, write_wide, write_xlsx,
};
pub use protect::{Policy, Released, ReleasedCell, ReleasedTable, Status, protect};
pub use responses::{OWN_COLUMNS, OWN_PREFIX, Responses, raw};
pub use table::{Analysis, Options, Statistic, Table, analyse};
pub use variables::{AGE_BANDS, BasePolicy, Category, Domain, Domains};
