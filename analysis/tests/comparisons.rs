//! Differences are called so only after a test that knows how many there are; rounds are compared where they can be.

use baraza_analysis::{
    Analysis, Compare, Correction, Options, Policy, Responses, analyse, changes, protect, write_changes,
    write_differences, write_orders, write_tests,
};
use baraza_forms::Form;
use baraza_forms::xlsform::import_markdown;

/// Twenty questions, so that one test in twenty is to be expected to mislead.
const QUESTIONS: usize = 20;

fn form_worded(safe: &str) -> Form {
    let noise: String = (0..QUESTIONS)
        .map(|at| format!("| | select_one yn | q{at} | Q{at} | |\n"))
        .collect();
    let form = format!(
        "| survey | | | | |
         | | type | name | label | baraza::role |
         | | select_one sexes | gender | Gender | gender |
         | | select_one groups | group | Group | group |
         | | select_one areas | area | Area | area |
         | | select_one waves | wave | Wave | |
         | | select_one yn | safe | {safe} | |
         | | rank needs | needs | Needs | |
         {noise}| choices | | | |
         | | list_name | name | label | baraza::special |
         | | sexes | woman | Woman | |
         | | sexes | man | Man | |
         | | sexes | unsaid | Prefer not to say | prefer_not_to_say |
         | | groups | a | A | |
         | | groups | b | B | |
         | | groups | c | C | |
         | | areas | east | East | |
         | | areas | west | West | |
         | | waves | first | First | |
         | | waves | second | Second | |
         | | yn | yes | Yes | |
         | | yn | no | No | |
         | | needs | water | Water | |
         | | needs | work | Work | |
         | | needs | light | Light | |"
    );
    import_markdown(&form).form.expect("a form")
}

fn form() -> Form {
    form_worded("Safe?")
}

/// Respondents of whom as many feel safe as `safe` says of 100, by gender and wave; noise follows nothing.
struct Community {
    rows: String,
    random: u64,
}

impl Community {
    fn new() -> Self {
        let noise: String = (0..QUESTIONS).map(|at| format!(",q{at}")).collect();
        Self {
            rows: format!("gender,group,area,wave,safe,needs{noise}\n"),
            random: 20_261_129,
        }
    }

    fn below(&mut self, n: u64) -> u64 {
        // PCG's multiplier (O'Neill 2014).
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % n
    }

    fn add(mut self, n: u64, gender: &str, wave: &str, (safe, area): (u64, &str)) -> Self {
        for at in 0..n {
            let group = ["a", "b", "c"][self.below(3) as usize];
            let safe = if at * 100 < safe * n { "yes" } else { "no" };
            let needs = ["water work light", "water light work", "work water light"][(at % 3) as usize];
            self.rows += &format!("{gender},{group},{area},{wave},{safe},{needs}");
            for _ in 0..QUESTIONS {
                let yes = self.below(2) == 0;
                self.rows += if yes { ",yes" } else { ",no" };
            }
            self.rows += "\n";
        }
        self
    }

    fn responses(&self, form: &Form) -> Responses {
        Responses::from_csv(form, self.rows.as_bytes())
            .expect("responses")
            .0
    }
}

fn options() -> Options {
    Options {
        by: vec!["area".into()],
        compare: Some(Compare {
            smallest: 25,
            ..Compare::default()
        }),
        ..Options::default()
    }
}

fn analysed(community: &Community, options: &Options) -> Analysis {
    analyse(&community.responses(&form()), options, &mut |_, _| {}).expect("tables")
}

fn divided() -> Community {
    let community = Community::new();
    let community = community.add(200, "woman", "first", (30, "east"));
    community
        .add(200, "man", "first", (60, "west"))
        .add(10, "unsaid", "first", (50, "east"))
}

