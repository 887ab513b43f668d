use headlight_record::findings::{Axis, Bar, Bars, Cell, Chart, Column, Findings, Grid, Scale, Table};

use super::{Terms, Why};
use crate::Bootstrap;
use crate::decomposition::Part;

/// What is drawn.
const QUANTITY: &str = "contribution to q · k / √d_head";

/// One number of each example: of the score, and above the mean of the row.
type Both = [Vec<f64>; 2];

impl Why {
    /// What each part of the key brings, with the whole query: of each example its share of the score, and above the mean of the keys. The
    /// shares, and the positions' bias where there is one, add up to the score.
    pub fn by_key(&self) -> Vec<(Part, Both)> {
        let columns = self.key_parts.len();
        self.by(&self.key_parts, |at, part| at % columns == part)
    }

    /// What each part of the query brings, with the whole key.
    pub fn by_query(&self) -> Vec<(Part, Both)> {
        let columns = self.key_parts.len();
        self.by(&self.query_parts, |at, part| at / columns == part)
    }

    fn by(&self, parts: &[Part], belongs: impl Fn(usize, usize) -> bool) -> Vec<(Part, Both)> {
        let of_part = |part: usize| {
            let sum = |terms: &Vec<f64>| {
                let of_part = terms.iter().enumerate().filter(|(at, _)| belongs(*at, part));
                of_part.map(|(_, term)| term).sum::<f64>()
            };
            [
                self.terms.iter().map(|terms| sum(&terms.score)).collect(),
                self.terms.iter().map(|terms| sum(&terms.above_mean)).collect(),
            ]
        };
        let mut shares: Vec<(Part, Both)> = parts.iter().enumerate().map(|(at, part)| (*part, of_part(at))).collect();
        let biases: Option<Vec<[f64; 2]>> = self.terms.iter().map(|terms| terms.bias).collect();
        if let Some(biases) = biases {
            shares.push((Part::PositionBias, [0, 1].map(|which| biases.iter().map(|bias| bias[which]).collect())));
        }
        shares
    }

    /// As tables and pictures.
    pub fn findings(&self) -> Findings {
        let bootstrap = Bootstrap::new(self.terms.len(), self.seed);
        let (by_key, by_query) = (self.by_key(), self.by_query());
        let weight = bootstrap.estimate(&self.terms.iter().map(|terms| terms.weight).collect::<Vec<_>>());
        let score = bootstrap.estimate(&self.terms.iter().map(|terms| terms.given[0]).collect::<Vec<_>>());
        let [query, key] = self.positions();
        let notes = vec![
            format!("score {score}, attention weight {weight}"),
            format!(
                "Each norm's scale is held at its value in this pass, so that parts add up to q · k / √d_head (off by {:.0e} at most).",
                self.error
            ),
            "Minus mean over keys: over those that the query sees; softmax ignores what all keys have in common."
                .to_string(),
        ];
        let what = format!("{}: query {query}, key {key}", Part::Head(self.asked.head).name(&self.kinds));
        Findings {
            lens: "why".to_string(),
            origin: self.origin.clone(),
            examples: self.terms.len(),
            seed: self.seed,
            tables: vec![
                self.table(format!("{what}: what each part of the key brings"), &by_key, &bootstrap),
                self.table(format!("{what}: what each part of the query brings"), &by_query, &bootstrap),
            ],
            charts: vec![
                Chart::Bars(self.bars("why_key", format!("{what}: parts of the key"), &by_key, &bootstrap)),
                Chart::Bars(self.bars("why_query", format!("{what}: parts of the query"), &by_query, &bootstrap)),
                Chart::Grid(self.grid(what)),
            ],
            notes,
            ..Findings::default()
        }
    }

    /// What the query and the key are called: of one example with their tokens.
    fn positions(&self) -> [String; 2] {
        let kind = self.asked.head.kind;
        let label = |position: usize, tokens: &[usize]| match self.examples.len() {
            1 => format!("{position} ({})", self.vocabulary[tokens[position]]),
            _ => position.to_string(),
        };
        let example = &self.examples[0];
        [label(self.asked.query, example.queries(kind)), label(self.asked.key, example.keys(kind))]
    }

    fn table(&self, title: String, shares: &[(Part, Both)], bootstrap: &Bootstrap) -> Table {
        let columns = vec![
            Column::new("part", "part"),
            Column::new("score", "score"),
            Column::new("score_above_mean", "minus mean over keys"),
        ];
        let cell = |values: &[f64]| Cell::from(bootstrap.estimate(values));
        let row = |name: String, [score, above]: &Both| vec![name.into(), cell(score), cell(above)];
        let of_parts = shares.iter().map(|(part, both)| row(part.name(&self.kinds), both));
        let given = [0, 1].map(|which| self.terms.iter().map(|terms| terms.given[which]).collect());
        let rows = of_parts.chain([row("sum: the score".to_string(), &given)]).collect();
        Table { title, columns, rows }
    }

    fn bars(&self, name: &str, title: String, shares: &[(Part, Both)], bootstrap: &Bootstrap) -> Bars {
        let bar = |(part, [score, _]): &(Part, Both)| {
            let estimate = bootstrap.estimate(score);
            Bar { label: part.label(&self.kinds), value: estimate.mean, interval: estimate.interval() }
        };
        Bars {
            name: name.to_string(),
            title: format!("{title}, {}", self.counted()),
            quantity: QUANTITY.to_string(),
            bars: shares.iter().map(bar).collect(),
        }
    }

    /// Each part of the query with each part of the key.
    fn grid(&self, what: String) -> Grid {
        let labels = |parts: &[Part]| parts.iter().map(|part| part.label(&self.kinds)).collect();
        let mean = |of: fn(&Terms) -> &Vec<f64>| -> Vec<f64> {
            let count = self.terms.len() as f64;
            (0..self.terms[0].score.len())
                .map(|at| self.terms.iter().map(|terms| of(terms)[at]).sum::<f64>() / count)
                .collect()
        };
        Grid {
            name: "why_pairs".to_string(),
            title: format!("{what}: each part with each, {}", self.counted()),
            quantity: QUANTITY.to_string(),
            scale: Scale::Signed,
            down: Axis { title: "part of the query".to_string(), labels: labels(&self.query_parts) },
            across: Axis { title: "part of the key".to_string(), labels: labels(&self.key_parts) },
            panels: vec![
                ("score".to_string(), mean(|terms| &terms.score)),
                ("minus mean over keys".to_string(), mean(|terms| &terms.above_mean)),
            ],
        }
    }

    fn counted(&self) -> String {
        match self.terms.len() {
            1 => "one example".to_string(),
            count => format!("mean of {count} examples"),
        }
    }
}
