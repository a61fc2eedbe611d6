//! The survey without scripts: pages that are sent and come back. What they say and ask is made in [`crate::plain`].

use super::App;
use super::error::Failure;
use super::origin::is_foreign;
use super::pages;
use super::plain_files;
use super::session;
use crate::assets;
use crate::plain::{Asked, End, NoState, Reply, Start, State as Filled, begin, encoded, languages, step, ui};
use crate::ready::ReadyVersion;
use crate::running::State::Closed;
use crate::running::{Change, Decision};
use crate::sender::Sender;
use crate::store::now;
use crate::sync;
use askama::Template;
use axum::body::Body;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use std::sync::Arc;
use uuid::Uuid;

/// Names in an address that are no answers.
const LANGUAGE: &str = "lang";

/// The first page: which language, or the first questions.
pub async fn get(
    State(app): State<Arc<App>>,
    Path(survey): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let Some(version) = app.forms.newest(&app.store, &survey)? else {
        return pages::missing();
    };
    let form = &version.ready.form;
    let given: Vec<(String, String)> = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .into_owned()
        .collect();
    let wanted = given.iter().find(|(name, _)| name == LANGUAGE);
    let named = wanted.and_then(|(_, tag)| form.language(tag));
    if session::who(&app, &headers)?.refused_by(&version).is_some() {
        let html = end(&version, &survey, named.unwrap_or(0), Ending::SignIn(None))?;
        return Ok(page(StatusCode::FORBIDDEN, html));
    }
    let timeline = app.store.timeline(version.survey)?;
    let stop = timeline.stop();
    if let Some(stop) = stop.filter(|stop| stop.decision.is_everywhere()) {
        let language = named.unwrap_or_else(|| pages::likely_language(form, None, &headers));
        let html = end(&version, &survey, language, Ending::Stopped(&stop.decision))?;
        return Ok(page(StatusCode::OK, html));
    }
    let Some(language) = named.or((form.languages.len() == 1).then_some(0)) else {
        return Ok(page(StatusCode::OK, choose(&version, &survey, &given)?));
    };
    let notice = pages::notice(&app, &survey)?;
    let html = tokio::task::spawn_blocking(move || {
        let now = wall_clock();
        begin(asked(&version, &survey, (notice, None), &now), language, &given)
    })
    .await??;
    Ok(page(StatusCode::OK, html))
}

fn choose(version: &ReadyVersion, survey: &str, given: &[(String, String)]) -> anyhow::Result<String> {
    let form = &version.ready.form;
    let names = languages(version, 0).into_iter().zip(&form.languages);
    let with = |tag: &str| {
        let others = given.iter().filter(|(name, _)| name != LANGUAGE);
        form_urlencoded::Serializer::new(String::new())
            .append_pair(LANGUAGE, tag)
            .extend_pairs(others)
            .finish()
    };
    let start = Start {
        lang: &form.languages[0].tag,
        dir: pages::direction(form.languages[0].rtl),
        title: form.text(0, form.title),
        assets: assets::prefix(),
        survey: encoded(survey),
        languages: names
            .map(|((_, name, _), language)| {
                // Two languages without a code of their own are told apart by their names.
                let tag = if language.tag == "und" {
                    &language.name
                } else {
                    &language.tag
                };
                (
                    language.tag.clone(),
                    pages::direction(language.rtl),
                    name,
                    with(tag),
                )
            })
            .collect(),
        ui: ui(&form.languages[0].tag),
    };
    Ok(start.render()?)
}

