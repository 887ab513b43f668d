//! A crate's modules, as its source files declare them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use syn::visit::Visit;
use syn::{Attribute, Item, Meta};

use crate::gate::{Gate, literal};
use crate::reader::Reader;

/// The sources of a crate, without its tests.
pub struct Sources {
    /// Paths of the source files, relative to `src`.
    pub files: Vec<PathBuf>,
    pub modules: Vec<Module>,
}

/// A module: a file of its own, or `mod name { … }` in one.
pub struct Module {
    /// Which of [`Sources::files`] it stands in.
    pub file: usize,
    pub parent: Option<usize>,
    pub children: HashMap<String, usize>,
    /// What each name that a `use` brings in stands for.
    pub imports: HashMap<String, Vec<String>>,
    pub mentions: Vec<Mention>,
}

/// A path that stands in a module.
pub struct Mention {
    pub path: Vec<String>,
    /// Whether it hands a name on (`pub use`) and does nothing else with it.
    pub re_export: bool,
    /// Whether it stands under a feature of the system: [`Gate::System`].
    pub optional: bool,
}

impl Sources {
    /// Reads the crate whose `src` directory this is.
    pub fn read(src: &Path) -> Self {
        let root = ["lib.rs", "main.rs"].into_iter().find(|name| src.join(name).exists());
        let mut sources = Self { files: Vec::new(), modules: Vec::new() };
        sources.read_file(src, Path::new(root.expect("a crate has a lib.rs or a main.rs")), None, false);
        sources
    }

    fn read_file(&mut self, src: &Path, file: &Path, parent: Option<usize>, optional: bool) -> usize {
        let text =
            std::fs::read_to_string(src.join(file)).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.files.push(file.to_owned());
        let here = match file.file_stem().and_then(|stem| stem.to_str()) {
            Some("lib" | "main" | "mod") => file.with_file_name(""),
            _ => file.with_extension(""),
        };
        self.read_module(src, &here, self.files.len() - 1, &syntax.items, parent, optional)
    }

    /// `here` is the directory of the files of the module's children.
    fn read_module(
        &mut self,
        src: &Path,
        here: &Path,
        file: usize,
        items: &[Item],
        parent: Option<usize>,
        optional: bool,
    ) -> usize {
        let module = self.modules.len();
        let mut reader = Reader { optional, ..Reader::default() };
        items.iter().for_each(|item| reader.visit_item(item));
        let Reader { imports, mentions, .. } = reader;
        self.modules.push(Module { file, parent, children: HashMap::new(), imports, mentions });

        for item in items {
            let Item::Mod(declared) = item else { continue };
            let gate = Gate::of(&declared.attrs);
            if gate == Gate::Test {
                continue;
            }
            let name = declared.ident.to_string();
            let optional = optional || gate == Gate::System;
            let child = match &declared.content {
                Some((_, items)) => self.read_module(src, &here.join(&name), file, items, Some(module), optional),
                None => {
                    let beside = here.join(format!("{name}.rs"));
                    let inside = here.join(&name).join("mod.rs");
                    let path = match path_attribute(&declared.attrs) {
                        Some(path) => self.files[file].with_file_name(path),
                        None if src.join(&beside).exists() => beside,
                        None => inside,
                    };
                    self.read_file(src, &path, Some(module), optional)
                }
            };
            self.modules[module].children.insert(name, child);
        }
        module
    }
}

/// The file that `#[path = "…"]` names.
fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => literal(&pair.value),
        _ => None,
    })
}
