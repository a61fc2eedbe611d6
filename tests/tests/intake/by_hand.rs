//! Outbox files carried by hand.

use super::{
    MB, PIECE, aged, count, files, film, fresh, lines, name_of, publish, response, responses, serve, statuses,
};
use anyhow::Result;
use baraza_tests::baraza;
use serde_json::json;
use std::io::{Cursor, Write};
use std::path::Path;
use tempfile::tempdir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// An outbox file as a phone makes it: stored, not compressed.
fn outbox(path: &Path, entries: &[(&str, &[u8])]) -> Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(
            *name,
            SimpleFileOptions::default().compression_method(CompressionMethod::Stored),
        )?;
        zip.write_all(bytes)?;
    }
    let bytes = zip.finish()?.into_inner();
    std::fs::write(path, &bytes)?;
    Ok(bytes)
}

/// What an import says: exit code, the summary, the rest.
fn import(folder: &Path, files: &[&str]) -> (i32, String, String) {
    let output = baraza(folder, &[&["import-outbox"], files].concat());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    (
        output.status.code().unwrap_or(-1),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn an_outbox_carried_by_hand_is_there_once_whatever_was_sent_already() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path())?;
    let (photo, second) = (film(3 * MB), film(1000));
    let (photo_name, second_name) = (name_of(&photo), name_of(&second));
    let with_photo = response("home", &fresh(), &json!({"consent": "yes", "photo": photo_name}));
    let sent = response("farm", &fresh(), &json!({"consent": "yes", "photo": second_name}));
    let mut attributed = aged(200);
    attributed["enumerator"] = json!(fresh());
    // The network was there for a moment: one response and its file, and a piece of the other file, are through.
    server.put_media("farm", &second_name, &second)?;
    server.post_lines(&[], &lines(std::slice::from_ref(&sent)))?;
    server.patch_media("home", &photo_name, (0, photo.len()), &photo[..PIECE])?;
    outbox(
        &folder.path().join("outbox.zip"),
        &[
            (
                "responses.ndjson",
                &lines(&[with_photo.clone(), sent, attributed]),
            ),
            (&format!("media/home/{photo_name}"), &photo),
            (&format!("media/farm/{second_name}"), &second),
        ],
    )?;
    let said = import(folder.path(), &["outbox.zip"]);
    let summary = |stored, already, conflicts: &str, files: &str| {
        format!("{stored} stored, {already} already there, {conflicts}, 0 not understood, {files}")
    };
    assert_eq!(said, (0, summary(2, 1, "0 conflicts", "2 files"), String::new()));
    let again = import(folder.path(), &["outbox.zip"]);
    assert_eq!(again, (0, summary(0, 3, "0 conflicts", "2 files"), String::new()));
    assert_eq!((responses(folder.path())?, files(folder.path())?), (3, 2));
    assert_eq!(count(folder.path(), "SELECT count(*) FROM media_part")?, 0);
    let flagged = "SELECT count(*) FROM response WHERE flags LIKE '%constraint%'";
    assert_eq!(count(folder.path(), flagged)?, 1, "the form was checked");
    // The phone finds a network after all, and sends the same.
    let (_, reply) = server.post_lines(&[], &lines(std::slice::from_ref(&with_photo)))?;
    assert_eq!(statuses(&reply), ["already_stored"]);
    // Somebody changed an answer in the file.
    let mut changed = with_photo;
    changed["answers"]["age"] = json!(40);
    std::fs::write(folder.path().join("edited.ndjson"), lines(&[changed]))?;
    let (code, summary_line, more) = import(folder.path(), &["edited.ndjson"]);
    assert_eq!((code, summary_line), (0, summary(0, 0, "1 conflict", "0 files")));
    assert!(
        more.contains("edited.ndjson: line 1: another response") && more.contains("both are kept"),
        "{more}"
    );
    Ok(())
}

