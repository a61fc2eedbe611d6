//! A disk that is full, or can't be written to.

use super::{ensure_once, health, in_time, send, serve};
use anyhow::{Result, ensure};
use baraza_tests::load;
use baraza_tests::{Server, baraza, told};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::{TempDir, tempdir};

/// A small disk of its own, where this user may make one.
struct Disk(TempDir);

impl Disk {
    fn of(megabytes: u32) -> Result<Option<Self>> {
        let folder = tempdir()?;
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "baraza-test"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status();
        if mounted.is_ok_and(|status| status.success()) {
            return Ok(Some(Self(folder)));
        }
        println!("left out: a small disk can only be mounted as root, on Linux");
        Ok(None)
    }

    fn at(&self) -> &Path {
        self.0.path()
    }

    /// Fills it, but for so many kilobytes.
    fn fill(&self, but: u64) -> Result<PathBuf> {
        use std::io::Write;
        let path = self.at().join("filler");
        let mut file = std::fs::File::create(&path)?;
        while file.write_all(&[7; 4096]).is_ok() {}
        let size = file.metadata()?.len();
        file.set_len(size.saturating_sub(but << 10))?;
        Ok(path)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.at()).status();
    }
}

#[test]
fn a_full_disk_is_told_and_when_it_has_room_again_it_goes_on_by_itself() -> Result<()> {
    let Some(disk) = Disk::of(16)? else { return Ok(()) };
    let at = disk.at();
    std::fs::write(at.join("f.md"), load::FORM)?;
    let server = serve(at, &[])?;
    let mut acknowledged = send(server.port(), 0, 100)?.acknowledged;
    let filler = disk.fill(0)?;
    // The server's own log is on that disk as well. What SQLite has of its log takes some more; then nothing does.
    let mut next = 100;
    in_time("the disk's end", || {
        let sent = send(server.port(), next, 20)?;
        next = sent.next;
        acknowledged.extend(&sent.acknowledged);
        let refused = sent.others.get(&503).copied().unwrap_or_default();
        ensure!(
            sent.broken == 0 && sent.others.keys().all(|status| *status == 503),
            "{:?}, {} without an answer",
            sent.others,
            sent.broken
        );
        Ok(refused == 20)
    })?;
    let (status, said) = health(&server)?;
    ensure!(status == 503 && said["status"] == "degraded", "{said}");
    ensure!(
        said["trouble"].as_str().is_some_and(|why| why.contains("full")),
        "{said}"
    );
    ensure!(
        server.get("/s/household", &[])?.status() == 200,
        "forms are given out still"
    );
    std::fs::remove_file(filler)?;
    in_time("good health", || Ok(health(&server)?.0 == 200))?;
    let sent = send(server.port(), next, 100)?;
    ensure!(sent.acknowledged.len() == 100, "{:?}", sent.others);
    acknowledged.extend(&sent.acknowledged);
    server.stop()?;
    println!(
        "{} acknowledged before, while and after the disk was full; all there once",
        acknowledged.len()
    );
    ensure_once(at, "baraza.db", &acknowledged)
}

#[test]
fn what_is_killed_while_its_disk_is_full_has_all_that_it_acknowledged() -> Result<()> {
    let Some(disk) = Disk::of(16)? else { return Ok(()) };
    let at = disk.at();
    std::fs::write(at.join("f.md"), load::FORM)?;
    let server = serve(at, &[])?;
    let mut acknowledged = send(server.port(), 0, 100)?.acknowledged;
    let filler = disk.fill(64)?;
    let mut next = 100;
    in_time("the disk's end", || {
        let sent = send(server.port(), next, 20)?;
        next = sent.next;
        acknowledged.extend(&sent.acknowledged);
        Ok(sent.others.contains_key(&503))
    })?;
    server.kill()?;
    // Whether it starts on a disk without room hangs on what has to be written; it must not take anything it can't keep.
    if let Ok(server) = Server::start(at, &[]) {
        let sent = send(server.port(), 4000, 20)?;
        acknowledged.extend(&sent.acknowledged);
        server.kill()?;
    }
    // With room again it starts as ever.
    std::fs::remove_file(filler)?;
    let server = Server::start(at, &[])?;
    ensure!(send(server.port(), 5000, 10)?.acknowledged.len() == 10);
    server.stop()?;
    ensure_once(at, "baraza.db", &acknowledged)
}

#[test]
fn a_database_that_can_not_be_written_is_told_and_left_as_it_is() -> Result<()> {
    let Some(disk) = Disk::of(16)? else { return Ok(()) };
    let at = disk.at();
    std::fs::write(at.join("f.md"), load::FORM)?;
    let server = serve(at, &[])?;
    ensure!(send(server.port(), 0, 10)?.acknowledged.len() == 10);
    server.stop()?;
    let before = std::fs::read(at.join("baraza.db"))?;
    let remount = |how: &str| -> Result<()> {
        let status = Command::new("mount").args(["-o", how]).arg(at).status()?;
        ensure!(status.success(), "{how}");
        Ok(())
    };
    remount("remount,ro")?;
    let output = baraza(at, &["serve", "--listen", "127.0.0.1:0"]);
    ensure!(output.status.code() == Some(1), "{}", told(&output));
    ensure!(
        told(&output).contains("written") || told(&output).contains("may who runs this"),
        "{}",
        told(&output)
    );
    // What only reads works all the same.
    let verified = baraza(at, &["verify"]);
    ensure!(verified.status.success(), "{}", told(&verified));
    remount("remount,rw")?;
    ensure!(std::fs::read(at.join("baraza.db"))? == before, "it was changed");
    let server = Server::start(at, &[])?;
    ensure!(send(server.port(), 10, 10)?.acknowledged.len() == 10);
    server.stop()?;
    ensure_once(at, "baraza.db", &(0..20).collect::<Vec<_>>())
}
