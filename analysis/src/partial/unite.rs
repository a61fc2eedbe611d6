//! Two tallies of one survey as one: strata, domains and categories of either.

use super::{Question, Stratum, SurveyTally};
use crate::error::Error;
use crate::tally::{StratumSums, Tally};
use crate::variables::{Category, Domain, OTHER};
use std::collections::{BTreeMap, BTreeSet};

/// Whether two tallies can be added.
pub fn fits(a: &SurveyTally, b: &SurveyTally) -> Result<(), Error> {
    let refuse = |why: String| Err(Error::Tallies(why));
    let differ = |what: &str, a: &str, b: &str, mend: &str| {
        refuse(format!("the tallies differ in {what} ('{a}' and '{b}'): {mend}"))
    };
    let again = "write both with the same options";
    if a.survey != b.survey {
        return differ(
            "their survey",
            &a.survey,
            &b.survey,
            "only tallies of one form add up",
        );
    }
    if a.form_version != b.form_version {
        let mend = "publish the same form at both ends and write both tallies again";
        return differ("the version of the form", &a.form_version, &b.form_version, mend);
    }
    if a.language != b.language {
        return differ("the language of labels", &a.language, &b.language, again);
    }
    if a.base != b.base {
        let word = |tally: &SurveyTally| format!("{:?}", tally.base).to_lowercase();
        return differ("--base", &word(a), &word(b), again);
    }
    if a.by != b.by {
        return differ("--by", &a.by.join(" "), &b.by.join(" "), again);
    }
    if a.weighted != b.weighted && a.respondents > 0 && b.respondents > 0 {
        return refuse(
            "one tally is weighted and the other is not: fill in the weights at both ends".to_owned(),
        );
    }
    if a == b && a.respondents > 0 {
        return refuse("the same tally is given twice: its respondents would count double".to_owned());
    }
    let psus: BTreeSet<(&str, &str)> = named(a).collect();
    if let Some((stratum, psu)) = named(b).find(|psu| psus.contains(psu)) {
        let within = if stratum.is_empty() {
            String::new()
        } else {
            format!(" of stratum '{stratum}'")
        };
        return refuse(format!(
            "cluster '{psu}'{within} is in two tallies: if it is the same cluster, its responses belong into one \
             database; if there are two of that name, give them different names"
        ));
    }
    Ok(())
}

fn named(tally: &SurveyTally) -> impl Iterator<Item = (&str, &str)> {
    let strata = tally.strata.iter();
    strata.flat_map(|stratum| {
        stratum
            .psus
            .iter()
            .map(|psu| (stratum.name.as_str(), psu.as_str()))
    })
}

/// The sum of two tallies that fit.
pub fn united(a: &SurveyTally, b: &SurveyTally) -> Result<SurveyTally, Error> {
    let domains = domains(&a.domains, &b.domains)?;
    let strata = strata(&a.strata, &b.strata);
    let place_domains = |of: &[Domain]| places(of, &domains, |domain| (&domain.by, &domain.code));
    let place_strata = |of: &[Stratum]| places(of, &strata, |stratum| &stratum.name);
    let (domains_a, domains_b) = (place_domains(&a.domains), place_domains(&b.domains));
    let (strata_a, strata_b) = (place_strata(&a.strata), place_strata(&b.strata));
    let mut tables = Vec::new();
    if a.tables.len() != b.tables.len() {
        return Err(Error::Shape);
    }
    for (one, other) in a.tables.iter().zip(&b.tables) {
        if one.key != other.key || one.statistic != other.statistic {
            return Err(Error::Shape);
        }
        let categories = categories(&one.categories, &other.categories);
        let place = |of: &[Category]| match of {
            [] => vec![0],
            of => places(of, &categories, |category| &category.code),
        };
        let shape = (domains.len(), categories.len().max(1), strata.len());
        let mut tally = widened(
            &one.tally,
            shape,
            (&domains_a, &place(&one.categories), &strata_a),
        );
        tally.merge(&widened(
            &other.tally,
            shape,
            (&domains_b, &place(&other.categories), &strata_b),
        ))?;
        tables.push(Question {
            categories,
            tally,
            ..one.clone()
        });
    }
    Ok(SurveyTally {
        synthetic: a.synthetic || b.synthetic,
        weighted: a.weighted || b.weighted,
        respondents: a.respondents + b.respondents,
        strata,
        domains,
        tables,
        ..a.clone()
    })
}

