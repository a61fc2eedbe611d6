//! The results of a survey in the browser, from outside: what they say, what they never say, and when they change.

mod browser;
mod demo;
mod releases;
mod tables;

use anyhow::{Context, Result, ensure};
use baraza_tests::desk::session_as;
use baraza_tests::{Browser, Server, baraza, csv_rows, free_port, told};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A few questions of each kind, in two languages, with what the pages divide by.
const FORM: &str = "\
| survey   |                    |         |                              |                       |              |                   |
|          | type               | name    | label::English (en)          | label::العربية (ar)     | baraza::role | baraza::sensitive |
|          | begin_group        | who     | Who answers                  | من يجيب               |              |                   |
|          | select_one g       | gender  | Gender                       | النوع الاجتماعي         | gender       |                   |
|          | integer            | age     | Age                          | العمر                 | age          |                   |
|          | select_one a       | area    | Area                         | المنطقة               | area         |                   |
|          | end_group          |         |                              |                       |              |                   |
|          | begin_group        | safety  | Safety                       | الأمان                |              |                   |
|          | select_one s       | safe    | How safe do you feel at night? | ما مدى شعورك بالأمان ليلًا؟ |            |                   |
|          | select_multiple t  | threats | Which of these worry you?    | أي من هذه يقلقك؟       |              |                   |
|          | select_one yn      | harmed  | Was anyone hurt?             | هل أُصيب أحد؟          |              | yes               |
|          | end_group          |         |                              |                       |              |                   |
|          | integer            | members | People in the household      | أفراد الأسرة           |              |                   |
| choices  |                    |         |                              |                       |              |                   |
|          | list_name          | name    | label::English (en)          | label::العربية (ar)     |              |                   |
|          | g                  | woman   | Woman                        | امرأة                 |              |                   |
|          | g                  | man     | Man                          | رجل                   |              |                   |
|          | g                  | another | Another                      | غير ذلك               |              |                   |
|          | a                  | north   | North                        | الشمال                |              |                   |
|          | a                  | south   | South                        | الجنوب                |              |                   |
|          | a                  | west    | West                         | الغرب                 |              |                   |
|          | s                  | very    | Very safe                    | آمن جدًا              |              |                   |
|          | s                  | fairly  | Fairly safe                  | آمن إلى حد ما          |              |                   |
|          | s                  | not     | Not safe                     | غير آمن               |              |                   |
|          | t                  | theft   | Theft <of> \"cattle\"          | السرقة                |              |                   |
|          | t                  | water   | Quarrels over water          | نزاعات على الماء       |              |                   |
|          | t                  | fire    | Fire                         | الحريق                |              |                   |
|          | yn                 | yes     | Yes                          | نعم                   |              |                   |
|          | yn                 | no      | No                           | لا                    |              |                   |
| settings |                    |         |                              |                       |              |                   |
|          | form_id            | version | form_title::English (en)     | form_title::العربية (ar) |            |                   |
|          | night              | 1       | Safe at night                | الأمان ليلًا           |              |                   |
";

/// The pages of the survey.
const PAGE: &str = "/desk/surveys/night/results";
/// Its JSON.
const API: &str = "/api/v1/surveys/night/results";
/// All disaggregations that this survey has within one round.
const BY: [&str; 5] = ["overall", "gender", "age", "area", "gender-age"];
const QUESTIONS: [&str; 7] = ["gender", "age", "area", "safe", "threats", "harmed", "members"];

/// A person who follows from a number: few are of another gender or in the west, and few were hurt.
fn person(number: u64) -> Value {
    // SplitMix64 by Steele, Lea and Flood.
    let chance = |salt: u64, of: u64| {
        let mut mixed = (number * 64 + salt).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % of
    };
    let gender = match chance(1, 100) {
        0 => "another",
        at if at < 52 => "woman",
        _ => "man",
    };
    let area = match chance(2, 100) {
        0 | 1 => "west",
        at if at < 60 => "north",
        _ => "south",
    };
    // Women feel less safe: there is a difference to be found.
    let safe = match chance(3, 10) + if gender == "woman" { 3 } else { 0 } {
        0..=3 => "very",
        4..=6 => "fairly",
        _ => "not",
    };
    let threats: Vec<&str> = [("theft", 2), ("water", 3), ("fire", 40)]
        .into_iter()
        .filter(|(name, of)| chance(name.len() as u64 + 10, *of) == 0)
        .map(|(name, _)| name)
        .collect();
    json!({
        "gender": gender, "age": 18 + chance(4, 60), "area": area, "safe": safe,
        "threats": if threats.is_empty() { vec!["water"] } else { threats },
        "harmed": if chance(5, 60) == 0 { "yes" } else { "no" }, "members": 1 + chance(6, 9),
    })
}

/// Sends people by their numbers; all of them in November.
fn send(server: &Server, people: std::ops::Range<u64>) -> Result<()> {
    send_as(server, people, "2026-11", person)
}

