//! One row of the survey sheet into one node.

use super::cells;
use super::headers::TEXTS;
use super::survey::{Named, Pending, Reader};
use super::texts::Texts;
use super::workbook::Row;
use crate::form::{Kind, Media, Node, NodeId, Role, TextId};
use std::collections::BTreeMap;

const EXPRESSIONS: &[&str] = &[
    "relevant",
    "required",
    "constraint",
    "calculation",
    "choice_filter",
    "repeat_count",
    "read_only",
    "default",
];

impl Reader<'_, '_, '_> {
    /// Makes the node of a row, and keeps its expressions for later.
    pub(super) fn node(&mut self, row: &Row, kind: Kind) -> NodeId {
        let id = self.survey.nodes.len();
        let table = self.table;
        let text = |texts: &mut Texts, column: &'static str| {
            texts.add(&table.translations(row, column), &|i| table.place_at(row, i), id)
        };
        let texts: [Option<TextId>; 9] = self
            .lists
            .with_texts(|texts| Some(TEXTS.map(|c| text(texts, c))))
            .unwrap_or_default();
        let [
            label,
            hint,
            guidance,
            constraint_message,
            required_message,
            image,
            big_image,
            audio,
            video,
        ] = texts;
        let name = self.name(row, kind, id);
        let (parameters, seed) = self.parameters(row, kind);
        let node = Node {
            name,
            key: String::new(),
            parent: self.parent(),
            kind,
            label,
            hint,
            guidance,
            constraint_message,
            required_message,
            media: Media {
                image: image.or(big_image),
                audio,
                video,
            },
            appearance: appearance(self.text(row, "appearance")),
            parameters,
            coarse: self.coarse(row, kind),
            role: self.role(row),
            sensitive: self.yes(row, "baraza::sensitive"),
            pass: self.yes(row, "baraza::pass"),
            ..Node::default()
        };
        self.remarks(row, &node);
        self.survey.nodes.push(node);
        self.survey.places.push(table.place(row, "name"));
        self.pending(row, id, kind, seed);
        id
    }

    fn remarks(&mut self, row: &Row, node: &Node) {
        let shown = node.label.is_some() || node.media != Media::default() || node.hint.is_some();
        if (node.kind.is_asked() || node.kind == Kind::Note) && !shown {
            self.out.warn(
                self.table.place(row, "label"),
                "no-label",
                "has no label: people see its name",
            );
        }
        let save_to = self.text(row, "save_to");
        if !save_to.is_empty() {
            self.out.warn(
                self.table.place(row, "save_to"),
                "no-entities",
                "answers are kept as answers alone: they do not make or change entities",
            );
        }
    }

    /// The name, mended where it is none.
    fn name(&mut self, row: &Row, kind: Kind, id: NodeId) -> String {
        let name = self.text(row, "name");
        if name.is_empty() {
            if kind.is_section() || !kind.is_asked() && !matches!(kind, Kind::Calculate | Kind::Hidden) {
                return self.made_name(row, kind);
            }
            // Where the column is missing, that is told once.
            if self.table.has("name") {
                self.out.error(
                    self.table.place(row, "name"),
                    "no-name",
                    "a question without a name: its answers could not be told apart",
                );
            }
            return String::new();
        }
        let mended = mended_name(name);
        if mended != name {
            self.out.warn(
                self.table.place(row, "name"),
                "mended-name",
                format!("'{name}' is no name and is called '{mended}': a name is a letter or _, then letters, digits, _ - ."),
            );
            self.survey.spelled.entry(name.to_owned()).or_default().push(id);
        }
        mended
    }

    fn role(&mut self, row: &Row) -> Option<Role> {
        let word = self.text(row, "baraza::role");
        if word.is_empty() {
            return None;
        }
        let found = Role::ALL
            .iter()
            .find(|(_, known)| known.eq_ignore_ascii_case(word))
            .map(|(role, _)| *role);
        let place = self.table.place(row, "baraza::role");
        match found {
            None => {
                let known: Vec<&str> = Role::ALL.iter().map(|(_, word)| *word).collect();
                self.out.error(
                    place,
                    "unknown-role",
                    format!("there is no role '{word}': the roles are {}", known.join(", ")),
                );
            }
            Some(role) if self.survey.nodes.iter().any(|node| node.role == Some(role)) => {
                self.out.error(
                    place,
                    "role-twice",
                    format!("a second question has the role '{word}': only one can"),
                );
            }
            Some(_) => {}
        }
        found
    }

    fn yes(&mut self, row: &Row, column: &str) -> bool {
        let text = self.text(row, column);
        if text.is_empty() {
            return false;
        }
        cells::yes_or_no(text).unwrap_or_else(|| {
            self.out.error(
                self.table.place(row, column),
                "not-yes-or-no",
                format!("'{text}' is neither yes nor no"),
            );
            false
        })
    }

    /// Metres to which a place is rounded: the row's own, else the settings'.
    fn coarse(&mut self, row: &Row, kind: Kind) -> Option<f64> {
        let is_place = matches!(kind, Kind::Geopoint | Kind::Geotrace | Kind::Geoshape);
        let text = self.text(row, "baraza::coarse");
        if text.is_empty() {
            return self.asked.coarse.filter(|_| is_place);
        }
        let place = self.table.place(row, "baraza::coarse");
        let Some(metres) = super::settings::metres(text) else {
            self.out.error(
                place,
                "not-metres",
                format!("'{text}' is no distance: write metres, for instance 1000"),
            );
            return None;
        };
        if !is_place {
            self.out.warn(
                place,
                "column-without-effect",
                "only places are rounded: this is left out",
            );
            return None;
        }
        Some(metres)
    }

    /// The parameters, and the seed among them, which is an expression.
    fn parameters(&mut self, row: &Row, kind: Kind) -> (BTreeMap<String, String>, Option<String>) {
        let mut parameters = parameters(self.text(row, "parameters"));
        let place = self.table.place(row, "parameters");
        if kind == Kind::Range {
            for (name, default) in [("start", "1"), ("end", "10"), ("step", "1")] {
                let value = parameters
                    .entry(name.into())
                    .or_insert_with(|| default.into())
                    .clone();
                if value.parse::<f64>().is_err() {
                    self.out.error(
                        place.clone(),
                        "bad-parameter",
                        format!("{name}={value} is not a number"),
                    );
                }
            }
        }
        self.autoplay(row, &mut parameters);
        let seed = parameters.remove("seed");
        if seed.is_some() && parameters.get("randomize").is_none_or(|word| word != "true") {
            self.out.warn(
                place,
                "column-without-effect",
                "a seed shuffles nothing without randomize=true",
            );
            return (parameters, None);
        }
        (parameters, seed)
    }

    /// The column of its own that ODK has for it, or the parameter of that name.
    fn autoplay(&mut self, row: &Row, parameters: &mut BTreeMap<String, String>) {
        let column = self.text(row, "autoplay");
        let (word, place) = match (column, parameters.get("autoplay")) {
            ("", None) => return,
            ("", Some(word)) => (word.to_lowercase(), self.table.place(row, "parameters")),
            _ => (column.to_lowercase(), self.table.place(row, "autoplay")),
        };
        parameters.remove("autoplay");
        match word.as_str() {
            "audio" | "video" => {
                parameters.insert("autoplay".into(), word);
            }
            "none" => {}
            _ => self.out.error(
                place,
                "unknown-autoplay",
                format!("'{word}' does not play by itself: write audio, video or none"),
            ),
        }
    }

    fn pending(&mut self, row: &Row, id: NodeId, kind: Kind, seed: Option<String>) {
        let mut calculated = false;
        for &column in EXPRESSIONS {
            let Some((index, source)) = self.table.cell(row, column) else {
                continue;
            };
            let place = self.table.place_at(row, index);
            let why_not = match column {
                "choice_filter" if !kind.is_choice() => {
                    "a choice_filter on a question without choices is left out"
                }
                "repeat_count" if kind != Kind::Repeat => "a repeat_count on what is no repeat is left out",
                _ => "",
            };
            if !why_not.is_empty() {
                self.out.warn(place, "column-without-effect", why_not);
                continue;
            }
            calculated |= matches!(column, "calculation" | "default");
            self.survey.pending.push(Pending {
                node: id,
                column,
                source: source.to_owned(),
                place,
            });
        }
        if let Some(source) = seed {
            let place = self.table.place(row, "parameters");
            self.survey.pending.push(Pending {
                node: id,
                column: "seed",
                source,
                place,
            });
        }
        if let Some((index, source)) = self.table.cell(row, "trigger") {
            let place = self.table.place_at(row, index);
            self.survey.triggers.push(Named {
                node: id,
                source: source.to_owned(),
                place,
            });
            calculated = true;
        }
        if kind == Kind::Calculate && !calculated {
            self.out.warn(
                self.table.place(row, "calculation"),
                "no-calculation",
                "a calculate without a calculation stays blank: fill it in, or use 'hidden'",
            );
        }
    }
}

