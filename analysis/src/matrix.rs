//! The little linear algebra that tests and calibration need: small symmetric matrices.

/// A square matrix, by rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Square {
    /// Rows, and columns.
    pub size: usize,
    /// Row after row.
    pub values: Vec<f64>,
}

impl Square {
    /// All zeros.
    pub fn zeros(size: usize) -> Self {
        Self {
            size,
            values: vec![0.0; size * size],
        }
    }

    /// The entry at a row and a column.
    pub fn at(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.size + column]
    }

    /// Adds `factor · x xᵀ`.
    pub fn add_outer(&mut self, x: &[f64], factor: f64) {
        for (row, &a) in x.iter().enumerate() {
            // Scores are mostly 0 where each respondent is a PSU.
            if a != 0.0 {
                let into = &mut self.values[row * self.size..(row + 1) * self.size];
                for (entry, &b) in into.iter_mut().zip(x) {
                    *entry += factor * a * b;
                }
            }
        }
    }

    /// Adds `factor · other`.
    pub fn add(&mut self, other: &Self, factor: f64) {
        for (mine, theirs) in self.values.iter_mut().zip(&other.values) {
            *mine += factor * theirs;
        }
    }

    /// Sum of the diagonal.
    pub fn trace(&self) -> f64 {
        (0..self.size).map(|at| self.at(at, at)).sum()
    }
}

/// Below this part of what a pivot was at first, a row is a combination of the others.
const DEPENDENT: f64 = 1e-11;

/// A pivoted Cholesky factor of a semidefinite symmetric matrix. Rows that depend on others are dropped, as regression
/// drops them: what is solved is 0 there.
#[derive(Debug, Clone, PartialEq)]
pub struct Cholesky {
    /// Rows that were kept, in the order in which they were eliminated.
    kept: Vec<usize>,
    /// The factor, by rows of `kept`.
    lower: Vec<Vec<f64>>,
    size: usize,
}

impl Cholesky {
    /// Factors a matrix (Golub and Van Loan 2013, section 4.2.8).
    pub fn of(matrix: &Square) -> Self {
        let size = matrix.size;
        let first: Vec<f64> = (0..size).map(|at| matrix.at(at, at)).collect();
        let mut left = first.clone();
        let mut rest: Vec<usize> = (0..size).collect();
        let mut partial: Vec<Vec<f64>> = vec![Vec::new(); size];
        let mut kept = Vec::new();
        let part = |row: usize, left: &[f64]| {
            if first[row] > 0.0 {
                left[row] / first[row]
            } else {
                0.0
            }
        };
        while let Some(at) = (0..rest.len()).max_by(|&a, &b| {
            let (a, b) = (part(rest[a], &left), part(rest[b], &left));
            // Of equals the first, so that the result is the same on every machine.
            a.total_cmp(&b).then(std::cmp::Ordering::Greater)
        }) {
            if part(rest[at], &left) <= DEPENDENT {
                break;
            }
            let pivot = rest.remove(at);
            let root = left[pivot].sqrt();
            let row = partial[pivot].clone();
            for &other in &rest {
                let inner: f64 = row.iter().zip(&partial[other]).map(|(a, b)| a * b).sum();
                let entry = (matrix.at(other, pivot) - inner) / root;
                partial[other].push(entry);
                left[other] -= entry * entry;
            }
            partial[pivot].push(root);
            kept.push(pivot);
        }
        let lower = kept.iter().map(|&row| partial[row].clone()).collect();
        Self { kept, lower, size }
    }

    /// Rows that don't depend on others.
    pub fn rank(&self) -> usize {
        self.kept.len()
    }

