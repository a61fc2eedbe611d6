//! Responses that are doubted, each with its reasons: chosen by kind, enumerator, state and area, a page at a time.

use super::field::{area_name, counting, language};
use super::{Act, Visit, Who, doubt_words};
use crate::http::{App, Failure};
use crate::monitor::{Doubt, Kind, Look, Made, Row, Seen, is_open};
use crate::plain::encoded;
use crate::store::{Enumerator, State as Reviewed, Summary};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use baraza_forms::Form;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Responses on a page.
const SHOWN: usize = 20;
/// Whom a filter calls nobody, and what it calls no area.
pub const NOBODY: &str = "-";

#[derive(Template)]
#[template(path = "desk/doubts.html")]
struct Page<'a> {
    visit: &'a Visit,
    survey: &'a str,
    kinds: Vec<Choice>,
    states: Vec<Choice>,
    /// Nothing for who may not see enumerators.
    enumerators: Vec<Choice>,
    areas: Vec<Choice>,
    all: u64,
    items: &'a [Item],
    /// The filter, as it stands in addresses.
    filter: &'a str,
    before: Option<usize>,
    after: Option<usize>,
    rules: Vec<(String, String)>,
    may_review: bool,
}

/// What a filter offers.
pub struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

/// A response of the list.
pub struct Item {
    pub id: String,
    pub short: String,
    pub state: String,
    pub received_at: String,
    /// Blank for who may not see enumerators.
    pub enumerator: String,
    pub area: String,
    pub corrections: u64,
    pub doubts: Vec<Said>,
    pub is_open: bool,
}

/// A doubt in words.
pub struct Said {
    pub name: String,
    pub why: String,
    /// The other response, of one that is like it.
    pub other: String,
}

/// What is wanted.
#[derive(Debug, Default)]
struct Filter {
    kind: Option<Kind>,
    /// Row id; nobody is one as well.
    enumerator: Option<Option<i64>>,
    state: Wanted,
    area: Option<Option<u32>>,
    page: usize,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Wanted {
    #[default]
    Open,
    All,
    One(Reviewed),
}

impl Filter {
    fn of(query: &Query, enumerators: &[Enumerator], seen: &Seen) -> Self {
        let enumerator = match query.get("enumerator") {
            "" => None,
            NOBODY => Some(None),
            public => {
                let found = enumerators.iter().find(|one| one.public == public);
                // Of somebody who is not there, there is nothing.
                Some(Some(found.map_or(0, |one| one.id)))
            }
        };
        let area = match query.get("area") {
            "" => None,
            NOBODY => Some(None),
            code => Some(Some(seen.shared.areas.find(code).unwrap_or(u32::MAX))),
        };
        Self {
            kind: Kind::read(query.get("flag")),
            enumerator,
            state: match query.get("state") {
                "all" => Wanted::All,
                word => Reviewed::read(word).map_or(Wanted::Open, Wanted::One),
            },
            area,
            page: query.get("page").parse::<u32>().unwrap_or(0) as usize,
        }
    }