#[test]
fn a_difference_is_marked_and_chance_is_not() {
    let analysis = analysed(&divided(), &options());
    let at = |question: &str| {
        analysis
            .tables
            .iter()
            .position(|t| t.question == question)
            .expect("a table")
    };
    let found = &analysis.findings;
    let test = found
        .tests
        .iter()
        .find(|t| t.table == at("safe") && t.by == "gender")
        .expect("a test");
    assert!(
        test.holm < 1e-6 && test.bh <= test.holm && test.p <= test.bh,
        "{test:?}"
    );
    assert_eq!(test.domains.len(), 2, "who did not say is not compared");
    let women = found
        .comparisons
        .iter()
        .find(|c| c.table == at("safe") && c.category == 0 && c.marked);
    let women = women.expect("marked");
    let names: Vec<&str> = [women.domains.0, women.domains.1]
        .iter()
        .map(|&d| analysis.domains[d].code.as_str())
        .collect();
    assert_eq!(
        names,
        ["woman", "man"],
        "two domains are compared with each other"
    );
    assert!(
        (women.difference + 0.3).abs() < 1e-9 && women.ci.0 < -0.3 && women.ci.1 > -0.3 && women.ci.1 < 0.0
    );

    let noise = |table: usize| analysis.tables[table].question.starts_with('q');
    let by_chance = found
        .tests
        .iter()
        .filter(|t| noise(t.table) && t.p < 0.05)
        .count();
    let tests = found.tests.iter().filter(|t| noise(t.table)).count();
    assert!(
        tests >= 3 * QUESTIONS && by_chance > 0,
        "{by_chance} of {tests} tests mislead by themselves"
    );
    assert!(
        found.comparisons.iter().all(|c| !(noise(c.table) && c.marked)),
        "and none after the correction"
    );
}

#[test]
fn the_reference_is_a_choice() {
    let mut options = options();
    options.compare = Some(Compare {
        references: vec![("group".into(), "b".into())],
        smallest: 25,
        correction: Correction::BenjaminiHochberg,
    });
    let analysis = analysed(&divided(), &options);
    let code = |at: usize| analysis.domains[at].code.as_str();
    let by_group = |at: usize| analysis.domains[at].by == "group";
    let pairs: Vec<(&str, &str)> = analysis
        .findings
        .comparisons
        .iter()
        .filter(|c| by_group(c.domains.0))
        .map(|c| (code(c.domains.0), code(c.domains.1)))
        .collect();
    assert!(
        !pairs.is_empty() && pairs.iter().all(|pair| [("a", "b"), ("c", "b")].contains(pair)),
        "{pairs:?}"
    );
    // Without one, three groups are each compared with all.
    let analysis = analysed(&divided(), &self::options());
    let groups = analysis
        .findings
        .comparisons
        .iter()
        .filter(|c| analysis.domains[c.domains.0].by == "group");
    assert!(groups.clone().count() > 0 && groups.clone().all(|c| c.domains.1 == 0));
}

#[test]
fn an_order_says_what_can_be_told_apart() {
    // First: water 2/3, work 1/3, light never; the first two of three places hold each other's like.
    let analysis = analysed(&divided(), &options());
    let first = analysis
        .tables
        .iter()
        .position(|t| t.question == "needs.first")
        .expect("a table");
    let order = analysis
        .findings
        .orders
        .iter()
        .find(|o| o.table == first && o.domain == 0)
        .expect("an order");
    assert_eq!(order.categories, [0, 1]);
    let step = order.steps[0].expect("a step");
    assert!(
        step.distinct && (step.difference - 1.0 / 3.0).abs() < 0.01,
        "{step:?}"
    );
    let few = Community::new().add(30, "woman", "first", (50, "east"));
    let analysis = analysed(&few, &options());
    let order = analysis
        .findings
        .orders
        .iter()
        .find(|o| o.table == first && o.domain == 0)
        .expect("an order");
    assert!(
        !order.steps[0].expect("a step").distinct,
        "thirty can't tell: {order:?}"
    );
}

#[test]
fn what_is_drawn_from_withheld_cells_stays() {
    // Four men feel safe: withheld, and with them what would tell.
    let community =
        Community::new()
            .add(100, "woman", "first", (50, "east"))
            .add(100, "man", "first", (4, "west"));
    let analysis = analysed(&community, &options());
    let before = analysis.findings.comparisons.len();
    let safe = analysis
        .tables
        .iter()
        .position(|t| t.question == "safe")
        .expect("a table");
    let about_men = analysis
        .findings
        .comparisons
        .iter()
        .filter(|c| c.table == safe)
        .count();
    assert!(about_men > 0);
    let released = protect(analysis, &Policy::default()).expect("a policy");
    let found = released.findings();
    assert!(found.comparisons.len() < before);
    for c in &found.comparisons {
        for domain in [c.domains.0, c.domains.1] {
            assert!(released.tables()[c.table].cell(domain, c.category).is_exact());
        }
    }
    for test in found.tests.iter().filter(|test| test.statistic.is_some()) {
        let table = &released.tables()[test.table];
        let categories = test.category.map_or(0..table.categories().len(), |at| at..at + 1);
        for category in categories {
            assert!(
                test.domains
                    .iter()
                    .all(|&domain| table.cell(domain, category).is_exact())
            );
        }
    }
    for order in &found.orders {
        let table = &released.tables()[order.table];
        assert!(
            order
                .categories
                .iter()
                .all(|&at| table.cell(order.domain, at).is_exact())
        );
        assert_eq!(order.steps.len() + 1, order.categories.len());
    }
    let mut out = Vec::new();
    write_tests(&released, &mut out).expect("tests");
    write_differences(&released, &mut out).expect("differences");
    write_orders(&released, &mut out).expect("orders");
    assert!(
        String::from_utf8(out)
            .expect("UTF-8")
            .contains("question,category,by")
    );
}

