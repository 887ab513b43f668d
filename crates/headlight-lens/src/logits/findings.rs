use headlight_record::findings::{Axis, Bar, Bars, Cell, Chart, Column, Findings, Grid, Scale, Table};

use super::attribution::Attribution;
use super::by_layer::Standing;
use super::{Logits, TopTokens};
use crate::decomposition::Part;
use crate::{Bootstrap, Example};

impl Logits {
    /// As tables and pictures.
    pub fn findings(&self) -> Findings {
        let bootstrap = Bootstrap::new(self.examples.len(), self.seed);
        let mut tables = vec![self.standing_table(&bootstrap), self.attribution_table(&bootstrap)];
        tables.extend(self.top.as_ref().map(|top| self.top_table(top)));
        let charts = vec![
            Chart::Grid(self.grid()),
            Chart::Bars(self.bars(
                "logits_attribution",
                "What each part adds to the right answer's logit",
                "logit",
                &self.attribution.logit,
                &bootstrap,
            )),
            Chart::Bars(self.bars(
                "logits_above_mean",
                "What each part adds to the right answer's logit, minus the mean over tokens",
                "minus mean over tokens",
                &self.attribution.above_mean,
                &bootstrap,
            )),
        ];
        let notes = vec![
            "The final norm is applied anew to the stream after each layer; the last row is the model itself."
                .to_string(),
            format!(
                "The final norm's scale is held at its value in this pass, so that parts add up to the model's logit (off by {:.0e} at most). \
                 Minus mean over tokens: only this part changes probabilities.",
                self.attribution.error
            ),
            "A logit lens is a probe: layers need not write what the output layer can read.".to_string(),
        ];
        Findings {
            lens: "logits".to_string(),
            origin: self.origin.clone(),
            examples: self.examples.len(),
            seed: self.seed,
            counted: self.counted,
            baseline: Some(self.baseline),
            tables,
            charts,
            notes,
            ..Findings::default()
        }
    }

    /// What the stream is called at each depth.
    fn depths(&self) -> Vec<String> {
        let after = (1..self.by_layer.len()).map(|depth| format!("after L{}", depth - 1));
        ["embedding".to_string()].into_iter().chain(after).collect()
    }

    fn standing_table(&self, bootstrap: &Bootstrap) -> Table {
        let columns = vec![
            Column::new("stream", "stream"),
            Column::new("probability", "probability"),
            Column::new("rank", "rank"),
            Column::new("ranked_first", "ranked first"),
        ];
        let rows = self.depths().into_iter().zip(&self.by_layer).map(|(depth, of_depth)| {
            let estimate = |number: fn(&Standing) -> f64| {
                let of_example = |tokens: &Vec<Standing>| tokens.iter().map(number).sum::<f64>() / tokens.len() as f64;
                Cell::from(bootstrap.estimate(&of_depth.iter().map(of_example).collect::<Vec<_>>()))
            };
            let probability = estimate(|token| token.probability);
            let rank = estimate(|token| token.rank as f64);
            let ranked_first = estimate(|token| f64::from(u8::from(token.rank == 1)));
            vec![depth.into(), probability, rank, ranked_first]
        });
        Table { title: "The right answer in the stream (logit lens)".to_string(), columns, rows: rows.collect() }
    }

    fn attribution_table(&self, bootstrap: &Bootstrap) -> Table {
        let columns = vec![
            Column::new("part", "part"),
            Column::new("logit", "logit"),
            Column::new("logit_above_mean", "minus mean over tokens"),
        ];
        let Attribution { logit, above_mean, given, given_above_mean, .. } = &self.attribution;
        let row = |name: String, logit: &[f64], above: &[f64]| {
            vec![name.into(), bootstrap.estimate(logit).into(), bootstrap.estimate(above).into()]
        };
        let of_part = logit.iter().zip(above_mean);
        let of_part = of_part.map(|((part, logit), (_, above))| row(part.name(&self.names.kinds), logit, above));
        let rows = of_part.chain([row("sum: the logit".to_string(), given, given_above_mean)]).collect();
        let title = "What each part adds to the right answer's logit (direct logit attribution)".to_string();
        Table { title, columns, rows }
    }

