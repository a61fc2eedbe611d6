//! The whole way in real browsers: an administrator lets people in, a coordinator uploads a form and hangs up its
//! poster, an enumerator signs in by a link and sends answers that were given without a connection, bars move, an
//! analyst looks at results and takes them along, and a page goes back to the community that shows nothing it must not.

#[path = "../desk/person.rs"]
mod person;
mod pictures;

use anyhow::{Context, Result, ensure};
use baraza_tests::desk::{Visitor, first_token};
use baraza_tests::field::{Client, response};
use baraza_tests::{Browser, Phone, Server, chromium, csv_rows, free_port};
use person::Person;
use pictures::Pictures;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use uuid::Uuid;

const PASSWORD: &str = "four wells beyond the ridge";
const SURVEY: &str = "/desk/surveys/nights";
/// On the list of an enumerator's surveys.
const BEGIN: &str = ".go.main[href*='/s/nights']";
/// So many in all: 2 in the browser, the others behind it.
const PEOPLE: u64 = 160;

/// For enumerators; few live in the west.
const FORM: &str = "\
| survey   |                 |        |                              |                          |              |                   |
|          | type            | name   | label::English (en)          | label::العربية (ar)        | baraza::role | baraza::sensitive |
|          | select_one yn   | agreed | Do you agree to take part?   | هل توافق على المشاركة؟     | consent      |                   |
|          | select_one a    | area   | Area                         | المنطقة                  | area         |                   |
|          | select_one g    | gender | Gender                       | النوع الاجتماعي            | gender       |                   |
|          | integer         | age    | Age                          | العمر                    | age          |                   |
|          | select_one s    | safe   | Do you feel safe after dark? | هل تشعر بالأمان بعد الظلام؟ |              |                   |
|          | select_one yn   | water  | Is there water near home?    | هل الماء قريب من البيت؟    |              |                   |
|          | select_one yn   | harmed | Was anyone hurt this year?   | هل أُصيب أحد هذا العام؟     |              | yes               |
| choices  |                 |        |                              |                          |
|          | list_name       | name   | label::English (en)          | label::العربية (ar)        |
|          | yn              | yes    | Yes                          | نعم                      |
|          | yn              | no     | No                           | لا                       |
|          | g               | woman  | Woman                        | امرأة                    |
|          | g               | man    | Man                          | رجل                      |
|          | a               | north  | North                        | الشمال                   |
|          | a               | south  | South                        | الجنوب                   |
|          | a               | west   | West                         | الغرب                    |
|          | s               | safe   | Safe                         | آمن                      |
|          | s               | unsafe | Not safe                     | غير آمن                  |
| settings |                 |        |                              |                          |
|          | form_id         | version | form_title::English (en)    | form_title::العربية (ar)   | baraza::sign_in |
|          | nights          | 1       | Nights in our town          | ليالي مدينتنا              | yes             |
";

/// A person who follows from a number.
fn somebody(number: u64) -> Value {
    let area = match number % 40 {
        0 => "west",
        at if at % 2 == 0 => "north",
        _ => "south",
    };
    json!({
        "agreed": "yes", "area": area, "gender": if number % 4 < 2 { "woman" } else { "man" }, "age": 20 + number % 50,
        "safe": if number * 7 % 20 < 14 { "unsafe" } else { "safe" },
        "water": if number * 3 % 10 < 6 { "yes" } else { "no" },
        "harmed": if number.is_multiple_of(3) { "yes" } else { "no" },
    })
}

impl Person<'_> {
    /// Opens a link that was handed over, and chooses a password.
    fn takes(&self, link: &str) -> Result<()> {
        let (_, path) = link
            .split_once(&self.server.url)
            .context("a link of this server")?;
        self.open(path)?;
        self.sees("This link is for:")?;
        self.types("password", PASSWORD)?;
        self.presses("button.main")?;
        self.sees("Surveys")
    }

    fn ticks(&self, selector: &str) -> Result<()> {
        self.page.eval(&format!(
            "document.querySelectorAll({}).forEach((one) => one.click())",
            json!(selector)
        ))?;
        Ok(())
    }
}

