//! How much room files may take, and when they go: limits of a survey, a disk that fills, files whose responses never
//! came, and phones whose files went too early.

use anyhow::{Context, Result, ensure};
use baraza_forms::hex;
use baraza_tests::{Plain, Server, baraza, free_port, told};
use rusqlite::Connection;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::tempdir;
use uuid::Uuid;

const MB: usize = 1 << 20;

/// A form that asks for a photo, with limits for files in MB.
fn form(id: &str, one: &str, all: &str) -> String {
    format!(
        "| survey   |         |         |         |
         |          | type    | name    | label   |
         |          | image   | photo   | A photo |
         |          | text    | words   | Words   |
         | settings |         |         |         |                       |                        |
         |          | form_id | version | baraza::file_limit_mb | baraza::files_limit_mb |
         |          | {id}    | 1       | {one}                 | {all}                  |"
    )
}

fn publish(at: &Path, forms: &[String]) -> Result<()> {
    for form in forms {
        std::fs::write(at.join("f.md"), form)?;
        let published = baraza(at, &["publish", "f.md"]);
        ensure!(published.status.success(), "{}", told(&published));
    }
    Ok(())
}

/// Bytes that no other number gives, and the file's name.
fn photo(number: u8, size: usize) -> (String, Vec<u8>) {
    let mut bytes = vec![number; size];
    bytes[0] = 255;
    (format!("{}.jpg", hex(&Sha256::digest(&bytes))), bytes)
}

fn respond(server: &Server, survey: &str, photo: &str) -> Result<(u16, Value)> {
    let body = json!({"form": survey, "version": "1", "instance_id": Uuid::new_v4(), "started": "2026-01-01T10:00:00Z",
        "finished": "2026-01-01T10:05:00Z", "language": "en", "answers": {"photo": photo, "words": "w"}});
    server.post(survey, "application/json", body.to_string().as_bytes())
}

/// Sends a file in pieces of at most 256 KB until it is refused or whole; gives the last status and answer.
fn in_pieces(server: &Server, survey: &str, name: &str, bytes: &[u8]) -> Result<(u16, Value)> {
    let mut last = (0, Value::Null);
    let mut offset = 0;
    while offset < bytes.len() {
        let end = (offset + (256 << 10)).min(bytes.len());
        last = server.patch_media(survey, name, (offset, bytes.len()), &bytes[offset..end])?;
        if last.0 != 200 {
            break;
        }
        offset = end;
    }
    Ok(last)
}

fn files(at: &Path) -> Result<i64> {
    let db = Connection::open(at.join("baraza.db"))?;
    Ok(db.query_row("SELECT count(*) FROM media", [], |row| row.get(0))?)
}

/// What `baraza media` says of a survey.
fn listed(at: &Path, survey: &str) -> Result<Value> {
    let output = baraza(at, &["media", "--format", "json"]);
    ensure!(output.status.success(), "{}", told(&output));
    let said: Value = serde_json::from_slice(&output.stdout)?;
    let all = said["surveys"].as_array().context("surveys")?;
    let found = all.iter().find(|one| one["survey"] == survey);
    Ok(found.context("the survey")?.clone())
}

#[test]
fn a_surveys_files_have_the_limits_that_its_form_says() -> Result<()> {
    let folder = tempdir()?;
    let at = folder.path();
    publish(at, &[form("tight", "1", "2"), form("loose", "", "")])?;
    let server = Server::start(at, &[])?;
    let (name, large) = photo(1, MB + 1);
    for (status, said) in [
        server.put_media("tight", &name, &large)?,
        server.patch_media("tight", &name, (0, large.len()), &large[..1000])?,
    ] {
        ensure!(
            status == 413 && said["message"] == "a file has at most 1 MB here",
            "{status} {said}"
        );
    }
    ensure!(
        server.put_media("loose", &name, &large)?.0 == 200,
        "the limit is that survey's alone"
    );

    let (first, bytes) = photo(2, MB);
    ensure!(server.put_media("tight", &first, &bytes)?.0 == 200);
    let (second, more) = photo(3, MB - 1000);
    ensure!(in_pieces(&server, "tight", &second, &more)?.0 == 200);
    // 1000 bytes are left of the survey's two megabytes.
    let (third, too_much) = photo(4, 1001);
    for (status, said) in [
        server.put_media("tight", &third, &too_much)?,
        in_pieces(&server, "tight", &third, &too_much)?,
    ] {
        ensure!(
            status == 507 && said["status"] == "error" && said["code"] == "no_room",
            "{status} {said}"
        );
        ensure!(
            said["message"]
                .as_str()
                .is_some_and(|words| words.contains("2 MB")),
            "{said}"
        );
    }
    // A response is taken all the same, and a file that is there needs no room.
    let (status, said) = respond(&server, "tight", &third)?;
    ensure!(
        status == 200 && said["missing"] == json!([third]),
        "{status} {said}"
    );
    ensure!(server.put_media("tight", &first, &bytes)?.1["status"] == "already_stored");
    let (fits, bytes) = photo(5, 1000);
    ensure!(
        server.put_media("tight", &fits, &bytes)?.0 == 200,
        "what fits is taken"
    );
    ensure!(server.put_media("tight", &third, &too_much)?.0 == 507);
    let tight = listed(at, "tight")?;
    ensure!(tight["whole"] == json!({"files": 3, "bytes": 2 * MB}), "{tight}");
    let loose = listed(at, "loose")?;
    ensure!(
        loose["whole"]["files"] == 1 && loose["unnamed"]["files"] == 1,
        "{loose}"
    );
    Ok(())
}

