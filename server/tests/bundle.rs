//! What `build/` makes of the phone's modules does what they did.

#[path = "../build/link.rs"]
mod link;
#[path = "../build/module.rs"]
mod module;

use link::{Group, Modules};
use module::Module;
use std::collections::BTreeSet;

fn modules(sources: &[(&str, &str)]) -> Modules {
    let read = |(name, source): &(&str, &str)| {
        let module = Module::read(name, source).expect("a module");
        ((*name).to_owned(), module)
    };
    sources.iter().map(read).collect()
}

/// The text that a script leaves in `said`.
fn run(script: &str) -> String {
    let runtime = rquickjs::Runtime::new().expect("an engine");
    let context = rquickjs::Context::full(&runtime).expect("a context");
    context.with(|ctx| {
        ctx.eval::<(), _>("globalThis.said = ''").expect("a global");
        ctx.eval::<(), _>(script).expect("the script runs");
        while ctx.execute_pending_job() {}
        ctx.eval("said").expect("a text")
    })
}

#[test]
fn names_that_are_the_same_in_two_modules_do_not_meet() {
    let all = modules(&[
        ("a", "const word = 'a'; export const tell = () => word;"),
        (
            "b",
            "import { tell as other } from './a.js';\nconst word = 'b'; export function tell() { return other() + word; }",
        ),
        (
            "c",
            "import { tell } from './b.js';\nconst word = { tell, word: 1 }; const { tell: again } = word;\n\
             function inner(word) { return word + tell(); }\nsaid = inner('c') + again() + Object.keys(word).join();",
        ),
    ]);
    let order = link::closure(&all, "c", false).expect("an order");
    assert_eq!(order, ["a", "b", "c"]);
    assert_eq!(run(&link::script(&all, &order)), "cababtell,word");
}

#[test]
fn what_is_loaded_later_is_in_a_script_and_beside_a_module() {
    let all = modules(&[
        (
            "ui",
            "export const $ = (id) => id; export class Ui { static name2() { return 'ui'; } }",
        ),
        (
            "rare",
            "import { $, Ui as U } from './ui.js';\nexport const show = () => $(U.name2());",
        ),
        (
            "start",
            "import { $ } from './ui.js';\nimport('./rare.js').then(({ show }) => { said = show() + $('!'); });",
        ),
    ]);
    let order = link::closure(&all, "start", true).expect("an order");
    assert_eq!(run(&link::script(&all, &order)), "ui!");

    let core = link::closure(&all, "start", false).expect("an order");
    assert_eq!(core, ["ui", "start"]);
    let taken: BTreeSet<_> = link::taken(&all["rare"], &core).into_iter().collect();
    let joined = link::join(&all, &core, &taken, &[]);
    assert!(joined.contains("import('./rare.js')"), "{joined}");
    assert!(
        joined.ends_with("export { $$ui as ui_$, Ui$ui as ui_Ui };\n"),
        "{joined}"
    );
    let alone = link::alone(&all, &all["rare"], &core, "start", &[]);
    assert!(
        alone.starts_with("import { ui_$ as $, ui_Ui as U } from './start.js';"),
        "{alone}"
    );
}

#[test]
fn what_is_wanted_together_later_comes_in_one_file() {
    let all = modules(&[
        ("ui", "export const h = (id) => id;"),
        (
            "deep",
            "import { h as say } from './ui.js'; export const deep = () => say('deep');",
        ),
        (
            "rare",
            "import { deep } from './deep.js'; import { h } from './ui.js'; export const show = () => h(deep());",
        ),
        (
            "start",
            "import { h } from './ui.js';\nexport const go = () => import('./rare.js').then(({ show }) => show() + h('!'));",
        ),
    ]);
    let core = link::closure(&all, "start", false).expect("an order");
    let groups = [Group {
        file: "later".to_owned(),
        order: vec!["deep".to_owned(), "rare".to_owned()],
    }];
    let joined = link::join(&all, &core, &BTreeSet::new(), &groups);
    assert!(
        joined.contains("import('./later.js').then((m) => ({ show: m.rare_show }))"),
        "{joined}"
    );
    let file = link::group(&all, &groups[0], &core, "start", &groups);
    assert!(
        file.starts_with("import { ui_h as h$ui } from './start.js';\n"),
        "{file}"
    );
    assert!(file.contains("h$ui(deep$deep())"), "{file}");
    assert!(
        file.ends_with("export { deep$deep as deep_deep, show$rare as rare_show };\n"),
        "{file}"
    );
}

#[test]
fn what_it_does_not_understand_is_refused_by_name() {
    for (source, word) in [
        ("export default 1;", "default"),
        ("export * from './b.js';", "another module"),
        ("import * as b from './b.js';", "everything"),
        ("import(name);", "computed"),
        ("const = 1;", "a.js"),
        ("import { b } from 'elsewhere';", "elsewhere"),
    ] {
        let error = Module::read("a", source).err().unwrap_or_default();
        assert!(error.contains(word), "{source}: {error}");
    }
    let circle = modules(&[
        ("a", "import { b } from './b.js'; export const a = 1;"),
        ("b", "import { a } from './a.js'; export const b = 1;"),
    ]);
    let error = link::closure(&circle, "a", false).err().unwrap_or_default();
    assert!(error.contains("a → b → a"), "{error}");
    let lost = modules(&[("a", "import { b } from './b.js';")]);
    assert!(link::closure(&lost, "a", false).is_err_and(|error| error.contains("no module b.js")));
}
