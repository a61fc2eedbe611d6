//! A form to look through: every question with its choices, whether or not somebody would be asked it.

use baraza_forms::{Form, Kind, Node, NodeId};

/// Choices that are shown of a list; of more the number is told.
const SHOWN: usize = 40;

/// A heading, or a question.
pub enum Step {
    /// A group or repeat that has a label.
    Section {
        /// The label.
        label: String,
        /// Asked several times.
        is_repeat: bool,
    },
    /// A question, or a text to be read.
    Question(Box<Question>),
}

/// A question, or a text to be read.
pub struct Question {
    /// As people read it.
    pub label: String,
    /// The hint beside it.
    pub hint: String,
    /// Its name in the form.
    pub name: String,
    /// A word of the texts for how it is answered; blank where there are choices, or nothing to answer.
    pub control: &'static str,
    /// Labels of the choices.
    pub choices: Vec<String>,
    /// How many choices there are besides.
    pub more: u64,
    /// Must be answered, at least in some cases.
    pub is_required: bool,
    /// Answers can harm who gave them.
    pub is_sensitive: bool,
    /// Only asked in some cases.
    pub is_sometimes: bool,
}

/// All that is seen of a form in a language, in its order.
pub fn steps(form: &Form, language: usize) -> Vec<Step> {
    let nodes = (1..form.nodes.len()).filter_map(|id| step(form, language, id));
    nodes.collect()
}

fn step(form: &Form, language: usize, id: NodeId) -> Option<Step> {
    let node = &form.nodes[id];
    if node.kind.is_section() {
        let label = form.text(language, node.label?);
        let is_repeat = node.kind == Kind::Repeat;
        return Some(Step::Section { label, is_repeat });
    }
    if !node.kind.is_asked() && node.kind != Kind::Note {
        return None;
    }
    let list = form.list_of(id).filter(|_| node.kind.is_choice());
    let choices = list.map(|list| list.choices.as_slice()).unwrap_or_default();
    let labels = choices.iter().take(SHOWN);
    Some(Step::Question(Box::new(Question {
        label: form.label(language, id),
        hint: node
            .hint
            .map(|hint| form.text(language, hint))
            .unwrap_or_default(),
        name: node.name.clone(),
        control: control(node.kind),
        choices: labels.map(|choice| form.choice_label(language, choice)).collect(),
        more: choices.len().saturating_sub(SHOWN) as u64,
        is_required: node.required.is_some(),
        is_sensitive: node.sensitive,
        is_sometimes: is_sometimes(form, node),
    })))
}

/// Whether the question, or something around it, has a condition.
fn is_sometimes(form: &Form, node: &Node) -> bool {
    let mut at = Some(node);
    while let Some(node) = at {
        if node.relevant.is_some() {
            return true;
        }
        at = node.parent.map(|parent| &form.nodes[parent]);
    }
    false
}

/// The word for how a question is answered.
fn control(kind: Kind) -> &'static str {
    match kind {
        Kind::SelectMultiple => "by_several",
        Kind::Rank => "by_order",
        Kind::Integer | Kind::Decimal | Kind::Range => "by_number",
        Kind::Text | Kind::Barcode => "by_words",
        Kind::Date | Kind::Time | Kind::DateTime => "by_date",
        Kind::Geopoint | Kind::Geotrace | Kind::Geoshape => "by_place",
        Kind::Image | Kind::Audio | Kind::Video | Kind::File => "by_file",
        Kind::Acknowledge => "by_tick",
        _ => "",
    }
}
