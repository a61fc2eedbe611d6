//! Photos and sounds from phones: taken once, whole or not at all, never given back, and found again in the export.

use anyhow::Result;
use baraza_forms::hex;
use baraza_tests::{Server, baraza, csv_rows, told};
use rusqlite::Connection;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use tempfile::tempdir;
use uuid::Uuid;

const FORM: &str = "\
| survey   |              |         |           |               |
|          | type         | name    | label     | baraza::role  |
|          | select_one y | consent | Consent?  | consent       |
|          | image        | photo   | A photo   |               |
|          | text         | words   | Words     |               |
|          | begin_repeat | house   | House     |               |
|          | image        | front   | The front |               |
|          | audio        | Front   | Its sound |               |
|          | end_repeat   |         |           |               |
| choices  |              |         |           |
|          | list_name    | name    | label     |
|          | y            | yes     | Yes       |
|          | y            | no      | No        |
| settings |              |         |
|          | form_id      | version |
|          | home         | 1       |
";
const MB: usize = 1 << 20;

fn serve(folder: &Path, more: &[&str]) -> Result<Server> {
    std::fs::write(folder.join("f.md"), FORM)?;
    Server::start(folder, &[&["--form", "f.md"], more].concat())
}

fn name_of(bytes: &[u8], ending: &str) -> String {
    format!("{}.{ending}", hex(&Sha256::digest(bytes)))
}

fn respond(server: &Server, answers: &Value) -> Result<String> {
    let id = Uuid::new_v4().to_string();
    let body = json!({"form": "home", "version": "1", "instance_id": id, "started": "2026-01-01T10:00:00Z",
        "finished": "2026-01-01T10:05:00Z", "language": "en", "answers": answers});
    let (status, reply) = server.post("home", "application/json", body.to_string().as_bytes())?;
    anyhow::ensure!(status == 200, "{reply}");
    Ok(id)
}

/// Names of the files in the database.
fn stored(folder: &Path) -> Result<Vec<String>> {
    let database = Connection::open(folder.join("baraza.db"))?;
    let mut rows = database.prepare("SELECT name FROM media ORDER BY id")?;
    Ok(rows
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, rusqlite::Error>>()?)
}

/// Sends bytes as they are and gives what comes back until the other side closes, or says nothing for a while.
fn raw(server: &Server, request: &[u8]) -> Result<String> {
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://"))?;
    stream.set_read_timeout(Some(std::time::Duration::from_millis(1500)))?;
    stream.write_all(request)?;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[test]
fn a_file_is_on_disk_when_it_is_acknowledged() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path(), &[])?;
    // Larger than what stays in memory while it arrives.
    let film: Vec<u8> = (0..3 * MB).map(|n| (n % 251) as u8).collect();
    let name = name_of(&film, "mp4");
    let stored_now = (200, json!({"status": "stored"}));
    assert_eq!(server.put_media("home", &name, &film)?, stored_now);
    server.kill()?;
    let server = Server::start(folder.path(), &[])?;
    assert_eq!(
        server.put_media("home", &name, &film)?,
        (200, json!({"status": "already_stored"}))
    );
    let database = Connection::open(folder.path().join("baraza.db"))?;
    let (size, bytes): (i64, Vec<u8>) = database.query_row("SELECT size, bytes FROM media", [], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    assert!(usize::try_from(size)? == film.len() && bytes == film);
    assert_eq!(
        server
            .get(&format!("/api/surveys/home/media/{name}"), &[])?
            .status(),
        405,
        "never given back"
    );
    assert_eq!(
        server
            .get(&format!("/api/surveys/home/files/{name}"), &[])?
            .status(),
        404
    );
    Ok(())
}

#[test]
fn the_same_file_many_times_at_once_is_one() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path(), &[])?;
    let photo = vec![7; 300_000];
    let name = name_of(&photo, "jpg");
    let mut statuses = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..50)
            .map(|_| scope.spawn(|| server.put_media("home", &name, &photo)))
            .collect();
        senders
            .into_iter()
            .map(|sender| {
                sender
                    .join()
                    .expect("a thread")
                    .map(|(_, reply)| reply["status"].to_string())
            })
            .collect::<Result<Vec<_>>>()
    })?;
    statuses.sort();
    assert_eq!(
        (statuses[0].as_str(), statuses[48].as_str()),
        ("\"already_stored\"", "\"already_stored\"")
    );
    assert_eq!(statuses[49], "\"stored\"");
    assert_eq!(stored(folder.path())?, [name]);
    Ok(())
}

