//! Findings of a form that imports: what would hurt those who ask, those who answer, or the analysis.

use crate::form::Form;
use crate::xlsform::{Diagnostic, Places};

/// All findings, all of them warnings.
pub fn lint(_form: &Form, _places: &Places) -> Vec<Diagnostic> {
    Vec::new()
}
