//! From judged cells to what becomes of each.

use super::domains::{DomainSum, domain_sums};
use super::earlier::Before;
use super::primary::{Judged, judge};
use super::round;
use super::settle::{Settled, Target, limit, settle};
use super::sums::{Figure, Sums, base};
use super::{Audit, Policy, Status};
use crate::error::Note;
use crate::table::{Analysis, Relation, Statistic, Table};
use crate::threads::in_parallel_with;
use std::collections::BTreeMap;

/// What becomes of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fate {
    /// Published, marked, rounded or withheld.
    pub status: Status,
    /// The count that a rounded share shows.
    pub rounded: u64,
}

/// What becomes of all tables.
#[derive(Debug, Default)]
pub struct Decision {
    /// By table, domain × category.
    pub fates: Vec<Vec<Fate>>,
    /// For the analyst.
    pub warnings: Vec<Note>,
    /// In figures.
    pub audit: Audit,
}

/// How far protection goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// Cells that are small by themselves alone: what an attack must break.
    #[cfg(test)]
    PrimaryAlone,
}

/// Decides for every cell of every table. Tables that `links` tie are settled together, all others alone: their
/// counts are tied by nothing but bases, which are known.
pub fn decide(
    analysis: &Analysis,
    links: &[Relation],
    (policy, before): (&Policy, &Before),
    extent: Extent,
    progress: &mut dyn FnMut(usize, usize),
) -> Decision {
    let domain_sums = domain_sums(&analysis.domains);
    let mut decision = Decision {
        fates: vec![Vec::new(); analysis.tables.len()],
        ..Decision::default()
    };
    let mut groups = groups(analysis.tables.len(), links);
    // The largest first: what is begun last should not be what all wait for.
    groups.sort_by_key(|group| {
        std::cmp::Reverse(
            group
                .iter()
                .map(|&at| analysis.tables[at].estimates.len())
                .sum::<usize>(),
        )
    });
    let settled = |at: usize| {
        let mut bundle = Bundle::new((analysis, &groups[at], links), &domain_sums, policy, before);
        if extent == Extent::Whole {
            bundle.settle();
        }
        bundle
    };
    let bundles = in_parallel_with(groups.len(), settled, |done| progress(done, groups.len()));
    let mut told = Told::default();
    for bundle in bundles {
        bundle.tell(analysis, &mut told);
        bundle.add_to(&mut decision);
    }
    decision.warnings = told.warnings(policy);
    decision
}

/// Tables that are tied, by position.
fn groups(tables: usize, links: &[Relation]) -> Vec<Vec<usize>> {
    let mut group: Vec<usize> = (0..tables).collect();
    for link in links {
        for &(part, _) in &link.parts {
            let (from, to) = (group[part], group[link.whole.0]);
            group
                .iter_mut()
                .filter(|group| **group == from)
                .for_each(|group| *group = to);
        }
    }
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); tables];
    (0..tables).for_each(|table| groups[group[table]].push(table));
    groups.retain(|group| !group.is_empty());
    groups
}

/// A table while it is decided on.
struct Member<'a> {
    /// Its position in the analysis.
    number: usize,
    table: &'a Table,
    /// The position of its first cell among the counts.
    first: usize,
    judged: Vec<Judged>,
    /// Domains for which overall was rounded.
    rounded_for: Vec<usize>,
}

/// Tables that are decided on together.
struct Bundle<'a> {
    members: Vec<Member<'a>>,
    domain_sums: &'a [DomainSum],
    policy: &'a Policy,
    sums: Sums,
    targets: Vec<Target>,
    settled: Settled,
    /// What a rounded share shows, by position of the count.
    rounded: BTreeMap<usize, u64>,
    /// Targets that nothing protects.
    open: Vec<usize>,
}

