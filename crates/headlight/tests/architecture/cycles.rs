//! Files of a crate that use each other in a circle.

use std::collections::BTreeSet;

use crate::names::Meaning;
use crate::sources::Sources;

impl Sources {
    /// Groups of files that each use, directly or through others, all the rest of their group. Handing a name on (`pub use`) is not using
    /// it, nor is declaring a module.
    pub fn cycles(&self) -> Vec<Cycle> {
        let uses = self.uses();
        let reached: Vec<BTreeSet<usize>> = (0..uses.len()).map(|file| reachable(&uses, file)).collect();
        let mut seen = BTreeSet::new();
        let mut cycles = Vec::new();
        for file in 0..uses.len() {
            if !reached[file].contains(&file) || !seen.insert(file) {
                continue;
            }
            let group: BTreeSet<usize> =
                reached[file].iter().copied().filter(|&other| reached[other].contains(&file)).collect();
            seen.extend(&group);
            let name = |file: usize| self.files[file].display().to_string();
            let arrows =
                group.iter().map(|&from| (name(from), uses[from].intersection(&group).map(|&to| name(to)).collect()));
            cycles.push(Cycle { arrows: arrows.collect() });
        }
        cycles
    }

    /// For each file the others that it uses.
    fn uses(&self) -> Vec<BTreeSet<usize>> {
        let mut uses = vec![BTreeSet::new(); self.files.len()];
        for (index, module) in self.modules.iter().enumerate() {
            for mention in module.mentions.iter().filter(|mention| !mention.re_export) {
                if let Some(Meaning::Here(used)) = self.meaning(index, &mention.path) {
                    uses[module.file].insert(self.modules[used].file);
                }
            }
            uses[module.file].remove(&module.file);
        }
        uses
    }
}

/// Files that use each other, and for each which of the others it uses.
pub struct Cycle {
    arrows: Vec<(String, Vec<String>)>,
}

impl std::fmt::Display for Cycle {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.arrows.iter().try_for_each(|(file, uses)| writeln!(formatter, "  {file} → {}", uses.join(", ")))
    }
}

fn reachable(uses: &[BTreeSet<usize>], from: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<usize> = uses[from].iter().copied().collect();
    while let Some(file) = waiting.pop() {
        if reached.insert(file) {
            waiting.extend(&uses[file]);
        }
    }
    reached
}
