//! XLSForm into [`Form`], with all that is wrong in it at once.

mod attached;
mod cells;
mod choice_rows;
mod choices;
mod diagnostic;
mod expressions;
mod headers;
mod keys;
mod languages;
mod names;
mod node;
mod ods;
mod places;
mod references;
mod search;
mod sections;
mod selects;
mod settings;
mod survey;
mod texts;
mod types;
mod workbook;
mod xls;

pub use diagnostic::{Diagnostic, Diagnostics, Place, Severity};
pub use places::Places;
pub use texts::TextPlace;
pub use workbook::{ReadError, Row, Sheet, Workbook, column_letters};

use crate::form::{Form, Kind, Role};
use crate::hex::hex;
use crate::order::order;
use choices::Lists;
use headers::Table;
use names::{Index, Scope};
use settings::Asked;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use texts::Texts;

/// Gives the bytes of an attached file by its name, `towns.csv`, if there is one.
pub type Attachments<'a> = dyn Fn(&str) -> Option<Vec<u8>> + 'a;

/// A workbook after its import.
#[derive(Debug)]
pub struct Imported {
    /// The form; `None` where it is refused.
    pub form: Option<Form>,
    /// All findings, errors and warnings, by sheet and row.
    pub diagnostics: Vec<Diagnostic>,
    /// Where things stand, for [`crate::lint`].
    pub places: Places,
}

/// Where the files of a form are looked for: beside it, in a folder called `FORM-media`, and in one called `media`.
pub fn folders_beside(form: &Path) -> [PathBuf; 3] {
    let folder = match form.parent() {
        _ if form.is_dir() => form,
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let stem = form.file_stem().and_then(|stem| stem.to_str()).unwrap_or("form");
    [
        folder.to_owned(),
        folder.join(format!("{stem}-media")),
        folder.join("media"),
    ]
}

/// Whether a name leads nowhere else: one with a path in it would read files that are no part of the form.
pub fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '\\', '\0']) && !name.starts_with('.')
}

/// A file that goes with a form, see [`folders_beside`].
pub fn beside(form: &Path, name: &str) -> Option<PathBuf> {
    folders_beside(form)
        .into_iter()
        .filter(|_| is_plain_name(name))
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// The largest attached table, in bytes.
const MOST_ATTACHED: u64 = 30 << 20;

/// Imports a workbook, a folder of CSV sheets, or Markdown. Tables that go with it are found when the form names
/// them, see [`folders_beside`].
///
/// # Errors
/// The file can't be read at all. What is wrong in its cells is in [`Imported::diagnostics`].
pub fn import_path(path: &Path) -> Result<Imported, ReadError> {
    let workbook = Workbook::read(path)?;
    let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or("form");
    let attachments = |name: &str| {
        let file = beside(path, name)?;
        let size = std::fs::metadata(&file).ok()?.len();
        (size <= MOST_ATTACHED)
            .then(|| std::fs::read(&file).ok())
            .flatten()
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
    let read = read(workbook, name, attachments, &mut out);
    let (form, places) = read.map_or((None, Places::default()), |(form, places)| (Some(form), places));
    let form = form.filter(|_| !out.refused());
    let mut diagnostics = out.found;
    sort(&mut diagnostics);
    Imported {
        form,
        diagnostics,
        places,
    }
}

/// Puts findings in the order of a reader: errors first, then by sheet and row; each is told once.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by_key(|d| {
        (
            d.severity,
            sheet_rank(&d.place.sheet),
            d.place.sheet.clone(),
            d.place.row,
            d.place.column.clone(),
        )
    });
    diagnostics.dedup();
}

fn sheet_rank(sheet: &str) -> usize {
    ["", "survey", "choices", "settings"]
        .iter()
        .position(|s| *s == sheet.trim().to_lowercase())
        .unwrap_or(9)
}

/// The sheets of a workbook, their headers understood.
struct Tables<'a> {
    survey: Table<'a>,
    choices: Vec<Table<'a>>,
    settings: Option<(Table<'a>, Row)>,
}

