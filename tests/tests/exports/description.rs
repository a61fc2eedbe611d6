//! The description of the API against the routes and against what the server answers.

use super::tokens::{token_of, with_token};
use super::{FORM, collected};
use anyhow::{Context, Result, ensure};
use baraza_tests::desk::{Visitor, session_of};
use baraza_tests::field::said;
use baraza_tests::{Server, told};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::tempdir;

fn description(server: &Server) -> Result<Value> {
    let got = Visitor::new(server).get("/api/openapi.json")?;
    ensure!(got.status == 200, "{got:?}");
    Ok(serde_json::from_str(&got.text)?)
}

/// Follows `$ref`.
fn resolved<'a>(all: &'a Value, schema: &'a Value) -> Result<&'a Value> {
    match schema["$ref"].as_str() {
        Some(to) => all.pointer(to.trim_start_matches('#')).context(to.to_owned()),
        None => Ok(schema),
    }
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        other => panic!("no type: {other}"),
    }
}

/// What of JSON Schema the description uses; anything else in it is a mistake of this test's.
fn wrong(all: &Value, schema: &Value, value: &Value, at: &str) -> Result<Vec<String>> {
    let schema = resolved(all, schema)?;
    let mut found = Vec::new();
    for (key, rule) in schema.as_object().context("a schema")? {
        match key.as_str() {
            "type" => {
                let kinds = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
                if !kinds
                    .iter()
                    .filter_map(Value::as_str)
                    .any(|kind| is_of(kind, value))
                {
                    found.push(format!("{at} is no {rule}: {value}"));
                }
            }
            "enum" => {
                if !rule.as_array().is_some_and(|all| all.contains(value)) {
                    found.push(format!("{at} is none of {rule}: {value}"));
                }
            }
            "required" => {
                for name in rule.as_array().into_iter().flatten().filter_map(Value::as_str) {
                    if value.get(name).is_none() {
                        found.push(format!("{at} lacks {name}"));
                    }
                }
            }
            "properties" => {
                for (name, inner) in rule.as_object().into_iter().flatten() {
                    if let Some(value) = value.get(name) {
                        found.extend(wrong(all, inner, value, &format!("{at}.{name}"))?);
                    }
                }
            }
            "additionalProperties" => {
                let known = schema["properties"].as_object();
                for name in value.as_object().into_iter().flat_map(|object| object.keys()) {
                    if rule == false && known.is_some_and(|known| !known.contains_key(name)) {
                        found.push(format!("{at} has {name} as well"));
                    }
                }
            }
            "items" => {
                for (n, value) in value.as_array().into_iter().flatten().enumerate() {
                    found.extend(wrong(all, rule, value, &format!("{at}[{n}]"))?);
                }
            }
            "anyOf" => {
                let mut each = Vec::new();
                for one in rule.as_array().into_iter().flatten() {
                    each.push(wrong(all, one, value, at)?);
                }
                if each.iter().all(|wrong| !wrong.is_empty()) {
                    found.extend(each.into_iter().flatten());
                }
            }
            "format" | "description" => {}
            other => panic!("this test does not know '{other}'"),
        }
    }
    Ok(found)
}

/// Names of keys that an answer has and its schema does not tell of.
fn untold(all: &Value, schema: &Value, value: &Value, at: &str) -> Result<Vec<String>> {
    let schema = resolved(all, schema)?;
    let mut found = Vec::new();
    match value {
        Value::Object(fields) => {
            let Some(known) = schema["properties"].as_object() else {
                return Ok(found);
            };
            for (name, value) in fields {
                match known.get(name) {
                    Some(inner) => found.extend(untold(all, inner, value, &format!("{at}.{name}"))?),
                    None => found.push(format!("{at}.{name}")),
                }
            }
        }
        Value::Array(items) if schema.get("items").is_some() => {
            for value in items {
                found.extend(untold(all, &schema["items"], value, at)?);
            }
        }
        _ => {}
    }
    Ok(found)
}