#[test]
fn what_is_no_file_of_the_survey_is_turned_away() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path(), &["--media-limit-mb", "1"])?;
    std::fs::write(
        folder.path().join("plain.md"),
        FORM.replace("| image ", "| text  ")
            .replace("| audio ", "| text  ")
            .replace("home", "plain"),
    )?;
    assert!(baraza(folder.path(), &["publish", "plain.md"]).status.success());
    let photo = b"not really a photo";
    let good = name_of(photo, "jpg");
    let digest = &good[..64];
    let large = vec![1; 2 * MB];
    let cases: [(&str, &str, &[u8], u16, &str); 14] = [
        (
            "home",
            &good,
            b"another photo",
            400,
            "not those that the name says",
        ),
        ("home", &name_of(&large, "jpg"), &large, 413, "at most 1 MB"),
        ("elsewhere", &good, photo, 404, "no such survey"),
        ("plain", &good, photo, 400, "asks for files"),
        ("home", "photo.jpg", photo, 400, "is named by"),
        ("home", digest, photo, 400, "is named by"),
        ("home", &format!("{digest}.exe.jpg"), photo, 400, "is named by"),
        ("home", &format!("{digest}.JPG"), photo, 400, "is named by"),
        (
            "home",
            &format!("{}.jpg", digest.to_uppercase()),
            photo,
            400,
            "is named by",
        ),
        ("home", &format!("{digest}%2ejpg"), photo, 400, "is named by"),
        ("home", &format!("{good}%00"), photo, 400, "is named by"),
        ("home", &format!("%ff{good}"), photo, 400, "is named by"),
        ("home", &format!("..%2f{good}"), photo, 400, "is named by"),
        ("home", &format!("x/media/{good}"), photo, 400, "is named by"),
    ];
    for (survey, name, bytes, status, message) in cases {
        let (got, reply) = server.put_media(survey, name, bytes)?;
        assert_eq!(
            (got, reply["status"].as_str()),
            (status, Some("error")),
            "{name}: {reply}"
        );
        assert!(reply["message"].to_string().contains(message), "{name}: {reply}");
    }
    for path in [
        format!("../../../{good}"),
        format!("media/../{good}"),
        String::new(),
    ] {
        let request = format!(
            "PUT /api/surveys/home/media/{path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            photo.len()
        );
        let answer = raw(&server, &[request.as_bytes(), photo].concat())?;
        assert!(
            answer.starts_with("HTTP/1.1 400") || answer.starts_with("HTTP/1.1 404"),
            "{path}: {answer}"
        );
    }
    let foreign = ureq::put(format!("{}/api/surveys/home/media/{good}", server.url))
        .config()
        .http_status_as_error(false)
        .build()
        .header("origin", "http://evil.example")
        .send(&photo[..])?;
    assert_eq!(foreign.status(), 403);
    assert_eq!(stored(folder.path())?, [""; 0], "nothing of them is stored");
    assert_eq!(server.put_media("home", &good, photo)?.0, 200);
    Ok(())
}

#[test]
fn a_length_that_lies_stores_nothing() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path(), &["--media-limit-mb", "1"])?;
    let photo = b"0123456789";
    let name = name_of(photo, "jpg");
    let head =
        |more: &str| format!("PUT /api/surveys/home/media/{name} HTTP/1.1\r\nhost: x\r\n{more}\r\n\r\n");
    // Fewer bytes than announced, and the connection ends.
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://"))?;
    stream.write_all(head("content-length: 1000").as_bytes())?;
    stream.write_all(photo)?;
    drop(stream);
    // More bytes than announced: the file is what was announced, and that is not what the name says.
    let answer = raw(&server, &[head("content-length: 5").as_bytes(), photo].concat())?;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    // No length at all, and more than is allowed.
    let piece = vec![b'x'; 64 << 10];
    let mut chunked = head("transfer-encoding: chunked").into_bytes();
    for _ in 0..40 {
        chunked.extend(format!("{:x}\r\n", piece.len()).into_bytes());
        chunked.extend(&piece);
        chunked.extend(b"\r\n");
    }
    chunked.extend(b"0\r\n\r\n");
    let answer = raw(&server, &chunked)?;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert_eq!(stored(folder.path())?, [""; 0]);
    let mut small = head("transfer-encoding: chunked\r\nconnection: close").into_bytes();
    small.extend(b"a\r\n0123456789\r\n0\r\n\r\n");
    assert!(raw(&server, &small)?.starts_with("HTTP/1.1 200"));
    assert_eq!(stored(folder.path())?, [name]);
    Ok(())
}

