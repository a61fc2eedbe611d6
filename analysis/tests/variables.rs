//! A coordinator writes a small file of variables beside the form, and reads tables of them.

use baraza_analysis::{
    Analysis, BasePolicy, Compare, Missing, Options, Responses, Statistic, Table, Variables, analyse,
};
use baraza_forms::Form;
use baraza_forms::xlsform::import_markdown;

fn form() -> Form {
    import_markdown(
        "| survey | | | | | | |
         | | type | name | label::English (en) | label::Français (fr) | baraza::role | baraza::sensitive |
         | | integer | age | Age | Âge | age | |
         | | select_one sexes | gender | Gender | Genre | gender | |
         | | select_one safety | safe | Safe? | En sécurité ? | | |
         | | select_multiple threats | threats | Threats | Menaces | | yes |
         | | select_one difficulty | seeing | Seeing | Voir | | |
         | | select_one difficulty | hearing | Hearing | Entendre | | |
         | | select_one districts | district | District | District | | |
         | | select_one regions | region | Region | Région | | |
         | choices | | | | | | |
         | | list_name | name | label::English (en) | label::Français (fr) | baraza::special | dimension |
         | | sexes | woman | Woman | Femme | | |
         | | sexes | man | Man | Homme | | |
         | | safety | very | Very | Très | | |
         | | safety | fairly | Fairly | Assez | | |
         | | safety | not | Not | Pas | | |
         | | safety | never_alone | Never alone | Jamais seul | | |
         | | safety | dont_know | Don't know | Ne sait pas | dont_know | |
         | | threats | hunger | Hunger | Faim | | food |
         | | threats | theft | Theft | Vol | | personal |
         | | threats | assault | Assault | Agression | | personal |
         | | threats | other | Other | Autre | | |
         | | threats | none | None | Aucune | none | |
         | | difficulty | no | None | Aucune | | |
         | | difficulty | lot | A lot | Beaucoup | | |
         | | difficulty | cannot | Cannot | Ne peut pas | | |
         | | difficulty | dont_know | Don't know | Ne sait pas | dont_know | |
         | | districts | a | A | A | | |
         | | districts | b | B | B | | |
         | | districts | c | C | C | | |
         | | regions | north | North | Nord | | |
         | | regions | south | South | Sud | | |",
    )
    .form
    .expect("a form")
}

const DATA: &str = "\
age,gender,safe,threats,seeing,hearing,district,region
18,woman,very,hunger,no,no,a,north
29,woman,fairly,theft assault,lot,no,a,north
30,woman,not,hunger theft,no,cannot,b,north
44,man,never_alone,other,dont_know,no,b,north
60,man,dont_know,none,dont_know,dont_know,c,south
17,man,very,theft,,,c,south
";

fn analysed(variables: &str, options: Options, data: &str) -> Analysis {
    let form = form();
    let (variables, notes) =
        Variables::read(&form, variables.as_bytes(), Missing::IsAnError).expect("variables");
    assert!(notes.is_empty(), "{notes:?}");
    let (responses, _) = Responses::from_csv(&form, data.as_bytes()).expect("responses");
    let responses = variables.derive(&responses).expect("columns");
    let options = Options { variables, ..options };
    analyse(&responses, &options, &mut |_, _| {}).expect("tables")
}

fn table<'a>(analysis: &'a Analysis, question: &str) -> &'a Table {
    let found = analysis.tables.iter().find(|table| table.question == question);
    found.unwrap_or_else(|| panic!("a table of {question}"))
}

/// Codes with their counts overall, and the base.
fn counts(table: &Table) -> (Vec<(&str, u64)>, u64) {
    let cells = table.categories.iter().zip(&table.estimates);
    let counts = cells.map(|(category, e)| (category.code.as_str(), e.map_or(0, |e| e.count)));
    let n = table.estimates.iter().flatten().next().map_or(0, |e| e.n);
    (counts.collect(), n)
}

