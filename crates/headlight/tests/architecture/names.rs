//! What a path stands for: a module of its own crate, or something from outside.

use crate::sources::Sources;

/// What a path leads to.
#[derive(Debug, PartialEq)]
pub enum Meaning {
    /// Something that this module of the crate defines.
    Here(usize),
    /// A path into another crate, beginning with its name.
    Outside(Vec<String>),
}

impl Sources {
    /// What a path that stands in a module leads to, through as many `use`s as it takes. `None` for a name that belongs to no `use` and no
    /// module: one of the prelude, a variable, a type of the module itself.
    pub fn meaning(&self, module: usize, path: &[String]) -> Option<Meaning> {
        self.follow(module, path, 0)
    }

    fn follow(&self, module: usize, path: &[String], depth: usize) -> Option<Meaning> {
        assert!(depth < 50, "`use`s that go in circles: {path:?}");
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(self.descend(0, rest, depth)),
            "self" => Some(self.descend(module, rest, depth)),
            "super" => {
                let parent = self.modules[module].parent.expect("`super` stands in a module that has a parent");
                match rest.first() {
                    Some(next) if next == "super" => self.follow(parent, rest, depth),
                    _ => Some(self.descend(parent, rest, depth)),
                }
            }
            _ => self.named(module, first, rest, depth),
        }
    }

    /// What a name without `crate`, `self` or `super` before it means in a module.
    fn named(&self, module: usize, name: &String, rest: &[String], depth: usize) -> Option<Meaning> {
        let here = &self.modules[module];
        // A name alone cannot be a module.
        if let Some(&child) = here.children.get(name).filter(|_| !rest.is_empty()) {
            return Some(self.descend(child, rest, depth));
        }
        // `use linear::linear` brings in a name that its own path begins with.
        if let Some(import) = here.imports.get(name).filter(|import| import[0] != *name) {
            return self.follow(module, &[import, rest].concat(), depth + 1);
        }
        let is_import = here.imports.contains_key(name);
        (is_import || !rest.is_empty()).then(|| Meaning::Outside([std::slice::from_ref(name), rest].concat()))
    }

    /// Goes from a module down a path into its children, or to what its `use`s hand on.
    fn descend(&self, module: usize, path: &[String], depth: usize) -> Meaning {
        let Some((first, rest)) = path.split_first() else { return Meaning::Here(module) };
        let here = &self.modules[module];
        if let Some(&child) = here.children.get(first) {
            return self.descend(child, rest, depth);
        }
        if let Some(import) = here.imports.get(first) {
            return self
                .follow(module, &[import, rest].concat(), depth + 1)
                .unwrap_or_else(|| Meaning::Outside(import.clone()));
        }
        Meaning::Here(module)
    }
}
