use super::asked::Asked;
use super::counts::Counts;
use super::doubts::{Doubt, Kind, doubts};
use super::kept::Made;
use super::map::map;
use super::norms::Norms;
use super::row::{Clock, Given, Row, Shared, reduce};
use super::twins::{Commonness, alike, twins};
use crate::store::State;
use baraza_forms::xlsform::import_markdown;
use baraza_forms::{Flag, Outcome, Rule};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeSet, HashMap};

const HEAD: &str = "\
| survey   |                  |          |           |              |               |
|          | type             | name     | label     | baraza::role | baraza::pass |
|          | select_one a     | area     | Area      | area         |               |
|          | geopoint         | here     | Place     |              |               |
|          | integer          | age      | Age       | age          | yes           |
|          | select_one f     | f1       | Fear 1    |              |               |
|          | select_one f     | f2       | Fear 2    |              |               |
|          | select_one f     | f3       | Fear 3    |              |               |
|          | select_one f     | f4       | Fear 4    |              |               |
|          | select_one f     | f5       | Fear 5    |              |               |
|          | select_one f     | f6       | Fear 6    |              |               |
|          | note             | n        | Well      |              |               |
|          | select_one yn    | c1       | Crime 1   |              |               |
|          | select_one yn    | c2       | Crime 2   |              |               |
|          | select_one yn    | c3       | Crime 3   |              |               |
|          | select_one yn    | c4       | Crime 4   |              |               |
|          | select_one yn    | c5       | Crime 5   |              |               |
|          | select_multiple f | worst   | Worst     |              |               |
|          | text             | why      | Why       |              | yes           |
|          | begin_repeat     | member   | Member    |              |               |
|          | integer          | years    | Years     |              | yes           |
|          | end_repeat       |          |           |              |               |
";
const CHOICES: &str = "\
| choices  |           |      |       |                 |
|          | list_name | name | label | baraza::special |
|          | a         | n    | North |                 |
|          | a         | s    | South |                 |
|          | f         | no   | No    |                 |
|          | f         | some | Some  |                 |
|          | f         | much | Much  |                 |
|          | f         | dk   | ?     | dont_know       |
|          | yn        | yes  | Yes   |                 |
|          | yn        | no   | No    |                 |
| settings |           |      |
|          | form_id   | version |
|          | f         | 1    |
";

/// A survey that responses come to.
struct World {
    asked: Asked,
    shared: Shared,
    rows: Vec<Row>,
}

impl World {
    fn new() -> Self {
        let imported = import_markdown(&format!("{HEAD}{CHOICES}"));
        let form = imported
            .form
            .unwrap_or_else(|| panic!("{:?}", imported.diagnostics));
        Self {
            asked: Asked::of(&form),
            shared: Shared::default(),
            rows: Vec::new(),
        }
    }

    /// A response that took so many seconds in the morning.
    fn came(&mut self, answers: &Json, seconds: i64) -> usize {
        let at = |seconds: i64| {
            let moment = jiff::Timestamp::from_second(1_795_000_000 + seconds).expect("a moment");
            format!("{}+00:00", moment.to_string().trim_end_matches('Z'))
        };
        self.came_at(answers, &at(0), &at(seconds), &[])
    }

    fn came_at(&mut self, answers: &Json, started: &str, finished: &str, flags: &[Flag]) -> usize {
        let given = Given {
            id: i64::from(self.rows.len() as u32) + 1,
            received_at: "2026-11-19T12:00:00.000Z",
            started,
            finished,
            enumerator: None,
            outcome: Outcome::Complete,
            state: State::Received,
            flags,
            conflicts: 0,
            answers: answers.as_object().expect("answers"),
        };
        self.rows.push(reduce(&self.asked, &mut self.shared, &given));
        self.rows.len() - 1
    }

    fn kinds(&self, at: usize) -> Vec<Kind> {
        let (norms, twins) = (Norms::of(&self.rows), twins(&self.rows));
        let found = doubts(&self.rows[at], &norms, twins.get(&at).copied());
        found.iter().map(Doubt::kind).collect()
    }
}

