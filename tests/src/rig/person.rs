//! Someone who fills a form and notes what was given and what the page said.

use super::ledger::{Ledger, Stage};
use crate::browser::Browser;
use crate::phone::Phone;
use anyhow::{Result, bail};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::cell::RefCell;

/// The form that is filled: a question of each kind that is kept in a way of its own.
pub const FORM: &str = "\
| survey   |               |       |          |            |
|          | type          | name  | label    | appearance |
|          | text          | words | Words    |            |
|          | select_one ab | pick  | Pick one |            |
|          | integer       | count | How many |            |
|          | text          | more  | More     | multiline  |
|          | file          | paper | A paper  |            |
| choices  |               |       |       |
|          | list_name     | name  | label |
|          | ab            | a     | A     |
|          | ab            | b     | B     |
| settings |               |         |
|          | form_id       | version |
|          | crash         | 1       |
";

/// Keys of the questions, in order.
const KEYS: [&str; 5] = ["words", "pick", "count", "more", "paper"];

/// Someone with a page of the survey open.
pub struct Person<'a> {
    /// The page.
    pub phone: Phone,
    /// Instance ID of the response being filled.
    pub instance: String,
    /// Where it is noted.
    pub ledger: &'a RefCell<Ledger>,
}

impl<'a> Person<'a> {
    /// Opens the survey and goes on where the page does.
    pub fn sits_down(browser: &Browser, url: &str, ledger: &'a RefCell<Ledger>) -> Result<Self> {
        let phone = Phone::open(browser, url)?;
        let instance = phone.page.instance()?;
        anyhow::ensure!(!instance.is_empty(), "the page shows {}", phone.screen()?);
        Ok(Self {
            phone,
            instance,
            ledger,
        })
    }

    /// What this response answers to a question: another one for each response, the same after a restart.
    fn answer(&self, key: &str) -> Value {
        let short = &self.instance[..8];
        let number = i64::from_str_radix(&short[..6], 16).unwrap_or_default();
        match key {
            "pick" => json!(if number % 2 == 0 { "a" } else { "b" }),
            "count" => json!(number % 1000),
            "paper" => json!(file_name(&self.instance.repeat(self.repeats()))),
            _ => json!(format!("{key} of {short}")),
        }
    }

    /// How often a file repeats the instance ID: half of them are some kilobytes, half go in pieces.
    fn repeats(&self) -> usize {
        if self.instance[..6].ends_with(['0', '2', '4', '6', '8', 'a', 'c', 'e']) {
            200
        } else {
            20_000
        }
    }

    fn note(&self, key: &str) {
        self.ledger
            .borrow_mut()
            .note(&self.instance, key, self.answer(key));
    }

    /// Answers the question in sight; `whole` is whether the last letters are typed as well.
    pub fn answers(&self, whole: bool) -> Result<()> {
        let questions = self.phone.questions()?;
        let Some(key) = questions.first().map(String::as_str) else {
            bail!("no question in sight")
        };
        match key {
            "pick" => {
                let wanted = self.answer(key);
                let code = wanted.as_str().unwrap_or_default();
                let chosen = format!("document.querySelector('.question input[value={code}]')?.checked");
                // A finger that hits beside it sees that.
                while self.phone.page.eval(&chosen)? != json!(true) {
                    self.phone.choose(key, code)?;
                }
                self.note(key);
            }
            "paper" => {
                self.phone.page.eval(&format!(
                    "({GIVE})('{}'.repeat({}))",
                    self.instance,
                    self.repeats()
                ))?;
                let shown = "document.querySelector('.remove-file')?.hidden === false";
                self.phone.page.wait_for(shown)?;
                self.note(key);
            }
            _ => self.types(key, whole)?,
        }
        Ok(())
    }

    /// An answer counts as touched from its first letter on.
    fn types(&self, key: &str, whole: bool) -> Result<()> {
        let answer = self.answer(key);
        let letters = answer.as_str().map_or_else(|| answer.to_string(), str::to_owned);
        let (first, rest) = letters.split_at(1);
        self.phone.write(key, first)?;
        self.note(key);
        let typed = if whole { rest } else { &rest[..rest.len() / 2] };
        self.phone.page.tab.type_str(typed)?;
        Ok(())
    }

    /// Answers and goes on, up to a question or to the review.
    pub fn goes_on_to(&self, key: Option<&str>) -> Result<()> {
        while self.phone.screen()? == "question" {
            let question = self.phone.questions()?.into_iter().next();
            if key.is_some() && question.as_deref() == key {
                return Ok(());
            }
            self.answers(true)?;
            self.phone.next()?;
        }
        Ok(())
    }

    /// Goes on to a question by its number; where the response is past it already, to the review.
    pub fn goes_on_to_question(&self, number: u64) -> Result<()> {
        let key = KEYS[number as usize % KEYS.len()];
        self.goes_on_to(Some(key))
    }

    /// Fills what is left and taps 'Send', without waiting for what the page says.
    pub fn sends(&self) -> Result<()> {
        self.goes_on_to(None)?;
        self.ledger.borrow_mut().stage(&self.instance, Stage::Finishing);
        self.phone.tap("#send")
    }

    /// Waits until the page has said that the response is finished.
    pub fn sees_it_finished(&self) -> Result<()> {
        self.phone
            .page
            .wait_for("document.body.dataset.screen === 'done'")?;
        self.ledger.borrow_mut().stage(&self.instance, Stage::Finished);
        Ok(())
    }

    /// Fills what is left, sends, and waits for the page's word.
    pub fn finishes(&self) -> Result<()> {
        self.sends()?;
        self.sees_it_finished()
    }

    /// Answers a question or sends; where everything is done, nothing.
    pub fn does_one_thing(&mut self) -> Result<()> {
        match self.phone.screen()?.as_str() {
            "question" => {
                self.answers(true)?;
                self.phone.next()
            }
            "review" => self.finishes(),
            _ => Ok(()),
        }
    }

    /// Begins another response on the same page.
    pub fn begins_another(&mut self) -> Result<()> {
        self.phone.tap("#again")?;
        self.phone
            .page
            .wait_for("document.body.dataset.screen === 'question'")?;
        self.instance = self.phone.page.instance()?;
        Ok(())
    }
}

/// Name under which the phone keeps a file of these bytes.
fn file_name(bytes: &str) -> String {
    let digest = Sha256::digest(bytes);
    format!("{}.pdf", baraza_forms::hex(&digest))
}

/// Gives a file to the question in sight.
const GIVE: &str = "(bytes) => {
    const files = new DataTransfer();
    files.items.add(new File([bytes], 'paper.pdf'));
    const input = document.querySelector('input[type=file]');
    input.files = files.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
}";
