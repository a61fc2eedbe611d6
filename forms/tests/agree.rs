//! One meaning for a form: the phone's own module, run here, has to agree with the Rust evaluator on every case.

mod phone;

use baraza_forms::expr::{Function, Op};
use baraza_forms::xlsform::import_markdown;
use baraza_forms::{Form, ReadyForm};
use phone::{Phone, Random, fill_here};
use serde_json::{Map, Value as Json, json};
use std::fmt::Write;

/// A form of every kind of answer, with a calculation for each expression: some at the end, some in each member.
fn form_with(expressions: &[String], of_members: &[String]) -> Form {
    let mut sheet = String::from(
        "| survey | | | | | | |
         | | type | name | label | calculation | relevant | choice_filter |
         | | integer | age | Age | | | |
         | | text | name | Name | | | |
         | | select_multiple letters | many | Many | | | |
         | | select_one letters | one | One | | | |
         | | select_one about | whom | Whom | | | |
         | | text | blank | Blank | | | |
         | | text | hidden | Hidden | | false() | |
         | | date | day | Day | | | |
         | | decimal | weight | Weight | | | |
         | | begin_repeat | member | Member | | | |
         | | text | member_name | Name | | | |
         | | integer | member_age | Age | | | |
         | | calculate | place | | position(..) | | |
         | | begin_repeat | child | Child | | | |
         | | text | child_name | Name | | | |
         | | integer | child_age | Age | | | |
         | | end_repeat | | | | | |
",
    );
    let calculations = |prefix: char, expressions: &[String]| -> String {
        let row = |(at, expression): (usize, &String)| {
            let expression = expression.replace('|', "\\|");
            format!("| | calculate | {prefix}{at} | | string({expression}) | | |\n")
        };
        expressions.iter().enumerate().map(row).collect()
    };
    sheet += &calculations('m', of_members);
    sheet += "| | end_repeat | | | | | |\n";
    sheet += &calculations('x', expressions);
    sheet += "| choices | | | | |
              | | list_name | name | label | vowel |
              | | letters | a | Ay | yes |
              | | letters | b | Bee | no |
              | | letters | c | Sea | no |
              | | about | of | Of ${name}, ${age} | |
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
        "age": 34, "name": "Amina", "many": ["a", "c"], "one": "b", "whom": "of", "day": "2024-02-29", "weight": 62.5,
        "member": [
            {"member_name": "Baba", "member_age": 40, "child": [
                {"child_name": "Eins", "child_age": 1}, {"child_name": "Zwei", "child_age": 4},
            ]},
            {"member_name": "Dada", "member_age": 7, "child": [{"child_name": "Drei", "child_age": 3}]},
            {"member_name": "Toto"},
        ],
    });
    json.as_object().expect("answers").clone()
}

/// `expression => value`, a line each.
fn cases(text: &str) -> Vec<(&str, &str)> {
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            line.split_once(" => ")
                .unwrap_or_else(|| panic!("no ' => ' in: {line}"))
        })
        .collect()
}

const AT_THE_END: &str = include_str!("cases/expressions.txt");
const IN_A_MEMBER: &str = include_str!("cases/members.txt");

