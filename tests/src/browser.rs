//! Chromium at phone size, on a fresh profile or on one that outlives it.

use crate::cdp::{Gone, Tab};
use anyhow::{Context, Result};
use headless_chrome::browser::DEFAULT_ARGS;
use headless_chrome::protocol::cdp::Emulation;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::{TempDir, tempdir};

/// Where Chromium is, if it is on this machine. In CI its absence is a failure, elsewhere the browser tests are skipped.
pub fn chromium() -> Option<PathBuf> {
    let named = std::env::var("CHROMIUM").ok().map(PathBuf::from);
    let usual = [
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    ]
    .map(PathBuf::from);
    let found = named.into_iter().chain(usual).find(|path| path.exists());
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "Chromium is missing, and CI has to have it"
        );
        eprintln!("SKIPPED: Chromium is not on this machine (install 'chromium', or name it in CHROMIUM)");
    }
    found
}

/// A browser of its own for each test.
pub struct Browser {
    /// Where it takes its orders: `http://127.0.0.1:PORT`.
    address: String,
    processes: Processes,
}

/// All processes of one browser: it leads a process group of its own, and what it starts stays in there.
struct Processes {
    first: Child,
    /// A profile that goes with the browser.
    fresh: Option<TempDir>,
}

impl Browser {
    /// Starts Chromium on a profile that nobody used before and nobody will after.
    pub fn start(path: &Path) -> Result<Self> {
        let fresh = tempdir()?;
        let mut browser = Self::start_with(path, fresh.path())?;
        browser.processes.fresh = Some(fresh);
        Ok(browser)
    }

    /// Starts Chromium on the profile in a folder, which keeps what a phone's browser would keep.
    pub fn start_with(path: &Path, profile: &Path) -> Result<Self> {
        let more = [
            "--headless",
            "--no-sandbox",
            "--disable-setuid-sandbox",
            "--disable-gpu",
            "--disable-component-update",
            "--disable-quic",
            "--ignore-certificate-errors",
            "--remote-debugging-port=0",
            // After a kill it would offer to restore what was open.
            "--hide-crash-restore-bubble",
        ];
        let mut first = Command::new(path)
            .args(DEFAULT_ARGS)
            .args(more)
            .arg(format!("--user-data-dir={}", profile.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .with_context(|| path.display().to_string())?;
        let says = first.stderr.take();
        let processes = Processes { first, fresh: None };
        let address = debugging_address(says.context("what it says")?)?;
        Ok(Self { address, processes })
    }

    /// Ends all its processes at once with SIGKILL, as an empty battery does: nothing is closed, nothing is written.
    pub fn kill(mut self) -> Result<()> {
        self.processes.kill()
    }

    /// For those who kill it from elsewhere: its process group.
    pub fn group(&self) -> u32 {
        self.processes.first.id()
    }

    /// A page of a size in CSS pixels.
    pub fn page(&self, width: u32, height: u32) -> Result<Page> {
        let tab = Arc::new(Tab::open(&self.address)?);
        let page = Page { tab };
        page.resize(width, height, 1.0)?;
        Ok(page)
    }
}

impl Processes {
    fn kill(&mut self) -> Result<()> {
        let group = self.first.id();
        kill_group(group)?;
        self.first.wait()?;
        let patience = Instant::now() + Duration::from_secs(20);
        while !members(group)?.is_empty() {
            anyhow::ensure!(Instant::now() < patience, "Chromium outlives SIGKILL");
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        let _ = self.kill();
        drop(self.fresh.take());
    }
}

/// Sends SIGKILL to all processes of a group.
pub fn kill_group(group: u32) -> Result<()> {
    Command::new("kill")
        .args(["-KILL", "--", &format!("-{group}")])
        .stderr(Stdio::null())
        .status()?;
    Ok(())
}

/// Processes of a group that still run; those that only wait to be counted out don't.
fn members(group: u32) -> Result<Vec<u32>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc")?.flatten() {
        let Ok(id) = entry.file_name().to_string_lossy().parse::<u32>() else {
            continue;
        };
        // It may be gone by now.
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else {
            continue;
        };
        // The name in brackets may hold anything: state, parent and group come after it.
        let after = stat.rsplit_once(')').map(|(_, after)| after).unwrap_or_default();
        let mut fields = after.split_whitespace();
        let (state, of) = (fields.next(), fields.nth(1));
        if state != Some("Z") && of == Some(&group.to_string()) {
            found.push(id);
        }
    }
    Ok(found)
}

/// Where the browser takes its orders, as it says at the start.
fn debugging_address(says: ChildStderr) -> Result<String> {
    let mut lines = BufReader::new(says).lines();
    let mut said = String::new();
    for line in lines.by_ref().map_while(Result::ok) {
        if let Some((_, address)) = line.split_once("listening on ws://") {
            let host = address.split('/').next().unwrap_or_default();
            let address = format!("http://{host}");
            // A pipe that nobody empties would stop the browser.
            std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
            return Ok(address);
        }
        said += &line;
        said.push('\n');
    }
    anyhow::bail!("Chromium does not start: {said}")
}

/// One page.
pub struct Page {
    /// The tab, for what has no word of its own here.
    pub tab: Arc<Tab>,
}

impl Page {
    /// Makes the screen another size in CSS pixels, with so many of the screen's pixels to one of them.
    pub fn resize(&self, width: u32, height: u32, scale: f64) -> Result<()> {
        self.tab.call_method(Emulation::SetDeviceMetricsOverride {
            width,
            height,
            device_scale_factor: scale,
            mobile: width < 700,
            scale: None,
            screen_width: None,
            screen_height: None,
            position_x: None,
            position_y: None,
            dont_set_visible_size: None,
            screen_orientation: None,
            viewport: None,
            display_feature: None,
            device_posture: None,
        })?;
        Ok(())
    }

    /// Evaluates JavaScript; a promise is awaited.
    pub fn eval(&self, script: &str) -> Result<serde_json::Value> {
        self.tab.evaluate(script).with_context(|| script.to_owned())
    }

    /// Evaluates JavaScript that gives a text.
    pub fn text(&self, script: &str) -> Result<String> {
        Ok(self.eval(script)?.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until a condition in JavaScript holds.
    pub fn wait_for(&self, condition: &str) -> Result<()> {
        for _ in 0..600 {
            match self.eval(condition) {
                Ok(value) if value.as_bool() == Some(true) => return Ok(()),
                // The browser was killed; anything else may be a page that is on its way.
                Err(error) if error.is::<Gone>() => return Err(error),
                _ => {}
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        anyhow::bail!(
            "never came true: {condition}; the page says: {}",
            self.text("document.body.innerText")?
        )
    }

    /// Saves a picture of the page where `BARAZA_SHOTS` names a folder.
    pub fn shot(&self, name: &str) -> Result<()> {
        if let Some(folder) = std::env::var_os("BARAZA_SHOTS") {
            let png = self.tab.picture()?;
            std::fs::create_dir_all(&folder)?;
            std::fs::write(Path::new(&folder).join(format!("{name}.png")), png)?;
        }
        Ok(())
    }
}