#[test]
fn too_many_at_once_are_asked_to_come_again() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path(), &[])?;
    let photo = vec![3; 1000];
    let name = name_of(&photo, "jpg");
    let head = format!(
        "PUT /api/surveys/home/media/{name} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n",
        photo.len()
    );
    let begin = || -> Result<TcpStream> {
        let mut stream = TcpStream::connect(server.url.trim_start_matches("http://"))?;
        stream.write_all(head.as_bytes())?;
        stream.write_all(&photo[1..])?;
        Ok(stream)
    };
    let unfinished = RefCell::new((0..64).map(|_| begin()).collect::<Result<Vec<_>>>()?);
    // The file that does come through until then is another one. It may have taken the place of one of the 64, which
    // was then sent away, so each try brings one more.
    let other = name_of(b"other", "jpg");
    await_that(|| {
        unfinished.borrow_mut().push(begin()?);
        Ok(server.put_media("home", &other, b"other")?.0 == 503)
    })?;
    let answer = raw(&server, &[head.as_bytes(), &photo].concat())?;
    assert!(
        answer.starts_with("HTTP/1.1 503") && answer.contains("retry-after: 10"),
        "{answer}"
    );
    assert_eq!(
        respond(&server, &json!({"consent": "yes"}))?.len(),
        36,
        "answers have a door of their own"
    );
    drop(unfinished);
    await_that(|| Ok(server.put_media("home", &name, &photo)?.0 == 200))?;
    assert!(stored(folder.path())?.contains(&name));
    Ok(())
}

/// Tries for some seconds.
fn await_that(holds: impl Fn() -> Result<bool>) -> Result<()> {
    for _ in 0..100 {
        if holds()? {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    anyhow::bail!("it did not come to hold")
}

#[test]
fn large_files_fill_no_memory() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path(), &[])?;
    let before = server.resident_kb()?;
    std::thread::scope(|scope| {
        let senders: Vec<_> = (0..4u8)
            .map(|n| {
                let server = &server;
                scope.spawn(move || {
                    let film = vec![n; 19 * MB];
                    server.put_media("home", &name_of(&film, "mp4"), &film)
                })
            })
            .collect();
        senders.into_iter().try_for_each(|sender| {
            let (status, reply) = sender.join().expect("a thread")?;
            anyhow::ensure!(status == 200, "{reply}");
            Ok(())
        })
    })?;
    let huge = vec![9; 30 * MB];
    assert_eq!(
        server
            .put_media("home", &name_of(&huge, "mp4"), &huge)
            .map_or(413, |(status, _)| status),
        413
    );
    let grown = server.resident_kb()?.saturating_sub(before);
    assert!(grown < 30 * 1024, "{grown} kB more for 76 MB of films");
    assert_eq!(stored(folder.path())?.len(), 4);
    let beside: Vec<_> = std::fs::read_dir(folder.path())?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<Vec<String>>>()?;
    assert!(beside.iter().all(|name| !name.starts_with(".tmp")), "{beside:?}");
    Ok(())
}