#[test]
fn it_has_every_route_of_the_api_and_no_other() -> Result<()> {
    let folder = tempdir()?;
    baraza_tests::field::publish(folder.path(), FORM)?;
    let server = Server::start(folder.path(), &[])?;
    let all = description(&server)?;
    assert_eq!(all["openapi"], "3.1.0");
    let mut described = BTreeSet::new();
    for (path, operations) in all["paths"].as_object().context("paths")? {
        for (method, operation) in operations.as_object().context("operations")? {
            described.insert((method.to_uppercase(), path.clone()));
            // Each parameter of the address is described, and each answer says what it is.
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let of_path: BTreeSet<&str> = parameters
                .iter()
                .filter(|one| one["in"] == "path")
                .filter_map(|one| one["name"].as_str())
                .collect();
            let in_path: BTreeSet<&str> = path
                .split('/')
                .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
                .collect();
            assert_eq!(of_path, in_path, "{method} {path}");
            assert!(operation["security"].is_array(), "{method} {path}");
            for (status, answer) in operation["responses"].as_object().context("answers")? {
                assert!(answer["description"].is_string(), "{method} {path} {status}");
            }
        }
    }
    let routes: BTreeSet<(String, String)> = baraza_server::every_route()
        .into_iter()
        .filter(|(_, path, _)| path.starts_with("/api/"))
        .map(|(method, path, _)| (method.to_owned(), path.replace("{*", "{")))
        .collect();
    assert_eq!(described, routes);
    Ok(())
}

/// A survey with a release, and a token of an analyst who may see single responses.
fn released() -> Result<(tempfile::TempDir, Server, String)> {
    let folder = tempdir()?;
    let server = collected(folder.path())?;
    said(
        folder.path(),
        &[
            "accounts", "add", "Dara", "--role", "analyst", "--raw", "--by", "test",
        ],
    )?;
    let mut dara = Visitor::with(&server, &session_of(folder.path(), "Dara")?);
    let token = token_of(&mut dara, "a program")?;
    let begun = Instant::now();
    while with_token(&server, "GET", &token, "/api/v1/surveys/homes/results")?.status != 200 {
        ensure!(begun.elapsed() < Duration::from_mins(4), "no release was made");
        std::thread::sleep(Duration::from_millis(500));
    }
    Ok((folder, server, token))
}

