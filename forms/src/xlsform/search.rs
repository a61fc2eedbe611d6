//! `search()` in the appearance column, from before select_one_from_file.

/// What `search()` asks for.
#[derive(Debug, PartialEq, Eq)]
pub struct Search {
    /// The file's name, with or without its ending.
    pub file: String,
    /// The same condition as a choice filter.
    pub filter: Option<String>,
    /// The rest of the appearance.
    pub rest: String,
}

impl Search {
    /// Finds the call in an appearance.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn find(appearance: &str) -> Option<Result<Self, String>> {
        let start = appearance
            .find("search(")
            .or_else(|| appearance.find("search ("))?;
        let open = start + appearance[start..].find('(')?;
        let (arguments, end) = arguments(&appearance[open + 1..])?;
        let rest = format!("{} {}", &appearance[..start], &appearance[open + 1 + end..]);
        Some(Self::of(&arguments, rest))
    }

    fn of(arguments: &[String], rest: String) -> Result<Self, String> {
        const SHAPE: &str = "search() takes a file, then 'matches', 'contains', 'startswith' or 'endswith' with a column and a value, then perhaps a further column and value that have to be equal";
        let quoted = |at: usize| {
            arguments
                .get(at)
                .and_then(|a| unquoted(a))
                .ok_or_else(|| SHAPE.to_owned())
        };
        let file = quoted(0)?;
        let mut conditions = Vec::new();
        if arguments.len() > 1 {
            let (how, column) = (quoted(1)?.to_lowercase(), quoted(2)?);
            let value = arguments.get(3).ok_or(SHAPE)?;
            // A search looks into several columns where they are separated by commas.
            let either: Vec<String> = column
                .split(',')
                .map(|column| condition(&how, column.trim(), value).ok_or_else(|| SHAPE.to_owned()))
                .collect::<Result<_, _>>()?;
            conditions.push(format!("({})", either.join(" or ")));
        }
        if arguments.len() > 4 {
            let (column, value) = (quoted(4)?, arguments.get(5).ok_or(SHAPE)?);
            conditions.push(format!("({} = ({value}))", column.trim()));
        }
        if arguments.len() > 6 {
            return Err(SHAPE.to_owned());
        }
        let filter = (!conditions.is_empty()).then(|| conditions.join(" and "));
        Ok(Self { file, filter, rest })
    }
}

fn condition(how: &str, column: &str, value: &str) -> Option<String> {
    Some(match how {
        "matches" => format!("{column} = ({value})"),
        "contains" => format!("contains({column}, {value})"),
        "startswith" => format!("starts-with({column}, {value})"),
        "endswith" => format!("ends-with({column}, {value})"),
        _ => return None,
    })
}

const QUOTES: [char; 6] = ['\'', '"', '‘', '’', '“', '”'];

fn unquoted(text: &str) -> Option<String> {
    let inner = text.strip_prefix(QUOTES)?.strip_suffix(QUOTES)?;
    Some(inner.trim().to_owned())
}

/// Arguments up to the closing bracket, and where the text goes on.
fn arguments(text: &str) -> Option<(Vec<String>, usize)> {
    let (mut arguments, mut depth, mut quote) = (vec![String::new()], 0, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open || open == '‘' && c == '’' || open == '“' && c == '”' => {
                quote = None;
            }
            (Some(_), _) => {}
            (None, c) if QUOTES.contains(&c) => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') if depth == 0 => {
                let arguments: Vec<String> = arguments.iter().map(|a| a.trim().to_owned()).collect();
                return Some((arguments, at + c.len_utf8()));
            }
            (None, ')') => depth -= 1,
            (None, ',') if depth == 0 => {
                arguments.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = arguments.last_mut() {
            last.push(c);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::Search;

    fn found(appearance: &str) -> Search {
        Search::find(appearance).expect("a call").expect("a search")
    }

    #[test]
    fn a_search_becomes_a_filter() {
        let all = found("minimal search('towns')");
        assert_eq!(
            (all.file.as_str(), all.filter, all.rest.trim()),
            ("towns", None, "minimal")
        );
        let some = found("search('towns', 'matches', 'region', concat(${a}, ', ')) quick");
        assert_eq!(some.filter.as_deref(), Some("(region = (concat(${a}, ', ')))"));
        let more = found("search(\"t\", 'contains', 'a, b', ${q}, 'c', 'x')");
        assert_eq!(
            more.filter.as_deref(),
            Some("(contains(a, ${q}) or contains(b, ${q})) and (c = ('x'))")
        );
        assert_eq!(
            found("search('t','startswith','a',${q})").filter.as_deref(),
            Some("(starts-with(a, ${q}))")
        );
        assert!(Search::find("minimal").is_none());
        assert!(Search::find("search('t', 'near', 'a', ${q})").is_some_and(|s| s.is_err()));
        assert!(Search::find("search('t', 'matches', 'a')").is_some_and(|s| s.is_err()));
    }
}