impl<'a> Bundle<'a> {
    fn new(
        (analysis, group, links): (&'a Analysis, &[usize], &[Relation]),
        domain_sums: &'a [DomainSum],
        policy: &'a Policy,
        before: &Before,
    ) -> Self {
        let mut bundle = Self {
            members: Vec::new(),
            domain_sums,
            policy,
            sums: Sums::default(),
            targets: Vec::new(),
            settled: Settled::default(),
            rounded: BTreeMap::new(),
            open: Vec::new(),
        };
        for &number in group {
            bundle.add_table(number, &analysis.tables[number], before);
        }
        for link in links.iter().filter(|link| group.contains(&link.whole.0)) {
            bundle.add_link(link, analysis.domains.len());
        }
        bundle.sums.index();
        bundle
    }

    fn add_table(&mut self, number: usize, table: &'a Table, before: &Before) {
        let judged = judge(table, self.domain_sums, self.policy, before);
        let counts = judged.iter().map(|judged| judged.count.clone()).collect();
        let first = self.sums.add_table(table, self.domain_sums, counts);
        let intervals = judged
            .iter()
            .enumerate()
            .filter_map(|(cell, judged)| Some((cell, judged.interval?)));
        self.targets.extend(intervals.map(|(cell, (low, high))| Target {
            at: first + cell,
            low,
            high,
        }));
        self.members.push(Member {
            number,
            table,
            first,
            judged,
            rounded_for: Vec::new(),
        });
    }

    /// Ties counts of several tables in every domain. A rest of few is as telling as a cell of few.
    fn add_link(&mut self, link: &Relation, domains: usize) {
        for domain in 0..domains {
            let at = |&(number, category): &(usize, usize)| {
                let member = self.members.iter().find(|member| member.number == number)?;
                Some((member, domain * member.table.width() + category))
            };
            let position = |(member, cell): (&Member, usize)| member.first + cell;
            let Some((whole, cell)) = at(&link.whole) else {
                continue;
            };
            let people = base(whole.table, cell) as f64;
            let whole = position((whole, cell));
            let parts: Vec<usize> = link
                .parts
                .iter()
                .filter_map(|part| at(part).map(position))
                .collect();
            let rest = self.sums.add_sum(whole, &parts, people);
            let most = (self.policy.floor - 1) as f64;
            let few = rest.filter(|&at| self.sums.counts[at].count <= most);
            self.targets.extend(few.map(|at| Target {
                at,
                low: 0.0,
                high: most.min(people),
            }));
        }
    }

    fn settle(&mut self) {
        limit(&self.sums, &mut self.targets);
        self.round();
        settle(&mut self.sums, &mut self.targets, &mut self.settled);
        self.open = self.settled.unproved(&self.sums, &self.targets);
    }

    /// Rounds where a domain withheld for its base would follow from the others: overall, and where other domains add
    /// up to that, the largest of these as well.
    fn round(&mut self) {
        let mut spans = BTreeMap::new();
        for member in &mut self.members {
            let width = member.table.width();
            let cells = member.first..member.first + member.judged.len();
            for target in self.targets.iter().filter(|target| cells.contains(&target.at)) {
                let cell = target.at - member.first;
                if member.judged[cell].status == Status::WithheldBase
                    && self.settled.round(&mut self.sums, target, &mut spans)
                    && !member.rounded_for.contains(&(cell / width))
                {
                    member.rounded_for.push(cell / width);
                }
            }
        }
        for (at, span) in spans {
            self.show_rounded(at, span);
        }
        self.settled.check(&self.sums);
    }

    /// Rounds a count so that all of a span stays possible.
    fn show_rounded(&mut self, at: usize, (low, high): (f64, f64)) {
        let Some(member) = self.members.iter().rfind(|member| member.first <= at) else {
            return;
        };
        let (n, floor) = (base(member.table, at - member.first), self.policy.floor);
        let count = &mut self.sums.counts[at];
        let off = (floor - 1) as f64;
        if member.table.statistic == Statistic::Mean {
            self.rounded.insert(at, 0);
            count.shown = Some((count.count - off, count.count + off));
            return;
        }
        // Solvers end close to whole numbers.
        let span = ((low + 1e-6).floor() as u64, (high - 1e-6).ceil() as u64);
        let shown = round::rounded(count.count as u64, span, n, floor);
        self.rounded.insert(at, shown);
        count.shown = Some((shown as f64 - off, shown as f64 + off));
        // What is smaller, or leaves less of its base, would have been withheld.
        count.limits = (floor as f64, (n - floor) as f64);
    }

    fn fate(&self, member: &Member, cell: usize) -> Fate {
        let judged = member.judged[cell].status;
        let shown = matches!(judged, Status::Published | Status::Marked);
        let rounded = self.rounded.get(&(member.first + cell));
        let status = match self.sums.counts[member.first + cell].shown {
            None if shown => Status::WithheldCell,
            Some(_) if rounded.is_some() => Status::Rounded,
            _ => judged,
        };
        Fate {
            status,
            rounded: rounded.copied().unwrap_or_default(),
        }
    }

    fn add_to(&self, decision: &mut Decision) {
        let audit = &mut decision.audit;
        for member in &self.members {
            let fates: Vec<Fate> = (0..member.judged.len())
                .map(|cell| self.fate(member, cell))
                .collect();
            let withheld = |count: &Figure| count.shown.is_none();
            let first = member
                .judged
                .iter()
                .filter(|judged| withheld(&judged.count))
                .count();
            let cells = &self.sums.counts[member.first..member.first + fates.len()];
            audit.cells += cells.len();
            audit.primary += first;
            audit.complementary += cells.iter().filter(|count| withheld(count)).count() - first;
            audit.rounded += fates.iter().filter(|fate| fate.status == Status::Rounded).count();
            decision.fates[member.number] = fates;
        }
        audit.protected += self.targets.len();
        audit.open += self.open.len();
        audit.programmes += self.settled.programmes;
    }

    fn tell(&self, analysis: &Analysis, told: &mut Told) {
        let name = |domain: usize| {
            let domain = &analysis.domains[domain];
            (domain.by.clone(), domain.code.clone())
        };
        for member in &self.members {
            for &domain in &member.rounded_for {
                *told.rounded.entry(name(domain)).or_default() += 1;
            }
            let cells = member.first..member.first + member.judged.len();
            for at in self.open.iter().filter(|at| cells.contains(at)) {
                let domain = (at - member.first) / member.table.width();
                let named = (member.table.question.clone(), name(domain));
                *told.open.entry(named).or_default() += 1;
            }
            let earlier = member.judged.iter().map(|judged| judged.status);
            told.earlier += earlier
                .filter(|status| *status == Status::WithheldEarlier)
                .count();
        }
    }
}

/// What the analyst is told, gathered over questions.
#[derive(Default)]
struct Told {
    /// Questions in which overall was rounded, by domain.
    rounded: BTreeMap<(String, String), usize>,
    /// Cells that nothing protects, by question and domain.
    open: BTreeMap<(String, (String, String)), usize>,
    /// Cells withheld for an earlier release.
    earlier: usize,
}

impl Told {
    fn warnings(self, policy: &Policy) -> Vec<Note> {
        let floor = policy.floor;
        let rounded = self.rounded.into_iter().map(|((by, code), questions)| {
            let message = format!(
                "'{code}' is withheld for its small base, and would follow from overall and the other domains in \
                 {questions} question(s): overall, and the largest domains where it must be, are rounded there by fewer than {floor} respondents"
            );
            Note::new(format!("by {by}"), message)
        });
        let open = self.open.into_iter().map(|((question, (by, code)), cells)| {
            let message = format!(
                "{cells} small cell(s) of {by} '{code}' follow from what everybody said, whatever is withheld: \
                 leave the question out if that can harm anyone"
            );
            Note::new(question, message)
        });
        let earlier = (self.earlier > 0).then(|| {
            let message = format!(
                "{} cells are withheld since they differ by fewer than {floor} respondents from an earlier release: \
                 release again when more have answered, or leave the earlier tables as they are",
                self.earlier
            );
            Note::new("", message)
        });
        rounded.chain(open).chain(earlier).collect()
    }
}
