//! One sheet of the workbook, filled from the top.

use super::WITHHELD;
use crate::error::Error;
use crate::out::About;
use crate::out::report::{facts, legend, limits, own_bases, why};
use crate::out::words::Words;
use crate::protect::{Released, ReleasedCell, ReleasedTable, Status};
use crate::table::Statistic;
use crate::variables::Domain;
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Note, Url, Workbook, Worksheet};

/// The most characters a cell may hold.
const LONGEST: usize = 32_767;
/// Columns before the first figure: what divides, the code, the label, n.
const BEFORE: u16 = 4;

/// Columns of an answer: its share and the ends of the interval, and its n where it has a base of its own.
fn width(own: bool) -> u16 {
    if own { 4 } else { 3 }
}

/// How cells look.
pub struct Formats {
    title: Format,
    head: Format,
    text: Format,
    percent: Format,
    mean: Format,
    count: Format,
    small: Format,
    withheld: Format,
}

impl Formats {
    pub fn new() -> Self {
        let head = Format::new()
            .set_bold()
            .set_text_wrap()
            .set_align(FormatAlign::Top);
        Self {
            title: Format::new().set_bold().set_font_size(14),
            head: head.set_border_bottom(FormatBorder::Thin),
            text: Format::new().set_text_wrap().set_align(FormatAlign::Top),
            percent: Format::new().set_num_format("0.0%"),
            mean: Format::new().set_num_format("#,##0.00"),
            count: Format::new().set_num_format("#,##0"),
            // Still a number, only shown with the sign.
            small: Format::new().set_num_format("#,##0\"*\""),
            withheld: Format::new().set_align(FormatAlign::Center),
        }
    }
}

/// A sheet while it is filled.
pub struct Sheet<'a> {
    page: &'a mut Worksheet,
    formats: &'a Formats,
    row: u32,
}

impl<'a> Sheet<'a> {
    /// A further sheet of the workbook.
    pub fn add(
        workbook: &'a mut Workbook,
        name: &str,
        rtl: bool,
        formats: &'a Formats,
    ) -> Result<Self, Error> {
        let sheet = workbook.add_worksheet();
        sheet.set_name(name)?.set_right_to_left(rtl);
        // A4, as wide as the page.
        sheet
            .set_paper_size(9)
            .set_landscape()
            .set_print_fit_to_pages(1, 0);
        Ok(Self {
            page: sheet,
            formats,
            row: 0,
        })
    }

    /// A text as a text, whatever it begins with; cut where no cell could hold it.
    fn write(&mut self, column: u16, text: &str, format: &Format) -> Result<(), Error> {
        let text: String = text.chars().take(LONGEST).collect();
        self.page
            .write_string_with_format(self.row, column, text, format)?;
        Ok(())
    }

    fn line(&mut self, text: &str) -> Result<(), Error> {
        self.page
            .write_string(self.row, 0, text.chars().take(LONGEST).collect::<String>())?;
        self.row += 1;
        Ok(())
    }

    fn title(&mut self, text: &str) -> Result<(), Error> {
        let title = &self.formats.title;
        self.write(0, text, title)?;
        self.row += 1;
        Ok(())
    }

    /// What the workbook is, how it is read, and its sheets as links.
    pub fn about(
        mut self,
        released: &Released,
        about: &About<'_>,
        sheets: &[(String, String)],
    ) -> Result<(), Error> {
        let words = about.words();
        self.title(&about.title())?;
        for line in facts(released, about) {
            self.line(&line)?;
        }
        self.row += 1;
        self.title(words.t("how_to_read"))?;
        self.line(&words.with("read_sheets", &[("symbol", WITHHELD)]))?;
        for line in limits(released, words) {
            self.line(&line)?;
        }
        self.row += 1;
        self.title(words.t("sheets"))?;
        for (name, label) in sheets {
            let link = format!("internal:'{}'!A1", name.replace('\'', "''"));
            let text: String = name.chars().take(LONGEST).collect();
            self.page.write_url(self.row, 0, Url::new(link).set_text(text))?;
            self.write(1, label, &Format::new())?;
            self.row += 1;
        }
        self.page.set_column_width(0, 34)?;
        Ok(())
    }

    /// A row a domain; three columns a category.
    pub fn table(
        mut self,
        released: &Released,
        about: &About<'_>,
        table: &ReleasedTable,
    ) -> Result<(), Error> {
        let words = about.words();
        self.title(about.table_label(table))?;
        self.line(&format!("{}: {}", words.t("base"), words.parts(table.base())))?;
        if released.synthetic() {
            self.line(words.t("synthetic"))?;
        }
        let interval = if released.probability_sample() {
            "probability"
        } else {
            "indicative"
        };
        self.line(words.t(interval))?;
        self.row += 1;
        let own = own_bases(released, table);
        self.header(table, about, own)?;
        self.page.set_freeze_panes(self.row, BEFORE)?;
        self.page.set_repeat_rows(self.row - 2, self.row - 1)?;
        for (at, domain) in released.domains().iter().enumerate() {
            self.domain(table, (at, domain), about, own)?;
        }
        self.row += 1;
        self.legend(released, table, words)?;
        self.page.set_column_width(0, 12)?;
        self.page.set_column_width(2, 24)?;
        Ok(())
    }