#[test]
fn what_of_an_outbox_can_not_be_taken_is_named_and_the_rest_is_taken() -> Result<()> {
    let folder = tempdir()?;
    publish(folder.path())?;
    let photo = film(1000);
    let name = name_of(&photo);
    let damaged = name_of(b"what it should be");
    let unpublished = response("gone", &fresh(), &json!({}));
    let body = [
        lines(&[aged(30)]),
        b"broken\n\n".to_vec(),
        lines(&[unpublished, aged(31)]),
    ]
    .concat();
    outbox(
        &folder.path().join("o.zip"),
        &[
            ("again/responses.ndjson", &body),
            (&format!("again/media/home/{name}"), &photo),
            (&format!("again/media/home/{damaged}"), b"what it is"),
            (&format!("again/media/gone/{name}"), &photo),
            ("../../evil\n.sh", b"rm"),
            ("nested.zip", b"PK\x03\x04"),
        ],
    )?;
    std::fs::write(folder.path().join("p.ndjson"), lines(&[aged(32)]))?;
    let (code, summary, more) = import(folder.path(), &["o.zip", "missing.zip", "p.ndjson"]);
    assert_eq!(code, 1);
    assert_eq!(
        summary,
        "3 stored, 0 already there, 0 conflicts, 2 not understood, 1 file"
    );
    for told in [
        "o.zip: line 2 was not taken: not a response",
        "o.zip: line 4 was not taken: there is no survey 'gone' here: publish its form first",
        &format!("o.zip: 'again/media/home/{damaged}' was not taken: its bytes are not those"),
        &format!("o.zip: 'again/media/gone/{name}' was not taken: there is no such survey here"),
        "o.zip: '../../evil\\n.sh' was not taken: no part of a phone's outbox",
        "o.zip: 'nested.zip' was not taken",
        "missing.zip: can't be read",
        "not all is in",
    ] {
        assert!(more.contains(told), "expected '{told}' in:\n{more}");
    }
    assert_eq!((responses(folder.path())?, files(folder.path())?), (3, 1));
    assert!(!folder.path().join("../../evil\n.sh").exists());
    let nowhere = import(folder.path(), &["o.zip", "--db", "none.db"]);
    assert_eq!(nowhere.0, 1);
    assert!(nowhere.2.contains("no database"), "{}", nowhere.2);
    Ok(())
}

#[test]
fn a_damaged_outbox_gives_what_it_still_holds() -> Result<()> {
    let folder = tempdir()?;
    publish(folder.path())?;
    let photo = film(10_000);
    let name = name_of(&photo);
    let body = lines(&[aged(30), aged(31), aged(32)]);
    let media = format!("media/home/{name}");
    let path = folder.path().join("o.zip");
    let whole = outbox(&path, &[("responses.ndjson", &body), (&media, &photo)])?;
    let (mut stored, mut taken) = (0, 0);
    // Cut off anywhere: in the list at the end, in the photo, between two lines, in a line, at once.
    for keep in [
        50,
        body.len() / 2 + 40,
        body.len() + 46,
        whole.len() / 2,
        whole.len() - 30,
    ] {
        std::fs::write(&path, &whole[..keep])?;
        let (code, summary, more) = import(folder.path(), &["o.zip"]);
        assert_eq!(code, 1, "{keep}: {summary} {more}");
        assert!(more.contains("damaged or cut off"), "{keep}: {more}");
        let now = (responses(folder.path())?, files(folder.path())?);
        assert!(
            now.0 >= stored && now.1 >= taken,
            "{keep}: no less than with less of it"
        );
        (stored, taken) = now;
    }
    assert_eq!((stored, taken), (3, 1), "only the list was missing in the end");

    // A byte that fell over in an answer.
    let changed = lines(&[aged(33)]);
    let mut flipped = outbox(&path, &[("responses.ndjson", &changed)])?;
    flipped[60] ^= 1;
    std::fs::write(&path, flipped)?;
    let (code, _, more) = import(folder.path(), &["o.zip"]);
    assert_eq!(code, 1);
    assert!(more.contains("responses.ndjson is damaged"), "{more}");

    for (name, bytes) in [
        ("empty.zip", &b""[..]),
        ("no.zip", b"PK"),
        ("photo.jpg", &[0xff; 5000]),
        ("steers.ndjson", b"{\"form\": \"\\u001b[2J\\u0007\", \"version\": \"\", \"answers\": {}, \"instance_id\": \"7d9f1d3e-8a57-4b52-9a5e-0f4f2f6f7a01\"}"),
        ("PK.txt", b"PK is how a ZIP begins"),
    ] {
        std::fs::write(folder.path().join(name), bytes)?;
        let (code, summary, more) = import(folder.path(), &[name]);
        assert_eq!(code, 1, "{name}: {summary} {more}");
        assert!(more.contains(name), "{name}: {more}");
        assert!(!more.contains(['\u{1b}', '\u{7}']), "{name} steers the terminal");
    }
    Ok(())
}

