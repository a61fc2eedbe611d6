//! The model: texts, instances, binds, and what is set at the beginning.

use super::Xform;
use super::instances::is_dynamic;
use super::texts::reference;
use crate::expr::Expr;
use crate::form::{Kind, Node, NodeId};
use std::io::{Result, Write};

/// Parameters of XLSForm that are attributes of a bind, and for which kind.
const PARAMETERS: [(Kind, &str, &str); 3] = [
    (Kind::Image, "max-pixels", "orx:max-pixels"),
    (Kind::Audio, "quality", "odk:quality"),
    (Kind::Geopoint, "allow-mock-accuracy", "odk:allow-mock-accuracy"),
];

impl<W: Write> Xform<'_, W> {
    /// `<model>`
    pub fn model(&mut self) -> Result<()> {
        self.xml.open("model", &[("odk:xforms-version", "1.0.0")])?;
        self.itext()?;
        self.instances()?;
        for id in 1..self.form.nodes.len() {
            self.bind(id)?;
        }
        let meta = format!("/{}/{}meta", self.form.nodes[0].name, self.names.meta);
        if self.form.nodes.iter().any(|node| node.kind == Kind::Audit) {
            let nodeset = format!("{meta}/{}audit", self.names.meta);
            self.xml
                .empty("bind", &[("nodeset", nodeset.as_str()), ("type", "binary")])?;
        }
        let attributes = [
            ("nodeset", format!("{meta}/{}instanceID", self.names.meta)),
            ("type", "string".into()),
            ("readonly", "true()".into()),
            ("jr:preload", "uid".into()),
        ];
        self.empty("bind", &attributes)?;
        for id in 1..self.form.nodes.len() {
            if is_dynamic(self.form.nodes[id].default.as_ref()) && self.form.repeats_around(id).is_empty() {
                self.set_default(id, "odk-instance-first-load")?;
            }
        }
        self.xml.close()
    }

    /// An element with attributes that were put together.
    pub fn empty(&mut self, name: &str, attributes: &[(&str, String)]) -> Result<()> {
        let attributes: Vec<(&str, &str)> = attributes
            .iter()
            .map(|(key, value)| (*key, value.as_str()))
            .collect();
        self.xml.empty(name, &attributes)
    }

    /// `<setvalue>` of a default that has to be evaluated.
    pub fn set_default(&mut self, id: NodeId, event: &str) -> Result<()> {
        let Some(default) = &self.form.nodes[id].default else {
            return Ok(());
        };
        self.set_value(id, event, default)
    }

    /// `<setvalue>`
    pub fn set_value(&mut self, id: NodeId, event: &str, expr: &Expr) -> Result<()> {
        let value = self.print(id, expr);
        self.xml.empty(
            "setvalue",
            &[("ref", &self.path(id)), ("event", event), ("value", &value)],
        )
    }

    fn bind(&mut self, id: NodeId) -> Result<()> {
        let node = &self.form.nodes[id];
        if node.kind == Kind::Audit {
            return Ok(());
        }
        if let (Some(name), Some(count)) = (self.names.counts.get(&id), &node.repeat_count) {
            let path = self.path(id);
            let beside = path.rsplit_once('/').map_or("", |(parent, _)| parent);
            let nodeset = format!("{beside}/{name}");
            let calculate = self.print(id, count);
            let attributes = [
                ("nodeset", nodeset.as_str()),
                ("type", "string"),
                ("calculate", &calculate),
            ];
            self.xml.empty("bind", &attributes)?;
        }
        let mut attributes = vec![("nodeset", self.path(id))];
        if !node.kind.is_section() {
            attributes.push(("type", data_type(node).to_owned()));
        }
        self.conditions(id, &mut attributes);
        attributes.extend(preload(node.kind));
        for (kind, parameter, attribute) in PARAMETERS {
            if let Some(value) = node.parameters.get(parameter).filter(|_| node.kind == kind) {
                attributes.push((attribute, value.clone()));
            }
        }
        if attributes.len() == 1 {
            Ok(())
        } else {
            self.empty("bind", &attributes)
        }
    }

    fn conditions(&self, id: NodeId, attributes: &mut Vec<(&'static str, String)>) {
        let node = &self.form.nodes[id];
        let path = self.path(id);
        let calculation = node.calculation.as_ref().filter(|_| self.triggers(id).is_empty());
        let read_only = if node.kind == Kind::Note {
            Some("true()".to_owned())
        } else {
            node.read_only.as_ref().map(|expr| self.print(id, expr))
        };
        let print = |expr: Option<&Expr>| expr.map(|expr| self.print(id, expr));
        let all = [
            ("relevant", print(node.relevant.as_ref())),
            ("required", print(node.required.as_ref())),
            ("readonly", read_only),
            ("constraint", print(node.constraint.as_ref())),
            ("calculate", print(calculation)),
            (
                "jr:constraintMsg",
                node.constraint_message
                    .map(|_| reference(&path, "jr:constraintMsg")),
            ),
            (
                "jr:requiredMsg",
                node.required_message.map(|_| reference(&path, "jr:requiredMsg")),
            ),
        ];
        attributes.extend(all.into_iter().filter_map(|(key, value)| Some((key, value?))));
    }
}

/// The data type of ODK XForms.
fn data_type(node: &Node) -> &'static str {
    match node.kind {
        Kind::Integer => "int",
        Kind::Range if is_whole_range(node) => "int",
        Kind::Range | Kind::Decimal => "decimal",
        Kind::Date | Kind::Today => "date",
        Kind::Time => "time",
        Kind::DateTime | Kind::Start | Kind::End => "dateTime",
        Kind::Geopoint => "geopoint",
        Kind::Geotrace => "geotrace",
        Kind::Geoshape => "geoshape",
        Kind::Barcode => "barcode",
        Kind::Rank => "odk:rank",
        Kind::Image | Kind::Audio | Kind::Video | Kind::File | Kind::Audit => "binary",
        _ => "string",
    }
}

fn is_whole_range(node: &Node) -> bool {
    let whole = |name| {
        node.parameters
            .get(name)
            .is_some_and(|value| value.parse::<i64>().is_ok())
    };
    ["start", "end", "step"].into_iter().all(whole)
}

fn preload(kind: Kind) -> Vec<(&'static str, String)> {
    let (preload, parameters) = match kind {
        Kind::Start => ("timestamp", "start"),
        Kind::End => ("timestamp", "end"),
        Kind::Today => ("date", "today"),
        Kind::DeviceId => ("property", "deviceid"),
        _ => return Vec::new(),
    };
    vec![
        ("jr:preload", preload.into()),
        ("jr:preloadParams", parameters.into()),
    ]
}