/// SplitMix64 by Steele, Lea and Flood.
struct Chance(u64);

impl Chance {
    fn of(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % n
    }
}

/// Somebody who answers everything.
fn person(chance: &mut Chance) -> Json {
    let mut answers = Map::new();
    for key in ["f1", "f2", "f3", "f4", "f5", "f6"] {
        answers.insert(key.into(), json!(["no", "some", "much"][chance.of(3) as usize]));
    }
    for key in ["c1", "c2", "c3", "c4", "c5"] {
        answers.insert(key.into(), json!(["yes", "no"][chance.of(2) as usize]));
    }
    answers.insert("age".into(), json!(18 + chance.of(60)));
    answers.insert("area".into(), json!("n"));
    Json::Object(answers)
}

fn with(answers: &Json, more: &Json) -> Json {
    let mut answers = answers.as_object().expect("answers").clone();
    answers.extend(more.as_object().expect("answers").clone());
    Json::Object(answers)
}

fn lines(code: &str, n: usize) -> Json {
    (1..=n)
        .map(|at| (format!("f{at}"), json!(code)))
        .collect::<Map<_, _>>()
        .into()
}

#[test]
fn a_straight_line_is_one_answer_of_several_to_five_questions_in_a_row() {
    let mut world = World::new();
    for (answers, is_one) in [
        (lines("some", 6), true),
        (lines("some", 5), true),
        (lines("some", 4), false),
        (with(&lines("some", 6), &json!({"f6": "much"})), false),
        // What is passed is no answer; too few are left.
        (with(&lines("some", 6), &json!({"f1": "dk", "f2": "dk"})), false),
        (with(&lines("some", 6), &json!({"f3": "dk"})), true),
        // To each of five crimes 'no' often is the truth.
        (
            json!({"c1": "no", "c2": "no", "c3": "no", "c4": "no", "c5": "no"}),
            false,
        ),
    ] {
        let at = world.came(&answers, 600);
        assert_eq!(world.rows[at].straight.is_some(), is_one, "{answers}");
        let said = world.rows[at]
            .straight
            .map(|line| world.shared.keys.name(line.first).to_owned());
        assert!(said.is_none_or(|first| first == "f1"), "{answers}");
    }
}

#[test]
fn much_that_is_passed_is_counted_in_repeats_as_well() {
    let mut world = World::new();
    let passed = json!({"pass": "dont_know"});
    let members: Vec<Json> = (0..4).map(|_| json!({"years": passed})).collect();
    let at = world.came(
        &json!({"why": passed, "f1": "dk", "worst": ["dk"], "c1": "no", "member": members}),
        600,
    );
    assert_eq!((world.rows[at].answered, world.rows[at].passed), (8, 7));
    assert_eq!(world.kinds(at), [Kind::Passed]);
    let few = world.came(
        &json!({"why": passed, "f1": "dk", "f2": "dk", "f3": "dk", "c1": "no"}),
        600,
    );
    assert_eq!(world.kinds(few), [], "four are too few to be much");
}

#[test]
fn fast_is_what_is_fast_beside_others_or_faster_than_anybody_reads() {
    let mut world = World::new();
    let mut chance = Chance(1);
    let few = world.came(&person(&mut chance), 150);
    assert_eq!(world.kinds(few), [], "of one response there is no median");
    for n in 0..12 {
        world.came(&person(&mut chance), 580 + n);
    }
    assert_eq!(world.kinds(few), [Kind::Fast]);
    let slow = world.came(&person(&mut chance), 300);
    assert_eq!(
        world.kinds(slow),
        [],
        "half of the median is not beneath two fifths of it"
    );
    // Whoever is asked little is done early.
    let short = world.came(
        &json!({"f1": "no", "f2": "much", "c1": "no", "c2": "no", "age": 40}),
        200,
    );
    assert_eq!(world.kinds(short), []);
    let hurried = world.came(
        &json!({"f1": "no", "f2": "much", "c1": "no", "c2": "no", "age": 41}),
        9,
    );
    assert_eq!(world.kinds(hurried), [Kind::Fast]);
    let found = doubts(&world.rows[few], &Norms::of(&world.rows), None);
    let Doubt::Fast {
        seconds,
        answers,
        usual: Some((whole, each)),
    } = found[0]
    else {
        panic!("{found:?}")
    };
    assert_eq!((seconds, answers), (150, 13));
    assert!(
        (560.0..600.0).contains(&whole) && (40.0..50.0).contains(&each),
        "{whole} {each}"
    );
}