    /// `x` of `A x = b`.
    pub fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut y = self.forward(b);
        for row in (0..self.rank()).rev() {
            for below in row + 1..self.rank() {
                y[row] -= self.lower[below][row] * y[below];
            }
            y[row] /= self.lower[row][row];
        }
        let mut x = vec![0.0; self.size];
        for (&row, y) in self.kept.iter().zip(y) {
            x[row] = y;
        }
        x
    }

    /// `y` of `L y = b`; as long as the rank.
    pub fn forward(&self, b: &[f64]) -> Vec<f64> {
        let mut y: Vec<f64> = Vec::with_capacity(self.rank());
        for (row, &place) in self.lower.iter().zip(&self.kept) {
            let inner: f64 = row.iter().zip(&y).map(|(a, b)| a * b).sum();
            y.push((b[place] - inner) / row[row.len() - 1]);
        }
        y
    }

    /// `L⁻¹ M L⁻ᵀ`, whose eigenvalues are those of `A⁻¹ M`.
    pub fn within(&self, matrix: &Square) -> Square {
        let column = |at: usize| -> Vec<f64> { (0..self.size).map(|row| matrix.at(row, at)).collect() };
        let half: Vec<Vec<f64>> = (0..self.size).map(|at| self.forward(&column(at))).collect();
        let mut result = Square::zeros(self.rank());
        for row in 0..self.rank() {
            let line: Vec<f64> = half.iter().map(|column| column[row]).collect();
            let solved = self.forward(&line);
            result.values[row * self.rank()..(row + 1) * self.rank()].copy_from_slice(&solved);
        }
        result
    }
}

/// Eigenvalues of a symmetric matrix by Jacobi's rotations (Golub and Van Loan 2013, section 8.5).
pub fn eigenvalues(matrix: &Square) -> Vec<f64> {
    let n = matrix.size;
    let mut a = matrix.clone();
    for _ in 0..100 {
        let off: f64 = (0..n)
            .flat_map(|i| (0..i).map(move |j| (i, j)))
            .map(|(i, j)| a.at(i, j).powi(2))
            .sum();
        let all: f64 = a.values.iter().map(|v| v * v).sum();
        if off <= 1e-30 * all {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, p, q);
            }
        }
    }
    (0..n).map(|at| a.at(at, at)).collect()
}

/// Turns two axes so that their entry becomes 0.
fn rotate(matrix: &mut Square, p: usize, q: usize) {
    let (size, entry) = (matrix.size, matrix.at(p, q));
    if entry == 0.0 {
        return;
    }
    let theta = (matrix.at(q, q) - matrix.at(p, p)) / (2.0 * entry);
    let tangent = if theta == 0.0 {
        1.0
    } else {
        theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt())
    };
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    for row in 0..size {
        let (at_p, at_q) = (matrix.at(row, p), matrix.at(row, q));
        matrix.values[row * size + p] = cosine * at_p - sine * at_q;
        matrix.values[row * size + q] = sine * at_p + cosine * at_q;
    }
    for column in 0..size {
        let (at_p, at_q) = (matrix.at(p, column), matrix.at(q, column));
        matrix.values[p * size + column] = cosine * at_p - sine * at_q;
        matrix.values[q * size + column] = sine * at_p + cosine * at_q;
    }
}

#[cfg(test)]
mod tests {
    use super::{Cholesky, Square, eigenvalues};

    fn square(rows: &[&[f64]]) -> Square {
        Square {
            size: rows.len(),
            values: rows.concat(),
        }
    }

    #[test]
    fn a_system_with_a_dependent_row_is_solved() {
        // The third row is the sum of the first two, as a margin's categories sum to the total.
        let matrix = square(&[&[2.0, 0.0, 2.0], &[0.0, 3.0, 3.0], &[2.0, 3.0, 5.0]]);
        let factor = Cholesky::of(&matrix);
        assert_eq!(factor.rank(), 2);
        let x = factor.solve(&[4.0, 9.0, 13.0]);
        for row in 0..3 {
            let product: f64 = (0..3).map(|at| matrix.at(row, at) * x[at]).sum();
            assert!((product - [4.0, 9.0, 13.0][row]).abs() < 1e-12, "{x:?}");
        }
    }

    #[test]
    fn eigenvalues_are_those_of_the_characteristic_polynomial() {
        let mut values = eigenvalues(&square(&[&[2.0, 1.0, 0.0], &[1.0, 2.0, 0.0], &[0.0, 0.0, 7.0]]));
        values.sort_by(f64::total_cmp);
        for (value, expected) in values.iter().zip([1.0, 3.0, 7.0]) {
            assert!((value - expected).abs() < 1e-12, "{values:?}");
        }
        let factor = Cholesky::of(&square(&[&[4.0, 0.0], &[0.0, 9.0]]));
        let inside = factor.within(&square(&[&[4.0, 0.0], &[0.0, 18.0]]));
        assert!((inside.trace() - 3.0).abs() < 1e-12);
    }
}
