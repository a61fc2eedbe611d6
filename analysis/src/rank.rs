//! Ranks: what comes first, what is among the first three, the mean place, and how sure the order is.

use crate::compare::LEVEL;
use crate::error::{Error, Note};
use crate::estimate::Estimate;
use crate::hypothesis::{Difference, difference, holm};
use crate::table::{Maker, Sample, Statistic, Table, View, passes};
use crate::tally::{Measure, NONE};
use crate::totals::Totals;
use crate::variables::{BasePolicy, Category, OTHER, is_substantive, special_of};
use baraza_forms::{NodeId, Pass};
use std::collections::HashMap;

/// Places that the second table takes together.
const TOP: usize = 3;

/// The choices of a table from the largest share down in one domain, and whether each is told from the next.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// Position of the table.
    pub table: usize,
    /// Position of the domain.
    pub domain: usize,
    /// Positions of the categories, the largest share first.
    pub categories: Vec<usize>,
    /// From each category to the next: one less than the categories; `None` where another that is withheld lies
    /// between, or where nothing tells how far off the difference is.
    pub steps: Vec<Option<Step>>,
}

/// From one place of an order to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// By how much the share is larger than the next, from 0 to 1.
    pub difference: f64,
    /// Its standard error within the design.
    pub se: f64,
    /// The p-value of the two being the same.
    pub p: f64,
    /// The same, adjusted over the steps of this order (Holm 1979).
    pub holm: f64,
    /// Whether the difference exceeds chance: the adjusted p-value is below 0.05.
    pub distinct: bool,
}

/// Adds the three tables of a rank question, and their orders.
pub(crate) fn add(maker: &mut Maker<'_>, id: NodeId) -> Result<(), Error> {
    let sample = maker.sample;
    let node = &sample.responses.form().nodes[id];
    let policy = sample.options.base_of(&node.key);
    let (places, categories) = places(sample, id, policy, &mut maker.notes)?;
    let of = |word: &str, view: View, what: &str| Table {
        question: format!("{}.{word}", node.key),
        label: format!("{} ({what})", sample.label(id)),
        source: node.key.clone(),
        view,
        statistic: Statistic::Proportion,
        exclusive: false,
        own_bases: false,
        sensitive: node.sensitive,
        categories: categories.clone(),
        base: format!(
            "ranked anything; {}; several answers possible, so shares can exceed 100 % together",
            passes(policy)
        ),
        estimates: Vec::new(),
    };
    let table = Table {
        exclusive: true,
        base: format!("ranked anything; {}", passes(policy)),
        ..of("first", View::First, "put first")
    };
    in_its_order(maker, table, &first(&places));
    let table = of(
        &format!("top{TOP}"),
        View::Top(TOP),
        &format!("among the first {TOP}"),
    );
    in_its_order(maker, table, &top(&places));
    let table = mean_ranks(sample, &places, of("mean_rank", View::MeanRank, "mean place"));
    maker.tables.push(table);
    Ok(())
}

fn in_its_order(maker: &mut Maker<'_>, table: Table, measure: &Measure) {
    maker.add(table, measure);
    let at = maker.tables.len() - 1;
    let orders = orders(maker.sample, (at, &maker.tables[at]), measure);
    maker.orders.extend(orders);
}

/// The categories of a respondent from the first place on; `None` outside the base.
type Place = Option<Vec<u32>>;

/// What each respondent ranked, and the categories: those of the list, passes that it does not have, and one for all
/// other codes.
fn places(
    sample: &Sample<'_>,
    id: NodeId,
    policy: BasePolicy,
    notes: &mut Vec<Note>,
) -> Result<(Vec<Place>, Vec<Category>), Error> {
    let form = sample.responses.form();
    let listed = form.list_of(id).into_iter().flat_map(|list| &list.choices);
    let mut categories: Vec<Category> = listed
        .map(|choice| Category {
            code: choice.name.clone(),
            label: form.choice_label(sample.options.language, choice),
            special: choice.special,
        })
        .collect();
    let texts = sample.responses.texts(&form.nodes[id].key)?;
    let mut unlisted: Vec<&str> = texts
        .iter()
        .flatten()
        .flat_map(|text| text.split_whitespace())
        .collect();
    unlisted.sort_unstable();
    unlisted.dedup();
    unlisted.retain(|code| categories.iter().all(|category| category.code != *code));
    for pass in [Pass::DontKnow, Pass::PreferNotToSay] {
        if unlisted.contains(&pass.code()) {
            unlisted.retain(|code| *code != pass.code());
            categories.push(Category {
                code: pass.code().to_owned(),
                label: pass.code().to_owned(),
                special: Some(special_of(pass)),
            });
        }
    }
    categories.retain(|category| policy == BasePolicy::Answering || is_substantive(category));
    let mut numbers: HashMap<&str, u32> = categories.iter().map(|c| c.code.as_str()).zip(0..).collect();
    let other = (!unlisted.is_empty()).then_some(categories.len() as u32);
    for code in &unlisted {
        numbers.extend(other.map(|other| (*code, other)));
    }
    let number = |text: &str| {
        let mut places: Vec<u32> = Vec::new();
        for code in text.split_whitespace().filter_map(|code| numbers.get(code)) {
            if !places.contains(code) {
                places.push(*code);
            }
        }
        Some(places).filter(|places| !places.is_empty())
    };
    let all: Vec<Option<Vec<u32>>> = texts.iter().map(|text| number(text.as_ref()?)).collect();
    let places = sample
        .design
        .order()
        .iter()
        .map(|&row| all[row as usize].clone())
        .collect();
    if other.is_some() {
        let message = format!("codes that its list does not have are the category '{OTHER}'");
        notes.push(Note::new(&form.nodes[id].key, message));
        categories.push(Category {
            code: OTHER.to_owned(),
            label: "other".to_owned(),
            special: None,
        });
    }
    Ok((places, categories))
}

