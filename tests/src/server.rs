//! The binary, run as its user runs it.

use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

/// The binary that cargo built beside these tests; `BARAZA_BIN` names another.
pub fn binary() -> PathBuf {
    if let Ok(path) = std::env::var("BARAZA_BIN") {
        return PathBuf::from(path);
    }
    let test = std::env::current_exe().expect("the test's own path");
    let target = test
        .ancestors()
        .find(|dir| dir.join("deps").is_dir())
        .expect("cargo's folder");
    let path = target.join("baraza");
    assert!(
        path.exists(),
        "{} is missing: build it first with 'cargo build'",
        path.display()
    );
    path
}

/// Runs one command of the binary to its end.
pub fn baraza(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(binary())
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("baraza runs")
}

/// All that a command said.
pub fn told(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Files handed to the project beside the repository.
pub fn shared(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared")
        .join(name);
    assert!(
        path.exists(),
        "{} is missing: these tests read it",
        path.display()
    );
    path
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// A line of what the system knows of a process's memory, on Linux: `VmRSS:` for what is resident, `VmHWM:` for that at
/// its highest.
pub fn memory_kb(pid: u32, name: &str) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find(|line| line.starts_with(name))
        .with_context(|| name.to_owned())?;
    Ok(line.split_whitespace().nth(1).context("a number")?.parse()?)
}

/// Any status is an answer.
fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into()
}

/// Rows of a CSV file by their headers.
pub fn csv_rows(path: &Path) -> Result<Vec<BTreeMap<String, String>>> {
    let mut reader = csv::Reader::from_path(path).with_context(|| path.display().to_string())?;
    Ok(reader.deserialize().collect::<Result<_, _>>()?)
}

/// All responses of the only survey of a folder's database.
pub fn rows(folder: &Path) -> Result<Vec<BTreeMap<String, String>>> {
    let export = baraza(folder, &["export", "--out", "r.csv"]);
    anyhow::ensure!(export.status.success(), "{}", told(&export));
    csv_rows(&folder.join("r.csv"))
}

/// `baraza serve` in a folder of its own.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// `http://127.0.0.1:PORT`
    pub url: String,
    /// What it printed until it answered.
    pub announced: String,
    folder: PathBuf,
}

impl Server {
    /// Starts with a fresh database `baraza.db` in the folder, or with the one there.
    pub fn start(folder: &Path, more: &[&str]) -> Result<Self> {
        Self::start_on(folder, free_port(), more)
    }

    /// Starts with a form in Markdown.
    pub fn start_with(folder: &Path, form: &str) -> Result<Self> {
        std::fs::write(folder.join("f.md"), form)?;
        Self::start(folder, &["--form", "f.md"])
    }

    /// Starts on a port.
    pub fn start_on(folder: &Path, port: u16, more: &[&str]) -> Result<Self> {
        Self::start_in(folder, port, more, &[])
    }

    /// Starts on a port as another version of the phone's code: the same files under another address.
    pub fn start_as(folder: &Path, port: u16, more: &[&str], mark: &str) -> Result<Self> {
        Self::start_in(folder, port, more, &[("BARAZA_ASSETS_MARK", mark)])
    }

