//! HTTP as it goes over the wire: what a test wants to send, whole or in part, and what comes back.

use anyhow::{Context, Result};
use serde_json::Value;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The longest that any answer may take: the server's own limits are shorter.
const HANGS: Duration = Duration::from_mins(3);

/// An answer that is there whole.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    /// What follows.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, wanted: &str) -> Option<&str> {
        header(&self.head, wanted)
    }

    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

fn header<'h>(head: &'h str, wanted: &str) -> Option<&'h str> {
    head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case(wanted).then(|| value.trim())
    })
}

fn status_of(head: &str) -> Result<u16> {
    Ok(head.get(9..12).context("a status")?.parse()?)
}

/// The bytes of a request with a body of known length.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let length = body.len().to_string();
    let mut bytes = head(method, path, &[headers, &[("content-length", &length)]].concat());
    bytes.extend(body);
    bytes
}

/// The bytes of a request's head alone.
pub fn head(method: &str, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\n");
    if headers.iter().all(|(name, _)| !name.eq_ignore_ascii_case("host")) {
        head += "host: 127.0.0.1\r\n";
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += "\r\n";
    head.into_bytes()
}

/// A body in chunks of a size, with its end.
pub fn chunked(body: &[u8], size: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for chunk in body.chunks(size) {
        bytes.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
        bytes.extend(chunk);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\n\r\n");
    bytes
}

/// A connection that is kept open.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Wire {
    /// To a port of the loopback address.
    pub async fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(1024),
        })
    }

    /// Sends bytes, whatever they are.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.stream.write_all(bytes).await?)
    }

    /// Waits for the next answer.
    pub async fn answer(&mut self) -> Result<Answer> {
        tokio::time::timeout(HANGS, self.await_answer())
            .await
            .context("no answer: the server hangs")?
    }

    async fn await_answer(&mut self) -> Result<Answer> {
        let (end, length) = self.read_answer().await?;
        let head = std::str::from_utf8(&self.buffer[..end])?.to_owned();
        Ok(Answer {
            status: status_of(&head)?,
            head,
            body: self.buffer[end + 4..end + 4 + length].to_vec(),
        })
    }

    /// Reads the next answer to its end: where its head ends, and its body's length.
    async fn read_answer(&mut self) -> Result<(usize, usize)> {
        self.buffer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await?;
            anyhow::ensure!(read > 0, "the connection ended");
            let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") else {
                continue;
            };
            let head = std::str::from_utf8(&self.buffer[..end])?;
            let length = header(head, "content-length").map_or(Ok(0), str::parse)?;
            while self.buffer.len() < end + 4 + length {
                let read = self.stream.read_buf(&mut self.buffer).await?;
                anyhow::ensure!(read > 0, "the connection ended within an answer");
            }
            return Ok((end, length));
        }
    }

    /// Sends a request; gives the status when the whole answer is there. It copies nothing and waits for ever, since who
    /// measures must not be what is measured.
    pub async fn ask_for_status(&mut self, request: &[u8]) -> Result<u16> {
        self.send(request).await?;
        let (end, _) = self.read_answer().await?;
        status_of(std::str::from_utf8(&self.buffer[..end])?)
    }

    /// Sends a request and waits for its answer.
    pub async fn ask(&mut self, request: &[u8]) -> Result<Answer> {
        self.send(request).await?;
        self.answer().await
    }

    /// Reads until the other side ends the connection; says whether it did within a time.
    pub async fn is_ended_within(&mut self, time: Duration) -> bool {
        let ends = async {
            let mut sink = [0; 4096];
            while self.stream.read(&mut sink).await.is_ok_and(|read| read > 0) {}
        };
        tokio::time::timeout(time, ends).await.is_ok()
    }

    /// Says that nothing more will be sent, and goes on listening.
    pub async fn half_close(&mut self) -> Result<()> {
        Ok(self.stream.shutdown().await?)
    }

    /// Ends the connection with a reset, as a phone's network does that is gone.
    pub fn reset(self) -> Result<()> {
        self.stream.set_zero_linger()?;
        Ok(())
    }
}
