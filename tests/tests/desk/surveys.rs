//! In a real browser: from a form with an error to a survey that is answered, and its poster.

use crate::BOLAS;
use crate::person::Person;
use anyhow::{Context, Result};
use baraza_tests::field::said;
use baraza_tests::{Server, baraza, chromium, told};
use serde_json::json;
use tempfile::tempdir;

/// A form in two languages; `kind` is the type of its first question.
pub fn form(kind: &str, version: &str) -> String {
    format!(
        "\
| survey   |                    |        |                      |                      |          |
|          | type               | name   | label::English (en)  | label::العربية (ar)  | required | relevant |
|          | {kind}             | age    | How old are you?     | كم عمرك؟             | yes      |          |
|          | select_one safety  | safe   | Is it safe at night? | هل الليل آمن؟        |          |          |
|          | text               | why    | Why not?             | لماذا؟               |          | ${{safe}} = 'no' |
| choices  |                    |        |                      |                      |
|          | list_name          | name   | label::English (en)  | label::العربية (ar)  |
|          | safety             | yes    | It is safe           | آمن                  |
|          | safety             | no     | It is not safe       | غير آمن              |
| settings |                    |        |                      |                      |
|          | form_title::English (en) | form_title::العربية (ar) | form_id | version |
|          | Nights in the town | الليل في المدينة | nights | {version} |
"
    )
}

impl Person<'_> {
    /// Chooses a file, as a finger would.
    fn chooses(&self, name: &str, text: &str) -> Result<()> {
        self.page.eval(&format!(
            "(() => {{ const all = new DataTransfer(); all.items.add(new File([{}], {}));
                       document.getElementById('file').files = all.files; }})()",
            json!(text),
            json!(name)
        ))?;
        Ok(())
    }

    /// On paper it is one page of A4; kept among the pictures.
    fn prints_one_page(&self, name: &str) -> Result<()> {
        let pdf = self.page.tab.paper()?;
        if let Some(shots) = std::env::var_os("BARAZA_SHOTS") {
            std::fs::write(
                std::path::Path::new(&shots).join(format!("desk-{name}.pdf")),
                &pdf,
            )?;
        }
        let text = String::from_utf8_lossy(&pdf);
        assert_eq!(text.matches("/Type /Page\n").count(), 1, "{name}");
        // 210 by 297 mm, in points.
        assert!(text.contains("/MediaBox [0 0 59"), "{name} is not A4");
        Ok(())
    }

    fn path(&self) -> Result<String> {
        self.page.text("location.pathname")
    }
}

/// A first form with a mistake in it, and the mended one.
fn begins(bola: &Person<'_>) -> Result<()> {
    bola.open("/desk")?;
    bola.presses("a[href='/desk/surveys/new']")?;
    bola.judge_both("new-survey", "/desk/surveys/new")?;
    bola.chooses("nights.md", &form("intger", "1"))?;
    bola.presses("form[enctype] button.main")?;
    bola.sees("This form can’t be used yet")?;
    // As the command line prints it: sheet, row, column, and what to write there instead.
    bola.sees("survey, row 3, column A (type)")?;
    bola.sees("integer")?;
    bola.judge("mend-en")?;
    bola.chooses("nights.md", &form("integer", "1"))?;
    bola.presses("form[enctype] button.main")?;
    bola.sees("A draft: phones do not have it")?;
    let draft = bola.path()?;
    assert!(draft.starts_with("/desk/drafts/"), "{draft}");
    let got = baraza_tests::desk::Visitor::new(bola.server).get("/s/nights")?;
    assert_eq!(got.status, 404, "nothing is published yet");
    bola.judge_both("draft", &draft)?;
    // Whoever goes away finds it again.
    bola.open("/desk")?;
    bola.sees("Drafts that wait to be published")?;
    bola.judge_both("home-draft", "/desk")?;
    bola.presses("section a[href^='/desk/drafts/']")?;
    assert_eq!(bola.path()?, draft);
    bola.open(&format!("{draft}?language=1"))?;
    bola.sees("هل الليل آمن؟")?;
    assert_eq!(bola.page.text("document.querySelector('.phone').dir")?, "rtl");
    bola.presses("button[value='publish']")?;
    bola.sees("Published.")?;
    assert_eq!(bola.path()?, "/desk/surveys/nights");
    bola.sees("Nights in the town")
}

