//! What a question is answered with on a page without scripts.

use super::draft::Draft;
use super::markup::{escaped, plain};
use super::read;
use super::screens::Item;
use super::search;
use super::view::{Piece, Sight};
use baraza_forms::{Answer, Kind, Node, Offer};

/// More choices than this are one native list; more than [`NATIVE`] are searched.
const ROWS: usize = 30;
const NATIVE: usize = 200;
/// At most so many choices are laid out after a search.
const MATCHES: usize = 50;
/// More values than this are typed.
const MOST_VALUES: usize = 200;

/// A choice.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its code.
    pub code: String,
    /// Its label as HTML.
    pub label: String,
    /// Its label's words.
    pub words: String,
    /// Stands apart from the others.
    pub special: bool,
    /// Whether it is chosen.
    pub on: bool,
    /// Pictures and sounds of its label.
    pub pieces: Vec<Piece>,
}

/// A field that is typed into.
#[derive(Debug, Clone)]
pub struct Line {
    /// The input's type.
    pub kind: &'static str,
    /// The keyboard.
    pub mode: &'static str,
    /// Which direction it is written in.
    pub dir: &'static str,
    /// What it holds.
    pub value: String,
    /// Few characters.
    pub is_short: bool,
}

/// What a question is answered with.
#[derive(Debug, Clone)]
pub enum Control {
    /// Notes, and the header of columns.
    Nothing,
    /// The value alone, where it can't be changed.
    Fixed(String),
    /// One line.
    Line(Line),
    /// Several lines.
    Area(String),
    /// A row for each choice. What is chosen can't be tapped away, so that a further row clears it.
    Rows {
        /// Boxes and not radios.
        many: bool,
        /// The choices.
        rows: Vec<Row>,
        /// Whether there is a row for no answer.
        clears: bool,
    },
    /// A native list.
    Pick(Vec<Row>),
    /// A native list for each place of an order.
    Rank(Vec<(String, Vec<Row>)>),
    /// A search over very many choices.
    Find {
        /// Boxes and not radios.
        many: bool,
        /// What was searched for.
        wanted: String,
        /// What is chosen, and what was found.
        rows: Vec<Row>,
        /// How much was found.
        status: String,
        /// Whether there is a row for no answer.
        clears: bool,
    },
    /// A box to tick.
    Tick(bool),
    /// A file of the phone.
    File {
        /// Which kinds.
        accept: &'static str,
        /// One is there.
        kept: bool,
    },
}

impl Control {
    /// One field, which a label can name.
    pub fn is_single(&self) -> bool {
        matches!(
            self,
            Self::Line(_) | Self::Area(_) | Self::Pick(_) | Self::File { .. }
        )
    }

    /// Several fields in a frame.
    pub fn is_many(&self) -> bool {
        matches!(
            self,
            Self::Rows { .. } | Self::Rank(_) | Self::Find { .. } | Self::Tick(_)
        )
    }

    /// How an answer is typed, where the phone may have no better field for it.
    pub fn example(&self, sight: &Sight<'_>, item: Item) -> Option<String> {
        let node = &sight.version.ready.form.nodes[item.node];
        if !matches!(self, Self::Line(_)) {
            return None;
        }
        let ui = sight.ui;
        let has = |word: &str| node.appearance.iter().any(|appearance| appearance == word);
        Some(match node.kind {
            Kind::Date if has("year") => ui.t("plain_year"),
            Kind::Date if has("month-year") => ui.t("plain_month"),
            Kind::Date => ui.t("plain_date"),
            Kind::Time => ui.t("plain_time"),
            Kind::DateTime => ui.t("plain_moment"),
            Kind::Geopoint => format!("{}{}", ui.t("plain_point"), rounding(sight, node)),
            Kind::Geotrace | Kind::Geoshape => format!("{}{}", ui.t("plain_points"), rounding(sight, node)),
            Kind::Range => {
                let scale = Scale::of(node);
                let (from, to) = (scale.text(0), scale.text(scale.count - 1));
                ui.with("plain_range", &[("from", &from), ("to", &to)])
            }
            _ => return None,
        })
    }
}

/// Says that a place is rounded, before anyone gives it.
fn rounding(sight: &Sight<'_>, node: &Node) -> String {
    let Some(metres) = node.coarse else {
        return String::new();
    };
    let (key, n) = if metres >= 1000.0 {
        ("rounded_km", (metres / 100.0).round() / 10.0)
    } else {
        ("rounded_m", metres)
    };
    format!(". {}", sight.ui.with(key, &[("n", &n.to_string())]))
}

