//! What the XML holds, piece by piece; that ODK's own tools accept it is tested from outside.

use crate::xlsform::import_markdown;

fn xml_of(markdown: &str) -> String {
    let imported = import_markdown(markdown);
    let form = imported
        .form
        .unwrap_or_else(|| panic!("{:?}", imported.diagnostics));
    let mut out = Vec::new();
    super::write(&form, &mut out).expect("into memory");
    String::from_utf8(out).expect("UTF-8")
}

#[track_caller]
fn holds(xml: &str, pieces: &[&str]) {
    for piece in pieces {
        assert!(xml.contains(piece), "{piece} is not in {xml}");
    }
}

#[test]
fn every_language_has_every_text() {
    let xml = xml_of(
        r#"
        | survey |      |      |               |              |              |               |
        |        | type | name | label::Eng    | label::Fra   | hint::Eng    | guidance_hint | media::image | required | required_message | constraint | constraint_message |
        |        | text | a    | Your <name>?  | Votre nom ?  | It's "yours" | Ask twice     | a.png        | yes      | Say it           | . != 'x'   | Not ${a}           |
        "#,
    );
    holds(
        &xml,
        &[
            r#"<translation lang="Eng" default="true()"><text id="/data/a:label"><value>Your &lt;name&gt;?</value><value form="image">jr://images/a.png</value></text>"#,
            r#"<value>It's "yours"</value><value form="guidance">Ask twice</value>"#,
            r#"<translation lang="Fra"><text id="/data/a:label"><value>Votre nom ?</value>"#,
            r#"<value>Not <output value="/data/a"/></value>"#,
            r#"required="true()" constraint=". != 'x'" jr:constraintMsg="jr:itext('/data/a:jr:constraintMsg')" jr:requiredMsg="jr:itext('/data/a:jr:requiredMsg')""#,
            r#"<hint ref="jr:itext('/data/a:hint')"/>"#,
        ],
    );
}

#[test]
fn a_form_without_languages_has_one() {
    let xml = xml_of(
        "| survey |      |      |       |
         |        | type | name | label |
         |        | note | a    | Hello |",
    );
    holds(
        &xml,
        &[
            r#"<translation lang="default" default="true()"><text id="/data/a:label"><value>Hello</value></text>"#,
            r#"<bind nodeset="/data/a" type="string" readonly="true()"/>"#,
            r#"<input ref="/data/a"><label ref="jr:itext('/data/a:label')"/></input>"#,
        ],
    );
}

#[test]
fn repeats_have_templates_counts_and_defaults() {
    let xml = xml_of(
        "| survey |              |         |        |             |              |
         |        | type         | name    | label  | default     | repeat_count |
         |        | integer      | size    | Size   | 2           |              |
         |        | begin_repeat | person  | Person |             | ${size} + 1  |
         |        | text         | called  | Called | once('x')   |              |
         |        | begin_repeat | child   | Child  |             |              |
         |        | integer      | years   | Years  | 7           |              |
         |        | end_repeat   |         |        |             |              |
         |        | end_repeat   |         |        |             |              |
         |        | begin_repeat | animal  | Animal |             | ${size}      |
         |        | text         | kind    | Kind   |             |              |
         |        | end_repeat   |         |        |             |              |",
    );
    let child = r#"<child jr:template=""><years>7</years></child><child><years>7</years></child>"#;
    holds(
        &xml,
        &[
            "<size>2</size><person_count/>",
            &format!(
                r#"<person jr:template=""><called/>{child}</person><person><called/><child><years>7</years></child></person>"#
            ),
            r#"<bind nodeset="/data/person_count" type="string" calculate="/data/size + 1"/>"#,
            r#"<repeat nodeset="/data/person" jr:count="/data/person_count"><setvalue ref="/data/person/called" event="odk-instance-first-load odk-new-repeat" value="once('x')"/>"#,
            r#"<repeat nodeset="/data/animal" jr:count="/data/size">"#,
        ],
    );
}

#[test]
fn repeats_within_each_other_do_not_double_without_end() {
    let levels = 30;
    let mut sheet = String::from("| survey | | | |\n| | type | name | label |\n");
    for level in 0..levels {
        sheet += &format!("| | begin_repeat | r{level} | R |\n| | text | q{level} | Q |\n");
    }
    sheet += &"| | end_repeat | | |\n".repeat(levels);
    let xml = xml_of(&sheet);
    assert!(xml.len() < 100_000, "{} bytes", xml.len());
}

#[test]
fn what_a_change_sets_off_stands_in_the_control() {
    let xml = xml_of(
        "| survey |           |       |       |              |         |
         |        | type      | name  | label | calculation  | trigger |
         |        | integer   | age   | Age   |              |         |
         |        | calculate | moved |       | ${age} + 1   | ${age}  |",
    );
    holds(
        &xml,
        &[
            r#"<bind nodeset="/data/moved" type="string"/>"#,
            r#"<setvalue ref="/data/moved" event="xforms-value-changed" value="/data/age + 1"/></input>"#,
        ],
    );
}

