//! What each function gives. `server/web/functions.js` says the same on the phone.

use super::chance::randomize;
use super::dates::dates;
use super::digest::{base64_decode, digest};
use super::eval::{Context, eval, own};
use super::functions::Function as F;
use super::value::{trim, words};
use super::{Expr, Item, Value, geo};

/// The arguments of a call, evaluated as they are asked for.
struct Arguments<'a> {
    given: &'a [Expr],
    context: Context<'a>,
}

impl Arguments<'_> {
    fn value(&self, at: usize) -> Value {
        self.given
            .get(at)
            .map_or_else(|| own(self.context), |expr| eval(expr, self.context))
    }

    fn text(&self, at: usize) -> String {
        self.value(at).text()
    }

    fn number(&self, at: usize) -> f64 {
        self.value(at).number()
    }

    fn boolean(&self, at: usize) -> bool {
        self.value(at).boolean()
    }

    fn has(&self, at: usize) -> bool {
        at < self.given.len()
    }

    /// All items of the arguments from a place on, blanks left out.
    fn filled(&self, from: usize) -> Vec<Item> {
        (from..self.given.len())
            .flat_map(|at| self.value(at).items())
            .filter(|item| !item.is_blank())
            .collect()
    }

    fn numbers(&self) -> impl Iterator<Item = f64> {
        self.filled(0).into_iter().map(|item| match item {
            Item::Number(n) => n,
            Item::Text(text) => super::number_of_text(&text),
        })
    }
}

pub(super) fn call(function: F, given: &[Expr], context: Context<'_>) -> Value {
    let a = Arguments { given, context };
    match function {
        F::If => a.value(if a.boolean(0) { 1 } else { 2 }),
        F::Coalesce => Value::Text(
            (0..given.len())
                .map(|at| a.text(at))
                .find(|t| !t.is_empty())
                .unwrap_or_default(),
        ),
        F::Once => {
            let had = own(context);
            if had == Value::Text(String::new()) {
                a.value(0)
            } else {
                had
            }
        }
        F::Not => Value::Boolean(!a.boolean(0)),
        F::True => Value::Boolean(true),
        F::False => Value::Boolean(false),
        F::Boolean => Value::Boolean(a.boolean(0)),
        F::BooleanFromString => Value::Boolean(matches!(a.text(0).as_str(), "1" | "true")),
        F::Selected | F::SelectedAt | F::CountSelected => selection(function, &a),
        F::Count => Value::Number(a.value(0).items().len() as f64),
        F::CountNonEmpty => Value::Number(a.filled(0).len() as f64),
        F::Sum => Value::Number(a.numbers().fold(0.0, |sum, n| sum + n)),
        F::Min => Value::Number(extreme(a.numbers(), |n, best| n < best)),
        F::Max => Value::Number(extreme(a.numbers(), |n, best| n > best)),
        F::Position => Value::Number(position(given, context)),
        F::Last => Value::Number(context.within.map_or(1.0, |within| within.last as f64)),
        F::IndexedRepeat => indexed_repeat(&a),
        F::ChoiceName => choice_name(&a),
        F::Random => Value::Number(context.filling.env().random()),
        F::Uuid if a.has(0) => Value::Text(random_text(&a)),
        F::Uuid => Value::Text(context.filling.env().uuid()),
        F::Randomize => {
            let seed = a.has(1).then(|| a.value(1));
            Value::Nodes(randomize(&a.value(0).items(), seed, context.filling.env()))
        }
        F::Digest => {
            let encoding = if a.has(2) { a.text(2) } else { "base64".into() };
            Value::Text(digest(&a.text(0), &a.text(1), &encoding))
        }
        F::Base64Decode => Value::Text(base64_decode(&a.text(0))),
        F::Area => Value::Number(geo::area(&a.filled(0))),
        F::Distance => Value::Number(geo::distance(&a.filled(0))),
        F::Geofence => Value::Boolean(geo::geofence(&a.text(0), &a.text(1))),
        F::Today => Value::Text(context.filling.env().today()),
        F::Now => Value::Text(context.filling.env().now.clone()),
        F::Version => Value::Text(context.filling.form().version.clone()),
        F::Checklist => checklist(&a, 2, 1),
        F::WeightedChecklist => checklist(&a, 2, 2),
        F::Regex => Value::Boolean(context.filling.matches(&a.text(1), &a.text(0))),
        F::Date | F::DateTime | F::DecimalDateTime | F::DecimalTime | F::FormatDate | F::FormatDateTime => {
            dates(
                function,
                a.value(0).scalar(),
                &if a.has(1) { a.text(1) } else { String::new() },
            )
        }
        F::Number
        | F::Int
        | F::Round
        | F::Floor
        | F::Ceiling
        | F::Abs
        | F::Sqrt
        | F::Exp
        | F::Log
        | F::Log10
        | F::Pow
        | F::Exp10
        | F::Sin
        | F::Cos
        | F::Tan
        | F::Asin
        | F::Acos
        | F::Atan
        | F::Atan2
        | F::Pi => Value::Number(arithmetic(function, &a)),
        _ => texts(function, &a),
    }
}

