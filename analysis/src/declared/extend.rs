//! Derived questions as nodes of the form.

use super::rows::{Block, Row};
use baraza_forms::form::{Choice, List, Template, TextId};
use baraza_forms::{Form, Kind, Node, NodeId, Role};

/// A text in every language of the form.
pub fn text(form: &mut Form, words: &[String]) -> TextId {
    let id = form.texts.first().map_or(0, Vec::len);
    for (language, texts) in form.texts.iter_mut().enumerate() {
        texts.push(Template::Plain(words.get(language).cloned().unwrap_or_default()));
    }
    id
}

/// A label where any language has one.
pub fn label(form: &mut Form, words: &[String]) -> Option<TextId> {
    words
        .iter()
        .any(|word| !word.is_empty())
        .then(|| text(form, words))
}

/// A choice that a row describes.
pub fn choice(form: &mut Form, row: &Row) -> Choice {
    Choice {
        name: row.code.clone(),
        label: label(form, &row.labels),
        ..Choice::default()
    }
}

/// A derived question at the end of the form, with a list of its own. A role it has is no other question's.
pub fn question(
    form: &mut Form,
    block: &Block,
    kind: Kind,
    choices: Vec<Choice>,
    role: Option<Role>,
) -> NodeId {
    let sources: Vec<NodeId> = block.from.iter().filter_map(|key| form.by_key(key)).collect();
    let sensitive = block.sensitive || sources.iter().any(|&id| form.nodes[id].sensitive);
    let label = label(form, &block.labels);
    if role.is_some() {
        for node in form.nodes.iter_mut().filter(|node| node.role == role) {
            node.role = None;
        }
    }
    form.lists.push(List {
        name: block.variable.clone(),
        columns: Vec::new(),
        choices,
    });
    form.nodes.push(Node {
        name: block.variable.clone(),
        key: block.variable.clone(),
        parent: Some(0),
        kind,
        list: Some(form.lists.len() - 1),
        label,
        role,
        sensitive,
        ..Node::default()
    });
    form.nodes.len() - 1
}
