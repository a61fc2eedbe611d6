//! A browser without scripts: it shows a page's fields and sends them, and can do nothing else.

use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;

/// What a form sends.
pub type Fields = Vec<(String, String)>;

/// A file to send: field, file name, bytes.
pub type Upload<'a> = (&'a str, &'a str, &'a [u8]);

/// A field of a page.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// `text`, `radio`, `checkbox`, `select`, `textarea`, `file`, `hidden`, …
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What it holds, or sends if it is ticked.
    pub value: String,
    /// Ticked, or a list's chosen option.
    pub on: bool,
    /// Values of a list, without the blank one.
    pub options: Vec<String>,
}

/// A question of a page.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// Key of its answer.
    pub key: String,
    /// Kind of question.
    pub kind: String,
    /// Name of its field.
    pub field: String,
    /// Its fields.
    pub inputs: Vec<Input>,
    /// What is wrong with it.
    pub error: Option<String>,
}

/// A page without scripts, and the way to the next one.
pub struct Plain {
    agent: ureq::Agent,
    base: String,
    path: String,
    /// The page as it came.
    pub html: String,
    /// Its status.
    pub status: u16,
}

impl Plain {
    /// Opens an address such as `/s/ID/plain?lang=en`.
    pub fn open(base: &str, path: &str) -> Result<Self> {
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        let agent: ureq::Agent = config.build().into();
        let mut response = agent.get(format!("{base}{path}")).call()?;
        Ok(Self {
            status: response.status().as_u16(),
            html: response.body_mut().read_to_string()?,
            agent,
            base: base.to_owned(),
            path: path.split('?').next().unwrap_or_default().to_owned(),
        })
    }

    /// The same page at another time, as the key 'back' of a browser shows it.
    #[must_use]
    pub fn again(&self, html: &str) -> Self {
        Self {
            agent: self.agent.clone(),
            base: self.base.clone(),
            path: self.path.clone(),
            html: html.to_owned(),
            status: 200,
        }
    }

    /// Where it is sent to, should the server have moved.
    pub fn move_to(&mut self, base: &str) {
        base.clone_into(&mut self.base);
    }

    /// `question`, `repeat`, `review` or `done`.
    pub fn screen(&self) -> String {
        attribute(tag_of(&self.html, "<body"), "data-screen").unwrap_or_default()
    }

    /// `sent`, `unsent` or `lost`, at the end.
    pub fn outcome(&self) -> String {
        attribute(tag_of(&self.html, "<body"), "data-state").unwrap_or_default()
    }

    /// The hidden answers.
    pub fn state(&self) -> Result<String> {
        let hidden = inputs(&self.html).into_iter().find(|input| input.name == "state");
        Ok(hidden
            .with_context(|| format!("no state: {}", words(&self.html)))?
            .value)
    }

    /// The page as it is read.
    pub fn words(&self) -> String {
        words(&self.html)
    }

    /// The questions in sight.
    pub fn questions(&self) -> Vec<Question> {
        let sections = self.html.split("<section").skip(1);
        sections
            .map(|section| {
                let section = section.split("</section>").next().unwrap_or_default();
                let inputs = inputs(section);
                let shown = |input: &&Input| !input.name.contains("-pass") && !input.name.contains("-drop");
                let field = inputs.iter().find(shown).map(|input| input.name.clone());
                let field = field.unwrap_or_default();
                let error = section.split_once("class=\"error\"").map(|(_, rest)| {
                    let text = rest.split_once('>').map_or("", |(_, text)| text);
                    words(text.split("</p>").next().unwrap_or_default())
                });
                Question {
                    key: attribute(section, "data-key").unwrap_or_default(),
                    kind: attribute(section, "data-kind").unwrap_or_default(),
                    field: field.trim_end_matches("-find").to_owned(),
                    inputs,
                    error,
                }
            })
            .collect()
    }

    /// The question with a key.
    pub fn question(&self, key: &str) -> Result<Question> {
        let found = self.questions().into_iter().find(|question| question.key == key);
        found.with_context(|| format!("no question '{key}': {}", words(&self.html)))
    }

    /// What the page would send if nobody touched it.
    pub fn fields(&self) -> Fields {
        let sent = inputs(&self.html)
            .into_iter()
            .filter(|input| match input.kind.as_str() {
                "radio" | "checkbox" => input.on,
                "file" => false,
                _ => true,
            });
        sent.map(|input| (input.name, input.value)).collect()
    }

    /// Sends the page with a button.
    pub fn press(&mut self, button: &str) -> Result<()> {
        let fields = self.fields();
        self.send(fields, button)
    }

