//! `baraza serve`

use super::code::{drawn, reachable};
use super::https::Https;
use super::publish::{ToPublish, put_up};
use super::{Database, Format, media};
use crate::backup::{Recipients, Schedule, Timed, every, sweep_up};
use crate::desk::{END, HOURS, expires};
use crate::http::{Setup, Stopping, make_app};
use crate::machine::ask_for_file_handles;
use crate::secret;
use crate::store::{SERVER, Store};
use crate::tidy::Tidy;
use clap::Args;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Publish the default survey and answer phones
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza serve                                   the default survey, on port 8080 of this machine
  baraza serve --form household.xlsx             another form (and no default survey)
  baraza serve --db north.db --listen 127.0.0.1:9000
  baraza serve --domain survey.example.org       over https, with a certificate that is obtained and renewed
  baraza serve --tls-cert cert.pem --tls-key key.pem --listen 0.0.0.0:8443
  baraza serve --backup-folder /media/stick --backup-every 6h --backup-keep 30 --backup-to age1…

Phones on the same network open the address that is printed, or scan the code. Stop with Ctrl-C: requests under
way are finished; a second Ctrl-C ends at once. Log: BARAZA_LOG=info has a line for each request (errors and warnings by
default; never answers, addresses of people, or what signs in). /healthz says how it goes; /metrics is for Prometheus,
from this machine alone, or with the token in BARAZA_METRICS_TOKEN.")]
pub struct Serve {
    #[command(flatten)]
    database: Database,
    /// Address and port to listen on; 0.0.0.0:8080, or with a certificate 0.0.0.0:443
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Publish this form rather than the default survey
    #[arg(long, value_name = "FORM")]
    form: Option<PathBuf>,
    /// The address that phones use, where it is another one (behind a proxy, say)
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The largest photo, sound or other file that is taken from a phone, in MB
    #[arg(long, value_name = "MB", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=500))]
    media_limit_mb: u64,
    /// Bytes of the disk that files leave free for responses, in MB; without it, 200 MB, or a twentieth of a small disk
    #[arg(long, value_name = "MB")]
    disk_reserve_mb: Option<u64>,
    /// Remove a file so long after it came, where no response names it: 30d
    #[arg(long, value_name = "SPAN", default_value = media::AFTER, value_parser = every)]
    drop_unnamed_after: Duration,
    /// How the log is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    log_format: Format,
    #[command(flatten)]
    https: Https,
    #[command(flatten)]
    backups: Backups,
}

/// Backups by the clock.
#[derive(Debug, Args)]
struct Backups {
    /// Make backups by the clock in this folder; while it is missing (a stick that was taken out) none are made
    #[arg(long = "backup-folder", value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// From one backup to the next: 30m, 6h, 1d
    #[arg(long = "backup-every", value_name = "SPAN", default_value = "6h", value_parser = every, requires = "folder")]
    every: Duration,
    /// How many backups are kept; the oldest goes when a new one is whole
    #[arg(long = "backup-keep", value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..), requires = "folder")]
    keep: u32,
    /// Encrypt them to this key, or to those in a file: age1… or @FILE (can be repeated)
    #[arg(long = "backup-to", value_name = "RECIPIENT", requires = "folder")]
    to: Vec<String>,
}

impl Backups {
    fn schedule(&self) -> anyhow::Result<Option<Schedule>> {
        let Some(folder) = self.folder.clone() else {
            return Ok(None);
        };
        Ok(Some(Schedule {
            folder,
            every: self.every,
            keep: self.keep as usize,
            recipients: Recipients::named(&self.to)?,
        }))
    }
}