#[test]
fn examples_and_answers_are_as_it_says() -> Result<()> {
    let (_folder, server, token) = released()?;
    let all = description(&server)?;
    let (mut examples, mut answers) = (0, 0);
    for (path, operations) in all["paths"].as_object().context("paths")? {
        for (method, operation) in operations.as_object().context("operations")? {
            let bodies = operation["responses"].as_object().into_iter().flatten();
            let bodies =
                bodies.map(|(status, answer)| (status.clone(), &answer["content"]["application/json"]));
            let sent = (
                "sent".to_owned(),
                &operation["requestBody"]["content"]["application/json"],
            );
            for (what, body) in bodies.chain([sent]) {
                if let Some(example) = body.get("example") {
                    examples += 1;
                    let found = wrong(&all, &body["schema"], example, "example")?;
                    assert_eq!(found, [""; 0], "{method} {path} {what}");
                }
            }
        }
    }
    assert!(examples >= 4, "{examples}");
    // What the server really says, of each operation that gives JSON to programs.
    for (path, address, status) in [
        ("/api/v1/surveys", "/api/v1/surveys", "200"),
        (
            "/api/v1/surveys/{survey}/results",
            "/api/v1/surveys/homes/results",
            "200",
        ),
        (
            "/api/v1/surveys/{survey}/results",
            "/api/v1/surveys/homes/results?question=threats&by=gender",
            "200",
        ),
        (
            "/api/v1/surveys/{survey}/results",
            "/api/v1/surveys/homes/results?question=age",
            "200",
        ),
        (
            "/api/v1/surveys/{survey}/results",
            "/api/v1/surveys/nowhere/results",
            "404",
        ),
        (
            "/api/v1/surveys/{survey}/responses",
            "/api/v1/surveys/homes/responses",
            "422",
        ),
        (
            "/api/v1/surveys/{survey}/results/{file}",
            "/api/v1/surveys/nowhere/results/tidy.csv",
            "404",
        ),
    ] {
        let got = with_token(&server, "GET", &token, address)?;
        assert_eq!(got.status.to_string(), status, "{address}: {}", got.text);
        let body: Value = serde_json::from_str(&got.text)?;
        let schema = &all["paths"][path]["get"]["responses"][status]["content"]["application/json"]["schema"];
        assert_eq!(wrong(&all, schema, &body, "answer")?, [""; 0], "{address}");
        assert_eq!(untold(&all, schema, &body, "answer")?, [""; 0], "{address}");
        answers += 1;
    }
    assert_eq!(answers, 7);
    // And the checker sees what is not so.
    let wrong_state = json!({"surveys": [{"id": 1, "state": "asleep"}]});
    let schema = json!({"$ref": "#/components/schemas/Surveys"});
    assert!(wrong(&all, &schema, &wrong_state, "answer")?.len() > 5);
    // The example of a response is stored, and answered as it says.
    let post = &all["paths"]["/api/surveys/{survey}/responses"]["post"];
    let mut example = post["requestBody"]["content"]["application/json"]["example"].clone();
    example["form"] = json!("homes");
    let (status, said) = server.post("homes", "application/json", example.to_string().as_bytes())?;
    assert_eq!(
        (status, &said),
        (
            200,
            &post["responses"]["200"]["content"]["application/json"]["example"]
        )
    );
    // Files are what the desk gives.
    let tidy = with_token(&server, "GET", &token, "/api/v1/surveys/homes/results/tidy.csv")?;
    assert!(
        tidy.status == 200 && tidy.text.starts_with("survey,version,"),
        "{}",
        tidy.text
    );
    Ok(())
}

/// A block of the README, by its language.
fn example(language: &str) -> Result<String> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let text = std::fs::read_to_string(path)?;
    let (_, after) = text
        .split_once(&format!("```{language}\n"))
        .with_context(|| format!("README has no example in {language}"))?;
    let (block, _) = after.split_once("```").context("the end of the example")?;
    Ok(block.to_owned())
}

#[test]
fn the_examples_of_the_readme_run() -> Result<()> {
    let (folder, server, token) = released()?;
    let mut ran = 0;
    for (language, program, ending) in [("python", "python3", "py"), ("r", "Rscript", "R")] {
        let text = example(language)?
            .replace("household", "homes")
            .replace("safe_dark", "threats");
        let file = folder.path().join(format!("example.{ending}"));
        std::fs::write(&file, text)?;
        let has = |check: &[&str]| {
            Command::new(program)
                .args(check)
                .output()
                .is_ok_and(|output| output.status.success())
        };
        let there = match language {
            "python" => has(&["--version"]),
            _ => has(&["-e", "1"]),
        };
        if !there {
            eprintln!(
                "SKIPPED: the README's example in {language}: {program} or what it needs is not on this machine"
            );
            continue;
        }
        let output = Command::new(program)
            .arg(&file)
            .current_dir(folder.path())
            .env("BARAZA_URL", &server.url)
            .env("BARAZA_TOKEN", &token)
            .output()?;
        ensure!(output.status.success(), "{language}: {}", told(&output));
        let said = told(&output);
        assert!(
            said.contains("threats") && said.contains("theft"),
            "{language}: {said}"
        );
        assert!(folder.path().join("responses.csv").exists(), "{language}");
        std::fs::remove_file(folder.path().join("responses.csv"))?;
        ran += 1;
    }
    println!("{ran} examples ran");
    Ok(())
}
