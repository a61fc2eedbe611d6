//! Two offices tally what each has; added, it is what one database gives.

use baraza_analysis::estimate::Interval;
use baraza_analysis::{
    Analysis, BasePolicy, Estimate, Options, Policy, Responses, SurveyTally, analyse, protect,
};
use baraza_forms::Form;
use baraza_forms::xlsform::import_markdown;

fn form() -> Form {
    import_markdown(
        "| survey | | | | |
         | | type | name | label | baraza::role |
         | | select_one genders | gender | Gender | gender |
         | | integer | age | Age | age |
         | | decimal | weight | Weight | weight |
         | | text | region | Region | stratum |
         | | text | village | Village | psu |
         | | hidden | camp | | |
         | | select_one threats | threat | Greatest threat | |
         | | select_multiple threats | heard | Heard of | |
         | | integer | distance | Minutes to the well | |
         | choices | | | |
         | | list_name | name | label |
         | | genders | woman | Woman |
         | | genders | man | Man |
         | | threats | theft | Theft |
         | | threats | war | War |
         | | threats | flood | Flood |",
    )
    .form
    .expect("a form")
}

const HEADER: &str = "gender,age,weight,region,village,camp,threat,heard,distance\n";

/// Respondents of some villages; region 0 is in both offices, 1 and 2 in one each.
fn rows(villages: std::ops::Range<usize>, camp: &str) -> String {
    let row = |(village, at): (usize, usize)| {
        let seed = village * 31 + at * 17;
        let gender = ["woman", "man"][seed % 2];
        let threat = ["theft", "war", "flood", "", "drought"][seed % 5];
        let heard = ["theft war", "war", "flood theft", "", "drought locusts"][seed / 3 % 5];
        let region = if village % 4 == 0 { 0 } else { 1 + village / 10 };
        let (age, weight) = (18 + seed % 60, 1.0 + (seed % 9) as f64 / 8.0);
        format!(
            "{gender},{age},{weight},r{region},v{village},{camp},{threat},{heard},{}\n",
            seed % 13
        )
    };
    villages
        .flat_map(|village| (0..12).map(move |at| (village, at)))
        .map(row)
        .collect()
}

fn responses(rows: &str) -> Responses {
    Responses::from_csv(&form(), (HEADER.to_owned() + rows).as_bytes())
        .expect("responses")
        .0
}

fn options() -> Options {
    Options {
        by: vec!["gender*age".to_owned()],
        ..Options::default()
    }
}

fn tally(rows: &str, options: &Options) -> SurveyTally {
    let (tally, _) = SurveyTally::of(&responses(rows), options, &mut |_, _| {}).expect("a tally");
    // As it comes out of a file.
    let mut file = Vec::new();
    tally.write(&mut file).expect("written");
    SurveyTally::read(&file[..]).expect("a tally")
}

#[track_caller]
fn are_close(a: Option<Estimate>, b: Option<Estimate>) {
    let (Some(a), Some(b)) = (a, b) else {
        assert_eq!(a, b);
        return;
    };
    assert_eq!((a.n, a.count, a.df), (b.n, b.count, b.df));
    let close = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-11 * b.abs().max(1e-3),
        (a, b) => a == b,
    };
    let ends = |e: Estimate| (e.ci.map(|ci| ci.0), e.ci.map(|ci| ci.1));
    assert!(
        close(Some(a.value), Some(b.value))
            && close(a.se, b.se)
            && close(a.deff, b.deff)
            && close(ends(a).0, ends(b).0)
            && close(ends(a).1, ends(b).1),
        "{a:?} is not {b:?}"
    );
}

#[track_caller]
fn are_the_same(a: &Analysis, b: &Analysis) {
    assert_eq!(a.domains, b.domains);
    assert_eq!(a.tables.len(), b.tables.len());
    for (a, b) in a.tables.iter().zip(&b.tables) {
        assert_eq!(
            (&a.question, &a.categories, &a.base),
            (&b.question, &b.categories, &b.base)
        );
        assert_eq!(a.estimates.len(), b.estimates.len());
        for (a, b) in a.estimates.iter().zip(&b.estimates) {
            are_close(*a, *b);
        }
    }
}