#[test]
fn ages_are_banded_and_the_bands_take_the_role() {
    let analysis = analysed(
        "variable,make,from,code,values,label::English (en),label::Français (fr),role\n\
         life,ranges,age,,,Stage of life,Étape de la vie,age\n\
         ,,,young,18-29,Young,Jeune,\n\
         ,,,old,30+,Older,,\n",
        Options {
            language: 1,
            ..Options::default()
        },
        DATA,
    );
    let life = table(&analysis, "life");
    assert_eq!(
        counts(life),
        (vec![("young", 2), ("old", 3)], 5),
        "17 is in no band"
    );
    assert_eq!(life.label, "Étape de la vie");
    let labels: Vec<&str> = life.categories.iter().map(|c| c.label.as_str()).collect();
    assert_eq!(
        labels,
        ["Jeune", "Older"],
        "what has no French label keeps the one there is"
    );
    let ages = analysis.domains.iter().filter(|domain| domain.by == "age");
    assert_eq!(
        ages.map(|d| d.code.as_str()).collect::<Vec<_>>(),
        ["young", "old"]
    );
    assert_eq!(
        table(&analysis, "age").statistic,
        Statistic::Mean,
        "age keeps its own table"
    );
}

#[test]
fn categories_are_merged_left_out_or_stay() {
    let variables = "variable;make;from;code;values;label;instead\n\
         # safe as the report has it\n\
         feels;merge;safe;;;Feels safe;yes\n\
         ;;;safe;very fairly;Safe;\n\
         ;;;;never_alone;;\n";
    let analysis = analysed(variables, Options::default(), DATA);
    let feels = table(&analysis, "feels");
    assert_eq!(
        counts(feels),
        (vec![("safe", 3), ("not", 1), ("dont_know", 1)], 5)
    );
    assert!(feels.exclusive && !feels.sensitive);
    assert!(
        analysis.tables.iter().all(|table| table.question != "safe"),
        "'instead' leaves the question itself out"
    );
    let women = analysis
        .domains
        .iter()
        .position(|d| d.code == "woman")
        .expect("women");
    assert_eq!(
        feels.estimates[women * feels.width()].map(|e| (e.count, e.n)),
        Some((2, 3))
    );
}

#[test]
fn star_is_all_other_answers_of_substance() {
    let variables = "variable,make,from,code,values\n\
         three,merge,safe,,\n\
         ,,,best,very\n\
         ,,,rest,*\n";
    let analysis = analysed(variables, Options::default(), DATA);
    let three = table(&analysis, "three");
    assert_eq!(
        counts(three),
        (vec![("best", 2), ("rest", 3), ("dont_know", 1)], 6)
    );
}

#[test]
fn disability_is_any_of_the_domains() {
    let variables = "variable,make,from,code,values,label,role\n\
         disabled,any,seeing hearing,,,Disability,disability\n\
         ,,,yes,lot cannot,Yes,\n\
         ,,,no,*,No,\n";
    let options = Options {
        by: vec!["disability".into()],
        ..Options::default()
    };
    let analysis = analysed(variables, options, DATA);
    // One who passed a single question counts by the other; who passed both, or answered neither, does not count.
    assert_eq!(
        counts(table(&analysis, "disabled")),
        (vec![("yes", 2), ("no", 2)], 4)
    );
    assert!(
        analysis
            .domains
            .iter()
            .any(|d| d.by == "disability" && d.code == "yes")
    );
}

#[test]
fn threats_roll_up_by_a_column_of_the_choices() {
    let variables = "variable,make,from,code,values,label::Français (fr)\n\
         dimensions,roll_up,threats,,dimension,Dimensions\n\
         ,,,personal,,Personnelle\n";
    let analysis = analysed(variables, Options::default(), DATA);
    let dimensions = table(&analysis, "dimensions");
    // Two personal threats of one respondent are one; what has no dimension stays what it is.
    let expected = vec![("personal", 3), ("food", 2), ("other", 1), ("none", 1)];
    assert_eq!(counts(dimensions), (expected, 6));
    assert!(
        !dimensions.exclusive && dimensions.sensitive,
        "as sensitive as what it is made from"
    );
    assert_eq!(dimensions.categories[0].label, "Personnelle");
}

