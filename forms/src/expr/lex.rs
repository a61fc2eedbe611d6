//! Text into tokens.

use super::Op;
use super::parse::Problem;

/// A token and where it begins, counted in characters from 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub at: usize,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    Number(f64),
    Text(String),
    /// `${name}`
    Question(String),
    /// `selected`, `jr:choice-name`, and also `*` as a step
    Name(String),
    Op(Op),
    /// `( ) [ ] , / // . .. @`
    Mark(&'static str),
}

impl What {
    /// Whether an operator may follow, by which `-`, `*`, `and` and the like are told from names.
    fn ends_operand(&self) -> bool {
        matches!(
            self,
            Self::Number(_)
                | Self::Text(_)
                | Self::Question(_)
                | Self::Name(_)
                | Self::Mark(")" | "]" | "." | "..")
        )
    }

    pub fn shown(&self) -> String {
        match self {
            Self::Number(n) => format!("'{n}'"),
            Self::Text(text) => format!("the text '{text}'"),
            Self::Question(name) => format!("'${{{name}}}'"),
            Self::Name(name) => format!("'{name}'"),
            Self::Op(op) => format!("'{}'", op.text()),
            Self::Mark(mark) => format!("'{mark}'"),
        }
    }
}

fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':') || ('\u{300}'..='\u{36f}').contains(&c)
}

/// Closing marks that belong to an opening one; word processors put in the curly ones.
fn closing(open: char) -> Option<&'static [char]> {
    match open {
        '\'' => Some(&['\'']),
        '"' => Some(&['"']),
        '“' | '”' | '„' => Some(&['“', '”', '"']),
        '‘' | '’' => Some(&['‘', '’', '\'']),
        _ => None,
    }
}

pub(super) fn lex(source: &str) -> Result<Vec<Token>, Problem> {
    let chars: Vec<char> = source.chars().collect();
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if chars[at].is_whitespace() || matches!(chars[at], '\u{feff}' | '\u{200b}') {
            at += 1;
            continue;
        }
        let after_operand = tokens.last().is_some_and(|t| t.what.ends_operand());
        let (what, next) = token(&chars, at, after_operand)?;
        tokens.push(Token { at: at + 1, what });
        at = next;
    }
    Ok(tokens)
}

fn token(chars: &[char], at: usize, after_operand: bool) -> Result<(What, usize), Problem> {
    let c = chars[at];
    let next = chars.get(at + 1).copied();
    if let Some(closing) = closing(c) {
        let end = (at + 1..chars.len())
            .find(|&i| closing.contains(&chars[i]))
            .ok_or_else(|| {
                Problem::at(
                    at + 1,
                    format!("the text that begins with {c} has no end: close it with {c}"),
                )
            })?;
        return Ok((What::Text(chars[at + 1..end].iter().collect()), end + 1));
    }
    if c == '$' && next == Some('{') {
        let end = (at + 2..chars.len())
            .find(|&i| chars[i] == '}')
            .ok_or_else(|| Problem::at(at + 1, "'${' without its '}'"))?;
        let name: String = chars[at + 2..end].iter().collect();
        return Ok((What::Question(name.trim().to_owned()), end + 1));
    }
    if c.is_ascii_digit() || (c == '.' && next.is_some_and(|n| n.is_ascii_digit())) {
        return number(chars, at);
    }
    if is_name_start(c) {
        let end = (at..chars.len())
            .find(|&i| !is_name(chars[i]))
            .unwrap_or(chars.len());
        let name: String = chars[at..end].iter().collect();
        return match name.as_str() {
            "and" | "or" | "div" | "mod" if after_operand => Op::from_text(&name)
                .map(|op| (What::Op(op), end))
                .ok_or_else(|| Problem::at(at + 1, "an operator")),
            _ => Ok((What::Name(name), end)),
        };
    }
    symbol(chars, at, after_operand)
}

fn number(chars: &[char], at: usize) -> Result<(What, usize), Problem> {
    let end = (at..chars.len())
        .find(|&i| !chars[i].is_ascii_digit() && chars[i] != '.')
        .unwrap_or(chars.len());
    let digits: String = chars[at..end].iter().collect();
    match digits.parse::<f64>() {
        Ok(n) if n.is_finite() => Ok((What::Number(n), end)),
        _ => Err(Problem::at(at + 1, format!("'{digits}' is not a number"))),
    }
}

fn symbol(chars: &[char], at: usize, after_operand: bool) -> Result<(What, usize), Problem> {
    let pair: String = chars[at..chars.len().min(at + 2)].iter().collect();
    match pair.as_str() {
        "!=" => return Ok((What::Op(Op::NotEqual), at + 2)),
        "<=" => return Ok((What::Op(Op::LessOrEqual), at + 2)),
        ">=" => return Ok((What::Op(Op::GreaterOrEqual), at + 2)),
        ".." => return Ok((What::Mark(".."), at + 2)),
        "//" => return Ok((What::Mark("//"), at + 2)),
        "==" => return Err(Problem::at(at + 1, "'==' is written '=' here")),
        "<>" => return Err(Problem::at(at + 1, "'<>' is written '!=' here")),
        "&&" => return Err(Problem::at(at + 1, "'&&' is written 'and' here")),
        "||" => return Err(Problem::at(at + 1, "'||' is written 'or' here")),
        _ => {}
    }
    let what = match chars[at] {
        '(' => What::Mark("("),
        ')' => What::Mark(")"),
        '[' => What::Mark("["),
        ']' => What::Mark("]"),
        ',' => What::Mark(","),
        '/' => What::Mark("/"),
        '.' => What::Mark("."),
        '@' => What::Mark("@"),
        '*' if !after_operand => What::Name("*".into()),
        '*' => What::Op(Op::Multiply),
        '=' => What::Op(Op::Equal),
        '<' => What::Op(Op::Less),
        '>' => What::Op(Op::Greater),
        '≤' => What::Op(Op::LessOrEqual),
        '≥' => What::Op(Op::GreaterOrEqual),
        '≠' => What::Op(Op::NotEqual),
        '+' => What::Op(Op::Add),
        '-' | '–' | '−' => What::Op(Op::Subtract),
        '|' => What::Op(Op::Union),
        '!' => {
            return Err(Problem::at(
                at + 1,
                "'!' alone: write 'not(…)', or '!=' for 'is not'",
            ));
        }
        '{' | '}' | '$' => return Err(Problem::at(at + 1, "a question is written ${name}")),
        other => return Err(Problem::at(at + 1, format!("'{other}' has no meaning here"))),
    };
    Ok((what, at + 1))
}