fn tables<'a>(workbook: &'a Workbook, out: &mut Diagnostics) -> Option<Tables<'a>> {
    let sheet = survey_sheet(workbook, out)?;
    let survey = Table::new(sheet, "type", out)?;
    let choices = ["choices", "external_choices"]
        .iter()
        .filter_map(|name| workbook.sheet(name).filter(|sheet| !sheet.rows.is_empty()))
        .filter_map(|sheet| Table::new(sheet, "list_name", out))
        .collect();
    let settings = workbook
        .sheet("settings")
        .filter(|s| s.rows.len() > 1)
        .and_then(settings_table);
    let settings = settings.and_then(|table| {
        let row = settings::merged(&table, out)?;
        Some((table, row))
    });
    if workbook
        .sheet("entities")
        .is_some_and(|sheet| sheet.rows.len() > 1)
    {
        let message = "answers are kept as answers alone: they do not make or change entities";
        out.warn(Place::sheet("entities"), "no-entities", message);
    }
    let mut tables = Tables {
        survey,
        choices,
        settings,
    };
    for table in std::iter::once(&tables.survey).chain(&tables.choices) {
        check_names(table, out);
    }
    languages::unify(
        &mut tables.survey,
        &mut tables.choices,
        tables.settings.as_mut().map(|(table, _)| table),
    );
    Some(tables)
}

/// The sheet of questions: the one named so, or the only one with types and names.
fn survey_sheet<'a>(workbook: &'a Workbook, out: &mut Diagnostics) -> Option<&'a Sheet> {
    if let Some(sheet) = workbook.sheet("survey") {
        if sheet.rows.is_empty() {
            out.error(
                Place::sheet(&sheet.name),
                "no-survey",
                "the sheet is empty: its first row names the columns, each row below is a question",
            );
            return None;
        }
        return Some(sheet);
    }
    let mut like = workbook.sheets.iter().filter(|sheet| Table::is_survey(sheet));
    if let Some(sheet) = like.next().filter(|_| like.next().is_none()) {
        let message =
            "no sheet is called 'survey'; this one has types and names of questions, and is taken for it";
        out.warn(Place::sheet(&sheet.name), "no-survey", message);
        return Some(sheet);
    }
    let found: Vec<String> = workbook.sheets.iter().map(|s| format!("'{}'", s.name)).collect();
    let found = if found.is_empty() {
        "none".to_owned()
    } else {
        found.join(", ")
    };
    out.error(
        Place::sheet(""),
        "no-survey",
        format!("no sheet 'survey', which holds the questions; found: {found}"),
    );
    None
}

fn read(
    workbook: &Workbook,
    name: &str,
    attachments: &Attachments<'_>,
    out: &mut Diagnostics,
) -> Option<(Form, Places)> {
    let tables = tables(workbook, out)?;
    let settings = tables.settings.as_ref();
    let settings_text = |column| settings.map_or("", |(t, r)| t.text(r, column));
    let asked = settings.map_or_else(Asked::default, |(t, r)| settings::asked(t, r, out));
    let languages = languages::of(&tables.survey, &tables.choices, settings_text("default_language"));
    let texts = Texts::new(languages.iter().map(|l| l.name.clone()).collect());
    let lists = Lists::new(&tables.choices, attachments, texts, asked.duplicates, out);
    let mut survey = survey::read(&tables.survey, &lists, &languages, &asked, out);
    let index = Index::new(&survey.nodes, &survey.spelled);
    expressions::read(&mut survey, &index, &lists, out);
    references::read(&mut survey, &index, &lists, out);
    if survey.nodes.len() == 1 && !out.refused() {
        out.error(
            Place::sheet(tables.survey.sheet),
            "no-question",
            "the sheet has no question",
        );
    }
    let title = title(&tables, name, &lists, languages.len());
    let thanks = settings_cells(&tables, headers::THANKS);
    let thanks = lists.with_texts(|texts| texts.add(&thanks, &|_| Place::sheet("settings"), 0));
    check_roles(&survey, out);
    let order = ordered(&survey, out);
    let id = form_id(settings_text("form_id"), name, out);
    let nodes = survey.nodes;
    let texts: Option<Texts> =
        lists.with_texts(|texts| Some(std::mem::replace(texts, Texts::new(Vec::new()))));
    let places = Places::new(
        &tables.survey,
        survey.places,
        texts.as_ref().map(Texts::found).unwrap_or_default(),
    );
    let words = texts.map(|t| {
        t.finish(
            |here| Scope {
                nodes: &nodes,
                index: &index,
                lists: &lists,
                here,
                row: false,
            },
            out,
        )
    })?;
    let finished = lists.finish(out);
    let mut form = Form {
        id,
        version: settings_text("version").to_owned(),
        title: title.unwrap_or(0),
        languages,
        nodes,
        order,
        lists: finished.lists,
        settings: crate::form::Settings {
            thanks,
            ..asked.settings
        },
        texts: words,
    };
    if form.version.is_empty() {
        let digest = digest(&form);
        digest[..8].clone_into(&mut form.version);
    }
    Some((form, places.with_choices(finished.places, finished.missing)))
}

