//! Pictures and sounds that go with labels: found beside the form, published with its version, given to phones.

use anyhow::Result;
use baraza_forms::hex;
use baraza_tests::{Server, baraza, told};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::Path;
use tempfile::tempdir;

const MB: usize = 1 << 20;

const PROMPTS: &str = "\
| survey   |      |       |       |              |              |
|          | type | name  | label | media::image | media::audio |
|          | note | hello | Hello | map.png      | hello.mp3    |
|          | text | words | Words | drawing.svg  | Long.wav     |
|          | text | more  | More  | lost.jpg     | ../f.md      |
| settings |      |       |
|          | form_id | version |
|          | home    | 1       |
";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n a map";

fn prompts(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder.join("media"))?;
    std::fs::create_dir_all(folder.join("f-media"))?;
    std::fs::write(folder.join("f.md"), PROMPTS)?;
    std::fs::write(folder.join("map.png"), PNG)?;
    std::fs::write(folder.join("media/hello.mp3"), b"ID3 hello")?;
    std::fs::write(folder.join("f-media/drawing.svg"), b"<svg onload='steal()'/>")?;
    std::fs::write(
        folder.join("f-media/long.wav"),
        [&b"RIFF....WAVE"[..], &vec![0; 3 * MB]].concat(),
    )?;
    Ok(())
}

fn text_of(mut response: ureq::http::Response<ureq::Body>) -> Result<Vec<u8>> {
    Ok(response.body_mut().read_to_vec()?)
}

fn header(response: &ureq::http::Response<ureq::Body>, name: &str) -> String {
    let value = response.headers().get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

/// The form as the phone loads it, and its tag.
fn form(server: &Server) -> Result<(Value, String)> {
    let mut response = server.get("/api/surveys/home/form", &[])?;
    let tag = header(&response, "etag");
    Ok((response.body_mut().read_json()?, tag))
}

#[test]
fn files_of_labels_go_with_the_version() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    prompts(folder)?;
    let said = told(&baraza(folder, &["publish", "f.md"]));
    for words in [
        "'drawing.svg' is an SVG, which can carry programs",
        "the file 'Long.wav' is missing (there is 'long.wav')",
        "the file 'lost.jpg' is missing",
        "'../f.md' is no plain name",
        "published the survey 'home'",
    ] {
        assert!(said.contains(words), "expected '{words}' in:\n{said}");
    }
    let server = Server::start(folder, &[])?;
    let (first, _) = form(&server)?;
    let names: Vec<&String> = first["files"]
        .as_object()
        .into_iter()
        .flat_map(|files| files.keys())
        .collect();
    assert_eq!(names, ["hello.mp3", "map.png"], "only what is there");
    let mark = first["files"]["map.png"].as_str().unwrap_or_default().to_owned();
    let digest = hex(&Sha256::digest(PNG));
    assert_eq!(mark, digest[..16]);

    let forever = server.get(&format!("/api/surveys/home/files/map.png?v={mark}"), &[])?;
    assert_eq!(
        [
            "content-type",
            "cache-control",
            "x-content-type-options",
            "cross-origin-resource-policy"
        ]
        .map(|name| header(&forever, name)),
        [
            "image/png",
            "public, max-age=31536000, immutable",
            "nosniff",
            "same-origin"
        ]
    );
    assert_eq!(text_of(forever)?, PNG);
    let named = server.get(
        "/api/surveys/home/files/map.png",
        &[("accept-encoding", "gzip, br")],
    )?;
    let tag = header(&named, "etag");
    assert_eq!(
        [
            header(&named, "cache-control"),
            header(&named, "content-encoding")
        ],
        ["no-cache", ""]
    );
    assert_eq!(
        server
            .get("/api/surveys/home/files/map.png", &[("if-none-match", &tag)])?
            .status(),
        304
    );
    let part = server.get("/api/surveys/home/files/map.png", &[("range", "bytes=1-3")])?;
    assert_eq!(
        (part.status().as_u16(), header(&part, "content-range")),
        (206, format!("bytes 1-3/{}", PNG.len()))
    );
    assert_eq!(text_of(part)?, b"PNG");
    for path in [
        "files/drawing.svg",
        "files/none.png",
        "files/map.png?v=0000000000000000",
        "files/map.png?v=",
        "files/map.png?version=9",
        "files/..%2f..%2fbaraza.db",
        "files/media/hello.mp3",
        "files/%ff",
    ] {
        assert_eq!(
            server.get(&format!("/api/surveys/home/{path}"), &[])?.status(),
            404,
            "{path}"
        );
    }
    Ok(())
}

#[test]
fn missing_files_can_follow_and_those_there_never_change() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    prompts(folder)?;
    assert!(baraza(folder, &["publish", "f.md"]).status.success());
    let server = Server::start(folder, &[])?;
    let (first, first_tag) = form(&server)?;
    let mark = first["files"]["map.png"].as_str().unwrap_or_default();

    // What was missing is added to the same version, and phones learn of it.
    std::fs::rename(folder.join("f-media/long.wav"), folder.join("f-media/Long.wav"))?;
    let said = told(&baraza(folder, &["publish", "f.md"]));
    assert!(
        said.contains("added 1 file that it lacked") && said.contains("'Long.wav' has 3.0 MB"),
        "{said}"
    );
    let (second, second_tag) = form(&server)?;
    assert!(second["files"]["Long.wav"].is_string() && second_tag != first_tag);
    // What is there is never another file under the same version.
    assert_eq!(baraza(folder, &["diff", "f.md"]).status.code(), Some(0));
    std::fs::write(folder.join("map.png"), [PNG, b" redrawn"].concat())?;
    std::fs::remove_file(folder.join("media/hello.mp3"))?;
    let said = told(&baraza(folder, &["diff", "f.md"]));
    assert!(
        said.contains("~  file 'map.png': another content") && said.contains("-  file 'hello.mp3': removed"),
        "{said}"
    );
    let refused = baraza(folder, &["publish", "f.md"]);
    assert!(
        refused.status.code() == Some(1) && told(&refused).contains("another file 'map.png'"),
        "{}",
        told(&refused)
    );
    std::fs::write(folder.join("f.md"), PROMPTS.replace("| 1       |", "| 2       |"))?;
    assert!(baraza(folder, &["publish", "f.md"]).status.success());
    let get = |query: &str| text_of(server.get(&format!("/api/surveys/home/files/map.png{query}"), &[])?);
    assert_ne!(get("")?, PNG);
    assert_eq!(get("?version=1")?, PNG);
    assert_eq!(
        get(&format!("?v={mark}"))?,
        PNG,
        "a page that has the older version still finds its own"
    );
    Ok(())
}

#[test]
fn a_file_too_large_for_a_phone_is_left_out() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    prompts(folder)?;
    std::fs::write(folder.join("media/hello.mp3"), vec![0; 11 * MB])?;
    let said = told(&baraza(folder, &["publish", "f.md"]));
    assert!(
        said.contains("'hello.mp3' has 11 MB, and more than 10 MB are too much"),
        "{said}"
    );
    assert!(
        said.contains("the form is published without it") && said.contains("published the survey"),
        "{said}"
    );
    Ok(())
}
