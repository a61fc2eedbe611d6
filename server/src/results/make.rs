//! From the responses of a survey to the files of a release: everything that the pages of results can ever say.
//!
//! The options are those of `baraza analyse` as it comes, with the disaggregations that the pages offer. Nothing here
//! is kept but the files: they are made of one [`Released`], in all languages of the form.

use super::publication::{BY, Found, LanguageWords, TableWords};
use crate::source::{
    Period, ROUND, add_default_variables, first_page, newest_form, no_variables, read, with_rounds,
};
use crate::store::{ReleaseFile, Store, now};
use anyhow::Context;
use baraza_analysis::{
    About, Analysis, Compare, Digits, Earlier, Labels, Options, Policy, Released, Responses, analyse,
    protect_beside, wide_name, write_chart, write_differences, write_json, write_parquet, write_report,
    write_tests, write_tidy, write_wide, write_xlsx,
};
use baraza_forms::{Form, Role};
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// What rounds are, where a survey has more than one.
const ROUNDS: Period = Period::Quarter;

/// A release that is not stored yet.
pub struct Made {
    pub at: String,
    /// SHA-256 of the version of the form.
    pub form: String,
    /// Responses after this row id are not in it.
    pub last_response: i64,
    pub respondents: u64,
    pub files: Vec<ReleaseFile>,
}

/// Makes a release beside all earlier ones; nothing where fewer responses count than any table may show.
pub fn make(store: &Store, survey: i64) -> anyhow::Result<Option<Made>> {
    let policy = Policy::default();
    let (form, digest) = newest_form(store, survey)?;
    let with_round = with_rounds(&form);
    let read = read(store, (survey, &with_round), false, Some(ROUNDS), || {})?;
    // After reading: what came meanwhile and is in the release does not count as new, so that a next release never
    // comes too early.
    let last_response = store.last_response()?;
    let respondents = read.responses.len() as u64;
    if respondents < policy.minimum_base {
        return Ok(None);
    }
    let mut variables = no_variables(read.responses.form())?;
    add_default_variables(read.responses.form(), &mut variables)?;
    let options = Options {
        by: offered(&form, &read.periods, &policy),
        compare: Some(Compare {
            smallest: policy.minimum_base,
            ..Compare::default()
        }),
        variables,
        ..Options::default()
    };
    let responses = options.variables.derive(&read.responses)?;
    let analysis = analyse(&responses, &options, &mut |_, _| {})?;
    drop(responses);
    let released = protect_beside(analysis, &policy, &earlier(store, survey)?, &mut |_, _| {})?;
    let made_at = now();
    let files = Files {
        released: &released,
        form: &form,
        made: made_at.get(..10).unwrap_or(&made_at),
        respondents,
        options: &options,
        with_round: &with_round,
    };
    Ok(Some(Made {
        files: files.write()?,
        at: made_at,
        form: digest,
        last_response,
        respondents,
    }))
}

/// The disaggregations beyond gender, age and group, as far as the form has what they need. Rounds are one where each
/// is large enough to be shown: a few of a round that has just begun would make overall be rounded.
fn offered(form: &Form, periods: &BTreeMap<String, u64>, policy: &Policy) -> Vec<String> {
    let has = |role: Role| form.with_role(role).is_some();
    let mut by = Vec::new();
    if has(Role::Area) {
        by.push("area".to_owned());
    }
    if has(Role::Gender) && has(Role::Age) {
        by.push("gender*age".to_owned());
    }
    if periods.len() > 1 && periods.values().all(|&count| count >= policy.minimum_base) {
        by.push(ROUND.to_owned());
    }
    by
}

/// All earlier releases of the survey.
fn earlier(store: &Store, survey: i64) -> anyhow::Result<Vec<Earlier>> {
    let mut earlier = Vec::new();
    store.each_released(survey, |packed| {
        earlier.push(Earlier::from_csv(GzDecoder::new(&packed[..])).context("an earlier release")?);
        Ok(())
    })?;
    Ok(earlier)
}

/// The files of a release while they are made.
struct Files<'a> {
    released: &'a Released,
    form: &'a Form,
    made: &'a str,
    respondents: u64,
    options: &'a Options,
    with_round: &'a Form,
}