    /// The likeliest tokens at each position of the one example, from depth to depth.
    fn top_table(&self, top: &TopTokens) -> Table {
        let example = &self.examples[0];
        let read = example.queries(self.names.stack.self_attention());
        let columns = vec![
            Column::new("position", "at"),
            Column::new("reads", "reads"),
            Column::new("stream", "stream"),
            Column::new("likeliest", "likeliest tokens"),
            Column::new("answer", "right answer"),
            Column::detail("right", "right answer's token"),
            Column::detail("probability", "its probability"),
            Column::detail("rank", "its rank"),
        ];
        let mut rows = Vec::new();
        for (position, token) in read.iter().enumerate() {
            let nth = example.answer.iter().position(|answer| answer.position == position);
            for (depth, name) in self.depths().into_iter().enumerate() {
                let likeliest = top[depth][position]
                    .iter()
                    .map(|(token, probability)| format!("{} {probability:.2}", self.names.answers[*token]));
                let standing = nth.map(|nth| self.by_layer[depth][0][nth]);
                let right = nth.map(|nth| self.names.answers[example.answer[nth].token].clone());
                let answer = right
                    .as_ref()
                    .zip(standing)
                    .map(|(right, Standing { probability, rank })| format!("{right} {probability:.2}, rank {rank}"));
                rows.push(vec![
                    position.into(),
                    self.names.vocabulary[*token].clone().into(),
                    name.into(),
                    likeliest.collect::<Vec<_>>().join("  ").into(),
                    answer.into(),
                    right.into(),
                    standing.map(|standing| standing.probability).into(),
                    standing.map(|standing| standing.rank).into(),
                ]);
            }
        }
        Table { title: "Position by position".to_string(), columns, rows }
    }

    /// Depth by token of the answer: the right token's probability.
    fn grid(&self) -> Grid {
        let longest = self.examples.iter().map(|example| example.answer.len()).max().unwrap_or(0);
        let of_depth = |of_depth: &Vec<Vec<Standing>>| {
            let mean = |nth: usize| {
                let known: Vec<f64> =
                    of_depth.iter().filter_map(|tokens| tokens.get(nth)).map(|t| t.probability).collect();
                known.iter().sum::<f64>() / known.len() as f64
            };
            (0..longest).map(mean).collect::<Vec<f64>>()
        };
        let labels = match &self.examples[..] {
            [example] => example.answer.iter().map(|answer| self.names.answers[answer.token].clone()).collect(),
            _ => (1..=longest).map(|nth| nth.to_string()).collect(),
        };
        Grid {
            name: "logits_by_layer".to_string(),
            title: format!("Logit lens: the right answer's probability, {}", counted(&self.examples)),
            quantity: "probability".to_string(),
            scale: Scale::Share,
            down: Axis { title: "stream".to_string(), labels: self.depths() },
            across: Axis { title: "token of the answer".to_string(), labels },
            panels: vec![(String::new(), self.by_layer.iter().flat_map(of_depth).collect())],
        }
    }

    fn bars(&self, name: &str, title: &str, quantity: &str, parts: &[(Part, Vec<f64>)], bootstrap: &Bootstrap) -> Bars {
        let bar = |(part, terms): &(Part, Vec<f64>)| {
            let estimate = bootstrap.estimate(terms);
            Bar { label: part.label(&self.names.kinds), value: estimate.mean, interval: estimate.interval() }
        };
        Bars {
            name: name.to_string(),
            title: format!("{title}, {}", counted(&self.examples)),
            quantity: quantity.to_string(),
            bars: parts.iter().map(bar).collect(),
        }
    }
}

fn counted(examples: &[Example]) -> String {
    match examples.len() {
        1 => "one example".to_string(),
        count => format!("mean of {count} examples"),
    }
}