    /// Starts on a port with variables of the environment.
    pub fn start_in(folder: &Path, port: u16, more: &[&str], environment: &[(&str, &str)]) -> Result<Self> {
        let address = format!("127.0.0.1:{port}");
        let mut child = Command::new(binary())
            .args(["serve", "--listen", &address])
            .args(more)
            .env("BARAZA_ASSETS_MARK", "")
            .envs(environment.iter().copied())
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(folder.join("serve.log"))?)
            .spawn()?;
        let mut announced = String::new();
        let mut lines = BufReader::new(child.stdout.take().context("its output")?).lines();
        for line in lines.by_ref().map_while(Result::ok) {
            announced += &line;
            announced.push('\n');
            if line.contains("Ctrl-C") {
                break;
            }
        }
        let mut server = Self {
            child,
            url: format!("http://{address}"),
            announced,
            folder: folder.to_owned(),
        };
        server.await_answer()?;
        Ok(server)
    }

    fn await_answer(&mut self) -> Result<()> {
        let patience = Instant::now() + Duration::from_secs(20);
        while Instant::now() < patience {
            if agent().get(format!("{}/healthz", self.url)).call().is_ok() {
                return Ok(());
            }
            if self.child.try_wait()?.is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        bail!(
            "the server does not answer: {}",
            std::fs::read_to_string(self.folder.join("serve.log"))?
        )
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.url
            .rsplit(':')
            .next()
            .and_then(|port| port.parse().ok())
            .unwrap_or_default()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Resident memory in kB.
    pub fn resident_kb(&self) -> Result<u64> {
        self.memory_kb("VmRSS:")
    }

    /// A line of what the system knows of its memory, on Linux.
    pub fn memory_kb(&self, name: &str) -> Result<u64> {
        memory_kb(self.pid(), name)
    }

    /// Posts a body to a survey's responses; gives status and JSON.
    pub fn post(&self, survey: &str, kind: &str, body: &[u8]) -> Result<(u16, serde_json::Value)> {
        let url = format!("{}/api/surveys/{survey}/responses", self.url);
        let mut response = agent().post(url).header("content-type", kind).send(body)?;
        let status = response.status().as_u16();
        Ok((status, response.body_mut().read_json().unwrap_or_default()))
    }

    /// Posts lines of responses, compressed where the headers say so; gives status and JSON.
    pub fn post_lines(&self, headers: &[(&str, &str)], body: &[u8]) -> Result<(u16, serde_json::Value)> {
        let mut request = agent().post(format!("{}/api/responses", self.url));
        if headers.iter().all(|(name, _)| *name != "content-type") {
            request = request.header("content-type", "application/x-ndjson");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = request.send(body)?;
        let status = response.status().as_u16();
        Ok((status, response.body_mut().read_json().unwrap_or_default()))
    }

    /// Sends a piece of a file from an offset on; gives status and JSON.
    pub fn patch_media(
        &self,
        survey: &str,
        name: &str,
        (offset, length): (usize, usize),
        bytes: &[u8],
    ) -> Result<(u16, serde_json::Value)> {
        let url = format!("{}/api/surveys/{survey}/media/{name}", self.url);
        let request = agent()
            .patch(url)
            .header("content-type", "application/partial-upload")
            .header("upload-offset", offset.to_string())
            .header("upload-length", length.to_string());
        let mut response = request.send(bytes)?;
        let status = response.status().as_u16();
        Ok((status, response.body_mut().read_json().unwrap_or_default()))
    }

    /// How much of a file is there, and whether it is whole.
    pub fn head_media(&self, survey: &str, name: &str) -> Result<(usize, bool)> {
        let url = format!("{}/api/surveys/{survey}/media/{name}", self.url);
        let response = agent().head(url).call()?;
        let said = |name: &str| {
            let value = response.headers().get(name).context(name.to_owned())?;
            Ok::<_, anyhow::Error>(value.to_str()?.to_owned())
        };
        Ok((said("upload-offset")?.parse()?, said("upload-complete")? == "?1"))
    }

    /// Sends a file that a response names; gives status and JSON.
    pub fn put_media(&self, survey: &str, name: &str, bytes: &[u8]) -> Result<(u16, serde_json::Value)> {
        let url = format!("{}/api/surveys/{survey}/media/{name}", self.url);
        let mut response = agent().put(url).send(bytes)?;
        let status = response.status().as_u16();
        Ok((status, response.body_mut().read_json().unwrap_or_default()))
    }

    /// Asks for an address with headers, whatever its status.
    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Result<ureq::http::Response<ureq::Body>> {
        let mut request = agent().get(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Ok(request.call()?)
    }

    /// Ends it at once, as a power cut does.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(self) -> Result<()> {
        self.ask_to_stop()?;
        let status = self.ended()?;
        anyhow::ensure!(status.success(), "it ended with {status}");
        Ok(())
    }

    /// Asks it to stop.
    pub fn ask_to_stop(&self) -> Result<()> {
        Command::new("kill").arg(self.pid().to_string()).status()?;
        Ok(())
    }

    /// Waits until it has ended.
    pub fn ended(mut self) -> Result<ExitStatus> {
        Ok(self.child.wait()?)
    }

    /// What it has logged so far.
    pub fn log(&self) -> Result<String> {
        Ok(std::fs::read_to_string(self.folder.join("serve.log"))?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
