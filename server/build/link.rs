//! Puts modules together: into one file whose names can't meet, or beside such a file.

use crate::module::{Import, Mark, Module};
use std::collections::{BTreeMap, BTreeSet};

/// All modules by name.
pub type Modules = BTreeMap<String, Module>;

/// Modules that are loaded later and come in one file: its name, and theirs, none before what it imports.
pub struct Group {
    /// Name of the file, without its ending.
    pub file: String,
    /// What is in it.
    pub order: Vec<String>,
}

/// The modules that one needs from its start, itself last: none stands before what it imports.
///
/// # Errors
/// Where modules import each other in a circle, or one that is not there.
pub fn closure(modules: &Modules, entry: &str, with_later: bool) -> Result<Vec<String>, String> {
    let mut order = Vec::new();
    visit(modules, entry, with_later, &mut Vec::new(), &mut order)?;
    Ok(order)
}

fn visit(
    modules: &Modules,
    name: &str,
    with_later: bool,
    open: &mut Vec<String>,
    order: &mut Vec<String>,
) -> Result<(), String> {
    if order.iter().any(|known| known == name) {
        return Ok(());
    }
    if open.iter().any(|known| known == name) {
        return Err(format!(
            "modules import each other: {} → {name}",
            open.join(" → ")
        ));
    }
    let module = modules
        .get(name)
        .ok_or_else(|| format!("there is no module {name}.js ({})", open.join(" → ")))?;
    open.push(name.to_owned());
    for import in module.imports() {
        visit(modules, &import.from, with_later, open, order)?;
    }
    if with_later {
        for later in module.loads() {
            visit(modules, later, with_later, open, order)?;
        }
    }
    open.pop();
    order.push(name.to_owned());
    Ok(())
}

/// One file of several modules, in their order. `exported` are the names that other files take from it.
pub fn join(
    modules: &Modules,
    order: &[String],
    exported: &BTreeSet<(String, String)>,
    groups: &[Group],
) -> String {
    let mut out: String = order
        .iter()
        .map(|name| body(&modules[name], modules, &|other| later(modules, other, groups)))
        .collect();
    if !exported.is_empty() {
        let names: Vec<String> = exported
            .iter()
            .map(|(from, name)| format!("{} as {}", inner(modules, from, name), outer(from, name)))
            .collect();
        out += &format!("export {{ {} }};\n", names.join(", "));
    }
    out
}

/// The file of a group, which takes what it needs of the joined ones from `core`.
pub fn group(modules: &Modules, group: &Group, joined: &[String], core: &str, groups: &[Group]) -> String {
    let mut needed: Vec<String> = group
        .order
        .iter()
        .flat_map(|name| taken(&modules[name], joined))
        .map(|(from, name)| format!("{} as {}", outer(&from, &name), inner(modules, &from, &name)))
        .collect();
    needed.sort();
    needed.dedup();
    let given = group.order.iter().flat_map(|name| {
        let exports = modules[name].exports.keys();
        exports.map(|export| (name.clone(), export.clone()))
    });
    let head = format!("import {{ {} }} from './{core}.js';\n", needed.join(", "));
    head + &join(modules, &group.order, &given.collect(), groups)
}

/// How a module is loaded later: by itself, or as a part of its group's file. Nothing where it is as it was written.
fn later(modules: &Modules, name: &str, groups: &[Group]) -> Option<String> {
    let group = groups
        .iter()
        .find(|group| group.order.iter().any(|member| member == name))?;
    let exports = modules[name].exports.keys();
    let names: Vec<String> = exports
        .map(|export| format!("{export}: m.{}", outer(name, export)))
        .collect();
    Some(format!(
        "import('./{}.js').then((m) => ({{ {} }}))",
        group.file,
        names.join(", ")
    ))
}

/// A script for where there are no modules, a service worker for one: what would be loaded later is in it.
pub fn script(modules: &Modules, order: &[String]) -> String {
    let here = |other: &str| {
        let all = modules[other].exports.keys();
        let names: Vec<String> = all
            .map(|name| format!("{name}: {}", inner(modules, other, name)))
            .collect();
        Some(format!("Promise.resolve({{ {} }})", names.join(", ")))
    };
    let bodies: String = order
        .iter()
        .map(|name| body(&modules[name], modules, &here))
        .collect();
    format!("(() => {{\n{bodies}}})();\n")
}

/// A module in a file of its own, which takes what it needs of the joined ones from `core`.
pub fn alone(modules: &Modules, module: &Module, joined: &[String], core: &str, groups: &[Group]) -> String {
    rewritten(module, |mark, text| match mark {
        Mark::Later(other) => later(modules, other, groups).unwrap_or_else(|| text.to_owned()),
        Mark::Import(import) if joined.contains(&import.from) => {
            let names: Vec<String> = import
                .names
                .iter()
                .map(|(imported, local)| format!("{} as {local}", outer(&import.from, imported)))
                .collect();
            format!("import {{ {} }} from './{core}.js';", names.join(", "))
        }
        _ => text.to_owned(),
    })
}

/// What a module takes from the joined ones: pairs of module and name.
pub fn taken(module: &Module, joined: &[String]) -> Vec<(String, String)> {
    let from_joined = |import: &&Import| joined.contains(&import.from);
    let pairs = |import: &Import| -> Vec<_> {
        import
            .names
            .iter()
            .map(|(name, _)| (import.from.clone(), name.clone()))
            .collect()
    };
    module.imports().filter(from_joined).flat_map(pairs).collect()
}

fn body(module: &Module, modules: &Modules, loads: &dyn Fn(&str) -> Option<String>) -> String {
    let imported: BTreeMap<&str, (&str, &str)> = module
        .imports()
        .flat_map(|import| {
            import
                .names
                .iter()
                .map(|(name, local)| (local.as_str(), (import.from.as_str(), name.as_str())))
        })
        .collect();
    let named = |name: &str| match imported.get(name) {
        Some((from, original)) => inner(modules, from, original),
        None => local(&module.name, name),
    };
    let text = rewritten(module, |mark, text| match mark {
        Mark::Import(_) | Mark::Export => String::new(),
        Mark::Name {
            name,
            shorthand: true,
        } => format!("{name}: {}", named(name)),
        Mark::Name { name, .. } => named(name),
        Mark::Later(other) => loads(other).unwrap_or_else(|| text.to_owned()),
    });
    text + "\n"
}

fn rewritten(module: &Module, change: impl Fn(&Mark, &str) -> String) -> String {
    let (mut out, mut at) = (String::new(), 0);
    for (range, mark) in &module.marks {
        out += &module.source[at..range.start];
        out += &change(mark, &module.source[range.clone()]);
        at = range.end;
    }
    out + &module.source[at..]
}

/// What an exported name is called where modules are joined.
fn inner(modules: &Modules, from: &str, exported: &str) -> String {
    let own = modules.get(from).and_then(|module| module.exports.get(exported));
    local(from, own.map_or(exported, String::as_str))
}

fn local(module: &str, name: &str) -> String {
    format!("{name}${}", module.replace('-', "_"))
}

/// What the joined file exports it as.
fn outer(module: &str, name: &str) -> String {
    format!("{}_{name}", module.replace('-', "_"))
}
