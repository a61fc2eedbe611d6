//! The questionnaire of the synthetic respondents.

use baraza_forms::Form;
use baraza_forms::xlsform::import_markdown;

/// How many yes/no options there are.
pub const OPTIONS: usize = 12;

/// How many Likert items there are.
pub const ITEMS: usize = 20;

/// Strata, clusters and weights, gender, age band and group, and what was asked.
pub fn form() -> Result<Form, String> {
    let mut sheet = String::from(
        "| survey | | | | |
         | | type | name | label | baraza::role |
         | | text | strata | Stratum | stratum |
         | | text | cluster | Cluster | psu |
         | | decimal | weight | Weight | weight |
         | | select_one genders | gender | Gender | gender |
         | | select_one bands | band | Age band | |
         | | select_one groups | group | Group | group |
         | | select_one threats | threat | Greatest threat | |\n",
    );
    for option in 1..=OPTIONS {
        sheet += &format!("| | select_one yes_no | sm_{option} | Option {option} | |\n");
    }
    for item in 1..=ITEMS {
        sheet += &format!("| | select_one agree | lk_{item} | Item {item} | |\n");
    }
    sheet += "| choices | | | | |\n| | list_name | name | label | baraza::special |\n";
    for (list, count) in [
        ("genders", 4),
        ("bands", 6),
        ("groups", 8),
        ("threats", 12),
        ("yes_no", 2),
    ] {
        for code in 0..count {
            sheet += &format!("| | {list} | {code} | {code} | |\n");
        }
    }
    for code in 1..=5 {
        sheet += &format!("| | agree | {code} | {code} | |\n");
    }
    sheet += "| | agree | 98 | Don't know | dont_know |\n| | agree | 99 | Prefer not to say | prefer_not_to_say |\n";
    let imported = import_markdown(&sheet);
    imported.form.ok_or_else(|| format!("{:?}", imported.diagnostics))
}
