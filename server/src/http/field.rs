//! What an enumerator's phone shows: surveys, own counts, and how far the quotas are filled.

use super::App;
use super::error::Failure;
use super::session::signed_in;
use crate::quotas::label;
use crate::ready::ReadyVersion;
use crate::running::for_the_field;
use crate::store::{Enumerator, now};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// `?since=MOMENT`: when the phone's own day began.
#[derive(Debug, Deserialize)]
pub struct Asked {
    since: Option<String>,
}

/// The surveys of whoever is signed in.
pub async fn get(
    State(app): State<Arc<App>>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let enumerator = signed_in(&app, &headers)?;
    let since = asked.ok().and_then(|Query(asked)| asked.since);
    // Counting may have many responses to read.
    let all = tokio::task::spawn_blocking(move || {
        note_visit(&app, &enumerator)?;
        answer(&app, &enumerator, &day_began(since.as_deref(), Timestamp::now()))
    });
    let all = all.await??;
    Ok(([(header::CACHE_CONTROL, "no-store")], axum::Json(all)).into_response())
}

/// Visits are noted by the minute: to write more often would tell nobody more.
fn note_visit(app: &App, enumerator: &Enumerator) -> rusqlite::Result<()> {
    let minute = "2026-01-01T00:00".len();
    let seen = enumerator.seen_at.as_deref().unwrap_or_default();
    if seen.get(..minute) == now().get(..minute) {
        return Ok(());
    }
    app.store.seen(enumerator.id)
}

/// When today began: on the phone, or where its clock can't be right, on the server.
fn day_began(phone: Option<&str>, now: Timestamp) -> String {
    let near = |moment: &Timestamp| (now - SignedDuration::from_hours(26)..=now).contains(moment);
    let began = phone.and_then(|phone| phone.parse().ok()).filter(near);
    let began = began.unwrap_or_else(|| {
        let midnight = now.to_zoned_datetime(TimeZone::system()).start_of_day();
        midnight.map_or(now, |midnight| midnight.timestamp())
    });
    format!("{began:.3}")
}

fn answer(app: &App, enumerator: &Enumerator, since: &str) -> anyhow::Result<Json> {
    let mut surveys = Vec::new();
    for survey in app.store.slugs()? {
        if !enumerator.is_for(&survey) {
            continue;
        }
        if let Some(version) = app.forms.newest(&app.store, &survey)? {
            surveys.push(told(app, enumerator, &version, since)?);
        }
    }
    Ok(json!({
        "enumerator": { "id": enumerator.public, "name": enumerator.name },
        "surveys": surveys,
    }))
}

fn told(app: &App, enumerator: &Enumerator, version: &ReadyVersion, since: &str) -> anyhow::Result<Json> {
    let form = &version.ready.form;
    let languages = 0..form.languages.len();
    let (received, today) = app.store.received_from(enumerator.id, version.survey, since)?;
    let quotas: Vec<Json> = app
        .counts
        .received(&app.store, version.survey)?
        .into_iter()
        .map(|(quota, received)| {
            let labels: Vec<String> = languages
                .clone()
                .map(|at| label(form, at, &quota.wanted))
                .collect();
            json!({ "label": labels, "target": quota.target, "received": received })
        })
        .collect();
    let tongues: Vec<Json> = form
        .languages
        .iter()
        .map(|language| json!({ "tag": language.tag, "name": language.name, "rtl": language.rtl }))
        .collect();
    let timeline = app.store.timeline(version.survey)?;
    Ok(json!({
        "paused": timeline.stop().map(|stop| for_the_field(stop, form)),
        "slug": form.id,
        "title": languages.map(|at| form.text(at, form.title)).collect::<Vec<_>>(),
        "languages": tongues,
        "version": form.version,
        "hash": version.digest,
        "received": received,
        "today": today,
        "quotas": quotas,
    }))
}

#[cfg(test)]
mod tests {
    use super::day_began;

    #[test]
    fn a_clock_that_is_years_off_does_not_say_when_today_began() {
        let now = "2026-05-06T10:00:00Z".parse().expect("a moment");
        assert_eq!(
            day_began(Some("2026-05-05T21:00:00.000Z"), now),
            "2026-05-05T21:00:00.000Z"
        );
        for odd in [
            "2016-05-06T00:00:00Z",
            "2036-05-06T00:00:00Z",
            "2026-05-06T10:00:01Z",
            "yesterday",
            "",
        ] {
            assert_eq!(day_began(Some(odd), now), day_began(None, now), "{odd}");
        }
    }
}
