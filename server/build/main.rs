//! Makes the phone's code small before it is embedded. Each request costs a phone on a weak link as much as a
//! kilobyte, so what every form needs becomes one file; what some forms need stays in files of their own.

mod link;
mod module;

use link::{Group, Modules};
use module::Module;
use oxc_allocator::Allocator;
use oxc_codegen::{Codegen, CodegenOptions};
use oxc_minifier::{Minifier, MinifierOptions};
use oxc_parser::Parser;
use oxc_span::SourceType;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What every form needs, with all it imports.
const CORE: &str = "form";
/// What is wanted together later comes together: the file's name, and what leads to all that is in it.
const GROUPS: &[(&str, &[&str])] = &[
    ("away", &["shelf", "outbox-file", "round", "memory"]),
    ("decoy", &["decoy"]),
];
/// Run where there are no modules, or before any.
const SCRIPTS: &[&str] = &["early", "plain", "sw"];
/// What the coordinator's and the community's pages load: no phone takes it along.
const DESK: &[&str] = &["desk", "results", "i18n/results/", "community", "i18n/community/"];

fn main() {
    println!("cargo::rerun-if-changed=web");
    println!("cargo::rerun-if-changed=build");
    let from = PathBuf::from("web");
    let to = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo names a folder")).join("web");
    if let Err(error) = make(&from, &to) {
        panic!("the phone's code: {error}");
    }
}

fn make(from: &Path, to: &Path) -> Result<(), String> {
    let _ = fs::remove_dir_all(to);
    let mut modules = Modules::new();
    for path in files(from) {
        let name = path.strip_prefix(from).expect("a file of the folder");
        let text = || fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()));
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("html") => {}
            Some("js") => {
                let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
                modules.insert(name.clone(), Module::read(&name, &text()?)?);
            }
            Some("css") => write(&to.join(name), without_comments(&text()?).as_bytes())?,
            Some("json") => {
                let texts: serde_json::Value =
                    serde_json::from_str(&text()?).map_err(|error| format!("{}: {error}", path.display()))?;
                write(&to.join(name), texts.to_string().as_bytes())?;
            }
            _ => write(
                &to.join(name),
                &fs::read(&path).map_err(|error| error.to_string())?,
            )?,
        }
    }
    let core = link::closure(&modules, CORE, false)?;
    let groups = groups(&modules, &core)?;
    let mut taken = BTreeSet::new();
    for (name, module) in &modules {
        let file = to.join(format!("{name}.js"));
        if SCRIPTS.contains(&name.as_str()) {
            let order = link::closure(&modules, name, true)?;
            write(
                &file,
                minified(&link::script(&modules, &order), SourceType::cjs())?.as_bytes(),
            )?;
        } else if !core.contains(name) {
            taken.extend(link::taken(module, &core));
            if groups.iter().any(|group| group.order.contains(name)) {
                continue;
            }
            let source = link::alone(&modules, module, &core, CORE, &groups);
            write(&file, minified(&source, SourceType::mjs())?.as_bytes())?;
        }
    }
    for group in &groups {
        let source = link::group(&modules, group, &core, CORE, &groups);
        let file = to.join(format!("{}.js", group.file));
        write(&file, minified(&source, SourceType::mjs())?.as_bytes())?;
    }
    let joined = link::join(&modules, &core, &taken, &groups);
    write(
        &to.join(format!("{CORE}.js")),
        minified(&joined, SourceType::mjs())?.as_bytes(),
    )?;
    list(to)
}

fn groups(modules: &Modules, core: &[String]) -> Result<Vec<Group>, String> {
    let mut groups = Vec::new();
    for (file, members) in GROUPS {
        let mut order: Vec<String> = Vec::new();
        for member in *members {
            for name in link::closure(modules, member, false)? {
                if !core.contains(&name) && !order.contains(&name) {
                    order.push(name);
                }
            }
        }
        groups.push(Group {
            file: (*file).to_owned(),
            order,
        });
    }
    Ok(groups)
}

/// The names of all files, for whoever takes all of them along.
fn list(folder: &Path) -> Result<(), String> {
    let all = files(folder);
    let names: Vec<_> = all
        .iter()
        .filter_map(|path| path.strip_prefix(folder).ok())
        .map(|name| name.to_string_lossy().replace('\\', "/"))
        .filter(|name| !DESK.iter().any(|desk| name.starts_with(desk)))
        .filter(|name| !SCRIPTS.contains(&name.trim_end_matches(".js")) || name == "early.js")
        .collect();
    write(
        &folder.join("all.json"),
        serde_json::json!(names).to_string().as_bytes(),
    )
}

fn minified(source: &str, kind: SourceType) -> Result<String, String> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, source, kind).parse();
    if let Some(error) = parsed.diagnostics.first() {
        return Err(format!("{error} in what was put together:\n{source}"));
    }
    let mut program = parsed.program;
    let small = Minifier::new(MinifierOptions::default()).minify(&allocator, &mut program);
    Ok(Codegen::new()
        .with_options(CodegenOptions::minify())
        .with_scoping(small.scoping)
        .with_private_member_mappings(small.class_private_mappings)
        .build(&program)
        .code)
}

/// Lines that are nothing but a comment, and the spaces before the others, stay here.
fn without_comments(source: &str) -> String {
    let mut out = String::new();
    let mut in_comment = false;
    for line in source.lines().map(str::trim) {
        if in_comment || line.starts_with("/*") {
            in_comment = !line.ends_with("*/");
        } else if !line.is_empty() {
            out += line;
            out.push('\n');
        }
    }
    out
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut all: Vec<PathBuf> = entries
        .flat_map(|entry| {
            if entry.path().is_dir() {
                files(&entry.path())
            } else {
                vec![entry.path()]
            }
        })
        .collect();
    all.sort();
    all
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, bytes))
        .map_err(|error| format!("{}: {error}", path.display()))
}
