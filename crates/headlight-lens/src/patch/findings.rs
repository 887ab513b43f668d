use headlight_model::{AttentionKind, Site, Stack};
use headlight_record::findings::{Axis, Cell, Chart, Column, Estimate, Findings, Grid, Scale, Table};

use super::role::{Role, queries_of};
use super::{Patched, Patching};
use crate::Bootstrap;
use crate::names::{head_label, head_name, label_of_stack, of_stack};

/// What an effect is, in words.
const QUANTITY: &str = "normalised effect (0 corrupt, 1 clean)";

/// Sites that are drawn in one picture: they have the same positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Stream(Stack),
    Heads(AttentionKind),
    FeedForward(Stack),
}

impl Patching {
    /// As a table and pictures.
    pub fn findings(&self) -> Findings {
        let bootstrap = Bootstrap::new(self.pairs.len(), self.seed);
        let effects: Vec<Vec<Estimate>> = self.sites.iter().map(|site| self.effects(site, &bootstrap)).collect();
        let groups = self.sites.iter().fold(Vec::new(), |mut groups: Vec<Group>, site| {
            let group = Group::of(site.site);
            if !groups.contains(&group) {
                groups.push(group);
            }
            groups
        });
        let mut charts: Vec<Chart> = groups.iter().map(|group| Chart::Grid(self.grid(*group, &effects))).collect();
        let table = if self.pairs.len() == 1 {
            self.table_of_one(&effects)
        } else {
            let by_role = self.by_role(&bootstrap);
            charts.insert(0, Chart::Grid(self.grid_of_roles(&by_role)));
            self.table_of_many(&by_role, &effects)
        };
        Findings {
            lens: "patch".to_string(),
            origin: self.origin.clone(),
            examples: self.count(),
            seed: self.seed,
            tables: vec![table],
            charts,
            notes: self.notes(&bootstrap),
            ..Findings::default()
        }
    }

    fn count(&self) -> usize {
        self.counted.iter().filter(|counted| **counted).count()
    }

    fn counted(&self) -> String {
        match self.count() {
            1 => "one pair".to_string(),
            count => format!("mean of {count} pairs"),
        }
    }

    fn notes(&self, bootstrap: &Bootstrap) -> Vec<String> {
        let of_pass = |metric: &[f64]| self.mean(bootstrap, |pair| metric[pair]);
        let mut notes = vec![format!(
            "Effect: (patched − corrupt) / (clean − corrupt) of the {}, which is {} clean and {} corrupt.",
            self.metric.name(),
            of_pass(&self.clean),
            of_pass(&self.corrupt)
        )];
        if self.pairs.len() > 1 {
            notes.push(format!(
                "Means over the {} of {} pairs of which the model answers both rightly where they differ. Pairs are changed at \
                 different positions, so positions are grouped (changed token, token after it, answer); effects within a group \
                 are added. 1: the clean answer is fully restored.",
                self.count(),
                self.pairs.len()
            ));
            if self.alike > 0 {
                notes.push(format!(
                    "{} left out of these: the metric is the same for clean and corrupt, but for rounding.",
                    match self.alike {
                        1 => "1 is".to_string(),
                        alike => format!("{alike} are"),
                    }
                ));
            }
        } else if !self.is_right {
            notes.push(
                "The model does not answer both rightly where they differ: there is little for a patch to bring back."
                    .to_string(),
            );
        }
        notes.push(
            "A patch that brings the answer back shows what suffices in this pass, not what is needed: another part may do it too."
                .to_string(),
        );
        notes
    }

    /// The mean of a number of each pair that counts.
    fn mean(&self, bootstrap: &Bootstrap, number: impl Fn(usize) -> f64) -> Estimate {
        let known = self.counted.iter().enumerate().map(|(pair, counted)| counted.then(|| number(pair)));
        bootstrap.estimate_known(&known.collect::<Vec<_>>()).expect("a pair is counted")
    }

    /// The mean effect at each position.
    fn effects(&self, site: &Patched, bootstrap: &Bootstrap) -> Vec<Estimate> {
        (0..site.metric.len()).map(|position| self.mean(bootstrap, |pair| self.effect(site, position, pair))).collect()
    }

    /// The mean effect of each site in each role.
    fn by_role(&self, bootstrap: &Bootstrap) -> Vec<[Estimate; 4]> {
        let of_site =
            |site: &Patched| Role::ALL.map(|role| self.mean(bootstrap, |pair| self.effect_of_role(site, role, pair)));
        self.sites.iter().map(of_site).collect()
    }

    /// A row for each site: where its effect is largest, and in files its effect everywhere.
    fn table_of_one(&self, effects: &[Vec<Estimate>]) -> Table {
        let mut columns = vec![
            Column::new("patched", "patched"),
            Column::new("position", "where it does most"),
            Column::new("effect", "effect there"),
        ];
        let longest = put_positions(&mut columns, effects);
        let rows = self.sites.iter().zip(effects).map(|(site, effects)| {
            let size = |at: &usize| effects[*at].mean.abs();
            let most = (0..effects.len()).rev().max_by(|a, b| size(a).total_cmp(&size(b))).unwrap_or(0);
            let label = self.positions(queries_of(site.site))[most].clone();
            let mut row: Vec<Cell> = vec![self.name(site.site).into(), label.into(), effects[most].mean.into()];
            row.extend((0..longest).map(|at| Cell::from(effects.get(at).map(|effect| effect.mean))));
            row
        });
        Table { title: String::new(), columns, rows: rows.collect() }
    }