/// The first link makes an administrator, who hands on links for a coordinator and an analyst.
fn begins(amina: &Person<'_>) -> Result<[String; 2]> {
    amina.open(&format!("/desk/link#{}", first_token(amina.server)?))?;
    amina.types("name", "Amina")?;
    amina.types("password", PASSWORD)?;
    amina.presses("button.main")?;
    amina.sees("Surveys")?;
    let mut links = Vec::new();
    for (name, role) in [("Bola", "coordinator"), ("Dara", "analyst")] {
        amina.open("/desk/accounts")?;
        amina.types("name", name)?;
        amina.ticks(&format!("input[value={role}]"))?;
        amina.presses("main form[action='/desk/accounts'] button.main")?;
        amina.sees(&format!("A link for {name}"))?;
        links.push(amina.link()?);
    }
    links.try_into().ok().context("two links")
}

/// A form becomes a survey, with targets, a poster, and somebody to ask people; gives the link of the latter.
fn sets_up(bola: &Person<'_>, pictures: &mut Pictures) -> Result<String> {
    bola.open("/desk/surveys/new")?;
    bola.page.eval(&format!(
        "(() => {{ const all = new DataTransfer(); all.items.add(new File([{}], 'nights.md'));
                   document.getElementById('file').files = all.files; }})()",
        json!(FORM)
    ))?;
    bola.presses("form[enctype] button.main")?;
    bola.sees("A draft: phones do not have it")?;
    bola.presses("button[value='publish']")?;
    bola.sees("Published.")?;
    bola.open(&format!("{SURVEY}/targets"))?;
    bola.types("csv", "gender,target\nwoman,100\nman,100\n")?;
    bola.presses("form[enctype] button.main")?;
    bola.sees("0 / 100")?;
    bola.open(&format!("{SURVEY}/poster"))?;
    bola.sees("/s/nights")?;
    pictures.take("desk", &bola.page, ".poster")?;
    bola.open("/desk/enumerators")?;
    bola.types("name", "Chidi")?;
    bola.presses("main section button.main")?;
    bola.sees("Scan this code with the phone’s camera")?;
    bola.link()
}

/// The survey on an enumerator's phone.
struct Field {
    phone: Phone,
    _browser: Browser,
}

impl Field {
    /// Signs in by a link; the phone then has all that it needs.
    fn signs_in(chromium: &Path, link: &str) -> Result<Self> {
        let browser = Browser::start(chromium)?;
        let phone = Phone {
            page: browser.page(360, 640)?,
        };
        phone.page.tab.navigate_to(link)?.wait_until_navigated()?;
        phone.page.wait_for("document.body.dataset.state === 'now'")?;
        Ok(Self {
            phone,
            _browser: browser,
        })
    }

    fn asks(&self, who: &Value, pictures: Option<&mut Pictures>) -> Result<()> {
        self.phone.tap(BEGIN)?;
        self.phone
            .page
            .wait_for("document.body.dataset.screen === 'question'")?;
        if let Some(pictures) = pictures {
            pictures.take("phone", &self.phone.page, "body")?;
        }
        self.phone.fill_all(who)?;
        ensure!(self.phone.send()? == "waiting", "there is no connection");
        self.phone.tap("#to-surveys")?;
        self.phone
            .page
            .wait_for("document.body.dataset.state === 'offline'")
    }
}

/// What is told without a connection arrives when there is one, and the open page at the desk follows.
fn goes_out(
    (chromium, folder, server): (&Path, &Path, Server),
    link: &str,
    pictures: &mut Pictures,
) -> Result<(Server, Field)> {
    let field = Field::signs_in(chromium, link)?;
    let phone = &field.phone;
    phone
        .page
        .wait_for("document.body.innerText.includes('All surveys are on this phone')")?;
    pictures.take("phone", &phone.page, "body")?;
    let port = server.port();
    server.stop()?;
    field.asks(
        &json!({"agreed": "yes", "area": "north", "gender": "woman", "age": "33"}),
        Some(pictures),
    )?;
    field.asks(
        &json!({"agreed": "yes", "area": "south", "gender": "woman", "age": "44"}),
        None,
    )?;
    pictures.take("phone", &field.phone.page, "body")?;
    // Pocketed until somebody looks at the desk.
    field.phone.page.tab.navigate_to("about:blank")?;
    let server = serve(folder, port)?;
    Ok((server, field))
}