pub fn run(serve: &Serve) -> anyhow::Result<ExitCode> {
    super::log::start(serve.log_format);
    ask_for_file_handles();
    // Before the database: a second server must not change anything.
    let listener = bound_to(serve.listen.unwrap_or_else(|| serve.https.usual_address()))?;
    let redirecting = serve.https.redirecting(serve.listen.is_none())?;
    let form = match &serve.form {
        Some(path) => match ToPublish::read(path)? {
            Ok(form) => Some(form),
            Err(code) => return Ok(code),
        },
        None => None,
    };
    let schedule = serve.backups.schedule()?;
    sweep_up(&serve.database.db, serve.backups.folder.as_deref());
    let store = serve.database.open()?;
    let form = match form {
        None if store.slugs()?.is_empty() => Some(ToPublish::default_survey()?),
        form => form,
    };
    if let Some(form) = form
        && let Err(code) = put_up(&store, &form, &[], SERVER)?
    {
        return Ok(code);
    }
    let bound = listener.local_addr()?;
    let url = serve.url.clone().or_else(|| serve.https.url(bound.port()));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(16)
        .build()?;
    let tls = runtime.block_on(async { serve.https.tls(&serve.database.db) })?;
    let address = url.as_deref().map_or_else(
        || {
            let scheme = if tls.is_some() { "https" } else { "http" };
            format!(
                "{scheme}://{}",
                SocketAddr::new(reachable(bound.ip()), bound.port())
            )
        },
        |url| url.trim_end_matches('/').to_owned(),
    );
    announce(&store, serve, &address)?;
    listener.set_nonblocking(true)?;
    let looking = store.look_after_unclean_stop();
    let timed = schedule.map(|schedule| Timed::start(store.clone(), schedule));
    let tidy = Tidy::start(store.clone(), serve.drop_unnamed_after);
    let served = store.clone();
    let stopping = Stopping::default();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let setup = Setup {
            url,
            is_https: tls.is_some(),
            most_media: serve.media_limit_mb << 20,
            reserve: serve
                .disk_reserve_mb
                .map(|megabytes| megabytes.saturating_mul(1 << 20)),
            backups: timed.as_ref().map(Timed::state),
            metrics_token: std::env::var("BARAZA_METRICS_TOKEN").ok(),
            stopping: stopping.clone(),
        };
        if let Some(listener) = redirecting {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            tokio::spawn(crate::http::redirect(
                listener,
                bound.port(),
                address,
                std::future::pending(),
            ));
        }
        let stop = async {
            asked_to_stop().await;
            stopping.tell();
        };
        crate::http::serve(listener, tls, make_app(served, setup), stop).await;
        Ok::<(), anyhow::Error>(())
    })?;
    drop((tidy, timed, looking));
    store.close();
    let _ = writeln!(std::io::stderr(), "stopped; everything acknowledged is on disk");
    Ok(ExitCode::SUCCESS)
}

fn bound_to(address: SocketAddr) -> anyhow::Result<std::net::TcpListener> {
    std::net::TcpListener::bind(address).map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "port {} is in use, perhaps by another Baraza: stop that one, or choose a port with --listen {}:PORT",
            address.port(),
            address.ip()
        ),
        std::io::ErrorKind::PermissionDenied if address.port() < 1024 => anyhow::anyhow!(
            "the system lets only some programs listen on port {}: start Baraza as the service in deploy/baraza.service \
             does, or choose a port with --listen {}:8443",
            address.port(),
            address.ip()
        ),
        _ => anyhow::anyhow!("can't listen on {address}: {error}"),
    })
}

/// How a process ends that was told twice to: as the shell says of one that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// Done when somebody asks the server to stop. Whoever asks a second time does not want to wait for what is under way;
/// the disk has everything that was acknowledged, and the next start looks after the rest.
async fn asked_to_stop() {
    asked_once().await;
    tokio::spawn(async {
        asked_once().await;
        let _ = writeln!(
            std::io::stderr(),
            "stopped at once; everything acknowledged is on disk"
        );
        std::process::exit(INTERRUPTED);
    });
}

async fn asked_once() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
        if let Ok(mut terminate) = terminate {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}

/// Where nobody has an account yet, the link that makes the first administrator. Each start makes another.
fn first_link(store: &Store, address: &str) -> anyhow::Result<String> {
    let token = secret::make();
    if !store.make_first_link((&secret::digest(&token), &expires()))? {
        return Ok(String::new());
    }
    Ok(format!(
        "\nWhoever opens this link first becomes the administrator of the desk, the pages for those who run surveys \
         (it holds once, and for {HOURS} hours; the next start makes another):\n  {address}{END}{token}\n"
    ))
}

/// Says where the surveys are, with a code to scan.
fn announce(store: &Store, serve: &Serve, address: &str) -> anyhow::Result<()> {
    let surveys = store.surveys()?;
    let mut said = format!("Baraza answers at {address}\n");
    for survey in &surveys {
        let synthetic = if survey.synthetic { " (synthetic data)" } else { "" };
        said += &format!(
            "  {address}/s/{}  {} responses{synthetic}\n",
            survey.slug, survey.responses
        );
    }
    said += &format!(
        "  {address}/desk  for those who run surveys\n  database: {}\n\n",
        serve.database.db.display()
    );
    let target = match &surveys[..] {
        [only] => format!("{address}/s/{}", only.slug),
        _ => address.to_owned(),
    };
    said += &drawn(&target)?;
    said += &first_link(store, address)?;
    said += "\nPhones on the same network can scan this. Stop with Ctrl-C.\n";
    // Nobody may be reading; phones are served all the same.
    let _ = std::io::stdout().write_all(said.as_bytes());
    Ok(())
}
