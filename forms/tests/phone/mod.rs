//! The phone's own modules in a JavaScript engine, beside the Rust evaluator.

#![allow(dead_code, reason = "each of the tests uses its part")]

use baraza_forms::{Answer, Env, Filling, Form, Kind, NodeId, Readers, ReadyForm, ScopeId};
use rquickjs::loader::{Loader, Resolver};
use rquickjs::{Context, Ctx, Function as JsFunction, Module, Runtime};
use serde_json::{Map, Value as Json, json};
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
pub struct Phone {
    context: Context,
}

impl Phone {
    pub fn new() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        runtime.set_loader(Web, Web);
        let context = Context::full(&runtime).expect("a context");
        context.with(|ctx| {
            let entry = "import './functions-more.js';
                import { Filling } from './filling.js';
                globalThis.fill = (form, texts, answers, now) => {
                    const env = { now, random: () => 0.5, uuid: () => '00000000-0000-4000-8000-000000000000', texts: JSON.parse(texts), version: '7' };
                    const filling = new Filling(JSON.parse(form), env);
                    filling.fromAnswers(JSON.parse(answers));
                    return JSON.stringify(filling.toAnswers());
                };
                const dump = (filling) => JSON.stringify([filling.toAnswers(), filling.toAnswers(true)]);
                globalThis.play = (form, texts, steps, now) => {
                    const env = { now, random: () => 0.5, uuid: () => '00000000-0000-4000-8000-000000000000', texts: JSON.parse(texts), version: '7' };
                    const filling = new Filling(JSON.parse(form), env);
                    for (const [at, { node, path, answer, add, remove }] of JSON.parse(steps).entries()) {
                        // Answers may have taken away what the step was made for.
                        const scope = path.reduce((s, [repeat, i]) => {
                            const instances = s?.instances.get(repeat);
                            return instances?.length ? instances[i % instances.length] : undefined;
                        }, filling.root);
                        if (!scope) continue;
                        if (add) filling.addInstance(node, scope);
                        else if (remove !== undefined) {
                            const instances = scope.instances.get(node);
                            if (instances.length) filling.removeInstance(instances[remove % instances.length]);
                        } else filling.set(node, scope, answer);
                        const stepwise = dump(filling);
                        filling.recalculate();
                        if (dump(filling) !== stepwise) {
                            return JSON.stringify({ differs: at, stepwise, whole: dump(filling) });
                        }
                    }
                    return JSON.stringify({ sent: filling.toAnswers(), kept: filling.toAnswers(true) });
                };";
            let module = Module::evaluate(ctx.clone(), "entry", entry).expect("the phone's modules");
            module.finish::<()>().unwrap_or_else(|_| panic!("{:?}", ctx.catch()));
        });
        Self { context }
    }

    pub fn fill(&self, form: &Form, answers: &Map<String, Json>) -> Map<String, Json> {
        self.context.with(|ctx| {
            let fill: JsFunction<'_> = ctx.globals().get("fill").expect("the entry");
            let form_json = as_sent(form);
            let texts = json!(form.texts[0]).to_string();
            let result: String = fill
                .call((form_json, texts, json!(answers).to_string(), NOW))
                .unwrap_or_else(|_| panic!("the phone's module failed: {:?}", ctx.catch()));
            serde_json::from_str(&result).expect("answers")
        })
    }

    /// Takes steps one by one, each followed by a whole recalculation that has to change nothing.
    pub fn play(&self, form: &Form, steps: &Json) -> Json {
        self.context.with(|ctx| {
            let play: JsFunction<'_> = ctx.globals().get("play").expect("the entry");
            let texts = json!(form.texts[0]).to_string();
            let result: String = play
                .call((as_sent(form), texts, steps.to_string(), NOW))
                .unwrap_or_else(|_| panic!("the phone's module failed: {:?}", ctx.catch()));
            serde_json::from_str(&result).expect("what came of it")
        })
    }
}

/// A form's JSON as the server sends it.
fn as_sent(form: &Form) -> String {
    let mut json = json!(form);
    let readers = json!(Readers::new(form));
    if let (Some(json), Json::Object(readers)) = (json.as_object_mut(), readers) {
        json.extend(readers);
    }
    json.to_string()
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

pub fn fill_here(ready: &ReadyForm, answers: &Map<String, Json>) -> Map<String, Json> {
    let mut filling = Filling::empty(ready, Env::new(NOW, 0, 1));
    load(&mut filling, answers, 0, None);
    filling.recalculate();
    filling.to_answers()
}

/// A small generator of our own: an expression is made of bytes, so a failing case is named by its seed.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    pub fn of<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.below(from.len())]
    }
}
