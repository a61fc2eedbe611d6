//! Somebody at the desk, with a real browser.

#![allow(dead_code, reason = "other rooms of tests use some of it")]

use anyhow::{Context, Result, ensure};
use baraza_tests::{AXE_JUDGE, Browser, Page, Server, axe};
use serde_json::json;
use std::path::Path;

/// One person's browser.
pub struct Person<'a> {
    /// Ends with the person.
    _browser: Browser,
    pub page: Page,
    pub server: &'a Server,
    axe: Option<String>,
}

impl<'a> Person<'a> {
    pub fn new(chromium: &Path, server: &'a Server) -> Result<Self> {
        let browser = Browser::start(chromium)?;
        Ok(Self {
            page: browser.page(360, 640)?,
            _browser: browser,
            server,
            axe: axe(),
        })
    }

    pub fn open(&self, path: &str) -> Result<()> {
        let url = format!("{}{path}", self.server.url);
        self.page.tab.navigate_to(&url)?.wait_until_navigated()?;
        self.page.wait_for("document.readyState === 'complete'")
    }

    pub fn sees(&self, words: &str) -> Result<()> {
        self.page.wait_for(&format!(
            "document.readyState === 'complete' && document.body.innerText.includes({})",
            json!(words)
        ))
    }

    pub fn types(&self, id: &str, text: &str) -> Result<()> {
        let typed = format!(
            "(() => {{ const field = document.getElementById({}); field.value = {}; return field.form !== null; }})()",
            json!(id),
            json!(text)
        );
        ensure!(self.page.eval(&typed)?.as_bool() == Some(true), "no field {id}");
        Ok(())
    }

    /// Presses a button, and waits for the page that comes after.
    pub fn presses(&self, selector: &str) -> Result<()> {
        self.page.eval("document.body.dataset.before = 'yes'")?;
        let press = format!("document.querySelector({}).click()", json!(selector));
        self.page.eval(&press)?;
        self.page
            .wait_for("document.readyState === 'complete' && document.body.dataset.before === undefined")
    }

    /// What the page and all that it loads weigh as they are sent.
    pub fn is_light(&self, name: &str) -> Result<()> {
        let bytes = self.page.eval(
            "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
                .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)",
        )?;
        let bytes = bytes.as_f64().context("a number")?;
        println!("{name}: {bytes} bytes");
        assert!((1.0..50_000.0).contains(&bytes), "{name}: {bytes}");
        Ok(())
    }

    /// Judged by axe-core and by what sticks out, at the sizes and in the languages that matter; with pictures.
    pub fn judge(&self, name: &str) -> Result<()> {
        self.is_light(name)?;
        for (width, height) in [(360, 640), (1280, 800)] {
            self.page.resize(width, height, 1.0)?;
            let wide = self
                .page
                .eval("document.documentElement.scrollWidth - document.documentElement.clientWidth")?;
            assert_eq!(wide.as_f64(), Some(0.0), "{name} is wider than {width}");
            let small = self.page.text(
                "[...document.querySelectorAll('a, button, select, summary, .choice, input:not([type=hidden], .unseen, .choice input)')]
                    .filter((one) => one.checkVisibility() && !one.matches('.skip, .link') && one.getBoundingClientRect().height < 47.5)
                    .map((one) => one.outerHTML.slice(0, 120)).join('\\n')",
            )?;
            assert_eq!(small, "", "{name} has targets that no thumb hits");
            if let Some(axe) = &self.axe {
                self.page.eval(&format!("{axe}; true"))?;
                let found = self.page.text(AXE_JUDGE)?;
                assert_eq!(found, "", "{name} at {width}");
            }
            self.page.shot(&format!("desk-{name}-{width}"))?;
        }
        self.page.resize(360, 640, 1.0)
    }

    /// A picture of the whole page, however long it is.
    pub fn keeps_whole(&self, name: &str) -> Result<()> {
        for width in [360, 1280] {
            self.page.resize(width, 640, 1.0)?;
            let height = self.page.eval("document.documentElement.scrollHeight")?;
            self.page
                .resize(width, height.as_f64().unwrap_or(640.0) as u32, 1.0)?;
            self.page.shot(&format!("desk-{name}-whole-{width}"))?;
        }
        self.page.resize(360, 640, 1.0)
    }

    /// A page that can be opened again, in English and in Arabic.
    pub fn judge_both(&self, name: &str, path: &str) -> Result<()> {
        for language in ["ar", "en"] {
            self.open(&format!("/desk/language?to={language}&back={path}"))?;
            let direction = if language == "ar" { "rtl" } else { "ltr" };
            self.page
                .wait_for(&format!("document.documentElement.dir === '{direction}'"))?;
            self.judge(&format!("{name}-{language}"))?;
            self.keeps_whole(&format!("{name}-{language}"))?;
        }
        Ok(())
    }

    pub fn signs_in(&self, name: &str, password: &str) -> Result<()> {
        self.types("name", name)?;
        self.types("password", password)?;
        self.presses("button.main")
    }

    /// What a page shows once: a link.
    pub fn link(&self) -> Result<String> {
        self.page.text("document.querySelector('code.link').textContent")
    }
}