#[test]
fn an_alert_is_raised_where_a_round_differs_by_more_than_chance() {
    let community = Community::new();
    let community = community
        .add(200, "woman", "first", (30, "east"))
        .add(200, "man", "first", (60, "west"));
    let community =
        community
            .add(200, "woman", "second", (55, "east"))
            .add(200, "man", "second", (61, "west"));
    let rounds = community.responses(&form()).rounds("wave").expect("rounds");
    let names: Vec<&str> = rounds.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["first", "second"]);
    let made: Vec<Analysis> = rounds
        .iter()
        .map(|(_, responses)| analyse(responses, &options(), &mut |_, _| {}).expect("tables"))
        .collect();
    let pair: Vec<(&str, &Analysis)> = names.iter().copied().zip(&made).collect();
    let found = changes(&pair, 25, Correction::Holm);
    let domain = |at: usize| made[1].domains[at].code.as_str();
    let question = |at: usize| made[1].tables[at].question.as_str();
    let alerts: Vec<(&str, &str)> = found
        .changes
        .iter()
        .filter(|change| change.alert)
        .map(|change| (question(change.tables.1), domain(change.domains.1)))
        .collect();
    assert!(
        alerts.contains(&("safe", "woman")) && !alerts.contains(&("safe", "man")),
        "{alerts:?}"
    );
    // The wave itself is what the rounds are; all else is chance.
    assert!(
        alerts
            .iter()
            .all(|(question, _)| ["safe", "wave"].contains(question)),
        "{alerts:?}"
    );
    let woman = found
        .changes
        .iter()
        .find(|c| c.alert && domain(c.domains.1) == "woman" && question(c.tables.1) == "safe");
    assert!((woman.expect("a change").difference.abs() - 0.25).abs() < 1e-9);

    let released: Vec<_> = made
        .iter()
        .map(|a| protect(a.clone(), &Policy::default()).expect("a policy"))
        .collect();
    let released: Vec<_> = released.iter().collect();
    let mut out = Vec::new();
    write_changes(&released, found, &mut out).expect("changes");
    let out = String::from_utf8(out).expect("UTF-8");
    assert!(
        out.contains("safe,yes,gender,woman,first,second,0.3,200,0.55,200,"),
        "{}",
        &out[..2000]
    );
}

#[test]
fn rounds_are_compared_only_where_question_and_area_match() {
    let of = |form: &Form, area: &str| {
        let community =
            Community::new()
                .add(100, "woman", "first", (50, "east"))
                .add(100, "man", "first", (50, area));
        analyse(&community.responses(form), &options(), &mut |_, _| {}).expect("tables")
    };
    let (before, after) = (of(&form(), "west"), of(&form_worded("Do you feel safe?"), "west"));
    let found = changes(&[("2025", &before), ("2026", &after)], 25, Correction::Holm);
    let told: Vec<String> = found.not_compared.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        ["safe: no change from '2025' to '2026': it is worded otherwise"]
    );
    let safe = after
        .tables
        .iter()
        .position(|t| t.question == "safe")
        .expect("a table");
    assert!(found.changes.iter().all(|change| change.tables.1 != safe));

    let (before, after) = (of(&form(), "west"), of(&form(), "east"));
    let found = changes(&[("2025", &before), ("2026", &after)], 25, Correction::Holm);
    assert!(
        found.not_compared[0].to_string().contains("only earlier: west"),
        "{:?}",
        found.not_compared
    );
    assert!(!found.changes.is_empty());
    assert!(
        found
            .changes
            .iter()
            .all(|change| after.domains[change.domains.1].by == "area")
    );
}
