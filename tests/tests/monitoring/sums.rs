//! Counts, rates and the map, and what is not told.

use crate::person::Person;
use crate::{FIELD, FLAGS, World, done, instance, somebody, with};
use anyhow::Result;
use baraza_tests::chromium;
use serde_json::json;

/// The words of a page, without its tags.
fn words(page: &str) -> String {
    let text: String = page
        .split('<')
        .filter_map(|part| part.split_once('>'))
        .map(|(_, text)| format!("{text} "))
        .collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is said where the map is.
fn map_of(page: &str) -> String {
    let map = page.split("id=\"map\"").nth(1).unwrap_or_default();
    words(&format!(
        "<{}",
        map.split("</section>").next().unwrap_or_default()
    ))
}

#[test]
fn counts_and_rates_say_of_what_they_are() -> Result<()> {
    let world = World::new()?;
    let day = world.yesterday.clone();
    let (from, to) = (
        format!("{day}T09:00:00.000+03:00"),
        format!("{day}T09:20:00.000+03:00"),
    );
    for number in 1..=8 {
        let area = if number < 6 { "north" } else { "south" };
        world.send(
            number,
            &world.amina,
            &with(&somebody(number), &json!({ "area": area })),
        )?;
    }
    for number in 9..=10 {
        world.send_at(
            number,
            Some(&world.bola),
            &json!({"agreed": "no"}),
            (&from, &to),
            200,
        )?;
    }
    world.send_at(11, None, &json!({"agreed": "yes", "age": 9}), (&from, &to), 200)?;
    done(
        world.path(),
        &["responses", "review", &instance(1), "rejected", "--by", "test"],
    )?;
    let page = world.page("coordinator", FIELD)?;
    let said = words(&page);
    let women = (2..=8)
        .filter(|number| somebody(*number)["gender"] == "woman")
        .count();
    for wanted in [
        "11 responses",
        "Complete 7 Refused 2 Too young 1 Rejected later 1",
        "Response rate 80% · Refusal rate 20%",
        "Base: 10 people who were asked and may take part.",
        "North 4 South 3",
        "Amina 8 Complete 7 · Refused 0 · Too young 0 · Rejected later 1",
        "Refusal rate 0% · Median time 20 minutes",
        "Bola 2 Complete 0 · Refused 2",
        "Refusal rate 100%",
        "Nobody signed in 1",
        &format!("Woman {women} of 20"),
    ] {
        let place = said.find(wanted);
        assert!(place.is_some(), "{wanted} is not in {said}");
    }
    // Today comes first, with all that arrived.
    let days = page.split("id=\"days\"").nth(1).unwrap_or_default();
    assert!(words(&format!("<{days}")).contains(" 11 "), "{days}");
    assert_eq!(
        days.split("</ul>")
            .next()
            .unwrap_or_default()
            .matches("<li>")
            .count(),
        14
    );
    // Of few people, who sees sums alone sees nothing; how many came on a day they could count by themselves.
    let analyst = world.page("analyst", FIELD)?;
    let said = words(&analyst);
    assert!(
        said.contains("11 responses") && analyst.contains("id=\"days\""),
        "{said}"
    );
    for never in [
        "Refused",
        "North",
        "Amina",
        "Woman",
        "id=\"map\"",
        "field/flags",
        "<progress",
    ] {
        assert!(!analyst.contains(never), "{never} is in {analyst}");
    }
    assert_eq!(world.visitor("analyst")?.get(FLAGS)?.status, 403);
    Ok(())
}

#[test]
fn the_map_has_no_place_and_no_small_number() -> Result<()> {
    let world = World::new()?;
    // Eleven within one square, four in its neighbour, seven in another beside that, and two far away.
    let at = |number: u32| match number {
        1..=11 => format!("1.0{number:02}77 36.0{number:02}33 0 5"),
        12..=15 => format!("1.2{number:02}77 36.0{number:02}33 0 5"),
        16..=22 => format!("1.3{number:02}77 36.0{number:02}33 0 5"),
        _ => format!("-7.4{number:02}77 31.0{number:02}33 0 5"),
    };
    let show = |world: &World| world.page("coordinator", FIELD);
    for number in 1..=9 {
        world.send(
            number,
            &world.amina,
            &with(&somebody(number), &json!({ "here": at(number) })),
        )?;
    }
    let few = show(&world)?;
    assert!(
        few.contains("nowhere have 10 responses come") && !few.contains("<svg class=\"map\""),
        "{few}"
    );
    for number in 10..=24 {
        world.send(
            number,
            &world.amina,
            &with(&somebody(number), &json!({ "here": at(number) })),
        )?;
    }
    let page = show(&world)?;
    let map = map_of(&page);
    // Seven and four lie together in the square of twice the size.
    assert!(
        map.contains("1.2–1.4° N · 36.0–36.2° E 11 1.0–1.1° N · 36.0–36.1° E 11"),
        "{map}"
    );
    assert!(
        map.contains("Some come from where there are too few to be shown."),
        "{map}"
    );
    for number in 1..=24 {
        for part in at(number).split(' ').take(2) {
            let part = part.trim_start_matches('-');
            assert!(
                !page.contains(part) && !page.contains(&part[..part.len() - 2]),
                "{part} is in {page}"
            );
        }
    }
    assert!(!map.contains("7.4") && !map.contains("31."), "{map}");
    let Some(chromium) = chromium() else { return Ok(()) };
    let looks = Person::new(&chromium, &world.server)?;
    looks.comes_as(&world, "coordinator")?;
    looks.judge_both("field-map", FIELD)?;
    // Whoever is rejected is gone from it, and leaves nine, which are not told as nine.
    for number in [1, 2] {
        done(
            world.path(),
            &[
                "responses",
                "review",
                &instance(number),
                "rejected",
                "--by",
                "test",
            ],
        )?;
    }
    let map = map_of(&show(&world)?);
    assert!(
        map.contains("1.2–1.4° N · 36.0–36.2° E 11 Some come from"),
        "{map}"
    );
    assert_eq!(map.matches("° E").count(), 1, "{map}");
    Ok(())
}
