//! What a form of the desk sent.

use crate::http::Failure;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// The largest form, in bytes.
pub const MOST: usize = 64 << 10;

/// The fields of a form, as the gate has read them.
#[derive(Debug, Clone)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Of a form that is written as addresses are.
    pub fn read(body: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(body);
        Self(
            pairs
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        )
    }

    /// Of pairs that are read already.
    pub fn of(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The first of a name; blank where there is none.
    pub fn get(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// All of a name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter_map(move |(known, value)| (known == name).then_some(value.as_str()))
    }
}

/// Fails on routes that are not behind the gate.
impl<S: Sync> FromRequestParts<S> for Fields {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let found = parts.extensions.remove::<Self>();
        found.ok_or_else(|| Failure::Ours(anyhow::anyhow!("a form of the desk is not behind its gate")))
    }
}
