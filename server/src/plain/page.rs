//! A page as its template writes it.

use super::control::Control;
use super::ui::Ui;
use super::view::Question;
use askama::Template;

/// What a page shows between its head and its buttons.
#[derive(Debug)]
pub enum Body {
    /// Questions.
    Questions(Vec<Question>),
    /// Whether there is another one.
    Repeat {
        /// The question.
        ask: String,
        /// The instances: what tells one from the others.
        instances: Vec<String>,
        /// How many there are.
        count: String,
    },
    /// Whether an instance is to go.
    Sure {
        /// The question.
        ask: String,
        /// Its place.
        place: usize,
    },
    /// Before sending.
    Review {
        /// How much is answered.
        counts: String,
        /// What is to be known.
        note: String,
    },
}

/// A page of a survey.
#[derive(Debug, Template)]
#[template(path = "plain.html")]
pub struct Page<'a> {
    /// Tag of the form's language.
    pub lang: &'a str,
    /// `ltr` or `rtl`
    pub dir: &'static str,
    /// The form's title.
    pub title: String,
    /// Where style sheets lie.
    pub assets: &'static str,
    /// The survey's name in addresses.
    pub survey: String,
    /// What everybody is to know.
    pub notice: &'static str,
    /// The form's languages, and which one this is.
    pub languages: Vec<(usize, String, bool)>,
    /// Number of the page.
    pub n: usize,
    /// Number of pages.
    pub total: usize,
    /// The answers so far.
    pub state: String,
    /// Names of the fields that are shown.
    pub shown: String,
    /// The groups around, as HTML.
    pub headings: Vec<String>,
    /// What is wrong: field and message.
    pub errors: Vec<(String, String)>,
    /// What has happened.
    pub info: String,
    /// The texts of the interface.
    pub ui: &'static Ui,
    /// What is shown.
    pub body: Body,
}

impl Page<'_> {
    fn has_files(&self) -> bool {
        match &self.body {
            Body::Questions(questions) => questions
                .iter()
                .any(|question| matches!(question.control, Control::File { .. })),
            _ => false,
        }
    }

    /// Whether what is wrong is told at the top as well: with one question it is in sight anyway.
    fn sums_up(&self) -> bool {
        match &self.body {
            Body::Questions(questions) => !self.errors.is_empty() && questions.len() > 1,
            _ => false,
        }
    }

    /// What a screen reader says first.
    fn head(&self) -> String {
        match self.errors.len() {
            0 => self.title.clone(),
            n => format!("{} {}", self.ui.n("plain_wrong", n), self.title),
        }
    }

    fn screen(&self) -> &'static str {
        match self.body {
            Body::Questions(_) => "question",
            Body::Repeat { .. } | Body::Sure { .. } => "repeat",
            Body::Review { .. } => "review",
        }
    }
}

/// A page on which nothing is asked: sent, not sent, can't go on.
#[derive(Debug, Template)]
#[template(path = "plain-end.html")]
pub struct End<'a> {
    /// Tag of the language.
    pub lang: &'a str,
    /// `ltr` or `rtl`
    pub dir: &'static str,
    /// The form's title.
    pub title: String,
    /// Where style sheets lie.
    pub assets: &'static str,
    /// The survey's name in addresses.
    pub survey: String,
    /// `sent`, `unsent` or `lost`
    pub outcome: &'static str,
    /// In a few words.
    pub heading: String,
    /// In more words.
    pub text: String,
    /// The form's own word once it has arrived; mostly nothing.
    pub thanks: String,
    /// Why nobody is asked, in the words of who runs the survey, and until when; mostly nothing.
    pub why: &'a str,
    /// The same.
    pub until: String,
    /// The answers, to be sent again.
    pub state: String,
    /// The texts of the interface.
    pub ui: &'static Ui,
}

/// The page that asks for a language.
#[derive(Debug, Template)]
#[template(path = "plain-start.html")]
pub struct Start<'a> {
    /// Tag of the first language.
    pub lang: &'a str,
    /// `ltr` or `rtl`
    pub dir: &'static str,
    /// The form's title.
    pub title: String,
    /// Where style sheets lie.
    pub assets: &'static str,
    /// The survey's name in addresses.
    pub survey: String,
    /// Languages: tag, direction, name, and the rest of the address.
    pub languages: Vec<(String, &'static str, String, String)>,
    /// The texts of the interface.
    pub ui: &'static Ui,
}
