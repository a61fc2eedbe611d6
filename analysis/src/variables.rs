//! From texts to small integers: categories of questions, and the domains of tables.

use crate::design::Design;
use crate::error::{Error, Note};
use crate::responses::{Coded, Responses};
use crate::tally::{Classes, DomainColumns, Measure, NONE};
use baraza_forms::form::{AgeBand, Special};
use baraza_forms::{Form, Kind, NodeId, Pass, Role};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// A category of a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// As stored.
    pub code: String,
    /// As read.
    pub label: String,
    /// Don't know, prefer not to say, none.
    pub special: Option<Special>,
}

/// A subpopulation for which estimates are made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    /// What divides: `overall`, `gender`, `age`, `group`, or a question's key.
    pub by: String,
    /// The code within that; blank for overall.
    pub code: String,
    /// As read.
    pub label: String,
    /// What a crossed domain lies in, by `by` and code: a woman of 18 to 30 lies in `gender` woman and in `age` 18-30.
    /// Domains that share all but one of these sum to that of the others.
    pub parts: Vec<(String, String)>,
    /// The domain of the next higher level of a hierarchy, by `by` and code: a district's region.
    pub within: Option<(String, String)>,
}

/// Whether don't know and prefer not to say count in the denominator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

/// A value that the form does not list is a category of its own from so many responses on; it may be somebody's own
/// words, which must not stand in a table for being rare.
const OWN_CATEGORY: u64 = 25;

/// Code of the category of all values that are not listed and rare.
pub(crate) const OTHER: &str = "_other";

/// Categories while the answers are coded: those of the list in its order, then values that only the data has.
struct Coding {
    categories: Vec<Category>,
    numbers: HashMap<String, u32>,
    counts: Vec<u64>,
    listed: usize,
}

impl Coding {
    fn new(form: &Form, id: NodeId, language: usize) -> Self {
        let mut coding = Self {
            categories: Vec::new(),
            numbers: HashMap::new(),
            counts: Vec::new(),
            listed: 0,
        };
        for choice in form.list_of(id).into_iter().flat_map(|list| &list.choices) {
            coding.add(&choice.name, form.choice_label(language, choice), choice.special);
        }
        coding.listed = coding.categories.len();
        coding
    }

    fn add(&mut self, code: &str, label: String, special: Option<Special>) -> u32 {
        if let Some(&number) = self.numbers.get(code) {
            return number;
        }
        let next = self.categories.len() as u32;
        self.numbers.insert(code.to_owned(), next);
        self.categories.push(Category {
            code: code.to_owned(),
            label,
            special,
        });
        self.counts.push(0);
        next
    }

    /// The number of a code that `given` responses have.
    fn number(&mut self, code: &str, given: u64) -> u32 {
        let number = self.numbers.get(code).copied().unwrap_or_else(|| {
            let passes = [Pass::DontKnow, Pass::PreferNotToSay].into_iter();
            let special = passes.filter(|pass| pass.code() == code).map(special_of).next();
            self.add(code, code.to_owned(), special)
        });
        self.counts[number as usize] += given;
        number
    }

    /// The number of each text of a column; [`NONE`] for those that no response has.
    fn numbers(&mut self, coded: &Coded) -> Vec<u32> {
        let given = coded.texts().iter().zip(coded.counts());
        let number = |(text, &count): (&Arc<str>, &u64)| {
            if count == 0 {
                NONE
            } else {
                self.number(text, count)
            }
        };
        given.map(number).collect()
    }

    /// The categories of the table, and for each number given before its number there, or [`NONE`].
    fn finish(self, policy: BasePolicy, key: &str, notes: &mut Vec<Note>) -> (Vec<Category>, Vec<u32>) {
        let is_rare = |at: usize, category: &Category| {
            let own = at >= self.listed && category.special.is_none();
            own && (self.counts[at] < OWN_CATEGORY || category.code == OTHER)
        };
        let (mut categories, mut numbers) = (Vec::new(), vec![NONE; self.categories.len()]);
        let (mut rare, mut common) = (Vec::new(), Vec::new());
        // The order of values that only the data has must not depend on who answered first.
        let mut order: Vec<usize> = (0..self.categories.len()).collect();
        order[self.listed..].sort_by_key(|&at| &self.categories[at].code);
        for (at, category) in order.into_iter().map(|at| (at, &self.categories[at])) {
            if is_rare(at, category) {
                rare.push(at);
                continue;
            }
            if at >= self.listed {
                common.push(category.code.as_str());
            }
            if policy == BasePolicy::Answering || is_substantive(category) {
                numbers[at] = categories.len() as u32;
                categories.push(category.clone());
            }
        }
        for &at in &rare {
            numbers[at] = categories.len() as u32;
        }
        if !rare.is_empty() {
            categories.push(Category {
                code: OTHER.to_owned(),
                label: "other".to_owned(),
                special: None,
            });
        }
        if self.listed > 0 {
            let told = rare.iter().filter(|&&at| self.categories[at].code != OTHER);
            note_unlisted(key, &common, told.map(|&at| self.counts[at]).sum(), notes);
        }
        (categories, numbers)
    }
}

