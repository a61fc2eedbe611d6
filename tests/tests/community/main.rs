//! Back to the community, from outside: a page is made of what results show, released, frozen and taken back; meetings
//! and what was agreed.

mod frozen;
mod meetings;
#[path = "../desk/person.rs"]
mod person;
mod said;
mod screens;

use anyhow::{Context, Result, ensure};
use baraza_tests::desk::{Got, Visitor, session_as};
use baraza_tests::{Server, baraza, free_port};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Areas, one of which has few people, and a question that can harm.
const FORM: &str = "\
| survey   |                    |         |                                |                             |              |                   |
|          | type               | name    | label::English (en)            | label::العربية (ar)           | baraza::role | baraza::sensitive |
|          | select_one g       | gender  | Gender                         | النوع الاجتماعي               | gender       |                   |
|          | integer            | age     | Age                            | العمر                       | age          |                   |
|          | select_one a       | area    | Area                           | المنطقة                     | area         |                   |
|          | select_one s       | safe    | How safe do you feel at night? | ما مدى شعورك بالأمان ليلًا؟   |              |                   |
|          | select_one yn      | water   | Is there water near your home? | هل الماء قريب من بيتك؟        |              |                   |
|          | integer            | members | People in the household        | أفراد الأسرة                 |              |                   |
|          | integer            | rooms   | Rooms that can be locked       | غرف يمكن قفلها               |              |                   |
|          | select_one yn      | harmed  | Was anyone hurt?               | هل أُصيب أحد؟                |              | yes               |
| choices  |                    |         |                                |                             |              |                   |
|          | list_name          | name    | label::English (en)            | label::العربية (ar)           |              |                   |
|          | g                  | woman   | Woman                          | امرأة                       |              |                   |
|          | g                  | man     | Man                            | رجل                         |              |                   |
|          | a                  | north   | North <i>hill</i>              | الشمال                      |              |                   |
|          | a                  | south   | South                          | الجنوب                      |              |                   |
|          | a                  | west    | West                           | الغرب                       |              |                   |
|          | s                  | safe    | Safe                           | آمن                         |              |                   |
|          | s                  | unsafe  | Not safe                       | غير آمن                     |              |                   |
|          | yn                 | yes     | Yes                            | نعم                         |              |                   |
|          | yn                 | no      | No                             | لا                          |              |                   |
| settings |                    |         |                                |                             |              |                   |
|          | form_id            | version | form_title::English (en)       | form_title::العربية (ar)      |              |                   |
|          | night              | 1       | Safe at night                  | الأمان ليلًا                 |              |                   |
";

/// The pages of the desk, and the page that everybody opens.
const DESK: &str = "/desk/surveys/night/communities";
const NORTH: &str = "/c/night/north";
/// What has to be confirmed before a release.
const CHECKS: [&str; 5] = ["place", "people", "blame", "words", "community"];

/// A person who follows from a number: 7 of 10 in the north do not feel safe, and few people are in the west.
fn person(number: u64) -> Value {
    let area = match number % 40 {
        0 => "west",
        at if at % 2 == 0 => "north",
        _ => "south",
    };
    json!({
        "gender": if number % 4 < 2 { "woman" } else { "man" }, "age": 20 + number % 50, "area": area,
        "safe": if number * 7 % 20 < 14 { "unsafe" } else { "safe" },
        "water": if number * 3 % 10 < 6 { "yes" } else { "no" }, "members": 1 + number * 5 % 9, "rooms": number % 4,
        "harmed": if number.is_multiple_of(3) { "yes" } else { "no" },
    })
}

/// A survey with people who answered, and a coordinator.
struct Town {
    folder: PathBuf,
    server: Server,
    cookie: String,
}

