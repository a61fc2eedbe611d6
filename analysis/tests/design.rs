//! What becomes of weights, strata, clusters and populations, good and bad.

use baraza_analysis::design::{Design, Lonely, Margins, Sampling};
use baraza_analysis::{Analysis, Error, Estimate, Note, Options, Responses, analyse};
use baraza_forms::xlsform::import_markdown;

fn responses(csv: &str) -> Responses {
    let form = import_markdown(
        "| survey  |                  |            |            |                |
         |         | type             | name       | label      | baraza::role   |
         |         | select_one sexes | gender     | Gender     | gender         |
         |         | integer          | age        | Age        | age            |
         |         | select_one yn    | safe       | Safe?      |                |
         |         | decimal          | weight     | Weight     | weight         |
         |         | text             | stratum    | Stratum    | stratum        |
         |         | text             | cluster    | Cluster    | psu            |
         |         | decimal          | clusters   | Clusters   | psu_population |
         |         | text             | house      | House      | ssu            |
         |         | decimal          | houses     | Houses     | ssu_population |
         | choices |                  |            |            |                |
         |         | list_name        | name       | label      |                |
         |         | sexes            | woman      | Woman      |                |
         |         | sexes            | man        | Man        |                |
         |         | yn               | yes        | Yes        |                |
         |         | yn               | no         | No         |                |",
    )
    .form
    .expect("a form without errors");
    let csv = format!("gender,age,safe,weight,stratum,cluster,clusters,house,houses\n{csv}");
    Responses::from_csv(&form, csv.as_bytes()).expect("responses").0
}

fn analysed(csv: &str, sampling: Sampling) -> Result<Analysis, Error> {
    let options = Options {
        sampling,
        ..Options::default()
    };
    analyse(&responses(csv), &options, &mut |_, _| {})
}

/// The share that feels safe.
fn safe(analysis: &Analysis) -> Estimate {
    let table = analysis
        .tables
        .iter()
        .find(|table| table.question == "safe")
        .expect("a table");
    table.estimates[0].expect("a share")
}

fn told(notes: &[Note], words: &str) -> bool {
    notes.iter().any(|note| note.to_string().contains(words))
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * b.abs()
}

/// Two strata of two clusters of two houses of two people.
fn sample(row: impl Fn(usize) -> String) -> String {
    (0..16)
        .map(|at| {
            let safe = if [0, 1, 2, 5, 9, 11].contains(&at) {
                "yes"
            } else {
                "no"
            };
            let sex = if at % 3 == 0 { "man" } else { "woman" };
            format!("{sex},{},{safe},{}\n", 20 + at, row(at))
        })
        .collect()
}

#[test]
fn weights_that_are_none_are_told_and_none_becomes_nan() {
    let weights = ["2", "", "0", "-1", "many", "2", "2"];
    let csv = sample(|at| format!("{},,,,,", weights.get(at).unwrap_or(&"4")));
    let analysis = analysed(&csv, Sampling::default()).expect("an analysis");
    assert!(told(
        &analysis.notes,
        "2 responses without a valid weight count with the mean of the others"
    ));
    assert!(told(
        &analysis.notes,
        "2 responses with a weight of 0 or less are left out"
    ));
    let share = safe(&analysis);
    assert_eq!(share.n, 14);
    assert!(share.value.is_finite() && share.se.expect("an error") > 0.0);

    let words = analysed(&sample(|_| "many,,,,,".into()), Sampling::default());
    assert!(matches!(words, Err(Error::Weights { .. })), "{words:?}");
    let none = analysed(&sample(|_| "0,,,,,".into()), Sampling::default()).expect("an analysis");
    assert!(
        none.tables
            .iter()
            .all(|table| table.estimates.iter().all(Option::is_none)),
        "nobody counts"
    );
}

#[test]
fn a_stratum_with_one_cluster_counts_in_one_of_four_ways() {
    // The last four people are a stratum of one cluster.
    let csv = sample(|at| {
        if at < 12 {
            format!("1,a,{},,,", at / 4)
        } else {
            "1,b,9,,,".into()
        }
    });
    let with = |lonely| {
        let sampling = Sampling {
            lonely,
            ..Sampling::default()
        };
        analysed(&csv, sampling)
    };
    let se = |lonely| safe(&with(lonely).expect("an analysis")).se.expect("an error");
    assert!(matches!(with(Lonely::Fail), Err(Error::Lonely { strata: 1 })));
    assert!(se(Lonely::Remove) < se(Lonely::Adjust) && se(Lonely::Remove) < se(Lonely::Average));
    assert!(
        close(se(Lonely::Average), se(Lonely::Remove) * 2f64.sqrt()),
        "two strata count as twice one"
    );
    assert!(told(
        &with(Lonely::Adjust).expect("an analysis").notes,
        "1 strata have one sampling unit"
    ));
}

