//! One module of the phone's code: what it imports and exports, and where its names stand.

use oxc_allocator::Allocator;
use oxc_ast::AstKind;
use oxc_ast::ast::{Expression, ImportDeclarationSpecifier, Statement};
use oxc_parser::Parser;
use oxc_semantic::{Semantic, SemanticBuilder};
use oxc_span::{GetSpan, SourceType, Span};
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

/// What stands at a place of the source and has to change where modules are put together.
pub enum Mark {
    /// An import statement.
    Import(Import),
    /// The word `export`, or a whole `export { … };`.
    Export,
    /// A name of the module's own top level, or one that it imports.
    Name { name: String, shorthand: bool },
    /// `import('./other.js')`, by the other's name.
    Later(String),
}

/// `import { imported as local } from './from.js'`
#[derive(Clone)]
pub struct Import {
    /// The module's name, without path and ending.
    pub from: String,
    /// Pairs of imported and local names.
    pub names: Vec<(String, String)>,
}

/// A module as it was read.
pub struct Module {
    /// File name without its ending.
    pub name: String,
    /// Its text.
    pub source: String,
    /// What changes, in the order of the text.
    pub marks: Vec<(Range<usize>, Mark)>,
    /// Local names by what they are exported as.
    pub exports: BTreeMap<String, String>,
}

impl Module {
    /// Reads a module.
    ///
    /// # Errors
    /// Where the text is not JavaScript, or exports and imports in a way that is not used here.
    pub fn read(name: &str, source: &str) -> Result<Self, String> {
        let allocator = Allocator::default();
        let parsed = Parser::new(&allocator, source, SourceType::mjs()).parse();
        if let Some(error) = parsed.diagnostics.first() {
            return Err(format!("{name}.js: {error}"));
        }
        let semantic = SemanticBuilder::new_compiler()
            .with_build_nodes(true)
            .build(&parsed.program)
            .semantic;
        let mut module = Self {
            name: name.to_owned(),
            source: source.to_owned(),
            marks: Vec::new(),
            exports: BTreeMap::new(),
        };
        for statement in &parsed.program.body {
            module.statement(statement)?;
        }
        module.names(&semantic);
        module.later(&semantic)?;
        module.marks.sort_by_key(|(range, _)| (range.start, range.end));
        Ok(module)
    }

    /// Imports of the top level, in their order.
    pub fn imports(&self) -> impl Iterator<Item = &Import> {
        self.marks.iter().filter_map(|(_, mark)| match mark {
            Mark::Import(import) => Some(import),
            _ => None,
        })
    }

    /// Names of the modules that it may load later.
    pub fn loads(&self) -> impl Iterator<Item = &str> {
        self.marks.iter().filter_map(|(_, mark)| match mark {
            Mark::Later(name) => Some(name.as_str()),
            _ => None,
        })
    }

    fn statement(&mut self, statement: &Statement<'_>) -> Result<(), String> {
        let refused = |what: &str| Err(format!("{}.js: {what} is not used here", self.name));
        match statement {
            Statement::ImportDeclaration(import) => {
                let mut names = Vec::new();
                for specifier in import.specifiers.iter().flatten() {
                    let ImportDeclarationSpecifier::ImportSpecifier(specifier) = specifier else {
                        return refused("an import of everything or of a default");
                    };
                    names.push((
                        specifier.imported.name().to_string(),
                        specifier.local.name.to_string(),
                    ));
                }
                let from = beside(&import.source.value)
                    .ok_or_else(|| format!("{}.js: {}", self.name, import.source.value))?;
                self.marks
                    .push((range(import.span), Mark::Import(Import { from, names })));
            }
            Statement::ExportDeclaration(export) => {
                let before = export.span.start as usize..export.declaration.span().start as usize;
                self.marks.push((before, Mark::Export));
                for name in export.declaration.bound_names() {
                    self.exports.insert(name.clone(), name);
                }
            }
            Statement::ExportNamedDeclaration(export) => {
                self.marks.push((range(export.span), Mark::Export));
                for specifier in &export.specifiers {
                    self.exports.insert(
                        specifier.exported.name().to_string(),
                        specifier.local.name().to_string(),
                    );
                }
            }
            Statement::ExportDefaultDeclaration(_)
            | Statement::ExportAllDeclaration(_)
            | Statement::ExportFromDeclaration(_) => {
                return refused("an export of a default or of another module");
            }
            _ => {}
        }
        Ok(())
    }

    /// Every place where a name of the top level stands, but for import and export statements.
    fn names(&mut self, semantic: &Semantic<'_>) {
        let (scoping, nodes) = (semantic.scoping(), semantic.nodes());
        let shorthands: HashSet<Span> = nodes
            .iter()
            .filter_map(|node| match node.kind() {
                AstKind::ObjectProperty(property) if property.shorthand => Some(property.key.span()),
                AstKind::BindingProperty(property) if property.shorthand => Some(property.key.span()),
                AstKind::AssignmentTargetPropertyIdentifier(property) => Some(property.binding.span),
                _ => None,
            })
            .collect();
        let whole: Vec<Range<usize>> = self.marks.iter().map(|(range, _)| range.clone()).collect();
        let root = scoping.root_scope_id();
        for symbol in scoping
            .symbol_ids()
            .filter(|symbol| scoping.symbol_scope_id(*symbol) == root)
        {
            let uses = scoping
                .get_resolved_references(symbol)
                .map(|reference| semantic.reference_span(reference));
            for span in uses.chain([scoping.symbol_span(symbol)]) {
                let place = range(span);
                if whole.iter().any(|range| range.contains(&place.start)) {
                    continue;
                }
                let name = scoping.symbol_name(symbol).to_owned();
                let shorthand = shorthands.contains(&span);
                self.marks.push((place, Mark::Name { name, shorthand }));
            }
        }
    }

    fn later(&mut self, semantic: &Semantic<'_>) -> Result<(), String> {
        for node in semantic.nodes().iter() {
            let AstKind::ImportExpression(import) = node.kind() else {
                continue;
            };
            let Expression::StringLiteral(source) = &import.source else {
                return Err(format!("{}.js: import() of something computed", self.name));
            };
            let other = beside(&source.value).ok_or_else(|| format!("{}.js: {}", self.name, source.value))?;
            self.marks.push((range(import.span), Mark::Later(other)));
        }
        Ok(())
    }
}

trait BoundNames {
    fn bound_names(&self) -> Vec<String>;
}

impl BoundNames for oxc_ast::ast::Declaration<'_> {
    fn bound_names(&self) -> Vec<String> {
        use oxc_ast::ast::Declaration;
        let one = |id: &Option<oxc_ast::ast::BindingIdentifier<'_>>| {
            id.iter().map(|id| id.name.to_string()).collect()
        };
        match self {
            Declaration::FunctionDeclaration(function) => one(&function.id),
            Declaration::ClassDeclaration(class) => one(&class.id),
            Declaration::VariableDeclaration(variables) => variables
                .declarations
                .iter()
                .flat_map(|declared| declared.id.get_binding_identifiers())
                .map(|id| id.name.to_string())
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// `ui` of `./ui.js`
fn beside(path: &str) -> Option<String> {
    Some(path.strip_prefix("./")?.strip_suffix(".js")?.to_owned())
}

fn range(span: Span) -> Range<usize> {
    span.start as usize..span.end as usize
}