fn selection(function: F, a: &Arguments<'_>) -> Value {
    let list = a.text(0);
    match function {
        F::Selected => {
            let wanted = a.text(1);
            Value::Boolean(words(&list).any(|word| word == trim(&wanted)))
        }
        F::SelectedAt => {
            let at = a.number(1).trunc();
            let found = (at >= 0.0).then(|| words(&list).nth(at as usize)).flatten();
            Value::Text(found.unwrap_or_default().to_owned())
        }
        _ => Value::Number(words(&list).count() as f64),
    }
}

/// The first number that none of the rest is better than; NaN where there is none, or one is NaN.
fn extreme(numbers: impl Iterator<Item = f64>, better: impl Fn(f64, f64) -> bool) -> f64 {
    let mut best: Option<f64> = None;
    for n in numbers {
        if n.is_nan() {
            return f64::NAN;
        }
        if best.is_none_or(|b| better(n, b)) {
            best = Some(n);
        }
    }
    best.unwrap_or(f64::NAN)
}

fn position(given: &[Expr], context: Context<'_>) -> f64 {
    match given {
        [] => context.within.map_or(1.0, |within| within.position as f64),
        [Expr::Answer(repeat)] => context
            .filling
            .instance_of(*repeat, context.scope)
            .map_or(f64::NAN, |at| at as f64 + 1.0),
        _ => f64::NAN,
    }
}

fn indexed_repeat(a: &Arguments<'_>) -> Value {
    let Some(Expr::Answer(target)) = a.given.first() else {
        return Value::Text(String::new());
    };
    let mut picks = Vec::new();
    for pair in a.given[1..].chunks(2) {
        if let [Expr::Answer(repeat), index] = pair {
            picks.push((*repeat, eval(index, a.context).number()));
        }
    }
    let filling = a.context.filling;
    let scopes = filling.reach(*target, a.context.scope, &mut |repeat, scope| {
        let (_, index) = picks.iter().find(|(picked, _)| *picked == repeat)?;
        let at = (*index >= 1.0).then(|| *index as usize - 1);
        Some(
            at.and_then(|at| filling.instances(repeat, scope).get(at).copied())
                .into_iter()
                .collect(),
        )
    });
    Value::Nodes(filling.items_in(*target, &scopes)).scalar()
}

/// The most characters that functions put together: texts that double from one calculation to the next have no end.
const LONGEST: usize = 32_768;

fn limited(parts: impl Iterator<Item = String>, between: &str) -> String {
    let mut text = String::new();
    let mut left = LONGEST;
    for (at, part) in parts.enumerate() {
        for piece in [if at > 0 { between } else { "" }, &part] {
            text.extend(piece.chars().take(left));
            left = left.saturating_sub(piece.chars().count());
        }
        if left == 0 {
            break;
        }
    }
    text
}

fn choice_name(a: &Arguments<'_>) -> Value {
    let node = match a.given.get(1) {
        Some(Expr::Answer(node)) => *node,
        _ => a.context.node,
    };
    let codes = a.text(0);
    let labels = words(&codes).filter_map(|code| a.context.filling.choice_label(node, code, a.context));
    Value::Text(limited(labels, ", "))
}

/// So many letters and digits by chance; 1000 at the most.
fn random_text(a: &Arguments<'_>) -> String {
    const LETTERS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let count = a.number(0).clamp(0.0, 1000.0) as usize;
    let env = a.context.filling.env();
    (0..count)
        .map(|_| char::from(LETTERS[(env.random() * 36.0) as usize % 36]))
        .collect()
}

fn checklist(a: &Arguments<'_>, from: usize, step: usize) -> Value {
    let (least, most) = (a.number(0), a.number(1));
    let mut sum = 0.0;
    for at in (from..a.given.len()).step_by(step) {
        if a.boolean(at) {
            sum += if step == 2 { a.number(at + 1) } else { 1.0 };
        }
    }
    Value::Boolean((least == -1.0 || sum >= least) && (most == -1.0 || sum <= most))
}

