//! Chromium with a fresh profile at phone size.

use anyhow::{Context, Result};
use headless_chrome::protocol::cdp::Emulation;
use headless_chrome::protocol::cdp::Page::CaptureScreenshotFormatOption;
use headless_chrome::{LaunchOptions, Tab};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

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
    browser: headless_chrome::Browser,
}

impl Browser {
    /// Starts Chromium.
    pub fn start(path: &Path) -> Result<Self> {
        let more = [
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-quic",
            "--disable-dev-shm-usage",
        ];
        let options = LaunchOptions::default_builder()
            .path(Some(path.to_owned()))
            .sandbox(false)
            .idle_browser_timeout(Duration::from_mins(5))
            .args(more.iter().map(OsStr::new).collect())
            .build()?;
        Ok(Self {
            browser: headless_chrome::Browser::new(options)?,
        })
    }

    /// A page of a size in CSS pixels.
    pub fn page(&self, width: u32, height: u32) -> Result<Page> {
        let tab = self.browser.new_tab()?;
        tab.set_default_timeout(Duration::from_secs(30));
        tab.call_method(Emulation::SetDeviceMetricsOverride {
            width,
            height,
            device_scale_factor: 1.0,
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
        Ok(Page { tab })
    }
}

/// One page.
pub struct Page {
    /// The tab, for what has no word of its own here.
    pub tab: Arc<Tab>,
}

impl Page {
    /// Evaluates JavaScript; a promise is awaited.
    pub fn eval(&self, script: &str) -> Result<serde_json::Value> {
        let object = self
            .tab
            .evaluate(script, true)
            .with_context(|| script.to_owned())?;
        Ok(object.value.unwrap_or_default())
    }

    /// Evaluates JavaScript that gives a text.
    pub fn text(&self, script: &str) -> Result<String> {
        Ok(self.eval(script)?.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until a condition in JavaScript holds.
    pub fn wait_for(&self, condition: &str) -> Result<()> {
        for _ in 0..600 {
            if self.eval(condition).unwrap_or_default().as_bool() == Some(true) {
                return Ok(());
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
            let png = self
                .tab
                .capture_screenshot(CaptureScreenshotFormatOption::Png, None, None, true)?;
            std::fs::create_dir_all(&folder)?;
            std::fs::write(Path::new(&folder).join(format!("{name}.png")), png)?;
        }
        Ok(())
    }
}