fn note_unlisted(key: &str, common: &[&str], rare: u64, notes: &mut Vec<Note>) {
    if !common.is_empty() {
        let codes = common.join(", ");
        notes.push(Note::new(
            key,
            format!("codes that its list does not have are kept: {codes}"),
        ));
    }
    if rare > 0 {
        let message = format!(
            "{rare} answers have codes that its list does not have, each given fewer than {OWN_CATEGORY} times: \
             they are the category '{OTHER}'"
        );
        notes.push(Note::new(key, message));
    }
}

pub(crate) fn is_substantive(category: &Category) -> bool {
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
        return Ok((
            Measure::Number(design.arranged(&responses.floats(key)?)),
            Vec::new(),
        ));
    }
    if form.nodes[id].kind == Kind::SelectMultiple {
        let mut coding = Coding::new(form, id, language);
        let coded = responses.coded(key)?;
        let given = coded.texts().iter().zip(coded.counts());
        let chosen: Vec<Vec<u32>> = given
            .map(|(text, &count)| words(text, count, &mut coding))
            .collect();
        let (categories, numbers) = coding.finish(policy, key, notes);
        return Ok((several(&coded, &chosen, design, &numbers), categories));
    }
    let (categories, codes) = one(responses, design, (id, language), policy, notes)?;
    Ok((Measure::One(codes), categories))
}

/// The categories of a question with one answer, and that of each respondent in the design's order or [`NONE`].
fn one(
    responses: &Responses,
    design: &Design,
    (id, language): (NodeId, usize),
    policy: BasePolicy,
    notes: &mut Vec<Note>,
) -> Result<(Vec<Category>, Vec<u32>), Error> {
    let key = &responses.form().nodes[id].key;
    let mut coding = Coding::new(responses.form(), id, language);
    let coded = responses.coded(key)?;
    let of_text = coding.numbers(&coded);
    let (categories, numbers) = coding.finish(policy, key, notes);
    let number = |&number: &u32| numbers.get(number as usize).copied().unwrap_or(NONE);
    let of_text: Vec<u32> = of_text.iter().map(number).collect();
    Ok((categories, coded.lookup(&of_text).arranged(design.order())))
}

/// The codes of a select-multiple, each once.
fn words(text: &str, given: u64, coding: &mut Coding) -> Vec<u32> {
    if given == 0 {
        return Vec::new();
    }
    let mut words: Vec<&str> = text.split_whitespace().collect();
    words.sort_unstable();
    words.dedup();
    words.into_iter().map(|code| coding.number(code, given)).collect()
}

