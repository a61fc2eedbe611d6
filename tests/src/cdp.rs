//! One page of Chromium by its own debugging protocol: a call, its answer, then the next.
//!
//! The messages are `headless_chrome`'s. Its connection isn't used: it adds a tenth of a second to each call, and some
//! tests make thousands.

use anyhow::{Context, Result, bail};
use base64::Engine;
use headless_chrome::protocol::cdp::{Input, Page, Runtime, types::Method};
use serde_json::{Value, json};
use std::net::TcpStream;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tungstenite::{Message, WebSocket};

/// How long the browser may think about a call.
const PATIENCE: Duration = Duration::from_mins(2);

/// The browser is not there any more.
#[derive(Debug, thiserror::Error)]
#[error("the browser has gone")]
pub struct Gone;

/// A page, and the way to it.
pub struct Tab {
    connection: Mutex<Connection>,
    /// `http://127.0.0.1:PORT` of the browser, for what is not the page's own affair.
    browser: String,
    id: String,
}

struct Connection {
    socket: WebSocket<TcpStream>,
    calls: u32,
}

impl Connection {
    fn call<C: Method + serde::Serialize>(&mut self, method: C) -> Result<C::ReturnObject> {
        self.calls += 1;
        let call = serde_json::to_string(&method.to_method_call(self.calls))?;
        self.socket.send(Message::text(call)).map_err(gone)?;
        loop {
            let Message::Text(said) = self.socket.read().map_err(gone)? else {
                continue;
            };
            let mut said: Value = serde_json::from_str(&said)?;
            // What else it says are events, which nobody here asked for.
            if said["id"] != json!(self.calls) {
                continue;
            }
            if let Some(error) = said.get("error") {
                bail!("{error}");
            }
            return Ok(serde_json::from_value(said["result"].take())?);
        }
    }
}

/// Silence is another thing than a connection that has broken.
fn gone(error: tungstenite::Error) -> anyhow::Error {
    match error {
        tungstenite::Error::Io(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
            anyhow::Error::from(error).context("the browser does not answer")
        }
        _ => Gone.into(),
    }
}

