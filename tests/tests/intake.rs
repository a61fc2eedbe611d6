//! What phones could not send at once: many responses in one request, files in pieces over connections that break,
//! outbox files carried by hand. Whatever comes twice is there once, and whatever can be taken is taken.

use anyhow::Result;
use baraza_forms::hex;
use baraza_tests::{Server, baraza, told};
use flate2::Compression;
use flate2::write::GzEncoder;
use rusqlite::Connection;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::{Cursor, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use tempfile::tempdir;
use uuid::Uuid;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const MB: usize = 1 << 20;
const PIECE: usize = 256 << 10;

/// A form that asks for an age and a photo.
fn form(id: &str) -> String {
    format!(
        "| survey   |              |         |          |            |               |
         |          | type         | name    | label    | constraint | baraza::role  |
         |          | select_one y | consent | Consent? |            | consent       |
         |          | integer      | age     | Age      | . < 120    |               |
         |          | image        | photo   | A photo  |            |               |
         | choices  |              |         |          |            |               |
         |          | list_name    | name    | label    |            |               |
         |          | y            | yes     | Yes      |            |               |
         |          | y            | no      | No       |            |               |
         | settings |              |         |          |            |               |
         |          | form_id      | version |          |            |               |
         |          | {id}         | 1       |          |            |               |"
    )
}

/// Two surveys, `home` and `farm`.
fn publish(folder: &Path) -> Result<()> {
    for id in ["home", "farm"] {
        std::fs::write(folder.join(format!("{id}.md")), form(id))?;
        let published = baraza(folder, &["publish", &format!("{id}.md")]);
        anyhow::ensure!(published.status.success(), "{}", told(&published));
    }
    Ok(())
}

fn serve(folder: &Path) -> Result<Server> {
    publish(folder)?;
    Server::start(folder, &[])
}

fn response(survey: &str, id: &str, answers: &Value) -> Value {
    json!({"form": survey, "version": "1", "instance_id": id, "started": "2026-01-01T10:00:00Z",
        "finished": "2026-01-01T10:05:00Z", "language": "en", "answers": answers})
}

fn fresh() -> String {
    Uuid::new_v4().to_string()
}

fn aged(age: u32) -> Value {
    response("home", &fresh(), &json!({"consent": "yes", "age": age}))
}

fn lines(responses: &[Value]) -> Vec<u8> {
    responses
        .iter()
        .map(|response| format!("{response}\n"))
        .collect::<String>()
        .into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(bytes).expect("memory");
    packed.finish().expect("memory")
}

const PACKED: [(&str, &str); 1] = [("content-encoding", "gzip")];

fn name_of(bytes: &[u8]) -> String {
    format!("{}.jpg", hex(&Sha256::digest(bytes)))
}

/// Bytes that no two places share.
fn film(size: usize) -> Vec<u8> {
    (0..size as u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

/// The statuses of a request's lines, and the codes of those that were turned away.
fn statuses(reply: &Value) -> Vec<String> {
    let lines = reply["responses"].as_array().cloned().unwrap_or_default();
    let word = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
    lines
        .iter()
        .map(|line| {
            format!("{} {}", word(line, "status"), word(line, "code"))
                .trim()
                .to_owned()
        })
        .collect()
}

fn count(folder: &Path, query: &str) -> Result<i64> {
    Ok(Connection::open(folder.join("baraza.db"))?.query_row(query, [], |row| row.get(0))?)
}

fn responses(folder: &Path) -> Result<i64> {
    count(folder, "SELECT count(*) FROM response")
}

fn files(folder: &Path) -> Result<i64> {
    count(folder, "SELECT count(*) FROM media")
}

fn raw(server: &Server, request: &[u8]) -> Result<String> {
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://"))?;
    stream.set_read_timeout(Some(std::time::Duration::from_secs(5)))?;
    stream.write_all(request)?;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[test]
fn a_days_work_goes_in_one_request_and_is_answered_one_by_one() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path())?;
    let first = aged(30);
    let other = response("farm", &fresh(), &json!({"consent": "yes", "age": 200}));
    let mut conflicting = first.clone();
    conflicting["answers"]["age"] = json!(31);
    let sent = lines(&[first.clone(), other.clone(), first.clone(), conflicting]);
    let (status, reply) = server.post_lines(&PACKED, &gzip(&sent))?;
    assert_eq!(
        (status, statuses(&reply)),
        (
            200,
            ["stored", "stored", "already_stored", "conflict"]
                .map(str::to_owned)
                .to_vec()
        )
    );
    assert_eq!(reply["responses"][1]["instance_id"], other["instance_id"]);
    server.kill()?;
    let server = Server::start(folder.path(), &[])?;
    // The answer was lost: sent again, without compression this time, and the first on its own.
    let (_, reply) = server.post_lines(&[], &sent)?;
    assert_eq!(
        statuses(&reply),
        ["already_stored", "already_stored", "already_stored", "conflict"]
    );
    let (_, reply) = server.post("home", "application/json", first.to_string().as_bytes())?;
    assert_eq!(reply["status"], "already_stored");
    assert_eq!(responses(folder.path())?, 2);
    assert_eq!(count(folder.path(), "SELECT count(*) FROM response_conflict")?, 1);
    let flagged = "SELECT count(*) FROM response WHERE flags LIKE '%constraint%'";
    assert_eq!(count(folder.path(), flagged)?, 1, "the form was checked");
    Ok(())
}

#[test]
fn a_broken_line_spoils_only_itself() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path())?;
    let good = aged(30).to_string();
    let deep = format!(
        "{}{}{}",
        good.trim_end_matches("}}"),
        ",\"x\":".to_owned() + &"[".repeat(100_000),
        "]".repeat(100_000) + "}}"
    );
    let nul = response("home", &fresh(), &json!({"consent": "yes", "photo": "a\u{0}b"})).to_string();
    let long = response(
        "home",
        &fresh(),
        &json!({"consent": "yes", "photo": "x".repeat(MB)}),
    )
    .to_string();
    let named = json!({"instance_id": 7}).to_string();
    let mut odd = aged(5);
    odd["enumerator"] = json!([1]);
    let unpublished = response("gone", "7D9F1D3E-8A57-4B52-9A5E-0F4F2F6F7A01", &json!({}));
    let sent: Vec<(Vec<u8>, &str)> = vec![
        (good.clone().into_bytes(), "stored"),
        (b"not json".to_vec(), "error not_understood"),
        (b"".to_vec(), "error not_understood"),
        (deep.into_bytes(), "error not_understood"),
        (
            b"{\"form\": \"home\", \"\xff\xfe\"".to_vec(),
            "error not_understood",
        ),
        (
            good.replace("30", "\"\\ud800\"").into_bytes(),
            "error not_understood",
        ),
        (good.replace("30", "1e999").into_bytes(), "error not_understood"),
        (
            good.replace("30", "\"\u{0}\"").into_bytes(),
            "error not_understood",
        ),
        (named.into_bytes(), "error not_understood"),
        (long.into_bytes(), "error too_large"),
        (unpublished.to_string().into_bytes(), "error no_survey"),
        (nul.into_bytes(), "stored"),
        (odd.to_string().into_bytes(), "stored"),
        (format!("{good}\r").into_bytes(), "already_stored"),
    ];
    let body: Vec<u8> = sent
        .iter()
        .flat_map(|(line, _)| [line.as_slice(), b"\n"].concat())
        .collect();
    let (status, reply) = server.post_lines(&[], &body)?;
    assert_eq!(status, 200, "{reply}");
    let expected: Vec<&str> = sent.iter().map(|(_, status)| *status).collect();
    assert_eq!(statuses(&reply), expected);
    let unknown = &reply["responses"][10];
    assert_eq!(
        (unknown["instance_id"].as_str(), unknown["message"].as_str()),
        (
            Some("7d9f1d3e-8a57-4b52-9a5e-0f4f2f6f7a01"),
            Some("there is no survey 'gone' here")
        )
    );
    assert_eq!(reply["responses"][1]["instance_id"], Value::Null);
    assert_eq!(responses(folder.path())?, 3);
    Ok(())
}

