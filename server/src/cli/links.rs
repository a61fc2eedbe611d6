//! Links that let people in, as commands take and print them.

use super::code::reachable;
use super::{Database, Format};
use anyhow::ensure;
use clap::Args;
use std::net::{IpAddr, Ipv4Addr};

/// A link as it is shown.
#[derive(Debug, Args)]
pub struct Shown {
    /// The address by which people reach the server; port 8080 of this machine where none is named
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// For a person or for a program
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// A list as it is printed.
#[derive(Debug, Args)]
pub struct Listing {
    #[command(flatten)]
    pub database: Database,
    /// For a person or for a program
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// The address that links begin with.
pub fn base(url: Option<&str>) -> anyhow::Result<String> {
    let Some(url) = url else {
        return Ok(format!(
            "http://{}:8080",
            reachable(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
        ));
    };
    let is_web = url.starts_with("http://") || url.starts_with("https://");
    ensure!(
        is_web && !url.contains(['#', '?', ' ']),
        "'{url}' is no address of a server: write it as https://survey.example.org"
    );
    Ok(url.trim_end_matches('/').to_owned())
}
