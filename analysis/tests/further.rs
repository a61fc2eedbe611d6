//! What people rank, name together, fear and trust: tables beyond those of single questions.

use baraza_analysis::{
    Analysis, Missing, Options, Policy, Responses, Shows, Statistic, Table, Variables, View, analyse, protect,
};
use baraza_forms::Form;
use baraza_forms::xlsform::import_markdown;

fn form() -> Form {
    import_markdown(
        "| survey | | | | | | |
         | | type | name | label | baraza::role | parameters | relevant |
         | | select_one sexes | gender | Gender | gender | | |
         | | select_multiple threats | threats | Threats | | | |
         | | rank threats | top | Which most? | | ranks=3 | |
         | | select_one yn | incident | Incident? | | | |
         | | select_one likely | fear | Fear? | | | |
         | | select_one threats | women | To women? | | | |
         | | select_one threats | men | To men? | | | |
         | | select_multiple providers | providers | Present? | | | |
         | | select_one trust | trust_police | Trust the police? | | | |
         | | select_one trust | trust_ngo | Trust NGOs? | | | |
         | choices | | | | | | |
         | | list_name | name | label | baraza::special | | |
         | | sexes | woman | Woman | | | |
         | | sexes | man | Man | | | |
         | | threats | crime | Crime | | | |
         | | threats | hunger | Hunger | | | |
         | | threats | flood | Flood | | | |
         | | threats | war | War | | | |
         | | threats | dont_know | Don't know | dont_know | | |
         | | yn | yes | Yes | | | |
         | | yn | no | No | | | |
         | | likely | likely | Likely | | | |
         | | likely | unlikely | Unlikely | | | |
         | | providers | police | Police | | | |
         | | providers | ngo | NGOs | | | |
         | | providers | none | None | none | | |
         | | providers | dont_know | Don't know | dont_know | | |
         | | trust | lot | A lot | | | |
         | | trust | little | A little | | | |
         | | trust | dont_know | Don't know | dont_know | | |",
    )
    .form
    .expect("a form")
}

const VARIABLES: &str = "\
variable,make,from,code,values,label
top,complete,threats,,,
fear_after,cross,fear incident,,,Fear by experience
pairs,together,threats,,,Named together
whom,matrix,women men,,,Threats to whom
net,each,providers trust_{},,,Trust
,,,absent,,Not present
,,,trusted,lot,a lot
";

/// Each row as often as its number says.
fn data(rows: &[(usize, &str)]) -> String {
    let header = "gender,threats,top,incident,fear,women,men,providers,trust_police,trust_ngo\n";
    let rows = rows.iter().map(|(times, row)| format!("{row}\n").repeat(*times));
    header.to_owned() + &rows.collect::<String>()
}

fn analysed(csv: &str, variables: &str) -> Analysis {
    let form = form();
    let (variables, _) = Variables::read(&form, variables.as_bytes(), Missing::IsAnError).expect("variables");
    let (responses, _) = Responses::from_csv(&form, csv.as_bytes()).expect("responses");
    let responses = variables.derive(&responses).expect("columns");
    let options = Options {
        variables,
        ..Options::default()
    };
    analyse(&responses, &options, &mut |_, _| {}).expect("tables")
}

fn table<'a>(analysis: &'a Analysis, question: &str) -> &'a Table {
    let found = analysis.tables.iter().find(|table| table.question == question);
    found.unwrap_or_else(|| {
        let all: Vec<&str> = analysis.tables.iter().map(|t| t.question.as_str()).collect();
        panic!("a table of {question} among {all:?}")
    })
}

fn counts(table: &Table) -> Vec<(&str, u64, u64)> {
    let cells = table.categories.iter().zip(&table.estimates);
    cells
        .map(|(category, e)| {
            (
                category.code.as_str(),
                e.map_or(0, |e| e.count),
                e.map_or(0, |e| e.n),
            )
        })
        .collect()
}

fn community() -> String {
    data(&[
        (
            60,
            "woman,crime hunger flood,hunger crime flood,yes,likely,hunger,war,police,lot,",
        ),
        (
            40,
            "woman,crime hunger,crime hunger,no,unlikely,hunger,crime,police ngo,little,lot",
        ),
        (50, "man,crime war,crime war,yes,unlikely,crime,war,ngo,,little"),
        (30, "man,flood,,no,unlikely,hunger,war,none,,"),
        (20, "man,dont_know,dont_know,no,likely,hunger,war,dont_know,,"),
    ])
}

