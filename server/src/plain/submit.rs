//! What a page sent → answers.

use super::control::{Control, control, value};
use super::draft::Draft;
use super::read::{self, Given};
use super::screens::{Item, Screen};
use super::view::Sight;
use baraza_forms::{Answer, Kind, Pass, is_file_name};

/// In place of the megabytes that a file may have: there is no room for any.
pub const NO_ROOM: &str = "0";

/// The fields of a page's form, in their order.
#[derive(Debug, Default)]
pub struct Submit(pub Vec<(String, String)>);

impl Submit {
    /// The first value of a field.
    pub fn one(&self, name: &str) -> Option<&str> {
        let own = self.0.iter().find(|(field, _)| field == name);
        own.map(|(_, value)| value.as_str())
    }

    /// All values of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let own = self.0.iter().filter(move |(field, _)| field == name);
        own.map(|(_, value)| value.as_str())
    }

    /// Questions whose file was too large to be taken, with the megabytes that it may have, or [`NO_ROOM`].
    pub fn too_large(&self, draft: &Draft<'_>, screen: &Screen) -> Vec<(Item, String)> {
        let items = screen.items.iter();
        let most = |&item: &Item| {
            Some((
                item,
                self.one(&format!("{}-large", draft.field(item)))?.to_owned(),
            ))
        };
        items.filter_map(most).collect()
    }

    /// What is searched for, by field; and whether something else was searched for before.
    pub fn searches(&self, draft: &Draft<'_>, screen: &Screen) -> (Vec<(String, String)>, bool) {
        let mut searches = Vec::new();
        let mut is_new = false;
        for &item in &screen.items {
            let id = draft.field(item);
            let wanted = self.one(&format!("{id}-find")).unwrap_or_default();
            let found = self.one(&format!("{id}-found")).unwrap_or_default();
            is_new |= wanted.trim() != found && !wanted.trim().is_empty();
            if !wanted.trim().is_empty() {
                searches.push((id, wanted.chars().take(100).collect()));
            }
        }
        (searches, is_new)
    }
}

/// Takes the answers to the questions that were shown. What is read-only stays as it is.
pub fn apply(sight: &Sight<'_>, screen: &Screen, submit: &Submit, offset: &str) -> Vec<Change> {
    let shown: Vec<&str> = submit.one("shown").unwrap_or_default().split(' ').collect();
    let items = screen.items.iter().copied();
    items
        .filter(|&item| shown.contains(&sight.draft.field(item).as_str()))
        .filter_map(|item| change(sight, item, submit, offset))
        .collect()
}

/// What becomes of one answer.
#[derive(Debug)]
pub struct Change {
    item: Item,
    given: Given,
    /// A pass was ticked beside an answer.
    both: Option<Pass>,
}

impl Change {
    /// Puts it into the draft. Call [`Draft::follow`] after.
    pub fn make(self, draft: &mut Draft<'_>) {
        let name = draft.field(self.item);
        draft.typed.remove(&name);
        let answer = match self.given {
            Given::Blank => None,
            Given::Answer(answer) => Some(answer),
            Given::Typed(text) => {
                draft.typed.insert(name, text);
                None
            }
        };
        draft.set(self.item, answer);
        draft.both.extend(self.both.map(|pass| (self.item, pass)));
    }
}

