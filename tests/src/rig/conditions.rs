//! Conditions that a browser can be put under.

use crate::browser::Page;
use anyhow::Result;
use headless_chrome::protocol::cdp::{Emulation, Network as Cdp, Page as CdpPage, Storage};
use std::time::Duration;

/// A network as Chromium imitates it for one page.
#[derive(Clone, Copy, Debug)]
pub struct Network {
    /// Bits a second, in either direction.
    pub bits: u32,
    /// Added to each request.
    pub latency: Duration,
}

/// For [`Page::before_all`]: a browser that keeps nothing, as private windows of some do.
pub const NO_DATABASE: &str =
    "IDBFactory.prototype.open = () => { throw new DOMException('not here', 'SecurityError'); };";

/// For [`Page::before_all`]: the database does not open while `isShut` holds, as Chromium's for a while after a crash.
/// What the page waits for is so many times shorter.
pub fn shut(faster: u32) -> String {
    format!(
        "{{
            globalThis.isShut = true;
            const open = IDBFactory.prototype.open;
            IDBFactory.prototype.open = function (...given) {{
                if (!globalThis.isShut) return open.apply(this, given);
                const error = new DOMException('Internal error opening backing store for indexedDB.open.', 'UnknownError');
                const request = {{ error }};
                queueMicrotask(() => request.onerror());
                return request;
            }};
            const wait = globalThis.setTimeout;
            globalThis.setTimeout = (work, ms) => wait(work, ms > 50 ? ms / {faster} : ms);
        }}"
    )
}

/// For [`Page::before_all`]: nothing can be written while `isFull` holds. Chromium looks at its quota now and then only,
/// so that a test can't make the moment with [`Page::quota`].
pub const FULL_WHEN_TOLD: &str = "{
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (...given) {
        if (globalThis.isFull) throw new DOMException('full', 'QuotaExceededError');
        return put.apply(this, given);
    };
}";

/// For [`Page::before_all`]: finished responses seem to be kept and are not. What looks for losses has to find this.
pub const BROKEN_OUTBOX: &str = "{
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (...given) {
        return this.name === 'outbox' ? this.count() : put.apply(this, given);
    };
}";

impl Page {
    /// Runs a script before everything else, on each page that is opened from now on.
    pub fn before_all(&self, script: &str) -> Result<()> {
        self.tab.call_method(CdpPage::AddScriptToEvaluateOnNewDocument {
            source: script.to_owned(),
            world_name: None,
            include_command_line_api: None,
            run_immediately: None,
        })?;
        Ok(())
    }

    /// The phone's clock is wrong by so many days, from the next page on.
    pub fn clock_off_by_days(&self, days: i32) -> Result<()> {
        self.before_all(&format!(
            "{{
                const off = {days} * 86400000;
                const Real = Date;
                globalThis.Date = class Date extends Real {{
                    constructor(...given) {{
                        if (given.length) super(...given); else super(Real.now() + off);
                    }}
                    static now() {{ return Real.now() + off; }}
                }};
            }}"
        ))
    }

    /// Slows the network of this page down.
    pub fn network(&self, network: Network) -> Result<()> {
        let bytes = f64::from(network.bits) / 8.0;
        self.emulate(false, network.latency.as_secs_f64() * 1000.0, bytes)
    }

    /// Takes the network from this page or gives it back.
    pub fn offline(&self, offline: bool) -> Result<()> {
        self.emulate(offline, 0.0, -1.0)
    }

    fn emulate(&self, offline: bool, latency: f64, bytes: f64) -> Result<()> {
        self.tab.call_method(Cdp::Enable {
            max_total_buffer_size: None,
            max_resource_buffer_size: None,
            max_post_data_size: None,
            report_direct_socket_traffic: None,
            enable_durable_messages: None,
        })?;
        self.tab.call_method(Cdp::EmulateNetworkConditions {
            offline,
            latency,
            download_throughput: bytes,
            upload_throughput: bytes,
            connection_Type: None,
            packet_loss: None,
            packet_queue_length: None,
            packet_reordering: None,
        })?;
        Ok(())
    }

    /// Makes the processor so many times slower.
    pub fn slower(&self, times: f64) -> Result<()> {
        self.tab
            .call_method(Emulation::SetCPUThrottlingRate { rate: times })?;
        Ok(())
    }

    /// The origin may keep so many bytes from now on.
    pub fn quota(&self, origin: &str, bytes: u32) -> Result<()> {
        self.tab.call_method(Storage::OverrideQuotaForOrigin {
            origin: origin.to_owned(),
            quota_size: Some(f64::from(bytes)),
        })?;
        Ok(())
    }
}
