//! What the results say is what the analysis says, in every shape, and what it withholds stands nowhere.

use super::*;
use baraza_tests::desk::Visitor;
use std::io::Read;
use tempfile::tempdir;

const FIGURES: [&str; 7] = ["estimate", "se", "ci_low", "ci_high", "n", "df", "deff"];

#[test]
fn pages_files_and_analyse_say_the_same() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path())?;
    send(&server, 0..600)?;
    let tidy = found(&server, &format!("{PAGE}/tidy.csv"))?;
    let other = analysed(folder.path(), "t", &[])?;
    ensure!(tidy == other, "another release than that of 'baraza analyse'");
    for (name, file) in [
        ("tests.csv", "tests.csv"),
        ("differences.csv", "differences.csv"),
        ("tables.json", "tables.json"),
    ] {
        let ours = found(&server, &format!("{PAGE}/{name}"))?;
        ensure!(
            ours == std::fs::read(folder.path().join("t").join(file))?,
            "{name}"
        );
    }
    let tidy = rows(&tidy)?;
    let withheld = tidy
        .iter()
        .filter(|row| row["status"].starts_with("withheld"))
        .count();
    ensure!(withheld > 20 && tidy.len() > 200, "{withheld} of {}", tidy.len());
    let mut seen = 0;
    for question in QUESTIONS {
        for by in BY {
            let query = format!("?question={question}&by={by}&lang=en");
            let name = by.replace("gender-age", "gender*age");
            let of =
                |row: &&Row| row["question"] == question && (row["by"] == "overall" || row["by"] == name);
            let wanted: Vec<&Row> = tidy.iter().filter(of).collect();
            let csv = rows(&found(&server, &format!("{PAGE}/table.csv{query}"))?)?;
            ensure!(csv.iter().collect::<Vec<_>>() == wanted, "{query}");
            seen += same_in_json(&server, &query, &wanted)?;
            same_in_page(&server, &query, &wanted)?;
            same_in_workbook(&server, &query, &wanted)?;
            same_in_chart(&server, &query, &wanted, by)?;
        }
    }
    ensure!(seen > 400, "{seen}");
    Ok(())
}

/// Cell by cell; a withheld one has no figure of any kind.
fn same_in_json(server: &Server, query: &str, wanted: &[&Row]) -> Result<usize> {
    let said = text(server, &format!("{API}{query}"))?;
    let json: Value = serde_json::from_str(&said)?;
    let cells = json["tables"][0]["cells"].as_array().context("cells")?;
    ensure!(cells.len() == wanted.len(), "{query}: {} cells", cells.len());
    for (cell, row) in cells.iter().zip(wanted) {
        let domain = &json["domains"][cell["domain"].as_u64().context("a domain")? as usize];
        ensure!(
            domain["code"] == row["domain"] && cell["status"] == row["status"],
            "{cell} {row:?}"
        );
        let ends = [("ci_low", &cell["ci"][0]), ("ci_high", &cell["ci"][1])];
        let more = ["estimate", "se", "n", "df", "deff"].map(|key| (key, &cell[key]));
        for (key, value) in ends.into_iter().chain(more) {
            let wanted = row[key].parse::<f64>().ok();
            let same = match (value.as_f64(), wanted) {
                // This reader of JSON may miss the last digit; it stands in the text.
                (Some(value), Some(wanted)) => {
                    (value - wanted).abs() <= 1e-15 * wanted.abs() && said.contains(&row[key])
                }
                (value, wanted) => value.is_none() && wanted.is_none(),
            };
            ensure!(same, "{query} {key}: {value} beside {row:?}");
        }
        if row["status"].starts_with("withheld") {
            ensure!(FIGURES.iter().all(|key| row[*key].is_empty()), "{row:?}");
        }
    }
    Ok(cells.len())
}

