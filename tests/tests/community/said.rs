//! What is sensitive needs a reason, and what is to be heard is a recording that phones play.

use super::*;
use baraza_tests::told;
use tempfile::tempdir;

/// A form with a file, as browsers send it.
fn brings(town: &Town, path: &str, fields: &[(&str, &str)], name: &str, bytes: &[u8]) -> Result<Got> {
    let bola = town.bola();
    let csrf = bola.csrf()?;
    let mut body = Vec::new();
    for (name, value) in [&[("csrf", csrf.as_str())], fields].concat() {
        body.extend(
            format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                .into_bytes(),
        );
    }
    let head = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: audio/mpeg\r\n\r\n"
    );
    body.extend(head.into_bytes());
    body.extend(bytes);
    body.extend(b"\r\n--edge--\r\n");
    let kind = ("content-type", "multipart/form-data; boundary=edge");
    bola.ask(
        "POST",
        &format!("{DESK}{path}"),
        &[kind, ("origin", &town.server.url)],
        &body,
    )
}

#[test]
fn sensitive_figures_need_a_reason_and_recordings_are_heard() -> Result<()> {
    let folder = tempdir()?;
    let town = Town::of(folder.path(), 160)?;
    let harmed = "[\"harmed\",\"yes\",true]";
    let marked = harmed.replace('"', "&#34;");
    ensure!(
        !town.desk("/north/choose")?.text.contains(&marked),
        "not offered by itself"
    );
    ensure!(town.desk("/north/choose?sensitive=yes")?.text.contains(&marked));
    let fields = [
        ("figure", harmed),
        ("sensitive", "yes"),
        ("reason", "They asked for it."),
    ];
    // By the form of the others as well.
    for fields in [
        &fields[..],
        &fields[..1],
        &[fields[0], fields[1], ("sure", "yes")][..],
    ] {
        let got = town.send("/north/choose", fields)?;
        ensure!(
            got.status == 422 && got.text.contains("need the tick below"),
            "{}",
            got.text
        );
    }
    let got = town.send("/north/choose", &fields)?;
    ensure!(
        got.text.contains("They asked for it.</textarea>"),
        "what was typed is kept"
    );
    ensure!(
        got.text.contains(&format!("value=\"{marked}\" checked")),
        "and ticked"
    );
    town.does("/north/choose", &[&fields[..], &[("sure", "yes")]].concat())?;
    ensure!(town.desk("/north/release")?.text.contains("They asked for it."));
    // A recording, and what is none.
    let mp3 = [b"ID3\x04".as_slice(), &[7; 5000]].concat();
    let fields = |finding| [("finding", finding), ("language", "en"), ("do", "add")];
    for (name, bytes, why) in [
        ("a.mp3", &b"<html>"[..], "no recording that every phone plays"),
        (
            "a.mp3",
            &[b"ID3".as_slice(), &vec![0; 4 << 20]].concat(),
            "too large: at most 3 MB",
        ),
        (
            "a.png",
            b"\x89PNG\r\n\x1a\n",
            "no recording that every phone plays",
        ),
    ] {
        let got = brings(&town, "/north/sounds", &fields("0"), name, bytes)?;
        ensure!(
            got.status == 422 && got.text.contains(why),
            "{why}: {} {}",
            got.status,
            got.text
        );
    }
    let other = [("finding", "0"), ("language", "tlh"), ("do", "add")];
    ensure!(brings(&town, "/north/sounds", &other, "a.mp3", &mp3)?.status == 422);
    let place = b"\0\0\0\x14ftypM4A \0\0\0\0M4A \0\0\0\x2emoov\0\0\0\x26udta\0\0\0\x1e\xa9xyz\0\x12\x15\xc7+12.3456-001.2345/ and sound";
    for (finding, name, bytes) in [("0", "a.mp3", &mp3[..]), ("", "b.m4a", place)] {
        let got = brings(&town, "/north/sounds", &fields(finding), name, bytes)?;
        ensure!(got.status == 303, "{} {}", got.status, got.text);
    }
    let preview = town.desk("/north/preview?lang=en")?.text;
    let at_desk = between(&preview, "<audio controls preload=\"none\" src=\"", "\"")?;
    ensure!(town.bola().get(at_desk)?.status == 200);
    ensure!(town.everybody(at_desk)?.status == 303, "not for everybody");
    let src = format!("{NORTH}/sound/{}", at_desk.rsplit('/').next().unwrap_or_default());
    ensure!(town.everybody(&src)?.status == 404, "not released");
    written(&town)?;
    let page = town.public(&format!("{NORTH}?lang=en"))?;
    ensure!(
        page.contains(&src) && page.matches("<audio").count() == 2,
        "{page}"
    );
    ensure!(!page.contains("They asked for it."), "the reason is not public");
    plays(&town, &page, &src, &mp3)?;
    town.does("/north", &[("do", "withdraw"), ("number", "2")])?;
    ensure!(town.everybody(&src)?.status == 404, "taken back");
    let checks: String = town.database()?.query_row(
        "SELECT checks FROM community_release WHERE number = 2",
        [],
        |row| row.get(0),
    )?;
    ensure!(
        checks.contains("They asked for it.") && checks.contains("blame"),
        "{checks}"
    );
    let sound = baraza(&town.folder, &["verify"]);
    ensure!(sound.status.success(), "{}", told(&sound));
    Ok(())
}

