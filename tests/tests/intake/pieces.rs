//! Files in pieces.

use super::{MB, PIECE, count, files, film, name_of, publish, raw, serve};
use anyhow::Result;
use baraza_tests::Server;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::io::Write;
use std::net::TcpStream;
use tempfile::tempdir;

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
