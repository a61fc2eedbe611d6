//! What a person writes as an answer, for a kind of question.

use super::place::some;
use baraza_forms::{Answer, Form, Kind, NodeId, Pass};
use serde_json::Value as Json;

/// The answer to a question from a text: a number, a code, codes with spaces between them, or the text itself. What can't
/// be an answer at all is an error that tells what can; what the form merely does not allow is for its check.
pub fn value(form: &Form, id: NodeId, text: &str) -> Result<Json, String> {
    let node = &form.nodes[id];
    let text = text.trim();
    if text.is_empty() {
        return Err(format!("'{}' is set to nothing: clear it instead", node.key));
    }
    let passes = [Pass::DontKnow, Pass::PreferNotToSay];
    let pass = passes.into_iter().find(|pass| pass.code() == text && node.pass);
    let answer = match (node.kind, pass) {
        (kind, Some(pass)) if !kind.is_choice() || !is_code(form, id, text) => Answer::Passed(pass),
        (kind, _) if kind.is_number() => {
            let number = text.parse().ok().filter(|n: &f64| n.is_finite());
            Answer::Number(number.ok_or_else(|| {
                format!(
                    "'{}' is a number, with a point for decimals: '{text}' is none",
                    node.key
                )
            })?)
        }
        (Kind::SelectOne, _) => {
            known(form, id, text)?;
            Answer::Text(text.to_owned())
        }
        (Kind::SelectMultiple | Kind::Rank, _) => {
            let codes: Vec<String> = text.split_whitespace().map(String::from).collect();
            codes.iter().try_for_each(|code| known(form, id, code))?;
            Answer::Codes(codes)
        }
        _ => Answer::Text(text.to_owned()),
    };
    Ok(answer.to_json())
}

fn is_code(form: &Form, id: NodeId, code: &str) -> bool {
    form.list_of(id)
        .is_some_and(|list| list.choices.iter().any(|choice| choice.name == code))
}

/// Lists that are filled while somebody answers have no codes to go by.
fn known(form: &Form, id: NodeId, code: &str) -> Result<(), String> {
    let list = form.list_of(id).filter(|list| !list.choices.is_empty());
    let Some(list) = list.filter(|_| form.nodes[id].choices_from.is_none() && !is_code(form, id, code))
    else {
        return Ok(());
    };
    let codes: Vec<&str> = list.choices.iter().map(|choice| choice.name.as_str()).collect();
    Err(format!(
        "'{code}' is not among the codes of '{}': {}",
        form.nodes[id].key,
        some(&codes)
    ))
}