/// Takes a page's answers and gives the next one, or stores the response.
pub async fn post(
    State(app): State<Arc<App>>,
    Path(survey): Path<String>,
    headers: HeaderMap,
    request: Request<Body>,
) -> Result<Response, Failure> {
    if is_foreign(&headers, app.url.as_deref()) {
        super::error::drain(request.into_body()).await;
        let message = "answers are sent from the survey's own page";
        return Err(Failure::told(StatusCode::FORBIDDEN, message));
    }
    let Some(newest) = app.forms.newest(&app.store, &survey)? else {
        return pages::missing();
    };
    let (submit, status) = match plain_files::fields(&app, &newest, &headers, request).await {
        Ok(read) => read,
        Err(failure) => return refused(&newest, &survey, failure),
    };
    let state = match Filled::unpack(submit.one("state").unwrap_or_default()) {
        Ok(state) => state,
        Err(why) => return lost(&newest, &survey, &why),
    };
    // A form that was begun with an older version is finished with it.
    let version = if newest.ready.form.version == state.version {
        newest
    } else {
        match app.forms.named(&app.store, &survey, &state.version)? {
            Some(version) => version,
            None => return lost(&newest, &survey, &NoState::Damaged),
        }
    };
    let notice = pages::notice(&app, &survey)?;
    let (form, slug) = (Arc::clone(&version), survey.clone());
    let timeline = app.store.timeline(version.survey)?;
    let reply = tokio::task::spawn_blocking(move || {
        let now = wall_clock();
        // What was begun before is finished; both moments are this server's.
        let stop = timeline
            .stop()
            .filter(|stop| !is_before(&state.started, &stop.since));
        step(asked(&form, &slug, (notice, stop), &now), state, &submit)
    })
    .await?;
    match reply {
        Ok(Reply::Page(html)) => Ok(page(status, html)),
        Ok(Reply::Send(sent)) => {
            let sender = session::who(&app, &headers)?;
            send(&app, &version, &survey, *sent, sender).await
        }
        Err(error) => {
            if let Some(why) = error.downcast_ref::<NoState>() {
                return lost(&version, &survey, why);
            }
            Err(Failure::Ours(error))
        }
    }
}

/// Says what has become of a response only after the store has said it.
async fn send(
    app: &App,
    version: &Arc<ReadyVersion>,
    survey: &str,
    (mut response, state): (baraza_forms::Response, Filled),
    sender: Sender,
) -> Result<Response, Failure> {
    let newest = app.newest(survey)?;
    if sender.refused_by(&newest).is_some() {
        let html = end(version, survey, state.language, Ending::SignIn(Some(&state)))?;
        return Ok(page(StatusCode::FORBIDDEN, html));
    }
    if let Sender::Enumerator { public, .. } = &sender {
        response.enumerator = Some(public.clone());
    }
    let first = app.store.first_of(version.survey, &response.instance_id)?;
    let form = Arc::clone(version);
    let timeline = app.forms.timeline_lately(&app.store, version.survey)?;
    let vouched = sender.vouches_for(&response);
    let incoming = tokio::task::spawn_blocking(move || {
        // Sent before, gone back from and sent again: the same answers are the same response, whenever they come.
        if let Some((finished, digest)) = first {
            let again = crate::plain::finished_at(&response, &form, &finished);
            let again = sync::prepare(&again, &form, &timeline, &now(), vouched);
            if again.digest == digest {
                return again;
            }
        }
        sync::prepare(&response, &form, &timeline, &now(), vouched)
    })
    .await?;
    match app.store.put(incoming).await {
        Ok(_) => Ok(page(
            StatusCode::OK,
            end(version, survey, state.language, Ending::Sent)?,
        )),
        Err(fault) => {
            tracing::error!(
                request = super::error::request(),
                "a response from a page was not stored: {fault}"
            );
            let html = end(version, survey, state.language, Ending::Unsent(&state))?;
            let mut response = page(StatusCode::SERVICE_UNAVAILABLE, html);
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
            Ok(response)
        }
    }
}

