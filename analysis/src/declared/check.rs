//! What declarations have in common: the questions they name, their kinds, and the categories they list.

use super::extend;
use super::rows::Block;
use crate::error::Error;
use baraza_forms::form::Choice;
use baraza_forms::{Form, Kind, NodeId, Role};

/// The question of a key.
pub fn question(block: &Block, form: &Form, key: &str) -> Result<NodeId, Error> {
    form.by_key(key).ok_or_else(|| {
        block.error(format!(
            "the form has no question with the key '{key}' (outside of repeats)"
        ))
    })
}

/// As many questions as are needed, from the column `from`.
pub fn several<const N: usize>(block: &Block, form: &Form, number: &str) -> Result<[NodeId; N], Error> {
    let ids = block.from.iter().map(|key| question(block, form, key));
    let ids: Vec<NodeId> = ids.collect::<Result<_, _>>()?;
    let given = ids.len();
    ids.try_into().map_err(|_| {
        block.error(format!(
            "the column 'from' has to name {number} question(s), not {given}"
        ))
    })
}

pub fn expect(block: &Block, form: &Form, id: NodeId, kinds: &[Kind]) -> Result<(), Error> {
    if kinds.contains(&form.nodes[id].kind) {
        return Ok(());
    }
    let words: Vec<&str> = kinds.iter().map(|&kind| word(kind)).collect();
    Err(block.error(format!(
        "'{}' has to be {}, for '{}'",
        form.nodes[id].key,
        words.join(" or "),
        block.make
    )))
}

pub fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::SelectOne => "a select_one",
        Kind::SelectMultiple => "a select_multiple",
        Kind::Rank => "a rank",
        Kind::Calculate => "a calculate",
        Kind::Hidden => "hidden",
        Kind::Text => "a text",
        kind if kind.is_number() => "a number",
        _ => "another question",
    }
}

/// A name that is free.
pub fn new_name(block: &Block, form: &Form, name: &str) -> Result<(), Error> {
    let taken = form.nodes.iter().any(|node| node.key == name);
    if taken {
        return Err(block.error(format!(
            "the form has a question '{name}' already: choose another name"
        )));
    }
    Ok(())
}

pub fn role(block: &Block) -> Result<Option<Role>, Error> {
    if block.role.is_empty() {
        return Ok(None);
    }
    let known = Role::ALL.iter().find(|(_, word)| *word == block.role);
    known.map(|(role, _)| Some(*role)).ok_or_else(|| {
        let words: Vec<&str> = Role::ALL.iter().map(|(_, word)| *word).collect();
        block.error(format!(
            "'{}' is no role; there are: {}",
            block.role,
            words.join(", ")
        ))
    })
}

/// The choices that the categories of a variable name, each once; codes have no spaces, since answers are lists of them.
pub fn choices(block: &Block, form: &mut Form) -> Result<Vec<Choice>, Error> {
    let mut choices: Vec<Choice> = Vec::new();
    for row in block.categories.iter().filter(|row| !row.code.is_empty()) {
        if row.code.contains(char::is_whitespace) {
            return Err(block.error_at(row.line, format!("the code '{}' has a space in it", row.code)));
        }
        if choices.iter().all(|choice| choice.name != row.code) {
            choices.push(extend::choice(form, row));
        }
    }
    Ok(choices)
}

pub fn need_categories(block: &Block) -> Result<(), Error> {
    if block.categories.iter().all(|row| row.code.is_empty()) {
        return Err(block.error(
            "it has no category: write one in each of the rows below, with a blank 'variable', a 'code' and its 'values'",
        ));
    }
    Ok(())
}
