//! What each declaration makes, checked against the form.

use super::check::{choices, expect, need_categories, new_name, question, role, several};
use super::derive::Step;
use super::recode::{OTHERS, Range, Recode, passes};
use super::rows::{self, Block};
use super::{Missing, Variables, extend, tables};
use crate::error::{Error, Note};
use crate::variables::BasePolicy;
use baraza_forms::form::Choice;
use baraza_forms::{Form, Kind, NodeId, Role};
use std::collections::BTreeSet;
use std::io::Read;

/// Takes every declaration of a file.
pub fn all(
    variables: &mut Variables,
    form: &mut Form,
    reader: impl Read,
    missing: Missing,
) -> Result<Vec<Note>, Error> {
    let mut notes = Vec::new();
    for mut block in rows::read(reader, form)? {
        let lenient = missing == Missing::IsLeftOut;
        if lenient && block.make == "matrix" {
            block.from.retain(|key| form.by_key(key).is_some());
        }
        // What a project says of its own goes before what came with the questionnaire.
        let is_new = variables
            .named
            .insert((block.make.clone(), block.variable.clone()));
        if lenient && !is_new {
            continue;
        }
        match one(variables, form, &block) {
            Err(error) if lenient => notes.push(Note::new("", format!("not made: {error}"))),
            other => other?,
        }
    }
    Ok(notes)
}

fn one(variables: &mut Variables, form: &mut Form, block: &Block) -> Result<(), Error> {
    match block.make.as_str() {
        "ranges" => ranges(variables, form, block)?,
        "merge" => merge(variables, form, block)?,
        "any" => any(variables, form, block)?,
        "roll_up" => roll_up(variables, form, block)?,
        "complete" => complete(variables, form, block)?,
        "base" => base(variables, form, block)?,
        "within" => within(variables, form, block)?,
        "cross" => tables::cross(variables, form, block)?,
        "together" => tables::together(variables, form, block)?,
        "matrix" => tables::matrix(variables, form, block)?,
        "each" => tables::each(variables, form, block)?,
        other => {
            return Err(block.error(format!(
                "'{other}' in the column 'make' has no meaning; there are: ranges, merge, any, roll_up, complete, base, \
                 within, cross, together, matrix, each"
            )));
        }
    }
    if block.instead {
        variables.untabled.extend(block.from.iter().cloned());
    }
    Ok(())
}

/// The derived question itself.
fn add(
    variables: &mut Variables,
    form: &mut Form,
    block: &Block,
    (kind, choices): (Kind, Vec<Choice>),
    step: Step,
) -> Result<(), Error> {
    let role = role(block)?;
    extend::question(form, block, kind, choices, role);
    variables.steps.push(step);
    Ok(())
}

fn ranges(variables: &mut Variables, form: &mut Form, block: &Block) -> Result<(), Error> {
    new_name(block, form, &block.variable)?;
    need_categories(block)?;
    let [id] = several(block, form, "one")?;
    let computed = matches!(form.nodes[id].kind, Kind::Calculate | Kind::Hidden);
    if !computed {
        expect(block, form, id, &[Kind::Integer, Kind::Decimal, Kind::Range])?;
    }
    let mut ranges: Vec<(Range, String)> = Vec::new();
    for row in &block.categories {
        if row.code.is_empty() {
            return Err(block.error_at(row.line, "numbers in no range are left out without being named"));
        }
        for value in &row.values {
            let range = Range::read(value).ok_or_else(|| {
                block.error_at(
                    row.line,
                    format!("'{value}' is no range of numbers, such as 18-30, 66+ or 0"),
                )
            })?;
            if let Some((_, code)) = ranges.iter().find(|(other, _)| other.overlaps(range)) {
                return Err(block.error_at(row.line, format!("'{value}' overlaps with a range of '{code}'")));
            }
            ranges.push((range, row.code.clone()));
        }
    }
    let from = form.nodes[id].key.clone();
    let choices = choices(block, form)?;
    let step = Step::Ranges {
        key: block.variable.clone(),
        from,
        ranges,
    };
    add(variables, form, block, (Kind::SelectOne, choices), step)
}

