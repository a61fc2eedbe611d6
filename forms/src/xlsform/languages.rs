//! Languages of a workbook: which there are, what they are, which way they are written.

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
