//! Files attached to a form, as tables: CSV, GeoJSON, and XML of items.

use super::workbook::{Row, Sheet};
use quick_xml::events::Event;
use serde_json::Value as Json;
use std::collections::BTreeMap;

const ENDINGS: [&str; 3] = ["csv", "geojson", "xml"];

fn ending(file: &str) -> Option<&str> {
    let (_, ending) = file.rsplit_once('.')?;
    ENDINGS
        .iter()
        .any(|known| ending.eq_ignore_ascii_case(known))
        .then_some(ending)
}

/// A file's name without the ending of a table.
pub fn stem(file: &str) -> &str {
    ending(file).map_or(file, |ending| &file[..file.len() - ending.len() - 1])
}

/// Names a file may have that is named with or without its ending.
pub fn candidates(file: &str) -> Vec<String> {
    match ending(file) {
        Some(_) => vec![file.to_owned()],
        None => ENDINGS.iter().map(|ending| format!("{file}.{ending}")).collect(),
    }
}

/// Reads a file as a sheet whose first row names the columns; `name` tells by its ending what it is.
///
/// # Errors
/// What is the matter with it.
pub fn sheet(name: &str, bytes: &[u8]) -> Result<Sheet, String> {
    let mut sheet = match ending(name).unwrap_or_default().to_lowercase().as_str() {
        "geojson" => from_geojson(bytes)?,
        "xml" => from_xml(bytes)?,
        _ => Sheet::from_csv(stem(name), bytes).map_err(|error| error.to_string())?,
    };
    name.clone_into(&mut sheet.name);
    Ok(sheet)
}

/// Rows of named cells, whose columns come in the order in which they are first met.
#[derive(Default)]
struct Cells {
    columns: Vec<String>,
    rows: Vec<BTreeMap<usize, String>>,
}

impl Cells {
    fn put(&mut self, row: &mut BTreeMap<usize, String>, column: &str, text: String) {
        let at = self
            .columns
            .iter()
            .position(|known| known == column)
            .unwrap_or_else(|| {
                self.columns.push(column.to_owned());
                self.columns.len() - 1
            });
        if !text.trim().is_empty() {
            row.insert(at, text);
        }
    }

    fn sheet(self) -> Sheet {
        let headers = self.columns.into_iter().enumerate().collect();
        let rows = std::iter::once(headers).chain(self.rows);
        Sheet {
            name: String::new(),
            rows: rows
                .enumerate()
                .map(|(at, cells)| Row {
                    number: at + 1,
                    cells,
                })
                .collect(),
        }
    }
}

/// A FeatureCollection: a feature's id is the code, its title the label, its geometry a column in ODK's form.
fn from_geojson(bytes: &[u8]) -> Result<Sheet, String> {
    let json: Json = serde_json::from_slice(bytes).map_err(|error| format!("it is no JSON: {error}"))?;
    let features = json.get("features").and_then(Json::as_array);
    let features = features.ok_or("it is no FeatureCollection: it has no list 'features'")?;
    let mut cells = Cells::default();
    for feature in features {
        let mut row = BTreeMap::new();
        let none = serde_json::Map::new();
        let properties = feature
            .get("properties")
            .and_then(Json::as_object)
            .unwrap_or(&none);
        let id = properties.get("id").or_else(|| feature.get("id"));
        cells.put(&mut row, "name", id.map(plain).unwrap_or_default());
        cells.put(
            &mut row,
            "label",
            properties.get("title").map(plain).unwrap_or_default(),
        );
        let points = feature.get("geometry").map(points).unwrap_or_default();
        cells.put(&mut row, "geometry", points);
        for (column, value) in properties {
            cells.put(&mut row, column, plain(value));
        }
        cells.rows.push(row);
    }
    Ok(cells.sheet())
}

