//! Random tables, as `analyse` makes them.

use crate::responses::Responses;
use crate::table::{Analysis, Options, analyse};
use baraza_forms::Form;
use baraza_forms::xlsform::import_markdown;

/// Small integers without pattern (PCG's multiplier; O'Neill 2014).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n
    }

    /// The first ones more often than the last ones, the more so the larger `skew`.
    pub fn skewed(&mut self, n: usize, skew: usize) -> usize {
        (0..=skew).map(|_| self.below(n)).min().unwrap_or_default()
    }
}

/// What a population looks like.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub respondents: usize,
    /// Domains of the first disaggregation, of the second, and answers; at most 4, 5 and 6.
    pub sizes: [usize; 3],
    pub skew: usize,
    /// Disaggregations: one, two beside each other, two and their crossing, or districts within regions.
    pub dimensions: Dimensions,
    pub sensitive: bool,
    pub weighted: bool,
    /// One of so many leaves a dividing question unanswered; 0 for nobody.
    pub silent: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimensions {
    One,
    Two,
    Crossed,
    Within,
}

impl Plan {
    pub fn random(random: &mut Random) -> Self {
        let dimensions = [
            Dimensions::One,
            Dimensions::Two,
            Dimensions::Crossed,
            Dimensions::Within,
        ][random.below(4)];
        Self {
            respondents: 60 + random.below(4) * 60 + random.below(300),
            sizes: [2 + random.below(3), 2 + random.below(4), 2 + random.below(5)],
            skew: random.below(4),
            dimensions,
            sensitive: random.below(3) == 0,
            weighted: random.below(3) == 0,
            silent: [0, 0, 0, 25][random.below(4)],
        }
    }
}

fn form() -> Form {
    let mut sheet = String::from(
        "| survey | | | | |
         | | type | name | label | baraza::role |
         | | decimal | weight | Weight | weight |
         | | select_one first | first | First | |
         | | select_one second | second | Second | |
         | | select_one both | both | Both | |
         | | select_one answers | one | One | |
         | | select_multiple answers | many | Many | |
         | choices | | | |
         | | list_name | name | label |\n",
    );
    for list in [("first", 4), ("second", 5), ("answers", 6)] {
        sheet.extend((0..list.1).map(|at| format!("| | {} | {at} | {at} |\n", list.0)));
    }
    let pairs = (0..4).flat_map(|first| (0..5).map(move |second| (first, second)));
    sheet
        .extend(pairs.map(|(first, second)| format!("| | both | {first}x{second} | {first} x {second} |\n")));
    import_markdown(&sheet).form.expect("a form")
}

/// Tables of the questions `one` and `many`.
pub fn analysis(plan: &Plan, random: &mut Random) -> Analysis {
    let mut csv = String::from("weight,first,second,both,one,many\n");
    for _ in 0..plan.respondents {
        let mut divided = |size: usize, skew: usize| {
            let silent = plan.silent > 0 && random.below(plan.silent) == 0;
            (!silent).then(|| random.skewed(size, skew))
        };
        let (first, second) = (
            divided(plan.sizes[0], plan.skew),
            divided(plan.sizes[1], plan.skew),
        );
        let text = |at: Option<usize>| at.map(|at| at.to_string()).unwrap_or_default();
        let both = first
            .zip(second)
            .map(|(first, second)| format!("{first}x{second}"));
        let one = (random.skewed(plan.sizes[2], plan.skew) + first.unwrap_or_default()) % plan.sizes[2];
        let other = random.skewed(plan.sizes[2], plan.skew);
        let many = if one == other {
            one.to_string()
        } else {
            format!("{one} {other}")
        };
        let weight = if plan.weighted { 1 + random.below(9) } else { 1 };
        csv += &format!(
            "{weight},{},{},{},{one},{many}\n",
            text(first),
            text(second),
            both.unwrap_or_default()
        );
    }
    if !plan.weighted {
        csv = csv.replace("weight,", "weight_,");
    }
    let (responses, _) = Responses::from_csv(&form(), csv.as_bytes()).expect("responses");
    let by: &[&str] = match plan.dimensions {
        Dimensions::One => &["first"],
        Dimensions::Two => &["first", "second"],
        Dimensions::Crossed => &["first", "second", "both"],
        Dimensions::Within => &["first", "both"],
    };
    let options = Options {
        by: by.iter().map(|by| (*by).to_owned()).collect(),
        ..Options::default()
    };
    let mut analysis = analyse(&responses, &options, &mut |_, _| {}).expect("tables");
    analysis
        .tables
        .retain(|table| ["one", "many"].contains(&table.question.as_str()));
    analysis.relations.clear();
    for table in &mut analysis.tables {
        table.sensitive = plan.sensitive;
    }
    for domain in analysis.domains.iter_mut().filter(|domain| domain.by == "both") {
        let (first, second) = domain.code.split_once('x').expect("two codes");
        let part = |by: &str, code: &str| (by.to_owned(), code.to_owned());
        if plan.dimensions == Dimensions::Within {
            domain.within = Some(part("first", first));
        } else {
            domain.parts = vec![part("first", first), part("second", second)];
        }
    }
    analysis
}
