//! When the results change, and that nothing is a way round it.

use super::*;
use rusqlite::Connection;
use tempfile::tempdir;

fn releases(folder: &Path) -> Result<i64> {
    let database = Connection::open(folder.join("baraza.db"))?;
    Ok(database.query_row("SELECT count(*) FROM release", [], |row| row.get(0))?)
}

/// Asks often enough that whatever is due is made.
fn settle(server: &Server) -> Result<()> {
    for _ in 0..20 {
        found(server, &format!("{API}?question=safe"))?;
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn the_same(before: &BTreeMap<String, Vec<u8>>, now: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    for (path, bytes) in before {
        ensure!(now.get(path) == Some(bytes), "{path} changed");
    }
    Ok(())
}

#[test]
fn one_more_changes_nothing_and_enough_are_protected_beside_what_was_said() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path())?;
    send(&server, 0..400)?;
    let first = everything(&server)?;
    the_same(&first, &everything(&server)?).context("asked again")?;
    let tidy = format!("{PAGE}/tidy.csv?lang=ar");
    std::fs::write(folder.path().join("first.csv"), &first[&tidy])?;

    send(&server, 400..401)?;
    settle(&server)?;
    the_same(&first, &everything(&server)?).context("one more response")?;

    // A rejected response is as telling as one that came.
    let id = Uuid::from_u128(7 << 70).to_string();
    let rejected = baraza(
        folder.path(),
        &["responses", "review", &id, "rejected", "--by", "Ada"],
    );
    ensure!(rejected.status.success(), "{}", told(&rejected));
    settle(&server)?;
    the_same(&first, &everything(&server)?).context("one less response")?;

    // Fewer than one for twenty in the release.
    send(&server, 401..418)?;
    settle(&server)?;
    the_same(&first, &everything(&server)?).context("as many as are too few")?;
    ensure!(releases(folder.path())? == 1);

    send(&server, 418..425)?;
    let patience = Instant::now() + Duration::from_mins(2);
    while releases(folder.path())? == 1 {
        settle(&server)?;
        ensure!(Instant::now() < patience, "enough came, and nothing changed");
    }
    settle(&server)?;
    let second = everything(&server)?;
    ensure!(second[&tidy] != first[&tidy]);
    // The same as the command line makes of it beside the first, and not what it would make without.
    let beside = analysed(folder.path(), "beside", &["--earlier", "first.csv"])?;
    ensure!(second[&tidy] == beside, "not protected beside the first release");
    ensure!(
        analysed(folder.path(), "alone", &[])? != beside,
        "protection beside a release withholds nothing here"
    );
    let earlier = rows(&beside)?;
    let withheld = earlier
        .iter()
        .filter(|row| row["status"] == "withheld_earlier")
        .count();
    ensure!(withheld > 0);
    println!(
        "{withheld} of {} cells are withheld beside the first release",
        earlier.len()
    );
    let both = nobody_follows(&rows(&first[&tidy])?, &earlier)?;
    ensure!(both > 10, "{both} cells are in both");

    // Restarted at any moment, the same is served.
    server.kill()?;
    let server = serve_as(folder.path(), &[])?;
    the_same(&second, &everything(&server)?).context("after a restart")?;
    ensure!(releases(folder.path())? == 2);
    let database = Connection::open(folder.path().join("baraza.db"))?;
    let kept: i64 = database.query_row(
        "SELECT count(*) FROM release_file WHERE release_id = 1",
        [],
        |row| row.get(0),
    )?;
    ensure!(kept == 1, "{kept} files are kept of a release that is over");
    let verified = baraza(folder.path(), &["verify", "--db", "baraza.db"]);
    ensure!(verified.status.success(), "{}", told(&verified));
    Ok(())
}

/// No cell that both releases show differs by a few; how many these are.
fn nobody_follows(first: &[Row], second: &[Row]) -> Result<usize> {
    let key = |row: &Row| ["question", "category", "by", "domain"].map(|key| row[key].clone());
    let before: BTreeMap<_, _> = first.iter().map(|row| (key(row), row)).collect();
    let mut both = 0;
    for row in second.iter().filter(|row| row["statistic"] == "proportion") {
        let Some(then) = before.get(&key(row)) else {
            continue;
        };
        let count = |row: &Row| -> Option<(f64, f64)> {
            let (share, n): (f64, f64) = (row["estimate"].parse().ok()?, row["n"].parse().ok()?);
            (row["status"] != "rounded").then(|| ((share * n).round(), n))
        };
        let (Some((count_then, n_then)), Some((count_now, n_now))) = (count(then), count(row)) else {
            continue;
        };
        both += 1;
        let few = |now: f64, then: f64| (1.0..10.0).contains(&(now - then).abs());
        ensure!(
            !few(n_now, n_then)
                && !few(count_now, count_then)
                && !few(n_now - count_now, n_then - count_then),
            "{row:?} after {then:?}"
        );
    }
    Ok(both)
}

#[test]
fn a_restart_is_no_way_to_a_new_release() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path())?;
    send(&server, 0..200)?;
    let before = everything(&server)?;
    for more in 200..204 {
        send_and_restart(&folder, more)?;
        let server = serve_as(folder.path(), &[])?;
        the_same(&before, &everything(&server)?).with_context(|| format!("after {more}"))?;
    }
    ensure!(releases(folder.path())? == 1);

    // A release that another version wrote in another way is made anew, beside itself.
    let database = Connection::open(folder.path().join("baraza.db"))?;
    let spoilt = "UPDATE release_file SET content = x'00' WHERE name = 'found.json'";
    ensure!(database.execute(spoilt, [])? == 1);
    let server = serve_as(folder.path(), &[])?;
    let tidy = format!("{PAGE}/tidy.csv?lang=ar");
    let now = rows(&found(&server, &tidy)?)?;
    ensure!(releases(folder.path())? == 2);
    let earlier = now.iter().filter(|row| row["status"] == "withheld_earlier");
    ensure!(earlier.count() > 0, "four more are told of");
    nobody_follows(&rows(&before[&tidy])?, &now)?;
    Ok(())
}

/// One response comes while another server serves; it is killed.
fn send_and_restart(folder: &tempfile::TempDir, number: u64) -> Result<()> {
    let server = serve_as(folder.path(), &[])?;
    send(&server, number..number + 1)?;
    settle(&server)?;
    server.kill()
}
