fn main() {
    for p in std::env::args().skip(1) {
        match baraza_forms::xlsform::import_path(std::path::Path::new(&p)) {
            Err(e) => println!("{p}: UNREADABLE {e}"),
            Ok(i) => {
                let e = i.diagnostics.iter().filter(|d| d.severity == baraza_forms::xlsform::Severity::Error).count();
                println!("{p}: {} errors {} warnings; {:?}", e, i.diagnostics.len() - e, i.form.as_ref().map(|f| (f.nodes.len(), f.lists.len(), f.languages.len(), f.id.clone(), f.version.clone(), serde_json::to_string(f).unwrap().len())));
                for d in i.diagnostics.iter().take(12) { println!("   {d}"); }
            }
        }
    }
}
