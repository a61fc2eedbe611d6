//! What sums over several tables hold: who subtracts one table from another must learn no more than from one.

use crate::declared::{Step, Variables, What};
use crate::table::{Part, Relation, Table, View};

/// The relations between the tables.
pub(crate) fn of(variables: &Variables, tables: &[Table]) -> Vec<Relation> {
    let mut relations = Vec::new();
    for step in &variables.steps {
        match step {
            Step::Recode {
                key, from, several, ..
            } => recoded(
                tables,
                (key.as_str(), from.as_str()),
                (*several, step),
                &mut relations,
            ),
            Step::Any {
                key,
                from,
                categories,
                ..
            } => {
                for (code, values) in categories {
                    let Some(whole) = part(tables, key, code) else {
                        continue;
                    };
                    let parts = from
                        .iter()
                        .flat_map(|from| values.iter().map(move |value| (from, value)));
                    let parts = parts.filter_map(|(from, value)| part(tables, from, value));
                    relations.extend(parts.map(|part| Relation {
                        whole,
                        parts: vec![part],
                    }));
                }
            }
            Step::Net { key, question, .. } => {
                let Some(at) = answers(tables, question) else {
                    continue;
                };
                for category in 0..tables[at].categories.len() {
                    let code = &tables[at].categories[category].code;
                    relations.extend(part(tables, key, code).map(|whole| Relation {
                        whole,
                        parts: vec![(at, category)],
                    }));
                }
            }
            Step::Ranges { .. } | Step::Complete { .. } => {}
        }
    }
    for declared in &variables.tables {
        match &declared.what {
            What::Cross(question, _) => crossed(tables, question, &declared.key, &mut relations),
            What::Together(question) => together(tables, question, &declared.key, &mut relations),
            What::Each(each) => {
                let Some(whole) = tables.iter().position(|table| table.question == declared.key) else {
                    continue;
                };
                for (category, (_, key)) in each.questions.iter().enumerate() {
                    let parts: Vec<Part> = each
                        .codes
                        .iter()
                        .filter_map(|code| part(tables, key, code))
                        .collect();
                    if parts.len() == each.codes.len() {
                        let whole = (whole, category);
                        relations.push(Relation { whole, parts });
                    }
                }
            }
            What::Matrix(_) => {}
        }
    }
    ranks(tables, &mut relations);
    relations
}

/// The table of a question's answers.
fn answers(tables: &[Table], key: &str) -> Option<usize> {
    tables
        .iter()
        .position(|table| table.source == key && table.view == View::Answers)
}

fn part(tables: &[Table], key: &str, code: &str) -> Option<Part> {
    let at = answers(tables, key)?;
    Some((at, category(&tables[at], code)?))
}

fn category(table: &Table, code: &str) -> Option<usize> {
    table.categories.iter().position(|category| category.code == code)
}

/// Of a question with one answer the old codes add up to the new one. Of several answers each old code lies in the
/// new one, and who gave two is in it once.
fn recoded(
    tables: &[Table],
    (key, from): (&str, &str),
    (several, step): (bool, &Step),
    relations: &mut Vec<Relation>,
) {
    let (Some(new), Some(old), Step::Recode { recode, .. }) =
        (answers(tables, key), answers(tables, from), step)
    else {
        return;
    };
    for (at, made) in tables[new].categories.iter().enumerate() {
        let olds = tables[old].categories.iter().enumerate();
        let olds = olds.filter(|(_, category)| recode.becomes(&category.code) == Some(made.code.as_str()));
        let parts: Vec<Part> = olds.map(|(category, _)| (old, category)).collect();
        let whole = (new, at);
        if several {
            relations.extend(parts.into_iter().map(|part| Relation {
                whole,
                parts: vec![part],
            }));
        } else if !parts.is_empty() {
            relations.push(Relation { whole, parts });
        }
    }
}

/// The groups of a cross add up to everybody.
fn crossed(tables: &[Table], question: &str, key: &str, relations: &mut Vec<Relation>) {
    let Some(whole) = answers(tables, question) else {
        return;
    };
    let is_member = |table: &Table| {
        let own = table
            .question
            .strip_prefix(key)
            .is_some_and(|rest| rest.starts_with('.'));
        own && table.source == question && matches!(table.view, View::Among { .. })
    };
    let members: Vec<usize> = (0..tables.len()).filter(|&at| is_member(&tables[at])).collect();
    for (at, category) in tables[whole].categories.iter().enumerate() {
        let parts = members
            .iter()
            .filter_map(|&member| Some((member, self::category(&tables[member], &category.code)?)));
        let parts: Vec<Part> = parts.collect();
        if !parts.is_empty() {
            relations.push(Relation {
                whole: (whole, at),
                parts,
            });
        }
    }
}

/// Who names a pair names both.
fn together(tables: &[Table], question: &str, key: &str, relations: &mut Vec<Relation>) {
    let Some(pairs) = tables.iter().position(|table| table.question == key) else {
        return;
    };
    for (at, pair) in tables[pairs].categories.iter().enumerate() {
        let codes = pair.code.split('+');
        let wholes = codes.filter_map(|code| part(tables, question, code));
        relations.extend(wholes.map(|whole| Relation {
            whole,
            parts: vec![(pairs, at)],
        }));
    }
}

/// What is put first is among the first few.
fn ranks(tables: &[Table], relations: &mut Vec<Relation>) {
    for (first, table) in tables
        .iter()
        .enumerate()
        .filter(|(_, table)| table.view == View::First)
    {
        let is_top = |other: &Table| other.source == table.source && matches!(other.view, View::Top(_));
        let Some(top) = tables.iter().position(is_top) else {
            continue;
        };
        for at in 0..table.categories.len() {
            relations.push(Relation {
                whole: (top, at),
                parts: vec![(first, at)],
            });
        }
    }
}