    /// A row for each site: its effect in each role, and in files its effect at each position.
    fn table_of_many(&self, by_role: &[[Estimate; 4]], effects: &[Vec<Estimate>]) -> Table {
        let mut columns = vec![Column::new("patched", "patched")];
        columns.extend(Role::ALL.map(|role| match role {
            Role::Changed | Role::Answer => Column::new(role.name(), role.title()),
            Role::AfterChanged | Role::Elsewhere => Column::detail(role.name(), role.title()),
        }));
        let longest = put_positions(&mut columns, effects);
        let rows = self.sites.iter().zip(by_role).zip(effects).map(|((site, by_role), effects)| {
            let mut row = vec![Cell::from(self.name(site.site))];
            row.extend(by_role.map(Cell::from));
            row.extend((0..longest).map(|at| Cell::from(effects.get(at).copied())));
            row
        });
        Table { title: String::new(), columns, rows: rows.collect() }
    }

    fn grid_of_roles(&self, by_role: &[[Estimate; 4]]) -> Grid {
        Grid {
            name: "patch_roles".to_string(),
            title: format!("Activation patching by what stands at the position, {}", self.counted()),
            quantity: QUANTITY.to_string(),
            scale: Scale::Signed,
            down: Axis {
                title: "patched".to_string(),
                labels: self.sites.iter().map(|site| self.label(site.site)).collect(),
            },
            across: Axis {
                title: "position".to_string(),
                labels: Role::ALL.map(|role| role.title().to_string()).to_vec(),
            },
            panels: vec![(String::new(), by_role.iter().flatten().map(|effect| effect.mean).collect())],
        }
    }

    fn grid(&self, group: Group, effects: &[Vec<Estimate>]) -> Grid {
        let of_group: Vec<(&Patched, &Vec<Estimate>)> =
            self.sites.iter().zip(effects).filter(|(site, _)| Group::of(site.site) == group).collect();
        let stack = |stack: Stack| match stack {
            _ if self.kinds.len() == 1 => "",
            Stack::Encoder => "encoder ",
            Stack::Decoder => "decoder ",
        };
        let (name, what, down) = match group {
            Group::Stream(of) => (format!("patch_{}stream", stack(of)), format!("{}stream", stack(of)), "stream"),
            Group::Heads(_) if self.kinds.len() == 1 => ("patch_heads".to_string(), "head outputs".to_string(), "head"),
            Group::Heads(kind) => (format!("patch_{kind}_heads"), format!("head outputs, {}", kind.title()), "head"),
            Group::FeedForward(of) => {
                (format!("patch_{}feed_forward", stack(of)), format!("{}feed-forward outputs", stack(of)), "layer")
            }
        };
        let is_one = self.pairs.len() == 1;
        Grid {
            name: name.replace(' ', "_"),
            title: format!("Activation patching: {what}, {}", self.counted()),
            quantity: QUANTITY.to_string(),
            scale: Scale::Signed,
            down: Axis {
                title: down.to_string(),
                labels: of_group.iter().map(|(site, _)| self.label(site.site)).collect(),
            },
            across: Axis {
                title: if is_one { "position: clean token, or clean/corrupt" } else { "position" }.to_string(),
                labels: self.positions(queries_of(of_group[0].0.site)),
            },
            panels: vec![(
                String::new(),
                of_group.iter().flat_map(|(_, effects)| effects.iter().map(|effect| effect.mean)).collect(),
            )],
        }
    }

    fn name(&self, site: Site) -> String {
        match site {
            Site::Context(head) => head_name(head, &self.kinds),
            Site::FeedForward(stack, _) | Site::Stream(stack, _) => of_stack(stack, &self.short(site), &self.kinds),
        }
    }

    /// The same beside a picture, where space is short.
    fn label(&self, site: Site) -> String {
        match site {
            Site::Context(head) => head_label(head, &self.kinds),
            Site::FeedForward(stack, _) | Site::Stream(stack, _) => {
                label_of_stack(stack, &self.short(site), &self.kinds)
            }
        }
    }

    /// Without kind and stack.
    fn short(&self, site: Site) -> String {
        match site {
            Site::Context(head) => head.short(),
            Site::FeedForward(_, layer) => format!("FF{layer}"),
            Site::Stream(stack, layer) => {
                let is_after = !self.sites.iter().any(|other| other.site == Site::FeedForward(stack, layer));
                if is_after { format!("stream after L{}", layer - 1) } else { format!("stream before L{layer}") }
            }
        }
    }

    /// What each position is called: of one pair by its tokens.
    fn positions(&self, kind: AttentionKind) -> Vec<String> {
        let [clean, corrupt] = self.pairs[0].queries(kind);
        let label = |(at, (clean, corrupt)): (usize, (&usize, &usize))| {
            let [clean, corrupt] = [clean, corrupt].map(|token| &self.vocabulary[*token]);
            match self.pairs.len() {
                1 if clean == corrupt => format!("{at}: {clean}"),
                1 => format!("{at}: {clean}/{corrupt}"),
                _ => at.to_string(),
            }
        };
        clean.iter().zip(corrupt).enumerate().map(label).collect()
    }
}

impl Group {
    fn of(site: Site) -> Self {
        match site {
            Site::Stream(stack, _) => Self::Stream(stack),
            Site::Context(head) => Self::Heads(head.kind),
            Site::FeedForward(stack, _) => Self::FeedForward(stack),
        }
    }
}

/// A column for each position, for files; returns how many.
fn put_positions(columns: &mut Vec<Column>, effects: &[Vec<Estimate>]) -> usize {
    let longest = effects.iter().map(Vec::len).max().unwrap_or(0);
    columns.extend((0..longest).map(|at| Column::detail(&format!("at_{at}"), &format!("at {at}"))));
    longest
}