#[test]
fn a_copy_is_found_with_its_changes_and_what_all_say_is_none() {
    let mut world = World::new();
    let mut chance = Chance(2);
    for _ in 0..300 {
        world.came(&person(&mut chance), 600);
    }
    assert_eq!(twins(&world.rows), HashMap::new(), "strangers are no copies");
    // Eleven questions leave nothing to change: one in twelve is more than a twentieth.
    let own = with(
        &person(&mut chance),
        &json!({"why": "the road by the river", "worst": ["some", "much"]}),
    );
    let (first, copy) = (world.came(&own, 600), world.came(&own, 700));
    let found = twins(&world.rows);
    assert_eq!(found[&first].other, copy);
    assert_eq!(
        (found[&copy].other, found[&copy].same, found[&copy].of),
        (first, 14, 14)
    );
    assert_eq!(world.kinds(copy), [Kind::Twin]);
    assert_eq!(found.len(), 2);
    // A copy that was rejected is none any more, and its original is no copy of it.
    world.rows[copy].state = State::Rejected;
    assert_eq!(twins(&world.rows), HashMap::new());
    let mut alike = World::new();
    for _ in 0..300 {
        alike.came(
            &with(
                &lines("no", 6),
                &json!({"c1": "no", "c2": "no", "c3": "no", "c4": "no", "c5": "no"}),
            ),
            600,
        );
    }
    assert_eq!(twins(&alike.rows), HashMap::new(), "what everybody says");
}

/// Rows of many answers, some of them copies with a few changes.
fn population(chance: &mut Chance, people: usize, questions: usize) -> Vec<Row> {
    let mut world = World::new();
    world.came(&json!({}), 600);
    let blank = world.rows.remove(0);
    let mut rows: Vec<Row> = Vec::new();
    for id in 0..people {
        let mut answers: Vec<u16> = (0..questions).map(|_| chance.of(4) as u16).collect();
        if id > 0 && chance.of(3) == 0 {
            answers = rows[chance.of(id as u64) as usize].answers.to_vec();
            for _ in 0..chance.of(8) {
                answers[chance.of(questions as u64) as usize] = chance.of(4) as u16;
            }
        }
        rows.push(Row {
            id: i64::from(id as u32),
            answers: answers.into(),
            ..blank.clone()
        });
    }
    rows
}

#[test]
fn copies_are_those_that_comparing_all_pairs_would_find() {
    let mut chance = Chance(3);
    let mut copies = 0;
    for _ in 0..60 {
        let (people, questions) = (20 + chance.of(40) as usize, 20 + chance.of(80) as usize);
        let rows = population(&mut chance, people, questions);
        let common = Commonness::of(&rows);
        let pairs = (0..people).flat_map(|one| (0..people).map(move |other| (one, other)));
        let all: BTreeSet<usize> = pairs
            .filter(|(one, other)| one != other && alike(&rows[*one], &rows[*other], &common).is_some())
            .map(|(one, _)| one)
            .collect();
        let found: BTreeSet<usize> = twins(&rows).into_keys().collect();
        assert_eq!(found, all, "{people} people, {questions} questions");
        copies += all.len();
    }
    assert!(copies > 100, "{copies}");
}