#[test]
fn a_variable_can_be_made_from_one_before_it() {
    let variables = "variable,make,from,code,values\n\
         life,ranges,age,,\n\
         ,,,child,0-17\n\
         ,,,young,18-29\n\
         ,,,old,30+\n\
         adult,merge,life,,\n\
         ,,,adult,young old\n";
    let options = Options {
        by: vec!["adult".into()],
        ..Options::default()
    };
    let analysis = analysed(variables, options, DATA);
    assert_eq!(
        counts(table(&analysis, "adult")),
        (vec![("adult", 5), ("child", 1)], 6)
    );
    assert!(
        analysis
            .domains
            .iter()
            .any(|d| d.by == "adult" && d.code == "child")
    );
}

#[test]
fn what_divides_is_not_tested_against_what_it_is_made_from() {
    let variables = "variable,make,from,code,values,role\n\
         life,ranges,age,,,age\n\
         ,,,young,0-29,\n\
         ,,,old,30+,\n\
         feels,merge,safe,,,\n\
         ,,,safe,very fairly,\n";
    let options = Options {
        compare: Some(Compare::default()),
        ..Options::default()
    };
    let mut data = String::from(DATA);
    for age in 20..60 {
        let safe = ["very", "fairly", "not"][age % 3];
        data += &format!("{age},woman,{safe},theft,no,no,a,north\n");
    }
    let analysis = analysed(variables, options, &data);
    let tested = |question: &str, by: &str| {
        let tests = &analysis.findings.tests;
        tests
            .iter()
            .any(|t| analysis.tables[t.table].question == question && t.by == by)
    };
    assert!(tested("feels", "age") && tested("age", "gender"));
    assert!(
        !tested("age", "age") && !tested("life", "age"),
        "older people are older"
    );
}

#[test]
fn the_base_is_a_choice_for_each_question_and_printed() {
    let variables = "variable,make,from,code,values\nsafe,base,,,substantive\n";
    let analysis = analysed(variables, Options::default(), DATA);
    let safe = table(&analysis, "safe");
    assert_eq!(counts(safe).1, 5);
    assert!(safe.base.contains("left out"), "{}", safe.base);
    assert!(table(&analysis, "seeing").base.contains("included"));

    let variables = "variable,make,from,code,values\nsafe,base,,,answering\n";
    let options = Options {
        base: BasePolicy::Substantive,
        ..Options::default()
    };
    let analysis = analysed(variables, options, DATA);
    assert_eq!(counts(table(&analysis, "safe")).1, 6);
    assert_eq!(counts(table(&analysis, "seeing")).1, 3);
}

#[test]
fn districts_know_their_region() {
    let variables = "variable,make,from\ndistrict,within,region\n";
    let analysis = analysed(variables, Options::default(), DATA);
    let around = |code: &str| {
        let found = analysis
            .domains
            .iter()
            .find(|d| d.by == "district" && d.code == code);
        found.and_then(|district| district.within.clone())
    };
    let region = |code: &str| Some(("region".to_owned(), code.to_owned()));
    assert_eq!(
        (around("a"), around("b"), around("c")),
        (region("north"), region("north"), region("south"))
    );

    let form = form();
    let (variables, _) = Variables::read(&form, variables.as_bytes(), Missing::IsAnError).expect("variables");
    let data = format!("{DATA}50,man,very,hunger,no,no,a,south\n");
    let (responses, _) = Responses::from_csv(&form, data.as_bytes()).expect("responses");
    let options = Options {
        variables,
        ..Options::default()
    };
    let error = analyse(&responses, &options, &mut |_, _| {}).expect_err("a is in two regions");
    let error = error.to_string();
    assert!(
        error.contains("'a' of 'district'") && error.contains("'north' and 'south'"),
        "{error}"
    );
}

