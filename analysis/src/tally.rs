//! Additive sums: all that estimates and their variances need, made in one pass over columns of small integers.
//!
//! With A the weighted total Σwy of one cell (domain × category) within one PSU, and B the weighted base Σw of the
//! domain there, a tally keeps for each stratum the sums of A, B, A², AB and B² over its PSUs, beside unweighted
//! counts. Tallies of parts of a sample add up, provided that no PSU is split between the parts.

use crate::design::Design;
use crate::error::Error;
use std::ops::Range;

/// A code that stands for 'outside'.
pub const NONE: u32 = u32::MAX;

/// What is measured, one value a respondent in the design's order.
#[derive(Debug, Clone, PartialEq)]
pub enum Measure {
    /// The category of each, below the number of categories; [`NONE`] is outside the base.
    One(Vec<u32>),
    /// Several categories each.
    Several {
        /// Whether each is in the base.
        answered: Vec<bool>,
        /// Where the categories of each begin, and at last where the last ones end.
        starts: Vec<u32>,
        /// The categories chosen.
        codes: Vec<u32>,
    },
    /// A number each; NaN is outside the base.
    Number(Vec<f64>),
}

impl Measure {
    fn in_base(&self, row: usize) -> bool {
        match self {
            Self::One(codes) => codes[row] != NONE,
            Self::Several { answered, .. } => answered[row],
            Self::Number(values) => !values[row].is_nan(),
        }
    }

    /// Calls for each category and its value y.
    fn visit(&self, row: usize, mut each: impl FnMut(usize, f64)) {
        match self {
            Self::One(codes) => each(codes[row] as usize, 1.0),
            Self::Several { starts, codes, .. } => {
                for &code in &codes[starts[row] as usize..starts[row + 1] as usize] {
                    each(code as usize, 1.0);
                }
            }
            Self::Number(values) => each(0, values[row]),
        }
    }
}

/// Domains of each respondent: one column a disaggregation, in the design's order, of numbers below the count of
/// domains or [`NONE`].
#[derive(Debug, Clone, Copy)]
pub struct DomainColumns<'a> {
    /// The columns.
    pub columns: &'a [Vec<u32>],
    /// How many domains there are in all.
    pub count: usize,
}

/// Sums over the PSUs of one stratum. Vectors by domain, or by domain × category with the category running fastest.
#[derive(Debug, Clone, PartialEq)]
pub struct StratumSums {
    /// PSUs of the stratum, whether or not anyone of the domain is in them.
    pub psus: u32,
    /// PSUs in the population; `None` for drawing with replacement.
    pub population: Option<f64>,
    /// PSUs with anyone in the base, by domain.
    pub present: Vec<u32>,
    /// ΣA by cell.
    pub a: Vec<f64>,
    /// ΣA² by cell.
    pub aa: Vec<f64>,
    /// ΣAB by cell.
    pub ab: Vec<f64>,
    /// ΣB by domain.
    pub b: Vec<f64>,
    /// ΣB² by domain.
    pub bb: Vec<f64>,
}

/// The sums of one question over all domains.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    /// Number of domains.
    pub domains: usize,
    /// Number of categories; 1 for a number.
    pub categories: usize,
    /// By stratum.
    pub strata: Vec<StratumSums>,
    /// Respondents in the base, by domain; unweighted.
    pub base: Vec<u64>,
    /// Respondents of the category, by cell; unweighted.
    pub count: Vec<u64>,
    /// Σw² by domain.
    pub weight_squares: Vec<f64>,
    /// Σwy² by cell.
    pub squares: Vec<f64>,
}

impl Tally {
    /// Tallies a range of the design's PSUs; `0..design.psus()` is the whole sample.
    pub fn of(
        design: &Design,
        domains: DomainColumns<'_>,
        measure: &Measure,
        categories: usize,
        psus: Range<usize>,
    ) -> Self {
        let mut tally = Self::empty(design, domains.count, categories);
        let mut unit = Unit::new(domains.count, categories);
        for psu in psus {
            for row in design.rows_of(psu) {
                if measure.in_base(row) {
                    tally.add_row(&mut unit, design.weights()[row], domains, (measure, row));
                }
            }
            unit.flush(&mut tally.strata[design.stratum_of(psu)], categories);
        }
        tally
    }