/// What a recoded question is: one answer stays one, a rank becomes what is among its ranks.
fn recoded(block: &Block, form: &Form, id: NodeId) -> Result<Kind, Error> {
    match form.nodes[id].kind {
        Kind::SelectOne | Kind::Calculate | Kind::Hidden | Kind::Text => Ok(Kind::SelectOne),
        Kind::SelectMultiple | Kind::Rank => Ok(Kind::SelectMultiple),
        _ => {
            expect(
                block,
                form,
                id,
                &[Kind::SelectOne, Kind::SelectMultiple, Kind::Rank],
            )?;
            Ok(Kind::SelectOne)
        }
    }
}

fn merge(variables: &mut Variables, form: &mut Form, block: &Block) -> Result<(), Error> {
    new_name(block, form, &block.variable)?;
    need_categories(block)?;
    let [id] = several(block, form, "one")?;
    let kind = recoded(block, form, id)?;
    let recode = Recode::of(block, form, id)?;
    let new = choices(block, form)?;
    recode_as(variables, form, block, (id, kind, recode, new))
}

fn roll_up(variables: &mut Variables, form: &mut Form, block: &Block) -> Result<(), Error> {
    new_name(block, form, &block.variable)?;
    let [id] = several(block, form, "one")?;
    expect(
        block,
        form,
        id,
        &[Kind::SelectOne, Kind::SelectMultiple, Kind::Rank],
    )?;
    let kind = recoded(block, form, id)?;
    let [column] = &block.values[..] else {
        return Err(block.error("the column 'values' has to name one column of the choices sheet"));
    };
    let list = form.list_of(id).cloned().unwrap_or_default();
    let at = list
        .columns
        .iter()
        .position(|name| name == column)
        .ok_or_else(|| {
            block.error(format!(
                "the list '{}' has no column '{column}'; it has: {}",
                list.name,
                list.columns.join(", ")
            ))
        })?;
    let recode = Recode::by_column(&list.choices, at);
    let mut new = choices(block, form)?;
    let made: Vec<&str> = list
        .choices
        .iter()
        .filter_map(|choice| recode.becomes(&choice.name))
        .collect();
    if let Some(row) = block
        .categories
        .iter()
        .find(|row| !made.contains(&row.code.as_str()))
    {
        let message = format!("no choice has '{}' in its column '{column}'", row.code);
        return Err(block.error_at(row.line, message));
    }
    for choice in &list.choices {
        let Some(code) = recode.becomes(&choice.name).filter(|code| *code != choice.name) else {
            continue;
        };
        if code.contains(char::is_whitespace) {
            return Err(block.error(format!("'{code}' in the column '{column}' has a space in it")));
        }
        if list
            .choices
            .iter()
            .any(|other| other.name == code && recode.becomes(&other.name) == Some(code))
        {
            return Err(block.error(format!(
                "'{code}' is a choice as well as a value of the column '{column}'"
            )));
        }
        if new.iter().all(|choice| choice.name != code) {
            new.push(Choice {
                name: code.to_owned(),
                ..Choice::default()
            });
        }
    }
    recode_as(variables, form, block, (id, kind, recode, new))
}

/// A question with new codes, and those of the old ones that stay.
fn recode_as(
    variables: &mut Variables,
    form: &mut Form,
    block: &Block,
    (id, kind, recode, mut choices): (NodeId, Kind, Recode, Vec<Choice>),
) -> Result<(), Error> {
    for choice in form.list_of(id).map_or(&[][..], |list| &list.choices) {
        let stays = recode.becomes(&choice.name) == Some(choice.name.as_str());
        if stays && choices.iter().all(|other| other.name != choice.name) {
            choices.push(Choice {
                cells: Vec::new(),
                ..choice.clone()
            });
        }
    }
    let step = Step::Recode {
        key: block.variable.clone(),
        from: form.nodes[id].key.clone(),
        several: kind == Kind::SelectMultiple,
        recode,
    };
    add(variables, form, block, (kind, choices), step)
}

