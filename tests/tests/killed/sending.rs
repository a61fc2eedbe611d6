//! Sends from many connections until the server is gone or nothing is left, and notes what became of each parcel.

use crate::parcels::{Parcel, body, file, instance_id, lines, name_of, piece, survey};
use anyhow::{Context, Result, bail};
use baraza_tests::wire::{Answer, Wire, request};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What is to be sent, and until when.
#[derive(Debug, Clone)]
pub struct Task {
    pub port: u16,
    pub connections: usize,
    /// What was sent before, first of all.
    pub again: Vec<Parcel>,
    /// Where new parcels begin; none where there are to be none.
    pub fresh: Option<u64>,
    /// So many responses at most in new batches alone, to fill a table quickly; 0 for the usual mixture.
    pub fill: u64,
    pub stop: Arc<AtomicBool>,
}

/// What became of it.
#[derive(Debug, Default)]
pub struct Sent {
    /// Acknowledged.
    pub done: Vec<Parcel>,
    /// Not acknowledged: without an answer, or told to come later.
    pub open: Vec<Parcel>,
    /// What should never be answered.
    pub faults: Vec<String>,
    /// Of those sent again, how many responses were there already.
    pub were_there: u64,
    /// Where new parcels begin now.
    pub next: u64,
    /// When the first acknowledgement came.
    pub first: Option<Instant>,
}

/// What became of one parcel.
enum Outcome {
    /// Acknowledged; so many of its responses were there already.
    Done(u64),
    Later,
    Fault(String),
}

struct State {
    task: Task,
    again: VecDeque<Parcel>,
    sent: Sent,
}

impl State {
    /// The next parcel, and whether it is new.
    fn take(&mut self) -> Option<(Parcel, bool)> {
        if let Some(parcel) = self.again.pop_front() {
            return Some((parcel, false));
        }
        let first = self.task.fresh?;
        let parcel = if self.task.fill == 0 {
            Parcel::at(first)
        } else {
            let count = self.task.fill.min(100);
            self.task.fill -= count;
            if self.task.fill == 0 {
                self.task.fresh = None;
            }
            Parcel::Batch {
                first,
                count,
                packed: false,
            }
        };
        self.task.fresh = self.task.fresh.map(|_| parcel.next());
        self.sent.next = parcel.next();
        Some((parcel, true))
    }
}

/// Sends in a runtime of its own.
pub fn send(task: Task) -> Result<Sent> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let local = tokio::task::LocalSet::new();
    let connections = task.connections;
    let state = Rc::new(RefCell::new(State {
        again: task.again.iter().cloned().collect(),
        sent: Sent {
            next: task.fresh.unwrap_or_default(),
            ..Sent::default()
        },
        task,
    }));
    local.block_on(&runtime, async {
        let workers: Vec<_> = (0..connections)
            .map(|_| tokio::task::spawn_local(work(Rc::clone(&state))))
            .collect();
        for worker in workers {
            worker.await?;
        }
        Ok::<(), anyhow::Error>(())
    })?;
    let mut state = state.borrow_mut();
    let left: Vec<Parcel> = state.again.drain(..).collect();
    state.sent.open.extend(left);
    Ok(std::mem::take(&mut state.sent))
}

async fn work(state: Rc<RefCell<State>>) {
    let (port, stop) = {
        let state = state.borrow();
        (state.task.port, Arc::clone(&state.task.stop))
    };
    let mut wire: Option<Wire> = None;
    while !stop.load(Ordering::Relaxed) {
        if wire.is_none() {
            wire = Wire::open(port).await.ok();
        }
        let Some(open) = &mut wire else {
            tokio::time::sleep(Duration::from_millis(2)).await;
            continue;
        };
        let Some((mut parcel, fresh)) = state.borrow_mut().take() else {
            return;
        };
        let outcome = deliver(open, &mut parcel, fresh).await;
        let mut state = state.borrow_mut();
        let sent = &mut state.sent;
        match outcome {
            Ok(Outcome::Done(were_there)) => {
                sent.first.get_or_insert_with(Instant::now);
                sent.were_there += were_there;
                sent.done.push(parcel);
            }
            Ok(Outcome::Later) => sent.open.push(parcel),
            Ok(Outcome::Fault(fault)) => {
                sent.faults.push(fault);
                sent.open.push(parcel);
            }
            Err(_) => {
                sent.open.push(parcel);
                wire = None;
            }
        }
    }
}

