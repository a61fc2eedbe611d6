//! Languages of a workbook: which there are, what they are, which way they are written.

use super::headers::Table;
use crate::form::Language;

/// Tags of languages by how workbooks spell them where they give no code.
const NAMES: &[(&str, &str)] = &[
    ("english", "en"),
    ("anglais", "en"),
    ("french", "fr"),
    ("français", "fr"),
    ("francais", "fr"),
    ("arabic", "ar"),
    ("arabe", "ar"),
    ("العربية", "ar"),
    ("spanish", "es"),
    ("español", "es"),
    ("espanol", "es"),
    ("swahili", "sw"),
    ("kiswahili", "sw"),
    ("portuguese", "pt"),
    ("português", "pt"),
    ("german", "de"),
    ("deutsch", "de"),
    ("amharic", "am"),
    ("tigrinya", "ti"),
    ("tigrigna", "ti"),
    ("tigirigna", "ti"),
    ("oromo", "om"),
    ("oromiffa", "om"),
    ("somali", "so"),
    ("hausa", "ha"),
    ("dari", "prs"),
    ("pashto", "ps"),
    ("persian", "fa"),
    ("farsi", "fa"),
    ("urdu", "ur"),
    ("hebrew", "he"),
    ("kurdish", "ku"),
    ("sorani", "ckb"),
    ("russian", "ru"),
    ("ukrainian", "uk"),
    ("burmese", "my"),
    ("bengali", "bn"),
    ("bangla", "bn"),
    ("nepali", "ne"),
    ("hindi", "hi"),
    ("indonesian", "id"),
    ("turkish", "tr"),
    ("haitian creole", "ht"),
    ("kirundi", "rn"),
    ("kinyarwanda", "rw"),
    ("lingala", "ln"),
    ("dinka", "din"),
    ("nuer", "nus"),
    ("rohingya", "rhg"),
];

/// Tags of languages written from right to left.
const RIGHT_TO_LEFT: &[&str] = &[
    "ar", "arc", "ckb", "dv", "fa", "ha-arab", "he", "ks", "prs", "ps", "rhg", "sd", "ug", "ur", "yi",
];

/// What a language column's name means: `العربية (ar)` by its code, `Arabic` by its name.
pub fn language(name: &str) -> Language {
    let lower = name.trim().to_lowercase();
    let code = lower
        .rsplit_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'))
        .map(str::trim);
    let is_code = |c: &str| {
        (2..=11).contains(&c.len())
            && c.split('-')
                .all(|p| (2..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
    };
    let bare = lower.split('(').next().unwrap_or(&lower).trim();
    let tag = match code.filter(|c| is_code(c)) {
        Some(code) => code.to_owned(),
        None => NAMES.iter().find(|(n, _)| *n == bare).map_or_else(
            || {
                if is_code(&lower) && lower.len() <= 3 {
                    lower.clone()
                } else {
                    "und".to_owned()
                }
            },
            |(_, tag)| (*tag).to_owned(),
        ),
    };
    let base = tag.split('-').next().unwrap_or(&tag);
    let rtl = RIGHT_TO_LEFT.contains(&tag.as_str()) || RIGHT_TO_LEFT.contains(&base);
    Language {
        name: name.trim().to_owned(),
        tag,
        rtl,
    }
}

/// Languages that columns of labels and hints name, the default one first.
pub fn of(table: &Table<'_>, choices: &[Table<'_>], default: &str) -> Vec<Language> {
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
    let same = |name: &String| same_words(name, default) || language(name).tag == default;
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
    names.iter().map(|name| language(name)).collect()
}

/// Spells each language in all sheets as it is spelled first: `english (EN)` and `English (en)` are one, and so are
/// `Arabic` and `Arabic (ar)`.
pub fn unify<'a>(survey: &mut Table<'a>, choices: &mut [Table<'a>], settings: Option<&mut Table<'a>>) {
    let mut known: Vec<String> = Vec::new();
    let mut all: Vec<&mut Table<'a>> = std::iter::once(survey).chain(choices).chain(settings).collect();
    for table in &all {
        for name in table.columns().filter_map(|(_, column)| column.language.as_ref()) {
            if !known.iter().any(|known| is_same(known, name)) {
                known.push(name.clone());
            }
        }
    }
    for table in &mut all {
        table.rename_languages(&|name| {
            known
                .iter()
                .find(|known| is_same(known, name))
                .map_or_else(|| name.to_owned(), Clone::clone)
        });
    }
}

fn same_words(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

/// Whether two names mean the same language: the same words, with a code in brackets or without.
fn is_same(a: &str, b: &str) -> bool {
    let bare = |name: &str| name.split('(').next().unwrap_or(name).trim().to_lowercase();
    let (known, other) = (language(a), language(b));
    same_words(a, b) || bare(a) == bare(b) && known.tag == other.tag && known.tag != "und"
}

/// 'Other', for lists with `or_other`.
pub fn other(tag: &str) -> &'static str {
    match tag {
        "ar" => "أخرى",
        "fr" => "Autre",
        "es" => "Otro",
        "sw" => "Nyingine",
        "pt" => "Outro",
        "de" => "Andere",
        _ => "Other",
    }
}

/// 'Please say which', beside it.
pub fn specify(tag: &str) -> &'static str {
    match tag {
        "ar" => "يرجى التحديد",
        "fr" => "Précisez",
        "es" => "Especifique",
        "sw" => "Tafadhali taja",
        "pt" => "Especifique",
        "de" => "Bitte angeben",
        _ => "Please specify",
    }
}
