//! Answers one after another: the phone evaluates only what depends on a change, and comes to what a whole
//! recalculation comes to, on the phone and on the server.

mod phone;

use baraza_forms::xlsform::import_markdown;
use baraza_forms::{Form, Kind, NodeId, ReadyForm};
use phone::{Phone, Random, fill_here};
use serde_json::{Value as Json, json};
use std::fmt::Write;

/// Writes forms: sections within each other, conditions, calculations and counts on what was asked before.
struct Writer {
    random: Random,
    sheet: String,
    /// Names and whether they are numbers.
    asked: Vec<(String, bool)>,
    repeats: Vec<String>,
    count: usize,
}

impl Writer {
    fn row(&mut self, kind: &str, name: &str, rest: [&str; 4]) {
        let rest = rest.map(|cell| cell.replace('|', "\\|")).join(" | ");
        writeln!(self.sheet, "| | {kind} | {name} | {name} | {rest} |").expect("a string");
    }

    fn name(&mut self, prefix: &str) -> String {
        self.count += 1;
        format!("{prefix}{}", self.count)
    }

    fn any(&mut self) -> String {
        if self.asked.is_empty() {
            return "1".into();
        }
        let at = self.random.below(self.asked.len());
        format!("${{{}}}", self.asked[at].0)
    }

    fn number(&mut self) -> String {
        let value = self.any();
        if self.repeats.is_empty() {
            return value;
        }
        let at = self.random.below(self.repeats.len());
        let repeat = self.repeats[at].clone();
        match self.random.below(8) {
            0 => format!("sum({value})"),
            1 => format!("count(${{{repeat}}})"),
            2 => format!("count-non-empty({value})"),
            3 => format!("count(${{{repeat}}}[position() < {value}])"),
            4 => format!("count(${{{repeat}}} | {value})"),
            5 => format!("indexed-repeat({value}, ${{{repeat}}}, 1)"),
            _ => value,
        }
    }

    fn condition(&mut self) -> String {
        let (a, b) = (self.number(), self.number());
        match self.random.below(4) {
            0 => format!("{a} > 1"),
            1 => format!("{a} = {b}"),
            2 => format!("not(selected({a}, '2'))"),
            _ => format!("{a} != '' and {b} < 3"),
        }
    }

    fn maybe(&mut self) -> String {
        if self.random.below(3) == 0 {
            self.condition()
        } else {
            String::new()
        }
    }

    fn section(&mut self, depth: usize) {
        for _ in 0..2 + self.random.below(4) {
            match self.random.below(if depth < 3 { 9 } else { 6 }) {
                0 | 1 => {
                    let calculation = format!("{} + {}", self.number(), self.number());
                    let (name, relevant) = (self.name("c"), self.maybe());
                    self.row("calculate", &name, [&relevant, &calculation, "", ""]);
                    self.asked.push((name, true));
                }
                2 => {
                    let (name, relevant, default) = (self.name("t"), self.maybe(), self.number());
                    self.row("text", &name, [&relevant, "", "", &default]);
                    self.asked.push((name, false));
                }
                3..=5 => {
                    let (name, relevant) = (self.name("n"), self.maybe());
                    self.row("integer", &name, [&relevant, "", "", ""]);
                    self.asked.push((name, true));
                }
                6 => {
                    let (name, relevant) = (self.name("g"), self.maybe());
                    self.row("begin_group", &name, [&relevant, "", "", ""]);
                    self.section(depth + 1);
                    self.row("end_group", "", ["", "", "", ""]);
                }
                _ => {
                    let (name, relevant) = (self.name("r"), self.maybe());
                    let count = if self.random.below(2) == 0 {
                        self.number()
                    } else {
                        String::new()
                    };
                    self.row("begin_repeat", &name, [&relevant, "", &count, ""]);
                    self.repeats.push(name);
                    self.section(depth + 1);
                    self.row("end_repeat", "", ["", "", "", ""]);
                }
            }
        }
    }
}

fn form(seed: u64) -> Form {
    let mut writer = Writer {
        random: Random(seed),
        sheet: "| survey |\n| | type | name | label | relevant | calculation | repeat_count | default |\n"
            .into(),
        asked: Vec::new(),
        repeats: Vec::new(),
        count: 0,
    };
    writer.row("integer", "n0", ["", "", "", ""]);
    writer.asked.push(("n0".into(), true));
    writer.section(0);
    writer.section(0);
    let imported = import_markdown(&writer.sheet);
    imported
        .form
        .unwrap_or_else(|| panic!("seed {seed}:\n{}\n{:#?}", writer.sheet, imported.diagnostics))
}

/// Answers, new instances and instances taken away, at random places.
fn steps(form: &Form, random: &mut Random, count: usize) -> Json {
    let nodes: Vec<NodeId> = (1..form.nodes.len())
        .filter(|&id| {
            let node = &form.nodes[id];
            node.kind.is_asked() || node.kind == Kind::Repeat && node.repeat_count.is_none()
        })
        .collect();
    let step = |random: &mut Random| {
        let node = nodes[random.below(nodes.len())];
        let path: Vec<(NodeId, usize)> = form
            .repeats_around(node)
            .into_iter()
            .map(|repeat| (repeat, random.below(3)))
            .collect();
        let answer = match random.below(5) {
            0 => Json::Null,
            n if form.nodes[node].kind == Kind::Integer => json!(n - 1),
            n => json!(n.to_string()),
        };
        match (form.nodes[node].kind, random.below(3)) {
            (Kind::Repeat, 0) => json!({ "node": node, "path": path, "remove": random.below(3) }),
            (Kind::Repeat, _) => json!({ "node": node, "path": path, "add": true }),
            _ => json!({ "node": node, "path": path, "answer": answer }),
        }
    };
    (0..count).map(|_| step(random)).collect()
}

#[test]
fn step_by_step_and_all_at_once_come_to_the_same() {
    const STEPS: usize = 25;
    let forms = std::env::var("BARAZA_FORMS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(400);
    let phone = Phone::new();
    for seed in 0..forms {
        let form = form(seed);
        let steps = steps(&form, &mut Random(seed + 1_000_000), STEPS);
        let played = phone.play(&form, &steps);
        assert!(
            played.get("differs").is_none(),
            "seed {seed}, step {}: {}\nstep by step {}\nall at once {}",
            played["differs"],
            steps[played["differs"].as_u64().unwrap_or(0) as usize],
            played["stepwise"],
            played["whole"]
        );
        let kept = played["kept"].as_object().expect("answers");
        let here = fill_here(&ReadyForm::new(form), kept);
        assert_eq!(Json::Object(here), played["sent"], "seed {seed}");
    }
    println!("{forms} forms, {} steps, no difference", forms as usize * STEPS);
}
