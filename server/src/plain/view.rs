//! One question as its page shows it.

use super::control::{Control, control};
use super::draft::{Draft, Wrong};
use super::markup::{escaped, html, plain};
use super::screens::Item;
use super::ui::Ui;
use crate::ready::ReadyVersion;
use crate::running::Decision;
use baraza_forms::form::{Media, TextId};
use baraza_forms::{Answer, Kind, Obstacle, Pass, Shown};

/// What views are made from.
#[derive(Clone, Copy)]
pub struct Sight<'a> {
    /// The answers.
    pub draft: &'a Draft<'a>,
    /// The form with its files.
    pub version: &'a ReadyVersion,
    /// The survey's name in addresses.
    pub survey: &'a str,
    /// The texts of the interface.
    pub ui: &'static Ui,
    /// Whether the form's language is written from right to left.
    pub rtl: bool,
    /// What was searched for, by field.
    pub wanted: &'a [(String, String)],
}

/// A picture, a sound or a film that goes with words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// `img`, `audio`, `video`
    pub tag: &'static str,
    /// Its address.
    pub address: String,
}

/// A question, a note, or a heading inside of a page.
#[derive(Debug, Clone)]
pub struct Question {
    /// Name of its field, and address within the page.
    pub id: String,
    /// Key of its answer.
    pub key: String,
    /// Kind as style sheets know it.
    pub kind: String,
    /// A group's heading.
    pub is_heading: bool,
    /// The label as HTML.
    pub label: String,
    /// The label's words.
    pub words: String,
    /// Must be answered or passed.
    pub must: bool,
    /// The hint as HTML.
    pub hint: Option<String>,
    /// Longer guidance as HTML.
    pub guidance: Option<String>,
    /// How an answer is typed.
    pub example: Option<String>,
    /// What is wrong.
    pub error: Option<String>,
    /// Pictures and sounds of the label.
    pub pieces: Vec<Piece>,
    /// What it is answered with.
    pub control: Control,
    /// Ways to pass: code, words, whether it is ticked.
    pub passes: Vec<(&'static str, String, bool)>,
}

impl Question {
    /// Which elements say more about the field.
    pub fn described(&self) -> String {
        let named = |there: bool, part: &str| there.then(|| format!("{}-{part}", self.id));
        let parts = [
            named(self.error.is_some(), "e"),
            named(self.hint.is_some(), "h"),
            named(self.example.is_some(), "x"),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

impl Sight<'_> {
    /// A text of the form.
    pub fn parts(&self, text: TextId, item: Item) -> Vec<Shown> {
        self.draft.filling.parts(text, item.node, item.scope)
    }

    /// A text of the form as HTML.
    pub fn rich(&self, text: TextId, item: Item) -> String {
        let parts = self.parts(text, item);
        let made = html(&parts);
        if self.is_foreign(&plain(&parts)) {
            return format!("<bdi>{made}</bdi>");
        }
        made
    }

    /// Whether a text is written the other way than the page's language, as one without a translation may be.
    fn is_foreign(&self, text: &str) -> bool {
        let is_rtl = |c: char| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fefc}');
        let rtl = text.contains(is_rtl);
        if self.rtl {
            !rtl && text.contains(char::is_alphabetic)
        } else {
            rtl && !text.contains(|c: char| c.is_ascii_alphabetic())
        }
    }

    /// The label's words, or the name where it has none.
    pub fn words(&self, item: Item) -> String {
        let node = &self.version.ready.form.nodes[item.node];
        node.label
            .map_or_else(|| node.name.clone(), |label| plain(&self.parts(label, item)))
    }

    /// What goes with a label, as far as the server has it.
    pub fn pieces(&self, media: &Media, item: Item) -> Vec<Piece> {
        let kinds = [
            ("img", media.image),
            ("audio", media.audio),
            ("video", media.video),
        ];
        kinds
            .into_iter()
            .filter_map(|(tag, text)| {
                let name = plain_name(&self.parts(text?, item));
                let digest = self.version.files.get(&name)?;
                let (survey, name) = (encoded(self.survey), encoded(&name));
                let address = format!("/api/surveys/{survey}/files/{name}?v={}", digest.get(..16)?);
                Some(Piece { tag, address })
            })
            .collect()
    }

    /// A question as it is now, `wrong` only where it is to be told.
    pub fn question(&self, item: Item, wrong: Option<&Wrong>) -> Question {
        let node = &self.version.ready.form.nodes[item.node];
        let filling = &self.draft.filling;
        let asked = node.kind.is_asked();
        let locked = asked && filling.is_read_only(item.node, item.scope);
        let label = node.label.map_or_else(
            || format!("<bdi>{}</bdi>", escaped(&node.name)),
            |text| self.rich(text, item),
        );
        let control = if asked {
            control(self, item, locked)
        } else {
            Control::Nothing
        };
        Question {
            id: self.draft.field(item),
            key: node.key.clone(),
            kind: format!("{:?}", node.kind).to_lowercase(),
            is_heading: node.kind == Kind::Group,
            label,
            words: self.words(item),
            must: asked && filling.is_demanded(item.node, item.scope),
            hint: node.hint.map(|text| self.rich(text, item)),
            guidance: node.guidance.map(|text| self.rich(text, item)),
            example: control.example(self, item),
            error: wrong.map(|wrong| self.message(item, wrong)),
            pieces: self.pieces(&node.media, item),
            passes: if node.pass && asked && !locked {
                self.passes(item)
            } else {
                Vec::new()
            },
            control,
        }
    }

    fn passes(&self, item: Item) -> Vec<(&'static str, String, bool)> {
        let answer = self.draft.filling.answer(item.node, item.scope);
        let passes = [Pass::DontKnow, Pass::PreferNotToSay];
        passes
            .map(|pass| {
                let on = answer == Some(&Answer::Passed(pass)) || self.draft.both.contains(&(item, pass));
                (pass.code(), self.ui.t(pass.code()), on)
            })
            .to_vec()
    }

    /// That nobody is asked in an area, until when, and why; the reason last, as nobody knows how its sentence ends.
    fn stopped(&self, decision: &Decision) -> String {
        let until = self.ui.paused_until(&decision.until);
        let said = [self.ui.t("paused_area"), until, decision.why.clone()];
        said.iter()
            .filter(|text| !text.is_empty())
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// What is wrong, in words.
    fn message(&self, item: Item, wrong: &Wrong) -> String {
        let node = &self.version.ready.form.nodes[item.node];
        let own = |text: Option<TextId>, key: &str| match text {
            Some(text) => plain(&self.parts(text, item)),
            None => self.ui.t(key),
        };
        match wrong {
            Wrong::NotAlone(label) => self.ui.with("plain_alone", &[("label", label)]),
            Wrong::Twice(label) => self.ui.with("plain_twice", &[("label", label)]),
            Wrong::TooLarge(most) => self.ui.with("plain_too_large", &[("n", most)]),
            Wrong::NoRoom => self.ui.t("plain_no_room"),
            Wrong::Stopped(decision) => self.stopped(decision),
            Wrong::Both => self.ui.t("plain_both"),
            Wrong::Form(Obstacle::Required) => own(
                node.required_message,
                if node.pass { "required_pass" } else { "required" },
            ),
            Wrong::Form(Obstacle::Constraint) => own(node.constraint_message, "constraint"),
            Wrong::Form(Obstacle::Type) => self.ui.t(match node.kind {
                Kind::Integer => "type_integer",
                Kind::Decimal => "type_number",
                _ => "type",
            }),
        }
    }

    /// An answer in words; blank where there is none.
    pub fn answer_in_words(&self, item: Item) -> String {
        match self.draft.filling.answer(item.node, item.scope) {
            None => String::new(),
            Some(Answer::Passed(pass)) => self.ui.t(pass.code()),
            Some(answer) if self.version.ready.form.nodes[item.node].kind.is_choice() => {
                let words = answer
                    .codes()
                    .into_iter()
                    .map(|code| self.draft.choice_words(item, code));
                words.collect::<Vec<_>>().join(", ")
            }
            Some(answer) => answer.text(),
        }
    }

    /// Everything that the look of an item depends on besides its own answer, to tell whether a page has changed.
    pub fn signature(&self, item: Item) -> String {
        let node = &self.version.ready.form.nodes[item.node];
        let filling = &self.draft.filling;
        let texts = [node.label, node.hint].map(|text| text.map(|text| self.parts(text, item)));
        let varies = node.choice_filter.is_some() || node.choices_from.is_some() || node.seed.is_some();
        let codes: Vec<String> = if varies {
            self.draft
                .arranged(item)
                .into_iter()
                .map(|offer| offer.code)
                .collect()
        } else {
            Vec::new()
        };
        let locked = node.kind.is_asked() && filling.is_read_only(item.node, item.scope);
        let value = locked.then(|| self.answer_in_words(item));
        format!("{texts:?} {codes:?} {value:?}")
    }
}

/// The name of a file that a label gives.
fn plain_name(parts: &[Shown]) -> String {
    let name: String = parts
        .iter()
        .map(|part| match part {
            Shown::Words(text) | Shown::Value(text) => text.as_str(),
        })
        .collect();
    name.trim().to_owned()
}

/// A part of an address.
pub fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out += &format!("%{byte:02X}");
        }
    }
    out
}
