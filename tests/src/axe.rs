//! axe-core, which judges pages by the rules of WCAG.

use std::path::Path;

/// axe-core as `npm ci` brings it into `tests/peer`. In CI its absence is a failure, elsewhere the test is skipped.
pub fn axe() -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("peer/node_modules/axe-core/axe.min.js");
    let found = std::fs::read_to_string(path).ok();
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "axe-core is missing, and CI has to have it"
        );
        eprintln!("SKIPPED: axe-core is not installed (npm ci in tests/peer)");
    }
    found
}

/// Violations, a line each: `best-practice` or what must not be, the rule, and where.
pub const AXE_JUDGE: &str = "(async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { violations } = await axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'],
        rules: { 'target-size': { enabled: true } } });
    return violations.flatMap(({ id, tags, nodes }) => nodes.map(({ html, failureSummary }) =>
        `${tags.includes('best-practice') ? 'best-practice' : 'must'} ${id}: ${html.slice(0, 160)} ${failureSummary.replace(/\\s+/g, ' ').slice(0, 200)}`)).join('\\n');
})()";
