//! Where an answer is: `age`, `member[2]/age`.

use baraza_forms::{Kind, NodeId, ReadyForm, is_near};
use serde_json::{Map, Value as Json, json};

/// An instance of a repeat, from 1, on the way to an answer.
type Step = (String, usize);

/// Where an answer is, as a person writes it and as flags name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    steps: Vec<Step>,
    /// Key of the question; blank where the place is the last instance itself.
    key: String,
}

impl Place {
    /// Reads `member[2]/age`, or `member[2]` for an instance as a whole.
    pub fn read(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("'{text}' is no place of an answer: write age, or member[2]/age within a repeat");
        let (mut steps, mut rest) = (Vec::new(), text.trim());
        while let Some((key, after)) = rest.split_once('[') {
            let (number, after) = after.split_once(']').ok_or_else(wrong)?;
            let number: usize = number.trim().parse().map_err(|_| wrong())?;
            if number == 0 {
                return Err(format!("'{text}': the first instance is {key}[1]"));
            }
            steps.push((key.to_owned(), number));
            rest = match after.strip_prefix('/') {
                Some(more) if !more.is_empty() => more,
                None if after.is_empty() => "",
                _ => return Err(wrong()),
            };
        }
        if rest.is_empty() && steps.is_empty() {
            return Err(wrong());
        }
        Ok(Self {
            steps,
            key: rest.to_owned(),
        })
    }

    /// The question that is answered here; an error tells what there is.
    pub fn question(&mut self, ready: &ReadyForm) -> Result<NodeId, String> {
        let repeat = self.repeat(ready)?;
        let Some(id) = ready
            .by_key(repeat, &self.key)
            .or_else(|| self.by_name(ready, repeat))
        else {
            return Err(self.unknown(ready, repeat));
        };
        let node = &ready.form.nodes[id];
        if node.kind == Kind::Repeat {
            return Err(format!(
                "'{0}' is a repeat: say which instance and which question, as in {0}[1]/KEY",
                node.key
            ));
        }
        if !node.kind.has_value() {
            return Err(format!("'{}' has no answer of its own", node.key));
        }
        self.key.clone_from(&node.key);
        Ok(id)
    }

    /// The repeat that the place is in; nothing outside of any.
    fn repeat(&self, ready: &ReadyForm) -> Result<Option<NodeId>, String> {
        let mut within = None;
        for (key, _) in &self.steps {
            let found = ready
                .by_key(within, key)
                .filter(|&id| ready.form.nodes[id].kind == Kind::Repeat);
            let Some(id) = found else {
                let there = keys(ready, within, |kind| kind == Kind::Repeat);
                return Err(if there.is_empty() {
                    format!("there is no repeat '{key}', nor any other here")
                } else {
                    format!("there is no repeat '{key}'; there is: {}", there.join(", "))
                });
            };
            within = Some(id);
        }
        Ok(within)
    }

    /// The one question of that name, where its key is its path.
    fn by_name(&self, ready: &ReadyForm, repeat: Option<NodeId>) -> Option<NodeId> {
        let here = |id: &NodeId| ready.around(*id).last().copied() == repeat;
        let mut named =
            (1..ready.form.nodes.len()).filter(|id| here(id) && ready.form.nodes[*id].name == self.key);
        let first = named.next()?;
        named.next().is_none().then_some(first)
    }

    fn unknown(&self, ready: &ReadyForm, repeat: Option<NodeId>) -> String {
        let key = &self.key;
        let elsewhere = (1..ready.form.nodes.len()).find(|&id| ready.form.nodes[id].key == *key);
        if let Some(id) = elsewhere {
            let around = ready.around(id).iter();
            let path: String = around
                .map(|&r| format!("{}[1]/", ready.form.nodes[r].key))
                .collect();
            return format!("'{key}' is asked elsewhere: write {path}{key}");
        }
        let there = keys(ready, repeat, Kind::has_value);
        let meant: Vec<&str> = there
            .iter()
            .copied()
            .filter(|known| is_near(known, key))
            .collect();
        if let Some(meant) = meant.first() {
            return format!("there is no question '{key}'; did you mean '{meant}'?");
        }
        format!("there is no question '{key}'; there are: {}", some(&there))
    }