async fn deliver(wire: &mut Wire, parcel: &mut Parcel, fresh: bool) -> Result<Outcome> {
    match parcel {
        Parcel::Response(number) | Parcel::Known(number) => {
            let (path, body) = (
                format!("/api/surveys/{}/responses", survey(*number)),
                body(*number),
            );
            let json = [("content-type", "application/json")];
            let answer = wire.ask(&request("POST", &path, &json, body.as_bytes())).await?;
            let said = answer.json();
            let word = said["status"].as_str().unwrap_or_default();
            let known = matches!(parcel, Parcel::Known(_));
            Ok(match (answer.status, word) {
                (503, _) => Outcome::Later,
                (200, "stored") if !known => Outcome::Done(0),
                (200, "already_stored") if !fresh => Outcome::Done(u64::from(!known)),
                _ => fault(parcel, fresh, &answer),
            })
        }
        Parcel::Batch { first, count, packed } => {
            let mut headers = vec![("content-type", "application/x-ndjson")];
            if *packed {
                headers.push(("content-encoding", "gzip"));
            }
            let body = lines(*first, *count, *packed);
            let answer = wire
                .ask(&request("POST", "/api/responses", &headers, &body))
                .await?;
            Ok(if answer.status == 503 {
                Outcome::Later
            } else {
                each_line(parcel, fresh, &answer)
            })
        }
        Parcel::File(number) => {
            let bytes = file(*number);
            let answer = wire.ask(&request("PUT", &address(&bytes), &[], &bytes)).await?;
            Ok(match answer.status {
                503 => Outcome::Later,
                200 => Outcome::Done(0),
                _ => fault(parcel, fresh, &answer),
            })
        }
        Parcel::Pieces { .. } => in_pieces(wire, parcel, fresh).await,
    }
}

fn address(bytes: &[u8]) -> String {
    format!("/api/surveys/pictures/media/{}", name_of(bytes))
}

fn fault(parcel: &Parcel, fresh: bool, answer: &Answer) -> Outcome {
    let said = String::from_utf8_lossy(&answer.body).into_owned();
    Outcome::Fault(format!("{parcel:?} (new: {fresh}): {} {said}", answer.status))
}

/// A request is committed together: all of its lines are stored, or all are to come later.
fn each_line(parcel: &Parcel, fresh: bool, answer: &Answer) -> Outcome {
    let said = answer.json();
    let lines = said["responses"].as_array().map_or(&[][..], Vec::as_slice);
    let is = |line: &Value, word: &str| line["status"] == word;
    let expected: Vec<String> = parcel.responses().map(instance_id).collect();
    let named: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["instance_id"].as_str())
        .collect();
    if named == expected {
        if lines.iter().all(|line| is(line, "later")) {
            return Outcome::Later;
        }
        if lines.iter().all(|line| is(line, "stored")) {
            return Outcome::Done(0);
        }
        if !fresh && lines.iter().all(|line| is(line, "already_stored")) {
            return Outcome::Done(lines.len() as u64);
        }
    }
    fault(parcel, fresh, answer)
}

/// Goes on from where the server says that it is, which is never before what it acknowledged.
async fn in_pieces(wire: &mut Wire, parcel: &mut Parcel, fresh: bool) -> Result<Outcome> {
    let shown = parcel.clone();
    let Parcel::Pieces { number, acknowledged } = parcel else {
        bail!("not in pieces");
    };
    let bytes = file(*number);
    let path = address(&bytes);
    let mut offset = 0;
    if !fresh {
        // The answer to HEAD has a length of its own only where it has none.
        let answer = wire.ask(&request("HEAD", &path, &[], b"")).await?;
        if answer.status != 200 {
            return Ok(fault(&shown, fresh, &answer));
        }
        offset = answer.header("upload-offset").context("an offset")?.parse()?;
        if offset < *acknowledged {
            return Ok(fault(&shown, fresh, &answer));
        }
        if answer.header("upload-complete") == Some("?1") {
            return Ok(Outcome::Done(0));
        }
    }
    let length = bytes.len().to_string();
    while offset < bytes.len() {
        let end = (offset + piece(bytes.len())).min(bytes.len());
        let begin = offset.to_string();
        let headers = [
            ("content-type", "application/partial-upload"),
            ("upload-offset", begin.as_str()),
            ("upload-length", length.as_str()),
        ];
        let answer = wire
            .ask(&request("PATCH", &path, &headers, &bytes[offset..end]))
            .await?;
        match (answer.status, answer.json()["status"].as_str()) {
            (503, _) => return Ok(Outcome::Later),
            (200, Some("partial")) if end < bytes.len() => *acknowledged = end,
            (200, Some("stored")) if end == bytes.len() => return Ok(Outcome::Done(0)),
            _ => return Ok(fault(&shown, fresh, &answer)),
        }
        offset = end;
    }
    Ok(Outcome::Done(0))
}
