//! The body: a control for each question.

use super::Xform;
use super::instances::is_dynamic;
use super::texts::reference;
use crate::form::{Kind, Node, NodeId};
use std::io::{Result, Write};

/// Parameters of XLSForm that are attributes of a control, and for which kind.
const PARAMETERS: [(Kind, &str, &str); 6] = [
    (Kind::Range, "start", "start"),
    (Kind::Range, "end", "end"),
    (Kind::Range, "step", "step"),
    (Kind::Text, "rows", "rows"),
    (Kind::Geopoint, "capture-accuracy", "accuracyThreshold"),
    (
        Kind::Geopoint,
        "warning-accuracy",
        "unacceptableAccuracyThreshold",
    ),
];

impl<W: Write> Xform<'_, W> {
    /// `<h:body>`
    pub fn body(&mut self) -> Result<()> {
        self.xml.open("h:body", &[])?;
        self.controls(0)?;
        self.xml.close()
    }

    fn controls(&mut self, section: NodeId) -> Result<()> {
        for id in self.children[section].clone() {
            match self.form.nodes[id].kind {
                Kind::Group if self.shows_anything(id) => self.group(id)?,
                Kind::Repeat => self.repeat(id)?,
                _ if self.is_shown(id) => self.control(id)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// A group of calculations alone has no place in the body: ODK's tools refuse one without children.
    fn shows_anything(&self, group: NodeId) -> bool {
        self.children[group]
            .iter()
            .any(|&id| match self.form.nodes[id].kind {
                Kind::Group => self.shows_anything(id),
                Kind::Repeat => true,
                _ => self.is_shown(id),
            })
    }

    fn group(&mut self, id: NodeId) -> Result<()> {
        let mut attributes = vec![("ref", self.path(id))];
        attributes.extend(appearance(&self.form.nodes[id]));
        self.open("group", &attributes)?;
        self.label(id)?;
        self.controls(id)?;
        self.xml.close()
    }

    fn repeat(&mut self, id: NodeId) -> Result<()> {
        let path = self.path(id);
        self.xml.open("group", &[("ref", &path)])?;
        self.label(id)?;
        let mut attributes = vec![("nodeset", path.clone())];
        attributes.extend(appearance(&self.form.nodes[id]));
        if let Some(count) = self.count(id, &path) {
            attributes.push(("jr:count", count));
        }
        self.open("repeat", &attributes)?;
        for inner in self.inside(id) {
            if is_dynamic(self.form.nodes[inner].default.as_ref()) {
                self.set_default(inner, "odk-instance-first-load odk-new-repeat")?;
            }
        }
        self.controls(id)?;
        self.xml.close()?;
        self.xml.close()
    }

    /// The path of what says how many instances there are.
    fn count(&self, id: NodeId, path: &str) -> Option<String> {
        let count = self.form.nodes[id].repeat_count.as_ref()?;
        let beside = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        Some(
            self.names
                .counts
                .get(&id)
                .map_or_else(|| self.print(id, count), |name| format!("{beside}/{name}")),
        )
    }

    /// What a repeat holds, without what the repeats within hold.
    fn inside(&self, repeat: NodeId) -> Vec<NodeId> {
        (0..self.form.nodes.len())
            .filter(|&id| self.form.repeats_around(id).last() == Some(&repeat))
            .collect()
    }

    fn control(&mut self, id: NodeId) -> Result<()> {
        let node = &self.form.nodes[id];
        let (name, mediatype) = element(node.kind);
        let mut attributes = vec![("ref", self.path(id))];
        attributes.extend(appearance(node));
        attributes.extend(mediatype.map(|mediatype| ("mediatype", mediatype.to_owned())));
        attributes.extend(
            node.parameters
                .get("autoplay")
                .map(|what| ("autoplay", what.clone())),
        );
        for (kind, parameter, attribute) in PARAMETERS {
            if let Some(value) = node.parameters.get(parameter).filter(|_| node.kind == kind) {
                attributes.push((attribute, value.clone()));
            }
        }
        self.open(name, &attributes)?;
        self.label(id)?;
        if node.kind.is_choice() {
            self.choices(id)?;
        }
        for target in 1..self.form.nodes.len() {
            let calculation = self.form.nodes[target].calculation.as_ref();
            if let Some(expr) = calculation.filter(|_| self.triggers(target).contains(&id)) {
                self.set_value(target, "xforms-value-changed", expr)?;
            }
        }
        self.xml.close()
    }

    fn label(&mut self, id: NodeId) -> Result<()> {
        let node = &self.form.nodes[id];
        let path = self.path(id);
        if self.has_label(id) {
            self.xml.empty("label", &[("ref", &reference(&path, "label"))])?;
        }
        if !node.kind.is_section() && (node.hint.is_some() || node.guidance.is_some()) {
            self.xml.empty("hint", &[("ref", &reference(&path, "hint"))])?;
        }
        Ok(())
    }

    fn choices(&mut self, id: NodeId) -> Result<()> {
        let node = &self.form.nodes[id];
        let (mut nodeset, value, label) = if let Some(list) = node.list {
            let names = &self.names.lists[list];
            let filter = node.choice_filter.as_ref();
            let filter = filter.map_or_else(String::new, |expr| {
                format!("[{}]", self.printer(id).row_filter(expr, list))
            });
            let label = if names.external {
                "label"
            } else {
                "jr:itext(itextId)"
            };
            (
                format!("instance('{}')/root/item{filter}", names.id),
                "name".to_owned(),
                label.to_owned(),
            )
        } else if let Some(source) = node.choices_from {
            let (nodeset, name) = self.answers_as_choices(id, source);
            (nodeset, name.clone(), name)
        } else {
            return Ok(());
        };
        let shuffled = node
            .parameters
            .get("randomize")
            .is_some_and(|value| value == "true");
        if let Some(seed) = &node.seed {
            nodeset = format!("randomize({nodeset}, {})", self.print(id, seed));
        } else if shuffled {
            nodeset = format!("randomize({nodeset})");
        }
        self.xml.open("itemset", &[("nodeset", &nodeset)])?;
        self.xml.empty("value", &[("ref", &value)])?;
        self.xml.empty("label", &[("ref", &label)])?;
        self.xml.close()
    }

    /// The instances of the repeat in which a question has an answer, and the question's path from there.
    fn answers_as_choices(&self, id: NodeId, source: NodeId) -> (String, String) {
        let Some(&repeat) = self.form.repeats_around(source).last() else {
            return (self.printer(id).path_to(source), ".".into());
        };
        let whole = self.path(source);
        let name = whole[self.path(repeat).len() + 1..].to_owned();
        let filter = self.form.nodes[id].choice_filter.as_ref();
        let filter = filter.map_or_else(String::new, |expr| {
            format!("[{}]", self.printer(id).instance_filter(expr, source, repeat))
        });
        (
            format!("{}[./{name} != '']{filter}", self.printer(id).path_to(repeat)),
            name,
        )
    }

    fn open(&mut self, name: &str, attributes: &[(&str, String)]) -> Result<()> {
        let attributes: Vec<(&str, &str)> = attributes
            .iter()
            .map(|(key, value)| (*key, value.as_str()))
            .collect();
        self.xml.open(name, &attributes)
    }
}

fn element(kind: Kind) -> (&'static str, Option<&'static str>) {
    match kind {
        Kind::SelectOne => ("select1", None),
        Kind::SelectMultiple => ("select", None),
        Kind::Rank => ("odk:rank", None),
        Kind::Range => ("range", None),
        Kind::Acknowledge => ("trigger", None),
        Kind::Image => ("upload", Some("image/*")),
        Kind::Audio => ("upload", Some("audio/*")),
        Kind::Video => ("upload", Some("video/*")),
        Kind::File => ("upload", Some("application/*")),
        _ => ("input", None),
    }
}

fn appearance(node: &Node) -> Option<(&'static str, String)> {
    (!node.appearance.is_empty()).then(|| ("appearance", node.appearance.join(" ")))
}
