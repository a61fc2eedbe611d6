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

mod compare;
mod crossing;
mod declared;
pub mod design;
mod error;
pub mod estimate;
mod findings;
mod further;
pub mod hypothesis;
mod levels;
mod matrix;
pub mod microdata;
mod out;
mod partial;
mod places;
mod protect;
mod rank;
mod relations;
mod responses;
mod rounds;
mod table;
pub mod tally;
mod threads;
pub mod totals;
mod variables;

pub use compare::{Comparison, Correction, LEVEL, Options as Compare, TestResult};
pub use declared::{Missing, Variables};
pub use error::{Error, Note};
pub use estimate::{Estimate, Interval};
pub use findings::Findings;
pub use out::{
    About, Digits, FirstPage, Headline, Labels, ParquetRows, Shape, Words, neutral, wide_name, write_changes,
    write_chart, write_codebook, write_differences, write_fieldwork, write_json, write_orders, write_parquet,
    write_r, write_report, write_stata, write_tests, write_tidy, write_tidy_hxl, write_wide, write_xlsx,
};
pub use partial::SurveyTally;
pub use protect::{
    Audit, Earlier, Policy, Released, ReleasedCell, ReleasedTable, Status, protect, protect_beside,
};
pub use rank::{Order, Step};
pub use responses::{Fieldwork, OWN_COLUMNS, OWN_PREFIX, Responses, raw};
pub use rounds::{Change, Changes, Round, changes};
pub use table::{Analysis, Options, Part, Relation, Section, Shows, Statistic, Table, View, analyse};
pub use variables::{AGE_BANDS, BasePolicy, Category, Domain, Domains};