impl Town {
    fn of(folder: &Path, people: u64) -> Result<Self> {
        std::fs::write(folder.join("f.md"), FORM)?;
        let more = [("BARAZA_TEST_RELEASE_EVERY", "1")];
        let server = Server::start_in(folder, free_port(), &["--form", "f.md"], &more)?;
        baraza(folder, &["accounts", "add", "Bola", "--role", "coordinator"]);
        let token = Uuid::new_v4().simple().to_string();
        session_as(&folder.join("baraza.db"), "Bola", &token)?;
        let town = Self {
            folder: folder.to_owned(),
            server,
            cookie: format!("baraza-desk={token}"),
        };
        town.answers(0..people)?;
        town.results(people)?;
        Ok(town)
    }

    fn bola(&self) -> Visitor<'_> {
        Visitor::with(&self.server, &self.cookie)
    }

    /// More people answer.
    fn answers(&self, people: std::ops::Range<u64>) -> Result<()> {
        let lines: Vec<String> = people
            .map(|number| {
                json!({"form": "night", "version": "1", "instance_id": Uuid::from_u128(u128::from(number) + (7 << 70)),
                    "started": "2026-11-02T10:00:00.000+03:00", "finished": "2026-11-02T10:20:00.000+03:00",
                    "language": "en", "answers": person(number)})
                .to_string()
            })
            .collect();
        for lines in lines.chunks(100) {
            let (status, reply) = self.server.post_lines(&[], lines.join("\n").as_bytes())?;
            ensure!(status == 200 && !reply.to_string().contains("error"), "{reply}");
        }
        Ok(())
    }

    /// Waits for results of so many people.
    fn results(&self, people: u64) -> Result<()> {
        let patience = Instant::now() + Duration::from_mins(10);
        loop {
            let got = self.bola().get("/api/v1/surveys/night/results?question=safe")?;
            let json: Value = serde_json::from_str(&got.text).unwrap_or_default();
            if got.status == 200 && json["respondents"] == people {
                return Ok(());
            }
            ensure!(Instant::now() < patience, "no results of {people}: {got:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Opens a page of the desk below the communities.
    fn desk(&self, path: &str) -> Result<Got> {
        self.bola().get(&format!("{DESK}{path}"))
    }

    /// Sends a form to a page of the desk, and says what came of it.
    fn send(&self, path: &str, fields: &[(&str, &str)]) -> Result<Got> {
        self.bola().send(&format!("{DESK}{path}"), fields)
    }

    /// The same where it has to succeed.
    fn does(&self, path: &str, fields: &[(&str, &str)]) -> Result<()> {
        let got = self.send(path, fields)?;
        ensure!(got.status == 303, "{path}: {} {}", got.status, got.text);
        Ok(())
    }

    /// Chooses figures for a community.
    fn choose(&self, community: &str, figures: &[&str]) -> Result<()> {
        let fields: Vec<_> = figures.iter().map(|figure| ("figure", *figure)).collect();
        self.does(&format!("/{community}/choose"), &fields)
    }

    /// Releases the page of a community, with everything confirmed.
    fn release(&self, community: &str) -> Result<()> {
        let page = self.desk(&format!("/{community}/release"))?;
        let seen = baraza_tests::desk::hidden(&page.text, "seen")?;
        let mut fields = vec![("seen", seen.as_str())];
        fields.extend(CHECKS.map(|check| ("check", check)));
        self.does(&format!("/{community}/release"), &fields)
    }

    /// What everybody gets, without a cookie.
    fn everybody(&self, path: &str) -> Result<Got> {
        Visitor::new(&self.server).get(path)
    }

    /// A page that everybody sees.
    fn public(&self, path: &str) -> Result<String> {
        let got = self.everybody(path)?;
        ensure!(got.status == 200, "{path}: {} {}", got.status, got.text);
        Ok(got.text)
    }

    fn database(&self) -> Result<rusqlite::Connection> {
        let database = rusqlite::Connection::open(self.folder.join("baraza.db"))?;
        database.busy_timeout(Duration::from_secs(5))?;
        Ok(database)
    }
}

/// What follows a mark in a text, up to another.
fn between<'a>(text: &'a str, from: &str, to: &str) -> Result<&'a str> {
    let (_, after) = text
        .split_once(from)
        .with_context(|| format!("no {from} in {text}"))?;
    Ok(after.split(to).next().unwrap_or_default())
}
