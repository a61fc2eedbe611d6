//! Reading expressions: what is refused, in which words, and that a tree survives its JSON.

use super::{Expr, Names, parse};
use crate::form::{ListId, NodeId};
use proptest::prelude::*;

/// Knows the questions a, b and c, the list towns, and no row.
struct Few;

impl Names for Few {
    fn question(&self, name: &str) -> Result<NodeId, String> {
        ["a", "b", "c"]
            .iter()
            .position(|n| *n == name)
            .ok_or_else(|| format!("there is no question '{name}'"))
    }

    fn absolute(&self, steps: &[String]) -> Result<NodeId, String> {
        self.question(steps.last().map_or("", String::as_str))
    }

    fn relative(&self, _: usize, steps: &[String]) -> Result<NodeId, String> {
        steps.last().map_or(Ok(0), |last| self.question(last))
    }

    fn repeat_of(&self, _: NodeId) -> Option<NodeId> {
        Some(2)
    }

    fn list(&self, name: &str) -> Result<ListId, String> {
        if name == "towns" {
            Ok(0)
        } else {
            Err(format!("there is no list '{name}'"))
        }
    }

    fn has_column(&self, list: Option<ListId>, column: &str) -> Option<bool> {
        list.map(|_| column == "region" || column == "name" || column == "label")
    }
}

#[track_caller]
fn refused(source: &str, at: usize, message: &str) {
    let problem = parse(source, &Few).expect_err(source);
    assert_eq!(problem.at, at, "{source}: {}", problem.message);
    assert!(problem.message.contains(message), "{source}: {}", problem.message);
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_mend() {
    refused("", 1, "expected a value, found the end");
    refused("${a} = ", 6, "expected a value, found the end");
    refused("${a} == 1", 6, "'==' is written '='");
    refused("${a} <> 1", 6, "'<>' is written '!='");
    refused("${a} && ${b}", 6, "written 'and'");
    refused("${a} AND ${b}", 6, "write 'and' in small letters");
    refused("${x} = 1", 1, "there is no question 'x'");
    refused("yes", 1, "'yes' in quotes for the text");
    refused("${a} = 'yes", 8, "has no end");
    refused("${a", 1, "'${' without its '}'");
    refused("slected(${a}, 'x')", 1, "did you mean 'selected'?");
    refused("selected(${a})", 1, "selected() takes 2 arguments, found 1");
    refused("if(1, 2", 7, "expected ')', found the end");
    refused("1 2", 3, "expected an operator or the end, found '2'");
    refused("${a} # 2", 6, "'#' has no meaning here");
    refused("instance('nowhere')/root/item", 10, "there is no list 'nowhere'");
    refused("instance('towns')/item", 19, "expected '/root'");
    refused("${a}[1]", 5, "not understood yet");
    refused("indexed-repeat(${a}, ${b})", 1, "takes 3 to 7 arguments, found 2");
    refused(
        "indexed-repeat(${a}, 1, ${b})",
        1,
        "takes a question, then a repeat and a number",
    );
    refused(
        &format!("{}1{}", "(".repeat(5000), ")".repeat(5000)),
        101,
        "brackets within each other",
    );
    refused(&"1+".repeat(5000), 799, "expressions within each other");
}

#[test]
fn what_people_write_is_read() {
    for source in [
        ".>= 10 and .<= 120",
        "selected( ${ a } ,‘yes’) or ${b}=“no”",
        "${a} ≥ 3",
        "if (${a} - 1 > 2, 'x', \"y\")",
        "../b + /data/group/c",
        "instance('towns')/root/item[region = ${a}][1]/label",
        "jr:itext(instance('towns')/root/item[name = ${a}]/itextId)",
        "not(selected(${a}, 'x'))and(true())",
        "3 mod 2 div 1 * - 4",
        "position(..)",
        "jr:choice-name(${a}, '${a}')",
    ] {
        let parsed = parse(source, &Few);
        assert!(parsed.is_ok(), "{source}: {parsed:?}");
    }
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader(source in "\\PC*") {
        let _ = parse(&source, &Few);
    }

    #[test]
    fn nothing_made_of_words_of_the_language_breaks_the_reader(
        words in prop::collection::vec(prop::sample::select(vec![
            "${a}", "1", "'x'", "(", ")", "[", "]", "and", "or", "+", "-", "*", "=", "<", ",", ".", "..", "/", "not(",
            "selected(", "instance(", "'towns'", "current()", "div", "name", "position(", "if(", "concat(", "@", "|",
        ]), 0..20),
    ) {
        let source = words.join(" ");
        if let Ok(parsed) = parse(&source, &Few) {
            let json = serde_json::to_string(&parsed.expr).expect("JSON");
            let again: Expr = serde_json::from_str(&json).expect("the same JSON");
            prop_assert_eq!(again, parsed.expr);
        }
    }
}
