//! Tables that no question has by itself: answers among those who gave another answer, what is named together, and
//! one share for each thing asked about.

use crate::declared::{Declared, Each, What};
use crate::error::{Error, Note};
use crate::estimate::Estimate;
use crate::table::{Maker, Sample, Section, Shows, Statistic, Table, View, base, passes};
use crate::tally::{Measure, NONE};
use crate::variables::Category;
use baraza_forms::NodeId;
use std::collections::BTreeMap;

/// A pair that fewer respondents name together has no row: it would be withheld in any case, and pairs are many.
const FEWEST: u64 = 25;

/// Adds the declared tables to those of questions; gives what is read side by side.
pub(crate) fn add(maker: &mut Maker<'_>) -> Result<Vec<Section>, Error> {
    let sample = maker.sample;
    let mut sections = Vec::new();
    for declared in &sample.options.variables.tables {
        match &declared.what {
            What::Cross(question, among) => {
                sections.push(cross(maker, declared, (question.as_str(), among.as_str()))?);
            }
            What::Together(question) => together(maker, declared, question)?,
            What::Matrix(questions) => {
                let members = positions(&maker.tables, questions, Some(&View::Answers));
                sections.push(section(sample, declared, Shows::Matrix, members));
            }
            What::Each(each) => {
                let mut members = vec![maker.tables.len()];
                maker.tables.push(each_of(sample, declared, each)?);
                members.extend(positions(&maker.tables, &each.net, None));
                sections.push(section(sample, declared, Shows::Each, members));
            }
        }
    }
    Ok(sections)
}

fn positions(tables: &[Table], keys: &[String], view: Option<&View>) -> Vec<usize> {
    let at = |key: &String| {
        let wanted = |table: &Table| table.source == *key && view.is_none_or(|view| table.view == *view);
        tables.iter().position(wanted)
    };
    keys.iter().filter_map(at).collect()
}

fn section(sample: &Sample<'_>, declared: &Declared, shows: Shows, tables: Vec<usize>) -> Section {
    Section {
        key: declared.key.clone(),
        label: label(sample, declared),
        shows,
        tables,
    }
}

fn label(sample: &Sample<'_>, declared: &Declared) -> String {
    let given = declared.labels.get(sample.options.language);
    let given = given.filter(|label| !label.is_empty());
    given.unwrap_or(&declared.key).clone()
}

/// One table for each answer of substance to the second question.
fn cross(
    maker: &mut Maker<'_>,
    declared: &Declared,
    (question, among): (&str, &str),
) -> Result<Section, Error> {
    let sample = maker.sample;
    let (id, other) = (sample.question(question)?, sample.question(among)?);
    // What the two questions' own tables note need not be said again.
    let (measure, categories) = sample.measure(id, &mut Vec::new())?;
    let (answers, groups) = sample.measure(other, &mut Vec::new())?;
    let mut members = Vec::new();
    for (at, group) in groups
        .iter()
        .enumerate()
        .filter(|(_, group)| group.special.is_none())
    {
        let restricted = restricted(&measure, &answers, at);
        let policy = sample.options.base_of(question);
        members.push(maker.tables.len());
        let table = Table {
            question: format!("{}.{}", declared.key, group.code),
            label: format!("{} ({}: {})", sample.label(id), sample.label(other), group.label),
            source: question.to_owned(),
            view: View::Among {
                question: among.to_owned(),
                code: group.code.clone(),
            },
            statistic: Statistic::Proportion,
            exclusive: matches!(measure, Measure::One(_)),
            own_bases: false,
            sensitive: sensitive(sample, &[id, other]),
            categories: categories.clone(),
            base: format!(
                "answered '{}' to '{among}'; {}",
                group.label,
                base(&measure, policy)
            ),
            estimates: Vec::new(),
        };
        maker.add(table, &restricted);
    }
    Ok(section(sample, declared, Shows::Cross, members))
}

fn sensitive(sample: &Sample<'_>, ids: &[NodeId]) -> bool {
    ids.iter().any(|&id| sample.responses.form().nodes[id].sensitive)
}

/// The measure among those whose answer is of one category.
fn restricted(measure: &Measure, answers: &Measure, category: usize) -> Measure {
    let keep = |row: usize| matches!(answers, Measure::One(codes) if codes[row] as usize == category);
    match measure {
        Measure::One(codes) => {
            let kept = codes.iter().enumerate();
            Measure::One(
                kept.map(|(row, &code)| if keep(row) { code } else { NONE })
                    .collect(),
            )
        }
        Measure::Several {
            answered,
            starts,
            codes,
        } => Measure::Several {
            answered: answered
                .iter()
                .enumerate()
                .map(|(row, &in_base)| in_base && keep(row))
                .collect(),
            starts: starts.clone(),
            codes: codes.clone(),
        },
        Measure::Number(values) => {
            let kept = values.iter().enumerate();
            Measure::Number(
                kept.map(|(row, &value)| if keep(row) { value } else { f64::NAN })
                    .collect(),
            )
        }
    }
}

