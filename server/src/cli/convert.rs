//! `baraza convert`

use super::import::form_from;
use super::whole_file::WholeFile;
use baraza_forms::{Form, Readers, xform};
use clap::{Args, ValueEnum};
use serde_json::Value;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Write a form for other tools: ODK XForm XML, or the JSON that Baraza itself keeps
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza convert household.xlsx --to xform --out household.xml
  baraza convert household.xlsx --to json

The XML follows the ODK XForms specification 1.0.0, for ODK Collect, Enketo and ODK Central. What has no counterpart
there is left out: passing a question with 'don't know', roles, sensitivity, rounded places. The rows of attached CSV
files become part of the form; media files have to be sent along.

Exit codes: 0 done, 1 a file can't be read or written, 2 the form is refused.")]
pub struct Convert {
    /// An .xlsx, .xls, .ods or .md file, or a folder with survey.csv, choices.csv, settings.csv
    form: PathBuf,
    /// What to write
    #[arg(long, value_enum)]
    to: Target,
    /// The file to write; without it, the output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Target {
    /// ODK XForm XML
    Xform,
    /// The whole form as Baraza keeps it, with all its texts
    Json,
}

pub fn run(convert: &Convert) -> anyhow::Result<ExitCode> {
    let form = match form_from(&convert.form)? {
        Ok(form) => form,
        Err(code) => return Ok(code),
    };
    if let Some(path) = &convert.out {
        let mut file = WholeFile::create(path)?;
        write(&form, convert.to, &mut file)?;
        file.finish()?;
    } else {
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        write(&form, convert.to, &mut out)?;
        out.flush()?;
    }
    Ok(ExitCode::SUCCESS)
}

fn write(form: &Form, target: Target, out: &mut impl Write) -> anyhow::Result<()> {
    match target {
        Target::Xform => xform::write(form, &mut *out)?,
        Target::Json => serde_json::to_writer(&mut *out, &with_readers(form)?)?,
    }
    writeln!(out)?;
    Ok(())
}

/// The form, and who has to be evaluated again when an answer changes, as the phone's modules want to know.
fn with_readers(form: &Form) -> anyhow::Result<Value> {
    let mut json = serde_json::to_value(form)?;
    if let (Value::Object(form), Value::Object(readers)) =
        (&mut json, serde_json::to_value(Readers::new(form))?)
    {
        form.extend(readers);
    }
    Ok(json)
}