#[test]
fn a_hundred_times_the_same_is_one_and_one_more_is_too_many() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path())?;
    let mut same = vec![aged(30); 100];
    let sent = gzip(&lines(&same));
    let replies = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| server.post_lines(&PACKED, &sent)))
            .collect();
        senders
            .into_iter()
            .map(|sender| Ok(statuses(&sender.join().expect("a thread")?.1)))
            .collect::<Result<Vec<_>>>()
    })?
    .concat();
    assert_eq!(replies.iter().filter(|status| *status == "stored").count(), 1);
    assert_eq!(
        replies
            .iter()
            .filter(|status| *status == "already_stored")
            .count(),
        799
    );
    assert_eq!(responses(folder.path())?, 1);
    same.push(aged(31));
    let (status, reply) = server.post_lines(&[], &lines(&same))?;
    assert_eq!((status, reply["status"].as_str()), (413, Some("error")));
    assert_eq!(responses(folder.path())?, 1);
    Ok(())
}

#[test]
fn a_request_that_is_none_is_turned_away_as_a_whole() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path())?;
    let good = lines(&[aged(30)]);
    let packed = gzip(&good);
    let before = server.resident_kb()?;
    let bomb = gzip(&vec![b' '; 200 * MB]);
    let long = vec![b' '; 9 * MB];
    let foreign = [("origin", "http://evil.example")];
    let brotli = [("content-encoding", "br")];
    let json = [("content-type", "application/json")];
    let cases: [(&[(&str, &str)], &[u8], u16); 10] = [
        (&PACKED, &bomb, 413),
        (&[], &long, 413),
        (&PACKED, &packed[..packed.len() - 6], 400),
        (&PACKED, &packed[..packed.len() / 2], 400),
        (&PACKED, &good, 400),
        (&PACKED, &[&packed[..], b"more"].concat(), 400),
        (&[], b"", 400),
        (&foreign, &good, 403),
        (&brotli, &good, 415),
        (&json, &good, 415),
    ];
    for (headers, body, expected) in cases {
        let (status, reply) = server.post_lines(headers, body)?;
        assert_eq!((status, reply["status"].as_str()), (expected, Some("error")));
    }
    let grown = server.resident_kb()?.saturating_sub(before);
    assert!(grown < 60 * 1024, "{grown} kB more for a bomb of 200 MB");
    // Lengths that lie.
    let head = "POST /api/responses HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/x-ndjson\r\n";
    let short = format!("{head}content-length: 20\r\n\r\n");
    let answer = raw(&server, &[short.as_bytes(), &good].concat())?;
    assert!(answer.contains("not_understood"), "{answer}");
    let huge = raw(
        &server,
        format!("{head}content-length: 99999999999\r\n\r\n").as_bytes(),
    )?;
    assert!(huge.is_empty() || huge.starts_with("HTTP/1.1 413"), "{huge}");
    let mut cut = TcpStream::connect(server.url.trim_start_matches("http://"))?;
    cut.write_all(format!("{head}content-length: 100000\r\n\r\n").as_bytes())?;
    cut.write_all(&good)?;
    drop(cut);
    assert_eq!(server.post_lines(&[], &lines(&[aged(31)]))?.0, 200);
    assert_eq!(responses(folder.path())?, 1, "only the last one is stored");
    Ok(())
}

