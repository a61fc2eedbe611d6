//! One meaning for a form: the phone's own module, run here, has to agree with the Rust evaluator on every case.

use baraza_forms::expr::{Function, Op};
use baraza_forms::xlsform::import_markdown;
use baraza_forms::{Answer, Env, Filling, Form, Kind, NodeId, ReadyForm, ScopeId};
use rquickjs::loader::{Loader, Resolver};
use rquickjs::{Context, Ctx, Function as JsFunction, Module, Runtime};
use serde_json::{Map, Value as Json, json};
use std::fmt::Write;
use std::path::Path;

const NOW: &str = "2026-03-04T05:06:07.008+03:00";

/// Finds the phone's modules where they lie.
struct Web;

impl Resolver for Web {
    fn resolve<'js>(
        &mut self,
        _: &Ctx<'js>,
        _: &str,
        name: &str,
        _: Option<rquickjs::loader::ImportAttributes<'js>>,
    ) -> rquickjs::Result<String> {
        Ok(name.trim_start_matches("./").to_owned())
    }
}

impl Loader for Web {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _: Option<rquickjs::loader::ImportAttributes<'js>>,
    ) -> rquickjs::Result<Module<'js>> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../server/web")
            .join(name);
        let source =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Module::declare(ctx.clone(), name, source)
    }
}

/// The phone's evaluator in a JavaScript engine.
struct Phone {
    context: Context,
}

impl Phone {
    fn new() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        runtime.set_loader(Web, Web);
        let context = Context::full(&runtime).expect("a context");
        context.with(|ctx| {
            let entry = "import { Filling } from './filling.js';
                globalThis.fill = (form, texts, answers, now) => {
                    const env = { now, random: () => 0.5, uuid: () => 'x', texts: JSON.parse(texts), version: '7' };
                    const filling = new Filling(JSON.parse(form), env);
                    filling.fromAnswers(JSON.parse(answers));
                    return JSON.stringify(filling.toAnswers());
                };";
            let module = Module::evaluate(ctx.clone(), "entry", entry).expect("the phone's modules");
            module.finish::<()>().unwrap_or_else(|_| panic!("{:?}", ctx.catch()));
        });
        Self { context }
    }

    fn fill(&self, form: &Form, answers: &Map<String, Json>) -> Map<String, Json> {
        self.context.with(|ctx| {
            let fill: JsFunction<'_> = ctx.globals().get("fill").expect("the entry");
            let form_json = json!(form).to_string();
            let texts = json!(form.texts[0]).to_string();
            let result: String = fill
                .call((form_json, texts, json!(answers).to_string(), NOW))
                .unwrap_or_else(|_| panic!("the phone's module failed: {:?}", ctx.catch()));
            serde_json::from_str(&result).expect("answers")
        })
    }
}

fn load(filling: &mut Filling<'_>, answers: &Map<String, Json>, scope: ScopeId, repeat: Option<NodeId>) {
    for (key, value) in answers {
        let id = filling
            .ready()
            .by_key(repeat, key)
            .unwrap_or_else(|| panic!("no question {key}"));
        let kind = filling.form().nodes[id].kind;
        if kind == Kind::Repeat {
            for instance in value.as_array().expect("instances") {
                let within = filling.add_instance(id, scope);
                load(filling, instance.as_object().expect("answers"), within, Some(id));
            }
        } else {
            filling.set(
                id,
                scope,
                Some(Answer::from_json(kind, value).expect("a fitting answer")),
            );
        }
    }
}

fn fill_here(ready: &ReadyForm, answers: &Map<String, Json>) -> Map<String, Json> {
    let mut filling = Filling::empty(ready, Env::new(NOW, 0, 1));
    load(&mut filling, answers, 0, None);
    filling.recalculate();
    filling.to_answers()
}