#[test]
fn far_is_far_from_where_most_of_its_area_are() {
    let mut world = World::new();
    let mut chance = Chance(4);
    let place = |chance: &mut Chance, latitude: f64, longitude: f64| {
        let near = |chance: &mut Chance| chance.of(1000) as f64 / 100_000.0;
        json!({"here": format!("{} {} 0 0", latitude + near(chance), longitude + near(chance)), "area": "n"})
    };
    for _ in 0..20 {
        let somebody = with(&person(&mut chance), &place(&mut chance, 1.0, 36.0));
        world.came(&somebody, 600);
    }
    let near = with(&person(&mut chance), &place(&mut chance, 1.04, 36.0));
    let near = world.came(&near, 600);
    let far = with(&person(&mut chance), &place(&mut chance, 1.5, 36.0));
    let far = world.came(&far, 600);
    // Of another area, where nobody else is.
    let other = with(
        &with(&person(&mut chance), &place(&mut chance, 1.5, 36.0)),
        &json!({"area": "s"}),
    );
    let other = world.came(&other, 600);
    assert_eq!(
        [near, far, other].map(|at| world.kinds(at)),
        [vec![], vec![Kind::Far], vec![]]
    );
    let found = doubts(&world.rows[far], &Norms::of(&world.rows), None);
    let [Doubt::Far { metres, usual }] = found[..] else {
        panic!("{found:?}")
    };
    assert!(
        (54_000.0..57_000.0).contains(&metres) && usual < 1_000.0,
        "{metres} {usual}"
    );
}

#[test]
fn clocks_and_nights_are_told_by_the_phones_own_time() {
    let mut world = World::new();
    let mut chance = Chance(5);
    let mut of = |started: &str, finished: &str| {
        let at = world.came_at(&person(&mut chance), started, finished, &[]);
        (world.rows[at].clock, world.kinds(at).contains(&Kind::Night))
    };
    // It is received at 12:00 UTC on the 19th.
    assert_eq!(
        of("2026-11-19T14:20:00.000+03:00", "2026-11-19T14:40:00.000+03:00"),
        (None, false)
    );
    assert_eq!(
        of("2026-11-18T23:20:00.000+03:00", "2026-11-18T23:40:00.000+03:00"),
        (None, true)
    );
    assert_eq!(
        of("2026-11-19T04:59:00.000+03:00", "2026-11-19T05:40:00.000+03:00"),
        (None, true)
    );
    assert_eq!(
        of("2026-11-19T05:00:00.000+03:00", "2026-11-19T05:40:00.000+03:00"),
        (None, false)
    );
    // Where the phone is, UTC does not say.
    assert_eq!(
        of("2026-11-18T23:20:00.000Z", "2026-11-18T23:40:00.000Z"),
        (None, false)
    );
    let mut clock = |from: &str, to: &str| of(from, to).0;
    let (noon, one) = ("2026-11-19T12:00:00.000Z", "2026-11-19T13:00:00.000Z");
    assert_eq!(clock(noon, one), Some(Clock::Ahead(3600)));
    assert_eq!(
        clock(noon, "2026-11-19T11:00:00.000Z"),
        Some(Clock::Backwards(3600))
    );
    assert_eq!(
        clock("2026-10-01T10:00:00.000Z", "2026-10-01T12:00:00.000Z"),
        Some(Clock::Late(49))
    );
    assert_eq!(
        clock("2026-10-20T10:00:00.000Z", "2026-10-20T12:00:00.000Z"),
        None,
        "it waited for a network"
    );
    // Without an offset it may be anywhere in the day.
    assert_eq!(clock("2026-11-19T20:00:00", "2026-11-19T21:00:00"), None);
    assert_eq!(clock("", "yesterday"), Some(Clock::Unread));
    let flag = |rule| Flag {
        question: String::new(),
        rule,
        message: String::new(),
    };
    let at = world.came_at(
        &person(&mut chance),
        noon,
        noon,
        &[flag(Rule::Clock), flag(Rule::Constraint)],
    );
    assert_eq!(world.rows[at].clock, Some(Clock::Unread));
    assert_eq!(world.kinds(at), [Kind::Fast, Kind::Clock, Kind::Form]);
}

