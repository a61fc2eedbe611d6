//! Responses with each kind of doubt and without any, and what a coordinator does about them.

use crate::person::Person;
use crate::{FIELD, FLAGS, NONE, World, done, instance, is, numbers, somebody, with};
use anyhow::{Result, ensure};
use baraza_tests::{baraza, chromium, told};
use serde_json::{Value, json};

const FAST: u32 = 101;
const STRAIGHT: u32 = 102;
const ORIGINAL: u32 = 103;
const COPY: u32 = 104;
const PASSED: u32 = 105;
const NIGHT: u32 = 106;
const FAR: u32 = 107;
const CLOCK: u32 = 108;
const FORM: u32 = 109;
const TWICE: u32 = 110;
const SAID: u32 = 111;
const REFUSED: u32 = 112;
const YOUNG: u32 = 113;

fn fears(code: &str) -> Value {
    (1..=6)
        .map(|at| (format!("fear{at}"), json!(code)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// What must not be doubted, and then one of each kind that must.
fn fieldwork(world: &World) -> Result<()> {
    for number in 1..=14 {
        world.send(number, &world.amina, &somebody(number))?;
    }
    let bola = &world.bola;
    let (day, night, soon) = (&world.yesterday, &world.night_before, &world.soon);
    let nine = format!("{day}T09:00:00.000+03:00");
    let at = |day: &str, time: &str| format!("{day}T{time}:00.000+03:00");
    world.send_at(FAST, Some(bola), &somebody(FAST), (&nine, &at(day, "09:03")), 200)?;
    world.send(STRAIGHT, bola, &with(&somebody(STRAIGHT), &fears("some")))?;
    world.send(ORIGINAL, bola, &somebody(ORIGINAL))?;
    // One answer was changed, and the place is another.
    let copy = with(&somebody(ORIGINAL), &json!({"here": "1.00500 36.00500 0 5"}));
    world.send(COPY, bola, &copy)?;
    let passes = with(&fears("unknown"), &json!({"why": {"pass": "prefer_not_to_say"}}));
    world.send(PASSED, bola, &with(&somebody(PASSED), &passes))?;
    world.send_at(
        NIGHT,
        Some(bola),
        &somebody(NIGHT),
        (&at(night, "23:10"), &at(night, "23:30")),
        200,
    )?;
    let away = json!({"here": "1.50000 36.00000 0 5"});
    world.send(FAR, bola, &with(&somebody(FAR), &away))?;
    world.send_at(
        CLOCK,
        Some(bola),
        &somebody(CLOCK),
        (&at(soon, "09:00"), &at(soon, "09:20")),
        200,
    )?;
    world.send(
        FORM,
        bola,
        &with(&somebody(FORM), &json!({"gender": "unheard of"})),
    )?;
    world.send(TWICE, bola, &somebody(TWICE))?;
    let other = with(&somebody(TWICE), &json!({"needs": "another"}));
    world.send_at(TWICE, Some(bola), &other, (&nine, &at(day, "09:20")), 409)?;
    world.send(SAID, bola, &with(&somebody(SAID), &json!({"area": "south"})))?;
    done(
        world.path(),
        &["responses", "review", &instance(SAID), "flagged", "--by", "test"],
    )?;
    // Of these nothing is kept but that they refused, or were too young.
    world.send_at(
        REFUSED,
        Some(bola),
        &json!({"agreed": "no"}),
        (&nine, &at(day, "09:01")),
        200,
    )?;
    let young = json!({"agreed": "yes", "age": 12});
    world.send_at(YOUNG, Some(bola), &young, (&nine, &at(day, "09:01")), 200)
}

fn each_doubt_finds_its_own(world: &World) -> Result<()> {
    for (flag, wanted) in [
        ("fast", vec![FAST]),
        ("straight", vec![STRAIGHT]),
        ("twin", vec![COPY, ORIGINAL]),
        ("passed", vec![PASSED]),
        ("night", vec![NIGHT]),
        ("far", vec![FAR]),
        ("clock", vec![CLOCK]),
        ("form", vec![FORM]),
        ("conflict", vec![TWICE]),
        ("said", vec![SAID]),
    ] {
        assert_eq!(world.listed(&format!("flag={flag}"))?, wanted, "{flag}");
    }
    let all = vec![
        SAID, TWICE, FORM, CLOCK, FAR, NIGHT, PASSED, COPY, ORIGINAL, STRAIGHT, FAST,
    ];
    assert_eq!(world.listed("")?, all, "nobody else is doubted");
    assert_eq!(world.listed(&format!("enumerator={}", world.bola.0))?, all);
    assert_eq!(world.listed(&format!("enumerator={}", world.amina.0))?, NONE);
    assert_eq!(world.listed("enumerator=-")?, NONE);
    assert_eq!(world.listed("area=south")?, [SAID]);
    assert_eq!(world.listed("area=north&flag=far")?, [FAR]);
    assert_eq!(world.listed("area=nowhere")?, NONE);
    assert_eq!(world.listed("state=flagged")?, [SAID, TWICE, FORM, CLOCK]);
    assert_eq!(world.listed("state=approved")?, NONE);
    let page = world.page("coordinator", FLAGS)?;
    for words in [
        "3 minutes for 19 answers: 9.5 s for each.",
        "The median is 20 minutes, and 63 s for an answer.",
        "6 questions in a row have the same answer, from “Fear of theft” to “Fear of nights”.",
        "16 of 16 answers are the same as in another response.",
        "7 of 19 answers are ‘don’t know’ or ‘prefer not to say’.",
        "Begun at 23:10 by the phone’s own clock.",
        "km from the middle of its area’s responses",
        "after it arrived, by the phone’s clock.",
        "1 thing is not as the form allows.",
        "It came 1 more time with other answers",
        "Somebody marked it as doubtful.",
        // What the thresholds are.
        "less than 40% of their medians (from 10 complete responses on)",
        "between 22:00 and 05:00",
        "chance makes fewer than one such pair in 1024",
    ] {
        assert!(page.contains(words), "{words} is not in {page}");
    }
    Ok(())
}

/// The command line tells the same, where it is asked to.
fn so_does_the_command_line(world: &World) -> Result<()> {
    let list = |more: &[&str]| -> Result<String> {
        let output = baraza(world.path(), &[&["responses", "list"], more].concat());
        ensure!(output.status.success(), "{}", told(&output));
        Ok(String::from_utf8(output.stdout)?)
    };
    let json = list(&["--doubts", "--format", "json"])?;
    for line in json.lines() {
        let one: Value = serde_json::from_str(line)?;
        let id = one["instance_id"].as_str().unwrap_or_default();
        let wanted = match id.get(..8).unwrap_or_default().parse()? {
            FAST => json!(["fast"]),
            STRAIGHT => json!(["straight"]),
            ORIGINAL | COPY => json!(["twin"]),
            PASSED => json!(["passed"]),
            NIGHT => json!(["night"]),
            FAR => json!(["far"]),
            CLOCK => json!(["clock"]),
            _ => json!([]),
        };
        assert_eq!(one["doubts"], wanted, "{line}");
    }
    assert_eq!(json.lines().count(), 27);
    let csv = list(&["--doubts", "--flag", "twin", "--format", "csv"])?;
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert!(
        csv.lines()
            .all(|line| line.ends_with(",doubts") || line.ends_with(",twin")),
        "{csv}"
    );
    let plain = list(&["--format", "csv"])?;
    assert!(
        plain.lines().next().is_some_and(|line| line.ends_with(",flags")),
        "{plain}"
    );
    assert!(list(&["--doubts", "--flag", "night"])?.contains("night"));
    Ok(())
}

/// Verdicts, comments, and what comes in between.
fn she_decides(world: &World) -> Result<()> {
    let mut bola = world.visitor("coordinator")?;
    let one = |number: u32| format!("{FLAGS}/{}", instance(number));
    let received = |label: &str, page: &str| -> Result<String> {
        let (_, after) = page
            .split_once(&format!("<bdi>{label}</bdi> <b>"))
            .unwrap_or_default();
        Ok(after.split('<').next().unwrap_or_default().to_owned())
    };
    let before = received("Woman", &world.page("coordinator", FIELD)?)?;
    let kept = bola.send(
        &one(FAST),
        &[("do", "approved"), ("version", "0"), ("filter", "flag=fast")],
    )?;
    assert_eq!(
        (kept.status, kept.location.as_str()),
        (303, "/desk/surveys/streets/field/flags?done=reviewed&flag=fast")
    );
    is(&bola.get(&kept.location)?, 200, "Your verdict is kept.")?;
    assert_eq!(world.listed("flag=fast")?, NONE);
    assert_eq!(world.listed("flag=fast&state=approved")?, [FAST]);
    // Whoever says nothing is told so; what is too long is kept on the page.
    is(
        &bola.send(&one(COPY), &[("do", "comment"), ("comment", " ")])?,
        422,
        "please write a comment first",
    )?;
    let long = format!("She says <it> is not. {}", "x".repeat(2000));
    is(
        &bola.send(&one(COPY), &[("do", "comment"), ("comment", &long)])?,
        422,
        "She says &#60;it&#62; is not.",
    )?;
    let said = [
        ("do", "comment"),
        ("comment", "Asked Bola: it was the same house."),
    ];
    assert_eq!(bola.send(&one(COPY), &said)?.status, 303);
    is(&bola.get(&one(COPY))?, 200, "Asked Bola: it was the same house.")?;
    assert_eq!(bola.send(&one(COPY), &[("do", "elsewhere")])?.status, 400);
    // A copy that is rejected is none any more, and counts towards nothing.
    let fields = [("do", "rejected"), ("version", "0"), ("filter", "flag=twin")];
    let kept = bola.send(&one(COPY), &fields)?;
    assert_eq!(
        (kept.status, kept.location),
        (303, format!("{FLAGS}?rejected={}&flag=twin", instance(COPY)))
    );
    // The list names it, and takes the decision back: a slip of the thumb is seen.
    let rejected = format!("{FLAGS}?rejected={}", instance(COPY));
    let list = bola.get(&rejected)?.text;
    for words in [
        "is rejected. It counts in no table",
        "Take the decision back",
        &format!("action=\"{}\"", one(COPY)),
    ] {
        assert!(list.contains(words), "{words} is not in {list}");
    }
    if let Some(chromium) = chromium() {
        let looks = Person::new(&chromium, &world.server)?;
        looks.comes_as(world, "coordinator")?;
        looks.judge_both("field-rejected", &rejected)?;
    }
    // An analyst who sees single responses decides nothing; and of others nothing is said.
    for (role, path) in [
        ("analyst with raw", rejected.clone()),
        ("coordinator", format!("{FLAGS}?rejected={}", instance(ORIGINAL))),
        ("coordinator", format!("{FLAGS}?rejected=%3Cb%3E")),
    ] {
        let page = world.page(role, &path)?;
        assert!(!page.contains("is rejected. It counts"), "{page}");
    }
    assert_eq!(world.listed("flag=twin&state=all")?, NONE);
    let is_woman = somebody(ORIGINAL)["gender"] == "woman";
    let after = received("Woman", &world.page("coordinator", FIELD)?)?;
    assert_eq!(before == after, !is_woman, "{before}, then {after}");
    // A correction ends the doubt that it was about; whoever has not seen it decides nothing.
    let why = ["--by", "test", "--why", "misheard"];
    let set = ["responses", "correct", &instance(STRAIGHT), "--set", "fear2=much"];
    done(world.path(), &[&set[..], &why].concat())?;
    assert_eq!(world.listed("flag=straight&state=all")?, NONE);
    let late = [
        ("do", "rejected"),
        ("version", "0"),
        ("comment", "A straight line"),
    ];
    is(&bola.send(&one(STRAIGHT), &late)?, 409, "A straight line")?;
    is(&bola.send(&one(STRAIGHT), &late)?, 409, "corrected meanwhile")?;
    is(&bola.get(&one(STRAIGHT))?, 200, "Nothing about it is doubtful.")?;
    // It is taken back again.
    assert_eq!(
        bola.send(&one(COPY), &[("do", "received"), ("version", "0")])?
            .status,
        303
    );
    assert_eq!(world.listed("flag=twin")?, [COPY, ORIGINAL]);
    assert!(!bola.get(&rejected)?.text.contains("is rejected. It counts"));
    is_noted(world)
}

/// Who decided what is in the log, and no comment.
fn is_noted(world: &World) -> Result<()> {
    let log = world.audit()?;
    let did = |action: &str| {
        log.iter()
            .filter(|(by, was, _)| by == "coordinator" && was == action)
            .count()
    };
    assert_eq!((did("reviewed"), did("commented")), (3, 1), "{log:?}");
    assert!(
        log.iter().all(|(_, _, detail)| !detail.contains("same house")),
        "no comment is in the log"
    );
    done(world.path(), &["verify"])
}

/// What one person said is shown to who asks, without the place; and it is noted who asked.
fn she_looks_at_answers(world: &World) -> Result<()> {
    let one = format!("{FLAGS}/{}", instance(FAR));
    let page = world.page("coordinator", &one)?;
    assert!(
        !page.contains("reason ") && !page.contains("Fear of theft"),
        "{page}"
    );
    let seen = |log: &[(String, String, String)]| {
        log.iter()
            .filter(|(_, action, _)| action == "answers_seen")
            .count()
    };
    assert_eq!(seen(&world.audit()?), 0);
    let page = world.page("analyst with raw", &format!("{one}?answers=yes"))?;
    let why = somebody(FAR)["why"].as_str().unwrap_or_default().to_owned();
    for words in [
        &*why,
        "Fear of theft",
        "Not at all",
        "a place, which is not shown here",
    ] {
        assert!(page.contains(words), "{words} is not in {page}");
    }
    assert!(!page.contains("1.5") && !page.contains("36.0"), "{page}");
    // In the order in which they were asked, which is not that of the alphabet.
    let asked = ["Do you agree?", "Area", "Gender", "Age", "Fear of theft", "Why?"];
    let at = asked.map(|question| page.find(&format!("<dt><bdi>{question}</bdi></dt>")));
    assert!(
        at.iter().all(Option::is_some) && at.is_sorted(),
        "{at:?} in {page}"
    );
    let log = world.audit()?;
    assert_eq!(seen(&log), 1);
    assert!(log.iter().any(|(by, action, detail)| by == "analyst with raw"
        && action == "answers_seen"
        && detail.contains(&instance(FAR))));
    // Who may see may not decide by that alone, nor see who interviewed.
    assert!(
        !page.contains("Bola") && !page.contains("value=\"rejected\""),
        "{page}"
    );
    let mut analyst = world.visitor("analyst with raw")?;
    assert_eq!(analyst.send(&one, &[("do", "rejected")])?.status, 403);
    assert!(!world.page("analyst with raw", FIELD)?.contains("Bola"));
    for id in ["0000", "nothing", &instance(999)] {
        assert_eq!(analyst.get(&format!("{FLAGS}/{id}"))?.status, 404, "{id}");
    }
    Ok(())
}

fn it_is_shown(world: &World) -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let looks = Person::new(&chromium, &world.server)?;
    looks.comes_as(world, "coordinator")?;
    looks.judge_both("field", FIELD)?;
    looks.judge_both("field-flags", FLAGS)?;
    looks.judge_both("field-response", &format!("{FLAGS}/{}", instance(CLOCK)))?;
    looks.open(&format!("{FLAGS}/{}?answers=yes", instance(FORM)))?;
    looks.sees("Fear of theft")?;
    looks.judge("field-answers-en")?;
    looks.open("/desk/surveys/streets")?;
    looks.presses("a[href$='/field']")?;
    looks.sees("How interviews ended")
}

#[test]
fn what_is_doubtful_is_found_and_decided() -> Result<()> {
    let world = World::new()?;
    fieldwork(&world)?;
    each_doubt_finds_its_own(&world)?;
    so_does_the_command_line(&world)?;
    she_looks_at_answers(&world)?;
    it_is_shown(&world)?;
    she_decides(&world)
}

#[test]
fn a_long_list_has_pages() -> Result<()> {
    let world = World::new()?;
    for number in 1..=25 {
        world.send(number, &world.amina, &with(&somebody(number), &fears("much")))?;
    }
    let first = world.page("coordinator", &format!("{FLAGS}?flag=straight"))?;
    ensure!(first.contains("<h2>25 responses</h2>"), "{first}");
    assert_eq!(numbers(&first)?, (6..=25).rev().collect::<Vec<u32>>());
    assert!(first.contains("?flag=straight&amp;page=1") && first.contains("Earlier ones"));
    assert_eq!(world.listed("flag=straight&page=1")?, [5, 4, 3, 2, 1]);
    assert_eq!(world.listed("flag=straight&page=99999999999")?.len(), 20);
    for none in ["7", "4294967295"] {
        assert_eq!(world.listed(&format!("flag=straight&page={none}"))?, NONE);
    }
    Ok(())
}