#[test]
fn populations_make_weights_and_shrink_errors() {
    // Two of four clusters in each stratum, two of three houses in each cluster; everyone of a house.
    let place = |at: usize| format!("s{},c{}", at / 8, at / 4);
    let two = sample(|at| format!(",{},4,h{},3", place(at), at / 2));
    let one = sample(|at| format!(",{},4,,", place(at)));
    let none = sample(|at| format!(",{},,,", place(at)));
    let [two, one, none] =
        [two, one, none].map(|csv| analysed(&csv, Sampling::default()).expect("an analysis"));
    assert!(told(&two.notes, "weights follow from the populations"));
    assert!(close(safe(&two).weight, 16.0 * 2.0 * 1.5) && close(safe(&one).weight, 32.0));
    let se = |analysis: &Analysis| safe(analysis).se.expect("an error");
    assert!(
        close(se(&one), se(&none) * 0.5f64.sqrt()),
        "half of the clusters are known"
    );
    assert!(
        se(&two) > se(&one),
        "a second stage adds to what the first leaves"
    );
    // Houses within clusters by hand: shares of the eighth of all weight that a house holds.
    let yes = [2.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0];
    let scores: Vec<f64> = yes.iter().map(|yes| (yes - 2.0 * 6.0 / 16.0) / 16.0).collect();
    let within: f64 = scores
        .chunks(2)
        .map(|pair| (pair[0] - pair[1]).powi(2))
        .sum::<f64>()
        * 0.5
        * (1.0 / 3.0);
    assert!(
        close(se(&two).powi(2), se(&one).powi(2) + within),
        "{} {}",
        se(&two),
        se(&one)
    );
    // Fractions say the same.
    let fractions = sample(|at| format!(",{},0.5,h{},0.66666666666666666", place(at), at / 2));
    let fractions = analysed(&fractions, Sampling::default()).expect("an analysis");
    assert!(close(se(&fractions), se(&two)));
}

#[test]
fn populations_that_contradict_the_sample_are_told() {
    let place = |at: usize| format!("1,s{},c{}", at / 8, at / 4);
    let with = |population: &dyn Fn(usize) -> &'static str| {
        let csv = sample(|at| format!("{},{},,", place(at), population(at)));
        analysed(&csv, Sampling::default()).expect("an analysis")
    };
    let none = with(&|_| "");
    let small = with(&|_| "1.5");
    assert!(told(
        &small.notes,
        "the populations of 2 strata of stage 1 are smaller than the sample"
    ));
    assert_eq!(safe(&small).se, safe(&none).se, "drawn with replacement");
    assert!(told(
        &with(&|at| if at < 8 { "" } else { "4" }).notes,
        "1 strata of stage 1 are blank"
    ));
    assert!(told(
        &with(&|at| if at == 3 { "5" } else { "4" }).notes,
        "differ within a stratum"
    ));
    assert!(told(
        &with(&|at| if at < 8 { "0.5" } else { "4" }).notes,
        "mix numbers"
    ));
}

#[test]
fn one_margin_post_stratifies_and_two_rake() {
    let csv = sample(|_| "1,,,,,".into());
    let margins = |text: &str| Margins::from_csv(format!("variable,category,total\n{text}").as_bytes());
    let with = |text: &str| {
        let sampling = Sampling {
            margins: Some(margins(text).expect("margins")),
            ..Sampling::default()
        };
        analysed(&csv, sampling)
    };
    let women = |analysis: &Analysis| {
        let table = analysis
            .tables
            .iter()
            .find(|table| table.question == "gender")
            .expect("a table");
        table.estimates[0].expect("a share")
    };
    let one = with("gender,woman,600\ngender,man,400\n").expect("an analysis");
    assert!(
        close(women(&one).value, 0.6) && women(&one).se == Some(0.0),
        "the share is known: {:?}",
        women(&one)
    );
    assert!(close(women(&one).weight, 1000.0) && told(&one.notes, "post-stratified by gender"));
    let two = "gender,woman,600\ngender,man,400\nage,18-30,700\nage,31-45,300\n";
    let two = with(two).expect("an analysis");
    assert!(close(women(&two).value, 0.6) && told(&two.notes, "raked to gender, age"));
    let crossed = with("gender*age,woman*18-30,400\ngender*age,man*18-30,300\ngender*age,woman*31-45,300\n");
    assert!(told(
        &crossed.expect("an analysis").notes,
        "2 responses are in no category of the margin"
    ));

    let fails = |text: &str, words: &str| match with(text) {
        Err(Error::Calibration(message)) => assert!(message.contains(words), "{message}"),
        other => panic!("{text} gives {other:?}"),
    };
    fails(
        "gender,woman,600\ngender,man,400\ngender,other,9\n",
        "nobody in the sample is 'other' of 'gender'",
    );
    fails(
        "gender,woman,600\ngender,man,400\nage,18-30,70\nage,31-45,30\n",
        "sum to 100",
    );
    assert!(matches!(with("colour,red,3\n"), Err(Error::UnknownBy { .. })));
    for (text, words) in [
        ("gender,woman,many\n", "line 2"),
        ("gender,woman,6\ngender,woman,6\n", "twice"),
        ("gender*age,woman,6\n", "as many parts"),
    ] {
        let error = margins(text).expect_err("no margins").to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn weights_are_trimmed_without_losing_any() {
    let csv = sample(|at| format!("{},,,,,", if at == 0 { 100 } else { 1 + at % 3 }));
    let mut notes = Vec::new();
    let design = Design::of(&responses(&csv), &mut notes).expect("a design");
    let sum = |design: &Design| design.weights().iter().sum::<f64>();
    let loose = design.clone().trimmed(1.5, 10.0, false);
    let strict = design.clone().trimmed(1.5, 10.0, true);
    assert!(close(sum(&loose), sum(&design)) && close(sum(&strict), sum(&design)));
    assert!(loose.weights().iter().all(|&weight| weight >= 1.5));
    assert!(
        strict
            .weights()
            .iter()
            .all(|&weight| (1.5..=10.0 + 1e-9).contains(&weight))
    );
    let sampling = Sampling {
        trim: Some((1.5, 10.0, true)),
        ..Sampling::default()
    };
    assert!(told(
        &analysed(&csv, sampling).expect("an analysis").notes,
        "weights are trimmed to 1.5 to 10"
    ));
}