/// Another version, which changes what an answer is.
fn goes_on(bola: &Person<'_>) -> Result<()> {
    bola.presses("a[href$='/versions/new']")?;
    bola.judge_both("new-version", "/desk/surveys/nights/versions/new")?;
    bola.chooses("nights.md", &form("text", "1"))?;
    bola.presses("form[enctype] button.main")?;
    bola.sees("question 'age'")?;
    bola.presses("button[value='publish']")?;
    bola.sees("another form has the version “1”")?;
    bola.judge_both("survey-draft", "/desk/surveys/nights")?;
    bola.sees("See the draft that waits")?;
    bola.open("/desk/surveys/nights/versions/new")?;
    bola.chooses("nights.md", &form("text", "2"))?;
    bola.presses("form[enctype] button.main")?;
    bola.sees("Answers would mean two things")?;
    bola.judge_both("two-things", &bola.path()?)?;
    bola.presses("button[value='publish']")?;
    bola.sees("Nothing was published")?;
    bola.page
        .eval("document.querySelector('input[name=accept][value=age]').click()")?;
    bola.presses("button[value='publish']")?;
    bola.sees("Published.")
}

/// What ships is a form as any other; looked at, and let go.
fn looks_at_the_library(bola: &Person<'_>) -> Result<()> {
    bola.open("/desk/surveys/community-security/versions/new")?;
    bola.presses("button[name='library']")?;
    bola.sees("It is the same as the version in use")?;
    bola.judge_both("library", &bola.path()?)?;
    bola.presses("button[value='drop']")?;
    bola.sees("The draft is gone")?;
    bola.open("/desk/surveys/community-security/poster")?;
    bola.prints_one_page("poster")
}

/// The poster, and how many people are wanted.
fn hangs_up(bola: &Person<'_>) -> Result<()> {
    bola.presses("a[href$='/poster']")?;
    bola.sees("Scan the code with the phone’s camera")?;
    bola.sees("امسح الرمز بكاميرا الهاتف")?;
    bola.sees("/s/nights")?;
    let arabic = "document.querySelector('.poster [lang=ar]').dir";
    assert_eq!(bola.page.text(arabic)?, "rtl");
    bola.judge_both("poster", "/desk/surveys/nights/poster")?;
    bola.open("/desk/surveys/nights/targets")?;
    bola.types("csv", "safe,target\nperhaps,5\n")?;
    bola.presses("form[enctype] button.main")?;
    bola.sees("row 2, column A (safe): 'perhaps' is not among the codes of 'safety'")?;
    bola.types("csv", "safe,target\nno,5\n")?;
    bola.presses("form[enctype] button.main")?;
    bola.sees("It is not safe 0 / 5")?;
    bola.judge_both("targets", "/desk/surveys/nights/targets")
}

#[test]
fn from_a_form_with_an_error_to_a_poster() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let server = Server::start(folder.path(), &[])?;
    let made = said(
        folder.path(),
        &[
            "accounts",
            "add",
            "Bola",
            "--role",
            "coordinator",
            "--by",
            "test",
            "--url",
            &server.url,
        ],
    )?;
    let link = made["link"].as_str().context("a link")?;
    let bola = Person::new(&chromium, &server)?;
    bola.open(&link.replace(&server.url, ""))?;
    bola.sees("This link is for:")?;
    bola.types("password", BOLAS)?;
    bola.presses("button.main")?;
    bola.sees("Surveys")?;
    begins(&bola)?;
    goes_on(&bola)?;
    hangs_up(&bola)?;
    looks_at_the_library(&bola)?;
    let log = told(&baraza(folder.path(), &["audit"]));
    for wanted in ["published", "quotas_set", "Bola", "nights"] {
        assert!(log.contains(wanted), "{wanted} is not in the log:\n{log}");
    }
    // What phones load is what was published last.
    let form = baraza_tests::desk::Visitor::new(&server).get("/api/surveys/nights/form")?;
    assert!(form.text.contains("\"version\":\"2\""), "{}", form.text);
    Ok(())
}
