//! What it costs: bytes to the phone, memory of the server, time to the first answer. Printed by CI.

use anyhow::Result;
use baraza_tests::rig::Proxy;
use baraza_tests::{Browser, Phone, Server, chromium};
use std::time::{Duration, Instant};
use tempfile::tempdir;

/// All files of the first load of the default survey in one language, headers included, as they cross the network.
const MOST_KB: f64 = 60.0;

#[test]
fn the_first_load_of_the_default_survey_is_light() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let server = Server::start(folder.path(), &[])?;
    for language in ["en", "ar"] {
        let browser = Browser::start(&chromium)?;
        let phone = Phone::open(
            &browser,
            &format!("{}/s/community-security?lang={language}", server.url),
        )?;
        let entries = phone.page.eval(
            "JSON.stringify([...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
                .map(({ name, transferSize, decodedBodySize }) => [name, transferSize, decodedBodySize]))",
        )?;
        let entries: Vec<(String, f64, f64)> = serde_json::from_str(entries.as_str().unwrap_or("[]"))?;
        let sent: f64 = entries.iter().map(|(_, sent, _)| sent).sum();
        let unpacked: f64 = entries.iter().map(|(_, _, unpacked)| unpacked).sum();
        for (name, sent, unpacked) in &entries {
            println!(
                "  {sent:>6.0} of {unpacked:>6.0} bytes  {}",
                name.trim_start_matches(&server.url)
            );
            let counted = entries
                .iter()
                .any(|(other, sent, _)| other == name && *sent > 0.0);
            assert!(counted, "{name} was not counted");
        }
        println!(
            "first load, {language}: {:.1} KB in {} requests, gzip as over plain http ({:.1} KB unpacked); budget {MOST_KB} KB",
            sent / 1000.0,
            entries.len(),
            unpacked / 1000.0
        );
        assert!(sent / 1000.0 <= MOST_KB, "{:.1} KB", sent / 1000.0);
    }
    Ok(())
}

/// Also what the service worker fetches after the first question, so that the phone can do without a network: hiding,
/// sending, drafts, the outbox as a file. Counted on the network itself, since the page does not see all of it.
#[test]
fn all_that_the_first_visit_fetches_is_light() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let server = Server::start(folder.path(), &[])?;
    for language in ["en", "ar"] {
        let network = Proxy::before(server.port())?;
        let browser = Browser::start(&chromium)?;
        let phone = Phone::open(
            &browser,
            &format!("{}/s/community-security?lang={language}", network.url),
        )?;
        phone.page.wait_for("document.body.dataset.offline === 'true'")?;
        let mut before = 0;
        while network.carried() > before {
            before = network.carried();
            std::thread::sleep(Duration::from_secs(2));
        }
        let carried = before as f64 / 1000.0;
        println!(
            "first load with all that is kept for the time without a network, {language}: {carried:.1} KB in {} requests; budget {MOST_KB} KB",
            network.seen().len()
        );
        assert!(carried <= MOST_KB, "{:?}", network.seen());
    }
    Ok(())
}

#[test]
fn the_server_is_small_and_answers_soon() -> Result<()> {
    let folder = tempdir()?;
    let started = Instant::now();
    let server = Server::start(folder.path(), &[])?;
    let page = ureq::get(format!("{}/s/community-security", server.url)).call()?;
    assert_eq!(page.status().as_u16(), 200);
    let first = started.elapsed();
    for path in ["form", "texts/0", "texts/1", "texts/2", "texts/3", "texts/4"] {
        ureq::get(format!("{}/api/surveys/community-security/{path}", server.url)).call()?;
    }
    std::thread::sleep(Duration::from_secs(1));
    let (resident, own) = (server.resident_kb()?, server.memory_kb("RssAnon:")?);
    println!(
        "start to first answer, database made and survey published: {:.0} ms",
        first.as_secs_f64() * 1000.0
    );
    println!(
        "idle resident memory after a form was served: {:.1} MB, of which {:.1} MB are not pages of the binary",
        resident as f64 / 1024.0,
        own as f64 / 1024.0
    );
    assert!(own < 16 * 1024, "{own} kB");
    // A debug build has pages of its own kind, many times those of the binary that is used.
    if std::env::var_os("BARAZA_BIN").is_some() {
        assert!(resident < 40 * 1024, "{resident} kB");
    }
    Ok(())
}
