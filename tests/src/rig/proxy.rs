//! A network between the phone and the server that fails where a test wants it to.
//!
//! Each request gets a connection of its own to the server, so that what happens to one does not touch another.

use anyhow::{Result, ensure};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

/// How long a test waits for a moment to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// The connection closes before anything gets through.
    Refuse,
    /// So many bytes of the body get through, then the connection breaks.
    CutAfter(usize),
    /// So many bytes of the body get through, then nothing moves until [`Proxy::release`].
    HoldAfter(usize),
    /// The server answers, and the connection breaks before the answer gets through.
    SwallowAnswer,
    /// The server answers, and the answer waits until [`Proxy::release`].
    HoldAnswer,
    /// Everything gets through, later.
    Delay(Duration),
}

#[derive(Debug)]
struct Rule {
    method: &'static str,
    path: &'static str,
    fault: Fault,
    times: u32,
}

#[derive(Debug, Default)]
struct State {
    server: u16,
    down: bool,
    rules: Vec<Rule>,
    met: u32,
    released: u32,
    seen: Vec<String>,
    carried: u64,
}

type Shared = Arc<(Mutex<State>, Condvar)>;

/// The network. It listens until the test ends.
#[derive(Debug)]
pub struct Proxy {
    /// `http://127.0.0.1:PORT`, as a phone knows the server.
    pub url: String,
    shared: Shared,
}

impl Proxy {
    /// Before a server on a port.
    pub fn before(server: u16) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let shared = Shared::default();
        lock(&shared).server = server;
        let handed = Arc::clone(&shared);
        std::thread::spawn(move || {
            for phone in listener.incoming().flatten() {
                let shared = Arc::clone(&handed);
                std::thread::spawn(move || {
                    // A connection that breaks is what this is for.
                    let _ = pass_on(&phone, &shared);
                    let _ = phone.shutdown(Shutdown::Both);
                });
            }
        });
        Ok(Self { url, shared })
    }

    /// Makes the next so many requests of a method, to paths that contain some words, fail.
    pub fn fail(&self, method: &'static str, path: &'static str, fault: Fault, times: u32) {
        lock(&self.shared).rules.push(Rule {
            method,
            path,
            fault,
            times,
        });
    }

    /// All requests get through from now on; what is held goes on.
    pub fn release(&self) {
        let mut state = lock(&self.shared);
        state.rules.clear();
        state.met = 0;
        state.released += 1;
        self.shared.1.notify_all();
    }

    /// Waits until a fault has happened so many times since the last release.
    pub fn wait_until_met(&self, times: u32) -> Result<()> {
        let state = lock(&self.shared);
        let (state, waited) = self
            .shared
            .1
            .wait_timeout_while(state, PATIENCE, |state| state.met < times)
            .expect("no thread panics here");
        ensure!(
            !waited.timed_out(),
            "the moment never came; seen: {:?}",
            state.seen
        );
        Ok(())
    }

    /// No connection gets through while it is down.
    pub fn down(&self, down: bool) {
        lock(&self.shared).down = down;
    }

    /// Another server takes over.
    pub fn lead_to(&self, server: u16) {
        lock(&self.shared).server = server;
    }

    /// Bytes of answers so far, their heads included.
    pub fn carried(&self) -> u64 {
        lock(&self.shared).carried
    }

    /// Requests so far, as `POST /api/…`.
    pub fn seen(&self) -> Vec<String> {
        lock(&self.shared).seen.clone()
    }
}

fn lock(shared: &Shared) -> MutexGuard<'_, State> {
    shared.0.lock().expect("no thread panics here")
}

/// What a request meets, if it meets anything.
fn fault_for(shared: &Shared, method: &str, path: &str) -> Option<Fault> {
    let mut state = lock(shared);
    state.seen.push(format!("{method} {path}"));
    if state.down {
        return Some(Fault::Refuse);
    }
    let rule = state
        .rules
        .iter_mut()
        .find(|rule| rule.times > 0 && rule.method == method && path.contains(rule.path))?;
    rule.times -= 1;
    Some(rule.fault)
}

fn met(shared: &Shared) {
    lock(shared).met += 1;
    shared.1.notify_all();
}

fn hold(shared: &Shared) {
    let mut state = lock(shared);
    let before = state.released;
    state.met += 1;
    shared.1.notify_all();
    // No test waits so long; a thread that nobody releases ends with its process.
    let held = shared.1.wait_while(state, |state| state.released == before);
    drop(held.expect("no thread panics here"));
}

fn pass_on(mut phone: &TcpStream, shared: &Shared) -> Result<()> {
    let Some(request) = Request::read(phone)? else {
        return Ok(());
    };
    let fault = fault_for(shared, &request.method, &request.path);
    if fault == Some(Fault::Refuse) {
        met(shared);
        return Ok(());
    }
    let server = lock(shared).server;
    let mut server = TcpStream::connect(("127.0.0.1", server))?;
    server.write_all(request.head_for_server().as_bytes())?;
    let limit = match fault {
        Some(Fault::CutAfter(bytes) | Fault::HoldAfter(bytes)) => bytes.min(request.length),
        _ => request.length,
    };
    request.send_body(phone, &mut server, 0, limit)?;
    match fault {
        Some(Fault::CutAfter(_)) => {
            met(shared);
            return Ok(server.shutdown(Shutdown::Both)?);
        }
        Some(Fault::HoldAfter(_)) => hold(shared),
        Some(Fault::Delay(time)) => std::thread::sleep(time),
        _ => {}
    }
    request.send_body(phone, &mut server, limit, request.length)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    match fault {
        Some(Fault::SwallowAnswer) => {
            met(shared);
            return Ok(());
        }
        Some(Fault::HoldAnswer) => hold(shared),
        _ => {}
    }
    lock(shared).carried += answer.len() as u64;
    Ok(phone.write_all(&answer)?)
}

/// A request: its head, and so much of the body as came with it.
struct Request {
    method: String,
    path: String,
    head: String,
    length: usize,
    began: Vec<u8>,
}

impl Request {
    fn read(mut phone: &TcpStream) -> Result<Option<Self>> {
        let mut read = Vec::new();
        let end = loop {
            if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            let mut more = [0; 4096];
            match phone.read(&mut more)? {
                0 => return Ok(None),
                n => read.extend(&more[..n]),
            }
        };
        let began = read.split_off(end);
        let head = String::from_utf8_lossy(&read).into_owned();
        let mut words = head.split_whitespace().map(String::from);
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse().ok())?
        });
        Ok(Some(Self {
            method,
            path,
            head,
            length: length.unwrap_or(0),
            began,
        }))
    }

    /// One request a connection.
    fn head_for_server(&self) -> String {
        let connection = |line: &&str| !line.to_ascii_lowercase().starts_with("connection:");
        let lines: Vec<&str> = self.head.trim_end().lines().filter(connection).collect();
        format!("{}\r\nConnection: close\r\n\r\n", lines.join("\r\n"))
    }

    fn send_body(&self, mut phone: &TcpStream, server: &mut TcpStream, from: usize, to: usize) -> Result<()> {
        let here = self.began.len();
        server.write_all(&self.began[from.min(here)..to.min(here)])?;
        let mut missing = to.max(here) - from.max(here);
        let mut piece = vec![0; 64 * 1024];
        while missing > 0 {
            let most = missing.min(piece.len());
            let n = phone.read(&mut piece[..most])?;
            ensure!(n > 0, "the phone hung up");
            server.write_all(&piece[..n])?;
            missing -= n;
        }
        Ok(())
    }
}
