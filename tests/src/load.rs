//! Unique responses of 1 KB from many connections at once, over real HTTP, and what became of each.
//!
//! Lean on purpose: the server that is measured has the same two cores.

use crate::wire::{Wire, request};
use anyhow::Result;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// The form that the responses are to.
pub const FORM: &str = "\
| survey   |                  |         |                        |            |
|          | type             | name    | label                  | constraint |
|          | text             | q_name  | Name                   |            |
|          | integer          | q_age   | Age                    | . < 130    |
|          | date             | q_date  | Day of the visit       |            |
|          | dateTime         | q_when  | Begin of the visit     |            |
|          | select_one color | q_color | Colour of the roof     |            |
|          | select_multiple crops | q_crops | What grows here   |            |
|          | decimal          | q_area  | Hectares               |            |
|          | text             | q_note  | What they said         |            |
|          | geopoint         | q_geo   | Where                  |            |
|          | text             | q_phone | Telephone              |            |
| choices  |                  |         |                        |
|          | list_name        | name    | label                  |
|          | color            | red     | Red                    |
|          | color            | blue    | Blue                   |
|          | crops            | maize   | Maize                  |
|          | crops            | beans   | Beans                  |
| settings |                  |         |
|          | form_id          | version |
|          | household        | 1       |
";
/// Where such a response is sent.
pub const PATH: &str = "/api/surveys/household/responses";

/// When a run ends.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// So many requests were sent.
    Sent(u64),
    /// So long after its beginning.
    Past(Duration),
    /// The server is gone.
    Gone,
}

/// A run.
#[derive(Debug, Clone, Copy)]
pub struct Load<'a> {
    /// On the loopback address.
    pub port: u16,
    /// Where to post.
    pub path: &'a str,
    /// Connections, each with one request at a time.
    pub connections: usize,
    /// Makes the instance IDs differ from those of other runs.
    pub run: u32,
    /// Number of the first response.
    pub first: u64,
    /// When it ends.
    pub until: Until,
}

/// What became of the responses of a run.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Numbers of those that the server said were stored, or stored already.
    pub acknowledged: Vec<u64>,
    /// How many answers had each other status.
    pub others: BTreeMap<u16, u64>,
    /// Requests without an answer.
    pub broken: u64,
    /// Microseconds from the request to its answer, of those acknowledged.
    pub waits: Vec<u32>,
    /// From the first request to the last answer.
    pub took: Duration,
    /// Number of the next response.
    pub next: u64,
}

impl Outcome {
    /// Acknowledged in a second.
    pub fn rate(&self) -> f64 {
        self.acknowledged.len() as f64 / self.took.as_secs_f64()
    }

    /// Milliseconds within which a share of the answers came.
    pub fn within(&mut self, share: f64) -> f64 {
        self.waits.sort_unstable();
        let last = self.waits.len().saturating_sub(1);
        let place = (last as f64 * share).round() as usize;
        self.waits
            .get(place)
            .map_or(f64::NAN, |wait| f64::from(*wait) / 1000.0)
    }
}

/// Instance ID of a response by its number; like one that a phone makes, in no order.
pub fn instance_id(run: u32, number: u64) -> Uuid {
    let mixed = splitmix(number ^ (u64::from(run) << 32));
    Uuid::from_u64_pair(splitmix(mixed) ^ u64::from(run), mixed)
}

/// Scatters numbers over all of 64 bits, each to another one.
fn splitmix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A response of about 1 KB.
pub fn body(run: u32, number: u64) -> String {
    let id = instance_id(run, number);
    let note = "the north field was flooded in march; ".repeat(14);
    let (age, area) = (number % 90, (number % 1000) as f64 / 10.0);
    format!(
        r#"{{"form":"household","version":"1","instance_id":"{id}","started":"2026-08-21T10:11:12.000+03:00","finished":"2026-08-21T10:31:12.000+03:00","language":"en","answers":{{"q_name":"Person {number}","q_age":{age},"q_date":"2026-08-21","q_when":"2026-08-21T10:11:12.000+03:00","q_color":"red","q_crops":["maize","beans"],"q_area":{area},"q_note":"{note}","q_geo":"-1.2921 36.8219 1795.0 4.0","q_phone":"+254700000000"}}}}"#
    )
}

/// Sends until the run ends.
pub fn run(load: Load<'_>) -> Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let (begun, next) = (Instant::now(), Rc::new(Cell::new(load.first)));
        let tasks: Vec<_> = (0..load.connections)
            .map(|_| {
                let path = load.path.to_owned();
                tokio::task::spawn_local(connection(
                    load.port,
                    path,
                    load.run,
                    load.first,
                    load.until,
                    begun,
                    Rc::clone(&next),
                ))
            })
            .collect();
        let mut all = Outcome::default();
        for task in tasks {
            let one = task.await?;
            all.acknowledged.extend(one.acknowledged);
            all.waits.extend(one.waits);
            all.broken += one.broken;
            for (status, count) in one.others {
                *all.others.entry(status).or_default() += count;
            }
        }
        all.took = begun.elapsed();
        all.next = next.get();
        Ok(all)
    })
}

async fn connection(
    port: u16,
    path: String,
    run: u32,
    first: u64,
    until: Until,
    begun: Instant,
    next: Rc<Cell<u64>>,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut line: Option<Wire> = None;
    loop {
        let over = match until {
            Until::Sent(most) => next.get() >= first + most,
            Until::Past(time) => begun.elapsed() >= time,
            Until::Gone => false,
        };
        if over {
            return outcome;
        }
        let number = next.get();
        next.set(number + 1);
        if line.is_none() {
            line = Wire::open(port).await.ok();
        }
        let Some(open) = &mut line else {
            outcome.broken += 1;
            if matches!(until, Until::Gone) {
                return outcome;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        let sent = Instant::now();
        let kind = [("content-type", "application/json")];
        let request = request("POST", &path, &kind, body(run, number).as_bytes());
        match open.ask_for_status(&request).await {
            Ok(200) => {
                outcome.waits.push(sent.elapsed().as_micros() as u32);
                outcome.acknowledged.push(number);
            }
            Ok(status) => *outcome.others.entry(status).or_default() += 1,
            Err(_) => {
                outcome.broken += 1;
                line = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{body, instance_id};
    use std::collections::BTreeSet;

    #[test]
    fn every_response_is_another_and_of_about_a_kilobyte() {
        let ids: BTreeSet<_> = (0..1000)
            .flat_map(|n| [instance_id(1, n), instance_id(2, n)])
            .collect();
        assert_eq!(ids.len(), 2000);
        assert!(
            (950..1100).contains(&body(1, 123).len()),
            "{}",
            body(1, 123).len()
        );
    }
}
