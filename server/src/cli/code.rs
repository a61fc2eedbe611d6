//! Codes to scan, drawn with characters, and the address that phones reach this machine by.

use anyhow::Context;
use std::io::IsTerminal;
use std::net::{IpAddr, UdpSocket};

/// A QR code for a terminal.
pub fn drawn(text: &str) -> anyhow::Result<String> {
    let code = qrcode::QrCode::new(text.as_bytes()).context("the address is too long for a code")?;
    let drawn = code
        .render::<qrcode::render::unicode::Dense1x2>()
        .quiet_zone(true)
        .build();
    // Black on white whatever the terminal's own colours: not every phone reads a code the other way round.
    let (before, after) = if std::io::stdout().is_terminal() {
        ("\x1b[30;107m", "\x1b[0m")
    } else {
        ("", "")
    };
    Ok(drawn
        .lines()
        .map(|line| format!("{before}{line}{after}\n"))
        .collect())
}

/// The address by which other machines reach this one. Nothing is sent: connecting a datagram socket only asks the
/// system which of its addresses it would use.
pub fn reachable(bound: IpAddr) -> IpAddr {
    if !bound.is_unspecified() {
        return bound;
    }
    let outward = || {
        let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
        socket.connect("192.0.2.1:9").ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    outward().unwrap_or(IpAddr::from([127, 0, 0, 1]))
}
