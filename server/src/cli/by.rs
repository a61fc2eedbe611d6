//! Who acts, for the audit log.

use clap::Args;

/// Who acts.
#[derive(Debug, Args)]
pub struct By {
    /// Who does this, for the audit log; the name on this computer where none is given
    #[arg(long = "by", value_name = "NAME")]
    name: Option<String>,
}

impl By {
    /// The name.
    pub fn name(&self) -> String {
        let known = || {
            ["USER", "LOGNAME", "USERNAME"]
                .iter()
                .find_map(|name| std::env::var(name).ok())
        };
        self.name
            .clone()
            .or_else(known)
            .unwrap_or_else(|| "unknown".into())
    }
}