/// The place of each thing in another list, by what names it.
fn places<'t, T, K: Ord + 't>(of: &'t [T], among: &'t [T], name: impl Fn(&'t T) -> K) -> Vec<usize> {
    let places: BTreeMap<K, usize> = among.iter().map(&name).zip(0..).collect();
    of.iter()
        .filter_map(|thing| places.get(&name(thing)).copied())
        .collect()
}

fn strata(a: &[Stratum], b: &[Stratum]) -> Vec<Stratum> {
    let mut strata: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for stratum in a.iter().chain(b) {
        let psus = strata.entry(&stratum.name).or_default();
        psus.extend(stratum.psus.iter().cloned());
    }
    let stratum = |(name, psus): (&str, Vec<String>)| Stratum {
        name: name.to_owned(),
        psus,
    };
    strata.into_iter().map(stratum).collect()
}

/// Those of the list, which both have in the same order, then what only answers have, and the rare at last.
fn order<'t, T>(a: &'t [T], b: &'t [T], code: impl Fn(&T) -> &str) -> Vec<&'t T> {
    let is_common = |(a, b): &(&T, &T)| code(a) == code(b) && code(a) != OTHER;
    let common = a.iter().zip(b).take_while(is_common).count();
    let mut rest: Vec<&T> = a[common..].iter().chain(&b[common..]).collect();
    rest.sort_by(|x, y| (code(x) == OTHER, code(x)).cmp(&(code(y) == OTHER, code(y))));
    rest.dedup_by(|x, y| code(x) == code(y));
    a[..common].iter().chain(rest).collect()
}

fn categories(a: &[Category], b: &[Category]) -> Vec<Category> {
    order(a, b, |category| &category.code)
        .into_iter()
        .cloned()
        .collect()
}

fn domains(a: &[Domain], b: &[Domain]) -> Result<Vec<Domain>, Error> {
    let mut bys: Vec<&str> = Vec::new();
    for domain in a.iter().chain(b) {
        if !bys.contains(&domain.by.as_str()) {
            bys.push(&domain.by);
        }
    }
    let mut united: Vec<Domain> = Vec::new();
    for by in bys {
        let of = |domains: &[Domain]| -> Vec<Domain> {
            domains.iter().filter(|domain| domain.by == by).cloned().collect()
        };
        let (of_a, of_b) = (of(a), of(b));
        let crossed = of_a.iter().chain(&of_b).any(|domain| !domain.parts.is_empty());
        if crossed {
            // In the order of the parts, which stand before them.
            let place =
                |(by, code): &(String, String)| united.iter().position(|d| d.by == *by && d.code == *code);
            let key = |domain: &Domain| domain.parts.iter().map(place).collect::<Vec<_>>();
            let mut both: Vec<(Vec<Option<usize>>, Domain)> = of_a
                .into_iter()
                .chain(of_b)
                .map(|domain| (key(&domain), domain))
                .collect();
            both.sort_by(|x, y| x.0.cmp(&y.0));
            both.dedup_by(|x, y| x.0 == y.0);
            united.extend(both.into_iter().map(|(_, domain)| domain));
            continue;
        }
        not_hidden(by, &of_a, &of_b)?;
        not_hidden(by, &of_b, &of_a)?;
        united.extend(order(&of_a, &of_b, |domain| &domain.code).into_iter().cloned());
    }
    Ok(united)
}

/// Refuses where a domain of one tally may be among the rare values of the other.
fn not_hidden(by: &str, a: &[Domain], b: &[Domain]) -> Result<(), Error> {
    if !b.iter().any(|domain| domain.code == OTHER) {
        return Ok(());
    }
    let missing = a
        .iter()
        .find(|domain| domain.code != OTHER && b.iter().all(|other| other.code != domain.code));
    match missing {
        None => Ok(()),
        Some(domain) => Err(Error::Tallies(format!(
            "by '{by}': '{}' is a group of its own in one tally, and may be among the rare values ('{OTHER}') of the \
             other: make '{by}' a select_one with a list that has it, or leave out this disaggregation",
            domain.code
        ))),
    }
}

/// A tally with its sums at other places.
fn widened(
    tally: &Tally,
    (domains, categories, strata): (usize, usize, usize),
    (to_domain, to_category, to_stratum): (&[usize], &[usize], &[usize]),
) -> Tally {
    let cells = domains * categories;
    let cell = |at: usize| to_domain[at / tally.categories] * categories + to_category[at % tally.categories];
    let by_cell = |from: &[f64]| moved(from, cells, cell);
    let by_domain = |from: &[f64]| moved(from, domains, |at| to_domain[at]);
    let empty = || StratumSums {
        psus: 0,
        population: None,
        present: vec![0; domains],
        a: vec![0.0; cells],
        aa: vec![0.0; cells],
        ab: vec![0.0; cells],
        b: vec![0.0; domains],
        bb: vec![0.0; domains],
    };
    let mut wide: Vec<StratumSums> = (0..strata).map(|_| empty()).collect();
    for (sums, &to) in tally.strata.iter().zip(to_stratum) {
        wide[to] = StratumSums {
            psus: sums.psus,
            population: sums.population,
            present: moved(&sums.present, domains, |at| to_domain[at]),
            a: by_cell(&sums.a),
            aa: by_cell(&sums.aa),
            ab: by_cell(&sums.ab),
            b: by_domain(&sums.b),
            bb: by_domain(&sums.bb),
        };
    }
    Tally {
        domains,
        categories,
        strata: wide,
        base: moved(&tally.base, domains, |at| to_domain[at]),
        count: moved(&tally.count, cells, cell),
        weight_squares: by_domain(&tally.weight_squares),
        squares: by_cell(&tally.squares),
    }
}

fn moved<T: Copy + Default>(from: &[T], length: usize, to: impl Fn(usize) -> usize) -> Vec<T> {
    let mut moved = vec![T::default(); length];
    for (at, value) in from.iter().enumerate() {
        moved[to(at)] = *value;
    }
    moved
}