/// What a question is answered with.
pub fn control(sight: &Sight<'_>, item: Item, locked: bool) -> Control {
    let node = &sight.version.ready.form.nodes[item.node];
    let filling = &sight.draft.filling;
    if locked {
        return Control::Fixed(match sight.answer_in_words(item) {
            words if words.is_empty() => "–".into(),
            words => words,
        });
    }
    let answer = filling.answer(item.node, item.scope);
    let has = |word: &str| node.appearance.iter().any(|appearance| appearance == word);
    match node.kind {
        // A question that must be answered is more than the header of columns.
        Kind::SelectOne | Kind::SelectMultiple
            if has("label") && !filling.is_demanded(item.node, item.scope) =>
        {
            Control::Nothing
        }
        Kind::SelectOne | Kind::SelectMultiple => select(sight, item),
        Kind::Rank => rank(sight, item),
        Kind::Acknowledge => Control::Tick(answer.is_some_and(|answer| answer.text() == "OK")),
        Kind::Range => range(sight.draft, item),
        Kind::Image | Kind::Audio | Kind::Video | Kind::File => Control::File {
            accept: match node.kind {
                Kind::Image => "image/*",
                Kind::Audio => "audio/*",
                Kind::Video => "video/*",
                _ => "",
            },
            kept: answer.is_some_and(|answer| !matches!(answer, Answer::Passed(_))),
        },
        Kind::Text if has("multiline") => Control::Area(value(sight.draft, item)),
        _ => Control::Line(line(sight.draft, item)),
    }
}

/// What a field holds: what was typed, or the answer.
pub fn value(draft: &Draft<'_>, item: Item) -> String {
    let node = &draft.filling.form().nodes[item.node];
    let answer = draft.filling.answer(item.node, item.scope);
    let typed = draft.typed.get(&draft.field(item));
    typed
        .cloned()
        .or_else(|| answer.map(|answer| read::shown(node, answer)))
        .unwrap_or_default()
}

fn line(draft: &Draft<'_>, item: Item) -> Line {
    let node = &draft.filling.form().nodes[item.node];
    let has = |word: &str| node.appearance.iter().any(|appearance| appearance == word);
    let value = value(draft, item);
    // A field for days would swallow what was typed where there is no such field.
    let looks_like = |length: usize| value.is_empty() || (value.len() == length && value.is_ascii());
    let (kind, mode, dir) = match node.kind {
        Kind::Integer => ("tel", "numeric", "ltr"),
        Kind::Decimal | Kind::Range => ("text", "decimal", "ltr"),
        Kind::Date if has("year") || has("month-year") => ("text", "", "ltr"),
        Kind::Date if looks_like(10) => ("date", "", "ltr"),
        Kind::Time if looks_like(5) => ("time", "", "ltr"),
        Kind::DateTime if looks_like(16) => ("datetime-local", "", "ltr"),
        Kind::Date | Kind::Time | Kind::DateTime | Kind::Geopoint | Kind::Geotrace | Kind::Geoshape => {
            ("text", "", "ltr")
        }
        Kind::Text if has("masked") => ("password", "", "auto"),
        Kind::Text if has("url") => ("url", "url", "ltr"),
        Kind::Text if has("numbers") => ("tel", "numeric", "ltr"),
        _ => ("text", "", "auto"),
    };
    Line {
        kind,
        mode,
        dir,
        value,
        is_short: node.kind.is_number(),
    }
}

fn row(sight: &Sight<'_>, item: Item, offer: &Offer<'_>, on: bool) -> Row {
    let label = offer.choice.and_then(|choice| choice.label);
    Row {
        code: offer.code.clone(),
        label: label.map_or_else(
            || format!("<bdi>{}</bdi>", escaped(&offer.code)),
            |text| sight.rich(text, item),
        ),
        words: label.map_or_else(|| offer.code.clone(), |text| plain(&sight.parts(text, item))),
        special: offer.choice.is_some_and(|choice| choice.special.is_some()),
        on,
        pieces: offer
            .choice
            .map_or_else(Vec::new, |choice| sight.pieces(&choice.media, item)),
    }
}

fn select(sight: &Sight<'_>, item: Item) -> Control {
    let node = &sight.version.ready.form.nodes[item.node];
    let filling = &sight.draft.filling;
    let answer = filling.answer(item.node, item.scope);
    let codes = answer.map(Answer::codes).unwrap_or_default();
    let offers = sight.draft.arranged(item);
    let many = node.kind == Kind::SelectMultiple;
    let clears = !many && !codes.is_empty() && !filling.is_demanded(item.node, item.scope);
    let is_on = |offer: &Offer<'_>| codes.contains(&offer.code.as_str());
    if offers.len() > NATIVE || (many && offers.len() > ROWS * 2) {
        return find(sight, item, &offers, clears);
    }
    let rows: Vec<Row> = offers
        .iter()
        .map(|offer| row(sight, item, offer, is_on(offer)))
        .collect();
    let has_media = rows.iter().any(|row| !row.pieces.is_empty());
    let minimal = node.appearance.iter().any(|word| word == "minimal");
    if !many && !has_media && (rows.len() > ROWS || (minimal && rows.len() > 5)) {
        return Control::Pick(rows);
    }
    Control::Rows { many, rows, clears }
}