#[test]
fn choices_come_from_instances() {
    let xml = xml_of(
        "| survey  |                |        |        |                      |                        |             |
         |         | type           | name   | label  | choice_filter        | parameters             | calculation |
         |         | text           | part   | Part   |                      |                        |             |
         |         | select_one towns | town | Town   | region = ${part}     | randomize=true, seed=7 |             |
         |         | rank towns     | order  | Order  |                      |                        |             |
         |         | begin_repeat   | person | Person |                      |                        |             |
         |         | text           | called | Called |                      |                        |             |
         |         | end_repeat     |        |        |                      |                        |             |
         |         | select_one ${called} | head | Head |                    |                        |             |
         |         | calculate      | found  |        |                      |                        | instance('towns')/root/item[name = ${town}]/label |
         | choices |                |        |        |                      |                        |             |
         |         | list_name      | name   | label  | region               | media::audio           |             |
         |         | towns          | x      | X      | north                | x.mp3                  |             |
         |         | towns          | y      | Y      |                      |                        |             |",
    );
    holds(
        &xml,
        &[
            r#"<text id="towns-0"><value>X</value><value form="audio">jr://audio/x.mp3</value></text>"#,
            r#"<instance id="towns"><root><item><itextId>towns-0</itextId><name>x</name><region>north</region></item><item><itextId>towns-1</itextId><name>y</name></item></root></instance>"#,
            r#"<itemset nodeset="randomize(instance('towns')/root/item[region = /data/part], 7)"><value ref="name"/><label ref="jr:itext(itextId)"/></itemset>"#,
            r#"<odk:rank ref="/data/order">"#,
            r#"<bind nodeset="/data/order" type="odk:rank"/>"#,
            r#"<itemset nodeset="/data/person[./called != '']"><value ref="called"/><label ref="called"/></itemset>"#,
            r#"calculate="jr:itext(instance('towns')/root/item[name = /data/town]/itextId)""#,
        ],
    );
}

#[test]
fn controls_and_types_follow_the_kind() {
    let xml = xml_of(
        "| survey |             |       |       |                      |            |
         |        | type        | name  | label | parameters           | appearance |
         |        | start       | began |       |                      |            |
         |        | note        | hear  | Hear  | autoplay=audio       |            |
         |        | range       | far   | Far   | start=0 end=5 step=1 | vertical   |
         |        | range       | fine  | Fine  | start=0 end=5 step=0.5 |          |
         |        | acknowledge | ok    | OK?   |                      |            |
         |        | image       | photo | Photo | max-pixels=800       | draw       |
         |        | audit       | audit |       |                      |            |",
    );
    holds(
        &xml,
        &[
            r#"<bind nodeset="/data/began" type="dateTime" jr:preload="timestamp" jr:preloadParams="start"/>"#,
            r#"<bind nodeset="/data/far" type="int"/>"#,
            r#"<range ref="/data/far" appearance="vertical" start="0" end="5" step="1">"#,
            r#"<bind nodeset="/data/fine" type="decimal"/>"#,
            r#"<input ref="/data/hear" autoplay="audio">"#,
            r#"<trigger ref="/data/ok">"#,
            r#"<bind nodeset="/data/photo" type="binary" orx:max-pixels="800"/>"#,
            r#"<upload ref="/data/photo" appearance="draw" mediatype="image/*">"#,
            "<meta><audit/><instanceID/></meta>",
            r#"<bind nodeset="/data/meta/audit" type="binary"/>"#,
        ],
    );
}

#[test]
fn white_space_and_what_xml_cannot_hold_survive_in_their_way() {
    let xml = xml_of(
        "| survey | | | | |\n| | type | name | label | calculation |\n| | note | a | one\u{b}two | |\n| | calculate | b | | concat('a\tb', \"it's\") |",
    );
    holds(
        &xml,
        &[
            "<value>onetwo</value>",
            r#"calculate="concat('a&#9;b', &quot;it's&quot;)""#,
        ],
    );
}

#[test]
fn a_node_meta_of_the_forms_own_is_left_alone() {
    let xml = xml_of(
        "| survey |      |      |       |
         |        | type | name | label |
         |        | text | meta | Meta  |",
    );
    holds(
        &xml,
        &[
            "<meta/><orx:meta><orx:instanceID/></orx:meta>",
            r#"nodeset="/data/orx:meta/orx:instanceID""#,
        ],
    );
}

#[test]
fn a_group_that_shows_nothing_is_in_the_model_alone() {
    let xml = xml_of(
        r"
        | survey |             |      |       |             |
        |        | type        | name | label | calculation |
        |        | text        | a    | A     |             |
        |        | begin_group | g    | G     |             |
        |        | begin_group | h    | H     |             |
        |        | calculate   | c    |       | ${a}        |
        |        | end_group   |      |       |             |
        |        | end_group   |      |       |             |
        ",
    );
    holds(&xml, &["<g><h><c/></h></g>", r#"nodeset="/data/g/h/c""#]);
    assert!(!xml.contains("<group"), "{xml}");
}
