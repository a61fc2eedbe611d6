//! Changes that would make collected columns ambiguous, weighed by the responses there are.

use crate::store::{Store, Version};
use baraza_forms::Form;
use baraza_forms::diff::{Ambiguity, Earlier, Why, ambiguities};
use serde_json::{Map, Value as Json};

/// An ambiguity with the responses that it is about.
#[derive(Debug)]
pub struct Finding {
    /// What it is.
    pub ambiguity: Ambiguity,
    /// How many responses are concerned: those of the earlier versions, or those of them that have the code.
    pub responses: u64,
}

impl Finding {
    /// A code that nobody has chosen may be given another label, since mistakes are mended so. Everything else is
    /// refused even where there is no response: phones have the earlier version and may hold some.
    pub fn is_refused(&self) -> bool {
        self.responses > 0 || !matches!(self.ambiguity.why, Why::Code { .. })
    }
}

/// What would be ambiguous if a form were published after the versions of a survey (the newest first).
pub fn findings(
    store: &Store,
    survey: i64,
    versions: &[Version],
    form: &Form,
) -> anyhow::Result<Vec<Finding>> {
    let earlier: Vec<Earlier<'_>> = versions
        .iter()
        .map(|version| Earlier {
            form: &version.form,
            accepted: &version.accepted,
        })
        .collect();
    let found = ambiguities(form, &earlier);
    let by_version = store.responses_by_version(survey)?;
    let mut findings: Vec<Finding> = found
        .into_iter()
        .map(|ambiguity| {
            let responses = match ambiguity.why {
                Why::Code { .. } => 0,
                _ => ambiguity.versions.iter().filter_map(|v| by_version.get(v)).sum(),
            };
            Finding { ambiguity, responses }
        })
        .collect();
    if findings
        .iter()
        .any(|f| matches!(f.ambiguity.why, Why::Code { .. }))
    {
        count_codes(store, survey, &mut findings)?;
    }
    Ok(findings)
}

/// Reads all responses, which only a changed meaning of a code makes necessary.
fn count_codes(store: &Store, survey: i64, findings: &mut [Finding]) -> anyhow::Result<()> {
    store.each_response(survey, |response| {
        for finding in &mut *findings {
            let Ambiguity {
                repeats,
                key,
                versions,
                why: Why::Code { code, .. },
                ..
            } = &finding.ambiguity
            else {
                continue;
            };
            if versions.contains(&response.version) && holds(&response.answers, repeats, (key, code)) {
                finding.responses += 1;
            }
        }
        Ok(())
    })
}

/// Whether a question, perhaps within repeats, was answered with a code.
fn holds(answers: &Map<String, Json>, repeats: &[String], (key, code): (&str, &str)) -> bool {
    if let Some((repeat, within)) = repeats.split_first() {
        let instances = answers.get(repeat).and_then(Json::as_array).into_iter().flatten();
        return instances
            .filter_map(Json::as_object)
            .any(|instance| holds(instance, within, (key, code)));
    }
    match answers.get(key) {
        Some(Json::String(chosen)) => chosen == code,
        Some(Json::Array(chosen)) => chosen.iter().any(|chosen| chosen == code),
        _ => false,
    }
}