    /// Puts an answer here. An instance right after the last is made.
    pub fn set(&self, answers: &mut Map<String, Json>, answer: Json) -> Result<(), String> {
        let mut at = answers;
        for (key, number) in &self.steps {
            let list = at.entry(key.clone()).or_insert_with(|| json!([]));
            let list = list.as_array_mut().ok_or_else(|| no_list(key))?;
            if list.len() + 1 == *number {
                list.push(json!({}));
            }
            let there = list.len();
            at = list
                .get_mut(number - 1)
                .and_then(Json::as_object_mut)
                .ok_or_else(|| format!("{}; the next is {key}[{}]", has(key, there), there + 1))?;
        }
        at.insert(self.key.clone(), answer);
        Ok(())
    }

    /// Takes away what is here: an answer, a repeat, or one instance of it, after which the others move up. Says
    /// whether anything was.
    pub fn clear(&self, answers: &mut Map<String, Json>) -> Result<bool, String> {
        let (steps, instance) = match self.steps.split_last() {
            Some((last, before)) if self.key.is_empty() => (before, Some(last)),
            _ => (&self.steps[..], None),
        };
        let mut at = answers;
        for (key, number) in steps {
            let Some(list) = at.get_mut(key) else {
                return Ok(false);
            };
            let list = list.as_array_mut().ok_or_else(|| no_list(key))?;
            let there = list.len();
            let instance = list.get_mut(number - 1).ok_or_else(|| has(key, there))?;
            at = instance.as_object_mut().ok_or_else(|| no_list(key))?;
        }
        let Some((key, number)) = instance else {
            return Ok(at.remove(&self.key).is_some());
        };
        let list = at.get_mut(key).ok_or_else(|| has(key, 0))?;
        let list = list.as_array_mut().ok_or_else(|| no_list(key))?;
        if *number > list.len() {
            return Err(has(key, list.len()));
        }
        list.remove(number - 1);
        if list.is_empty() {
            at.remove(key);
        }
        Ok(true)
    }

    /// The same place for the form's own key of the question, where it knows one.
    pub fn known(mut self, ready: &ReadyForm) -> Self {
        if let Ok(Some(id)) = self.repeat(ready).map(|repeat| {
            ready
                .by_key(repeat, &self.key)
                .or_else(|| self.by_name(ready, repeat))
        }) {
            self.key.clone_from(&ready.form.nodes[id].key);
        }
        self
    }

    /// Instances that stand later come later; an answer comes before the instance that it stands in.
    pub fn order(&self) -> (bool, Vec<(String, usize)>) {
        (!self.key.is_empty(), self.steps.clone())
    }

    /// As flags write it.
    pub fn written(&self) -> String {
        let steps = self.steps.iter().map(|(key, number)| format!("{key}[{number}]"));
        let key = Some(self.key.clone()).filter(|key| !key.is_empty());
        steps.chain(key).collect::<Vec<_>>().join("/")
    }
}

fn no_list(key: &str) -> String {
    format!("what came for '{key}' is no list of instances: clear '{key}' first")
}

fn has(key: &str, there: usize) -> String {
    let s = if there == 1 { "" } else { "s" };
    format!("'{key}' has {there} instance{s}")
}

/// The keys of a kind right within a repeat, or outside of any.
fn keys(ready: &ReadyForm, repeat: Option<NodeId>, wanted: impl Fn(Kind) -> bool) -> Vec<&str> {
    let here =
        |id: &NodeId| ready.around(*id).last().copied() == repeat && wanted(ready.form.nodes[*id].kind);
    let ids = (1..ready.form.nodes.len()).filter(here);
    ids.map(|id| ready.form.nodes[id].key.as_str()).collect()
}

/// As many words as a line takes.
pub fn some(words: &[&str]) -> String {
    const MOST: usize = 40;
    let more = words.len().saturating_sub(MOST);
    let shown = words[..words.len() - more].join(", ");
    if more == 0 {
        shown
    } else {
        format!("{shown} and {more} more")
    }
}
