//! Cells that name questions: triggers, and questions whose answers are the choices of others.

use super::choices::Lists;
use super::diagnostic::{Diagnostics, Place};
use super::names::{Index, Scope};
use super::survey::{Named, Survey};
use crate::expr::{Expr, Names};
use crate::form::{Kind, NodeId};

/// Looks up triggers and `select_one ${name}`.
pub fn read(survey: &mut Survey, index: &Index, lists: &Lists<'_>, out: &mut Diagnostics) {
    for named in std::mem::take(&mut survey.choices_from) {
        let found = source_of(survey, index, lists, &named).and_then(|node| fit_for_choices(survey, node));
        match found {
            Ok(node) => survey.nodes[named.node].choices_from = Some(node),
            Err((rule, message)) => out.error(named.place, rule, message),
        }
    }
    for named in std::mem::take(&mut survey.triggers) {
        let names = names_in(&named.source);
        if names.is_empty() {
            let message = format!(
                "'{}' names no question: write ${{name}}, several separated by commas",
                named.source
            );
            out.error(named.place, "bad-trigger", message);
            continue;
        }
        for name in &names {
            match look_up(survey, index, lists, (named.node, name)) {
                Ok(node) if survey.nodes[node].kind.has_value() => {
                    survey.nodes[named.node].trigger.push(node);
                }
                Ok(_) => {
                    let message = format!("'{name}' has no answer that could change");
                    out.error(named.place.clone(), "bad-trigger", message);
                }
                Err((rule, message)) => out.error(named.place.clone(), rule, message),
            }
        }
        trigger_alone(survey, named.node, named.place, out);
    }
}

/// A rule and a message.
type Fault = (&'static str, String);

fn source_of(survey: &Survey, index: &Index, lists: &Lists<'_>, named: &Named) -> Result<NodeId, Fault> {
    match &names_in(&named.source)[..] {
        [name] => look_up(survey, index, lists, (named.node, name)),
        _ => Err((
            "no-list",
            format!(
                "'{}' is not one question: write 'select_one ${{name}}'",
                named.source
            ),
        )),
    }
}

fn fit_for_choices(survey: &Survey, node: NodeId) -> Result<NodeId, Fault> {
    let asked = &survey.nodes[node];
    if repeat_around(survey, node).is_none() {
        let message = format!(
            "'{}' is in no repeat: its answers can be choices only where it is asked several times",
            asked.name
        );
        return Err(("no-list", message));
    }
    if !asked.kind.has_value() {
        return Err((
            "no-list",
            format!("'{}' has no answer that could be a choice", asked.name),
        ));
    }
    Ok(node)
}

/// A trigger without a calculation empties its question: what was said of something else no longer holds.
fn trigger_alone(survey: &mut Survey, id: NodeId, place: Place, out: &mut Diagnostics) {
    let node = &mut survey.nodes[id];
    if node.trigger.is_empty() || node.calculation.is_some() {
        return;
    }
    if !node.kind.has_value() {
        out.warn(
            place,
            "column-without-effect",
            "a trigger on what has no answer is left out",
        );
        node.trigger.clear();
        return;
    }
    out.warn(
        place,
        "trigger-empties",
        "a trigger without a calculation: the answer is emptied when the trigger's changes",
    );
    node.calculation = Some(Expr::Text(String::new()));
}

/// `${a}, ${b}`, and bare names, which older forms have.
fn names_in(source: &str) -> Vec<String> {
    let bare = source.replace("${", " ").replace(['}', ',', ';'], " ");
    if source.contains("${") {
        let named = source
            .split("${")
            .skip(1)
            .filter_map(|rest| rest.split('}').next());
        return named.map(|name| name.trim().to_owned()).collect();
    }
    bare.split_whitespace().map(String::from).collect()
}

fn look_up(
    survey: &Survey,
    index: &Index,
    lists: &Lists<'_>,
    (here, name): (NodeId, &str),
) -> Result<NodeId, Fault> {
    let scope = Scope {
        nodes: &survey.nodes,
        index,
        lists,
        here,
        row: false,
    };
    scope.question(name).map_err(|message| ("bad-reference", message))
}

fn repeat_around(survey: &Survey, node: NodeId) -> Option<NodeId> {
    let mut at = survey.nodes[node].parent;
    while let Some(id) = at.filter(|&id| survey.nodes[id].kind != Kind::Repeat) {
        at = survey.nodes[id].parent;
    }
    at
}
