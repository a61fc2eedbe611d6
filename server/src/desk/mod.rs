//! The desk: the pages of those who run surveys. Made on the server, with forms that work without scripts.
//!
//! `gate.rs` stands before every route: it knows who asks, and lets them in by the table in `acts.rs`. Handlers get a
//! `Visit` and make a page with `Visit::page`; forms come as `Fields`, and have proved where they come from.

mod access;
mod accounts;
mod acts;
mod answer_order;
mod browser;
pub mod code;
mod communities;
mod cookie;
mod doubt;
mod doubt_filter;
mod doubt_items;
mod doubt_words;
mod doubts;
mod draft;
mod enumerators;
mod export;
mod field;
mod field_parts;
mod fields;
mod frame;
mod gate;
mod halves;
mod home;
mod link;
mod live;
mod own;
mod password;
mod poster;
mod preview;
mod raw;
pub mod rounds;
mod running;
mod second;
mod sign_in;
mod streamed;
mod survey;
mod targets;
mod throttle;
mod tokens;
mod totp;
mod upload;
mod uploaded;
mod who;
mod words;

pub use acts::Act;
pub use cookie::language as chosen_language;
pub use fields::Fields;
pub use frame::Visit;
pub use gate::{Gate, base, gate};
pub use link::{END, HOURS, clean_name, expires};
pub use raw::{Wanted, give as give_responses};
pub use who::Who;

use crate::http::{Listed, api};
use crate::results;

/// What the desk keeps in memory; all of it may go with the process.
#[derive(Debug, Default)]
pub struct Desk {
    passwords: password::Passwords,
    throttle: throttle::Throttle,
    halves: halves::Halves,
    exports: raw::Exports,
    uploads: upload::Uploads,
    listeners: live::Listeners,
}

/// All routes of the desk, each with what one does by it.
pub fn routes() -> Listed {
    communities::routes(Listed::new())
        .page(Act::Enter, "/desk/sign-in", sign_in::show)
        .form(Act::Enter, "/desk/sign-in", sign_in::sign_in)
        .form(Act::Enter, "/desk/sign-in/code", sign_in::code)
        .page(Act::Enter, "/desk/link", link::show)
        .form(Act::Enter, "/desk/link", link::choose)
        .page(Act::Enter, "/desk/language", frame::language)
        .form(Act::Own, "/desk/sign-out", sign_in::sign_out)
        .page(Act::Own, "/desk", home::show)
        .page(Act::Own, "/desk/surveys", home::elsewhere)
        .page(Act::Own, "/desk/{*rest}", home::nowhere)
        .page(Act::Own, "/desk/account", own::show)
        .form(Act::Own, "/desk/account/password", own::password)
        .form(Act::Own, "/desk/account/sessions", own::end_session)
        .form(Act::Own, "/desk/account/second-factor", second::change)
        .page(Act::Own, "/desk/account/tokens", tokens::show)
        .form(Act::Own, "/desk/account/tokens", tokens::change)
        .page(Act::Survey, "/desk/surveys/{survey}", survey::show)
        .page(Act::Raw, "/desk/surveys/{survey}/export", export::show)
        .form(Act::Raw, "/desk/surveys/{survey}/export", export::take)
        .page(Act::Survey, "/desk/surveys/{survey}/results", results::show)
        .page(
            Act::Survey,
            "/desk/surveys/{survey}/results/{file}",
            results::file,
        )
        .page(Act::Own, "/api/v1/surveys", api::surveys)
        .page(Act::Survey, "/api/v1/surveys/{survey}/results", results::api)
        .page(
            Act::Survey,
            "/api/v1/surveys/{survey}/results/{file}",
            results::file,
        )
        .page(Act::Raw, "/api/v1/surveys/{survey}/responses", api::responses)
        .page(Act::Survey, "/desk/surveys/{survey}/poster", poster::show)
        .page(Act::Survey, "/desk/surveys/{survey}/field", field::show)
        .page(Act::Raw, "/desk/surveys/{survey}/field/live", live::listen)
        .page(Act::Raw, "/desk/surveys/{survey}/field/flags", doubts::list)
        .page(
            Act::Raw,
            "/desk/surveys/{survey}/field/flags/{response}",
            doubt::show,
        )
        .form(
            Act::Review,
            "/desk/surveys/{survey}/field/flags/{response}",
            doubt::review,
        )
        .page(Act::Begin, "/desk/surveys/new", uploaded::begin)
        .upload(Act::Begin, "/desk/surveys/new", uploaded::begun)
        .page(
            Act::Run,
            "/desk/surveys/{survey}/versions/new",
            uploaded::next_version,
        )
        .upload(Act::Run, "/desk/surveys/{survey}/versions/new", uploaded::brought)
        .page(Act::Run, "/desk/drafts/{draft}", draft::show)
        .form(Act::Run, "/desk/drafts/{draft}", draft::change)
        .page(Act::Run, "/desk/surveys/{survey}/targets", targets::show)
        .upload(Act::Run, "/desk/surveys/{survey}/targets", targets::set)
        .page(Act::Run, "/desk/surveys/{survey}/running", running::show)
        .form(Act::Run, "/desk/surveys/{survey}/running", running::decide)
        .form(Act::Run, "/desk/surveys/{survey}/rounds", rounds::change)
        .page(Act::Enumerators, "/desk/enumerators", enumerators::list)
        .form(Act::Enumerators, "/desk/enumerators", enumerators::add)
        .form(
            Act::Enumerators,
            "/desk/enumerators/{enumerator}",
            enumerators::change,
        )
        .page(Act::Accounts, "/desk/accounts", accounts::list)
        .form(Act::Accounts, "/desk/accounts", accounts::invite)
        .page(Act::Accounts, "/desk/accounts/{account}", accounts::show)
        .form(Act::Accounts, "/desk/accounts/{account}", accounts::change)
}