#[test]
fn what_has_no_meaning_is_told_with_line_and_variable() {
    let cases = [
        ("variable,from\nx,age\n", "line 1: the first row"),
        ("variable,make,color\n", "line 1: the column 'color'"),
        (
            "variable,make,from\nx,bands,age\n",
            "line 2, 'x': 'bands' in the column 'make'",
        ),
        (
            "variable,make,from\n\n,merge,safe\n",
            "line 3: a row of a category",
        ),
        (
            "variable,make,from\nx,merge,safe\n",
            "line 2, 'x': it has no category",
        ),
        (
            "variable,make,from,code,values\nx,merge,saef,,\n,,,a,very\n",
            "line 2, 'x': the form has no question with the key 'saef'",
        ),
        (
            "variable,make,from,code,values\nx,merge,safe,,\n,,,a,vrey\n",
            "line 3, 'x': no choice has the code 'vrey'",
        ),
        (
            "variable,make,from,code,values\nx,merge,safe,,\n,,,a,very\n,,,b,very\n",
            "line 4, 'x': 'very' is in two categories",
        ),
        (
            "variable,make,from,code,values\nx,merge,safe,,\n,,,not,very\n",
            "line 3, 'x': 'not' is a code of 'safe' as well",
        ),
        (
            "variable,make,from,code,values\nx,merge,safe,a,very\n",
            "line 2, 'x': the code 'a' stands in the row of the variable",
        ),
        (
            "variable,make,from,code,values\nage,merge,safe,,\n,,,a,very\n",
            "line 2, 'age': the form has a question 'age' already",
        ),
        (
            "variable,make,from,code,values\nx,ranges,age,,\n,,,a,18-30\n,,,b,30+\n",
            "line 4, 'x': '30+' overlaps with a range of 'a'",
        ),
        (
            "variable,make,from,code,values\nx,ranges,age,,\n,,,a,young\n",
            "line 3, 'x': 'young' is no range",
        ),
        (
            "variable,make,from,code,values\nx,ranges,safe,,\n,,,a,1\n",
            "line 2, 'x': 'safe' has to be a number",
        ),
        (
            "variable,make,from,code,values,role\nx,merge,safe,,,sex\n,,,a,very,\n",
            "line 2, 'x': 'sex' is no role",
        ),
        (
            "variable,make,from,values\nx,roll_up,threats,topic\n",
            "line 2, 'x': the list 'threats' has no column 'topic'",
        ),
        (
            "variable,make,from,code,values\nx,any,seeing hearing,,\n,,,yes,alot\n",
            "line 3, 'x': none of the questions has the code 'alot'",
        ),
        (
            "variable,make,values\nsafe,base,all\n",
            "line 2, 'safe': the column 'values' has to say",
        ),
        (
            "variable,make,from\ndistrict,within,country\n",
            "line 2, 'district': the form has no question with the key or role 'country'",
        ),
    ];
    for (file, expected) in cases {
        let read = Variables::read(&form(), file.as_bytes(), Missing::IsAnError);
        let error = read
            .err()
            .unwrap_or_else(|| panic!("refused: {file}"))
            .to_string();
        assert!(
            error.starts_with("variables, ") && error.contains(expected),
            "{file}\n{error}"
        );
    }
}

#[test]
fn a_file_that_came_with_the_form_leaves_out_what_was_taken_from_it() {
    let own = "variable,make,from,code,values\nfeels,merge,safe,,\n,,,safe,very\n";
    let shipped = "variable,make,from,code,values\n\
         feels,merge,safe,,\n,,,safe,very fairly\n\
         gone,merge,removed,,\n,,,a,b\n\
         three,merge,safe,,\n,,,best,very\n";
    let form = form();
    let (mut variables, _) = Variables::read(&form, own.as_bytes(), Missing::IsAnError).expect("variables");
    let notes = variables
        .add(shipped.as_bytes(), Missing::IsLeftOut)
        .expect("variables");
    let notes: Vec<String> = notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(
        notes[0].contains("'gone'") && notes[0].contains("'removed'"),
        "{notes:?}"
    );
    let (responses, _) = Responses::from_csv(&form, DATA.as_bytes()).expect("responses");
    let responses = variables.derive(&responses).expect("columns");
    let options = Options {
        variables,
        ..Options::default()
    };
    let analysis = analyse(&responses, &options, &mut |_, _| {}).expect("tables");
    assert_eq!(
        counts(table(&analysis, "feels")).0[0],
        ("safe", 2),
        "the project's own goes first"
    );
    assert_eq!(counts(table(&analysis, "three")).0[0], ("best", 2));
}
