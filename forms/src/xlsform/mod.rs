//! XLSForm into [`Form`], with all that is wrong in it at once.

mod choices;
mod diagnostic;
mod expressions;
mod headers;
mod keys;
mod languages;
mod names;
mod settings;
mod survey;
mod texts;
mod types;
mod workbook;

pub use diagnostic::{Diagnostic, Place, Severity};
pub use workbook::{ReadError, Row, Sheet, Workbook, column_letters};

use crate::form::{Form, Kind, Language, Node, Role, Settings};
use crate::order::order;
use choices::Lists;
use diagnostic::Diagnostics;
use headers::Table;
use names::Scope;
use sha2::{Digest, Sha256};
use std::path::Path;
use texts::Texts;

/// Gives the sheet of an attached CSV file by its name without ending, if there is one.
pub type Attachments<'a> = dyn Fn(&str) -> Option<Sheet> + 'a;

/// A workbook after its import.
#[derive(Debug)]
pub struct Imported {
    /// The form; `None` where it is refused.
    pub form: Option<Form>,
    /// All findings, errors and warnings, by sheet and row.
    pub diagnostics: Vec<Diagnostic>,
}

/// Imports a workbook, a folder of CSV sheets, or Markdown. CSV files beside it are found when the form names them.
///
/// # Errors
/// The file can't be read at all. What is wrong in its cells is in [`Imported::diagnostics`].
pub fn import_path(path: &Path) -> Result<Imported, ReadError> {
    let workbook = Workbook::read(path)?;
    let folder = if path.is_dir() {
        path
    } else {
        path.parent().unwrap_or(Path::new("."))
    };
    let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or("form");
    let attachments = |name: &str| {
        // A name with a path in it would read files that are no part of the form.
        let plain = !name.contains(['/', '\\', '\0']) && !name.starts_with('.');
        let bytes = plain
            .then(|| std::fs::read(folder.join(format!("{name}.csv"))).ok())
            .flatten()?;
        Sheet::from_csv(name, &bytes).ok()
    };
    Ok(import(&workbook, stem, &attachments))
}

/// Imports a questionnaire written as Markdown tables.
pub fn import_markdown(text: &str) -> Imported {
    import(&Workbook::from_markdown(text), "form", &|_| None)
}

/// Imports a workbook; `name` is the form's id where the settings give none.
pub fn import(workbook: &Workbook, name: &str, attachments: &Attachments<'_>) -> Imported {
    let mut out = Diagnostics::default();
    let form = read(workbook, name, attachments, &mut out);
    let form = form.filter(|_| !out.refused());
    let mut diagnostics = out.found;
    diagnostics.sort_by_key(|d| {
        (
            d.severity,
            sheet_rank(&d.place.sheet),
            d.place.row,
            d.place.column.clone(),
        )
    });
    diagnostics.dedup();
    Imported { form, diagnostics }
}

fn sheet_rank(sheet: &str) -> usize {
    ["", "survey", "choices", "settings"]
        .iter()
        .position(|s| *s == sheet.trim().to_lowercase())
        .unwrap_or(9)
}

fn read(
    workbook: &Workbook,
    name: &str,
    attachments: &Attachments<'_>,
    out: &mut Diagnostics,
) -> Option<Form> {
    let Some(sheet) = workbook.sheet("survey") else {
        let found: Vec<String> = workbook.sheets.iter().map(|s| format!("'{}'", s.name)).collect();
        let found = if found.is_empty() {
            "none".to_owned()
        } else {
            found.join(", ")
        };
        out.error(
            Place::sheet(""),
            format!("no sheet 'survey', which holds the questions; found: {found}"),
        );
        return None;
    };
    if sheet.rows.is_empty() {
        out.error(
            Place::sheet(&sheet.name),
            "the sheet is empty: its first row names the columns, each row below is a question",
        );
        return None;
    }
    let table = Table::new(sheet, "type", out)?;
    let choice_tables: Vec<Table<'_>> = ["choices", "external_choices"]
        .iter()
        .filter_map(|name| workbook.sheet(name).filter(|sheet| !sheet.rows.is_empty()))
        .filter_map(|sheet| Table::new(sheet, "list_name", out))
        .collect();
    let settings = workbook.sheet("settings").filter(|s| s.rows.len() > 1);
    let settings_table = settings.and_then(settings_table);
    let settings_row = settings_table
        .as_ref()
        .and_then(|t| t.rows.first().map(|row| (t, row)));
    let languages = languages_of(
        &table,
        &choice_tables,
        settings_row.map_or("", |(t, r)| t.text(r, "default_language")),
    );
    let texts = Texts::new(languages.iter().map(|l| l.name.clone()).collect());
    let lists = Lists::new(&choice_tables, attachments, texts, out);
    let mut survey = survey::read(&table, &lists, &languages, out);
    expressions::read(&mut survey, &lists, out);
    if survey.nodes.len() == 1 && !out.refused() {
        out.error(Place::sheet(&sheet.name), "the sheet has no question");
    }
    let title = lists.with_texts(|texts| {
        let cells = settings_row.map_or_else(Vec::new, |(t, r)| t.translations(r, "form_title"));
        let id = settings_row.map_or("", |(t, r)| t.text(r, "form_id"));
        texts.add(&cells, &|_| Place::sheet("settings"), 0).or_else(|| {
            let fallback = if id.is_empty() { name } else { id };
            Some(texts.own(vec![fallback.to_owned(); languages.len()]))
        })
    });
    let own = settings_row.map_or_else(Settings::default, |(t, r)| settings::own(t, r, out));
    warn_of_missing_roles(&survey.nodes, out);
    let order = ordered(&survey, out);
    let settings_text = |column| settings_row.map_or("", |(t, r)| t.text(r, column));
    let given = settings_text("form_id");
    let id = settings::clean_id(if given.is_empty() { name } else { given });
    if !given.is_empty() && given != id {
        out.warn(
            Place::sheet("settings"),
            format!("the form_id '{given}' is used as '{id}', which fits into addresses"),
        );
    }
    let version = settings_text("version").to_owned();
    warn_of_missing_translations(&lists, &languages, out);
    let nodes = survey.nodes;
    let texts: Option<Texts> =
        lists.with_texts(|texts| Some(std::mem::replace(texts, Texts::new(Vec::new()))));
    let tables = texts.map(|t| {
        t.finish(
            |here| Scope {
                nodes: &nodes,
                lists: &lists,
                here,
                row: false,
            },
            out,
        )
    })?;
    let (lists, _) = lists.finish(out);
    let mut form = Form {
        id,
        version,
        title: title.unwrap_or(0),
        languages,
        nodes,
        order,
        lists,
        settings: own,
        texts: tables,
    };
    if form.version.is_empty() {
        let digest = digest(&form);
        digest[..8].clone_into(&mut form.version);
    }
    Some(form)
}