fn arithmetic(function: F, a: &Arguments<'_>) -> f64 {
    match function {
        F::Pi => std::f64::consts::PI,
        F::Int => a.number(0).trunc(),
        F::Round if a.has(1) => {
            // Read from text: powers are left to the machine's library, and differ in their last digit.
            let digits = (a.number(1).trunc() as i32).clamp(-300, 300);
            let factor: f64 = format!("1e{digits}").parse().unwrap_or(1.0);
            (a.number(0) * factor + 0.5).floor() / factor
        }
        F::Round => (a.number(0) + 0.5).floor(),
        F::Floor => a.number(0).floor(),
        F::Ceiling => a.number(0).ceil(),
        F::Abs => a.number(0).abs(),
        F::Sqrt => a.number(0).sqrt(),
        F::Exp => a.number(0).exp(),
        F::Log => a.number(0).ln(),
        F::Log10 => a.number(0).log10(),
        F::Pow => a.number(0).powf(a.number(1)),
        F::Exp10 => 10f64.powf(a.number(0)),
        F::Sin => a.number(0).sin(),
        F::Cos => a.number(0).cos(),
        F::Tan => a.number(0).tan(),
        F::Asin => a.number(0).asin(),
        F::Acos => a.number(0).acos(),
        F::Atan => a.number(0).atan(),
        F::Atan2 => a.number(0).atan2(a.number(1)),
        _ => a.number(0),
    }
}

fn texts(function: F, a: &Arguments<'_>) -> Value {
    match function {
        F::Concat => {
            let all = (0..a.given.len()).flat_map(|at| a.value(at).items());
            Value::Text(limited(all.map(|item| item.text()), ""))
        }
        F::Join => {
            let all = (1..a.given.len()).flat_map(|at| a.value(at).items());
            Value::Text(limited(all.map(|item| item.text()), &a.text(0)))
        }
        F::StringLength => Value::Number(a.text(0).chars().count() as f64),
        F::Substr => Value::Text(substr(a)),
        F::Substring => Value::Text(substring(a)),
        F::SubstringBefore => Value::Text(
            a.text(0)
                .split_once(&a.text(1))
                .map_or_else(String::new, |(before, _)| before.to_owned()),
        ),
        F::SubstringAfter => Value::Text(
            a.text(0)
                .split_once(&a.text(1))
                .map_or_else(String::new, |(_, after)| after.to_owned()),
        ),
        F::StartsWith => Value::Boolean(a.text(0).starts_with(&a.text(1))),
        F::EndsWith => Value::Boolean(a.text(0).ends_with(&a.text(1))),
        F::Contains => Value::Boolean(a.text(0).contains(&a.text(1))),
        F::Translate => {
            let (from, to): (Vec<char>, Vec<char>) =
                (a.text(1).chars().collect(), a.text(2).chars().collect());
            let swap = |c: char| match from.iter().position(|&f| f == c) {
                Some(at) => to.get(at).copied(),
                None => Some(c),
            };
            Value::Text(a.text(0).chars().filter_map(swap).collect())
        }
        F::NormalizeSpace => Value::Text(words(&a.text(0)).collect::<Vec<_>>().join(" ")),
        F::UpperCase => Value::Text(a.text(0).to_uppercase()),
        F::LowerCase => Value::Text(a.text(0).to_lowercase()),
        _ => Value::Text(a.text(0)),
    }
}

/// From one place to another, from 0; negative places count from the end.
fn substr(a: &Arguments<'_>) -> String {
    let chars: Vec<char> = a.text(0).chars().collect();
    let length = chars.len() as f64;
    let place = |n: f64| match n.trunc() {
        n if n.is_nan() => 0.0,
        n if n < 0.0 => (length + n).max(0.0),
        n => n.min(length),
    };
    let from = place(a.number(1));
    let to = if a.has(2) { place(a.number(2)) } else { length };
    if from < to {
        chars[from as usize..to as usize].iter().collect()
    } else {
        String::new()
    }
}

/// XPath's own: places whose number p satisfies p ≥ round(from) and p < round(from) + round(length).
fn substring(a: &Arguments<'_>) -> String {
    let from = (a.number(1) + 0.5).floor();
    let until = if a.has(2) {
        from + (a.number(2) + 0.5).floor()
    } else {
        f64::INFINITY
    };
    let inside = |at: usize| at as f64 + 1.0 >= from && (at as f64 + 1.0) < until;
    a.text(0)
        .chars()
        .enumerate()
        .filter(|(at, _)| inside(*at))
        .map(|(_, c)| c)
        .collect()
}
