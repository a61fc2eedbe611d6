//! From texts to small integers: categories of questions, and the domains of tables.

use crate::design::Design;
use crate::error::{Error, Note};
use crate::responses::Responses;
use crate::tally::{Measure, NONE};
use baraza_forms::form::{AgeBand, Special};
use baraza_forms::{Form, Kind, NodeId, Pass, Role};
use std::collections::HashMap;

/// A category of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// As stored.
    pub code: String,
    /// As read.
    pub label: String,
    /// Don't know, prefer not to say, none.
    pub special: Option<Special>,
}

/// A subpopulation for which estimates are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// What divides: `overall`, `gender`, `age`, `group`, or a question's key.
    pub by: String,
    /// The code within that; blank for overall.
    pub code: String,
    /// As read.
    pub label: String,
}

/// Whether don't know and prefer not to say count in the denominator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BasePolicy {
    /// Everyone who was asked and answered anything.
    #[default]
    Answering,
    /// Only answers of substance.
    Substantive,
}

/// Bands where the form sets none.
pub const AGE_BANDS: [AgeBand; 4] = [
    AgeBand {
        from: 18,
        to: Some(30),
    },
    AgeBand {
        from: 31,
        to: Some(45),
    },
    AgeBand {
        from: 46,
        to: Some(65),
    },
    AgeBand { from: 66, to: None },
];

/// The special choice that a pass is.
pub(crate) fn special_of(pass: Pass) -> Special {
    match pass {
        Pass::DontKnow => Special::DontKnow,
        Pass::PreferNotToSay => Special::PreferNotToSay,
    }
}

/// Categories of a choice question: those of its list in its order, then codes that only the data has.
struct Coding {
    categories: Vec<Category>,
    numbers: HashMap<String, u32>,
    unlisted: usize,
}

impl Coding {
    fn new(form: &Form, id: NodeId, language: usize) -> Self {
        let mut coding = Self {
            categories: Vec::new(),
            numbers: HashMap::new(),
            unlisted: 0,
        };
        for choice in form.list_of(id).into_iter().flat_map(|list| &list.choices) {
            let label = form.choice_label(language, choice);
            coding.add(Category {
                code: choice.name.clone(),
                label,
                special: choice.special,
            });
        }
        coding
    }

    fn add(&mut self, category: Category) -> u32 {
        if let Some(&number) = self.numbers.get(&category.code) {
            return number;
        }
        let next = self.categories.len() as u32;
        self.numbers.insert(category.code.clone(), next);
        self.categories.push(category);
        next
    }

    fn number(&mut self, code: &str) -> u32 {
        if let Some(&number) = self.numbers.get(code) {
            return number;
        }
        self.unlisted += 1;
        self.add(Category {
            code: code.to_owned(),
            label: code.to_owned(),
            special: None,
        })
    }

    fn note(&self, key: &str, notes: &mut Vec<Note>) {
        if self.unlisted > 0 {
            let codes: Vec<&str> = self.categories[self.categories.len() - self.unlisted..]
                .iter()
                .map(|c| c.code.as_str())
                .collect();
            notes.push(Note::new(
                key,
                format!("codes that its list does not have are kept: {}", codes.join(", ")),
            ));
        }
    }

    /// Leaves out what is not of substance; gives the new number of each category.
    fn substantive(&mut self) -> Vec<u32> {
        let mut next = 0;
        let mut renumbered = Vec::new();
        for category in &self.categories {
            renumbered.push(if is_substantive(category) { next } else { NONE });
            next += u32::from(is_substantive(category));
        }
        self.categories.retain(is_substantive);
        renumbered
    }
}

fn is_substantive(category: &Category) -> bool {
    !matches!(
        category.special,
        Some(Special::DontKnow | Special::PreferNotToSay)
    )
}

/// The measure of a question in the design's order, with its categories (none for a number).
pub fn measure(
    responses: &Responses,
    design: &Design,
    (id, language): (NodeId, usize),
    policy: BasePolicy,
    notes: &mut Vec<Note>,
) -> Result<(Measure, Vec<Category>), Error> {
    let form = responses.form();
    let key = &form.nodes[id].key;
    if form.nodes[id].kind.is_number() {
        let numbers: Vec<f64> = responses
            .numbers(key)?
            .into_iter()
            .map(|n| n.unwrap_or(f64::NAN))
            .collect();
        return Ok((Measure::Number(design.arranged(&numbers)), Vec::new()));
    }
    let mut coding = Coding::new(form, id, language);
    let texts = responses.texts(key)?;
    let measure = if form.nodes[id].kind == Kind::SelectMultiple {
        several(&texts, design, &mut coding, policy)
    } else {
        let mut codes: Vec<u32> = texts
            .iter()
            .map(|text| text.as_ref().map_or(NONE, |code| coding.number(code)))
            .collect();
        coding.note(key, notes);
        if policy == BasePolicy::Substantive {
            let renumbered = coding.substantive();
            for code in codes.iter_mut().filter(|code| **code != NONE) {
                *code = renumbered[*code as usize];
            }
        }
        return Ok((Measure::One(design.arranged(&codes)), coding.categories));
    };
    coding.note(key, notes);
    Ok((measure, coding.categories))
}

