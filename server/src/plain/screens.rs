//! Which screens there are now, in order. `server/web/pages.js` makes the same list on a phone.

use baraza_forms::{Filling, Kind, Node, NodeId, Offer, ScopeId};

/// A question, a note, or a group's heading inside of a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// Which node.
    pub node: NodeId,
    /// In which instance.
    pub scope: ScopeId,
}

/// What is asked at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    /// The same after each page.
    pub id: String,
    /// The question whether there is another instance, and not questions.
    pub is_repeat: bool,
    /// What it shows.
    pub items: Vec<Item>,
    /// The groups around.
    pub headings: Vec<Item>,
}

fn is_randomized(node: &Node) -> bool {
    node.parameters
        .get("randomize")
        .is_some_and(|value| value == "true")
}

/// Whether a section is one screen.
fn is_list(node: &Node) -> bool {
    node.appearance
        .iter()
        .any(|word| word == "field-list" || word == "table-list")
}

fn is_shown(node: &Node) -> bool {
    node.kind.is_asked() || (node.kind == Kind::Note && node.label.is_some())
}

/// The same sequence of chances for the same text as on the phone.
fn chances(text: &str) -> impl FnMut() -> f64 {
    let mut state = text.chars().fold(2_166_136_261_u32, |state, c| {
        (state ^ c as u32).wrapping_mul(16_777_619)
    });
    move || {
        state = state.wrapping_add(0x6d2b_79f5);
        let mut t = (state ^ (state >> 15)).wrapping_mul(1 | state);
        t = t.wrapping_add((t ^ (t >> 7)).wrapping_mul(0x3d | t)) ^ t;
        f64::from(t ^ (t >> 14)) / 4_294_967_296.0
    }
}

/// The same order for the same seed, so that going back changes nothing.
fn shuffled<T: Clone>(list: &[T], seed: &str) -> Vec<T> {
    let mut next = chances(seed);
    let mut result = list.to_vec();
    for i in (1..result.len()).rev() {
        let j = (next() * (i as f64 + 1.0)).floor() as usize;
        result.swap(i, j.min(i));
    }
    result
}

/// Choices in the order in which they are shown. A seed of the form decides alone. Else 'other', 'don't know' and the
/// like stay last when the rest is shuffled.
pub fn arranged<'a>(filling: &Filling<'a>, item: Item, seed: &str) -> Vec<Offer<'a>> {
    let node = &filling.form().nodes[item.node];
    let offered = filling.choices(item.node, item.scope);
    if node.seed.is_some() || !is_randomized(node) {
        return offered;
    }
    let is_last = |offer: &Offer<'_>| {
        offer.code == "other" || offer.choice.is_some_and(|choice| choice.special.is_some())
    };
    let (last, plain): (Vec<_>, Vec<_>) = offered.into_iter().partition(is_last);
    let list = node
        .list
        .map_or_else(|| "undefined".to_owned(), |list| list.to_string());
    let mut all = shuffled(&plain, &format!("{seed} {list}"));
    all.extend(last);
    all
}

/// The name of an item in a page's form and its address within the page.
pub fn field(filling: &Filling<'_>, item: Item) -> String {
    let path = filling.path(item.scope);
    let path: String = path.iter().map(|at| format!("-{at}")).collect();
    format!("q{}{path}", item.node)
}

struct Walk<'a, 'b> {
    filling: &'b Filling<'a>,
    seed: &'b str,
    children: Vec<Vec<NodeId>>,
    screens: Vec<Screen>,
}

impl Walk<'_, '_> {
    fn path(&self, scope: ScopeId) -> String {
        let path: Vec<String> = self.filling.path(scope).iter().map(usize::to_string).collect();
        path.join(".")
    }

    fn node(&self, id: NodeId) -> &Node {
        &self.filling.form().nodes[id]
    }

    fn children(&self, section: NodeId, scope: ScopeId) -> Vec<NodeId> {
        let mut children = self.children[section].clone();
        if is_randomized(self.node(section)) {
            let seed = format!("{} {section} {}", self.seed, self.path(scope));
            children = shuffled(&children, &seed);
        }
        children.retain(|&child| self.filling.is_relevant(child, scope));
        children
    }