/// A form of every kind of answer, with a calculation for each expression.
fn form_with(expressions: &[String]) -> Form {
    let mut sheet = String::from(
        "| survey | | | | | | |
         | | type | name | label | calculation | relevant | choice_filter |
         | | integer | age | Age | | | |
         | | text | name | Name | | | |
         | | select_multiple letters | many | Many | | | |
         | | select_one letters | one | One | | | |
         | | text | blank | Blank | | | |
         | | text | hidden | Hidden | | false() | |
         | | date | day | Day | | | |
         | | decimal | weight | Weight | | | |
         | | begin_repeat | member | Member | | | |
         | | text | member_name | Name | | | |
         | | integer | member_age | Age | | | |
         | | calculate | place | | position(..) | | |
         | | end_repeat | | | | | |
",
    );
    for (at, expression) in expressions.iter().enumerate() {
        let expression = expression.replace('|', "\\|");
        writeln!(sheet, "| | calculate | x{at} | | string({expression}) | | |").expect("a string");
    }
    sheet += "| choices | | | | |
              | | list_name | name | label | vowel |
              | | letters | a | Ay | yes |
              | | letters | b | Bee | no |
              | | letters | c | Sea | no |
              | settings | |
              | | version |
              | | 7 |";
    let imported = import_markdown(&sheet);
    imported.form.unwrap_or_else(|| {
        panic!(
            "{}",
            imported
                .diagnostics
                .iter()
                .map(|d| format!("{d}\n"))
                .collect::<String>()
        )
    })
}

fn answers() -> Map<String, Json> {
    let json = json!({
        "age": 34, "name": "Amina", "many": ["a", "c"], "one": "b", "day": "2024-02-29", "weight": 62.5,
        "member": [{"member_name": "Baba", "member_age": 40}, {"member_name": "Dada", "member_age": 7}, {"member_name": "Toto"}],
    });
    json.as_object().expect("answers").clone()
}