#[test]
fn limits_that_are_none_are_told_when_a_form_is_checked() -> Result<()> {
    let folder = tempdir()?;
    for (one, all, message) in [
        ("many", "", "is no number of megabytes"),
        ("", "0", "is no number of megabytes"),
        ("1.5", "", "is no number of megabytes"),
        ("10", "5", "one of the two is wrong"),
    ] {
        std::fs::write(folder.path().join("f.md"), form("f", one, all))?;
        let checked = baraza(folder.path(), &["check", "f.md"]);
        ensure!(
            checked.status.code() == Some(2) && told(&checked).contains(message),
            "{}",
            told(&checked)
        );
    }
    std::fs::write(folder.path().join("f.md"), form("f", "5", "500"))?;
    let checked = baraza(folder.path(), &["check", "f.md"]);
    ensure!(checked.status.success(), "{}", told(&checked));
    Ok(())
}

#[test]
fn on_a_disk_that_is_nearly_full_responses_come_before_files() -> Result<()> {
    let folder = tempdir()?;
    let at = folder.path();
    publish(at, &[form("home", "", "")])?;
    // More than any disk has free.
    let server = Server::start(at, &["--disk-reserve-mb", "999999999999"])?;
    let (name, bytes) = photo(1, 5000);
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let mut answer = agent
        .put(format!("{}/api/surveys/home/media/{name}", server.url))
        .send(&bytes[..])?;
    let later = answer
        .headers()
        .get("retry-after")
        .context("when to come again")?
        .to_str()?
        .parse::<u32>()?;
    let said: Value = answer.body_mut().read_json()?;
    ensure!(
        answer.status() == 507 && later > 0 && said["status"] == "error",
        "{said}"
    );
    ensure!(
        said["message"]
            .as_str()
            .is_some_and(|words| words.contains("nearly full")),
        "{said}"
    );
    ensure!(in_pieces(&server, "home", &name, &bytes)?.0 == 507);
    ensure!(respond(&server, "home", &name)?.0 == 200, "answers are small");
    let mut health = server.get("/healthz", &[])?;
    let said: Value = health.body_mut().read_json()?;
    ensure!(health.status() == 200 && said["status"] == "degraded", "{said}");
    server.stop()?;

    let server = Server::start(at, &["--disk-reserve-mb", "0"])?;
    ensure!(
        server.put_media("home", &name, &bytes)?.0 == 200,
        "and now there is room"
    );
    Ok(())
}

#[test]
fn a_page_without_scripts_goes_on_without_a_file_that_has_no_room() -> Result<()> {
    let folder = tempdir()?;
    publish(folder.path(), &[form("home", "1", "")])?;
    let server = Server::start(folder.path(), &["--disk-reserve-mb", "999999999999"])?;
    let mut page = Plain::open(&server.url, "/s/home/plain")?;
    let field = page.question("photo")?.field;
    for (size, status, words) in [
        (MB + 1, 413, "at most 1 MB"),
        (5000, 507, "There is no room for this file"),
    ] {
        let (_, bytes) = photo(1, size);
        page.send_files(page.fields(), &[(&field, "a.jpg", &bytes)], "next")?;
        let error = page.question("photo")?.error.context("an error")?;
        ensure!(
            page.status == status && error.contains(words),
            "{} {error}",
            page.status
        );
    }
    page.press("next")?;
    page.answer(&[("words", "without it")])?;
    page.press("send")?;
    ensure!(page.outcome() == "sent", "{}", page.words());
    ensure!(baraza_tests::rows(folder.path())?[0]["words"] == "without it");
    Ok(())
}

/// Makes a file look as if it came so many days ago.
fn age(at: &Path, name: &str, days: u32) -> Result<()> {
    let db = Connection::open(at.join("baraza.db"))?;
    let changed = db.execute(
        "UPDATE media SET received_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?2) WHERE name = ?1",
        (name, format!("-{days} days")),
    )?;
    ensure!(changed == 1, "{name}");
    Ok(())
}