/// A text of the settings in all its languages.
fn settings_cells<'t>(tables: &'t Tables<'_>, column: &str) -> Vec<(Option<&'t str>, usize, &'t str)> {
    let settings = tables.settings.as_ref();
    settings.map_or_else(Vec::new, |(t, r)| t.translations(r, column))
}

/// The form's title: what the settings say, else its id.
fn title(tables: &Tables<'_>, name: &str, lists: &Lists<'_>, languages: usize) -> Option<usize> {
    let settings = tables.settings.as_ref();
    let cells = settings_cells(tables, "form_title");
    let id = settings.map_or("", |(t, r)| t.text(r, "form_id"));
    let place = |_| Place::sheet("settings");
    lists.with_texts(|texts| {
        let fallback = if id.is_empty() { name } else { id };
        let given = texts.add(&cells, &place, 0);
        given.or_else(|| Some(texts.own(vec![fallback.to_owned(); languages])))
    })
}

fn form_id(given: &str, name: &str, out: &mut Diagnostics) -> String {
    let id = settings::clean_id(if given.is_empty() { name } else { given });
    if !given.is_empty() && given != id {
        out.warn(
            Place::sheet("settings"),
            "mended-form-id",
            format!("the form_id '{given}' is used as '{id}', which fits into addresses"),
        );
    }
    id
}

/// SHA-256 of the form's JSON, in hexadecimal; tells whether two imports are the same form.
pub fn digest(form: &Form) -> String {
    let json = serde_json::to_vec(form).unwrap_or_default();
    hex(&Sha256::digest(json))
}

/// The settings sheet has no column that must be there, so the first row with any known one is the header.
fn settings_table(sheet: &Sheet) -> Option<Table<'_>> {
    let mut quiet = Diagnostics::default();
    settings::KNOWN
        .iter()
        .find_map(|must| Table::new(sheet, must, &mut quiet))
}

/// Without the column of names every row would be blamed.
fn check_names(table: &Table<'_>, out: &mut Diagnostics) {
    if table.has("name") || table.rows.is_empty() {
        return;
    }
    let headers: Vec<String> = table
        .columns()
        .map(|(_, column)| format!("'{}'", column.header))
        .collect();
    out.error(
        Place::sheet(table.sheet),
        "no-name",
        format!(
            "no column 'name', by which answers are known: call it 'name' in the row of headers; found {}",
            headers.join(", ")
        ),
    );
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
            out.error(survey.places[cycle[0]].clone(), "circle", message);
        }
        Vec::new()
    })
}

/// Roles on questions that can't have them.
fn check_roles(survey: &survey::Survey, out: &mut Diagnostics) {
    for (id, node) in survey.nodes.iter().enumerate() {
        let fits = match node.role {
            Some(Role::Age) => node.kind.is_number() || node.kind == Kind::Calculate,
            Some(Role::Gender | Role::Consent) => node.kind == Kind::SelectOne,
            _ => true,
        };
        if !fits {
            let word = node.role.map_or("", Role::word);
            out.error(
                survey.places[id].clone(),
                "wrong-role",
                format!(
                    "'{}' can't have the role '{word}': gender and consent are select_one, age is a number",
                    node.name
                ),
            );
        }
    }
}
