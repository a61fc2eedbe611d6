//! `baraza analyse`
use clap::Args;
use std::process::ExitCode;

/// Tables
#[derive(Debug, Args)]
pub struct Analyse {}

pub fn run(_analyse: &Analyse) -> anyhow::Result<ExitCode> {
    Ok(ExitCode::SUCCESS)
}