fn first(places: &[Place]) -> Measure {
    let code = |places: &Option<Vec<u32>>| places.as_ref().and_then(|p| p.first()).copied();
    Measure::One(places.iter().map(|places| code(places).unwrap_or(NONE)).collect())
}

fn top(places: &[Place]) -> Measure {
    let (mut starts, mut codes) = (vec![0], Vec::new());
    for places in places {
        codes.extend(places.iter().flatten().take(TOP));
        starts.push(codes.len() as u32);
    }
    Measure::Several {
        answered: places.iter().map(Option::is_some).collect(),
        starts,
        codes,
    }
}

/// The mean place of each choice among those who ranked it. Who did not is not in its base: how many did is what its n
/// says beside the base of the other tables.
fn mean_ranks(sample: &Sample<'_>, places: &[Place], table: Table) -> Table {
    let deepest = places.iter().flatten().map(Vec::len).max().unwrap_or(0).max(1);
    let substance: Vec<usize> = (0..table.categories.len())
        .filter(|&at| table.categories[at].special.is_none())
        .collect();
    let domains = sample.domains.domains.len();
    let mut estimates = vec![None; domains * substance.len()];
    for (at, &category) in substance.iter().enumerate() {
        let place = |places: &Option<Vec<u32>>| {
            let mut given = places.iter().flatten();
            given.position(|&code| code as usize == category)
        };
        let given: Vec<Option<usize>> = places.iter().map(place).collect();
        let numbers = given
            .iter()
            .map(|place| place.map_or(f64::NAN, |p| p as f64 + 1.0));
        let means = sample.estimates(&Measure::Number(numbers.collect()), 1);
        let by_place = given
            .iter()
            .map(|place| place.map_or(NONE, |p| p as u32))
            .collect();
        let shares = sample.estimates(&Measure::One(by_place), deepest);
        for (domain, mean) in means.into_iter().enumerate() {
            let shares = shares[domain * deepest..][..deepest].iter().flatten();
            let smallest = shares.map(|share| share.count).filter(|&count| count > 0).min();
            estimates[domain * substance.len() + at] = mean.map(|mean| Estimate {
                count: smallest.unwrap_or(mean.n),
                ..mean
            });
        }
    }
    Table {
        statistic: Statistic::Mean,
        own_bases: true,
        categories: substance.iter().map(|&at| table.categories[at].clone()).collect(),
        base: "those who ranked it, each choice with a base of its own; 1 is the first place; who did not rank it is \
               left out"
            .to_owned(),
        estimates,
        ..table
    }
}

/// The order in each domain, the largest share first. Both shares of a step come from the same respondents, which
/// its standard error knows.
fn orders(sample: &Sample<'_>, (at, table): (usize, &Table), measure: &Measure) -> Vec<Order> {
    let totals = Totals::of(sample.design, sample.columns(), measure, table.width());
    let order = |domain: usize| {
        let categories = in_order(table, domain);
        let steps = categories.windows(2);
        let steps: Vec<Option<Difference>> = steps
            .map(|pair| difference(&totals, (domain, pair[0]), (domain, pair[1])))
            .collect();
        let p: Vec<f64> = steps.iter().flatten().map(|step| step.p).collect();
        let mut adjusted = holm(&p).into_iter();
        let mut adjust = |step: Difference| {
            let holm = adjusted.next()?;
            Some(Step {
                difference: step.value,
                se: step.se,
                p: step.p,
                holm,
                distinct: holm < LEVEL,
            })
        };
        let steps: Vec<Option<Step>> = steps.into_iter().map(|step| adjust(step?)).collect();
        if steps.is_empty() {
            return None;
        }
        Some(Order {
            table: at,
            domain,
            categories,
            steps,
        })
    };
    (0..sample.domains.domains.len()).filter_map(order).collect()
}

/// Categories of substance that anybody named, the largest share first.
fn in_order(table: &Table, domain: usize) -> Vec<usize> {
    let value = |category: usize| table.estimates[domain * table.width() + category].map(|e| e.value);
    let mut named: Vec<(usize, f64)> = (0..table.categories.len())
        .filter(|&category| table.categories[category].special.is_none())
        .filter_map(|category| Some((category, value(category).filter(|&share| share > 0.0)?)))
        .collect();
    named.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    named.into_iter().map(|(category, _)| category).collect()
}
