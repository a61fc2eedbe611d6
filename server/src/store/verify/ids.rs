//! Instance IDs: each leads to its response, and to no other.

use super::{Damage, EXAMPLES, Part, Report, has};
use crate::store::keys::{Keys, key};
use rusqlite::Connection;

/// Looks each response up by its instance ID.
pub fn ids(connection: &Connection) -> rusqlite::Result<Report> {
    let mut report = Report::default();
    // As of one moment, since a server may be writing.
    let moment = connection.unchecked_transaction()?;
    if !has(&moment, "response_key")? {
        return Ok(report);
    }
    let mut keys = Keys::default();
    keys.catch_up(&moment)?;
    let mut statement = moment.prepare("SELECT id, survey_id, instance_id FROM response ORDER BY id")?;
    let mut rows = statement.query([])?;
    let (mut range, mut count, mut instances): (Option<(i64, i64)>, _, _) = (None, 0_u64, Vec::new());
    while let Some(row) = rows.next()? {
        let (id, instance_id) = (row.get(0)?, row.get_ref(2)?.as_str()?);
        if keys.find(&moment, &key(row.get(1)?, instance_id))? == Some(id) {
            continue;
        }
        range = Some((range.map_or(id, |(first, _)| first), id));
        count += 1;
        if instances.len() < EXAMPLES {
            instances.push(instance_id.to_owned());
        }
    }
    if range.is_some() {
        report.add(Damage {
            part: Part::File,
            table: "response_key",
            rows: range,
            instances,
            what: format!(
                "the index of instance IDs does not lead to {count} of these responses: they are there twice, or would \
                 be stored again"
            ),
        });
    }
    Ok(report)
}