    /// `own`: each answer has a base of its own, so that n stands with it and not with the group.
    fn header(&mut self, table: &ReleasedTable, about: &About<'_>, own: bool) -> Result<(), Error> {
        let words = about.words();
        let head = &self.formats.head;
        let row = self.row;
        let width = width(own);
        let share = match table.statistic() {
            Statistic::Mean => "mean",
            Statistic::Proportion => "share",
        };
        let labels: Vec<String> = match table.categories() {
            [] => vec![words.t("mean").to_owned()],
            categories => categories
                .iter()
                .map(|category| about.category_label(table, category).to_owned())
                .collect(),
        };
        for (at, label) in labels.iter().enumerate() {
            let first = BEFORE + width * at as u16;
            let label: String = label.chars().take(LONGEST).collect();
            self.page
                .merge_range(row, first, row, first + width - 1, &label, head)?;
        }
        self.row += 1;
        for (column, key) in ["by", "code", "group", "n"].into_iter().enumerate() {
            let text = if key == "by" || key == "n" && own {
                ""
            } else {
                words.t(key)
            };
            self.write(column as u16, text, head)?;
        }
        for at in 0..labels.len() as u16 {
            let keys = [share, "low", "high", "n"].into_iter().take(usize::from(width));
            for (offset, key) in keys.enumerate() {
                self.write(BEFORE + width * at + offset as u16, words.t(key), head)?;
            }
        }
        self.row += 1;
        Ok(())
    }

    fn domain(
        &mut self,
        table: &ReleasedTable,
        (at, domain): (usize, &Domain),
        about: &About<'_>,
        own: bool,
    ) -> Result<(), Error> {
        let words = about.words();
        let plain = Format::new();
        let (by, label) = if at == 0 {
            (words.t("all"), words.t("all").to_owned())
        } else {
            (words.t(&domain.by), about.domain_label(domain))
        };
        self.write(0, by, &plain)?;
        self.write(1, &domain.code, &plain)?;
        self.write(2, &label, &plain)?;
        let answers = table.categories().len().max(1);
        let cells: Vec<ReleasedCell> = (0..answers).map(|category| table.cell(at, category)).collect();
        if !own {
            // All cells of a domain have one base; where all are withheld, so is that.
            let shown = cells.iter().copied().find(|cell| cell.estimate.is_some());
            self.base(3, shown.unwrap_or(cells[0]), words)?;
        }
        for (category, cell) in cells.iter().enumerate() {
            let column = BEFORE + width(own) * category as u16;
            self.cell(column, *cell, table.statistic(), words)?;
            if own && cell.estimate.is_some() {
                self.base(column + 3, *cell, words)?;
            }
        }
        self.row += 1;
        Ok(())
    }

    /// n as a number, shown with the sign where it is small.
    fn base(&mut self, column: u16, cell: ReleasedCell, words: Words) -> Result<(), Error> {
        let Some(estimate) = cell.estimate else {
            return self.withheld(column, cell, words);
        };
        let small = cell.status == Status::Marked;
        let format = if small {
            &self.formats.small
        } else {
            &self.formats.count
        };
        self.page
            .write_number_with_format(self.row, column, estimate.n as f64, format)?;
        Ok(())
    }

    fn cell(
        &mut self,
        column: u16,
        cell: ReleasedCell,
        statistic: Statistic,
        words: Words,
    ) -> Result<(), Error> {
        let Some(estimate) = cell.estimate else {
            return self.withheld(column, cell, words);
        };
        let format = match statistic {
            Statistic::Mean => &self.formats.mean,
            Statistic::Proportion => &self.formats.percent,
        };
        let (low, high) = (estimate.ci.map(|ci| ci.0), estimate.ci.map(|ci| ci.1));
        for (offset, number) in [Some(estimate.value), low, high].into_iter().enumerate() {
            if let Some(number) = number {
                let column = column + offset as u16;
                self.page
                    .write_number_with_format(self.row, column, number, format)?;
            }
        }
        Ok(())
    }

    fn withheld(&mut self, column: u16, cell: ReleasedCell, words: Words) -> Result<(), Error> {
        let format = &self.formats.withheld;
        self.write(column, WITHHELD, format)?;
        let note = Note::new(why(cell.status, words)).add_author_prefix(false);
        self.page.insert_note(self.row, column, &note)?;
        Ok(())
    }

    /// Why cells are withheld or marked, as far as this table has such.
    fn legend(&mut self, released: &Released, table: &ReleasedTable, words: Words) -> Result<(), Error> {
        for line in legend(released, [table], words) {
            self.line(&line)?;
        }
        Ok(())
    }

    /// The codebook, its header frozen.
    pub fn codebook(mut self, rows: &[Vec<String>]) -> Result<(), Error> {
        for (at, row) in rows.iter().enumerate() {
            let format = if at == 0 {
                &self.formats.head
            } else {
                &self.formats.text
            };
            for (column, text) in row.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
                self.write(column as u16, text, format)?;
            }
            self.row += 1;
        }
        self.page.set_freeze_panes(1, 1)?;
        let widths = [22, 14, 10, 9, 40, 40, 22, 14].into_iter();
        let widths = widths.chain(std::iter::repeat(40)).take(rows[0].len());
        for (column, width) in widths.enumerate() {
            self.page.set_column_width(column as u16, width)?;
        }
        Ok(())
    }
}