fn serve(folder: &Path, port: u16) -> Result<Server> {
    Server::start_in(folder, port, &[], &[("BARAZA_TEST_RELEASE_EVERY", "1")])
}

fn follows(bola: &Person<'_>, field: &Field) -> Result<()> {
    bola.open(&format!("{SURVEY}/field"))?;
    bola.sees("0 of 100")?;
    bola.page.eval("globalThis.isTheSame = true")?;
    // As it does by itself when its page is opened where there is a connection.
    let phone = &field.phone.page;
    phone
        .tab
        .navigate_to(&format!("{}/field", bola.server.url))?
        .wait_until_navigated()?;
    phone.wait_for("document.body.dataset.state === 'now'")?;
    phone.eval("document.querySelector('#send-now')?.click()")?;
    bola.page
        .wait_for("document.querySelector('#quotas progress').value === 2")?;
    bola.sees("2 of 100")?;
    assert_eq!(bola.page.eval("globalThis.isTheSame")?, json!(true), "by itself");
    field
        .phone
        .page
        .wait_for("document.body.dataset.state === 'now'")?;
    Ok(())
}

/// The others are asked as well, in the same enumerator's name.
fn asks_the_others(server: &Server, link: &str) -> Result<()> {
    let chidi = Client::signed_in(server, link)?;
    let clock = rusqlite::Connection::open_in_memory()?;
    let minutes_ago = |minutes: u64| -> Result<String> {
        let sql = "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?1)";
        Ok(clock.query_row(sql, [format!("-{minutes} minutes")], |row| row.get(0))?)
    };
    for number in 2..PEOPLE {
        let instance = Uuid::from_u128(u128::from(number) + (9 << 70)).to_string();
        let mut response = response("nights", &instance, &somebody(number));
        response["version"] = json!("1");
        response["started"] = json!(minutes_ago(30 + number % 7)?);
        response["finished"] = json!(minutes_ago(10)?);
        let (status, said) = chidi.json("POST", "/api/surveys/nights/responses", &response)?;
        ensure!(status == 200, "{said}");
    }
    Ok(())
}

/// Looks at figures with their intervals, and takes them along; single responses are not for her.
fn looks(dara: &Person<'_>, folder: &Path, pictures: &mut Pictures) -> Result<Vec<BTreeMap<String, String>>> {
    let page = format!("{SURVEY}/results?question=safe&by=gender&lang=en");
    for _ in 0..600 {
        dara.open(&page)?;
        let said = dara.page.text("document.body.innerText")?;
        if said.contains("Do you feel safe after dark?") && said.contains("Woman") {
            break;
        }
        std::thread::sleep(Duration::from_millis(300));
    }
    dara.sees("Not safe")?;
    pictures.take("desk", &dara.page, "figure")?;
    let tidy = dara.page.text(&format!(
        "fetch('{SURVEY}/results/tidy.csv').then((answer) => answer.text())"
    ))?;
    std::fs::write(folder.join("tidy.csv"), &tidy)?;
    dara.open(&format!("{SURVEY}/export"))?;
    dara.sees("Not for you")?;
    csv_rows(&folder.join("tidy.csv"))
}