/// Somebody who is in no small group.
fn one_of_many(number: u64) -> Value {
    let mut person = person(number);
    for (key, few, many) in [("gender", "another", "woman"), ("area", "west", "north")] {
        if person[key] == few {
            person[key] = json!(many);
        }
    }
    person
}

fn send_as(server: &Server, people: std::ops::Range<u64>, month: &str, who: fn(u64) -> Value) -> Result<()> {
    let lines: Vec<String> = people
        .map(|number| {
            json!({"form": "night", "version": "1", "instance_id": Uuid::from_u128(u128::from(number) + (7 << 70)),
                "started": format!("{month}-02T10:00:00.000+03:00"), "finished": format!("{month}-02T10:20:00.000+03:00"),
                "language": "en", "answers": who(number)})
            .to_string()
        })
        .collect();
    for lines in lines.chunks(100) {
        let (status, reply) = server.post_lines(&[], lines.join("\n").as_bytes())?;
        ensure!(
            status == 200 && !reply.to_string().contains("error"),
            "{status} {reply}"
        );
    }
    Ok(())
}

/// Serves the survey, and lets an analyst in; a release may follow another at once.
fn serve(folder: &Path) -> Result<Server> {
    std::fs::write(folder.join("f.md"), FORM)?;
    serve_as(folder, &["--form", "f.md"])
}

fn serve_as(folder: &Path, more: &[&str]) -> Result<Server> {
    let server = Server::start_in(folder, free_port(), more, &[("BARAZA_TEST_RELEASE_EVERY", "1")])?;
    // An analyst who may see no single responses; there already after a restart.
    baraza(folder, &["accounts", "add", "Chidi", "--role", "analyst"]);
    session_as(&folder.join("baraza.db"), "Chidi", SESSION)?;
    Ok(server)
}

/// What signs the analyst in.
const SESSION: &str = "0123456789abcdef0123456789abcdef";

/// Signs a browser in.
fn signed_in(browser: &Browser, server: &Server) -> Result<()> {
    let page = browser.page(360, 640)?;
    page.tab
        .navigate_to(&format!("{}/healthz", server.url))?
        .wait_until_navigated()?;
    page.eval(&format!("document.cookie = 'baraza-desk={SESSION}; path=/'"))?;
    Ok(())
}

/// An answer as bytes, once what is being made is there.
fn get(server: &Server, path: &str) -> Result<(u16, Vec<u8>)> {
    let patience = Instant::now() + Duration::from_mins(15);
    loop {
        let mut response = server.get(path, &[("cookie", &format!("baraza-desk={SESSION}"))])?;
        let status = response.status().as_u16();
        if status != 503 {
            return Ok((
                status,
                response.body_mut().with_config().limit(1 << 28).read_to_vec()?,
            ));
        }
        ensure!(Instant::now() < patience, "{path} is never ready");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn found(server: &Server, path: &str) -> Result<Vec<u8>> {
    let (status, bytes) = get(server, path)?;
    ensure!(
        status == 200,
        "{path}: {status} {}",
        String::from_utf8_lossy(&bytes)
    );
    Ok(bytes)
}

fn text(server: &Server, path: &str) -> Result<String> {
    Ok(String::from_utf8(found(server, path)?)?)
}

type Row = BTreeMap<String, String>;

fn rows(csv: &[u8]) -> Result<Vec<Row>> {
    Ok(csv::Reader::from_reader(csv)
        .deserialize()
        .collect::<Result<_, _>>()?)
}

/// All that the results of the survey say: each page, file and JSON by its address.
fn everything(server: &Server) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut all = BTreeMap::new();
    let mut take = |path: String| -> Result<()> {
        let bytes = found(server, &path)?;
        all.insert(path, bytes);
        Ok(())
    };
    for question in QUESTIONS {
        for by in BY {
            let query = format!("?question={question}&by={by}&lang=en");
            take(format!("{PAGE}{query}"))?;
            take(format!("{API}{query}"))?;
            for ending in ["csv", "xlsx", "svg"] {
                take(format!("{PAGE}/table.{ending}{query}"))?;
            }
        }
    }
    for name in WHOLE {
        take(format!("{PAGE}/{name}?lang=ar"))?;
    }
    Ok(all)
}

const WHOLE: [&str; 9] = [
    "report",
    "report.html",
    "tables.xlsx",
    "tidy.csv",
    "wide.zip",
    "tidy.parquet",
    "tables.json",
    "tests.csv",
    "differences.csv",
];

/// What `baraza analyse` writes for the same data.
fn analysed(folder: &Path, out: &str, more: &[&str]) -> Result<Vec<u8>> {
    let all = [
        &[
            "analyse",
            "--by",
            "area",
            "--by",
            "gender*age",
            "--out",
            out,
            "--format",
            "csv,json",
        ],
        more,
    ]
    .concat();
    let made = baraza(folder, &all);
    ensure!(made.status.success(), "{}", told(&made));
    Ok(std::fs::read(folder.join(out).join("tidy.csv"))?)
}