/// A name made of letters, digits and `_ - .`.
pub(super) fn mended_name(name: &str) -> String {
    let is_start = |c: char| c.is_alphabetic() || c == '_';
    let is_more = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let mended: String = name.chars().map(|c| if is_more(c) { c } else { '_' }).collect();
    if !mended.starts_with(is_start) {
        return format!("_{mended}");
    }
    // JavaScript's own: an answer of this name would not be one.
    if mended == "__proto__" {
        "_proto_".into()
    } else {
        mended
    }
}

/// `start=1 end = 10, step=2`
pub(super) fn parameters(cell: &str) -> BTreeMap<String, String> {
    let tight = cell.replace(" =", "=").replace("= ", "=");
    let pairs = tight
        .split([' ', ',', ';', '\n', '\t'])
        .filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| {
            let (name, value) = (name.trim().to_lowercase(), value.trim());
            let yes = name == "randomize" && cells::yes_or_no(value) == Some(true);
            (name, if yes { "true".to_owned() } else { value.to_owned() })
        })
        .collect()
}

/// Words of an appearance; those that are calls, such as `ex:app(a, b)`, stay in one piece.
pub(super) fn appearance(cell: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut depth = 0_i32;
    for c in cell.chars() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        if depth <= 0 && (c.is_whitespace() || c == ',' || c == ';') {
            words.push(String::new());
        } else if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    let mended = words.into_iter().map(|word| {
        if word.contains('(') {
            word
        } else {
            word.to_lowercase()
        }
    });
    mended
        .filter(|word| !matches!(word.as_str(), "" | "none"))
        .collect()
}
