//! A figure in plain words: so many of ten people, how sure that is, and how many were asked.

use super::content::Shown;
use crate::plain::Ui;
use baraza_analysis::Words;

/// How wide an interval may be before a figure is 'about': a fifth of all, or of a mean.
const WIDE: f64 = 0.2;

/// What is said of a figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// `7 of 10 people`
    pub big: String,
    /// How many of ten people are filled in; nothing for a mean.
    pub filled: Option<usize>,
    /// How sure it is, and how many were asked: a sentence each.
    pub lines: Vec<String>,
}

/// Says a figure. `here` is whether it is of the place that the page is for, and `is_whole` whether that is all of the
/// survey.
pub fn told(shown: &Shown, is_mean: bool, (here, is_whole): (bool, bool), t: &Ui, words: Words) -> Told {
    let is_about = shown.status != "published" || is_wide(shown, is_mean);
    let mut lines = Vec::new();
    let (big, filled) = if is_mean {
        let key = if is_about {
            "community_mean_about"
        } else {
            "community_mean"
        };
        (t.with(key, &[("value", &words.number(shown.estimate, 1))]), None)
    } else {
        lines.push(words.with("percent", &[("n", &words.share(shown.estimate))]));
        let filled = of_ten(shown.estimate);
        (
            of_ten_words(shown.estimate, filled, is_about, t, words),
            Some(filled),
        )
    };
    lines.extend(range(shown, is_mean, t, words));
    if let Some(n) = shown.n {
        let key = if here && !is_whole {
            "community_asked"
        } else {
            "community_asked_all"
        };
        lines.push(t.with(key, &[("n", &n.to_string())]));
    }
    if !here && !is_whole {
        lines.push(t.t("community_whole"));
    }
    match shown.status.as_str() {
        "marked" => lines.push(t.t("community_marked")),
        "rounded" => lines.push(t.t("community_rounded")),
        _ => {}
    }
    Told { big, filled, lines }
}

fn is_wide(shown: &Shown, is_mean: bool) -> bool {
    let of = if is_mean { shown.estimate.abs() } else { 1.0 };
    shown.interval.is_some_and(|(low, high)| high - low > WIDE * of)
}

/// What is not nobody does not look so, and what is not everybody neither.
fn of_ten(share: f64) -> usize {
    let whole = (share * 10.0).round().clamp(0.0, 10.0);
    if share <= 0.0 || share >= 1.0 {
        whole as usize
    } else {
        whole.clamp(1.0, 9.0) as usize
    }
}

fn of_ten_words(share: f64, filled: usize, is_about: bool, t: &Ui, words: Words) -> String {
    if share > 0.0 && share < 0.05 {
        return t.t("community_ten_few");
    }
    if (0.95..1.0).contains(&share) {
        return t.t("community_ten_most");
    }
    let key = if is_about {
        "community_ten_about"
    } else {
        "community_ten"
    };
    t.with(key, &[("k", &words.count(filled as u64))])
}

/// Between what it may lie, where that is more than one answer.
fn range(shown: &Shown, is_mean: bool, t: &Ui, words: Words) -> Option<String> {
    let (low, high) = shown.interval?;
    let (key, low, high) = if is_mean {
        let one = |value: f64| words.number(value, 1);
        ("community_range_mean", one(low), one(high))
    } else {
        let one = |value: f64| words.count((value * 10.0).round().clamp(0.0, 10.0) as u64);
        ("community_range", one(low), one(high))
    };
    (low != high).then(|| t.with(key, &[("low", &low), ("high", &high)]))
}

#[cfg(test)]
mod tests {
    use super::{Shown, Told, told};
    use crate::plain::ui;
    use baraza_analysis::{Digits, Words};

    fn say(status: &str, estimate: f64, interval: Option<(f64, f64)>, here: bool) -> Told {
        let shown = Shown {
            status: status.into(),
            estimate,
            interval,
            n: Some(412),
        };
        told(
            &shown,
            false,
            (here, false),
            ui("en"),
            Words::of("en", Digits::Western),
        )
    }

    #[test]
    fn shares_are_so_many_of_ten_people() {
        let big = |share: f64| {
            let told = say("published", share, None, true);
            (told.big, told.filled.unwrap_or(99))
        };
        assert_eq!(big(0.68), ("7 of 10 people".into(), 7));
        assert_eq!(big(0.0), ("0 of 10 people".into(), 0));
        assert_eq!(big(0.004), ("Fewer than 1 of 10 people".into(), 1));
        assert_eq!(big(0.06), ("1 of 10 people".into(), 1));
        assert_eq!(big(0.97), ("More than 9 of 10 people".into(), 9));
        assert_eq!(big(1.0), ("10 of 10 people".into(), 10));
    }

    #[test]
    fn what_is_not_sure_is_said_to_be_so() {
        let sure = say("published", 0.68, Some((0.66, 0.72)), true);
        assert_eq!(
            sure.lines,
            ["68\u{a0}%", "412 people here were asked this and answered."]
        );
        let wide = say("published", 0.68, Some((0.5, 0.84)), true);
        assert_eq!(wide.big, "About 7 of 10 people");
        assert_eq!(wide.lines[1], "It may be between 5 and 8 of 10.");
        let rounded = say("rounded", 0.5, None, false);
        assert_eq!(rounded.big, "About 5 of 10 people");
        assert!(rounded.lines[1].starts_with("412 people answered, in all places together"));
        assert!(rounded.lines[2].contains("no figure that can be shown"));
        assert!(rounded.lines[3].contains("nobody can be recognised"));
    }

    #[test]
    fn every_text_of_these_pages_is_there_in_every_language() {
        let all = include_str!("../../web/i18n/community/en.json");
        let english: serde_json::Map<String, serde_json::Value> = serde_json::from_str(all).expect("JSON");
        let places = |text: &str| {
            let mut found: Vec<String> = text
                .split('{')
                .skip(1)
                .filter_map(|rest| Some(rest.split_once('}')?.0.to_owned()))
                .collect();
            found.sort();
            found
        };
        let sources = [
            include_str!("say.rs"),
            include_str!("page.rs"),
            include_str!("paper.rs"),
            include_str!("public.rs"),
            include_str!("../../web/community.html"),
            include_str!("../../web/community-paper.html"),
            include_str!("../../web/community-gone.html"),
        ]
        .concat();
        for (key, text) in &english {
            let is_made = key.starts_with("community_state_") || key.starts_with("community_open_");
            assert!(
                is_made || sources.contains(&format!("\"{key}\"")),
                "nobody asks for {key}"
            );
            let english = text.as_str().or_else(|| text["other"].as_str()).expect("a text");
            for own in ["ar", "en", "es", "fr", "sw"] {
                let found = ui(own).with(key, &[("n", "50")]);
                assert_ne!(found, *key, "{own}");
                assert_eq!(
                    places(&found),
                    places(&english.replace("{n}", "50")),
                    "{own} {key}"
                );
            }
        }
        for rest in sources.split("t(\"").skip(1) {
            let key = rest.split('"').next().unwrap_or_default();
            assert!(
                !key.starts_with("community") || english.contains_key(key),
                "{key} is missing"
            );
        }
    }
}
