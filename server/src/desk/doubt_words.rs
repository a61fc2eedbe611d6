//! What is doubtful about a response, in words with its figures, and by which thresholds.

use super::Visit;
use crate::monitor::limits as l;
use crate::monitor::{Clock, Doubt, Kind};

/// What a kind of doubts is called.
pub fn name(visit: &Visit, kind: Kind) -> String {
    visit.t(match kind {
        Kind::Fast => "doubt_fast",
        Kind::Straight => "doubt_straight",
        Kind::Twin => "doubt_twin",
        Kind::Passed => "doubt_passed",
        Kind::Night => "doubt_night",
        Kind::Far => "doubt_far",
        Kind::Clock => "doubt_clock",
        Kind::Form => "doubt_form",
        Kind::Conflict => "doubt_conflict",
        Kind::Said => "doubt_said",
    })
}

/// Why it is doubtful. `question` says what a question is called by the number of its key.
pub fn why(visit: &Visit, doubt: &Doubt, question: &dyn Fn(u32) -> String) -> String {
    let put = |key: &str, values: &[(&str, &str)]| visit.words.with(key, values);
    match doubt {
        Doubt::Fast {
            seconds,
            answers,
            usual,
        } => {
            let (took, pace) = (f64::from(*seconds), f64::from(*seconds) / f64::from(*answers));
            let n = answers.to_string();
            let mut said = put(
                "says_fast",
                &[
                    ("time", &time(visit, took)),
                    ("n", &n),
                    ("pace", &decimal(visit, pace)),
                ],
            );
            if let Some((whole, each)) = usual {
                let usual = [("time", &*time(visit, *whole)), ("pace", &decimal(visit, *each))];
                said += " ";
                said += &put("says_fast_usual", &usual);
            }
            said
        }
        Doubt::Straight(line) => put(
            "says_straight",
            &[
                ("n", &line.answers.to_string()),
                ("first", &question(line.first)),
                ("last", &question(line.last)),
            ],
        ),
        Doubt::Twin(twin) => put(
            "says_twin",
            &[("same", &twin.same.to_string()), ("of", &twin.of.to_string())],
        ),
        Doubt::Passed { passed, answers } => put(
            "says_passed",
            &[("passed", &passed.to_string()), ("of", &answers.to_string())],
        ),
        Doubt::Night(minute) => put("says_night", &[("time", &clock(*minute))]),
        Doubt::Far { metres, usual } => put(
            "says_far",
            &[
                ("km", &decimal(visit, metres / 1000.0)),
                ("usual", &decimal(visit, usual / 1000.0)),
            ],
        ),
        Doubt::Clock(Clock::Ahead(seconds)) => {
            put("says_ahead", &[("time", &time(visit, f64::from(*seconds)))])
        }
        Doubt::Clock(Clock::Backwards(seconds)) => {
            put("says_backwards", &[("time", &time(visit, f64::from(*seconds)))])
        }
        Doubt::Clock(Clock::Late(days)) => visit.n("says_late", &u64::from(*days)),
        Doubt::Clock(Clock::Unread) => visit.t("says_unread"),
        Doubt::Form(n) => visit.n("says_form", &u64::from(*n)),
        Doubt::Conflict(n) => visit.n("says_conflict", &u64::from(*n)),
        Doubt::Said => visit.t("says_said"),
    }
}

/// When responses are doubted: a name and a rule for each kind that has thresholds.
pub fn rules(visit: &Visit) -> Vec<(String, String)> {
    let share = |share: f64| (share * 100.0).round().to_string();
    let put =
        |kind: Kind, key: &str, values: &[(&str, &str)]| (name(visit, kind), visit.words.with(key, values));
    vec![
        put(
            Kind::Fast,
            "limit_fast",
            &[
                ("share", &share(l::FAST_SHARE)),
                ("fewest", &l::FEWEST.to_string()),
                ("floor", &decimal(visit, l::FAST_SECONDS)),
            ],
        ),
        put(
            Kind::Straight,
            "limit_straight",
            &[
                ("fewest", &l::STRAIGHT.to_string()),
                ("choices", &l::STRAIGHT_CHOICES.to_string()),
            ],
        ),
        put(
            Kind::Twin,
            "limit_twin",
            &[
                ("share", &share(l::TWIN_SHARE)),
                ("fewest", &l::TWIN_ANSWERS.to_string()),
                ("differ", &l::TWIN_DIFFERENT.to_string()),
                ("chance", &l::TWIN_BITS.exp2().to_string()),
            ],
        ),
        put(
            Kind::Passed,
            "limit_passed",
            &[
                ("share", &share(l::PASSED_SHARE)),
                ("fewest", &l::PASSED.to_string()),
            ],
        ),
        put(
            Kind::Night,
            "limit_night",
            &[("from", &clock(l::NIGHT_FROM)), ("to", &clock(l::NIGHT_TO))],
        ),
        put(
            Kind::Far,
            "limit_far",
            &[
                ("km", &decimal(visit, l::FAR_METRES / 1000.0)),
                ("times", &decimal(visit, l::FAR_TIMES)),
                ("fewest", &l::FAR_PLACES.to_string()),
            ],
        ),
        put(
            Kind::Clock,
            "limit_clock",
            &[
                ("time", &time(visit, l::AHEAD as f64)),
                ("days", &l::LATE_DAYS.to_string()),
            ],
        ),
    ]
}

/// `22:05`
fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// One place behind the point where that says something.
fn decimal(visit: &Visit, n: f64) -> String {
    if n >= 10.0 || n.fract() == 0.0 {
        return n.round().to_string();
    }
    let written = format!("{n:.1}");
    match visit.words.own {
        "fr" | "es" => written.replace('.', ","),
        _ => written,
    }
}

/// A span of time, in the two largest units that it has.
pub fn time(visit: &Visit, seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let put = |key: &str, a: u64, b: u64| {
        let (a, b) = (a.to_string(), b.to_string());
        visit.words.with(key, &[("a", &a), ("b", &b)])
    };
    match seconds {
        0..60 => visit.n("time_seconds", &seconds),
        60..3600 if seconds.is_multiple_of(60) => visit.n("time_whole", &minutes),
        60..3600 => put("time_minutes", minutes, seconds % 60),
        3600..172_800 => put("time_hours", hours, minutes % 60),
        _ => visit.n("time_days", &(hours / 24)),
    }
}