#[cfg(unix)]
#[test]
fn what_can_not_be_written_now_is_asked_for_later() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path())?;
    let sent = [lines(&[aged(30)]), b"broken\n".to_vec(), lines(&[aged(31)])].concat();
    // Both surveys' forms are in the server's memory.
    server.post_lines(&[], &lines(&[aged(1)]))?;
    let place = |name: &str| folder.path().join(name);
    std::fs::copy(place("baraza.db"), place("other.db"))?;
    std::fs::rename(place("baraza.db"), place("away.db"))?;
    std::fs::rename(place("other.db"), place("baraza.db"))?;
    let (status, reply) = server.post_lines(&[], &sent)?;
    assert_eq!(
        (status, statuses(&reply)),
        (
            200,
            ["later", "error not_understood", "later"]
                .map(str::to_owned)
                .to_vec()
        )
    );
    std::fs::rename(place("away.db"), place("baraza.db"))?;
    let (_, reply) = server.post_lines(&[], &sent)?;
    assert_eq!(statuses(&reply), ["stored", "error not_understood", "stored"]);
    Ok(())
}

#[test]
fn a_film_arrives_in_pieces_however_often_the_server_dies() -> Result<()> {
    let folder = tempdir()?;
    let mut server = serve(folder.path())?;
    let film = film(5 * PIECE + 1000);
    let name = name_of(&film);
    assert_eq!(server.head_media("home", &name)?, (0, false));
    let mut offset = 0;
    let last = loop {
        let piece = &film[offset..film.len().min(offset + PIECE)];
        let (status, reply) = server.patch_media("home", &name, (offset, film.len()), piece)?;
        assert_eq!(status, 200, "{reply}");
        offset += piece.len();
        if reply["status"] != "partial" {
            break reply;
        }
        assert_eq!(reply, json!({"status": "partial", "offset": offset}));
        // Killed in the middle of the next piece.
        let head = format!(
            "PATCH /api/surveys/home/media/{name} HTTP/1.1\r\nhost: x\r\ncontent-type: application/partial-upload\r\n\
             upload-offset: {offset}\r\nupload-length: {}\r\ncontent-length: 1000\r\n\r\n",
            film.len()
        );
        let mut stream = TcpStream::connect(server.url.trim_start_matches("http://"))?;
        stream.write_all(head.as_bytes())?;
        stream.write_all(&film[offset..offset + 500])?;
        server.kill()?;
        server = Server::start(folder.path(), &[])?;
        let (there, whole) = server.head_media("home", &name)?;
        assert!(!whole && (offset..=offset + 500).contains(&there), "{there}");
        offset = there;
    };
    assert_eq!(last, json!({"status": "stored"}));
    assert_eq!(server.head_media("home", &name)?, (film.len(), true));
    let (status, reply) = server.patch_media("home", &name, (0, film.len()), &film[..PIECE])?;
    assert_eq!((status, reply), (200, json!({"status": "already_stored"})));
    let bytes: Vec<u8> = Connection::open(folder.path().join("baraza.db"))?.query_row(
        "SELECT bytes FROM media",
        [],
        |row| row.get(0),
    )?;
    assert!(bytes == film);
    assert_eq!(count(folder.path(), "SELECT count(*) FROM media_piece")?, 0);
    Ok(())
}