/// A page for the north: a share with words in both languages, released after the questions of harm.
fn gives_back(bola: &Person<'_>) -> Result<()> {
    let north = format!("{SURVEY}/communities/north");
    bola.open(&format!("{north}/choose"))?;
    bola.ticks("input[value='[\"safe\",\"unsafe\",true]']")?;
    bola.presses("button.main")?;
    bola.sees("Saved.")?;
    bola.open(&format!("{north}/findings/0"))?;
    bola.types("words-en", "Most of us do not feel safe after dark.")?;
    bola.types("words-ar", "معظمنا لا يشعر بالأمان بعد حلول الظلام.")?;
    bola.presses("form:not([enctype]) button.main")?;
    bola.open(&format!("{north}/agreements/new"))?;
    bola.types("what-en", "Lamps on the path to the well")?;
    bola.types("what-ar", "مصابيح على الطريق إلى البئر")?;
    bola.types("who-en", "The water committee")?;
    bola.types("who-ar", "لجنة المياه")?;
    bola.types("due", "2027-03-01")?;
    bola.ticks("input[value=under_way], input[name=public]")?;
    bola.presses("button.main")?;
    bola.open(&format!("{north}/release"))?;
    bola.ticks("input[name=check]")?;
    bola.presses("button.main")?;
    bola.sees("Everybody who has the address sees the page now")
}

/// What everybody sees is a figure that the release shows; what it withholds is nowhere.
fn is_read(nobody: &Person<'_>, tidy: &[BTreeMap<String, String>], pictures: &mut Pictures) -> Result<()> {
    nobody.open("/c/nights/north?lang=en")?;
    nobody.sees("Most of us do not feel safe after dark.")?;
    nobody.judge("whole-community-en")?;
    pictures.take("desk", &nobody.page, "body")?;
    nobody.open("/c/nights/north?lang=ar")?;
    nobody.sees("معظمنا لا يشعر بالأمان بعد حلول الظلام.")?;
    nobody.judge("whole-community-ar")?;
    pictures.take("phone", &nobody.page, "body")?;

    let cell = |question: &str, code: &str, domain: &str| {
        tidy.iter()
            .find(|row| row["question"] == question && row["category"] == code && row["domain"] == domain)
            .context("a row of the release")
    };
    let shown = cell("safe", "unsafe", "north")?;
    assert!(
        ["published", "marked", "rounded"].contains(&shown["status"].as_str()),
        "{shown:?}"
    );
    let tenths = (shown["estimate"].parse::<f64>()? * 10.0).round();
    let english = Visitor::new(nobody.server).get("/c/nights/north?lang=en")?;
    assert!(
        english.text.contains(&format!("{tenths} of 10")),
        "{tenths}: {}",
        english.text
    );
    // Four people live in the west: the release withholds them, and so does every page.
    for code in ["safe", "unsafe"] {
        assert_eq!(cell("safe", code, "west")?["status"], "withheld_base");
    }
    assert_eq!(
        Visitor::new(nobody.server).get("/c/nights/west")?.status,
        404,
        "nobody released it"
    );
    for hidden in ["harmed", "Was anyone hurt", "West"] {
        assert!(!english.text.contains(hidden), "{hidden} is on the page");
    }
    Ok(())
}

#[test]
fn from_the_first_link_to_the_page_for_the_community() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let mut pictures = Pictures::default();
    let server = serve(folder, free_port())?;
    let (enumerators_link, coordinators_link, analysts_link);
    {
        let amina = Person::new(&chromium, &server)?;
        [coordinators_link, analysts_link] = begins(&amina)?;
        let bola = Person::new(&chromium, &server)?;
        bola.takes(&coordinators_link)?;
        enumerators_link = sets_up(&bola, &mut pictures)?;
    }
    let (server, field) = goes_out((&chromium, folder, server), &enumerators_link, &mut pictures)?;
    let bola = Person::new(&chromium, &server)?;
    bola.open("/desk/sign-in")?;
    bola.signs_in("Bola", PASSWORD)?;
    bola.sees("Surveys")?;
    follows(&bola, &field)?;
    asks_the_others(&server, &enumerators_link)?;
    bola.open(&format!("{SURVEY}/field"))?;
    bola.sees(&format!("{PEOPLE} responses"))?;
    pictures.take("desk", &bola.page, "#quotas")?;
    let dara = Person::new(&chromium, &server)?;
    dara.takes(&analysts_link)?;
    let tidy = looks(&dara, folder, &mut pictures)?;
    gives_back(&bola)?;
    let nobody = Person::new(&chromium, &server)?;
    is_read(&nobody, &tidy, &mut pictures)?;
    pictures.keep(&nobody.page)
}
