//! What labels may look like, and that nothing in them or in answers acts.

use anyhow::Result;
use baraza_tests::{Browser, Phone, Server, chromium};
use serde_json::{Value, json};
use tempfile::tempdir;

const FORM: &str = "| survey | | | |
 | | type | name | label |
 | | text | name | Your name? |
 | | note | shown | ## Please read\\n**Thank you**, _${name}_: see [our *rights*](https://example.org/rights) or [you](https://example.org/${name}) and [no](javascript:alert(1)) <img src=x onerror=alert(1)> |
 | settings | | |
 | | form_id | form_title |
 | | labels | Labels |
";

#[test]
fn labels_are_bold_and_linked_and_never_act() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let path = folder.path().join("labels.md");
    std::fs::write(&path, FORM.replace("\\n", "<br>"))?;
    let server = Server::start(folder.path(), &["--form", path.to_str().unwrap_or_default()])?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &format!("{}/s/labels", server.url))?;
    phone.write("name", "**Amina** <b>[x](https://x.org)")?;
    phone.next()?;
    phone.page.shot("labels")?;
    let label = "document.querySelector('.question .label')";
    let all = |selector: &str, what: &str| -> Result<Value> {
        phone.page.eval(&format!(
            "JSON.stringify([...{label}.querySelectorAll('{selector}')].map((e) => {what}))"
        ))
    };
    assert_eq!(
        all("a", "[e.href, e.target, e.rel, e.innerHTML]")?,
        json!(r#"[["https://example.org/rights","_blank","noopener noreferrer","our <em>rights</em>"]]"#),
        "no answer and no script in an address"
    );
    assert_eq!(
        all("strong", "e.textContent")?,
        json!(r#"["Please read","Thank you"]"#)
    );
    assert_eq!(
        all("bdi", "e.textContent")?,
        json!(r#"["**Amina** <b>[x](https://x.org)","**Amina** <b>[x](https://x.org)"]"#)
    );
    assert_eq!(all("img", "e.src")?, json!("[]"));
    Ok(())
}