fn change(sight: &Sight<'_>, item: Item, submit: &Submit, offset: &str) -> Option<Change> {
    let draft = sight.draft;
    let node = &sight.version.ready.form.nodes[item.node];
    if !node.kind.is_asked() || draft.filling.is_read_only(item.node, item.scope) {
        return None;
    }
    let name = draft.field(item);
    let before = draft.filling.answer(item.node, item.scope);
    let passed = match before {
        Some(Answer::Passed(pass)) => Some(*pass),
        _ => None,
    };
    let (given, same) = match control(sight, item, false) {
        Control::Nothing | Control::Fixed(_) => return None,
        Control::Line(_) | Control::Area(_) => {
            let text = submit.one(&name).unwrap_or_default().replace("\r\n", "\n");
            if text.trim() == value(draft, item).trim() {
                let kept = before.filter(|_| passed.is_none()).cloned();
                let typed = draft.typed.get(&name).cloned().map(Given::Typed);
                (typed.or(kept.map(Given::Answer)).unwrap_or(Given::Blank), true)
            } else {
                (read::typed(node, &text, offset), false)
            }
        }
        _ => {
            let given = chosen(draft, item, submit, &name);
            let same = match &given {
                Given::Answer(answer) => Some(answer) == before,
                _ => before.is_none() || passed.is_some(),
            };
            (given, same)
        }
    };
    let ticked: Vec<Pass> = [Pass::DontKnow, Pass::PreferNotToSay]
        .into_iter()
        .filter(|pass| {
            node.pass
                && submit
                    .all(&format!("{name}-pass"))
                    .any(|code| code == pass.code())
        })
        .collect();
    let newly = ticked.iter().find(|pass| Some(**pass) != passed);
    let pass = newly.or(ticked.first()).copied();
    let blank = given == Given::Blank;
    match pass {
        Some(pass) if blank || (same && newly.is_some()) => Some(Change {
            item,
            given: Given::Answer(Answer::Passed(pass)),
            both: None,
        }),
        // Both are new: nobody can tell which one is meant.
        Some(pass) if newly.is_some() => Some(Change {
            item,
            given,
            both: Some(pass),
        }),
        _ if same && passed.is_none() => None,
        _ => Some(Change {
            item,
            given,
            both: None,
        }),
    }
}

/// An answer that is chosen and not typed.
fn chosen(draft: &Draft<'_>, item: Item, submit: &Submit, name: &str) -> Given {
    let filling = &draft.filling;
    let node = &filling.form().nodes[item.node];
    let codes: Vec<String> = submit
        .all(name)
        .filter(|code| !code.is_empty())
        .take(10_000)
        .map(String::from)
        .collect();
    let answer = match node.kind {
        Kind::Acknowledge => codes
            .contains(&"OK".to_owned())
            .then(|| Answer::Text("OK".into())),
        Kind::Range => {
            let number = codes.first().and_then(|code| code.parse().ok());
            number.filter(|n: &f64| n.is_finite()).map(Answer::Number)
        }
        kind if kind.is_file() => {
            let before = filling.answer(item.node, item.scope);
            let kept = before.filter(|answer| matches!(answer, Answer::Text(_))).cloned();
            let drop = submit.one(&format!("{name}-drop")).is_some();
            let new = codes
                .into_iter()
                .find(|name| is_file_name(name))
                .map(Answer::Text);
            new.or(kept.filter(|_| !drop))
        }
        kind => {
            let mut offered: Vec<String> = (codes.into_iter())
                .filter(|code| filling.offers(item.node, item.scope, code))
                .collect();
            match kind {
                Kind::SelectOne => offered.into_iter().next().map(Answer::Text),
                Kind::SelectMultiple => {
                    in_order(draft, item, &mut offered);
                    Some(Answer::Codes(offered))
                }
                _ => Some(Answer::Codes(offered)),
            }
        }
    };
    match answer {
        Some(Answer::Codes(codes)) if codes.is_empty() => Given::Blank,
        Some(answer) => Given::Answer(answer),
        None => Given::Blank,
    }
}

/// Stored in the order of the sheet, whatever order they were shown in.
fn in_order(draft: &Draft<'_>, item: Item, codes: &mut Vec<String>) {
    let form = draft.filling.form();
    if let Some(list) = form
        .list_of(item.node)
        .filter(|_| form.nodes[item.node].choices_from.is_none())
    {
        let place = |code: &String| list.choices.iter().position(|choice| choice.name == *code);
        codes.sort_by_cached_key(place);
    }
    codes.dedup();
}
