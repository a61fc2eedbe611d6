//! Who may do what at the desk: the one table of it.

use crate::store::{Access, Role};

/// What somebody does at the desk. Each route names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// Signing in, and all that comes before it.
    Enter,
    /// One's own account, and the list of one's surveys.
    Own,
    /// A survey, and what is told of it in sums.
    Survey,
    /// Single responses as people gave them.
    Raw,
    /// Saying which single responses count.
    Review,
    /// Beginning a survey.
    Begin,
    /// New versions of a survey, how many people of each kind are wanted, and whether people are asked at all.
    Run,
    /// Pages that go back to communities, their meetings and what was agreed.
    Community,
    /// Enumerators and their links.
    Enumerators,
    /// Accounts of others.
    Accounts,
}

impl Act {
    /// Whether somebody with this access may do it, in surveys that they may see.
    pub fn is_for(self, access: &Access) -> bool {
        let [administrator, coordinator, analyst, analyst_with_raw] = match self {
            Self::Enter => [true, true, true, true],
            Self::Own => [true, true, true, true],
            Self::Survey => [true, true, true, true],
            Self::Raw => [true, true, false, true],
            Self::Review => [true, true, false, false],
            // Whoever is limited to surveys would not see the one that they begin.
            Self::Begin => [true, access.surveys.is_none(), false, false],
            Self::Run => [true, true, false, false],
            Self::Community => [true, true, false, false],
            Self::Enumerators => [true, true, false, false],
            Self::Accounts => [true, false, false, false],
        };
        match access.role {
            Role::Administrator => administrator,
            Role::Coordinator => coordinator,
            Role::Analyst if access.raw => analyst_with_raw,
            Role::Analyst => analyst,
        }
    }
}
