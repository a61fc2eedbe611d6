//! A server that is not waited for: it may be killed before it answers at all.

use anyhow::{Context, Result, bail};
use baraza_tests::{binary, free_port};
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// `baraza serve` on the database of a folder.
pub struct Process {
    child: Child,
    pub port: u16,
    /// When it was begun.
    pub begun: Instant,
}

impl Process {
    /// Begins it, on a port of its own and with variables of the environment; what it says of faults is added to
    /// `serve.log`.
    pub fn begin(folder: &Path, environment: &[(&str, &str)]) -> Result<Self> {
        let port = free_port();
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join("serve.log"))?;
        let begun = Instant::now();
        let child = Command::new(binary())
            .args(["serve", "--listen", &format!("127.0.0.1:{port}")])
            .envs(environment.iter().copied())
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        Ok(Self { child, port, begun })
    }

    /// Waits for the first answer; gives the time from its beginning.
    pub fn answers(&mut self) -> Result<Duration> {
        let patience = Duration::from_mins(5);
        while self.begun.elapsed() < patience {
            if is_answered(self.port, patience).unwrap_or(false) {
                return Ok(self.begun.elapsed());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended by itself: {status}");
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        bail!("the server does not answer")
    }

    /// `kill -9`
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(mut self) -> Result<()> {
        Command::new("kill").arg(self.child.id().to_string()).status()?;
        let status = self.child.wait()?;
        anyhow::ensure!(status.success(), "it ended with {status}");
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_answered(port: u16, patience: Duration) -> Result<bool> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(patience))?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.get(9..12).context("a status")?;
    Ok(status == "200")
}