#[derive(Clone, Copy)]
enum Ending<'a> {
    Sent,
    /// The answers are in the page still.
    Unsent(&'a Filled),
    /// Only enumerators who have signed in may send; answers that were given stay in the page.
    SignIn(Option<&'a Filled>),
    /// Nobody is asked at the moment.
    Stopped(&'a Decision),
    /// What arrived can't be used.
    Lost(&'a NoState),
}

fn end(version: &ReadyVersion, survey: &str, language: usize, ending: Ending<'_>) -> anyhow::Result<String> {
    let form = &version.ready.form;
    let language = &form.languages[language.min(form.languages.len() - 1)];
    let ui = ui(&language.tag);
    let (outcome, heading, text, state) = match ending {
        Ending::Sent => ("sent", "sent_title", "plain_sent", None),
        Ending::Unsent(state) => ("unsent", "plain_unsent", "plain_unsent_text", Some(state)),
        Ending::SignIn(state) => ("unsent", "plain_sign_in", "plain_sign_in_text", state),
        Ending::Stopped(decision) if decision.state == Closed => {
            ("stopped", "closed_title", "closed_text", None)
        }
        Ending::Stopped(_) => ("stopped", "paused_title", "paused_text", None),
        Ending::Lost(NoState::TooLarge) => ("lost", "plain_lost", "plain_large_text", None),
        Ending::Lost(NoState::Damaged) => ("lost", "plain_lost", "plain_lost_text", None),
    };
    let at = form.language(&language.tag).unwrap_or(0);
    let end = End {
        lang: &language.tag,
        dir: pages::direction(language.rtl),
        title: form.text(at, form.title),
        assets: assets::prefix(),
        survey: encoded(survey),
        outcome,
        heading: ui.t(heading),
        text: ui.t(text),
        thanks: match (&ending, form.settings.thanks) {
            (Ending::Sent, Some(thanks)) => form.text(at, thanks),
            _ => String::new(),
        },
        why: match ending {
            Ending::Stopped(decision) => &decision.why,
            _ => "",
        },
        until: match ending {
            Ending::Stopped(decision) => ui.paused_until(&decision.until),
            _ => String::new(),
        },
        state: state.map(Filled::pack).transpose()?.unwrap_or_default(),
        ui,
    };
    Ok(end.render()?)
}

fn lost(version: &ReadyVersion, survey: &str, why: &NoState) -> Result<Response, Failure> {
    let status = match why {
        NoState::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        NoState::Damaged => StatusCode::BAD_REQUEST,
    };
    Ok(page(status, end(version, survey, 0, Ending::Lost(why))?))
}

/// What went wrong before a page was read, in a page: nobody reads JSON there.
fn refused(version: &ReadyVersion, survey: &str, failure: Failure) -> Result<Response, Failure> {
    match failure {
        Failure::Told(StatusCode::PAYLOAD_TOO_LARGE, _) => lost(version, survey, &NoState::TooLarge),
        Failure::Later(seconds) => {
            let html = end(version, survey, 0, Ending::Lost(&NoState::Damaged))?;
            let mut response = page(StatusCode::SERVICE_UNAVAILABLE, html);
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            Ok(response)
        }
        Failure::Told(..) | Failure::Coded(..) | Failure::NoRoom(..) => {
            lost(version, survey, &NoState::Damaged)
        }
        Failure::Ours(cause) => Err(Failure::Ours(cause)),
    }
}

fn asked<'a>(
    version: &'a ReadyVersion,
    survey: &'a str,
    (notice, stop): (&'static str, Option<&'a Change>),
    now: &'a str,
) -> Asked<'a> {
    Asked {
        version,
        survey,
        notice,
        stop,
        now,
        chance: Uuid::new_v4().as_u64_pair().0,
    }
}

fn is_before(one: &str, other: &str) -> bool {
    let moments = one.parse::<Timestamp>().ok().zip(other.parse().ok());
    moments.is_some_and(|(one, other)| one < other)
}

/// The moment by the clock of where the server stands: a phone without scripts does not tell its own.
fn wall_clock() -> String {
    jiff::ZonedDateTime::now()
        .strftime("%Y-%m-%dT%H:%M:%S%.3f%:z")
        .to_string()
}

/// Answers are in these pages, so that no browser is to keep them. `no-referrer` would make browsers hide where a form
/// that is sent comes from, even from ourselves.
fn page(status: StatusCode, html: String) -> Response {
    let mut response = (status, pages::page(html)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}
