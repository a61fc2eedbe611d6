//! Served over https by the binary itself: with a certificate of one's own, and with one that is obtained.

use anyhow::{Context, Result, ensure};
use baraza_tests::{baraza, binary, free_port, told};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::tempdir;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto};

const NAME: &str = "survey.example.org";

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `baraza serve`, and what it announced.
fn serve(folder: &Path, port: u16, more: &[&str]) -> Result<(Running, String)> {
    let mut child = Command::new(binary())
        .args(["serve", "--listen", &format!("127.0.0.1:{port}")])
        .args(more)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(folder.join("serve.log"))?)
        .env("BARAZA_LOG", "info")
        .spawn()?;
    let lines = BufReader::new(child.stdout.take().context("its output")?).lines();
    let running = Running(child);
    let mut announced = String::new();
    for line in lines.map_while(Result::ok) {
        announced += &line;
        announced.push('\n');
        if line.contains("Ctrl-C") {
            return Ok((running, announced));
        }
    }
    anyhow::bail!("it ended: {}", std::fs::read_to_string(folder.join("serve.log"))?)
}

/// What trusts the certificates in a text, and nothing else.
fn trusting(pem: &str) -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        roots.add(certificate?)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// The whole answer to a request over https, to a name that leads here.
fn get(port: u16, name: &str, path: &str, trust: &Arc<ClientConfig>) -> Result<String> {
    let connection = ClientConnection::new(Arc::clone(trust), ServerName::try_from(name.to_owned())?)?;
    let socket = TcpStream::connect(("127.0.0.1", port))?;
    socket.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut stream = StreamOwned::new(connection, socket);
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {name}\r\nconnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Asks until it is so.
fn until(what: &str, mut is_so: impl FnMut() -> bool) -> Result<()> {
    let patience = Instant::now() + Duration::from_mins(1);
    while Instant::now() < patience {
        if is_so() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    anyhow::bail!("it never came to be: {what}")
}

/// A certificate for this machine in `cert.pem`, its key in `key.pem`; the certificate is its own root.
fn make_own(folder: &Path) -> Result<String> {
    let CertifiedKey { cert, key_pair } = generate_simple_self_signed(["localhost".to_owned()])?;
    std::fs::write(folder.join("key.pem"), key_pair.serialize_pem())?;
    std::fs::write(folder.join("cert.pem"), cert.pem())?;
    Ok(cert.pem())
}

#[test]
fn a_certificate_of_ones_own_is_served_and_taken_up_when_it_is_renewed() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    let first_pem = make_own(folder)?;
    let first = trusting(&first_pem)?;
    let (port, open) = (free_port(), free_port());
    let own = ["--tls-cert", "cert.pem", "--tls-key", "key.pem"];
    let redirecting = format!("127.0.0.1:{open}");
    let (_running, announced) = serve(
        folder,
        port,
        &[&own[..], &["--redirect-from", &redirecting]].concat(),
    )?;
    assert!(announced.contains("Baraza answers at https://"), "{announced}");

    let page = get(port, "localhost", "/s/community-security", &first)?;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(
        page.to_lowercase()
            .contains("strict-transport-security: max-age="),
        "{page}"
    );

    // What speaks no TLS, or nothing at all, is in nobody's way.
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(TcpStream::connect(("127.0.0.1", port))?);
    }
    let mut plain = TcpStream::connect(("127.0.0.1", port))?;
    plain.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/"), "nothing is served in the open");
    assert!(get(port, "localhost", "/healthz", &first)?.starts_with("HTTP/1.1 200"));
    drop(silent);

    // Whoever comes without https is sent there, query and all.
    let mut plain = TcpStream::connect(("127.0.0.1", open))?;
    plain.write_all(
        b"GET /s/community-security?lang=ar HTTP/1.1\r\nhost: field.local:80\r\nconnection: close\r\n\r\n",
    )?;
    let mut answer = String::new();
    plain.read_to_string(&mut answer)?;
    assert!(answer.starts_with("HTTP/1.1 308"), "{answer}");
    let to = format!("https://field.local:{port}/s/community-security?lang=ar");
    assert!(answer.contains(&to), "{answer}");
    // The link that it hands out is one of https, though nobody said which address phones use.
    let page = get(port, "localhost", "/desk/sign-in", &first)?;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");

    // Half of a pair is no reason to stop serving; the whole one is taken up.
    std::fs::write(folder.join("cert.pem"), "not a certificate")?;
    until("the log tells", || {
        std::fs::read_to_string(folder.join("serve.log")).is_ok_and(|log| log.contains("the old one stays"))
    })?;
    assert!(get(port, "localhost", "/healthz", &first)?.starts_with("HTTP/1.1 200"));
    let second = trusting(&make_own(folder)?)?;
    until("the new certificate is served", || {
        get(port, "localhost", "/healthz", &second).is_ok()
    })?;
    // Whoever was here before may go on without being shown a certificate again, so somebody new asks.
    let newcomer = trusting(&first_pem)?;
    assert!(
        get(port, "localhost", "/healthz", &newcomer).is_err(),
        "and the old one is not"
    );
    Ok(())
}

