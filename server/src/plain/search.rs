//! Finding a choice among thousands, as people search: without accents, vowel signs and capitals.

/// Letters with accents that people leave out when they search; `server/web/controls-pick.js` has all of Unicode's.
const ALIKE: [(&str, char); 25] = [
    ("àáâãäåāăąǎạảấầẩẫậắằẳẵặ", 'a'),
    ("çćĉċč", 'c'),
    ("ďđḍ", 'd'),
    ("èéêëēĕėęěẹẻẽếềểễệ", 'e'),
    ("ĝğġģ", 'g'),
    ("ĥħḥ", 'h'),
    ("ìíîïĩīĭįıỉị", 'i'),
    ("ĵ", 'j'),
    ("ķ", 'k'),
    ("ĺļľł", 'l'),
    ("ñńņňŋ", 'n'),
    ("òóôõöøōŏőọỏốồổỗộơớờởỡợ", 'o'),
    ("ŕŗř", 'r'),
    ("śŝşšșṣ", 's'),
    ("ţťțṭ", 't'),
    ("ùúûüũūŭůűųụủưứừửữự", 'u'),
    ("ŵ", 'w'),
    ("ýÿŷỳỵỷỹ", 'y'),
    ("źżžẓ", 'z'),
    ("ة", 'ه'),
    ("ىئ", 'ي'),
    ("أإآٱ", 'ا'),
    ("ؤ", 'و'),
    ("ə", 'e'),
    ("ё", 'е'),
];

/// Accents and vowel signs that stand alone after their letter.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}')
}

/// A text as it is searched.
pub fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !is_mark(*c)).flat_map(char::to_lowercase) {
        if c.is_ascii() {
            out.push(c);
        } else if c == 'ß' {
            out.push_str("ss");
        } else if !is_mark(c) {
            let alike = ALIKE.iter().find(|(letters, _)| letters.contains(c));
            out.push(alike.map_or(c, |(_, plain)| *plain));
        }
    }
    out
}

/// Positions of texts that hold all words, those with words that begin so first.
pub fn matches<'a>(texts: impl Iterator<Item = &'a str>, wanted: &str) -> Vec<usize> {
    let wanted = folded(wanted);
    let words: Vec<&str> = wanted.split_whitespace().collect();
    let (mut begin, mut hold) = (Vec::new(), Vec::new());
    for (at, text) in texts.enumerate() {
        let text = folded(text);
        if !words.iter().all(|word| text.contains(word)) {
            continue;
        }
        let begins = |word: &&str| text.split_whitespace().any(|own| own.starts_with(word));
        if words.iter().all(begins) {
            begin.push(at);
        } else {
            hold.push(at);
        }
    }
    begin.extend(hold);
    begin
}

#[cfg(test)]
mod tests {
    use super::{folded, matches};

    #[test]
    fn people_find_places_as_they_write_them() {
        assert_eq!(folded("Élevé São Đà Nẵng"), "eleve sao da nang");
        assert_eq!(folded("مُرْسَى"), folded("مرسي"));
        let places = ["Upper Kisumu", "Kisumu North", "Mukisa", "São Tomé"];
        assert_eq!(matches(places.into_iter(), "kis"), [0, 1, 2]);
        assert_eq!(matches(places.into_iter(), "KIS nor"), [1]);
        assert_eq!(matches(places.into_iter(), "sao tome"), [3]);
        assert_eq!(matches(places.into_iter(), "isu"), [0, 1]);
        assert!(matches(places.into_iter(), "xyz").is_empty());
    }
}