#[test]
fn a_map_tells_no_place_and_no_small_number() {
    let mut chance = Chance(6);
    for _ in 0..300 {
        let floor = 5 + chance.of(10);
        let people = chance.of(400) as usize;
        let spread = 1 + chance.of(30);
        let mut tenths = Vec::new();
        for _ in 0..people {
            let one = |chance: &mut Chance| (chance.of(spread) * chance.of(spread + 1)) as i32 - 20;
            tenths.push((one(&mut chance), one(&mut chance)));
        }
        let mut placed = || -> Vec<(f32, f32)> {
            let mut within =
                |tenth: i32| (f64::from(tenth) / 10.0 + 0.005 + chance.of(90) as f64 / 1000.0) as f32;
            tenths.iter().map(|(a, b)| (within(*a), within(*b))).collect()
        };
        let drawn = map(placed().into_iter(), floor);
        let elsewhere = map(placed().into_iter().rev(), floor);
        assert_eq!(
            drawn, elsewhere,
            "where within a cell somebody is makes no difference"
        );
        assert!(drawn.cells.iter().all(|cell| cell.count >= floor), "{drawn:?}");
        let told: u64 = drawn.cells.iter().map(|cell| cell.count).sum();
        assert!(
            told <= people as u64 && (told < people as u64) == drawn.leaves_out,
            "{drawn:?}"
        );
        let around = |cell: &super::Cell, (a, b): (i32, i32)| {
            (cell.south..cell.south + cell.side).contains(&a)
                && (cell.west..cell.west + cell.side).contains(&b)
        };
        for cell in &drawn.cells {
            assert!(tenths.iter().filter(|place| around(cell, **place)).count() as u64 >= cell.count);
        }
    }
}

#[test]
fn rates_are_of_those_who_were_asked_and_may_take_part() {
    let mut world = World::new();
    let mut chance = Chance(7);
    for n in 0..12 {
        let at = world.came(&person(&mut chance), 600);
        world.rows[at].outcome = match n {
            0..3 => Outcome::Refused,
            3 | 4 => Outcome::Ineligible,
            _ => Outcome::Complete,
        };
        world.rows[at].enumerator = Some(n % 2);
    }
    world.rows[11].state = State::Rejected;
    let counts = Counts::of(&world.rows, |at| at == 10);
    let total = counts.total;
    assert_eq!(
        (total.complete, total.refused, total.ineligible, total.rejected),
        (6, 3, 2, 1)
    );
    assert_eq!((total.all(), total.asked()), (12, 10));
    assert_eq!(total.response_rate(), Some(0.7));
    assert_eq!(counts.areas.values().sum::<u64>(), 6);
    assert_eq!(counts.enumerators[&Some(0)].open, 1);
    assert_eq!(counts.enumerators[&Some(0)].outcomes.all(), 6);
    assert_eq!(counts.days.values().sum::<u64>(), 12);
    assert_eq!(Counts::default().total.response_rate(), None);
}

#[test]
fn what_somebody_doubts_is_listed_until_somebody_decides() {
    let mut world = World::new();
    let at = world.came(&json!({"c1": "no"}), 600);
    world.rows[at].state = State::Flagged;
    let made = Made::of(&world.rows);
    assert_eq!(made.doubted, [(at, vec![Doubt::Said])]);
    assert_eq!(made.open(&world.rows, Kind::Said), 1);
    world.rows[at].conflicts = 1;
    assert_eq!(
        Made::of(&world.rows).doubts(&world.rows, at),
        [Doubt::Conflict(1)]
    );
    world.rows[at].state = State::Approved;
    let made = Made::of(&world.rows);
    assert_eq!(
        (made.doubted.len(), made.open(&world.rows, Kind::Conflict)),
        (1, 0)
    );
}