#[test]
fn mistakes_are_named_by_their_flags() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    make_own(folder)?;
    std::fs::write(folder.join("other.pem"), KeyPair::generate()?.serialize_pem())?;
    std::fs::write(folder.join("none.pem"), "")?;
    let own = |cert, key| vec!["--tls-cert", cert, "--tls-key", key];
    let cases = [
        (
            own("cert.pem", "other.pem"),
            "--tls-key other.pem is not the key of --tls-cert cert.pem",
        ),
        (
            own("none.pem", "key.pem"),
            "--tls-cert none.pem holds no certificate",
        ),
        (own("cert.pem", "nowhere.pem"), "--tls-key nowhere.pem"),
        (vec!["--tls-cert", "cert.pem"], "--tls-key"),
        (vec!["--domain", "https://survey.example.org"], "without https://"),
        (vec!["--domain", "127.0.0.1"], "a name such as"),
        (
            vec!["--redirect-from", "127.0.0.1:0"],
            "--redirect-from sends people to https",
        ),
    ];
    for (flags, expected) in cases {
        let address = format!("127.0.0.1:{}", free_port());
        let said = baraza(folder, &[&["serve", "--listen", &address], &flags[..]].concat());
        assert!(!said.status.success(), "{flags:?}");
        assert!(told(&said).contains(expected), "{flags:?}: {}", told(&said));
    }
    Ok(())
}

/// Pebble, the test authority of Let's Encrypt, with a name server that says that every name leads here.
struct Authority {
    _running: [Running; 2],
    directory: String,
    management: u16,
}

impl Authority {
    /// Nothing where it is not on this machine.
    fn start(folder: &Path, tls_port: u16) -> Result<Option<Self>> {
        if Command::new("pebble").arg("-h").output().is_err() {
            return Ok(None);
        }
        let CertifiedKey { cert, key_pair } = generate_simple_self_signed(["localhost".to_owned()])?;
        std::fs::write(folder.join("authority.pem"), cert.pem())?;
        std::fs::write(folder.join("authority.key"), key_pair.serialize_pem())?;
        let (port, management, names) = (free_port(), free_port(), free_port());
        let config = serde_json::json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{port}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": folder.join("authority.pem"),
            "privateKey": folder.join("authority.key"),
            "httpPort": 1,
            "tlsPort": tls_port,
        }});
        std::fs::write(folder.join("pebble.json"), config.to_string())?;
        let quiet = |command: &mut Command| -> Result<Running> {
            let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
            Ok(Running(child))
        };
        let name_server = format!("127.0.0.1:{names}");
        let names = quiet(Command::new("pebble-challtestsrv").args([
            "-defaultIPv4",
            "127.0.0.1",
            "-defaultIPv6",
            "",
            "-dns01",
            &name_server,
            "-http01",
            "",
            "-https01",
            "",
            "-tlsalpn01",
            "",
            "-management",
            &format!("127.0.0.1:{}", free_port()),
        ]))?;
        let pebble = quiet(
            Command::new("pebble")
                .arg("-config")
                .arg(folder.join("pebble.json"))
                .args(["-dnsserver", &name_server])
                .env("PEBBLE_VA_NOSLEEP", "1"),
        )?;
        let started = Self {
            _running: [names, pebble],
            directory: format!("https://localhost:{port}/dir"),
            management,
        };
        until("the authority answers", || {
            TcpStream::connect(("127.0.0.1", management)).is_ok()
        })?;
        until("the authority answers", || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        })?;
        Ok(Some(started))
    }

    /// The certificate that it signs with.
    fn root(&self, folder: &Path) -> Result<Arc<ClientConfig>> {
        let own = trusting(&std::fs::read_to_string(folder.join("authority.pem"))?)?;
        let answer = get(self.management, "localhost", "/roots/0", &own)?;
        trusting(answer.split_once("\r\n\r\n").context("a certificate")?.1)
    }
}

#[test]
fn a_certificate_is_obtained_kept_and_served_again_without_whoever_signed_it() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    let port = free_port();
    let Some(authority) = Authority::start(folder, port)? else {
        ensure!(
            std::env::var("CI").is_err(),
            "pebble is missing, and CI has to have it"
        );
        println!("SKIPPED: obtaining a certificate, since pebble is not on this machine");
        return Ok(());
    };
    let root = authority.root(folder)?;
    let directory = authority.directory.clone();
    let flags = [
        "--domain",
        NAME,
        "--acme-directory",
        &directory,
        "--acme-root",
        "authority.pem",
    ];
    let (running, announced) = serve(folder, port, &flags)?;
    assert!(
        announced.contains(&format!("Baraza answers at https://{NAME}:{port}\n")),
        "{announced}"
    );
    until("the certificate is obtained", || {
        get(port, NAME, "/healthz", &root).is_ok()
    })?;
    let page = get(port, NAME, "/s/community-security", &root)?;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let kept = folder
            .join("baraza.certificates")
            .metadata()?
            .permissions()
            .mode();
        assert_eq!(kept & 0o777, 0o700, "keys are nobody else's");
    }
    drop((running, authority));

    let (_running, _) = serve(folder, port, &flags)?;
    until("the kept certificate is served", || {
        get(port, NAME, "/healthz", &root).is_ok()
    })?;
    Ok(())
}
