//! One page's way through the server: its answers in, the next page out.

use super::draft::{self, Draft, Wrong};
use super::page::{Body, Page};
use super::screens::{Item, Screen};
use super::state::{NoState, State};
use super::submit::{self, Submit};
use super::ui::ui;
use super::view::{Question, Sight, encoded};
use super::{Asked, REVIEW, Reply, languages, markup};
use crate::assets;
use askama::Template;
use baraza_forms::{Env, Kind, Response};

/// One page's way through the server.
pub struct Turn<'a> {
    /// The form and the moment.
    pub asked: Asked<'a>,
    /// What travels on.
    pub state: State,
    /// The answers.
    pub draft: Draft<'a>,
    /// What is searched for, by field.
    pub wanted: Vec<(String, String)>,
    /// What has happened.
    pub info: String,
}

/// Which of a page's questions are told what is wrong with them.
#[derive(Clone, Copy)]
enum Tell<'a> {
    Nothing,
    Everything,
    /// But for those that have only just come.
    All(&'a [Item]),
}

impl Tell<'_> {
    fn tells(self, item: Item) -> bool {
        match self {
            Self::Nothing => false,
            Self::Everything => true,
            Self::All(items) => items.contains(&item),
        }
    }
}

impl Turn<'_> {
    fn sight(&self) -> Sight<'_> {
        let language = &self.asked.version.ready.form.languages[self.state.language];
        Sight {
            draft: &self.draft,
            version: self.asked.version,
            survey: self.asked.survey,
            ui: ui(&language.tag),
            rtl: language.rtl,
            wanted: &self.wanted,
        }
    }

    /// Takes a page's answers, and goes on, back, or nowhere.
    pub fn questions(
        &mut self,
        screen: &Screen,
        at: usize,
        action: &str,
        submit: &Submit,
    ) -> anyhow::Result<String> {
        let signatures = |turn: &Self, items: &[Item]| -> Vec<(Item, String)> {
            items
                .iter()
                .map(|&item| (item, turn.sight().signature(item)))
                .collect()
        };
        let before = signatures(self, &screen.items);
        let offset = self
            .asked
            .now
            .get(self.asked.now.len().saturating_sub(6)..)
            .unwrap_or("+00:00");
        let changes = submit::apply(&self.sight(), screen, submit, offset);
        for change in changes {
            change.make(&mut self.draft);
        }
        self.draft.follow();
        self.draft.too_large = submit.too_large(&self.draft, screen);
        let (wanted, is_new) = submit.searches(&self.draft, screen);
        self.wanted = wanted;
        if action == "back" {
            self.draft.drop_unoffered(&screen.items);
            let here = self.place_of(&screen.id, at);
            return self.go(here.saturating_sub(1));
        }
        let screens = self.draft.screens();
        let Some(here) = screens.iter().position(|now| now.id == screen.id) else {
            // Its own answer took it away.
            return self.go(at);
        };
        let items = &screens[here].items;
        self.draft.drop_unoffered(items);
        if action != "next" || is_new {
            return self.show(here, Tell::Nothing);
        }
        let after = signatures(self, items);
        let same: Vec<Item> = after
            .iter()
            .filter(|now| before.contains(now))
            .map(|(item, _)| *item)
            .collect();
        let is_wrong = items.iter().any(|&item| self.draft.wrong(item).is_some());
        if same.len() < items.len() {
            self.info = self.sight().ui.t("plain_changed");
            return self.show(here, Tell::All(&same));
        }
        if is_wrong {
            return self.show(here, Tell::Everything);
        }
        self.go(here + 1)
    }

    fn place_of(&self, id: &str, otherwise: usize) -> usize {
        let screens = self.draft.screens();
        screens
            .iter()
            .position(|screen| screen.id == id)
            .unwrap_or(otherwise)
    }

    /// Adds, finds and takes away instances.
    pub fn repeat(&mut self, screens: &[Screen], at: usize, action: &str) -> anyhow::Result<String> {
        let Item { node, scope } = screens[at].items[0];
        let instances = self.draft.filling.instances(node, scope).to_vec();
        let (action, place) = action.split_once(':').unwrap_or((action, ""));
        let instance = place
            .parse::<usize>()
            .ok()
            .and_then(|place| instances.get(place).copied());
        match (action, instance) {
            ("next", _) => self.go(at + 1),
            ("back", _) => self.go(at.saturating_sub(1)),
            ("add", _) if !self.draft.filling.is_full() => {
                self.draft.filling.begin_instance(node, scope);
                self.draft.follow();
                self.go(at)
            }
            ("edit", Some(instance)) => {
                let filling = &self.draft.filling;
                let lies_in = |item: &Item| filling.chain(item.scope).contains(&instance);
                let first = screens.iter().position(|screen| screen.items.iter().any(lies_in));
                self.go(first.unwrap_or(at))
            }
            ("remove", Some(_)) => self.sure(&screens[at], at, place.parse().unwrap_or_default()),
            ("removed", Some(_)) => {
                let id = screens[at].id.clone();
                self.remove(Item { node, scope }, place.parse().unwrap_or_default())?;
                let here = self.place_of(&id, at);
                self.go(here)
            }
            _ => self.go(at),
        }
    }

    /// Takes an instance out of the answers, and evaluates them again.
    fn remove(&mut self, repeat: Item, place: usize) -> anyhow::Result<()> {
        self.state.answers = self.draft.save();
        self.state.typed.clone_from(&self.draft.typed);
        let ready = &self.asked.version.ready;
        let mut keys: Vec<(String, usize)> = (ready.around(repeat.node).iter())
            .map(|&around| ready.form.nodes[around].key.clone())
            .zip(self.draft.filling.path(repeat.scope))
            .collect();
        keys.push((ready.form.nodes[repeat.node].key.clone(), place));
        draft::take_out(&mut self.state.answers, &keys);
        // They are named by the places of their instances, which are others now.
        let inside = |name: &str| {
            let node = name
                .trim_start_matches('q')
                .split('-')
                .next()
                .and_then(|id| id.parse::<usize>().ok());
            node.is_some_and(|id| id < ready.form.nodes.len() && ready.around(id).contains(&repeat.node))
        };
        self.state.typed.retain(|name, _| !inside(name));
        let env = Env::new(self.asked.now, self.state.language, self.asked.chance);
        self.draft = Draft::load(ready, env, &self.state).ok_or(NoState::TooLarge)?;
        self.draft.follow();
        Ok(())
    }

    /// To a screen by its place.
    pub fn go(&mut self, to: usize) -> anyhow::Result<String> {
        self.show(to, Tell::Nothing)
    }

    /// A screen by its place; after the last one is the review.
    fn show(&mut self, to: usize, tell: Tell<'_>) -> anyhow::Result<String> {
        let screens = self.draft.screens();
        let Some(screen) = screens.get(to) else {
            return self.review();
        };
        self.place(&screen.id, to);
        let sight = self.sight();
        if screen.is_repeat {
            let body = self.instances(screen.items[0]);
            return self.page(screen, screens.len(), body);
        }
        let wrong = |item: Item| -> Option<Wrong> { self.draft.wrong(item).filter(|_| tell.tells(item)) };
        let questions: Vec<Question> = (screen.items.iter())
            .map(|&item| sight.question(item, wrong(item).as_ref()))
            .collect();
        self.page(screen, screens.len(), Body::Questions(questions))
    }

    fn place(&mut self, id: &str, place: usize) {
        id.clone_into(&mut self.state.at);
        self.state.place = place;
        self.state.answers = self.draft.save();
        self.state.typed.clone_from(&self.draft.typed);
    }

    fn instances(&self, item: Item) -> Body {
        let sight = self.sight();
        let instances = self.draft.filling.instances(item.node, item.scope);
        let label = sight.words(item);
        let telling = |scope| match self.telling(item.node, scope) {
            words if words.is_empty() => label.clone(),
            words => words,
        };
        let key = if instances.is_empty() { "first" } else { "another" };
        Body::Repeat {
            ask: sight.ui.with(key, &[("label", &label)]),
            count: sight.ui.n("so_far", instances.len()),
            instances: instances.iter().map(|&scope| telling(scope)).collect(),
        }
    }

    /// What tells an instance from the others: the first answer in it.
    fn telling(&self, repeat: usize, scope: usize) -> String {
        let form = &self.asked.version.ready.form;
        let tells = |&id: &usize| {
            let kind = form.nodes[id].kind;
            let silent = matches!(
                kind,
                Kind::Geopoint | Kind::Geotrace | Kind::Geoshape | Kind::Acknowledge
            );
            kind.is_asked() && !kind.is_file() && !silent && self.draft.filling.is_relevant(id, scope)
        };
        (0..form.nodes.len())
            .filter(|&id| self.asked.version.ready.around(id).last() == Some(&repeat))
            .filter(tells)
            .map(|node| self.sight().answer_in_words(Item { node, scope }))
            .find(|words| !words.is_empty())
            .unwrap_or_default()
    }

    fn sure(&mut self, screen: &Screen, at: usize, place: usize) -> anyhow::Result<String> {
        self.place(&screen.id, at);
        let item = screen.items[0];
        let sight = self.sight();
        let instance = self.draft.filling.instances(item.node, item.scope)[place];
        let named = format!(
            "{} {}. {}",
            sight.words(item),
            place + 1,
            self.telling(item.node, instance)
        );
        let ask = sight
            .ui
            .with("remove_sure", &[("label", named.trim_end_matches([' ', '.']))]);
        let total = self.draft.screens().len();
        self.page(screen, total, Body::Sure { ask, place })
    }

    /// A choice that is no longer offered is no answer, in the whole form.
    fn settle(&mut self) -> Vec<Screen> {
        let mut screens = self.draft.screens();
        // Each round takes answers away, so that few are enough; a form may still be made to take many.
        for _ in 0..20 {
            let items: Vec<Item> = screens.iter().flat_map(|screen| screen.items.clone()).collect();
            if !self.draft.drop_unoffered(&items) {
                break;
            }
            screens = self.draft.screens();
        }
        screens
    }

    fn review(&mut self) -> anyhow::Result<String> {
        let screens = self.settle();
        let form = &self.asked.version.ready.form;
        // A question that only heads the columns of others is not asked.
        let is_asked = |item: &&Item| {
            let node = &form.nodes[item.node];
            node.kind.is_asked() && !node.appearance.iter().any(|word| word == "label")
        };
        let items: Vec<Item> = screens
            .iter()
            .flat_map(|screen| &screen.items)
            .filter(is_asked)
            .copied()
            .collect();
        let answers = items
            .iter()
            .filter_map(|item| self.draft.filling.answer(item.node, item.scope));
        let given = answers
            .filter(|answer| !matches!(answer, baraza_forms::Answer::Passed(_)))
            .count();
        let wrong = items
            .iter()
            .filter(|&&item| self.draft.wrong(item).is_some())
            .count();
        self.place(REVIEW, screens.len());
        self.asked.now.clone_into(&mut self.state.finished);
        let ui = self.sight().ui;
        let (n, total) = (given.to_string(), items.len().to_string());
        let body = Body::Review {
            counts: ui.with("review_counts", &[("n", &n), ("total", &total)]),
            note: if wrong > 0 {
                ui.n("review_wrong", wrong)
            } else {
                ui.t("plain_review")
            },
        };
        let screen = Screen {
            id: REVIEW.into(),
            is_repeat: false,
            items: Vec::new(),
            headings: Vec::new(),
        };
        self.page(&screen, screens.len(), body)
    }

    /// Sends, or shows the first page on which something is wrong.
    pub fn send(mut self) -> anyhow::Result<Reply> {
        let screens = self.settle();
        let is_wrong = |screen: &Screen| screen.items.iter().any(|&item| self.draft.wrong(item).is_some());
        if let Some(wrong) = screens.iter().position(is_wrong) {
            return Ok(Reply::Page(self.show(wrong, Tell::Everything)?));
        }
        self.place(REVIEW, screens.len());
        if self.state.finished.is_empty() {
            self.asked.now.clone_into(&mut self.state.finished);
        }
        let form = &self.asked.version.ready.form;
        let finished = self.state.finished.clone();
        let response = Response {
            form: form.id.clone(),
            version: form.version.clone(),
            instance_id: self.state.instance.to_string(),
            started: self.state.started.clone(),
            language: form.languages[self.state.language].tag.clone(),
            // The session says who: see http/plain.rs.
            enumerator: None,
            answers: self.draft.finish(&finished),
            finished,
        };
        Ok(Reply::Send(Box::new((response, self.state))))
    }

    fn page(&self, screen: &Screen, screens: usize, body: Body) -> anyhow::Result<String> {
        let form = &self.asked.version.ready.form;
        let language = &form.languages[self.state.language];
        let sight = self.sight();
        let fields = |wanted: fn(&Question) -> Option<(String, String)>| match &body {
            Body::Questions(questions) => questions.iter().filter_map(wanted).collect(),
            _ => Vec::new(),
        };
        let errors = fields(|q| {
            q.error
                .clone()
                .map(|error| (q.id.clone(), format!("{} – {error}", q.words)))
        });
        let shown = fields(|q| Some((q.id.clone(), String::new())));
        let headings = screen.headings.iter().filter_map(|&item| {
            let node = &form.nodes[item.node];
            let path = self.draft.filling.path(item.scope);
            let number = path.last().filter(|_| node.kind == Kind::Repeat);
            let number = number.map(|at| format!(" {}", at + 1)).unwrap_or_default();
            Some(format!("{}{number}", sight.rich(node.label?, item)))
        });
        let page = Page {
            lang: &language.tag,
            dir: if language.rtl { "rtl" } else { "ltr" },
            title: markup::plain(&sight.parts(form.title, Item { node: 0, scope: 0 })),
            assets: assets::prefix(),
            survey: encoded(self.asked.survey),
            notice: self.asked.notice,
            languages: languages(self.asked.version, self.state.language),
            n: self.state.place + 1,
            total: screens + 1,
            state: self.state.pack()?,
            shown: shown.into_iter().map(|(id, _)| id).collect::<Vec<_>>().join(" "),
            headings: headings.collect(),
            errors,
            info: self.info.clone(),
            ui: sight.ui,
            body,
        };
        Ok(page.render()?)
    }
}