    fn empty(design: &Design, domains: usize, categories: usize) -> Self {
        let cells = domains * categories;
        let stratum = |at| StratumSums {
            psus: 0,
            population: design.population_of(at),
            present: vec![0; domains],
            a: vec![0.0; cells],
            aa: vec![0.0; cells],
            ab: vec![0.0; cells],
            b: vec![0.0; domains],
            bb: vec![0.0; domains],
        };
        Self {
            domains,
            categories,
            strata: (0..design.strata()).map(stratum).collect(),
            base: vec![0; domains],
            count: vec![0; cells],
            weight_squares: vec![0.0; domains],
            squares: vec![0.0; cells],
        }
    }

    fn add_row(
        &mut self,
        unit: &mut Unit,
        weight: f64,
        domains: DomainColumns<'_>,
        (measure, row): (&Measure, usize),
    ) {
        for column in domains.columns {
            if column[row] == NONE {
                continue;
            }
            let domain = column[row] as usize;
            self.base[domain] += 1;
            self.weight_squares[domain] += weight * weight;
            unit.add_base(domain, weight);
            measure.visit(row, |category, y| {
                let cell = domain * self.categories + category;
                self.count[cell] += 1;
                self.squares[cell] += weight * y * y;
                unit.add(cell, weight * y);
            });
        }
    }

    /// Adds the tally of other PSUs of the same design.
    ///
    /// # Errors
    /// [`Error::Shape`] where the two are of different tables.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        if (self.domains, self.categories, self.strata.len())
            != (other.domains, other.categories, other.strata.len())
        {
            return Err(Error::Shape);
        }
        for (mine, theirs) in self.strata.iter_mut().zip(&other.strata) {
            mine.psus += theirs.psus;
            add(&mut mine.present, &theirs.present);
            add(&mut mine.a, &theirs.a);
            add(&mut mine.aa, &theirs.aa);
            add(&mut mine.ab, &theirs.ab);
            add(&mut mine.b, &theirs.b);
            add(&mut mine.bb, &theirs.bb);
        }
        add(&mut self.base, &other.base);
        add(&mut self.count, &other.count);
        add(&mut self.weight_squares, &other.weight_squares);
        add(&mut self.squares, &other.squares);
        Ok(())
    }
}

fn add<T: Copy + std::ops::AddAssign>(mine: &mut [T], theirs: &[T]) {
    for (mine, theirs) in mine.iter_mut().zip(theirs) {
        *mine += *theirs;
    }
}

/// Totals of the PSU at hand. Only touched cells are flushed: where each respondent is its own PSU, nearly all are
/// untouched.
struct Unit {
    a: Vec<f64>,
    b: Vec<f64>,
    touched_cells: Vec<u32>,
    touched_domains: Vec<u32>,
}

impl Unit {
    fn new(domains: usize, categories: usize) -> Self {
        Self {
            a: vec![0.0; domains * categories],
            b: vec![0.0; domains],
            touched_cells: Vec::new(),
            touched_domains: Vec::new(),
        }
    }

    fn add_base(&mut self, domain: usize, weight: f64) {
        if self.b[domain] == 0.0 {
            self.touched_domains.push(domain as u32);
        }
        self.b[domain] += weight;
    }

    fn add(&mut self, cell: usize, wy: f64) {
        // A total that is 0 though touched is pushed again, and adds nothing the second time.
        if self.a[cell] == 0.0 {
            self.touched_cells.push(cell as u32);
        }
        self.a[cell] += wy;
    }

    fn flush(&mut self, into: &mut StratumSums, categories: usize) {
        into.psus += 1;
        for cell in self.touched_cells.drain(..).map(|cell| cell as usize) {
            let a = std::mem::take(&mut self.a[cell]);
            into.a[cell] += a;
            into.aa[cell] += a * a;
            into.ab[cell] += a * self.b[cell / categories];
        }
        for domain in self.touched_domains.drain(..).map(|domain| domain as usize) {
            let b = std::mem::take(&mut self.b[domain]);
            into.present[domain] += 1;
            into.b[domain] += b;
            into.bb[domain] += b * b;
        }
    }
}