/// The rows of the table in the page, in their order by answer and group.
fn same_in_page(server: &Server, query: &str, wanted: &[&Row]) -> Result<()> {
    let page = text(server, &format!("{PAGE}{query}"))?;
    ensure!(
        !page.contains("<of>") && !page.contains("\"cattle\""),
        "markup in a label"
    );
    let table = page
        .split("<table>")
        .nth(1)
        .and_then(|rest| rest.split("</table>").next());
    let shown: Vec<Vec<&str>> = table
        .context("a table")?
        .split("<th scope=\"row\">")
        .skip(1)
        .map(|row| {
            let cells = row.split("<span>").skip(1);
            cells.filter_map(|rest| rest.split("</span>").next()).collect()
        })
        .collect();
    ensure!(shown.len() == wanted.len(), "{query}: {} rows", shown.len());
    let mut wanted: Vec<&&Row> = wanted.iter().collect();
    let order: Vec<&str> = wanted.iter().map(|row| row["category"].as_str()).collect();
    let place = |row: &Row| order.iter().position(|category| *category == row["category"]);
    wanted.sort_by_key(|row| place(row));
    for (cells, row) in shown.iter().zip(wanted) {
        if row["estimate"].is_empty() {
            ensure!(cells[..] == ["—"], "{query}: {cells:?} for {row:?}");
            continue;
        }
        ensure!(
            cells.len() == 3 && cells[2] == row["n"],
            "{query}: {cells:?} for {row:?}"
        );
        let value: f64 = row["estimate"].parse()?;
        let shown = match row["statistic"].as_str() {
            "mean" => format!("{value:.1}"),
            _ if value > 0.0 && value < 0.005 => "<1\u{a0}%".into(),
            _ if (0.995..1.0).contains(&value) => ">99\u{a0}%".into(),
            _ => format!("{}\u{a0}%", (value * 100.0).round()),
        };
        ensure!(
            cells[0] == shown.replace('<', "&#60;").replace('>', "&#62;"),
            "{query}: {cells:?} for {row:?}"
        );
    }
    Ok(())
}

fn same_in_workbook(server: &Server, query: &str, wanted: &[&Row]) -> Result<()> {
    let book = found(server, &format!("{PAGE}/table.xlsx{query}"))?;
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(book))?;
    let mut sheet = String::new();
    zip.by_name("xl/worksheets/sheet1.xml")?
        .read_to_string(&mut sheet)?;
    // Numbers are cells without a type, texts have one.
    let numbers = sheet
        .split("<c ")
        .filter(|cell| cell.contains("<v>") && !cell.contains("t=\"s\""))
        .filter_map(|cell| cell.split("<v>").nth(1)?.split("</v>").next())
        .map(str::parse)
        .collect::<Result<Vec<f64>, _>>()?;
    let figures = wanted
        .iter()
        .flat_map(|row| ["estimate", "ci_low", "ci_high", "n"].map(|key| row[key].as_str()));
    let figures = figures
        .filter(|figure| !figure.is_empty())
        .map(str::parse)
        .collect::<Result<Vec<f64>, _>>()?;
    ensure!(
        numbers.len() == figures.len(),
        "{query}: {} numbers, {} figures",
        numbers.len(),
        figures.len()
    );
    let apart = |(a, b): (&f64, &f64)| (a - b).abs() > 1e-12;
    ensure!(!numbers.iter().zip(&figures).any(apart), "{query}");
    Ok(())
}

/// A file that needs no other, with a broken line or a dash for what is withheld.
fn same_in_chart(server: &Server, query: &str, wanted: &[&Row], by: &str) -> Result<()> {
    let chart = text(server, &format!("{PAGE}/table.svg{query}"))?;
    ensure!(
        chart.starts_with("<svg xmlns=") && chart.contains("font-family"),
        "{query}"
    );
    ensure!(
        !chart.contains("http") || chart.matches("http").count() == 1,
        "{query} names another file"
    );
    let overall = wanted
        .iter()
        .filter(|row| row["by"] == "overall" && row["estimate"].is_empty())
        .count();
    if by == "overall" {
        ensure!(!chart.contains("<of>"), "markup in a label");
        ensure!(chart.matches(">—</text>").count() == overall, "{query}: {chart}");
    }
    Ok(())
}

