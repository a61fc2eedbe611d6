//! Publishing a form: the one way to it, for the command line and for the desk.

use crate::ambiguous::{self, Finding};
use crate::store::{LabelFile, Newcomer, Published, Store, Version};
use baraza_forms::Form;
use baraza_forms::diff::{Ambiguity, Change, Why, diff};

/// A form that somebody wants to publish.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// The form.
    pub form: &'a Form,
    /// Files that go with its labels.
    pub files: &'a [LabelFile],
    /// Questions whose answers mean the same as in earlier versions, as whoever publishes says.
    pub accept: &'a [String],
    /// Who publishes.
    pub by: &'a str,
}

/// What became of it.
#[derive(Debug)]
pub enum Outcome {
    /// What the store says.
    Done(Published),
    /// Another form has this version, with these differences.
    Taken(Vec<Change>),
    /// Columns of collected answers would mean two things.
    Refused,
}

/// What a form would do to the columns of collected answers.
#[derive(Debug, Default)]
pub struct Weighed {
    /// Questions whose change of meaning is accepted.
    pub accepted: Vec<String>,
    /// What was to be accepted, and needs not to be.
    pub idle: Vec<String>,
    /// What is only to be known.
    pub noted: Vec<Finding>,
    /// What the form is refused for.
    pub refused: Vec<Finding>,
}

/// Publishes a form, unless something stands against it; what was weighed is told either way.
pub fn publish(store: &Store, wish: Wish<'_>) -> anyhow::Result<(Weighed, Outcome)> {
    let Wish {
        form, files, accept, ..
    } = wish;
    let versions = versions(store, &form.id)?;
    let same_name = versions.iter().find(|known| known.form.version == form.version);
    if let Some(known) = same_name {
        let changes = diff(&known.form, form);
        if !changes.is_empty() {
            return Ok((Weighed::default(), Outcome::Taken(changes)));
        }
        // The same to everybody, though another release of Baraza may write it otherwise.
        let added = store.add_files(&form.id, &form.version, files)?;
        return Ok((Weighed::default(), Outcome::Done(added)));
    }
    let weighed = weigh(store, &versions, form, accept)?;
    if !weighed.refused.is_empty() {
        return Ok((weighed, Outcome::Refused));
    }
    let published = store.publish(Newcomer {
        form,
        files,
        accepted: &weighed.accepted,
        by: wish.by,
    })?;
    let outcome = match published {
        Published::VersionTaken => Outcome::Taken(Vec::new()),
        published => Outcome::Done(published),
    };
    Ok((weighed, outcome))
}

/// The versions of a survey, the newest first; none of one that is not published.
pub fn versions(store: &Store, slug: &str) -> anyhow::Result<Vec<Version>> {
    let survey = store.surveys()?.into_iter().find(|survey| survey.slug == slug);
    Ok(match survey {
        Some(survey) => store.versions(survey.id)?,
        None => Vec::new(),
    })
}

/// Weighs a form against the versions that there are.
pub fn weigh(store: &Store, versions: &[Version], form: &Form, accept: &[String]) -> anyhow::Result<Weighed> {
    let found = match versions.first() {
        Some(newest) => ambiguous::findings(store, newest.survey, versions, form)?,
        None => Vec::new(),
    };
    let is_idle = |name: &&String| {
        let name = std::slice::from_ref(*name);
        !found.iter().any(|finding| finding.ambiguity.is_named(name))
    };
    let idle = accept.iter().filter(is_idle).cloned().collect();
    let (named, open): (Vec<Finding>, Vec<Finding>) = found
        .into_iter()
        .partition(|finding| finding.ambiguity.is_named(accept));
    let (refused, noted) = open.into_iter().partition(Finding::is_refused);
    let mut accepted: Vec<String> = named
        .into_iter()
        .map(|finding| finding.ambiguity.question)
        .collect();
    accepted.dedup();
    Ok(Weighed {
        accepted,
        idle,
        noted,
        refused,
    })
}

/// Findings that only differ in their question, since many may use one list: the questions, and what is told of them.
pub fn told(findings: &[Finding]) -> Vec<(Vec<String>, String)> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        let alike = |group: &&mut Vec<&Finding>| {
            let (one, other) = (&group[0].ambiguity, &finding.ambiguity);
            one.why == other.why && one.versions == other.versions
        };
        match groups.iter_mut().find(alike) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
        .iter()
        .map(|alike| (questions(alike), line(alike)))
        .collect()
}

fn questions(alike: &[&Finding]) -> Vec<String> {
    let questions = alike.iter().map(|finding| finding.ambiguity.question.clone());
    questions.collect()
}

fn line(alike: &[&Finding]) -> String {
    let Ambiguity { why, versions, .. } = &alike[0].ambiguity;
    let quoted = |name: &String| format!("'{name}'");
    let questions: Vec<String> = questions(alike).iter().map(quoted).collect();
    let versions: Vec<String> = versions.iter().map(quoted).collect();
    let responses: u64 = alike.iter().map(|f| f.responses).sum();
    let plural = if responses == 1 { "" } else { "s" };
    let with = if matches!(why, Why::Code { .. }) {
        " with the code"
    } else {
        ""
    };
    format!(
        "question {}: {why} (earlier: version {}, {responses} response{plural}{with})",
        questions.join(", "),
        versions.join(", ")
    )
}