#[test]
fn files_whose_responses_never_came_go_after_a_month_and_no_others() -> Result<()> {
    let folder = tempdir()?;
    let at = folder.path();
    publish(at, &[form("home", "", ""), form("farm", "", "")])?;
    let server = Server::start(at, &[])?;
    let photos: Vec<(String, Vec<u8>)> = (1..=5).map(|n| photo(n, 1000 * usize::from(n))).collect();
    let [old, young, named, elsewhere, doubted] = &photos[..] else {
        unreachable!("five")
    };
    for (name, bytes) in &photos {
        ensure!(server.put_media("home", name, bytes)?.0 == 200);
    }
    ensure!(server.put_media("farm", &elsewhere.0, &elsewhere.1)?.0 == 200);
    ensure!(respond(&server, "home", &named.0)?.0 == 200);
    // Another survey's response names a file of the same name: it is not this survey's.
    ensure!(respond(&server, "farm", &elsewhere.0)?.0 == 200);
    // A second content for an instance ID names files as well.
    let twice = |words: &str, photo: Value| {
        json!({"form": "home", "version": "1", "instance_id": "7d9f1d3e-8a57-4b52-9a5e-0f4f2f6f7a01",
            "started": "2026-01-01T10:00:00Z", "finished": "2026-01-01T10:05:00Z", "language": "en",
            "answers": {"photo": photo, "words": words}})
        .to_string()
    };
    ensure!(
        server
            .post("home", "application/json", twice("a", Value::Null).as_bytes())?
            .0
            == 200
    );
    let (status, _) = server.post(
        "home",
        "application/json",
        twice("b", json!(doubted.0)).as_bytes(),
    )?;
    ensure!(status == 409, "{status}");
    for (name, days) in [
        (old, 31),
        (young, 29),
        (named, 400),
        (elsewhere, 400),
        (doubted, 400),
    ] {
        age(at, &name.0, days).or_else(|error| {
            // One of them is there for both surveys.
            if name.0 == elsewhere.0 { Ok(()) } else { Err(error) }
        })?;
    }
    let said = baraza(at, &["media"]);
    ensure!(
        told(&said).contains("named by no response: 3 files"),
        "{}",
        told(&said)
    );
    let cleaned = baraza(at, &["media", "--clean-up", "--by", "Wanjiku"]);
    ensure!(told(&cleaned).contains("removed 2 files"), "{}", told(&cleaned));
    let db = Connection::open(at.join("baraza.db"))?;
    let mut left =
        db.prepare("SELECT s.slug || ' ' || m.name FROM media m JOIN survey s ON s.id = m.survey_id")?;
    let left: Vec<String> = left.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for (survey, (name, _)) in [
        ("home", young),
        ("home", named),
        ("home", doubted),
        ("farm", elsewhere),
    ] {
        ensure!(
            left.contains(&format!("{survey} {name}")),
            "{survey} {name} is gone: {left:?}"
        );
    }
    ensure!(left.len() == 4, "{left:?}");
    let log = baraza(at, &["audit", "--format", "json"]);
    let noted = told(&log);
    let noted = noted
        .lines()
        .find(|line| line.contains("files_removed"))
        .context("a note")?;
    let noted: Value = serde_json::from_str(noted)?;
    ensure!(
        noted["by"] == "Wanjiku" && noted["detail"]["files"] == 2 && noted["detail"]["bytes"] == 5000,
        "{noted}"
    );
    ensure!(
        !noted.to_string().contains(&old.0),
        "files are not named in the log"
    );
    let again = baraza(at, &["media", "--clean-up"]);
    ensure!(told(&again).contains("removed 0 files"), "{}", told(&again));
    let home = listed(at, "home")?;
    ensure!(
        home["whole"] == json!({"files": 3, "bytes": 2000 + 3000 + 5000}),
        "{home}"
    );
    server.stop()?;
    let verified = baraza(at, &["verify"]);
    ensure!(verified.status.success(), "{}", told(&verified));
    Ok(())
}

#[test]
fn a_phone_whose_file_went_too_early_is_told_and_sends_it_again() -> Result<()> {
    let folder = tempdir()?;
    let at = folder.path();
    publish(at, &[form("home", "", "")])?;
    let server = Server::start_on(at, free_port(), &["--drop-unnamed-after", "2s"])?;
    let (name, bytes) = photo(1, 4000);
    ensure!(server.put_media("home", &name, &bytes)?.0 == 200);
    // The phone has lost its network in the meantime, and the server cleans up by the clock.
    let patience = Instant::now() + Duration::from_secs(30);
    while files(at)? > 0 {
        ensure!(Instant::now() < patience, "the file is there still");
        std::thread::sleep(Duration::from_millis(100));
    }
    let (status, said) = respond(&server, "home", &name)?;
    ensure!(
        status == 200 && said["status"] == "stored" && said["missing"] == json!([name]),
        "{status} {said}"
    );
    let line = json!({"form": "home", "version": "1", "instance_id": Uuid::new_v4(), "started": "2026-01-01T10:00:00Z",
        "finished": "2026-01-01T10:05:00Z", "language": "en", "answers": {"photo": name}});
    let (_, said) = server.post_lines(&[], format!("{line}\n").as_bytes())?;
    ensure!(said["responses"][0]["missing"] == json!([name]), "{said}");
    // It is named now, and comes to stay.
    ensure!(server.put_media("home", &name, &bytes)?.1["status"] == "stored");
    std::thread::sleep(Duration::from_secs(4));
    ensure!(files(at)? == 1, "a file that a response names was removed");
    let (_, said) = respond(&server, "home", &name)?;
    ensure!(said["missing"].is_null(), "{said}");
    server.stop()?;
    ensure!(told(&baraza(at, &["audit"])).contains("files_removed"));
    Ok(())
}
