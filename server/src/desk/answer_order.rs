//! The answers of one response in the order of its form, and what the phone worked out apart from what people said.

use baraza_forms::Form;
use serde_json::Value as Json;

/// At each level the position of the node, and which instance of it.
type Place = Vec<(usize, usize)>;

/// The answers that were given, or those that were calculated, in the form's order. `member[2]/age` stands with the
/// second member; what the form does not know comes last among those that were given.
pub fn in_order(form: &Form, all: Vec<(String, Json)>, calculated: bool) -> Vec<(String, Json)> {
    let mut placed: Vec<(Place, (String, Json))> = all
        .into_iter()
        .map(|one| (place(form, &one.0), one))
        .filter(|(place, _)| is_calculated(form, place) == calculated)
        .collect();
    placed.sort_by(|(a, _), (b, _)| a.cmp(b));
    placed.into_iter().map(|(_, one)| one).collect()
}

/// Where an answer stands.
fn place(form: &Form, name: &str) -> Place {
    let mut steps = Vec::new();
    let mut rest = name;
    while let Some((repeat, after)) = rest.split_once('[') {
        let Some((number, inside)) = after.split_once(']') else {
            break;
        };
        steps.push((
            position(form, repeat, false),
            number.parse().unwrap_or(usize::MAX),
        ));
        rest = inside.strip_prefix('/').unwrap_or(inside);
    }
    if !rest.is_empty() {
        steps.push((position(form, rest, true), 0));
    }
    steps
}

fn position(form: &Form, key: &str, has_value: bool) -> usize {
    let found = form
        .nodes
        .iter()
        .position(|node| node.key == key && node.kind.has_value() == has_value);
    found.unwrap_or(usize::MAX)
}

/// Whether nobody was asked for it.
fn is_calculated(form: &Form, place: &[(usize, usize)]) -> bool {
    let node = place.last().and_then(|(at, _)| form.nodes.get(*at));
    node.is_some_and(|node| !node.kind.is_asked() && !node.kind.is_section())
}

#[cfg(test)]
mod tests {
    use super::in_order;
    use crate::amend::places;
    use baraza_forms::xlsform::import_markdown;
    use serde_json::{Map, Value as Json, json};

    const FORM: &str = "\
| survey   |              |        |           |             |
|          | type         | name   | label     | calculation |
|          | text         | zone   | Where?    |             |
|          | calculate    | able   |           | 1 + 1       |
|          | begin_repeat | person | Person    |             |
|          | text         | who    | Who?      |             |
|          | integer      | age    | How old?  |             |
|          | calculate    | double |           | 2           |
|          | end_repeat   |        |           |             |
|          | text         | better | What now? |             |
| settings |              |        |           |             |
|          | form_id      | version |          |             |
|          | order        | 1      |           |             |
";

    fn names(answers: &Map<String, Json>, calculated: bool) -> Vec<String> {
        let imported = import_markdown(FORM);
        let form = imported.form.expect("a form");
        let all = in_order(&form, places(answers), calculated);
        all.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn answers_stand_as_they_were_asked_and_what_was_worked_out_is_apart() {
        let people: Vec<Json> = (1..=10)
            .map(|age| json!({ "age": age, "double": 2 * age, "who": "somebody" }))
            .collect();
        let answers = json!({ "able": 2, "better": "light", "gone": "x", "person": people, "zone": "north" });
        let answers = answers.as_object().expect("an object");
        let mut wanted = vec!["zone".to_owned()];
        // The tenth comes after the ninth.
        wanted.extend((1..=10).flat_map(|n| [format!("person[{n}]/who"), format!("person[{n}]/age")]));
        wanted.extend(["better".to_owned(), "gone".to_owned()]);
        assert_eq!(names(answers, false), wanted);
        let mut wanted = vec!["able".to_owned()];
        wanted.extend((1..=10).map(|n| format!("person[{n}]/double")));
        assert_eq!(names(answers, true), wanted);
    }
}