#[test]
fn ranks_show_the_first_the_top_and_the_mean_place() {
    let analysis = analysed(&community(), VARIABLES);
    let first = table(&analysis, "top.first");
    assert!(first.exclusive && first.view == View::First);
    // Flood stands first for the thirty who named nothing else, though they were not asked to rank.
    let expected = [
        ("crime", 90, 200),
        ("hunger", 60, 200),
        ("flood", 30, 200),
        ("war", 0, 200),
        ("dont_know", 20, 200),
    ];
    assert_eq!(counts(first), expected);
    let top = table(&analysis, "top.top3");
    let expected = [
        ("crime", 150, 200),
        ("hunger", 100, 200),
        ("flood", 90, 200),
        ("war", 50, 200),
        ("dont_know", 20, 200),
    ];
    assert_eq!(counts(top), expected);
    let mean = table(&analysis, "top.mean_rank");
    assert_eq!(mean.statistic, Statistic::Mean);
    let means: Vec<(f64, u64)> = mean.estimates[..4]
        .iter()
        .flatten()
        .map(|e| (e.value, e.n))
        .collect();
    // Crime: 60 × 2nd and 90 × 1st; hunger: 60 × 1st and 40 × 2nd; flood: 60 × 3rd and 30 × 1st; war: 50 × 2nd.
    let expected = [
        (210.0 / 150.0, 150),
        (140.0 / 100.0, 100),
        (210.0 / 90.0, 90),
        (2.0, 50),
    ];
    for ((value, n), (wanted, base)) in means.iter().zip(expected) {
        assert!((value - wanted).abs() < 1e-12 && *n == base, "{means:?}");
    }
    assert!(mean.own_bases && mean.base.contains("did not rank it"));
    // The smallest group at one place, by which the mean is protected: crime 60, hunger 40, flood 30, war 50.
    let smallest: Vec<u64> = mean.estimates[..4].iter().flatten().map(|e| e.count).collect();
    assert_eq!(smallest, [60, 40, 30, 50]);
}

#[test]
fn without_completion_who_named_one_thing_has_no_rank() {
    let analysis = analysed(&community(), "variable,make\n");
    assert_eq!(counts(table(&analysis, "top.first"))[2], ("flood", 0, 170));
}

#[test]
fn fear_is_told_by_experience() {
    let analysis = analysed(&community(), VARIABLES);
    let after = table(&analysis, "fear_after.yes");
    assert_eq!(counts(after), [("likely", 60, 110), ("unlikely", 50, 110)]);
    assert_eq!(
        counts(table(&analysis, "fear_after.no")),
        [("likely", 20, 90), ("unlikely", 70, 90)]
    );
    assert!(
        after.base.contains("answered 'Yes' to 'incident'"),
        "{}",
        after.base
    );
    let section = analysis
        .findings
        .sections
        .iter()
        .find(|s| s.key == "fear_after")
        .expect("a section");
    assert_eq!((section.shows, section.tables.len()), (Shows::Cross, 2));
}

#[test]
fn pairs_are_counted_where_both_are_named() {
    let analysis = analysed(&community(), VARIABLES);
    let pairs = table(&analysis, "pairs");
    let expected = [
        ("crime+hunger", 100, 200),
        ("crime+flood", 60, 200),
        ("hunger+flood", 60, 200),
        ("crime+war", 50, 200),
    ];
    assert_eq!(counts(pairs), expected);
}

#[test]
fn the_matrix_is_read_by_who_speaks() {
    let analysis = analysed(&community(), VARIABLES);
    let section = analysis
        .findings
        .sections
        .iter()
        .find(|s| s.key == "whom")
        .expect("a section");
    assert_eq!(section.shows, Shows::Matrix);
    let keys: Vec<&str> = section
        .tables
        .iter()
        .map(|&at| analysis.tables[at].question.as_str())
        .collect();
    assert_eq!(keys, ["women", "men"]);
    let of = |code: &str| {
        analysis
            .domains
            .iter()
            .position(|d| d.code == code)
            .expect("a gender")
    };
    let share = |question: &str, gender: &str, at: usize| {
        let table = table(&analysis, question);
        table.estimates[of(gender) * table.width() + at].map(|e| (e.count, e.n))
    };
    assert_eq!(
        share("women", "man", 0),
        Some((50, 100)),
        "men on what threatens women: crime"
    );
    assert_eq!(
        share("women", "woman", 1),
        Some((100, 100)),
        "women on what threatens women: hunger"
    );
}