    /// Sends fields with a button.
    pub fn send(&mut self, mut fields: Fields, button: &str) -> Result<()> {
        fields.push(("do".into(), button.into()));
        let response = self
            .agent
            .post(format!("{}{}", self.base, self.path))
            .send_form(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())))?;
        self.take(response)
    }

    /// Sends fields and files with a button.
    pub fn send_files(&mut self, mut fields: Fields, files: &[Upload<'_>], button: &str) -> Result<()> {
        fields.push(("do".into(), button.into()));
        let mut body = Vec::new();
        for (name, value) in &fields {
            let head =
                format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend(head.into_bytes());
        }
        for (name, file, bytes) in files {
            let head = format!(
                "--edge\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n"
            );
            body.extend(head.into_bytes());
            body.extend(*bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--edge--\r\n");
        let response = self
            .agent
            .post(format!("{}{}", self.base, self.path))
            .header("content-type", "multipart/form-data; boundary=edge")
            .send(&body[..])?;
        self.take(response)
    }

    fn take(&mut self, mut response: ureq::http::Response<ureq::Body>) -> Result<()> {
        self.status = response.status().as_u16();
        self.html = response
            .body_mut()
            .with_config()
            .limit(64 << 20)
            .read_to_string()?;
        Ok(())
    }

    /// Answers questions by key, several codes with spaces between them, and goes on.
    pub fn answer(&mut self, answers: &[(&str, &str)]) -> Result<()> {
        let mut fields = self.fields();
        for (key, value) in answers {
            put(&mut fields, &self.question(key)?, value);
        }
        self.send(fields, "next")?;
        ensure!(self.status == 200, "{}: {}", self.status, self.words());
        Ok(())
    }

    /// Fills everything that is asked up to the review, with answers that the form accepts; gives the number of pages.
    pub fn fill_all(&mut self, prefer: &BTreeMap<&str, &str>) -> Result<usize> {
        let mut attempts: BTreeMap<String, usize> = BTreeMap::new();
        let mut added: BTreeMap<String, usize> = BTreeMap::new();
        for pages in 0..3000 {
            ensure!(self.status == 200, "{}: {}", self.status, self.words());
            match self.screen().as_str() {
                "review" => return Ok(pages),
                "repeat" => {
                    // Two of each, so that a repeat is a repeat.
                    let place = self.html.split("<h2 class=\"label\"").nth(1).unwrap_or_default();
                    let place = words(place.split("</h2>").next().unwrap_or_default());
                    let count = added.entry(place).or_default();
                    *count += 1;
                    let button = if *count == 1 { "add" } else { "next" };
                    self.press(button)?;
                }
                "question" => self.fill_page(prefer, &mut attempts)?,
                other => bail!("'{other}': {}", self.words()),
            }
        }
        bail!("the form does not end: {}", self.words())
    }

    fn fill_page(
        &mut self,
        prefer: &BTreeMap<&str, &str>,
        attempts: &mut BTreeMap<String, usize>,
    ) -> Result<()> {
        let mut fields = self.fields();
        let mut files = Vec::new();
        let mut button = "next";
        for question in self.questions() {
            let Some(first) = question.inputs.first() else {
                continue;
            };
            let attempt = attempts.entry(question.field.clone()).or_insert(0);
            if *attempt > 0 && question.error.is_none() {
                continue;
            }
            *attempt += 1;
            ensure!(*attempt < 40, "stuck at {}: {:?}", question.key, question.error);
            if first.kind == "file" || question.inputs.iter().any(|input| input.kind == "file") {
                files.push(question.field.clone());
                continue;
            }
            let wanted = prefer.get(question.key.as_str()).map(ToString::to_string);
            let searches = question.inputs.iter().any(|input| input.name.ends_with("-find"));
            if searches
                && !question.inputs.iter().any(|input| {
                    !input.options.is_empty() || input.kind == "radio" || input.kind == "checkbox"
                })
            {
                let words = ["a", "e", "i", "1", "0"][*attempt % 5];
                put_field(&mut fields, &format!("{}-find", question.field), &[words]);
                button = "find";
                *attempt = 0;
                continue;
            }
            let value = wanted.unwrap_or_else(|| candidate(&question, *attempt - 1));
            put(&mut fields, &question, &value);
        }
        let uploads: Vec<Upload<'_>> = files
            .iter()
            .map(|field| (field.as_str(), "a.png", &b"bytes"[..]))
            .collect();
        if uploads.is_empty() {
            self.send(fields, button)
        } else {
            self.send_files(fields, &uploads, button)
        }
    }
}

/// An answer that a question may take.
fn candidate(question: &Question, attempt: usize) -> String {
    let numbers = ["30", "1", "3", "0", "5", "10", "15", "60", "2", "100", "20", "7"];
    let words = [
        "word",
        "0712345678",
        "03/2024",
        "12",
        "2024",
        "a@example.org",
        "A1B2C3",
        "+254700000000",
        "0",
    ];
    let boxes: Vec<&str> = (question.inputs.iter())
        .filter(|input| matches!(input.kind.as_str(), "radio" | "checkbox") && !input.value.is_empty())
        .filter(|input| input.name == question.field)
        .map(|input| input.value.as_str())
        .collect();
    if let Some(list) = question
        .inputs
        .iter()
        .find(|input| input.kind == "select" && !input.options.is_empty())
    {
        return list.options[attempt % list.options.len()].clone();
    }
    if !boxes.is_empty() {
        let one = boxes[attempt % boxes.len()];
        // Some questions want more than one choice: every other attempt ticks two.
        return if question.kind == "selectmultiple" && attempt % 2 == 1 {
            format!("{one} {}", boxes[(attempt + 1) % boxes.len()])
        } else {
            one.to_owned()
        };
    }
    let list: &[&str] = match question.kind.as_str() {
        "integer" | "decimal" | "range" => &numbers,
        "date" => &["2024-02-03", "1990-05-06", "2024", "2024-02"],
        "time" => &["10:30"],
        "datetime" => &["2024-02-03T10:30"],
        "geopoint" => &["1.5 2.5 0 0"],
        "geotrace" => &["1 2 0 0; 1 3 0 0"],
        "geoshape" => &["1 2 0 0; 1 3 0 0; 2 3 0 0; 1 2 0 0"],
        _ => &words,
    };
    list[attempt % list.len()].to_owned()
}

/// Puts an answer into a page's fields.
pub fn put(fields: &mut Fields, question: &Question, value: &str) {
    let has_boxes = question
        .inputs
        .iter()
        .any(|input| input.kind == "checkbox" && input.name == question.field);
    let several = has_boxes || question.kind == "rank";
    let values: Vec<&str> = if several {
        value.split(' ').collect()
    } else {
        vec![value]
    };
    put_field(fields, &question.field, &values);
}

/// Puts values under a name.
pub fn put_field(fields: &mut Fields, name: &str, values: &[&str]) {
    fields.retain(|(field, _)| field != name);
    fields.extend(values.iter().map(|value| (name.to_owned(), (*value).to_owned())));
}

/// The first tag that begins so.
fn tag_of<'a>(html: &'a str, begin: &str) -> &'a str {
    let rest = html.find(begin).map_or("", |at| &html[at..]);
    &rest[..rest.find('>').map_or(rest.len(), |end| end + 1)]
}

