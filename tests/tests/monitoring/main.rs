//! A survey while people are in the field, from outside: what the desk tells of it, what it doubts, and what it never
//! says.

mod cost;
mod live;
#[path = "../desk/person.rs"]
mod person;
mod story;
mod sums;

use anyhow::{Context, Result, ensure};
use baraza_tests::desk::{Got, Visitor, session_of};
use baraza_tests::field::{Client, link, publish, said};
use baraza_tests::{Server, baraza, told};
use rusqlite::Connection;
use serde_json::{Map, Value, json};
use std::path::Path;

const FORM: &str = "\
| survey   |                   |         |                     |                     |              |               |
|          | type              | name    | label::English (en) | label::العربية (ar)  | baraza::role | baraza::pass |
|          | select_one yn     | agreed  | Do you agree?       | هل توافق؟           | consent      |              |
|          | select_one a      | area    | Area                | المنطقة             | area         |              |
|          | geopoint          | here    | Where are you?      | أين أنت؟            |              |              |
|          | select_one g      | gender  | Gender              | الجنس               | gender       |              |
|          | integer           | age     | Age                 | العمر               | age          |              |
|          | select_one f      | fear1   | Fear of theft       | الخوف من السرقة      |              |              |
|          | select_one f      | fear2   | Fear of fire        | الخوف من الحريق      |              |              |
|          | select_one f      | fear3   | Fear of floods      | الخوف من الفيضان     |              |              |
|          | select_one f      | fear4   | Fear of fights      | الخوف من الشجار      |              |              |
|          | select_one f      | fear5   | Fear of roads       | الخوف من الطرق       |              |              |
|          | select_one f      | fear6   | Fear of nights      | الخوف من الليل       |              |              |
|          | select_multiple f | worst   | What is worst?      | ما الأسوأ؟           |              |              |
|          | select_one yn     | crime1  | A theft?            | سرقة؟               |              |              |
|          | select_one yn     | crime2  | A fight?            | شجار؟               |              |              |
|          | select_one yn     | crime3  | A fire?             | حريق؟               |              |              |
|          | select_one yn     | crime4  | A threat?           | تهديد؟              |              |              |
|          | select_one yn     | crime5  | A fraud?            | احتيال؟             |              |              |
|          | text              | why     | Why?                | لماذا؟              |              | yes          |
|          | text              | needs   | What is needed?     | ما المطلوب؟          |              | yes          |
| choices  |                   |         |                     |                     |                 |
|          | list_name         | name    | label::English (en) | label::العربية (ar)  | baraza::special |
|          | yn                | yes     | Yes                 | نعم                 |                 |
|          | yn                | no      | No                  | لا                  |                 |
|          | a                 | north   | North               | الشمال              |                 |
|          | a                 | south   | South               | الجنوب              |                 |
|          | g                 | woman   | Woman               | امرأة               |                 |
|          | g                 | man     | Man                 | رجل                 |                 |
|          | f                 | none    | Not at all          | لا شيء              |                 |
|          | f                 | some    | Somewhat            | بعض الشيء           |                 |
|          | f                 | much    | Very much           | كثيرًا               |                 |
|          | f                 | unknown | Does not know       | لا يعرف             | dont_know       |
| settings |                   |         |                     |                     |
|          | form_id           | version | form_title::English (en) | form_title::العربية (ar) | baraza::minimum_age |
|          | streets           | 1       | Safe streets        | شوارع آمنة           | 18           |
";

/// The pages of the survey.
const FIELD: &str = "/desk/surveys/streets/field";
/// No response.
const NONE: [u32; 0] = [];
const FLAGS: &str = "/desk/surveys/streets/field/flags";

/// A folder with the survey, two who send and four who look.
struct World {
    folder: tempfile::TempDir,
    server: Server,
    amina: (String, String),
    bola: (String, String),
    yesterday: String,
    night_before: String,
    soon: String,
}

