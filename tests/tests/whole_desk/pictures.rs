//! The pictures of the README: what the story passes, side by side. `BARAZA_README=1` puts them into `docs/`.

use anyhow::Result;
use baraza_tests::Page;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use std::path::Path;

/// Screens by the picture that they are put together in.
#[derive(Default)]
pub struct Pictures(BTreeMap<&'static str, Vec<String>>);

impl Pictures {
    /// Keeps what a page shows now, from an element on.
    pub fn take(&mut self, name: &'static str, page: &Page, from: &str) -> Result<()> {
        page.resize(360, 640, 2.0)?;
        page.eval(&format!("document.querySelector({from:?}).scrollIntoView()"))?;
        let png = STANDARD.encode(page.tab.picture()?);
        page.resize(360, 640, 1.0)?;
        self.0.entry(name).or_default().push(png);
        Ok(())
    }

    /// Puts them together on an empty page, and keeps them where somebody asks for it.
    pub fn keep(self, page: &Page) -> Result<()> {
        for (name, screens) in self.0 {
            let width = 20 + screens.len() as u32 * 380;
            let images: String = screens
                .iter()
                .map(|png| format!("<img width=360 height=640 src='data:image/png;base64,{png}'>"))
                .collect();
            page.tab.navigate_to("about:blank")?.wait_until_navigated()?;
            page.resize(width, 680, 1.0)?;
            page.eval(&format!(
                "document.body.style = 'margin: 20px; display: flex; gap: 20px; background: #d7d7d7';
                 document.body.innerHTML = `{images}`;
                 Promise.all([...document.images].map((image) => image.decode())).then(() => true)"
            ))?;
            page.shot(&format!("readme-{name}"))?;
            if std::env::var_os("BARAZA_README").is_some() {
                let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
                std::fs::write(docs.join(format!("{name}.png")), page.tab.picture()?)?;
            }
        }
        Ok(())
    }
}
