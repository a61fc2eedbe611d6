use super::{Fitting, label, read};
use baraza_forms::Form;
use baraza_forms::xlsform::{Sheet, import_markdown};
use serde_json::{Value as Json, json};

const FORM: &str = "\
| survey   |                  |        |                     |                     |              |
|          | type             | name   | label::English (en) | label::Français (fr) | baraza::role |
|          | select_one g     | sex    | Gender              | Genre               | gender       |
|          | integer          | years  | Age                 | Âge                 | age          |
|          | select_multiple w | work  | Work                | Travail             |              |
|          | integer          | adults | Adults              | Adultes             |              |
|          | text             | psu    | Cluster             | Grappe              | psu          |
|          | begin_repeat     | member | Member              | Membre              |              |
|          | text             | who    | Who                 | Qui                 |              |
|          | end_repeat       |        |                     |                     |              |
| choices  |                  |        |                     |                     |
|          | list_name        | name   | label::English (en) | label::Français (fr) |
|          | g                | woman  | Woman               | Femme               |
|          | g                | man    | Man                 | Homme               |
|          | w                | farm   | Farm                | Ferme               |
|          | w                | trade  | Trade               | Commerce            |
| settings |                  |        |
|          | form_id          | version |
|          | f                | 1      |
";

fn form() -> Form {
    import_markdown(FORM).form.expect("a form")
}

fn sheet(csv: &str) -> Sheet {
    Sheet::from_csv("quotas", csv.as_bytes()).expect("a sheet")
}

#[test]
fn a_quota_is_named_by_choices_and_bands_in_each_language() {
    let form = form();
    let quotas = read(
        &form,
        &sheet("gender;age;work;adults;psu;target\nwoman;18-35;;;;20\n;46+;farm;;;5\n;;;2;c07;3\n;;;;;100\n"),
    )
    .expect("quotas");
    let labels = |language| {
        quotas
            .iter()
            .map(|(wanted, _)| label(&form, language, wanted))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        labels(0),
        ["Woman 18–35", "46+ · Farm", "adults: 2 · psu: c07", ""]
    );
    assert_eq!(
        labels(1),
        ["Femme 18–35", "46+ · Ferme", "adults: 2 · psu: c07", ""]
    );
    assert_eq!(
        quotas.iter().map(|(_, target)| *target).collect::<Vec<_>>(),
        [20, 5, 3, 100]
    );
}

#[track_caller]
fn counts(csv: &str, answers: &Json, counted: bool) {
    let quotas = read(&form(), &sheet(csv)).expect("quotas");
    let answers = answers.as_object().expect("answers");
    assert_eq!(
        quotas[0].0.iter().all(|wanted| wanted.fits(answers)),
        counted,
        "{csv} {answers:?}"
    );
}

#[test]
fn who_is_of_the_kind_counts() {
    let quota = "gender,age,target\nwoman,18-35,1\n";
    counts(quota, &json!({"sex": "woman", "years": 18}), true);
    counts(quota, &json!({"sex": "woman", "years": 35.5}), true);
    counts(quota, &json!({"sex": "woman", "years": 36}), false);
    counts(quota, &json!({"sex": "man", "years": 20}), false);
    counts(quota, &json!({"sex": "woman"}), false);
    counts(
        quota,
        &json!({"sex": "woman", "years": {"pass": "dont_know"}}),
        false,
    );
    counts("age,target\n46+,1\n", &json!({"years": 99}), true);
    counts("work,target\nfarm,1\n", &json!({"work": ["trade", "farm"]}), true);
    counts("work,target\nfarm,1\n", &json!({"work": ["trade"]}), false);
    counts("target\n7\n", &json!({}), true);
}

#[test]
fn a_quota_is_stored_as_it_was_meant() {
    let quotas = read(&form(), &sheet("gender,age,target\nwoman,46+,1\n")).expect("quotas");
    let json = serde_json::to_value(&quotas[0].0).expect("JSON");
    assert_eq!(
        json,
        json!([{"key": "sex", "is": "woman"}, {"key": "years", "within": {"from": 46, "to": null}}])
    );
    let again: Vec<super::Wanted> = serde_json::from_value(json).expect("quotas");
    assert_eq!(again, quotas[0].0);
    assert!(matches!(again[0].answer, Fitting::Is(_)));
}

#[track_caller]
fn wrong(csv: &str, told: &[&str]) {
    let found = read(&form(), &sheet(csv)).expect_err("wrong");
    assert_eq!(found.len(), told.len(), "{found:?}");
    for (found, told) in found.iter().zip(told) {
        assert!(found.starts_with(told), "{found} / {told}");
    }
}

#[test]
fn what_is_wrong_is_told_by_row_and_column() {
    wrong("", &["the file is empty"]);
    wrong(
        "gender,tagret\nwoman,3\n",
        &[
            "row 1, column B (tagret): 'tagret' is neither a role nor the key",
            "row 1: there is no column 'target'",
            "row 2: the row says no target",
        ],
    );
    wrong(
        "gender,age,target\nwomen,18-35,20\nman,35-18,x\nman,,\n,,5,7\n",
        &[
            "row 2, column A (gender): 'women' is not among the codes of 'g': woman, man",
            "row 3, column B (age): '35-18' is no band",
            "row 3, column C (target): 'x' is no number of people",
            "row 4: the row says no target",
            "row 5, column D: the column has no header",
        ],
    );
    wrong(
        "gender,age,target\nman,18-35,5\nman,18-35,7\n",
        &["row 3: a row above asks for the same people"],
    );
    wrong(
        "who,target\nAli,1\n",
        &["row 1, column A (who): 'who' is neither"],
    );
    wrong(
        "gender,gender,target\nwoman,man,1\n",
        &["row 1, column B (gender): the column is there twice"],
    );
    wrong("target\n-1\n", &["row 2, column A (target): '-1' is no number"]);
}
