//! Questions for what identifies a person: no names, and contact data apart from answers.

use super::Linted;
use crate::form::{Kind, Node, NodeId};
use crate::xlsform::Diagnostics;
use fancy_regex::Regex;

/// Words by language. 'Name' alone asks for anybody's; 'name of the school' for nobody's.
const WORDS: &[(&str, &str)] = &[
    (
        "en",
        r"(?i)\b(your|respondent'?s?|interviewee'?s?|beneficiary'?s?|person'?s|full|first|last|family|sur) ?names?\b|\bnames? of (the |each |this )?(respondent|interviewee|beneficiary|person|individual|household (head|member)|head of|child|mother|father|spouse)|\b(phone|telephone|mobile|cell|whatsapp)( phone)? numbers?\b|\be-?mail address\b|\byour (phone|e-?mail)\b|\b(national id|identity card|id card|passport|ration card) (number|no)\b|^\W*(name|names|phone|telephone|e-?mail)\W*$",
    ),
    (
        "fr",
        r"(?i)\bvotre (pré)?nom\b|\bprénoms?\b|\bnom (et prénom|complet|de famille)|\bnom d(u|e la|e l') ?'?(répondant|enquêté|chef|bénéficiaire|personne|enfant|mère|père)|\bnuméro de (téléphone|portable|mobile)|\badresse e-?mail\b|\b(pièce|carte) d'identité\b|^\W*(nom|noms|téléphone)\W*$",
    ),
    (
        "es",
        r"(?i)\bsu nombre\b|\bnombres? (completo|y apellido)|\bapellidos?\b|\bnombre del? (la )?(encuestad|entrevistad|jefe|jefa|beneficiari|persona|niñ|madre|padre)|\bnúmero (de|del) (teléfono|celular|móvil)|\bcorreo electrónico\b|\bnúmero de (identificación|cédula|pasaporte)|^\W*(nombre|nombres|teléfono)\W*$",
    ),
    (
        "ar",
        r"ما اسمك|اسمك الكامل|الاسم الكامل|الاسم الثلاثي|الاسم الأول|اسم (المستجيب|المبحوث|المستفيد|رب الأسرة|ربة الأسرة|الشخص|الطفل)|رقم (ال)?(هاتف|تليفون|جوال|موبايل|هوية|جواز)|البريد الإلكتروني|^\W*(الاسم|الهاتف)\W*$",
    ),
    (
        "sw",
        r"(?i)\bjina lako\b|\bjina (kamili|la (mhojiwa|mkuu|mtu|mtoto|mama|baba))|\b(namba|nambari) (yako )?ya simu\b|\bbarua pepe\b|\b(namba|nambari) ya kitambulisho\b|^\W*(jina|simu)\W*$",
    ),
];

pub fn look(linted: &Linted<'_>, out: &mut Diagnostics) {
    let patterns: Vec<(&str, Regex)> = WORDS
        .iter()
        .filter_map(|(tag, words)| Some((*tag, Regex::new(words).ok()?)))
        .collect();
    let asks = |id: NodeId, node: &Node| {
        let typed = matches!(
            node.kind,
            Kind::Text | Kind::Integer | Kind::Decimal | Kind::Barcode
        );
        typed
            && (0..linted.form.languages.len()).any(|language| {
                let tag = linted.form.languages[language].tag.as_str();
                let tag = if tag == "und" {
                    "en"
                } else {
                    tag.split('-').next().unwrap_or(tag)
                };
                let label = linted.form.label(language, id);
                let of_tag = patterns.iter().find(|(known, _)| *known == tag);
                node.label.is_some()
                    && of_tag.is_some_and(|(_, words)| words.is_match(&label).unwrap_or(false))
            })
    };
    for (id, node) in linted.form.nodes.iter().enumerate() {
        if asks(id, node) {
            out.warn(
                linted.places.cell(id, "label"),
                "personal-data",
                format!("'{}' seems to ask for a name, a number or an address of a person: leave it out, or keep contact data apart from answers", node.name),
            );
        }
    }
}