#[test]
fn an_outbox_with_one_name_twice_loses_neither() -> Result<()> {
    let folder = tempdir()?;
    publish(folder.path())?;
    let path = folder.path().join("o.zip");
    let (one, other) = (lines(&[aged(30)]), lines(&[aged(31)]));
    let mut bytes = outbox(&path, &[("responses.ndjson", &one), ("responses.ndjsoN", &other)])?;
    let mut at = 0;
    while let Some(found) = bytes[at..].windows(6).position(|six| six == b"ndjsoN") {
        at += found;
        bytes[at + 5] = b'n';
    }
    std::fs::write(&path, bytes)?;
    let (code, summary, more) = import(folder.path(), &["o.zip"]);
    assert_eq!(
        (code, summary.as_str()),
        (
            0,
            "2 stored, 0 already there, 0 conflicts, 0 not understood, 0 files"
        ),
        "{more}"
    );
    Ok(())
}

#[test]
fn a_hostile_zip_is_told_and_fills_nothing() -> Result<()> {
    let folder = tempdir()?;
    publish(folder.path())?;
    let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut zip = ZipWriter::new(std::fs::File::create(folder.path().join("bomb.zip"))?);
    zip.start_file("responses.ndjson", packed)?;
    zip.write_all(&lines(&[aged(30)]))?;
    let blank = vec![b'x'; MB];
    for _ in 0..260 {
        zip.write_all(&blank)?;
    }
    zip.start_file(format!("media/home/{}", name_of(b"x")), packed)?;
    for _ in 0..40 {
        zip.write_all(&blank)?;
    }
    zip.finish()?;
    let (code, summary, more) = import(folder.path(), &["bomb.zip"]);
    assert_eq!(code, 1);
    assert!(summary.starts_with("1 stored"), "{summary}");
    assert!(more.contains("unpacks to more than 256 MB"), "{more}");
    assert!(
        more.contains("line 2 was not taken: a response has at most"),
        "{more}"
    );
    assert!(more.contains("larger than 20 MB"), "{more}");

    // Encrypted: the flag is set in both headers.
    let path = folder.path().join("secret.zip");
    let mut bytes = outbox(&path, &[("responses.ndjson", &lines(&[aged(31)]))])?;
    bytes[6] |= 1;
    let list = bytes
        .windows(4)
        .position(|four| four == b"PK\x01\x02")
        .expect("a list");
    bytes[list + 8] |= 1;
    std::fs::write(&path, bytes)?;
    let (code, _, more) = import(folder.path(), &["secret.zip"]);
    assert_eq!(code, 1);
    assert!(more.contains("encrypted"), "{more}");

    // Many lines that are none are counted, not all told.
    let noise = format!("{{}}\n{}", "noise\n".repeat(999));
    std::fs::write(folder.path().join("noise.ndjson"), noise)?;
    let (code, summary, more) = import(folder.path(), &["noise.ndjson"]);
    assert_eq!(code, 1);
    assert!(summary.contains("1000 not understood"), "{summary}");
    assert!(
        more.lines().count() < 30 && more.contains("and 980 more"),
        "{more}"
    );
    // A photo is not taken for a thousand broken lines.
    std::fs::write(
        folder.path().join("photo.jpg"),
        [0xff, 0xd8, 0xff, 0xe0, b'\n', 7, 8, 9],
    )?;
    let (code, _, more) = import(folder.path(), &["photo.jpg"]);
    assert_eq!(code, 1);
    assert!(more.contains("photo.jpg") && more.contains("no outbox"), "{more}");
    assert_eq!(responses(folder.path())?, 1);
    Ok(())
}