/// Shares of those who name two things, of all who answered; the most frequent pair first. Not beside crossed groups:
/// pairs by those are hundreds of small cells, each tied to both of its answers, and to protect them would cost the
/// question itself most of its figures.
fn together(maker: &mut Maker<'_>, declared: &Declared, question: &str) -> Result<(), Error> {
    let sample = maker.sample;
    if sample.domains.domains.iter().any(|domain| domain.parts.len() > 1) {
        let message = format!(
            "'{}' is left out beside crossed groups, whose small cells would take most figures of the question along: \
             ask for it in a run without them",
            declared.key
        );
        maker.notes.push(Note::new(question, message));
        return Ok(());
    }
    let id = sample.question(question)?;
    let (measure, categories) = sample.measure(id, &mut Vec::new())?;
    let Measure::Several {
        answered,
        starts,
        codes,
    } = &measure
    else {
        return Err(Error::NotDerived {
            key: question.to_owned(),
        });
    };
    let given = |row: usize| {
        let given = &codes[starts[row] as usize..starts[row + 1] as usize];
        let substance = given
            .iter()
            .filter(|&&code| categories[code as usize].special.is_none());
        let mut substance: Vec<u32> = substance.copied().collect();
        substance.sort_unstable();
        substance
    };
    let mut counts: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    for row in 0..answered.len() {
        for pair in pairs(&given(row)) {
            *counts.entry(pair).or_default() += 1;
        }
    }
    let mut kept: Vec<((u32, u32), u64)> = counts.into_iter().filter(|(_, count)| *count >= FEWEST).collect();
    kept.sort_by_key(|&(pair, count)| (std::cmp::Reverse(count), pair));
    if kept.is_empty() {
        let message = format!(
            "no two answers are given together by {FEWEST} respondents: '{}' has no table",
            declared.key
        );
        maker.notes.push(Note::new(question, message));
        return Ok(());
    }
    let numbers: BTreeMap<(u32, u32), u32> = kept.iter().map(|(pair, _)| *pair).zip(0..).collect();
    let (mut pair_starts, mut pair_codes) = (vec![0], Vec::new());
    for row in 0..answered.len() {
        pair_codes.extend(pairs(&given(row)).filter_map(|pair| numbers.get(&pair)));
        pair_starts.push(pair_codes.len() as u32);
    }
    let pair_measure = Measure::Several {
        answered: answered.clone(),
        starts: pair_starts,
        codes: pair_codes,
    };
    let pair = |&((a, b), _): &((u32, u32), u64)| {
        let (a, b) = (&categories[a as usize], &categories[b as usize]);
        Category {
            code: format!("{}+{}", a.code, b.code),
            label: format!("{} + {}", a.label, b.label),
            special: None,
        }
    };
    let table = Table {
        question: declared.key.clone(),
        label: label(sample, declared),
        source: question.to_owned(),
        view: View::Together,
        statistic: Statistic::Proportion,
        exclusive: false,
        own_bases: false,
        sensitive: sensitive(sample, &[id]),
        categories: kept.iter().map(pair).collect(),
        base: format!(
            "{}; a pair counts where both are named, and stands here from {FEWEST} respondents on",
            base(&measure, sample.options.base_of(question))
        ),
        estimates: Vec::new(),
    };
    maker.add(table, &pair_measure);
    Ok(())
}

fn pairs(codes: &[u32]) -> impl Iterator<Item = (u32, u32)> {
    let firsts = codes.iter().enumerate();
    firsts.flat_map(move |(at, &a)| codes[at + 1..].iter().map(move |&b| (a, b)))
}

/// The share of some answers about each thing, among those who were asked about it.
fn each_of(sample: &Sample<'_>, declared: &Declared, each: &Each) -> Result<Table, Error> {
    let form = sample.responses.form();
    let choices = sample.question(&each.choices)?;
    let listed = form.list_of(choices).map_or(&[][..], |list| &list.choices);
    let domains = sample.domains.domains.len();
    let mut estimates: Vec<Option<Estimate>> = vec![None; domains * each.questions.len()];
    let mut categories = Vec::new();
    let mut ids = Vec::new();
    for (at, (code, key)) in each.questions.iter().enumerate() {
        let id = sample.question(key)?;
        ids.push(id);
        let (measure, answers) = sample.measure(id, &mut Vec::new())?;
        let counts: Vec<bool> = answers
            .iter()
            .map(|answer| each.codes.contains(&answer.code))
            .collect();
        let Measure::One(codes) = measure else { continue };
        let named = |&code: &u32| {
            if code == NONE {
                NONE
            } else {
                u32::from(counts[code as usize])
            }
        };
        let shares = sample.estimates(&Measure::One(codes.iter().map(named).collect()), 2);
        for domain in 0..domains {
            estimates[domain * each.questions.len() + at] = shares[domain * 2 + 1];
        }
        let choice = listed.iter().find(|choice| choice.name == *code);
        categories.push(Category {
            code: code.clone(),
            label: choice.map_or_else(
                || code.clone(),
                |choice| form.choice_label(sample.options.language, choice),
            ),
            special: None,
        });
    }
    let policies = each
        .questions
        .first()
        .map_or("", |(_, key)| passes(sample.options.base_of(key)));
    Ok(Table {
        question: declared.key.clone(),
        label: label(sample, declared),
        source: each.choices.clone(),
        view: View::EachOf,
        statistic: Statistic::Proportion,
        exclusive: false,
        own_bases: true,
        sensitive: sensitive(sample, &ids),
        categories,
        base: format!("each among those who were asked about it and answered; {policies}"),
        estimates,
    })
}