#[test]
fn what_came_of_a_piece_before_the_phone_hung_up_is_kept() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path())?;
    let film = film(PIECE);
    let name = name_of(&film);
    let head = format!(
        "PATCH /api/surveys/home/media/{name} HTTP/1.1\r\nhost: x\r\ncontent-type: application/partial-upload\r\n\
         upload-offset: 0\r\nupload-length: {0}\r\ncontent-length: {0}\r\n\r\n",
        film.len()
    );
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://"))?;
    stream.write_all(head.as_bytes())?;
    stream.write_all(&film[..100_000])?;
    stream.shutdown(std::net::Shutdown::Write)?;
    drop(stream);
    let mut there = 0;
    for _ in 0..100 {
        there = server.head_media("home", &name)?.0;
        if there > 0 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert!((1..=100_000).contains(&there), "{there}");
    let (_, reply) = server.patch_media("home", &name, (there, film.len()), &film[there..])?;
    assert_eq!(reply["status"], "stored");
    Ok(())
}

#[test]
fn two_phones_send_one_film_at_once() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path())?;
    let film = film(20 * 10_000 + 1);
    let name = name_of(&film);
    // Each goes on from wherever the server is.
    let phone = || -> Result<Value> {
        let (mut offset, _) = server.head_media("home", &name)?;
        loop {
            let piece = &film[offset.min(film.len())..film.len().min(offset + 10_000)];
            let (status, reply) = server.patch_media("home", &name, (offset, film.len()), piece)?;
            match (status, reply["status"].as_str()) {
                (200, Some("partial")) | (409, Some("error")) => {
                    offset = usize::try_from(reply["offset"].as_u64().unwrap_or_default())?;
                }
                (200, _) => return Ok(reply),
                _ => anyhow::bail!("{status} {reply}"),
            }
        }
    };
    let mut ends = std::thread::scope(|scope| {
        let phones: Vec<_> = (0..2).map(|_| scope.spawn(phone)).collect();
        phones
            .into_iter()
            .map(|phone| Ok(phone.join().expect("a thread")?["status"].to_string()))
            .collect::<Result<Vec<_>>>()
    })?;
    ends.sort();
    assert_eq!(ends, ["\"already_stored\"", "\"stored\""]);
    assert_eq!(files(folder.path())?, 1);
    Ok(())
}

#[test]
fn pieces_that_are_not_the_file_are_dropped() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path())?;
    let film = film(1000);
    let name = name_of(&film);
    let send = |from: usize, bytes: &[u8]| server.patch_media("home", &name, (from, 1000), bytes);
    assert_eq!(send(0, &film[..500])?.1["offset"], 500);
    assert_eq!(
        send(600, &film[600..])?,
        (
            409,
            json!({"status": "error", "code": "offset", "offset": 500,
                "message": "500 bytes of this file are here: go on from there"})
        )
    );
    assert_eq!(send(500, &[0; 500])?.0, 400);
    assert_eq!(server.head_media("home", &name)?, (0, false));
    assert_eq!(send(0, &film[..999])?.0, 200);
    assert_eq!(send(999, &film[999..])?.1["status"], "stored");
    // Sent whole in the meantime.
    let (other, begun) = (film[1..].to_vec(), name_of(&film[1..]));
    assert_eq!(server.patch_media("home", &begun, (0, 999), &other[..10])?.0, 200);
    assert_eq!(server.put_media("home", &begun, &other)?.1["status"], "stored");
    assert_eq!(count(folder.path(), "SELECT count(*) FROM media_part")?, 0);
    Ok(())
}