fn plain(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// `latitude longitude 0 0`, points separated by `;`. GeoJSON puts the longitude first.
fn points(geometry: &Json) -> String {
    let empty = Vec::new();
    let all = geometry
        .get("coordinates")
        .and_then(Json::as_array)
        .unwrap_or(&empty);
    let line = match geometry.get("type").and_then(Json::as_str) {
        Some("Point") => return point(all).unwrap_or_default(),
        Some("LineString") => all,
        Some("Polygon") => all.first().and_then(Json::as_array).unwrap_or(&empty),
        _ => &empty,
    };
    let points = line
        .iter()
        .filter_map(Json::as_array)
        .filter_map(|pair| point(pair));
    points.collect::<Vec<_>>().join("; ")
}

fn point(pair: &[Json]) -> Option<String> {
    let (longitude, latitude) = (pair.first()?.as_f64()?, pair.get(1)?.as_f64()?);
    Some(format!("{latitude} {longitude} 0 0"))
}

/// `<root><item><name>…</name><label>…</label></item></root>`
fn from_xml(bytes: &[u8]) -> Result<Sheet, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8 text")?;
    let mut reader = quick_xml::Reader::from_str(text);
    let mut cells = Cells::default();
    let (mut row, mut words, mut path) = (BTreeMap::new(), String::new(), Vec::new());
    loop {
        match reader
            .read_event()
            .map_err(|error| format!("it is no XML: {error}"))?
        {
            Event::Start(start) => {
                path.push(start.local_name().as_ref().to_owned());
                words.clear();
            }
            Event::Text(part) => words += &part.xml_content(quick_xml::XmlVersion::Implicit1_0),
            Event::CData(part) => words += &part,
            Event::GeneralRef(part) => {
                let named = part.resolve_char_ref().ok().flatten();
                let named = named.map(String::from).or_else(|| entity(&part));
                words += &named.ok_or("it uses an entity of its own, which is not resolved")?;
            }
            Event::End(_) => {
                let name = path.pop().unwrap_or_default();
                match path.len() {
                    2 => cells.put(&mut row, &name, std::mem::take(&mut words).trim().to_owned()),
                    1 => cells.rows.push(std::mem::take(&mut row)),
                    _ => {}
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if path.is_empty() {
        Ok(cells.sheet())
    } else {
        Err("its XML has no end".into())
    }
}

fn entity(name: &str) -> Option<String> {
    let c = match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => return None,
    };
    Some(c.to_owned())
}

#[cfg(test)]
mod tests {
    use super::sheet;

    fn rows(name: &str, text: &str) -> Vec<Vec<String>> {
        let sheet = sheet(name, text.as_bytes()).expect("a table");
        sheet
            .rows
            .iter()
            .map(|row| row.cells.values().cloned().collect())
            .collect()
    }

    #[test]
    fn features_are_choices_with_their_geometry() {
        let json = r#"{"type": "FeatureCollection", "features": [
            {"type": "Feature", "id": "w1", "geometry": {"type": "Point", "coordinates": [36.5, -1.25]}, "properties": {"title": "Well", "depth": 12}},
            {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[[0, 1], [2, 3], [0, 1]]]}, "properties": {"id": "w2", "title": "Field"}}]}"#;
        assert_eq!(
            rows("wells.geojson", json),
            [
                vec!["name", "label", "geometry", "depth", "title", "id"],
                vec!["w1", "Well", "-1.25 36.5 0 0", "12", "Well"],
                vec!["w2", "Field", "1 0 0 0; 3 2 0 0; 1 0 0 0", "Field", "w2"],
            ]
        );
        assert!(sheet("x.geojson", b"[]").is_err_and(|e| e.contains("FeatureCollection")));
    }

    #[test]
    fn items_of_xml_are_choices() {
        let xml = "<?xml version='1.0'?><root>\n<item><name>a</name><label>A &amp; B</label></item><item><name>b</name><area>n</area></item></root>";
        assert_eq!(
            rows("x.xml", xml),
            [vec!["name", "label", "area"], vec!["a", "A & B"], vec!["b", "n"]]
        );
        assert!(sheet("x.xml", b"<root><item>").is_err());
        let bomb = b"<!DOCTYPE r [<!ENTITY a \"aaaaaaaa\">]><root><item><name>&a;</name></item></root>";
        assert!(sheet("x.xml", bomb).is_err_and(|e| e.contains("entity")));
    }
}