fn find(sight: &Sight<'_>, item: Item, offers: &[Offer<'_>], clears: bool) -> Control {
    let answer = sight.draft.filling.answer(item.node, item.scope);
    let codes = answer.map(Answer::codes).unwrap_or_default();
    let id = sight.draft.field(item);
    let wanted = sight.wanted.iter().find(|(name, _)| *name == id);
    let wanted = wanted
        .map(|(_, words)| words.trim().to_owned())
        .unwrap_or_default();
    let is_on = |offer: &Offer<'_>| codes.contains(&offer.code.as_str());
    let mut rows: Vec<Row> = (offers.iter().filter(|offer| is_on(offer)))
        .map(|offer| row(sight, item, offer, true))
        .collect();
    let status = if wanted.is_empty() {
        sight.ui.n("search_first", offers.len())
    } else {
        let words: Vec<String> = offers
            .iter()
            .map(|offer| match offer.choice.and_then(|choice| choice.label) {
                Some(text) => plain(&sight.parts(text, item)),
                None => offer.code.clone(),
            })
            .collect();
        let found = search::matches(words.iter().map(String::as_str), &wanted);
        let first = found.iter().map(|&at| &offers[at]).filter(|offer| !is_on(offer));
        rows.extend(first.take(MATCHES).map(|offer| row(sight, item, offer, false)));
        let (n, total) = (found.len().min(MATCHES).to_string(), found.len().to_string());
        sight.ui.with("matches", &[("n", &n), ("total", &total)])
    };
    Control::Find {
        many: sight.version.ready.form.nodes[item.node].kind == Kind::SelectMultiple,
        wanted,
        rows,
        status,
        clears,
    }
}

fn rank(sight: &Sight<'_>, item: Item) -> Control {
    let node = &sight.version.ready.form.nodes[item.node];
    let answer = sight.draft.filling.answer(item.node, item.scope);
    let codes = answer.map(Answer::codes).unwrap_or_default();
    let offers = sight.draft.arranged(item);
    let ranked = offers
        .iter()
        .filter(|offer| offer.choice.is_none_or(|choice| choice.special.is_none()))
        .count();
    let asked = node.parameters.get("ranks").and_then(|n| n.parse::<usize>().ok());
    let places = asked
        .filter(|&n| n > 0)
        .unwrap_or(ranked)
        .clamp(1, offers.len().clamp(1, ROWS));
    let place = |at: usize| {
        let is_on = |offer: &Offer<'_>| codes.get(at) == Some(&offer.code.as_str());
        let rows = offers
            .iter()
            .map(|offer| row(sight, item, offer, is_on(offer)))
            .collect();
        (sight.ui.n("plain_place", at + 1), rows)
    };
    Control::Rank((0..places.max(codes.len().min(ROWS))).map(place).collect())
}

/// Bounds and step of a range.
struct Scale {
    low: f64,
    step: f64,
    count: usize,
    decimals: usize,
}

impl Scale {
    fn of(node: &Node) -> Self {
        let number = |name: &str, otherwise: f64| {
            let text = node.parameters.get(name);
            text.and_then(|text| text.parse::<f64>().ok())
                .unwrap_or(otherwise)
        };
        let (start, end) = (number("start", 0.0), number("end", 10.0));
        let step = Some(number("step", 1.0).abs())
            .filter(|&step| step > 0.0)
            .unwrap_or(1.0);
        let written = node.parameters.get("step").map_or("1", String::as_str);
        let (low, high) = (start.min(end), start.max(end));
        Self {
            low,
            step,
            count: ((high - low) / step + 1e-9).floor() as usize + 1,
            decimals: written.split_once('.').map_or(0, |(_, part)| part.len()),
        }
    }

    fn text(&self, at: usize) -> String {
        format!("{:.*}", self.decimals.min(9), self.low + at as f64 * self.step)
    }
}

fn range(draft: &Draft<'_>, item: Item) -> Control {
    let node = &draft.filling.form().nodes[item.node];
    let scale = Scale::of(node);
    if scale.count > MOST_VALUES {
        return Control::Line(line(draft, item));
    }
    let chosen = match draft.filling.answer(item.node, item.scope) {
        Some(Answer::Number(n)) => Some(*n),
        _ => None,
    };
    let row = |at: usize| {
        let code = scale.text(at);
        Row {
            label: code.clone(),
            words: code.clone(),
            special: false,
            on: chosen.is_some() && code.parse().ok() == chosen,
            pieces: Vec::new(),
            code,
        }
    };
    Control::Pick((0..scale.count).map(row).collect())
}