    fn wants(&self, row: &Row, doubts: &[Doubt]) -> bool {
        let is_state = match self.state {
            Wanted::Open => is_open(row.state),
            Wanted::All => true,
            Wanted::One(state) => row.state == state,
        };
        is_state
            && self
                .kind
                .is_none_or(|kind| doubts.iter().any(|doubt| doubt.kind() == kind))
            && self
                .enumerator
                .is_none_or(|enumerator| row.enumerator == enumerator)
            && self.area.is_none_or(|area| row.area == area)
    }
}

/// The address's query.
struct Query(Vec<(String, String)>);

impl Query {
    const FILTER: [&'static str; 4] = ["flag", "enumerator", "state", "area"];

    fn read(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(pairs.into_owned().collect())
    }

    fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// The filter alone, to be put behind a `?`.
    fn filter(&self) -> String {
        let mut written = form_urlencoded::Serializer::new(String::new());
        for name in Self::FILTER {
            if !self.get(name).is_empty() {
                written.append_pair(name, self.get(name));
            }
        }
        written.finish()
    }
}

/// A filter as a page that was sent in brings it back.
pub fn filter(query: &str) -> String {
    Query::read(Some(query)).filter()
}

/// Those of a page, and how many there are of them.
type Found = (usize, Vec<(i64, Option<u32>, Vec<Doubt>, Option<i64>)>);

/// The list.
pub async fn list(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    Path(survey): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let query = Query::read(query.as_deref());
    tokio::task::spawn_blocking(move || {
        let version = app.newest(&survey)?;
        let form = &version.ready.form;
        let may_enumerators = who.may(Act::Enumerators, Some(&survey));
        let enumerators = if may_enumerators {
            app.store.enumerators()?
        } else {
            Vec::new()
        };
        let looked = app.monitor.look(
            (&app.store, &app.forms),
            (version.survey, &survey),
            |seen, made| {
                let filter = Filter::of(&query, &enumerators, seen);
                let areas = areas(&visit, form, seen, made, query.get("area"));
                let among: BTreeSet<i64> = made.counts.enumerators.keys().flatten().copied().collect();
                let page = found(seen, made, &filter);
                let words = Words::of(&visit, form, seen, &page);
                (filter.page, page, areas, among, words)
            },
        )?;
        let (at, (all, found), areas, among, words) = match looked {
            Look::Seen(seen) => seen,
            Look::Counting(read) => return counting(&visit, read),
        };
        let items = items(&app, &visit, form, found, (&words, may_enumerators))?;
        let enumerators = enumerators.iter().filter(|one| among.contains(&one.id));
        let enumerators = enumerators.map(|one| (one.public.clone(), one.name.clone()));
        let chosen = |value: &str, label: String, name: &str| Choice {
            chosen: query.get(name) == value,
            value: value.to_owned(),
            label,
        };
        let states = ["open", "received", "flagged", "approved", "rejected", "all"];
        let body = Page {
            visit: &visit,
            survey: &survey,
            kinds: std::iter::once(chosen("", visit.t("filter_any"), "flag"))
                .chain(Kind::ALL.map(|kind| chosen(kind.word(), doubt_words::name(&visit, kind), "flag")))
                .collect(),
            states: states
                .map(|state| chosen(state, state_name(&visit, state), "state"))
                .into(),
            enumerators: if may_enumerators {
                std::iter::once(chosen("", visit.t("filter_any"), "enumerator"))
                    .chain(enumerators.map(|(public, name)| chosen(&public, name, "enumerator")))
                    .chain([chosen(NOBODY, visit.t("field_nobody"), "enumerator")])
                    .collect()
            } else {
                Vec::new()
            },
            areas,
            all: all as u64,
            items: &items,
            filter: &query.filter(),
            before: at.checked_sub(1),
            after: ((at + 1) * SHOWN < all).then_some(at + 1),
            rules: doubt_words::rules(&visit),
            may_review: who.may(Act::Review, Some(&survey)),
        };
        visit.page(&visit.t("doubts"), &body.render()?)
    })
    .await?
}

/// What a state is called.
pub fn state_name(visit: &Visit, word: &str) -> String {
    visit.t(match word {
        "received" => "state_received",
        "flagged" => "state_flagged",
        "approved" => "state_approved",
        "rejected" => "state_rejected",
        "all" => "state_all",
        _ => "state_open",
    })
}

fn areas(visit: &Visit, form: &Form, seen: &Seen, made: &Made, wanted: &str) -> Vec<Choice> {
    let language = language(visit, form);
    let mut choices: Vec<Choice> = made
        .counts
        .areas
        .keys()
        .map(|area| match area {
            Some(area) => {
                let code = seen.shared.areas.name(*area);
                (code.to_owned(), area_name(form, language, code))
            }
            None => (NOBODY.to_owned(), visit.t("field_area_none")),
        })
        .map(|(value, label)| Choice {
            chosen: wanted == value,
            value,
            label,
        })
        .collect();
    if choices.len() < 2 {
        return Vec::new();
    }
    choices.sort_by(|a, b| a.label.cmp(&b.label));
    let any = Choice {
        value: String::new(),
        label: visit.t("filter_any"),
        chosen: wanted.is_empty(),
    };
    choices.insert(0, any);
    choices
}

fn found(seen: &Seen, made: &Made, filter: &Filter) -> Found {
    let wanted = made
        .doubted
        .iter()
        .filter(|(at, doubts)| filter.wants(&seen.rows[*at], doubts));
    let all = wanted.clone().count();
    let shown = wanted.skip(filter.page.saturating_mul(SHOWN)).take(SHOWN);
    let shown = shown.map(|(at, doubts)| {
        let row = &seen.rows[*at];
        (row.id, row.area, doubts.clone(), twin(seen, doubts))
    });
    (all, shown.collect())
}

/// Row id of the response that it is like.
pub fn twin(seen: &Seen, doubts: &[Doubt]) -> Option<i64> {
    doubts.iter().find_map(|doubt| match doubt {
        Doubt::Twin(twin) => seen.rows.get(twin.other).map(|row| row.id),
        _ => None,
    })
}

/// What the numbers of a page stand for.
#[derive(Default)]
pub struct Words {
    pub areas: std::collections::HashMap<u32, String>,
    pub questions: std::collections::HashMap<u32, String>,
}

impl Words {
    fn of(visit: &Visit, form: &Form, seen: &Seen, (_, found): &Found) -> Self {
        let mut words = Self::default();
        for (_, area, doubts, _) in found {
            words.add(visit, form, seen, *area, doubts);
        }
        words
    }

