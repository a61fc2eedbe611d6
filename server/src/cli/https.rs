//! How `baraza serve` is reached over https.

use crate::http::{Domain, Own, Tls};
use anyhow::Context;
use clap::Args;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

/// Certificates, and what goes with them.
#[derive(Debug, Args)]
pub struct Https {
    /// Serve over https under this name, which leads to this machine: the certificate is obtained from Let's Encrypt
    /// and renewed by itself; port 443 has to be open to the world (can be repeated)
    #[arg(long, value_name = "NAME", conflicts_with_all = ["tls_cert", "url"], value_parser = name)]
    domain: Vec<String>,
    /// An e-mail address for whoever signs the certificate, to write to when something is wrong
    #[arg(long, value_name = "ADDRESS", requires = "domain")]
    acme_contact: Option<String>,
    /// Obtain the certificate from another authority (the address of its ACME directory)
    #[arg(long, value_name = "URL", requires = "domain")]
    acme_directory: Option<String>,
    /// Certificates (PEM) by which that authority is known
    #[arg(long, value_name = "FILE", requires = "acme_directory")]
    acme_root: Option<PathBuf>,
    /// Serve over https with this certificate (PEM, with those in between); read anew when it is replaced
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its private key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Send whoever comes to this address without https to https; with --domain and no --listen, 0.0.0.0:80
    #[arg(long, value_name = "ADDRESS")]
    redirect_from: Option<SocketAddr>,
}

/// `survey.example.org`, and nothing else that people write.
fn name(written: &str) -> Result<String, String> {
    let is_name = written.contains('.')
        && !written.starts_with('.')
        && written
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.')
        && written.parse::<std::net::IpAddr>().is_err();
    if is_name {
        Ok(written.to_ascii_lowercase())
    } else {
        Err("a name such as survey.example.org is needed, without https:// and without a port; in letters that a \
             name server knows (xn--… for others)"
            .to_owned())
    }
}

impl Https {
    /// Whether anything is served over https.
    pub fn is_on(&self) -> bool {
        !self.domain.is_empty() || self.tls_cert.is_some()
    }

    /// Where the server listens if nobody says.
    pub fn usual_address(&self) -> SocketAddr {
        (Ipv4Addr::UNSPECIFIED, if self.is_on() { 443 } else { 8080 }).into()
    }

    /// The address that phones use, where it follows from the name.
    pub fn url(&self, port: u16) -> Option<String> {
        let name = self.domain.first()?;
        Some(match port {
            443 => format!("https://{name}"),
            port => format!("https://{name}:{port}"),
        })
    }

    /// The listener that sends people on to https; nothing where there is none to be.
    pub fn redirecting(&self, listens_as_usual: bool) -> anyhow::Result<Option<TcpListener>> {
        anyhow::ensure!(
            self.is_on() || self.redirect_from.is_none(),
            "--redirect-from sends people to https, which needs --domain, or --tls-cert and --tls-key"
        );
        let usual = (!self.domain.is_empty() && listens_as_usual).then(|| (Ipv4Addr::UNSPECIFIED, 80).into());
        let Some(address) = self.redirect_from.or(usual) else {
            return Ok(None);
        };
        let listener = TcpListener::bind(address).with_context(|| {
            format!("can't listen on {address} to send people to https: choose another with --redirect-from")
        })?;
        listener.set_nonblocking(true)?;
        Ok(Some(listener))
    }

    /// What makes connections secret; certificates are kept beside the database. To be called within the runtime.
    pub fn tls(&self, database: &Path) -> anyhow::Result<Option<Tls>> {
        if let (Some(certificate), Some(key)) = (&self.tls_cert, &self.tls_key) {
            let files = Own {
                certificate: certificate.clone(),
                key: key.clone(),
            };
            return Tls::own(files).map(Some);
        }
        if self.domain.is_empty() {
            return Ok(None);
        }
        Tls::obtained(&Domain {
            names: self.domain.clone(),
            contact: self.acme_contact.clone(),
            directory: self.acme_directory.clone(),
            root: self.acme_root.clone(),
            folder: database.with_extension("certificates"),
        })
        .map(Some)
    }
}