#[test]
fn shared_cases_mean_the_same_on_phone_and_server() {
    let text = include_str!("cases/expressions.txt");
    let cases: Vec<(&str, &str)> = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            line.split_once(" => ")
                .unwrap_or_else(|| panic!("no ' => ' in: {line}"))
        })
        .collect();
    let expressions: Vec<String> = cases
        .iter()
        .map(|(expression, _)| (*expression).to_owned())
        .collect();
    let form = form_with(&expressions);
    let phone = Phone::new().fill(&form, &answers());
    let here = fill_here(&ReadyForm::new(form), &answers());
    let mut wrong = String::new();
    for (at, (expression, expected)) in cases.iter().enumerate() {
        let value = |answers: &Map<String, Json>| {
            answers
                .get(&format!("x{at}"))
                .and_then(Json::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let (rust, js) = (value(&here), value(&phone));
        if rust != *expected || js != *expected {
            writeln!(
                wrong,
                "{expression}: expected '{expected}', Rust '{rust}', phone '{js}'"
            )
            .expect("a string");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn forms_fill_alike_with_repeats_and_relevance() {
    let form = form_with(&["count(${member})".into(), "sum(${place})".into()]);
    let mut given = answers();
    given.insert("hidden".into(), json!("never asked"));
    let phone = Phone::new().fill(&form, &given);
    let here = fill_here(&ReadyForm::new(form), &given);
    assert_eq!(here, phone);
    assert_eq!(here["member"][1]["place"], "2");
    assert_eq!(here["x1"], "6");
    assert!(!here.contains_key("hidden"), "what is not relevant is not sent");
}

#[test]
fn repeats_without_end_stop_at_the_same_number_on_both_sides() {
    let form = import_markdown(
        "| survey | | | | |
         | | type | name | label | repeat_count |
         | | integer | n | N | |
         | | begin_repeat | r | R | ${n} |
         | | begin_repeat | r2 | R2 | ${n} |
         | | text | y | Y | |
         | | end_repeat | | | |
         | | end_repeat | | | |",
    );
    let form = form.form.expect("a form");
    let answers = json!({"n": 2_000_000});
    let answers = answers.as_object().expect("answers");
    let count = |filled: &Map<String, Json>| -> usize {
        let outer = filled["r"].as_array().expect("instances");
        outer
            .iter()
            .map(|r| 1 + r.get("r2").and_then(Json::as_array).map_or(0, Vec::len))
            .sum()
    };
    let phone = count(&Phone::new().fill(&form, answers));
    let here = count(&fill_here(&ReadyForm::new(form), answers));
    assert!(
        here <= baraza_forms::MOST_SCOPES + 1 && here.abs_diff(phone) <= 2,
        "Rust {here}, phone {phone}"
    );
}

/// A small generator of our own: an expression is made of bytes, so a failing case is named by its seed.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn of<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.below(from.len())]
    }

    fn expression(&mut self, depth: usize) -> String {
        if depth == 0 || self.below(5) == 0 {
            return self.leaf();
        }
        match self.below(4) {
            0 => {
                let ops = [
                    Op::Or,
                    Op::And,
                    Op::Equal,
                    Op::NotEqual,
                    Op::Less,
                    Op::LessOrEqual,
                    Op::Greater,
                    Op::GreaterOrEqual,
                    Op::Add,
                    Op::Subtract,
                    Op::Multiply,
                    Op::Divide,
                    Op::Remainder,
                ];
                let op = ops[self.below(ops.len())].text();
                format!(
                    "({} {op} {})",
                    self.expression(depth - 1),
                    self.expression(depth - 1)
                )
            }
            1 => format!("-({})", self.expression(depth - 1)),
            _ => self.call(depth),
        }
    }

    fn leaf(&mut self) -> String {
        self.of(&[
            "0",
            "1",
            "2.5",
            "-1",
            "1000000",
            "0.001",
            "''",
            "'a'",
            "'c'",
            "'34'",
            "' 7'",
            "'2024-02-29'",
            "'12:30'",
            "'1970-01-01T06:00'",
            "'Hello wörld'",
            "'a b c'",
            "'-0'",
            "'👍'",
            "true()",
            "false()",
            "${age}",
            "${name}",
            "${many}",
            "${one}",
            "${blank}",
            "${hidden}",
            "${day}",
            "${weight}",
            "${member_name}",
            "${member_age}",
            "today()",
            "now()",
            "'%Y/%m/%d %H'",
            "'[a-z]+'",
            "1 div 0",
            "'NaN'",
            "3",
            "-2",
        ])
        .to_owned()
    }

    fn call(&mut self, depth: usize) -> String {
        loop {
            let (function, name, least, most, _) = Function::ALL[self.below(Function::ALL.len())];
            match function {
                Function::Random | Function::Uuid | Function::Once => continue,
                // The last digits of these are left to the machine's library.
                Function::Exp | Function::Log | Function::Log10 | Function::Pow | Function::Sqrt => continue,
                Function::Position => return "count(${member})".into(),
                Function::IndexedRepeat => {
                    return format!(
                        "indexed-repeat(${{member_name}}, ${{member}}, {})",
                        self.expression(depth - 1)
                    );
                }
                Function::ChoiceName => {
                    return format!("jr:choice-name({}, '${{many}}')", self.expression(depth - 1));
                }
                _ => {}
            }
            let pairs = function == Function::WeightedChecklist;
            let count = least
                + if pairs {
                    0
                } else {
                    self.below(most.min(least + 2) - least + 1)
                };
            let arguments: Vec<String> = (0..count).map(|_| self.expression(depth - 1)).collect();
            return format!("{name}({})", arguments.join(", "));
        }
    }
}

/// How many random cases a run makes; `BARAZA_CASES` asks for another number.
fn cases() -> usize {
    std::env::var("BARAZA_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(20_000)
}

#[test]
fn random_expressions_mean_the_same_on_phone_and_server() {
    const EACH: usize = 200;
    let phone = Phone::new();
    let mut wrong = Vec::new();
    for seed in 0..cases().div_ceil(EACH) {
        let mut random = Random(seed as u64);
        let expressions: Vec<String> = (0..EACH).map(|_| random.expression(3)).collect();
        let form = form_with(&expressions);
        let theirs = phone.fill(&form, &answers());
        let ours = fill_here(&ReadyForm::new(form), &answers());
        for (at, expression) in expressions.iter().enumerate() {
            let key = format!("x{at}");
            if ours.get(&key) != theirs.get(&key) {
                let shown =
                    |answers: &Map<String, Json>| answers.get(&key).map_or("blank".into(), Json::to_string);
                wrong.push(format!(
                    "seed {seed}: {expression}: Rust {}, phone {}",
                    shown(&ours),
                    shown(&theirs)
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differences, such as\n{}",
        wrong.len(),
        wrong[..wrong.len().min(20)].join("\n")
    );
    println!(
        "{} random expressions, no difference",
        cases().div_ceil(EACH) * EACH
    );
}
