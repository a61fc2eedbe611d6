//! Https without a proxy: a certificate of one's own, or one that is obtained and renewed (ACME, RFC 8555, proved by
//! TLS-ALPN-01, RFC 8737, so that port 443 alone has to be reachable).

use anyhow::Context;
use rustls_acme::caches::DirCache;
use rustls_acme::{AcmeConfig, AcmeState, EventOk, UseChallenge, is_tls_alpn_challenge};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{Acceptor, ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig, crypto};
use tokio_rustls::server::TlsStream;

/// The longest that a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(20);
/// How often it is looked whether a certificate of one's own was replaced.
const LOOK: Duration = Duration::from_secs(if cfg!(debug_assertions) { 1 } else { 60 });
/// What is spoken inside.
const HTTP: &[u8] = b"http/1.1";

/// A certificate and its key in files, which another program may renew.
#[derive(Debug, Clone)]
pub struct Own {
    /// PEM, the server's certificate first.
    pub certificate: PathBuf,
    /// PEM.
    pub key: PathBuf,
}

/// What is needed to obtain a certificate.
#[derive(Debug, Clone)]
pub struct Domain {
    /// Names that lead to this machine.
    pub names: Vec<String>,
    /// Where whoever signs writes to when something is wrong.
    pub contact: Option<String>,
    /// Whoever signs; Let's Encrypt where nobody is named.
    pub directory: Option<String>,
    /// Certificates (PEM) of whoever signs that machines don't know by themselves.
    pub root: Option<PathBuf>,
    /// Where account and certificate are kept: a new one at each start would soon be refused.
    pub folder: PathBuf,
}

/// Makes connections secret; clones are the same.
#[derive(Clone)]
pub struct Tls {
    usual: Arc<ServerConfig>,
    /// For whoever signs, to see that the name leads here.
    challenge: Option<Arc<ServerConfig>>,
}

impl Tls {
    /// With a certificate of one's own, read anew whenever its files change.
    pub fn own(files: Own) -> anyhow::Result<Self> {
        let current = Arc::new(Current(RwLock::new(Arc::new(read(&files)?))));
        let kept = Arc::clone(&current);
        std::thread::spawn(move || follow(&files, &kept));
        Ok(Self {
            usual: configured(current)?,
            challenge: None,
        })
    }

    /// With a certificate that is obtained now, unless a good one is kept, and renewed in time. To be called within
    /// the runtime.
    pub fn obtained(domain: &Domain) -> anyhow::Result<Self> {
        make_private(&domain.folder)?;
        let config = AcmeConfig::new_with_client_config(&domain.names, trusting(domain.root.as_deref())?)
            .contact(domain.contact.iter().map(|contact| format!("mailto:{contact}")))
            .challenge_type(UseChallenge::TlsAlpn01)
            .cache(DirCache::new(domain.folder.clone()));
        let config = match &domain.directory {
            Some(directory) => config.directory(directory),
            None => config.directory_lets_encrypt(true),
        };
        let state = config.state();
        let tls = Self {
            usual: configured(state.resolver())?,
            challenge: Some(state.challenge_rustls_config_with_provider(provider())),
        };
        tokio::spawn(renew(state, domain.names.join(", ")));
        Ok(tls)
    }

    /// The secret connection; nothing where none is to be served: a test by whoever signs, or no TLS at all.
    pub async fn accept(&self, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        let shaken = tokio::time::timeout(HANDSHAKE, self.shake(stream)).await;
        match shaken {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                tracing::debug!("a connection came to no terms: {error}");
                None
            }
            Err(_) => None,
        }
    }

    async fn shake(&self, stream: TcpStream) -> std::io::Result<Option<TlsStream<TcpStream>>> {
        let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        match &self.challenge {
            Some(challenge) if is_tls_alpn_challenge(&start.client_hello()) => {
                let mut stream = start.into_stream(Arc::clone(challenge)).await?;
                stream.shutdown().await?;
                Ok(None)
            }
            _ => Ok(Some(start.into_stream(Arc::clone(&self.usual)).await?)),
        }
    }
}

fn provider() -> Arc<crypto::CryptoProvider> {
    Arc::new(crypto::ring::default_provider())
}

fn configured(resolver: Arc<dyn ResolvesServerCert>) -> anyhow::Result<Arc<ServerConfig>> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = vec![HTTP.to_vec()];
    Ok(Arc::new(config))
}

/// How whoever signs is known: by what all browsers trust, or by certificates in a file.
fn trusting(root: Option<&Path>) -> anyhow::Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    match root {
        Some(path) => {
            for certificate in certificates(path, "--acme-root")? {
                roots.add(certificate)?;
            }
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// The account's key and that of the certificate are in it.
fn make_private(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("the folder for certificates can't be made: {}", folder.display()))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Keeps the certificate good, and tells how that goes.
async fn renew<EC: std::fmt::Debug + 'static, EA: std::fmt::Debug + 'static>(
    mut state: AcmeState<EC, EA>,
    names: String,
) {
    while let Some(event) = futures_util::StreamExt::next(&mut state).await {
        match event {
            Ok(EventOk::DeployedNewCert) => tracing::info!("a certificate for {names} was obtained"),
            Ok(EventOk::DeployedCachedCert) => tracing::info!("the certificate for {names} is still good"),
            Ok(_) => {}
            Err(error) => tracing::error!(
                "no certificate for {names}: {error:?}. The name has to lead to this machine, and its port 443 to be \
                 open to the world; the next try follows by itself"
            ),
        }
    }
}

/// The certificate that is served now.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// Takes up what another program renews. The process's end ends it.
fn follow(files: &Own, current: &Current) {
    let mut known = changed(files);
    loop {
        std::thread::sleep(LOOK);
        let now = changed(files);
        if now == known {
            continue;
        }
        match read(files) {
            Ok(renewed) => {
                *current.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(renewed);
                tracing::info!("the certificate was read anew");
                known = now;
            }
            // One file may be there before the other.
            Err(error) => tracing::warn!(
                "the certificate changed and can't be read, so that the old one stays: {error:#}"
            ),
        }
    }
}

fn changed(files: &Own) -> [Option<SystemTime>; 2] {
    [&files.certificate, &files.key].map(|path| path.metadata().and_then(|file| file.modified()).ok())
}

fn certificates(path: &Path, flag: &str) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let found: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .with_context(|| format!("{flag} {} can't be read as PEM", path.display()))?;
    anyhow::ensure!(
        !found.is_empty(),
        "{flag} {} holds no certificate",
        path.display()
    );
    Ok(found)
}

fn read(files: &Own) -> anyhow::Result<CertifiedKey> {
    let chain = certificates(&files.certificate, "--tls-cert")?;
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .with_context(|| format!("--tls-key {} holds no private key in PEM", files.key.display()))?;
    CertifiedKey::from_der(chain, key, &provider()).with_context(|| {
        format!(
            "--tls-key {} is not the key of --tls-cert {}",
            files.key.display(),
            files.certificate.display()
        )
    })
}