impl Tab {
    /// A new page in the browser that takes its orders at `http://127.0.0.1:PORT`.
    pub fn open(browser: &str) -> Result<Self> {
        let made = ureq::put(format!("{browser}/json/new?about:blank")).send_empty();
        let made: Value = made.map_err(|_| Gone)?.body_mut().read_json()?;
        let id = made["id"].as_str().context("no page")?.to_owned();
        let address = made["webSocketDebuggerUrl"].as_str().context("no address")?;
        let stream = TcpStream::connect(browser.trim_start_matches("http://"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let (socket, _) = tungstenite::client(address, stream).context("the page's connection")?;
        let tab = Self {
            connection: Mutex::new(Connection { socket, calls: 0 }),
            browser: browser.to_owned(),
            id,
        };
        tab.call_method(Page::Enable {
            enable_file_chooser_opened_event: None,
        })?;
        Ok(tab)
    }

    /// Calls a method of the protocol.
    pub fn call_method<C: Method + serde::Serialize>(&self, method: C) -> Result<C::ReturnObject> {
        self.connection.lock().expect("no call panics").call(method)
    }

    /// Evaluates JavaScript to a plain value; a promise is awaited.
    pub fn evaluate(&self, script: &str) -> Result<Value> {
        let returned = self.call_method(evaluation(script))?;
        if let Some(thrown) = returned.exception_details {
            let said = thrown.exception.and_then(|thrown| thrown.description);
            bail!("{}", said.unwrap_or(thrown.text));
        }
        Ok(returned.result.value.unwrap_or_default())
    }

    /// Goes to an address; see [`Tab::wait_until_navigated`].
    pub fn navigate_to(&self, url: &str) -> Result<&Self> {
        let returned = self.call_method(Page::Navigate {
            url: url.to_owned(),
            referrer: None,
            transition_Type: None,
            frame_id: None,
            referrer_policy: None,
        })?;
        match returned.error_text {
            Some(error) => bail!("{url}: {error}"),
            None => Ok(self),
        }
    }

    /// Waits until the page that was asked for is there with all that it names.
    pub fn wait_until_navigated(&self) -> Result<&Self> {
        self.wait_until("document.readyState === 'complete'")?;
        Ok(self)
    }

    /// Loads the page again, and waits until the new one is there.
    pub fn reload(&self, ignore_cache: bool, before: Option<&str>) -> Result<()> {
        self.evaluate("globalThis.wasHereBefore = true")?;
        self.call_method(Page::Reload {
            ignore_cache: Some(ignore_cache),
            script_to_evaluate_on_load: before.map(String::from),
            loader_id: None,
        })?;
        self.wait_until("!globalThis.wasHereBefore && document.readyState === 'complete'")
    }

    fn wait_until(&self, condition: &str) -> Result<()> {
        let patience = Instant::now() + Duration::from_mins(1);
        while Instant::now() < patience {
            match self.evaluate(condition) {
                Ok(Value::Bool(true)) => return Ok(()),
                Err(error) if error.is::<Gone>() => return Err(error),
                // A page that goes while it is asked has no answer.
                _ => std::thread::sleep(Duration::from_millis(10)),
            }
        }
        bail!("never came true: {condition}")
    }

    /// Closes the page, with its own word in the matter or without.
    pub fn close(&self, fire_unload: bool) -> Result<()> {
        if fire_unload {
            self.call_method(Page::Close(None))?;
        } else {
            ureq::get(format!("{}/json/close/{}", self.browser, self.id)).call()?;
        }
        Ok(())
    }

    /// Makes it the page that is seen.
    pub fn bring_to_front(&self) -> Result<()> {
        self.call_method(Page::BringToFront(None))?;
        Ok(())
    }

    /// As [`Tab::bring_to_front`].
    pub fn activate(&self) -> Result<()> {
        self.bring_to_front()
    }

    /// A PNG of what is in sight.
    pub fn picture(&self) -> Result<Vec<u8>> {
        let returned = self.call_method(Page::CaptureScreenshot {
            format: Some(Page::CaptureScreenshotFormatOption::Png),
            quality: None,
            clip: None,
            from_surface: Some(true),
            capture_beyond_viewport: None,
            optimize_for_speed: None,
        })?;
        Ok(base64::prelude::BASE64_STANDARD.decode(returned.data)?)
    }

    /// A PDF of what a printer would get.
    pub fn paper(&self) -> Result<Vec<u8>> {
        let returned = self.call_method(Page::PrintToPDF {
            prefer_css_page_size: Some(true),
            ..Page::PrintToPDF::default()
        })?;
        Ok(base64::prelude::BASE64_STANDARD.decode(returned.data)?)
    }

    /// Waits for an element, brings it into sight and clicks in its middle.
    pub fn click(&self, selector: &str) -> Result<()> {
        let at = self.middle(selector)?;
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let pressed = kind != "mouseMoved";
            let event = json!({"type": kind, "x": at[0], "y": at[1],
                "button": if pressed { "left" } else { "none" }, "clickCount": i32::from(pressed)});
            self.call_method(serde_json::from_value::<Input::DispatchMouseEvent>(event)?)?;
        }
        Ok(())
    }

    fn middle(&self, selector: &str) -> Result<[f64; 2]> {
        let patience = Instant::now() + Duration::from_secs(30);
        let script = format!("({MIDDLE})({})", json!(selector));
        while Instant::now() < patience {
            match self.evaluate(&script) {
                Ok(Value::Null) => std::thread::sleep(Duration::from_millis(5)),
                Ok(at) => return Ok(serde_json::from_value(at)?),
                Err(error) if error.is::<Gone>() => return Err(error),
                Err(_) => std::thread::sleep(Duration::from_millis(20)),
            }
        }
        bail!("never in sight: {selector}")
    }

    /// Types letters with a key for each.
    pub fn type_str(&self, letters: &str) -> Result<()> {
        for letter in letters.chars() {
            self.press(&letter.to_string(), Some(&letter.to_string()), 0)?;
        }
        Ok(())
    }

    /// Presses a key by its name.
    pub fn press_key(&self, name: &str) -> Result<()> {
        let (text, code) = match name {
            "Backspace" => (None, 8),
            "Tab" => (None, 9),
            "Enter" => (Some("\r"), 13),
            "Escape" => (None, 27),
            " " => (Some(" "), 32),
            "ArrowLeft" => (None, 37),
            "ArrowUp" => (None, 38),
            "ArrowRight" => (None, 39),
            "ArrowDown" => (None, 40),
            _ => bail!("no key {name} here"),
        };
        self.press(name, text, code)
    }

    fn press(&self, key: &str, text: Option<&str>, code: u32) -> Result<()> {
        for kind in [if text.is_some() { "keyDown" } else { "rawKeyDown" }, "keyUp"] {
            let mut event = json!({"type": kind, "key": key, "windowsVirtualKeyCode": code});
            if let (Some(text), "keyDown") = (text, kind) {
                event["text"] = json!(text);
            }
            self.call_method(serde_json::from_value::<Input::DispatchKeyEvent>(event)?)?;
        }
        Ok(())
    }
}

/// Where to click: the middle of an element, or nothing while it is not there or moves.
const MIDDLE: &str = "async (selector) => {
    const middle = () => {
        const element = document.querySelector(selector);
        element?.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
        const { left, top, width, height } = element?.getBoundingClientRect() ?? {};
        return width || height ? [left + width / 2, top + height / 2] : null;
    };
    const before = middle();
    await new Promise((done) => setTimeout(done, 20));
    const after = middle();
    return before && after && before.every((n, i) => n === after[i]) ? after : null;
}";

fn evaluation(script: &str) -> Runtime::Evaluate {
    Runtime::Evaluate {
        expression: script.to_owned(),
        return_by_value: Some(true),
        await_promise: Some(true),
        object_group: None,
        include_command_line_api: None,
        silent: None,
        context_id: None,
        generate_preview: None,
        user_gesture: None,
        throw_on_side_effect: None,
        timeout: None,
        disable_breaks: None,
        repl_mode: None,
        allow_unsafe_eval_blocked_by_csp: None,
        unique_context_id: None,
        serialization_options: None,
    }
}
