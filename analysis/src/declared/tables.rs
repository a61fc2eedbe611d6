//! Declared tables that no question has by itself.

use super::check::{expect, new_name, question, several};
use super::derive::Step;
use super::rows::Block;
use super::{Declared, Each, Variables, What, extend};
use crate::error::Error;
use baraza_forms::{Form, Kind, NodeId};

/// Stands for the code of a choice in a pattern of keys.
const PATTERN: &str = "{}";
/// Code of the category of those who did not choose what a question is about.
pub const ABSENT: &str = "absent";

/// Answers to the first question among those who gave each answer to the second.
pub fn cross(variables: &mut Variables, form: &Form, block: &Block) -> Result<(), Error> {
    let [answers, among] = several(block, form, "two")?;
    expect(block, form, answers, &[Kind::SelectOne, Kind::SelectMultiple])?;
    expect(block, form, among, &[Kind::SelectOne])?;
    let what = What::Cross(form.nodes[answers].key.clone(), form.nodes[among].key.clone());
    declare(variables, block, what)
}

/// What is named together.
pub fn together(variables: &mut Variables, form: &Form, block: &Block) -> Result<(), Error> {
    let [id] = several(block, form, "one")?;
    expect(block, form, id, &[Kind::SelectMultiple])?;
    declare(variables, block, What::Together(form.nodes[id].key.clone()))
}

fn declare(variables: &mut Variables, block: &Block, what: What) -> Result<(), Error> {
    push(
        variables,
        block,
        (block.variable.clone(), block.labels.clone(), what),
    )
}

fn push(
    variables: &mut Variables,
    block: &Block,
    (key, labels, what): (String, Vec<String>, What),
) -> Result<(), Error> {
    if variables.tables.iter().any(|table| table.key == key) {
        return Err(block.error(format!("a table '{key}' is declared already")));
    }
    variables.tables.push(Declared { key, labels, what });
    Ok(())
}

/// Questions with one list, side by side.
pub fn matrix(variables: &mut Variables, form: &Form, block: &Block) -> Result<(), Error> {
    let ids = block.from.iter().map(|key| question(block, form, key));
    let ids: Vec<NodeId> = ids.collect::<Result<_, _>>()?;
    for &id in &ids {
        expect(block, form, id, &[Kind::SelectOne])?;
    }
    if ids.len() < 2
        || ids
            .iter()
            .any(|&id| form.nodes[id].list != form.nodes[ids[0]].list)
    {
        return Err(
            block.error("a matrix needs two questions at the least, all with the same list of choices")
        );
    }
    declare(variables, block, What::Matrix(block.from.clone()))
}

/// One question on each choice of a select-multiple.
pub fn each(variables: &mut Variables, form: &mut Form, block: &Block) -> Result<(), Error> {
    let [choices_key, pattern] = &block.from[..] else {
        return Err(
            block.error("the column 'from' has to name a select_multiple and a pattern such as trust_{}")
        );
    };
    let id = question(block, form, choices_key)?;
    expect(block, form, id, &[Kind::SelectMultiple])?;
    if !pattern.contains(PATTERN) {
        return Err(block.error(format!(
            "'{pattern}' has no '{PATTERN}', which stands for the code of a choice"
        )));
    }
    let listed = form.list_of(id).map_or(&[][..], |list| &list.choices);
    let codes = listed.iter().filter(|choice| choice.special.is_none());
    let questions: Vec<(String, String)> = codes
        .map(|choice| (choice.name.clone(), pattern.replace(PATTERN, &choice.name)))
        .filter(|(_, key)| {
            form.by_key(key)
                .is_some_and(|id| form.nodes[id].kind == Kind::SelectOne)
        })
        .collect();
    let Some((_, first)) = questions.first() else {
        return Err(block.error(format!("the form has no select_one with a key like '{pattern}'")));
    };
    let first = question(block, form, first)?;
    let known = form.list_of(first).map_or(&[][..], |list| &list.choices);
    let known: Vec<String> = known.iter().map(|choice| choice.name.clone()).collect();
    if known.iter().any(|code| code == ABSENT) {
        return Err(block.error(format!("the questions have a choice '{ABSENT}' themselves")));
    }
    let net = net(variables, form, block, &questions)?;
    for row in block.categories.iter().filter(|row| row.code != ABSENT) {
        if let Some(code) = row.values.iter().find(|code| !known.contains(code)) {
            return Err(block.error_at(
                row.line,
                format!("no choice of these questions has the code '{code}'"),
            ));
        }
        let labels = block.labels.iter().zip(&row.labels);
        let labels = labels.map(|(whole, part)| format!("{whole}: {part}")).collect();
        let what = What::Each(Each {
            choices: choices_key.clone(),
            questions: questions.clone(),
            codes: row.values.clone(),
            net: net.clone(),
        });
        push(
            variables,
            block,
            (format!("{}.{}", block.variable, row.code), labels, what),
        )?;
    }
    Ok(())
}

/// The same questions with a category for those who did not choose what they are about, where a category `absent`
/// asks for them.
fn net(
    variables: &mut Variables,
    form: &mut Form,
    block: &Block,
    questions: &[(String, String)],
) -> Result<Vec<String>, Error> {
    let Some(absent) = block.categories.iter().find(|row| row.code == ABSENT) else {
        return Ok(Vec::new());
    };
    let absent = extend::choice(form, absent);
    let mut keys = Vec::new();
    for (code, question_key) in questions {
        let id = question(block, form, question_key)?;
        let key = format!("{}_{code}", block.variable);
        new_name(block, form, &key)?;
        let mut choices = form
            .list_of(id)
            .map(|list| list.choices.clone())
            .unwrap_or_default();
        let at = choices.iter().position(|choice| choice.special.is_some());
        choices.insert(at.unwrap_or(choices.len()), absent.clone());
        let node = extend::question(
            form,
            &Block::named(&key, question_key, block),
            Kind::SelectOne,
            choices,
            None,
        );
        form.nodes[node].label = form.nodes[id].label;
        variables.steps.push(Step::Net {
            key: key.clone(),
            question: question_key.clone(),
            choices: block.from[0].clone(),
            code: code.clone(),
        });
        keys.push(key);
    }
    Ok(keys)
}