#[test]
fn shared_cases_mean_the_same_on_phone_and_server() {
    let expressions = |text| -> Vec<String> {
        cases(text)
            .iter()
            .map(|(expression, _)| (*expression).to_owned())
            .collect()
    };
    let form = form_with(&expressions(AT_THE_END), &expressions(IN_A_MEMBER));
    let phone = Phone::new().fill(&form, &answers());
    let here = fill_here(&ReadyForm::new(form), &answers());
    let mut wrong = String::new();
    let root = (AT_THE_END, 'x', [&here, &phone]);
    let [second, second_on_phone] =
        [&here, &phone].map(|filled| filled["member"][1].as_object().expect("a member"));
    let member = (IN_A_MEMBER, 'm', [second, second_on_phone]);
    for (text, prefix, filled) in [root, member] {
        for (at, (expression, expected)) in cases(text).into_iter().enumerate() {
            let [rust, js] = filled.map(|answers| {
                let value = answers.get(&format!("{prefix}{at}"));
                value.and_then(Json::as_str).unwrap_or_default()
            });
            if rust != expected || js != expected {
                writeln!(
                    wrong,
                    "{expression}: expected '{expected}', Rust '{rust}', phone '{js}'"
                )
                .expect("a string");
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn every_function_and_operator_has_a_shared_case() {
    let all: String = [AT_THE_END, IN_A_MEMBER]
        .iter()
        .flat_map(|text| cases(text))
        .map(|(expression, _)| format!(" {expression}\n"))
        .collect();
    let functions = Function::ALL.iter().map(|row| format!("{}(", row.1));
    let operators = Op::ALL.iter().map(|op| format!(" {} ", op.text()));
    let missing: Vec<String> = functions
        .chain(operators)
        .filter(|part| !all.contains(part))
        .collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

#[test]
fn forms_fill_alike_with_repeats_and_relevance() {
    let form = form_with(&["count(${member})".into(), "sum(${place})".into()], &[]);
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
fn texts_that_double_stop_at_the_same_length() {
    let mut sheet = String::from(
        "| survey |\n| | type | name | calculation |\n| | text | t | |\n| | calculate | c0 | ${t} |\n",
    );
    for at in 1..60 {
        let before = at - 1;
        writeln!(
            sheet,
            "| | calculate | c{at} | concat(${{c{before}}}, ${{c{before}}}) |"
        )
        .expect("a string");
    }
    let form = import_markdown(&sheet).form.expect("a form");
    let answers = json!({"t": "👍é"});
    let answers = answers.as_object().expect("answers");
    let phone = Phone::new().fill(&form, answers);
    let here = fill_here(&ReadyForm::new(form), answers);
    assert_eq!(here, phone);
    assert_eq!(
        here["c59"].as_str().map(|text| text.chars().count()),
        Some(32_768)
    );
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

fn expression(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.below(5) == 0 {
        return leaf(random);
    }
    match random.below(4) {
        0 => {
            // A union is of nodes, and what is made here is of values.
            let ops: Vec<&Op> = Op::ALL.iter().filter(|op| **op != Op::Union).collect();
            let op = ops[random.below(ops.len())].text();
            format!(
                "({} {op} {})",
                expression(random, depth - 1),
                expression(random, depth - 1)
            )
        }
        1 => format!("-({})", expression(random, depth - 1)),
        _ => call(random, depth),
    }
}

fn leaf(random: &mut Random) -> String {
    random
        .of(&[
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

fn call(random: &mut Random, depth: usize) -> String {
    loop {
        let (function, name, least, most, _) = Function::ALL[random.below(Function::ALL.len())];
        let deeper = |random: &mut Random| expression(random, depth - 1);
        match function {
            Function::Random | Function::Uuid | Function::Once => continue,
            // The last digits of these are left to the machine's library.
            Function::Exp | Function::Log | Function::Log10 | Function::Pow | Function::Sqrt => continue,
            Function::Exp10 | Function::Sin | Function::Cos | Function::Tan | Function::Area => continue,
            Function::Asin | Function::Acos | Function::Atan | Function::Atan2 | Function::Distance => {
                continue;
            }
            Function::Position => return picked(random, depth),
            Function::Randomize => return format!("randomize({}, {})", deeper(random), deeper(random)),
            Function::IndexedRepeat => {
                return format!(
                    "indexed-repeat(${{member_name}}, ${{member}}, {})",
                    deeper(random)
                );
            }
            Function::ChoiceName => return format!("jr:choice-name({}, '${{many}}')", deeper(random)),
            _ => {}
        }
        let pairs = function == Function::WeightedChecklist;
        let count = least
            + if pairs {
                0
            } else {
                random.below(most.min(least + 2) - least + 1)
            };
        let arguments: Vec<String> = (0..count).map(|_| expression(random, depth - 1)).collect();
        return format!("{name}({})", arguments.join(", "));
    }
}

/// A path or a look-up that picks by an expression.
fn picked(random: &mut Random, depth: usize) -> String {
    let filter = |random: &mut Random| {
        let inner = expression(random, depth - 1);
        let own = random.of(&[
            "member_age",
            "child/child_age",
            "position()",
            ".",
            "last()",
            "current()/../age",
        ]);
        format!("{own} {} {inner}", random.of(&["=", "<", "!=", "+"]))
    };
    match random.below(6) {
        0 => format!("${{member}}[{}]/member_name", filter(random)),
        1 => format!("count(/data/member[{}])", filter(random)),
        2 => format!(
            "join('-', ${{member}}/child[{}]/child_name)",
            expression(random, depth - 1)
        ),
        3 => format!(
            "count(instance('letters')/root/item[vowel = {}])",
            random.of(&[
                "'no'",
                "${blank}",
                "${member_name}",
                "if(${age} > 3, 'yes', 1)",
                "true()",
                "0"
            ])
        ),
        4 => format!(
            "instance('letters')/root/item[name = {} and vowel != {}]/label",
            expression(random, depth - 1),
            expression(random, depth - 1)
        ),
        _ => format!(
            "instance('letters')/root/item[position() > {}]/label",
            expression(random, depth - 1)
        ),
    }
}

/// How many random cases a run makes; `BARAZA_CASES` asks for another number.
fn how_many() -> usize {
    std::env::var("BARAZA_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(100_000)
}

#[test]
fn random_expressions_mean_the_same_on_phone_and_server() {
    const EACH: usize = 200;
    let phone = Phone::new();
    let mut wrong = Vec::new();
    for seed in 0..how_many().div_ceil(EACH) {
        let mut random = Random(seed as u64);
        let expressions: Vec<String> = (0..EACH).map(|_| expression(&mut random, 3)).collect();
        let form = form_with(&expressions, &[]);
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
        how_many().div_ceil(EACH) * EACH
    );
}
