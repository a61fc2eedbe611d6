//! What `baraza convert` writes, judged by ODK Validate.

mod odk;

use anyhow::Result;
use baraza_tests::{baraza, shared};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::tempdir;

/// Whatever an XForm may hold that the published forms don't.
const EVERYTHING: &str = r#"
| survey  |                      |         |             |             |           |               |                |              |          |                  |              |                    |                    |         |                        |              |
|         | type                 | name    | label::Eng  | label::Fra  | hint::Eng | guidance_hint | relevant       | default      | required | required_message | constraint   | constraint_message | calculation        | trigger | parameters             | repeat_count |
|         | start                | began   |             |             |           |               |                |              |          |                  |              |                    |                    |         |                        |              |
|         | audit                | audit   |             |             |           |               |                |              |          |                  |              |                    |                    |         |                        |              |
|         | text                 | name    | "Name" & <> | Nom         | It's      | Twice         |                |              | yes      | Say it           | . != "it's"  | Not ${name}        |                    |         |                        |              |
|         | integer              | age     | Age         | Âge         |           |               |                | 20 + 1       |          |                  |              |                    |                    |         |                        |              |
|         | calculate            | moved   |             |             |           |               |                |              |          |                  |              |                    | now()              | ${age}  |                        |              |
|         | rank towns           | ranked  | Rank        | Rang        |           |               |                |              |          |                  |              |                    |                    |         |                        |              |
|         | range                | size    | Size        | Taille      |           |               |                |              |          |                  |              |                    |                    |         | start=0 end=5 step=0.5 |              |
|         | acknowledge          | ok      | OK?         | D'accord ?  |           |               |                |              |          |                  |              |                    |                    |         |                        |              |
|         | image                | photo   | Photo       | Photo       |           |               |                |              |          |                  |              |                    |                    |         | max-pixels=800         |              |
|         | select_one towns or_other | town | Town       | Ville       |           |               |                |              |          |                  |              |                    |                    |         | randomize=true, seed=7 |              |
|         | begin_repeat         | person  | Person      | Personne    |           |               | ${age} > 3     |              |          |                  |              |                    |                    |         |                        | ${age} - 18  |
|         | text                 | called  | Called      | Nom         |           |               |                | once(${name}) |         |                  |              |                    |                    |         |                        |              |
|         | begin_repeat         | child   | Child       | Enfant      |           |               |                |              |          |                  |              |                    |                    |         |                        |              |
|         | integer              | years   | Of ${called} | Ans        |           |               | ${called} != '' | position(..) |         |                  |              |                    |                    |         |                        |              |
|         | end_repeat           |         |             |             |           |               |                |              |          |                  |              |                    |                    |         |                        |              |
|         | calculate            | before  |             |             |           |               |                |              |          |                  |              |                    | indexed-repeat(${called}, ${person}, position(..) - 1) | | |          |
|         | end_repeat           |         |             |             |           |               |                |              |          |                  |              |                    |                    |         |                        |              |
|         | select_one ${called} | head    | Head        | Chef        |           |               |                |              |          |                  |              |                    |                    |         |                        |              |
|         | calculate            | grown   |             |             |           |               |                |              |          |                  |              |                    | count(/data/person/child[years > 17]) | | |                       |              |
|         | calculate            | label   |             |             |           |               |                |              |          |                  |              |                    | instance('towns')/root/item[name = ${town}]/label | | |           |              |
|         | calculate            | spoken  |             |             |           |               |                |              |          |                  |              |                    | jr:choice-name(${town}, '${town}') | | |                          |              |
|         | select_one_from_file far.csv | far | Far     | Loin        |           |               |                |              |          |                  |              |                    |                    |         |                        |              |
| choices |                      |         |             |             |           |               |                |              |          |                  |              |                    |                    |         |                        |              |
|         | list_name            | name    | label::Eng  | label::Fra  | two words |               |                |              |          |                  |              |                    |                    |         |                        |              |
|         | towns                | x       | X           | X           | a         |               |                |              |          |                  |              |                    |                    |         |                        |              |
|         | towns                | y       | Y           |             |           |               |                |              |          |                  |              |                    |                    |         |                        |              |
"#;

/// Writes the XML of a form; `None` where the form is refused.
fn convert(form: &Path, out: &Path) -> Option<()> {
    let (form, out) = (form.to_str().expect("a path"), out.to_str().expect("a path"));
    let output = baraza(Path::new("."), &["convert", form, "--to", "xform", "--out", out]);
    if output.status.code() == Some(2) {
        return None;
    }
    assert!(
        output.status.success(),
        "{form}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(())
}

/// Every form there is here, published and our own.
fn forms(folder: &Path) -> Result<Vec<PathBuf>> {
    let everything = folder.join("everything.md");
    std::fs::write(&everything, EVERYTHING)?;
    let mut forms = vec![
        everything,
        odk::repository().join("forms/library/community-security"),
    ];
    for entry in std::fs::read_dir(shared("xlsforms"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "xlsx") {
            forms.push(path);
        }
    }
    Ok(forms)
}

#[test]
fn odk_validate_accepts_every_form_that_is_imported() -> Result<()> {
    let Some(validator) = odk::validator() else {
        return Ok(());
    };
    let folder = tempdir()?;
    let mut written = Vec::new();
    for form in forms(folder.path())? {
        let stem = form
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        let xml = folder.path().join(format!("{stem}.xml"));
        match convert(&form, &xml) {
            Some(()) => written.push(xml),
            None => println!("{stem}: refused"),
        }
    }
    assert!(written.len() >= 12, "{} forms are imported", written.len());
    let output = Command::new("java")
        .arg("-jar")
        .arg(&validator)
        .args(&written)
        .output()?;
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(said.matches("Xform is valid!").count(), written.len(), "{said}");
    Ok(())
}

#[test]
fn a_refused_form_leaves_no_file() -> Result<()> {
    let folder = tempdir()?;
    let form = folder.path().join("bad.md");
    std::fs::write(
        &form,
        "| survey | | | |\n| | type | name | label |\n| | txt | a | A |",
    )?;
    let out = folder.path().join("bad.xml");
    assert_eq!(convert(&form, &out), None);
    assert!(!out.exists());
    Ok(())
}

#[test]
fn the_json_is_the_whole_form() -> Result<()> {
    let folder = tempdir()?;
    let form = folder.path().join("small.md");
    std::fs::write(
        &form,
        "| survey | | | | |\n| | type | name | label | calculation |\n| | text | a | A | |\n| | calculate | b | | ${a} |",
    )?;
    let output = baraza(folder.path(), &["convert", "small.md", "--to", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let whole: baraza_forms::Form = serde_json::from_value(json.clone())?;
    assert_eq!(whole.nodes.len(), 3);
    assert_eq!(whole.text(0, whole.nodes[1].label.expect("a label")), "A");
    assert_eq!(json["readers"]["1"], serde_json::json!([2]));
    Ok(())
}