fn any(variables: &mut Variables, form: &mut Form, block: &Block) -> Result<(), Error> {
    new_name(block, form, &block.variable)?;
    need_categories(block)?;
    if block.from.is_empty() {
        return Err(block.error("the column 'from' has to name the questions"));
    }
    let mut known: Vec<String> = Vec::new();
    let mut passed = BTreeSet::new();
    for key in &block.from {
        let id = question(block, form, key)?;
        expect(block, form, id, &[Kind::SelectOne])?;
        let choices = form.list_of(id).map_or(&[][..], |list| &list.choices);
        known.extend(choices.iter().map(|choice| choice.name.clone()));
        passed.extend(passes(choices));
    }
    let mut categories = Vec::new();
    let mut others = None;
    for row in &block.categories {
        if row.code.is_empty() {
            return Err(block.error_at(row.line, "a category needs a code"));
        }
        if let Some(value) = row
            .values
            .iter()
            .find(|value| *value != OTHERS && !known.contains(value))
        {
            return Err(block.error_at(row.line, format!("none of the questions has the code '{value}'")));
        }
        if row.values.iter().any(|value| value == OTHERS) {
            others = Some(row.code.clone());
        }
        categories.push((row.code.clone(), row.values.iter().cloned().collect()));
    }
    let choices = choices(block, form)?;
    let step = Step::Any {
        key: block.variable.clone(),
        from: block.from.clone(),
        categories,
        others,
        passes: passed,
    };
    add(variables, form, block, (Kind::SelectOne, choices), step)
}

fn complete(variables: &mut Variables, form: &Form, block: &Block) -> Result<(), Error> {
    let rank = question(block, form, &block.variable)?;
    expect(block, form, rank, &[Kind::Rank])?;
    let [several] = several(block, form, "one")?;
    expect(block, form, several, &[Kind::SelectMultiple])?;
    if form.nodes[rank].list != form.nodes[several].list {
        return Err(block.error(format!(
            "'{}' and '{}' have different lists of choices",
            form.nodes[rank].key, form.nodes[several].key
        )));
    }
    variables.steps.push(Step::Complete {
        key: block.variable.clone(),
        from: block.from[0].clone(),
    });
    Ok(())
}

fn base(variables: &mut Variables, form: &Form, block: &Block) -> Result<(), Error> {
    let id = question(block, form, &block.variable)?;
    let policy = match block.values.first().map(String::as_str) {
        Some("answering") => BasePolicy::Answering,
        Some("substantive") => BasePolicy::Substantive,
        _ => return Err(block.error("the column 'values' has to say 'answering' or 'substantive'")),
    };
    let key = form.nodes[id].key.clone();
    variables.bases.entry(key).or_insert(policy);
    Ok(())
}

fn within(variables: &mut Variables, form: &Form, block: &Block) -> Result<(), Error> {
    let known = |name: &str| {
        let role = Role::ALL.iter().find(|(_, word)| *word == name);
        form.by_key(name).is_some() || role.is_some_and(|(role, _)| form.with_role(*role).is_some())
    };
    let [higher] = &block.from[..] else {
        return Err(block.error("the column 'from' has to name the next higher level"));
    };
    if let Some(unknown) = [&block.variable, higher].into_iter().find(|name| !known(name)) {
        return Err(block.error(format!(
            "the form has no question with the key or role '{unknown}'"
        )));
    }
    if higher == &block.variable {
        return Err(block.error("a level can't lie within itself"));
    }
    variables.levels.push((block.variable.clone(), higher.clone()));
    Ok(())
}
