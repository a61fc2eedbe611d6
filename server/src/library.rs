//! The questionnaires that ship.

use anyhow::Context;
use baraza_forms::Form;
use baraza_forms::xlsform::{Imported, Sheet, Workbook, import};

/// A questionnaire that ships, as its sheets.
pub struct Shipped {
    /// Its `form_id`.
    pub id: &'static str,
    sheets: [(&'static str, &'static str); 3],
}

/// All of them, the default one first.
pub const LIBRARY: [Shipped; 1] = [Shipped {
    id: "community-security",
    sheets: [
        (
            "survey",
            include_str!("../../forms/library/community-security/survey.csv"),
        ),
        (
            "choices",
            include_str!("../../forms/library/community-security/choices.csv"),
        ),
        (
            "settings",
            include_str!("../../forms/library/community-security/settings.csv"),
        ),
    ],
}];

impl Shipped {
    /// Reads it as any other form.
    pub fn import(&self) -> anyhow::Result<Imported> {
        let sheets = self.sheets.iter();
        let sheets = sheets
            .map(|(name, csv)| Sheet::from_csv(name, csv.as_bytes()))
            .collect::<Result<_, _>>()?;
        Ok(import(&Workbook { sheets }, self.id, &|_| None))
    }
}

/// The default questionnaire.
pub fn default_form() -> anyhow::Result<Form> {
    let imported = LIBRARY[0].import()?;
    imported.form.context("the default questionnaire has errors")
}