#[test]
fn trust_is_told_among_those_who_have_the_provider_and_net_of_absence() {
    let analysis = analysed(&community(), VARIABLES);
    let overview = table(&analysis, "net.trusted");
    assert_eq!(counts(overview), [("police", 60, 100), ("ngo", 40, 90)]);
    assert!(overview.own_bases && overview.view == View::EachOf);
    let net = table(&analysis, "net_police");
    let expected = [
        ("lot", 60, 180),
        ("little", 40, 180),
        ("absent", 80, 180),
        ("dont_know", 0, 180),
    ];
    assert_eq!(
        counts(net),
        expected,
        "who does not know what is present is in no base"
    );
    let section = analysis
        .findings
        .sections
        .iter()
        .find(|s| s.shows == Shows::Each)
        .expect("a section");
    let keys: Vec<&str> = section
        .tables
        .iter()
        .map(|&at| analysis.tables[at].question.as_str())
        .collect();
    assert_eq!(keys, ["net.trusted", "net_police", "net_ngo"]);
}

#[test]
fn what_is_contained_in_another_table_is_known_to_be() {
    let more = "deep,merge,fear,,,\n,,,any,likely unlikely,\ndims,merge,threats,,,\n,,,want,hunger flood,\n";
    let analysis = analysed(&community(), &format!("{VARIABLES}{more}"));
    assert!(analysis.relations.len() > 20, "{}", analysis.relations.len());
    for relation in &analysis.relations {
        for domain in 0..analysis.domains.len() {
            let count = |(table, category): (usize, usize)| {
                let table = &analysis.tables[table];
                table.estimates[domain * table.width() + category].map_or(0, |e| e.count)
            };
            let parts: u64 = relation.parts.iter().map(|&part| count(part)).sum();
            assert!(parts <= count(relation.whole), "{relation:?} in {domain}");
        }
    }
    let at = |question: &str| {
        analysis
            .tables
            .iter()
            .position(|t| t.question == question)
            .expect("a table")
    };
    let fear = relation_to(&analysis, (at("fear"), 0));
    assert_eq!(fear, [vec![(at("fear_after.yes"), 0), (at("fear_after.no"), 0)]]);
}

fn relation_to(analysis: &Analysis, whole: (usize, usize)) -> Vec<Vec<(usize, usize)>> {
    let of = analysis
        .relations
        .iter()
        .filter(|relation| relation.whole == whole);
    of.map(|relation| relation.parts.clone()).collect()
}

#[test]
fn a_mean_place_that_few_stand_behind_is_withheld() {
    let rows = data(&[
        (
            60,
            "woman,crime hunger,crime hunger,yes,likely,hunger,war,police,lot,",
        ),
        (
            3,
            "man,crime hunger,hunger crime,yes,likely,hunger,war,police,lot,",
        ),
    ]);
    let released = protect(analysed(&rows, VARIABLES), &Policy::default()).expect("a policy");
    let mean = released
        .tables()
        .iter()
        .find(|t| t.question() == "top.mean_rank")
        .expect("a table");
    assert!(
        mean.cell(0, 0).estimate.is_none(),
        "three put crime second, and the mean says so"
    );
}

/// Pairs by crossed groups would take the question's own figures along.
#[test]
fn pairs_are_left_out_beside_crossed_groups_and_a_note_says_so() {
    let form = form();
    let (variables, _) = Variables::read(&form, VARIABLES.as_bytes(), Missing::IsAnError).expect("variables");
    let (responses, _) = Responses::from_csv(&form, community().as_bytes()).expect("responses");
    let responses = variables.derive(&responses).expect("columns");
    let options = Options {
        variables,
        by: vec!["gender*incident".into()],
        ..Options::default()
    };
    let analysis = analyse(&responses, &options, &mut |_, _| {}).expect("tables");
    assert!(analysis.tables.iter().all(|table| table.view != View::Together));
    let told: Vec<String> = analysis.notes.iter().map(|note| note.message.clone()).collect();
    assert!(
        told.iter().any(|message| message.contains("'pairs' is left out")),
        "{told:?}"
    );
}