/// A page is there in the languages in which people wrote or said something of it.
fn written(town: &Town) -> Result<()> {
    let (in_english, none) = (
        "be opened in: <strong>\u{2068}English\u{2069}</strong>",
        "there is no page, in: \u{2068}العربية\u{2069}",
    );
    let before = town.desk("/north/release")?.text;
    ensure!(before.contains(in_english) && before.contains(none), "{before}");
    town.release("north")?;
    let page = town.public(&format!("{NORTH}?lang=ar"))?;
    ensure!(
        page.contains("<html lang=\"en\"") && !page.contains("hreflang"),
        "{page}"
    );
    town.does("/north/texts", &[("intro-ar", "شكرًا لكم.")])?;
    let after = town.desk("/north/release")?.text;
    ensure!(
        after.contains("\u{2068}English\u{2069} · \u{2068}العربية\u{2069}</strong>") && !after.contains(none),
        "{after}"
    );
    town.release("north")?;
    let page = town.public(&format!("{NORTH}?lang=ar"))?;
    ensure!(
        page.contains("شكرًا لكم.") && !page.contains("<audio"),
        "what is heard is English: {page}"
    );
    Ok(())
}

/// Whole and in pieces, as phones ask; and without the place where it was recorded.
fn plays(town: &Town, page: &str, src: &str, mp3: &[u8]) -> Result<()> {
    let visitor = Visitor::new(&town.server);
    let part = visitor.ask("GET", page_sound(page, 1)?, &[("range", "bytes=0-3")], &[])?;
    ensure!(part.status == 206 && part.text == "ID3\u{4}", "{part:?}");
    ensure!(part.headers["content-type"] == "audio/mpeg");
    let whole = visitor.get(page_sound(page, 1)?)?;
    ensure!(
        whole.headers["content-length"] == mp3.len().to_string().as_str(),
        "{whole:?}"
    );
    let first = town.server.get(src, &[])?.body_mut().read_to_vec()?;
    ensure!(
        !first.windows(4).any(|part| part == b"12.3"),
        "the place is in it"
    );
    ensure!(first.ends_with(b" and sound") && first.starts_with(b"\0\0\0\x14ftypM4A"));
    Ok(())
}

fn page_sound(page: &str, at: usize) -> Result<&str> {
    let after = page.split("<audio controls preload=\"none\" src=\"").nth(at + 1);
    Ok(after
        .context("a recording")?
        .split('"')
        .next()
        .unwrap_or_default())
}