fn several(coded: &Coded, chosen: &[Vec<u32>], design: &Design, numbers: &[u32]) -> Measure {
    let kept = |chosen: &Vec<u32>| {
        let given = chosen.iter().map(|&code| numbers[code as usize]);
        let mut kept: Vec<u32> = given.filter(|&code| code != NONE).collect();
        // Rare codes of one response have become the same category.
        kept.sort_unstable();
        kept.dedup();
        kept
    };
    let of_text: Vec<Vec<u32>> = chosen.iter().map(kept).collect();
    let (mut answered, mut starts, mut codes) = (Vec::new(), vec![0], Vec::new());
    for &row in design.order() {
        let kept = coded
            .code(row as usize)
            .map_or(&[][..], |code| &of_text[code as usize]);
        answered.push(!kept.is_empty());
        codes.extend_from_slice(kept);
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
            parts: Vec::new(),
            within: None,
        };
        let mut domains = Self {
            domains: vec![overall],
            columns: vec![vec![0; design.len()]],
        };
        let form = responses.form();
        // The questions that divide already, with their columns.
        let mut done: Vec<(NodeId, usize)> = Vec::new();
        for role in [Role::Gender, Role::Age, Role::Group] {
            if let Some(id) = responses.key_of(role).and_then(|key| form.by_key(key)) {
                domains.add(responses, design, (id, language), role.word())?;
                done.push((id, domains.columns.len() - 1));
            }
        }
        for asked in more {
            let parts: Vec<&str> = asked.split('*').map(str::trim).collect();
            let mut crossed = Vec::new();
            for part in &parts {
                let id = asked_for(responses, part)?;
                // A part of a crossing is a disaggregation of its own as well.
                let known = done
                    .iter()
                    .find(|(before, _)| *before == id)
                    .map(|(_, column)| *column);
                let column = if let Some(column) = known {
                    column
                } else {
                    domains.add(responses, design, (id, language), part)?;
                    let column = domains.columns.len() - 1;
                    done.push((id, column));
                    column
                };
                if !crossed.contains(&column) {
                    crossed.push(column);
                }
            }
            if crossed.len() > 1 {
                domains.cross(&crossed);
            }
        }
        Ok(domains)
    }

    /// Where respondents are.
    pub fn columns(&self) -> DomainColumns<'_> {
        DomainColumns {
            columns: &self.columns,
            count: self.domains.len(),
        }
    }

    /// The classes of respondents by these domains: what all tallies of a survey share.
    pub fn classes<'a>(&self, design: &'a Design) -> Classes<'a> {
        Classes::new(design, self.columns(), 0..design.psus())
    }

    fn add(
        &mut self,
        responses: &Responses,
        design: &Design,
        (id, language): (NodeId, usize),
        by: &str,
    ) -> Result<(), Error> {
        let node = &responses.form().nodes[id];
        let first = self.domains.len() as u32;
        let (divided, codes) = match node.kind {
            // Age asked in bands is divided as it was asked.
            kind if node.role == Some(Role::Age) && kind != Kind::SelectOne => {
                in_bands(responses, design, id)?
            }
            Kind::SelectOne | Kind::Calculate | Kind::Hidden | Kind::Text => {
                // The question's own table notes what its list does not have.
                one(
                    responses,
                    design,
                    (id, language),
                    BasePolicy::Answering,
                    &mut Vec::new(),
                )?
            }
            _ => {
                let why = "it has to be a question with one answer from a few; age is divided into bands by its role";
                let key = node.key.clone();
                return Err(Error::NotADivision { key, why });
            }
        };
        let by = by.to_owned();
        self.domains.extend(divided.into_iter().map(|category| Domain {
            by: by.clone(),
            code: category.code,
            label: category.label,
            parts: Vec::new(),
            within: None,
        }));
        let codes: Vec<u32> = codes
            .into_iter()
            .map(|code| if code == NONE { NONE } else { first + code })
            .collect();
        self.columns.push(codes);
        Ok(())
    }
}

/// The question that a disaggregation is by: a role, or a key.
fn asked_for(responses: &Responses, asked: &str) -> Result<NodeId, Error> {
    let form = responses.form();
    let role = Role::ALL
        .iter()
        .find(|(_, word)| *word == asked)
        .map(|(role, _)| *role);
    let by_role = role
        .and_then(|role| responses.key_of(role))
        .and_then(|key| form.by_key(key));
    by_role
        .or_else(|| form.by_key(asked))
        .ok_or_else(|| unknown(form, asked))
}

/// Age bands as categories, and the band of each respondent in the design's order.
fn in_bands(responses: &Responses, design: &Design, id: NodeId) -> Result<(Vec<Category>, Vec<u32>), Error> {
    let form = responses.form();
    let bands = match &form.settings.age_bands[..] {
        [] => &AGE_BANDS[..],
        bands => bands,
    };
    let category = |band: &AgeBand| Category {
        code: band.label(),
        label: band.label(),
        special: None,
    };
    let band = |age: f64| bands.iter().position(|band| band.contains(age));
    let ages = responses.floats(&form.nodes[id].key)?;
    let code = |&row: &u32| band(ages[row as usize]).map_or(NONE, |at| at as u32);
    let codes = design.order().iter().map(code).collect();
    Ok((bands.iter().map(category).collect(), codes))
}

pub(crate) fn unknown(form: &Form, asked: &str) -> Error {
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
