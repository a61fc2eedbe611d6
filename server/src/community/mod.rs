//! Back to the community: a page for people who do not read tables, frozen as it was released, and a record of the
//! meetings held over it and of what was agreed there.
//!
//! A `Draft` says which figures of the results are shown and what is said of them; `offered` finds these in the last
//! release of results, which is the only place that figures come from; `Content` is the page with them, stored when it
//! is released and never made anew. `say` puts figures into plain words, `page` and `paper` show a `Content`. No SQL.

mod content;
mod draft;
mod meetings;
mod offered;
mod page;
mod paper;
mod place;
mod prose;
mod public;
mod say;

pub use content::{Content, Said, name, named};
pub use draft::{
    Draft, Figure, MOST_FINDINGS, MOST_INTRO, MOST_QUESTION, MOST_WORDS, Pick, QUESTIONS, Sound, Sounds,
    Texts,
};
pub use meetings::{Agreement, Meeting, State};
pub use offered::{Offer, find, offers};
pub use page::{Looked, Record, Standing, day, own_name, page};
pub use paper::paper;
pub use place::{Place, all};
pub use prose::prose;
pub use public::{asked_paper, language, show, sound};
pub use say::told;
