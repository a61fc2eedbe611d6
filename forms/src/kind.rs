//! Kinds of nodes, and what questions are to the analysis.

use serde::{Deserialize, Serialize};

/// Kinds of nodes, by their XLSForm type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `begin_group`, and the root.
    #[default]
    Group,
    /// `begin_repeat`: its children are asked once for each instance.
    Repeat,
    /// `select_one list`
    SelectOne,
    /// `select_multiple list`
    SelectMultiple,
    /// `rank list`: choices in order of preference.
    Rank,
    /// Whole number.
    Integer,
    /// Number with decimals.
    Decimal,
    /// Number within `start` and `end` by `step`.
    Range,
    /// Words.
    Text,
    /// `YYYY-MM-DD`
    Date,
    /// `HH:MM`
    Time,
    /// ISO 8601 with offset.
    DateTime,
    /// `latitude longitude altitude accuracy`
    Geopoint,
    /// Points separated by `;`
    Geotrace,
    /// Closed line of points separated by `;`
    Geoshape,
    /// A box to tick: `OK` or blank.
    Acknowledge,
    /// A scanned code.
    Barcode,
    /// Text that is read, never answered.
    Note,
    /// A value computed and kept, not shown.
    Calculate,
    /// A value kept and not shown, filled by a link or a default.
    Hidden,
    /// Moment at which the form was opened.
    Start,
    /// Moment at which the form was finished.
    End,
    /// Day on which the form was opened.
    Today,
    /// An identifier of the phone or its user; never collected.
    Device,
    /// An identifier that the phone's browser made up, where the settings ask for it.
    DeviceId,
    /// How long each question was in sight: `key seconds` for each, joined by `;`.
    Audit,
    /// A photo or drawing: the name of its file, `SHA-256.ending`, as for all files.
    Image,
    /// A sound.
    Audio,
    /// A film.
    Video,
    /// Any other file.
    File,
}

impl Kind {
    /// Whether nodes of this kind have children.
    pub fn is_section(self) -> bool {
        matches!(self, Self::Group | Self::Repeat)
    }

    /// Whether a person gives the answer (notes and computed values have none).
    pub fn is_asked(self) -> bool {
        !self.is_section()
            && !matches!(
                self,
                Self::Note
                    | Self::Calculate
                    | Self::Hidden
                    | Self::Start
                    | Self::End
                    | Self::Today
                    | Self::Device
                    | Self::DeviceId
                    | Self::Audit
            )
    }

    /// Whether a response may carry a value for it.
    pub fn has_value(self) -> bool {
        !self.is_section() && !matches!(self, Self::Note | Self::Device)
    }

    /// Whether the answer names a file that is sent apart.
    pub fn is_file(self) -> bool {
        matches!(self, Self::Image | Self::Audio | Self::Video | Self::File)
    }

    /// Whether its value is a number.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Decimal | Self::Range)
    }

    /// Whether the answer comes from a list.
    pub fn is_choice(self) -> bool {
        matches!(self, Self::SelectOne | Self::SelectMultiple | Self::Rank)
    }
}

/// What a question is to the analysis (`baraza::role`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Agreement to take part; the choice `yes` agrees.
    Consent,
    /// The respondent's gender.
    Gender,
    /// The respondent's age in years.
    Age,
    /// Ethnic, livelihood or other group of the project's own list.
    Group,
    /// Place of the interview, as coarse as it may be published.
    Area,
    /// Displacement status.
    Displacement,
    /// Disability by the Washington Group short set.
    Disability,
    /// Sampling weight.
    Weight,
    /// Sampling stratum.
    Stratum,
    /// Primary sampling unit, the cluster.
    Psu,
    /// Primary sampling units in the population of the stratum, or the fraction of them that was drawn.
    PsuPopulation,
    /// Second-stage unit within the cluster.
    Ssu,
    /// Second-stage units in the population of the cluster, or the fraction of them that was drawn.
    SsuPopulation,
    /// Gender of who interviewed.
    EnumeratorGender,
}

impl Role {
    /// Every role with its word in the `baraza::role` column.
    pub const ALL: [(Self, &'static str); 14] = [
        (Self::Consent, "consent"),
        (Self::Gender, "gender"),
        (Self::Age, "age"),
        (Self::Group, "group"),
        (Self::Area, "area"),
        (Self::Displacement, "displacement"),
        (Self::Disability, "disability"),
        (Self::Weight, "weight"),
        (Self::Stratum, "stratum"),
        (Self::Psu, "psu"),
        (Self::PsuPopulation, "psu_population"),
        (Self::Ssu, "ssu"),
        (Self::SsuPopulation, "ssu_population"),
        (Self::EnumeratorGender, "enumerator_gender"),
    ];

    /// The word in the `baraza::role` column.
    pub fn word(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(role, _)| *role == self)
            .map_or("", |(_, word)| word)
    }
}