#[test]
fn headers_that_are_none_take_nothing() -> Result<()> {
    let folder = tempdir()?;
    publish(folder.path())?;
    let server = Server::start(folder.path(), &["--media-limit-mb", "1"])?;
    let name = name_of(b"0123456789");
    let kind = "content-type: application/partial-upload\r\n";
    let cases = [
        (format!("{kind}upload-offset: 0\r\n"), 400),
        (format!("{kind}upload-length: 10\r\n"), 400),
        (format!("{kind}upload-offset: -1\r\nupload-length: 10\r\n"), 400),
        (format!("{kind}upload-offset: +0\r\nupload-length: 10\r\n"), 400),
        (
            format!("{kind}upload-offset: 0\r\nupload-offset: 0\r\nupload-length: 10\r\n"),
            400,
        ),
        (format!("{kind}upload-offset: 0x0\r\nupload-length: 10\r\n"), 400),
        (
            format!("{kind}upload-offset: 18446744073709551615\r\nupload-length: 18446744073709551615\r\n"),
            400,
        ),
        (
            format!("{kind}upload-offset: 999999999999999\r\nupload-length: 999999999999999\r\n"),
            413,
        ),
        (
            format!("{kind}upload-offset: 0\r\nupload-length: 2000000\r\n"),
            413,
        ),
        (format!("{kind}upload-offset: 11\r\nupload-length: 10\r\n"), 400),
        (format!("{kind}upload-offset: 5\r\nupload-length: 10\r\n"), 400),
        (format!("{kind}upload-offset: 0\r\nupload-length: 9\r\n"), 400),
        ("upload-offset: 0\r\nupload-length: 10\r\n".to_owned(), 415),
        (
            format!("{kind}upload-offset: 0\r\nupload-length: 10\r\norigin: http://evil.example\r\n"),
            403,
        ),
        (
            format!("{kind}upload-offset: 0\r\nupload-length: 10\r\ncontent-encoding: gzip\r\n"),
            415,
        ),
    ];
    for (headers, status) in cases {
        for (length, body) in [
            ("content-length: 10", "0123456789"),
            ("transfer-encoding: chunked", "a\r\n0123456789\r\n0\r\n\r\n"),
        ] {
            let request = format!(
                "PATCH /api/surveys/home/media/{name} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}{length}\r\n\r\n{body}"
            );
            let answer = raw(&server, request.as_bytes())?;
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status}")),
                "{headers}{answer}"
            );
        }
    }
    for (survey, name, status) in [
        ("gone", name.as_str(), 404),
        ("home", "photo.jpg", 400),
        ("home", "..%2f..%2fx", 400),
    ] {
        assert_eq!(
            server.patch_media(survey, name, (0, 10), b"0123456789")?.0,
            status
        );
    }
    let large = vec![0; MB + 1];
    assert_eq!(server.patch_media("home", &name, (0, MB), &large)?.0, 413);
    assert_eq!(
        count(
            folder.path(),
            "SELECT (SELECT count(*) FROM media_part) + (SELECT count(*) FROM media)"
        )?,
        0
    );
    Ok(())
}

#[test]
fn what_was_left_unfinished_long_ago_goes_when_the_server_starts() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path())?;
    let (old, young) = (name_of(b"old"), name_of(b"young"));
    server.patch_media("home", &old, (0, 3), b"o")?;
    server.patch_media("home", &young, (0, 5), b"y")?;
    server.stop()?;
    let database = Connection::open(folder.path().join("baraza.db"))?;
    database.execute(
        "UPDATE media_part SET touched_at = '2020-01-01T00:00:00.000Z' WHERE name = ?1",
        [&old],
    )?;
    drop(database);
    let server = Server::start(folder.path(), &[])?;
    assert_eq!(server.head_media("home", &old)?.0, 0);
    assert_eq!(server.head_media("home", &young)?.0, 1);
    Ok(())
}

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
    std::fs::write(folder.path().join("noise.ndjson"), "noise\n".repeat(1000))?;
    let (code, summary, more) = import(folder.path(), &["noise.ndjson"]);
    assert_eq!(code, 1);
    assert!(summary.contains("1000 not understood"), "{summary}");
    assert!(
        more.lines().count() < 30 && more.contains("and 980 more"),
        "{more}"
    );
    assert_eq!(responses(folder.path())?, 1);
    Ok(())
}