    fn section(&mut self, section: NodeId, scope: ScopeId, headings: &[Item]) {
        for node in self.children(section, scope) {
            let item = Item { node, scope };
            match self.node(node).kind {
                Kind::Group => self.group(item, headings),
                Kind::Repeat => self.repeat(item, headings),
                _ if is_shown(self.node(node)) => self.add(false, vec![item], headings, node),
                _ => {}
            }
        }
    }

    fn group(&mut self, item: Item, outer: &[Item]) {
        let mut headings = outer.to_vec();
        headings.extend(self.node(item.node).label.map(|_| item));
        self.inside(item, &headings);
    }

    fn inside(&mut self, item: Item, headings: &[Item]) {
        if is_list(self.node(item.node)) {
            self.list(item.node, item.scope, headings);
        } else {
            self.section(item.node, item.scope, headings);
        }
    }

    fn repeat(&mut self, item: Item, outer: &[Item]) {
        for scope in self.filling.instances(item.node, item.scope).to_vec() {
            let instance = Item {
                node: item.node,
                scope,
            };
            let mut headings = outer.to_vec();
            headings.extend(self.node(item.node).label.map(|_| instance));
            self.inside(instance, &headings);
        }
        if self.node(item.node).repeat_count.is_none() {
            self.add(true, vec![item], outer, item.node);
        }
    }

    /// A section on one screen; a repeat in it has screens of its own, right after.
    fn list(&mut self, section: NodeId, scope: ScopeId, headings: &[Item]) {
        let mut repeats = Vec::new();
        let items = self.flat(section, scope, &mut repeats);
        if items.iter().any(|item| self.node(item.node).kind != Kind::Group) {
            self.add(false, items, headings, section);
        }
        for repeat in repeats {
            self.repeat(repeat, headings);
        }
    }

    fn flat(&self, section: NodeId, scope: ScopeId, repeats: &mut Vec<Item>) -> Vec<Item> {
        let mut items = Vec::new();
        for node in self.children(section, scope) {
            let item = Item { node, scope };
            match self.node(node).kind {
                Kind::Group => {
                    let inner = self.flat(node, scope, repeats);
                    let has_heading = self.node(node).label.is_some() && !inner.is_empty();
                    items.extend(has_heading.then_some(item));
                    items.extend(inner);
                }
                Kind::Repeat => repeats.push(item),
                _ => items.extend(is_shown(self.node(node)).then_some(item)),
            }
        }
        items
    }

    fn add(&mut self, is_repeat: bool, items: Vec<Item>, headings: &[Item], node: NodeId) {
        let path = self.path(items[0].scope);
        let id = if path.is_empty() {
            node.to_string()
        } else {
            format!("{node}-{path}")
        };
        self.screens.push(Screen {
            id,
            is_repeat,
            items,
            headings: headings.to_vec(),
        });
    }
}

/// The screens as the answers are now; `seed` is the response's ID.
pub fn screens(filling: &Filling<'_>, seed: &str) -> Vec<Screen> {
    let mut children = vec![Vec::new(); filling.form().nodes.len()];
    for (id, node) in filling.form().nodes.iter().enumerate() {
        if let Some(parent) = node.parent {
            children[parent].push(id);
        }
    }
    let mut walk = Walk {
        filling,
        seed,
        children,
        screens: Vec::new(),
    };
    walk.section(0, 0, &[]);
    walk.screens
}

#[cfg(test)]
mod tests {
    use super::shuffled;

    #[test]
    fn an_order_by_chance_is_the_phones() {
        // What `shuffled` of server/web/pages.js gives.
        let list: Vec<usize> = (0..10).collect();
        assert_eq!(shuffled(&list, "seed 3"), SEED_3);
        assert_eq!(shuffled(&list, "6f9619ff-8b86-4d01-b42d-00cf4fc964ff 0"), UUID_0);
    }

    const SEED_3: [usize; 10] = [7, 4, 8, 0, 1, 6, 5, 3, 2, 9];
    const UUID_0: [usize; 10] = [7, 3, 8, 0, 5, 2, 4, 9, 6, 1];
}
