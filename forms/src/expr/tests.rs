//! Reading expressions: what is refused, in which words, and that a tree survives its JSON.

use super::{Expr, Names, parse};
use crate::form::{ListId, NodeId};
use proptest::prelude::*;

/// Knows the questions a, b and c, with c in the repeat r, the list towns, and no row. Stands at a.
struct Few;

const NAMES: [&str; 5] = ["data", "a", "b", "r", "c"];

impl Names for Few {
    fn question(&self, name: &str) -> Result<NodeId, String> {
        NAMES
            .iter()
            .position(|n| *n == name)
            .ok_or_else(|| format!("there is no question '{name}'"))
    }

    fn here(&self) -> NodeId {
        1
    }

    fn parent(&self, node: NodeId) -> Option<NodeId> {
        [None, Some(0), Some(0), Some(0), Some(3)][node]
    }

    fn children(&self, node: NodeId) -> Vec<NodeId> {
        (0..NAMES.len())
            .filter(|&id| self.parent(id) == Some(node))
            .collect()
    }

    fn name(&self, node: NodeId) -> &str {
        NAMES[node]
    }

    fn is_repeat(&self, node: NodeId) -> bool {
        node == 3
    }

    fn repeat_of(&self, node: NodeId) -> Option<NodeId> {
        (node >= 3).then_some(3)
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
    refused("${a}[1", 6, "expected ']'");
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
        "join(' ‘, ${a})",
        "if(${a} = 1, 2, null)",
        "if (${a} - 1 > 2, 'x', \"y\")",
        "../b + /data/r/c",
        "instance('towns')/root/item[region = ${a}][1]/label",
        "jr:itext(instance('towns')/root/item[name = ${a}]/itextId)",
        "not(selected(${a}, 'x'))and(true())",
        "3 mod 2 div 1 * - 4",
        "position(..)",
        "jr:choice-name(${a}, '${a}')",
        "/data/r[c > 3]/c",
        "${r}[position() = last()]/c",
        "count(/data/r[./c = current()/../b])",
        "sum(../r/c[. > 1])",
        "//c",
        "/data/*",
        "${c}/../c",
        "self::a = 1",
        "parent::node()/b",
        "${r}[2]/c",
        "${last-saved#b}",
        "randomize(instance('towns')/root/item/name, 3)",
    ] {
        let parsed = parse(source, &Few);
        assert!(parsed.is_ok(), "{source}: {parsed:?}");
    }
}

#[test]
fn a_path_says_which_instances_it_means() {
    let read = |source: &str| {
        let parsed = parse(source, &Few).unwrap_or_else(|problem| panic!("{source}: {}", problem.message));
        serde_json::to_string(&parsed.expr).expect("JSON")
    };
    assert_eq!(read("/data/r/c"), r#"["$",4]"#, "own instance or all, as ${{c}}");
    assert_eq!(read("${r}/c"), r#"["p",4,[[3,[]]]]"#, "all instances");
    assert_eq!(read("${r}[2]/c"), r#"["p",4,[[3,[2]]]]"#);
    assert_eq!(read("/data/r[c > 3]/c"), r#"["p",4,[[3,[[">",["$",4],3]]]]]"#);
    assert_eq!(
        read("${r}[${c} > ${a}]/c"),
        r#"["p",4,[[3,[[">",["$",4],["current",["$",1]]]]]]]"#
    );
    assert_eq!(
        read("count(${c}[. > 3])"),
        r#"["count",["p",4,[[4,[[">",["."],3]]]]]]"#
    );
    assert_eq!(
        read("${r}[c = current()/../b]/c"),
        r#"["p",4,[[3,[["=",["$",4],["current",["$",2]]]]]]]"#
    );
    assert_eq!(
        read("/data/*[. = 1]"),
        r#"["|",["|",["p",1,[[1,[["=",["."],1]]]]],["p",2,[[2,[["=",["."],1]]]]]],["p",3,[[3,[["=",["."],1]]]]]]"#
    );
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
            "selected(", "instance(", "${r}", "c", "//", "[1]", "self::", "last()", "'towns'", "current()", "div", "name", "position(", "if(", "concat(", "@", "|",
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