impl Files<'_> {
    /// Languages are written at the same time: they take longer than all else together.
    fn write(&self) -> anyhow::Result<Vec<ReleaseFile>> {
        let released = self.released;
        let found = Found::of(released);
        std::thread::scope(|scope| {
            let languages: Vec<_> = (0..self.form.languages.len())
                .map(|language| scope.spawn(move || self.language(language)))
                .collect();
            let mut all = vec![
                file("tidy.csv", |out| Ok(write_tidy(released, out)?))?,
                file("tests.csv", |out| Ok(write_tests(released, out)?))?,
                file("differences.csv", |out| Ok(write_differences(released, out)?))?,
                file("tidy.parquet", |out| Ok(write_parquet(released, out)?))?,
                file("wide.zip", |out| wide(released, out))?,
                file("found.json", |out| Ok(serde_json::to_writer(out, &found)?))?,
            ];
            all.extend(tidy_by_table(released)?);
            for language in languages {
                let files = language.join();
                all.extend(files.map_err(|_| anyhow::anyhow!("a language could not be written"))??);
            }
            Ok(all)
        })
    }

    /// What is read by people, in a language. The figures are those of the one release in all of them.
    fn language(&self, language: usize) -> anyhow::Result<Vec<ReleaseFile>> {
        let labels = (language > 0).then(|| self.labels(language)).transpose()?;
        let (released, form) = (self.released, self.form);
        let about = About {
            form,
            language,
            labels: labels.as_ref(),
            made: self.made,
            respondents: self.respondents,
            digits: Digits::Western,
        };
        let first = first_page(form)?;
        let words = language_words(released, &about);
        let mut all = vec![
            file(&format!("{language}/words.json"), |out| {
                Ok(serde_json::to_writer(out, &words)?)
            })?,
            file(&format!("{language}/report.html"), |out| {
                Ok(write_report(released, &about, &first, out)?)
            })?,
            file(&format!("{language}/tables.xlsx"), |out| {
                let mut bytes = Cursor::new(Vec::new());
                write_xlsx(released, &about, &mut bytes)?;
                Ok(out.write_all(bytes.get_ref())?)
            })?,
        ];
        if language == 0 {
            all.push(file("tables.json", |out| Ok(write_json(released, &about, out)?))?);
        }
        for table in 0..released.tables().len() {
            for (number, by) in BY.iter().enumerate() {
                if released.domains().iter().any(|domain| domain.by == by.by) {
                    let name = format!("{language}/chart/{table}/{number}.svg");
                    all.push(file(&name, |out| {
                        Ok(write_chart(released, &about, (table, by.by), out)?)
                    })?);
                }
            }
        }
        Ok(all)
    }

    /// The labels of all tables in a language, from an analysis of no responses at all.
    fn labels(&self, language: usize) -> anyhow::Result<Labels> {
        let nobody = Responses::from_answers::<&serde_json::Map<_, _>>(self.with_round, [])?;
        let options = Options {
            language,
            compare: None,
            ..self.options.clone()
        };
        let nobody = options.variables.derive(&nobody)?;
        let analysis: Analysis = analyse(&nobody, &options, &mut |_, _| {})?;
        Ok(Labels::of(&analysis))
    }
}

/// A file of the release, packed.
fn file(
    name: &str,
    write: impl FnOnce(&mut GzEncoder<Vec<u8>>) -> anyhow::Result<()>,
) -> anyhow::Result<ReleaseFile> {
    let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::default());
    write(&mut packed).with_context(|| name.to_owned())?;
    Ok(ReleaseFile {
        name: name.to_owned(),
        content: packed.finish()?,
    })
}

/// The tidy table a question at a time, so that the lines of one need not be looked for among all.
fn tidy_by_table(released: &Released) -> anyhow::Result<Vec<ReleaseFile>> {
    let mut tidy = Vec::new();
    write_tidy(released, &mut tidy)?;
    let mut tidy = csv::Reader::from_reader(&tidy[..]);
    let header = tidy.headers()?.clone();
    let mut rows = tidy.records();
    let tables = released.tables().iter().enumerate().map(|(at, table)| {
        let count = released.domains().len() * table.categories().len().max(1);
        file(&format!("tidy/{at}.csv"), |out| {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(&header)?;
            for row in rows.by_ref().take(count) {
                csv.write_record(&row?)?;
            }
            Ok(csv.flush()?)
        })
    });
    tables.collect()
}

/// A CSV a question, in one file.
fn wide(released: &Released, out: &mut impl Write) -> anyhow::Result<()> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for table in released.tables() {
        zip.start_file(wide_name(table), SimpleFileOptions::default())?;
        write_wide(released, table, &mut zip)?;
    }
    out.write_all(zip.finish()?.get_ref())?;
    Ok(())
}

fn language_words(released: &Released, about: &About<'_>) -> LanguageWords {
    let (form, language) = (about.form, about.language);
    let tables = released.tables().iter().map(|table| {
        let categories = table.categories().iter();
        TableWords {
            label: about.table_label(table).to_owned(),
            section: section(form, language, table.source()),
            categories: categories
                .map(|category| about.category_label(table, category).to_owned())
                .collect(),
        }
    });
    let domains = released.domains().iter().map(|domain| about.domain_label(domain));
    let spoken = &form.languages[language];
    LanguageWords {
        tag: spoken.tag.clone(),
        name: spoken.name.clone(),
        rtl: spoken.rtl,
        title: form.text(language, form.title),
        tables: tables.collect(),
        domains: domains.collect(),
    }
}

/// The label of the outermost group that a question stands in; blank where it stands in none.
fn section(form: &Form, language: usize, key: &str) -> String {
    let mut section = String::new();
    let mut at = form.by_key(key);
    while let Some(id) = at {
        at = form.nodes[id].parent;
        let label = form.label(language, id);
        if at.is_some() && form.by_key(key) != Some(id) && !label.is_empty() {
            section = label;
        }
    }
    section
}
