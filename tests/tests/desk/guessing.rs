//! Guessing passwords: slowed down, telling nothing, and costing little.

use crate::PASSWORD;
use anyhow::Result;
use baraza_tests::Server;
use baraza_tests::desk::{Visitor, administrator, written};
use tempfile::tempdir;

#[test]
fn guessing_is_slowed_down_and_tells_nothing() -> Result<()> {
    let folder = tempdir()?;
    let server = Server::start(folder.path(), &[])?;
    administrator(&server, "Amina", PASSWORD)?;
    let mut texts = Vec::new();
    for name in ["Amina", "Nobody"] {
        let mut guesser = Visitor::new(&server);
        let guess = [("name", name), ("password", "not the right one")];
        for _ in 0..5 {
            let got = guesser.post("/desk/sign-in", &guess)?;
            assert_eq!(got.status, 401);
            texts.push(got.text.replace(name, "NAME"));
        }
        let got = guesser.post("/desk/sign-in", &guess)?;
        assert_eq!(got.status, 429);
        assert!(
            got.text.contains("Too many tries. Please wait 15 minutes"),
            "{}",
            got.text
        );
        assert!(got.headers.contains_key("retry-after"));
        texts.push("429".into());
    }
    let (known, unknown) = texts.split_at(6);
    assert_eq!(
        known, unknown,
        "whether there is such an account makes no difference"
    );
    // Also with the right password from there, and not from elsewhere.
    let right = [("name", "amina"), ("password", PASSWORD)];
    assert_eq!(Visitor::new(&server).post("/desk/sign-in", &right)?.status, 429);
    let form = written(&right);
    let elsewhere = Visitor::new(&server).ask(
        "POST",
        "/desk/sign-in",
        &[
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-forwarded-for", "192.0.2.7"),
        ],
        form.as_bytes(),
    )?;
    assert_eq!(elsewhere.status, 303, "{elsewhere:?}");
    Ok(())
}

#[test]
fn many_sign_ins_at_once_take_no_more_memory_than_a_few() -> Result<()> {
    let folder = tempdir()?;
    let server = Server::start(folder.path(), &[])?;
    let before = server.resident_kb()?;
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..60)
            .map(|n: u32| {
                let server = &server;
                scope.spawn(move || -> Result<u16> {
                    let form = format!("name=someone{n}&password=wrong");
                    let from = format!("192.0.2.{n}");
                    let got = Visitor::new(server).ask(
                        "POST",
                        "/desk/sign-in",
                        &[
                            ("content-type", "application/x-www-form-urlencoded"),
                            ("x-forwarded-for", &from),
                        ],
                        form.as_bytes(),
                    )?;
                    Ok(got.status)
                })
            })
            .collect();
        let statuses = tries.into_iter().map(|one| one.join().expect("no panic"));
        statuses.collect::<Result<_>>()
    })?;
    assert!(
        statuses.iter().all(|status| matches!(status, 401 | 503)),
        "{statuses:?}"
    );
    let highest = server.memory_kb("VmHWM:")?;
    println!("60 sign-ins at once: {} KB more at the highest", highest - before);
    // One hash of 19 MB at a time, and some room: sixty at once would take 1.1 GB.
    assert!(highest - before < 60_000, "{} KB", highest - before);
    Ok(())
}
