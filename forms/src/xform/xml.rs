//! The few things one writes XML with.

use quick_xml::Writer;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use quick_xml::name::QName;
use std::borrow::Cow;
use std::io::{Result, Write};

/// Attributes in the order in which they are written.
pub type Attributes<'a> = &'a [(&'a str, &'a str)];

/// Elements one after another, with what has no place in XML left out of texts.
pub struct Xml<W: Write> {
    writer: Writer<W>,
    open: Vec<String>,
}

impl<W: Write> Xml<W> {
    /// Begins with the declaration.
    pub fn new(out: W) -> Result<Self> {
        let mut writer = Writer::new(out);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        writer.get_mut().write_all(b"\n")?;
        Ok(Self {
            writer,
            open: Vec::new(),
        })
    }

    /// `<name …>`
    pub fn open(&mut self, name: &str, attributes: Attributes<'_>) -> Result<()> {
        self.open.push(name.to_owned());
        self.writer.write_event(Event::Start(start(name, attributes)))
    }

    /// `</…>` of the element opened last.
    pub fn close(&mut self) -> Result<()> {
        let Some(name) = self.open.pop() else {
            return Ok(());
        };
        self.writer.write_event(Event::End(BytesEnd::new(name)))
    }

    /// `<name …/>`
    pub fn empty(&mut self, name: &str, attributes: Attributes<'_>) -> Result<()> {
        self.writer.write_event(Event::Empty(start(name, attributes)))
    }

    /// `<name …>words</name>`, or `<name …/>` without words.
    pub fn element(&mut self, name: &str, attributes: Attributes<'_>, words: &str) -> Result<()> {
        if words.is_empty() {
            return self.empty(name, attributes);
        }
        self.open(name, attributes)?;
        self.words(words)?;
        self.close()
    }

    /// Words within an element.
    pub fn words(&mut self, words: &str) -> Result<()> {
        let words = escaped(words).replace('\r', "&#13;");
        self.writer
            .write_event(Event::Text(BytesText::from_escaped(words)))
    }
}

fn start(name: &str, attributes: Attributes<'_>) -> BytesStart<'static> {
    let mut start = BytesStart::new(name.to_owned());
    for (key, value) in attributes {
        // White space in an attribute reads as plain spaces unless it is written by number.
        let mut value = escaped(value).replace('"', "&quot;");
        for (white, number) in [('\n', "&#10;"), ('\r', "&#13;"), ('\t', "&#9;")] {
            value = value.replace(white, number);
        }
        start.push_attribute(Attribute {
            key: QName(key),
            value: Cow::Owned(value),
        });
    }
    start
}

fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\t' | '\n' | '\r' => out.push(c),
            // XML 1.0 has no way to write these.
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => out.push(c),
        }
    }
    out
}
