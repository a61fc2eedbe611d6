//! Questions with choices: from the choices sheet, from a file, from other answers.

use super::diagnostic::Place;
use super::languages;
use super::node::parameters;
use super::search::Search;
use super::survey::{Named, Pending, Reader};
use super::workbook::Row;
use crate::expr::{Expr, Function};
use crate::form::{Kind, ListId, Node, NodeId};

impl Reader<'_, '_, '_> {
    pub(super) fn choice(&mut self, row: &Row, kind: Kind, list: &str, file: bool, other: bool) {
        let id = self.node(row, kind);
        let place = self.table.place(row, "type");
        if list.starts_with("${") {
            self.survey.choices_from.push(Named {
                node: id,
                source: list.to_owned(),
                place,
            });
            return;
        }
        let searched = self.search(row, id, list);
        let taken = match searched {
            Some(list) => Ok(list),
            None if file => {
                let parameters = parameters(self.text(row, "parameters"));
                let named = |name: &str| {
                    parameters
                        .get(name)
                        .map_or(name.replace("value", "name"), Clone::clone)
                };
                Ok(self
                    .lists
                    .take_file(list, &named("value"), &[(None, named("label"))]))
            }
            None => self.lists.take_listed(list),
        };
        let list_id = match taken {
            Ok(list_id) => list_id,
            Err(message) => {
                self.out.error(place, "no-list", message);
                return;
            }
        };
        if let Some(spelled) = self
            .lists
            .other_spelling(list)
            .filter(|_| !file && searched.is_none())
        {
            self.out.warn(
                place.clone(),
                "mended-list-name",
                format!(
                    "the list '{list}' is spelled '{spelled}' in the choices sheet, and taken to be that one"
                ),
            );
        }
        self.survey.nodes[id].list = Some(list_id);
        if kind != Kind::SelectOne {
            self.codes_apart(list_id, &place);
        }
        if other {
            self.other(row, id, list_id);
        }
    }

    /// Codes that stand in a list of codes have no spaces.
    fn codes_apart(&mut self, list: ListId, place: &Place) {
        const MOST: usize = 20;
        for name in self.lists.names_with_spaces(list).into_iter().take(MOST) {
            let message = format!(
                "the choice '{name}' of its list has a space in its name, which a list of codes can't hold: write '{}'",
                name.split_whitespace().collect::<Vec<_>>().join("_")
            );
            self.out.error(place.clone(), "space-in-code", message);
        }
    }

    /// `search('towns', 'matches', 'region', ${region})` in the appearance: the rows of a file, filtered.
    fn search(&mut self, row: &Row, id: NodeId, list: &str) -> Option<ListId> {
        let appearance = self.text(row, "appearance");
        let place = self.table.place(row, "appearance");
        let search = match Search::find(appearance)? {
            Ok(search) => search,
            Err(message) => {
                self.out.error(place, "bad-search", message);
                return None;
            }
        };
        self.survey.nodes[id].appearance = super::node::appearance(&search.rest);
        let Some((value, labels)) = self.lists.columns_of_search(list) else {
            self.out.error(
                place,
                "bad-search",
                format!("search() needs a list '{list}' in the choices sheet whose row names the file's columns: the one of codes under name, the one of labels under label"),
            );
            return None;
        };
        if !self.lists.is_attached(&search.file) {
            self.out.warn(
                place,
                "missing-file",
                format!("the file '{}' is missing, so the rows of the choices sheet are shown as they are: put it beside the workbook", search.file),
            );
            return None;
        }
        let labels: Vec<(Option<&str>, String)> =
            labels.iter().map(|(l, c)| (l.as_deref(), c.clone())).collect();
        let file = self.lists.take_file(&search.file, &value, &labels);
        let (taken, constant) = self.lists.with_constant_rows(file, list);
        if let Some(filter) = search.filter {
            let always: String = constant
                .iter()
                .map(|code| format!(" or name = '{code}'"))
                .collect();
            self.filter_too(id, &format!("({filter}{always})"), place);
        }
        Some(taken)
    }

    /// Adds a condition to a question's choice filter.
    fn filter_too(&mut self, id: NodeId, filter: &str, place: Place) {
        let is_own = |p: &&mut Pending| p.node == id && p.column == "choice_filter";
        match self.survey.pending.iter_mut().find(is_own) {
            Some(own) => own.source = format!("({}) and {filter}", own.source),
            None => self.survey.pending.push(Pending {
                node: id,
                column: "choice_filter",
                source: filter.to_owned(),
                place,
            }),
        }
    }

    /// `or_other`: the choice 'other', and a question which.
    fn other(&mut self, row: &Row, id: NodeId, list: ListId) {
        let words = |of: fn(&str) -> &'static str| {
            self.languages
                .iter()
                .map(|l| of(&l.tag).to_owned())
                .collect::<Vec<_>>()
        };
        let (other, specify) = (words(languages::other), words(languages::specify));
        self.survey.nodes[id].list = Some(self.lists.with_other(list, other));
        self.survey.with_other.push(id);
        let label = self.lists.with_texts(|texts| Some(texts.own(specify)));
        let node = &self.survey.nodes[id];
        let relevant = Expr::Call(
            Function::Selected,
            vec![Expr::Answer(id), Expr::Text("other".into())],
        );
        let more = Node {
            name: format!("{}_other", node.name),
            parent: node.parent,
            kind: Kind::Text,
            label,
            relevant: Some(relevant),
            ..Node::default()
        };
        self.survey.nodes.push(more);
        self.survey.places.push(Place::row(self.table.sheet, row.number));
    }
}