#[test]
fn the_export_puts_files_where_the_cells_say() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path(), &[])?;
    let (photo, sound) = (b"\xff\xd8\xff photo".to_vec(), b"OggS sound".to_vec());
    let (photo_name, sound_name) = (name_of(&photo, "jpg"), name_of(&sound, "ogg"));
    let lost = name_of(b"lost", "jpg");
    assert_eq!(server.put_media("home", &photo_name, &photo)?.0, 200);
    let id = respond(
        &server,
        &json!({"consent": "yes", "photo": photo_name, "words": photo_name,
            "house": [{}, {"front": photo_name, "Front": sound_name}]}),
    )?;
    // After the response is as good as before it.
    assert_eq!(server.put_media("home", &sound_name, &sound)?.0, 200);
    let second = respond(&server, &json!({"consent": "yes", "photo": lost}))?;
    respond(&server, &json!({"consent": "yes", "photo": "../../etc/passwd"}))?;

    let plain = baraza(folder.path(), &["export", "--out", "plain.csv"]);
    assert!(
        told(&plain).contains("1 file that responses name did not come"),
        "{}",
        told(&plain)
    );
    assert!(
        told(&plain).contains(&format!("photo of {second}")),
        "{}",
        told(&plain)
    );
    assert_eq!(
        csv_rows(&folder.path().join("plain.csv"))?[0]["photo"],
        photo_name
    );

    let output = baraza(folder.path(), &["export", "--out", "r.csv", "--media", "files"]);
    assert!(output.status.success(), "{}", told(&output));
    assert!(
        told(&output).contains("wrote 3 files to files"),
        "{}",
        told(&output)
    );
    let rows = csv_rows(&folder.path().join("r.csv"))?;
    assert_eq!(rows[0]["photo"], format!("photo/{id}.jpg"));
    assert_eq!(
        rows[0]["words"], photo_name,
        "words are no file, whatever they look like"
    );
    assert_eq!(rows[1]["photo"], lost, "what has not come keeps the phone's name");
    assert_eq!(rows[2]["photo"], "../../etc/passwd");
    assert_eq!(rows[2]["flags"], "type: photo");
    let houses = csv_rows(&folder.path().join("r-house.csv"))?;
    assert_eq!(houses[1]["front"], format!("house-front/{id}-2.jpg"));
    assert_eq!(
        houses[1]["Front"],
        format!("house-Front_/{id}-2.ogg"),
        "not the same folder on any system"
    );
    let read = |place: &str| std::fs::read(folder.path().join("files").join(place));
    assert_eq!(read(&rows[0]["photo"])?, photo);
    assert_eq!(read(&houses[1]["front"])?, photo);
    assert_eq!(read(&houses[1]["Front"])?, sound);
    Ok(())
}

#[test]
fn a_refusal_that_is_sent_again_takes_its_files_along_again() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path(), &[])?;
    let name = name_of(b"photo", "jpg");
    let body = json!({"form": "home", "version": "1", "instance_id": Uuid::new_v4().to_string(), "started": "",
        "finished": "", "language": "en", "answers": {"consent": "no", "photo": name}});
    for status in ["stored", "already_stored"] {
        assert_eq!(server.put_media("home", &name, b"photo")?.1["status"], "stored");
        let (_, reply) = server.post("home", "application/json", body.to_string().as_bytes())?;
        assert_eq!(reply["status"], status);
        assert_eq!(stored(folder.path())?, [""; 0]);
    }
    Ok(())
}

#[test]
fn a_refusal_takes_its_files_along() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path(), &[])?;
    let files: Vec<Vec<u8>> = (0..3u8).map(|n| vec![n; 10]).collect();
    let names: Vec<String> = files.iter().map(|bytes| name_of(bytes, "jpg")).collect();
    for (bytes, name) in files.iter().zip(&names) {
        assert_eq!(server.put_media("home", name, bytes)?.0, 200);
    }
    respond(&server, &json!({"consent": "yes", "photo": names[0]}))?;
    respond(
        &server,
        &json!({"consent": "no", "photo": names[0], "house": [{"front": names[1]}]}),
    )?;
    assert_eq!(
        stored(folder.path())?,
        [names[0].as_str(), names[2].as_str()],
        "another response names the first, nobody has refused the third"
    );
    let database = Connection::open(folder.path().join("baraza.db"))?;
    let refused: String = database.query_row(
        "SELECT answers FROM response WHERE outcome = 'refused'",
        [],
        |row| row.get(0),
    )?;
    assert_eq!(refused, "{\"consent\":\"no\"}");
    Ok(())
}
