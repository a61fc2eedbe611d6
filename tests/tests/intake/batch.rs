//! Many responses in one request.

use super::{
    Headers, MB, PACKED, aged, count, fresh, gzip, lines, raw, response, responses, serve, statuses,
};
use anyhow::Result;
use baraza_tests::Server;
use serde_json::{Value, json};
use std::io::Write;
use std::net::TcpStream;
use tempfile::tempdir;

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
    let mut attributed = first;
    attributed["enumerator"] = json!(fresh());
    let (_, reply) = server.post_lines(&[], &lines(&[attributed]))?;
    assert_eq!(statuses(&reply), ["already_stored"], "who asked is no answer");
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
    let cases: [(Headers<'_>, &[u8], u16); 10] = [
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