    /// Those of one response.
    pub fn add(&mut self, visit: &Visit, form: &Form, seen: &Seen, area: Option<u32>, doubts: &[Doubt]) {
        let language = language(visit, form);
        if let Some(area) = area {
            let name = area_name(form, language, seen.shared.areas.name(area));
            self.areas.insert(area, name);
        }
        for doubt in doubts {
            let Doubt::Straight(line) = doubt else { continue };
            for key in [line.first, line.last] {
                let name = seen.shared.keys.name(key);
                let label = form.by_key(name).map(|id| form.label(language, id));
                self.questions
                    .insert(key, label.unwrap_or_else(|| name.to_owned()));
            }
        }
    }

    /// Doubts in words; `other` is the instance ID of the one that it is like.
    pub fn said(&self, visit: &Visit, doubts: &[Doubt], other: &str) -> Vec<Said> {
        let question = |key: u32| self.questions.get(&key).cloned().unwrap_or_default();
        doubts
            .iter()
            .map(|doubt| Said {
                name: doubt_words::name(visit, doubt.kind()),
                why: doubt_words::why(visit, doubt, &question),
                other: if doubt.kind() == Kind::Twin {
                    other.to_owned()
                } else {
                    String::new()
                },
            })
            .collect()
    }
}

/// The first characters of an instance ID: enough to tell one from a million others.
pub fn short(id: &str) -> String {
    id.get(..13).unwrap_or(id).to_owned()
}

fn items(
    app: &App,
    visit: &Visit,
    _form: &Form,
    found: Vec<(i64, Option<u32>, Vec<Doubt>, Option<i64>)>,
    (words, may_enumerators): (&Words, bool),
) -> anyhow::Result<Vec<Item>> {
    let rows: Vec<i64> = found.iter().map(|(row, ..)| *row).collect();
    let summaries = app.store.summaries(&rows)?;
    let mut items = Vec::new();
    for ((_, area, doubts, twin), one) in found.into_iter().zip(summaries) {
        let other = other(app, twin)?
            .map(|other| other.instance_id)
            .unwrap_or_default();
        items.push(Item {
            short: short(&one.instance_id),
            id: one.instance_id,
            state: state_name(visit, one.state.word()),
            received_at: visit.moment(&one.received_at),
            enumerator: one.enumerator.filter(|_| may_enumerators).unwrap_or_default(),
            area: area
                .and_then(|area| words.areas.get(&area).cloned())
                .unwrap_or_default(),
            corrections: one.corrections,
            doubts: words.said(visit, &doubts, &other),
            is_open: is_open(one.state),
        });
    }
    Ok(items)
}

/// The response that another is like.
pub fn other(app: &App, row: Option<i64>) -> anyhow::Result<Option<Summary>> {
    let Some(row) = row else { return Ok(None) };
    Ok(app.store.summaries(&[row])?.into_iter().next())
}

/// Where the list is.
pub fn address(survey: &str) -> String {
    format!("/desk/surveys/{}/field/flags", encoded(survey))
}
