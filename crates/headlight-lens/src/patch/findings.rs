use headlight_model::{AttentionKind, Site, Stack};
use headlight_record::findings::{Axis, Cell, Chart, Column, Estimate, Findings, Grid, Scale, Table};

use super::{Patched, Patching};
use crate::Bootstrap;
use crate::decomposition::Part;

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
        let counted = self.counted.iter().filter(|counted| **counted).count();
        let groups = self.sites.iter().fold(Vec::new(), |mut groups: Vec<Group>, site| {
            let group = Group::of(site.site);
            if !groups.contains(&group) {
                groups.push(group);
            }
            groups
        });
        let metric = self.metric.name();
        let of_pass = |metric: &[f64]| {
            let known = metric.iter().zip(&self.counted).map(|(value, counted)| counted.then_some(*value));
            bootstrap.estimate_known(&known.collect::<Vec<_>>()).expect("a pair is counted")
        };
        let mut notes = vec![format!(
            "Effect: (patched − corrupt) / (clean − corrupt) of the {metric}, which is {} clean and {} corrupt.",
            of_pass(&self.clean),
            of_pass(&self.corrupt)
        )];
        if self.pairs.len() > 1 {
            notes.push(format!(
                "Means over the {counted} of {} pairs of which the model answers both rightly where they differ.",
                self.pairs.len()
            ));
        }
        notes.push(
            "A patch that brings the answer back shows what suffices in this pass, not what is needed: another part may do it too."
                .to_string(),
        );
        Findings {
            lens: "patch".to_string(),
            origin: self.origin.clone(),
            examples: counted,
            seed: self.seed,
            tables: vec![self.table(&effects)],
            charts: groups.iter().map(|group| Chart::Grid(self.grid(*group, &effects, counted))).collect(),
            notes,
            ..Findings::default()
        }
    }

    /// The mean effect at each position.
    fn effects(&self, site: &Patched, bootstrap: &Bootstrap) -> Vec<Estimate> {
        let at = |position: usize| {
            let of_pair = |pair: usize| self.counted[pair].then(|| self.effect(site, position, pair));
            let known: Vec<Option<f64>> = (0..self.counted.len()).map(of_pair).collect();
            bootstrap.estimate_known(&known).expect("a pair is counted")
        };
        (0..site.metric.len()).map(at).collect()
    }

    /// A row for each site: where its effect is largest, and in files its effect everywhere.
    fn table(&self, effects: &[Vec<Estimate>]) -> Table {
        let longest = effects.iter().map(Vec::len).max().unwrap_or(0);
        let mut columns = vec![
            Column::new("patched", "patched"),
            Column::new("position", "where it does most"),
            Column::new("effect", "effect there"),
        ];
        columns.extend((0..longest).map(|at| Column::detail(&format!("at_{at}"), &format!("at {at}"))));
        let rows = self.sites.iter().zip(effects).map(|(site, effects)| {
            let largest =
                |most: usize, at: usize| if effects[at].mean.abs() > effects[most].mean.abs() { at } else { most };
            let most = (0..effects.len()).fold(0, largest);
            let labels = self.positions(Group::of(site.site));
            let mut row: Vec<Cell> =
                vec![self.name(site.site).into(), labels[most].clone().into(), effects[most].into()];
            row.extend((0..longest).map(|at| Cell::from(effects.get(at).copied())));
            row
        });
        Table { title: String::new(), columns, rows: rows.collect() }
    }

    fn grid(&self, group: Group, effects: &[Vec<Estimate>], counted: usize) -> Grid {
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
        let pairs = if counted == 1 { "one pair".to_string() } else { format!("mean of {counted} pairs") };
        let is_one = self.pairs.len() == 1;
        Grid {
            name: name.replace(' ', "_"),
            title: format!("Activation patching: {what}, {pairs}"),
            quantity: "share of the clean answer that comes back".to_string(),
            scale: Scale::Signed,
            down: Axis {
                title: down.to_string(),
                labels: of_group.iter().map(|(site, _)| self.name(site.site)).collect(),
            },
            across: Axis {
                title: if is_one { "position: clean token, or clean/corrupt" } else { "position" }.to_string(),
                labels: self.positions(group),
            },
            panels: vec![(
                String::new(),
                of_group.iter().flat_map(|(_, effects)| effects.iter().map(|effect| effect.mean)).collect(),
            )],
        }
    }

    fn name(&self, site: Site) -> String {
        match site {
            Site::Context(head) => Part::Head(head).name(&self.kinds),
            Site::FeedForward(stack, layer) => Part::FeedForward(stack, layer).name(&self.kinds),
            Site::Stream(stack, layer) => {
                let stream = match self.kinds.len() {
                    1 => "stream".to_string(),
                    _ => format!("{}:stream", stack.self_attention()),
                };
                let is_after = !self.sites.iter().any(|other| other.site == Site::FeedForward(stack, layer));
                if is_after { format!("{stream} after L{}", layer - 1) } else { format!("{stream} before L{layer}") }
            }
        }
    }

    /// What each position is called: of one pair by its tokens.
    fn positions(&self, group: Group) -> Vec<String> {
        let kind = match group {
            Group::Stream(stack) | Group::FeedForward(stack) => stack.self_attention(),
            Group::Heads(kind) => kind,
        };
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