#[test]
fn two_databases_give_what_one_gives() {
    let (north, south) = (rows(0..10, ""), rows(10..20, ""));
    let whole = analyse(&responses(&(north.clone() + &south)), &options(), &mut |_, _| {}).expect("tables");
    let drought = whole
        .tables
        .iter()
        .find(|table| table.question == "threat")
        .expect("a table");
    assert!(
        drought
            .categories
            .iter()
            .any(|category| category.code == "drought"),
        "frequent enough to be named"
    );

    let mut added = tally(&north, &options());
    added.add(&tally(&south, &options())).expect("the same survey");
    assert_eq!(added.respondents(), 240);
    let added = added.analysis(false, Interval::default());
    // One database tallies what no list has as one category, too.
    let one = tally(&(north.clone() + &south), &options()).analysis(false, Interval::default());
    are_the_same(&added, &one);
    let codes = |analysis: &Analysis, at: usize| -> Vec<String> {
        analysis.tables[at]
            .categories
            .iter()
            .map(|category| category.code.clone())
            .collect()
    };
    let threat = added
        .tables
        .iter()
        .position(|table| table.question == "threat")
        .expect("a table");
    assert_eq!(codes(&added, threat), ["theft", "war", "flood", "_other"]);

    // Where every answer is of the list, that is what 'analyse' gives of the responses themselves.
    let listed = |rows: &str| {
        rows.replace(",drought,", ",war,")
            .replace("drought locusts", "war")
    };
    let (north, south) = (listed(&north), listed(&south));
    let whole = analyse(&responses(&(north.clone() + &south)), &options(), &mut |_, _| {}).expect("tables");
    let mut added = tally(&south, &options());
    added
        .add(&tally(&north, &options()))
        .expect("the same survey, in any order");
    are_the_same(&added.clone().analysis(false, Interval::default()), &whole);
    let released = protect(added.analysis(false, Interval::default()), &Policy::default())
        .expect("tables that may leave");
    assert_eq!(released.tables().len(), whole.tables.len());
}

#[test]
fn what_only_one_office_has_is_united() {
    // Only the south has the answer that no list has, men, and the oldest.
    let north = rows(0..10, "")
        .replace("man,", "woman,")
        .replace("wowoman,", "woman,");
    let north = north
        .replace("drought locusts", "war")
        .replace(",drought,", ",war,");
    let south = rows(10..20, "");
    let mut added = tally(&north, &options());
    added.add(&tally(&south, &options())).expect("the same survey");
    are_the_same(
        &added.analysis(false, Interval::default()),
        &tally(&(north + &south), &options()).analysis(false, Interval::default()),
    );
}

#[track_caller]
fn refused(a: &SurveyTally, b: &SurveyTally, part: &str) {
    let error = a.clone().add(b).expect_err("they do not add up").to_string();
    assert!(error.contains(part), "{error}");
}

#[test]
fn what_does_not_add_up_is_refused() {
    let north = tally(&rows(0..10, ""), &options());
    refused(&north, &tally(&rows(9..20, ""), &options()), "cluster 'v9'");
    refused(&north, &north.clone(), "the same tally is given twice");
    let substantive = Options {
        base: BasePolicy::Substantive,
        ..options()
    };
    refused(&north, &tally(&rows(10..20, ""), &substantive), "--base");
    refused(&north, &tally(&rows(10..20, ""), &Options::default()), "--by");
    let mut other = form();
    other.version = "2".to_owned();
    let (responses, _) =
        Responses::from_csv(&other, (HEADER.to_owned() + &rows(10..20, "")).as_bytes()).expect("responses");
    let (later, _) = SurveyTally::of(&responses, &options(), &mut |_, _| {}).expect("a tally");
    refused(&north, &later, "publish the same form at both ends");
    let unweighted: String = rows(10..20, "")
        .lines()
        .map(|line| {
            let mut cells: Vec<&str> = line.split(',').collect();
            cells[2] = "";
            cells.join(",") + "\n"
        })
        .collect();
    refused(&north, &tally(&unweighted, &options()), "one tally is weighted");
}

#[test]
fn a_value_that_may_hide_among_the_rare_ones_of_another_office_is_refused() {
    let by_camp = Options {
        by: vec!["camp".to_owned()],
        ..Options::default()
    };
    let north = tally(&rows(0..10, "blue"), &by_camp);
    let south = tally(&(rows(10..19, "green") + &rows(19..20, "blue")), &by_camp);
    refused(&north, &south, "'blue' is a group of its own in one tally");
    refused(&south, &north, "'blue' is a group of its own in one tally");
    let mut added = tally(&rows(10..20, "green"), &by_camp);
    added.add(&north).expect("camps that are large at both");
    let codes: Vec<String> = added
        .analysis(false, Interval::default())
        .domains
        .into_iter()
        .filter(|d| d.by == "camp")
        .map(|d| d.code)
        .collect();
    assert_eq!(codes, ["blue", "green"]);
}

#[test]
fn a_file_that_is_no_tally_is_told() {
    let mut file = Vec::new();
    tally(&rows(0..3, ""), &options())
        .write(&mut file)
        .expect("written");
    let error = |bytes: &[u8]| SurveyTally::read(bytes).expect_err("no tally").to_string();
    assert!(error(&file[..file.len() / 2]).contains("cut off"));
    assert!(error(b"").contains("cut off"));
    let text = String::from_utf8(file).expect("JSON");
    let later = text.replace("\"format_version\":1", "\"format_version\":2");
    assert!(error(later.as_bytes()).contains("of version 2"));
    let damaged = text.replacen("\"base\":[", "\"base\":[7,", 1);
    assert!(error(damaged.as_bytes()).contains("is damaged"));
}
