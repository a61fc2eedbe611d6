//! Tables as JSON, for programs and web pages.
//!
//! ```json
//! {"baraza_tables": 1, "survey": "…", "version": "…", "title": "…", "language": "en", "made": "2026-11-29",
//!  "respondents": 812, "synthetic": false, "weighted": true, "interval": "indicative",
//!  "thresholds": {"minimum_base": 25, "marked_base": 50, "floor": 10},
//!  "domains": [{"by": "overall", "code": "", "label": ""}, …],
//!  "tables": [{"question": "…", "label": "…", "statistic": "proportion", "base": "…",
//!              "categories": [{"code": "…", "label": "…", "special": null}, …],
//!              "cells": [{"domain": 0, "category": 0, "status": "published", "estimate": 0.4, "se": 0.02,
//!                         "ci": [0.36, 0.44], "n": 640, "df": 31, "deff": 1.7}, …]}, …]}
//! ```
//!
//! `domain` and `category` are positions from 0; a mean has the category `null`. Shares go from 0 to 1. What is
//! withheld or unknown is `null`. New keys may come; those that are here keep their meaning as long as
//! `baraza_tables` is 1.

use super::About;
use super::tidy::{interval, special, statistic};
use crate::error::Error;
use crate::protect::{Released, ReleasedTable};
use serde_json::{Value as Json, json};
use std::io::Write;

/// All tables as one JSON object.
///
/// # Errors
/// [`Error::Json`] where the writer fails.
pub fn write_json(released: &Released, about: &About<'_>, writer: impl Write) -> Result<(), Error> {
    let policy = released.policy();
    let domains = released.domains().iter();
    let whole = json!({
        "baraza_tables": 1,
        "survey": released.survey(),
        "version": released.version(),
        "title": about.title(),
        "language": about.language().tag,
        "made": about.made,
        "respondents": about.respondents,
        "synthetic": released.synthetic(),
        "weighted": released.weighted(),
        "interval": interval(released),
        "thresholds": {
            "minimum_base": policy.minimum_base,
            "marked_base": policy.marked_base,
            "floor": policy.floor,
        },
        "domains": domains
            .map(|d| json!({"by": d.by, "code": d.code, "label": about.domain_label(d)}))
            .collect::<Vec<_>>(),
        "tables": released.tables().iter().map(|t| table(released, about, t)).collect::<Vec<_>>(),
    });
    Ok(serde_json::to_writer(writer, &whole)?)
}

fn table(released: &Released, about: &About<'_>, table: &ReleasedTable) -> Json {
    let categories = table.categories().iter().map(|category| {
        let special = Some(special(category)).filter(|word| !word.is_empty());
        json!({"code": category.code, "label": about.category_label(table, category), "special": special})
    });
    let width = table.categories().len();
    let cells = (0..released.domains().len()).flat_map(|domain| {
        (0..width.max(1)).map(move |category| {
            let cell = table.cell(domain, category);
            json!({
                "domain": domain,
                "category": (width > 0).then_some(category),
                "status": cell.status.word(),
                "estimate": cell.estimate.map(|e| e.value),
                "se": cell.estimate.and_then(|e| e.se),
                "ci": cell.estimate.and_then(|e| e.ci),
                "n": cell.estimate.map(|e| e.n),
                "df": cell.estimate.map(|e| e.df),
                "deff": cell.estimate.and_then(|e| e.deff),
            })
        })
    });
    json!({
        "question": table.question(),
        "label": about.table_label(table),
        "statistic": statistic(table.statistic()),
        "base": table.base(),
        "categories": categories.collect::<Vec<_>>(),
        "cells": cells.collect::<Vec<_>>(),
    })
}