#[test]
fn what_is_not_there_is_told_in_words() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path())?;
    let (status, few) = get(&server, &format!("{PAGE}?lang=en"))?;
    ensure!(status == 200 && String::from_utf8_lossy(&few).contains("once 25 answers count"));
    // There is a way back, in the language of the desk, also where the survey does not speak it.
    ensure!(String::from_utf8_lossy(&few).contains("href=\"/desk/surveys/night\">Back to the desk"));
    let speaks = |own: &str| {
        Visitor::with(
            &server,
            &format!("baraza-desk={SESSION}; baraza-desk-language={own}"),
        )
    };
    let few = speaks("sw").get(PAGE)?;
    ensure!(
        few.status == 200
            && few.text.contains("<html lang=\"sw\"")
            && few.text.contains("Rudi kwenye dawati"),
        "{few:?}"
    );
    let (status, few) = get(&server, API)?;
    ensure!(status == 409 && String::from_utf8_lossy(&few).contains("once 25 responses count"));
    send(&server, 0..60)?;
    let told = |path: &str, words: &str| -> Result<()> {
        let (status, bytes) = get(&server, path)?;
        let said = String::from_utf8_lossy(&bytes).into_owned();
        ensure!(status == 404 && said.contains(words), "{path}: {status} {said}");
        Ok(())
    };
    std::thread::sleep(Duration::from_millis(50));
    let ready = Instant::now();
    while get(&server, API)?.0 != 200 {
        ensure!(ready.elapsed() < Duration::from_mins(1));
        std::thread::sleep(Duration::from_millis(100));
    }
    // The desk's language is that of its results, where the survey has it and the address names no other.
    for (own, query, wanted) in [("ar", "", "ar"), ("ar", "?lang=en", "en"), ("sw", "", "en")] {
        let got = speaks(own).get(&format!("{PAGE}{query}"))?;
        ensure!(
            got.status == 200 && got.text.contains(&format!("<html lang=\"{wanted}\"")),
            "{own} {query}: {got:?}"
        );
    }
    told(
        &format!("{PAGE}?lang=en&question=nothing"),
        "There is no such question",
    )?;
    told(
        &format!("{PAGE}?lang=en&question=safe&by=members"),
        "not divided in this way",
    )?;
    told(&format!("{API}?question=nothing"), "no such question")?;
    told(
        &format!("{API}?question=safe&by=gender*area"),
        "by can be overall, gender, age, area, gender-age",
    )?;
    told("/api/v1/surveys/nowhere/results", "Not Found")?;
    for path in [
        "/table.csv?question=safe&by=round",
        "/table.pdf?question=safe",
        "/answers.csv",
    ] {
        told(&format!("{PAGE}{path}"), "<!doctype html>")?;
    }
    told("/desk/surveys/nowhere/results", "<!doctype html>")?;
    let listed: Value = serde_json::from_slice(&found(&server, API)?)?;
    ensure!(
        listed["by"] == json!(BY)
            && listed["questions"]
                .as_array()
                .is_some_and(|all| all.len() == QUESTIONS.len())
    );
    Ok(())
}

#[test]
fn results_are_for_those_who_have_signed_in() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path())?;
    send(&server, 0..60)?;
    found(&server, API)?;
    let nobody = Visitor::new(&server);
    for path in [PAGE, "/desk/surveys/night/results/tidy.csv"] {
        let got = nobody.get(path)?;
        ensure!(
            got.status == 303 && got.location.starts_with("/desk/sign-in?next="),
            "{path}: {got:?}"
        );
    }
    let got = nobody.get(API)?;
    ensure!(
        got.status == 401 && got.text.contains("bring a token along"),
        "{got:?}"
    );
    Ok(())
}

#[test]
fn rounds_are_compared_within_the_one_release() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path())?;
    send_as(&server, 0..300, "2026-08", one_of_many)?;
    send_as(&server, 300..600, "2026-11", one_of_many)?;
    let json: Value = serde_json::from_slice(&found(&server, &format!("{API}?question=safe&by=round"))?)?;
    let domains: Vec<_> = json["domains"]
        .as_array()
        .context("domains")?
        .iter()
        .map(|domain| domain["label"].clone())
        .collect();
    ensure!(
        domains[1..] == [json!("2026-Q3"), json!("2026-Q4")],
        "{domains:?}"
    );
    let tidy = rows(&found(&server, &format!("{PAGE}/tidy.csv"))?)?;
    let round = tidy
        .iter()
        .filter(|row| row["by"] == "_round" && row["question"] == "safe");
    ensure!(round.count() == 6);
    let page = text(&server, &format!("{PAGE}?question=safe&by=round&lang=en"))?;
    ensure!(
        page.contains("No difference between these groups is more than chance"),
        "{page}"
    );
    let page = text(&server, &format!("{PAGE}?question=safe&by=gender&lang=en"))?;
    ensure!(
        page.contains("differ by more than chance") && page.contains("higher than Man"),
        "{page}"
    );
    ensure!(page.contains("not a probability sample"));
    let crossed = text(&server, &format!("{PAGE}?question=safe&by=gender-age&lang=en"))?;
    ensure!(crossed.contains("is not told: they are crossed"));
    Ok(())
}