/// An attribute of the first tag in a piece of HTML; `""` where it has no value.
fn attribute(html: &str, name: &str) -> Option<String> {
    let tag = &html[..html.find('>').unwrap_or(html.len())];
    if let Some((_, rest)) = tag.split_once(&format!(" {name}=\"")) {
        return Some(unescaped(rest.split('"').next().unwrap_or_default()));
    }
    let bare =
        tag.trim_end_matches(['/', '>']).ends_with(&format!(" {name}")) || tag.contains(&format!(" {name} "));
    bare.then(String::new)
}

fn unescaped(text: &str) -> String {
    [
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (escape, plain)| {
        text.replace(escape, plain)
    })
}

/// Every field in a piece of HTML.
fn inputs(html: &str) -> Vec<Input> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        let named = |tag: &str| attribute(tag, "name").unwrap_or_default();
        if rest.starts_with("<input ") {
            found.push(Input {
                kind: attribute(rest, "type").unwrap_or_else(|| "text".into()),
                name: named(rest),
                value: attribute(rest, "value").unwrap_or_default(),
                on: attribute(rest, "checked").is_some(),
                options: Vec::new(),
            });
        } else if rest.starts_with("<textarea ") {
            let text = rest.split_once('>').map_or("", |(_, text)| text);
            let text = text.split("</textarea>").next().unwrap_or_default();
            found.push(Input {
                kind: "textarea".into(),
                name: named(rest),
                value: unescaped(text.strip_prefix('\n').unwrap_or(text)),
                ..Input::default()
            });
        } else if rest.starts_with("<select ") {
            let list = rest.split("</select>").next().unwrap_or_default();
            let options: Vec<&str> = list.split("<option ").skip(1).collect();
            let value_of =
                |option: &str| attribute(&format!("<option {option}"), "value").unwrap_or_default();
            let chosen = options
                .iter()
                .find(|option| attribute(option, "selected").is_some());
            found.push(Input {
                kind: "select".into(),
                name: named(rest),
                value: chosen
                    .or(options.first())
                    .map(|option| value_of(option))
                    .unwrap_or_default(),
                on: chosen.is_some(),
                options: options
                    .iter()
                    .map(|option| value_of(option))
                    .filter(|value| !value.is_empty())
                    .collect(),
            });
        }
        rest = &rest[1..];
    }
    found
}

/// HTML as it is read.
fn words(html: &str) -> String {
    let body = html.split("</header>").last().unwrap_or_default();
    let mut out = String::new();
    let mut inside = body.starts_with(' ');
    for c in body.chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                out.push(' ');
            }
            c if !inside => out.push(c),
            _ => {}
        }
    }
    unescaped(&out.split_whitespace().collect::<Vec<_>>().join(" "))
}