/// SHA-256 of the form's JSON, in hexadecimal; tells whether two imports are the same form.
pub fn digest(form: &Form) -> String {
    let json = serde_json::to_vec(form).unwrap_or_default();
    Sha256::digest(json)
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The settings sheet has no column that must be there, so its first row is the header.
fn settings_table(sheet: &Sheet) -> Option<Table<'_>> {
    let mut quiet = Diagnostics::default();
    ["form_id", "form_title", "version", "default_language", "style"]
        .iter()
        .find_map(|must| Table::new(sheet, must, &mut quiet))
}

fn languages_of(table: &Table<'_>, choices: &[Table<'_>], default: &str) -> Vec<Language> {
    let mut names: Vec<String> = Vec::new();
    for column in table
        .columns()
        .chain(choices.iter().flat_map(Table::columns))
        .map(|(_, c)| c)
    {
        if let Some(name) = column
            .language
            .as_ref()
            .filter(|_| matches!(column.name.as_str(), "label" | "hint"))
            && !names.contains(name)
        {
            names.push(name.clone());
        }
    }
    let same = |name: &String| name.eq_ignore_ascii_case(default) || languages::language(name).tag == default;
    match names.iter().position(same) {
        Some(at) => {
            let first = names.remove(at);
            names.insert(0, first);
        }
        // Columns without a language are then the default language's own.
        None if names.is_empty()
            || table
                .columns()
                .any(|(_, c)| c.name == "label" && c.language.is_none()) =>
        {
            names.insert(0, default.to_owned());
        }
        None => {}
    }
    names.iter().map(|name| languages::language(name)).collect()
}

fn ordered(survey: &survey::Survey, out: &mut Diagnostics) -> Vec<usize> {
    order(&survey.nodes).unwrap_or_else(|cycles| {
        for cycle in cycles {
            let mut names: Vec<&str> = cycle.iter().map(|&id| survey.nodes[id].name.as_str()).collect();
            names.push(names[0]);
            let message = format!(
                "a circle: {}: each waits for the next, so none can be evaluated",
                names.join(" → ")
            );
            out.error(survey.places[cycle[0]].clone(), message);
        }
        Vec::new()
    })
}

fn warn_of_missing_translations(lists: &Lists<'_>, languages: &[Language], out: &mut Diagnostics) {
    if languages.len() < 2 {
        return;
    }
    let missing = lists.with_texts(|texts| {
        texts
            .missing()
            .into_iter()
            .map(|(name, count)| (name.to_owned(), count))
            .collect::<Vec<_>>()
    });
    for (name, count) in missing.into_iter().filter(|(_, count)| *count > 0) {
        out.warn(
            Place::sheet(""),
            format!("{count} text(s) have no translation into {name} and show in another language"),
        );
    }
}

/// Without roles there are no tables by gender and age, which is what the survey is for.
fn warn_of_missing_roles(nodes: &[Node], out: &mut Diagnostics) {
    let has = |role| nodes.iter().any(|node| node.role == Some(role));
    for role in [Role::Gender, Role::Age] {
        if !has(role) {
            let word = role.word();
            out.warn(Place::sheet(""), format!("no question has the role '{word}': without it there are no tables by {word} (fill in the column baraza::role)"));
        }
    }
    for node in nodes {
        let fits = match node.role {
            Some(Role::Age) => node.kind.is_number() || node.kind == Kind::Calculate,
            Some(Role::Gender | Role::Consent) => node.kind == Kind::SelectOne,
            _ => true,
        };
        if !fits {
            let word = node.role.map_or("", Role::word);
            out.error(
                Place::sheet("survey"),
                format!(
                    "'{}' can't have the role '{word}': gender and consent are select_one, age is a number",
                    node.name
                ),
            );
        }
    }
}