fn several(
    texts: &[Option<std::borrow::Cow<'_, str>>],
    design: &Design,
    coding: &mut Coding,
    policy: BasePolicy,
) -> Measure {
    let by_row: Vec<Option<Vec<u32>>> = texts
        .iter()
        .map(|text| {
            let mut codes: Vec<u32> = text
                .as_ref()?
                .split_whitespace()
                .map(|code| coding.number(code))
                .collect();
            codes.sort_unstable();
            codes.dedup();
            Some(codes)
        })
        .collect();
    let renumbered = if policy == BasePolicy::Substantive {
        coding.substantive()
    } else {
        (0..coding.categories.len() as u32).collect()
    };
    let (mut answered, mut starts, mut codes) = (Vec::new(), vec![0], Vec::new());
    for &row in design.order() {
        let chosen = by_row[row as usize].as_ref().map(|codes| {
            codes
                .iter()
                .map(|&code| renumbered[code as usize])
                .filter(|&code| code != NONE)
                .collect::<Vec<_>>()
        });
        answered.push(chosen.as_ref().is_some_and(|chosen| !chosen.is_empty()));
        codes.extend(chosen.into_iter().flatten());
        starts.push(codes.len() as u32);
    }
    Measure::Several {
        answered,
        starts,
        codes,
    }
}

/// All domains, and for each disaggregation a column of their numbers in the design's order.
#[derive(Debug, Clone)]
pub struct Domains {
    /// In the order of their numbers; the first is overall.
    pub domains: Vec<Domain>,
    /// One column a disaggregation.
    pub columns: Vec<Vec<u32>>,
}

impl Domains {
    /// Overall, by gender, age band and group as far as the form has these roles, and by what is asked for besides
    /// (a role or the key of a select-one).
    ///
    /// # Errors
    /// [`Error::UnknownBy`] and [`Error::NotADivision`] where what is asked for can't divide.
    pub fn of(
        responses: &Responses,
        design: &Design,
        language: usize,
        more: &[String],
    ) -> Result<Self, Error> {
        let overall = Domain {
            by: "overall".into(),
            code: String::new(),
            label: String::new(),
        };
        let mut domains = Self {
            domains: vec![overall],
            columns: vec![vec![0; design.len()]],
        };
        let form = responses.form();
        let mut done: Vec<NodeId> = Vec::new();
        for role in [Role::Gender, Role::Age, Role::Group] {
            if let Some(id) = responses.key_of(role).and_then(|key| form.by_key(key)) {
                domains.add(responses, design, (id, language), role.word())?;
                done.push(id);
            }
        }
        for asked in more {
            let role = Role::ALL
                .iter()
                .find(|(_, word)| word == asked)
                .map(|(role, _)| *role);
            let by_role = role
                .and_then(|role| responses.key_of(role))
                .and_then(|key| form.by_key(key));
            let id = by_role
                .or_else(|| form.by_key(asked))
                .ok_or_else(|| unknown(form, asked))?;
            if !done.contains(&id) {
                domains.add(responses, design, (id, language), asked)?;
                done.push(id);
            }
        }
        Ok(domains)
    }

    fn add(
        &mut self,
        responses: &Responses,
        design: &Design,
        (id, language): (NodeId, usize),
        by: &str,
    ) -> Result<(), Error> {
        let form = responses.form();
        let key = &form.nodes[id].key;
        let first = self.domains.len() as u32;
        let codes: Vec<u32> = if form.nodes[id].role == Some(Role::Age) {
            let bands = if form.settings.age_bands.is_empty() {
                &AGE_BANDS[..]
            } else {
                &form.settings.age_bands[..]
            };
            for band in bands {
                self.domains.push(Domain {
                    by: by.to_owned(),
                    code: band.label(),
                    label: band.label(),
                });
            }
            let band = |age: f64| bands.iter().position(|band| band.contains(age));
            let ages = responses.numbers(key)?;
            ages.into_iter()
                .map(|age| age.and_then(band).map_or(NONE, |at| first + at as u32))
                .collect()
        } else {
            let divides = matches!(
                form.nodes[id].kind,
                Kind::SelectOne | Kind::Calculate | Kind::Hidden | Kind::Text
            );
            if !divides {
                let why = "it has to be a question with one answer from a few; age is divided into bands by its role";
                return Err(Error::NotADivision {
                    key: key.clone(),
                    why,
                });
            }
            let mut coding = Coding::new(form, id, language);
            let texts = responses.texts(key)?;
            let numbers: Vec<u32> = texts
                .iter()
                .map(|t| t.as_ref().map_or(NONE, |code| first + coding.number(code)))
                .collect();
            self.domains.extend(coding.categories.into_iter().map(|c| Domain {
                by: by.to_owned(),
                code: c.code,
                label: c.label,
            }));
            numbers
        };
        self.columns.push(design.arranged(&codes));
        Ok(())
    }
}

fn unknown(form: &Form, asked: &str) -> Error {
    let known = form
        .nodes
        .iter()
        .filter(|node| node.kind == Kind::SelectOne)
        .map(|node| node.key.as_str());
    Error::UnknownBy {
        asked: asked.to_owned(),
        known: known.collect::<Vec<_>>().join(", "),
    }
}