impl World {
    fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let path = folder.path();
        publish(path, FORM)?;
        std::fs::write(path.join("q.csv"), "gender,target\nwoman,20\nman,20\n")?;
        done(path, &["quotas", "set", "q.csv"])?;
        let server = Server::start(path, &[])?;
        let url = ["--url", server.url.as_str()];
        let amina = link(path, "add", "Amina", &url)?;
        let bola = link(path, "add", "Bola", &url)?;
        for (name, more) in [
            ("admin", &["--role", "administrator"][..]),
            ("coordinator", &["--role", "coordinator"]),
            ("analyst", &["--role", "analyst"]),
            ("analyst with raw", &["--role", "analyst", "--raw"]),
        ] {
            said(
                path,
                &[&["accounts", "add", name, "--by", "test"][..], more].concat(),
            )?;
        }
        let database = Connection::open(path.join("baraza.db"))?;
        let day = |back: &str| -> Result<String> {
            Ok(database.query_row("SELECT date('now', ?1)", [back], |row| row.get(0))?)
        };
        Ok(Self {
            yesterday: day("-1 day")?,
            night_before: day("-2 day")?,
            soon: day("+3 day")?,
            server,
            amina,
            bola,
            folder,
        })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn visitor(&self, account: &str) -> Result<Visitor<'_>> {
        Ok(Visitor::with(&self.server, &session_of(self.path(), account)?))
    }

    /// A page that is there.
    fn page(&self, account: &str, path: &str) -> Result<String> {
        let got = self.visitor(account)?.get(path)?;
        ensure!(got.status == 200, "{path}: {got:?}");
        Ok(got.text)
    }

    /// Sends what somebody answered yesterday in the morning, in twenty minutes.
    fn send(&self, number: u32, by: &(String, String), answers: &Value) -> Result<()> {
        let day = &self.yesterday;
        let (from, to) = (
            format!("{day}T09:00:00.000+03:00"),
            format!("{day}T09:20:00.000+03:00"),
        );
        self.send_at(number, Some(by), answers, (&from, &to), 200)
    }

    fn send_at(
        &self,
        number: u32,
        by: Option<&(String, String)>,
        answers: &Value,
        (from, to): (&str, &str),
        wanted: u16,
    ) -> Result<()> {
        let mut body = json!({"form": "streets", "version": "1", "instance_id": instance(number), "started": from,
            "finished": to, "language": "en", "answers": answers});
        let client = match by {
            Some((public, link)) => {
                body["enumerator"] = json!(public);
                Client::signed_in(&self.server, link)?
            }
            None => Client::new(&self.server),
        };
        let (status, reply) = client.json("POST", "/api/surveys/streets/responses", &body)?;
        ensure!(status == wanted, "{number}: {status} {reply}");
        Ok(())
    }

    /// The numbers of the responses that a list shows, in order.
    fn listed(&self, query: &str) -> Result<Vec<u32>> {
        numbers(&self.page("coordinator", &format!("{FLAGS}?{query}"))?)
    }

    fn audit(&self) -> Result<Vec<(String, String, String)>> {
        let database = Connection::open(self.path().join("baraza.db"))?;
        let mut statement = database.prepare("SELECT by, action, detail FROM audit ORDER BY id")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

impl person::Person<'_> {
    /// Signed in past the password.
    fn comes_as(&self, world: &World, account: &str) -> Result<()> {
        self.open("/desk/sign-in")?;
        let cookie = session_of(world.path(), account)?;
        self.page.eval(&format!("document.cookie = '{cookie}; path=/'"))?;
        Ok(())
    }
}

fn done(folder: &Path, arguments: &[&str]) -> Result<()> {
    let output = baraza(folder, arguments);
    ensure!(output.status.success(), "{arguments:?}: {}", told(&output));
    Ok(())
}

fn instance(number: u32) -> String {
    format!("{number:08}-0000-4000-8000-000000000000")
}

fn numbers(page: &str) -> Result<Vec<u32>> {
    page.split("<h3><bdi dir=\"ltr\">")
        .skip(1)
        .map(|rest| rest.get(..8).context("an id")?.parse().context("a number"))
        .collect()
}

/// Somebody who answers everything; who that is follows from a number.
fn somebody(number: u32) -> Value {
    // SplitMix64 by Steele, Lea and Flood.
    let mut state = u64::from(number) * 1_000;
    let mut chance = |of: u64| {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % of
    };
    let mut answers = Map::new();
    let fears = ["none", "some", "much"];
    for at in 1..=6 {
        answers.insert(format!("fear{at}"), json!(fears[chance(3) as usize]));
    }
    // No straight line by chance.
    answers.insert("fear1".into(), json!("none"));
    answers.insert("fear4".into(), json!("much"));
    answers.insert("worst".into(), json!([fears[chance(3) as usize]]));
    for at in 1..=5 {
        answers.insert(format!("crime{at}"), json!(["yes", "no"][chance(2) as usize]));
    }
    let (up, right) = (chance(900), chance(900));
    answers.insert("here".into(), json!(format!("1.00{up:03} 36.00{right:03} 0 5")));
    answers.insert("area".into(), json!("north"));
    answers.insert("agreed".into(), json!("yes"));
    answers.insert("gender".into(), json!(["woman", "man"][chance(2) as usize]));
    answers.insert("age".into(), json!(18 + chance(60)));
    answers.insert("why".into(), json!(format!("reason {}", chance(1000))));
    answers.insert("needs".into(), json!(format!("need {}", chance(1000))));
    Value::Object(answers)
}

fn with(answers: &Value, more: &Value) -> Value {
    let mut all = answers.as_object().cloned().unwrap_or_default();
    all.extend(more.as_object().cloned().unwrap_or_default());
    Value::Object(all)
}

fn is(got: &Got, status: u16, words: &str) -> Result<()> {
    ensure!(
        got.status == status && got.text.contains(words),
        "wanted {status} and {words:?}: {got:?}"
    );
    Ok(())
}
