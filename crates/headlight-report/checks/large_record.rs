//! `large_record FILE` writes a record of 12 layers × 12 heads × 512 tokens of a causal model: as much as GPT-2's smallest model gives.
//!
//! The weights are the softmax of scores that a generator draws: some heads sharp and some broad, some near and some far, and a
//! first token that collects what is left over, as in trained models. Numbers that are drawn compress worse than trained ones.

use std::path::PathBuf;

use headlight_record::{AttentionKind, AttentionRecord, MaskCell, Origin, records_to_bytes};

const LAYERS: usize = 12;
const HEADS: usize = 12;
const TOKENS: usize = 512;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Some(path) = std::env::args_os().nth(1).map(PathBuf::from) else {
        return Err("name the file to write".into());
    };
    let mut generator = Generator(0x9e37_79b9_7f4a_7c15);
    let mut weights = Vec::with_capacity(LAYERS * HEADS * TOKENS * TOKENS);
    for at in 0..LAYERS * HEADS {
        let (sharpness, nearness) = (0.5 + 3.0 * generator.next(), 0.1 * generator.next().powi(3));
        let offset = (at % HEADS) as f64;
        for query in 0..TOKENS {
            let scores: Vec<f64> = (0..=query)
                .map(|key| {
                    let distance = (query - key) as f64 - offset;
                    let sink = if key == 0 { 3.0 } else { 0.0 };
                    sharpness * (generator.next() + generator.next() + generator.next() - 1.5) * 2.0 + sink
                        - nearness * distance.abs()
                })
                .collect();
            let largest = scores.iter().copied().fold(f64::MIN, f64::max);
            let sum: f64 = scores.iter().map(|score| (score - largest).exp()).sum();
            weights.extend(scores.iter().map(|score| ((score - largest).exp() / sum) as f32));
            weights.extend(std::iter::repeat_n(0.0, TOKENS - 1 - query));
        }
    }
    let cell = |cell| if cell % TOKENS > cell / TOKENS { MaskCell::Causal } else { MaskCell::Visible };
    let tokens: Vec<String> = (0..TOKENS).map(|at| format!("token{at}")).collect();
    let origin = Origin { task: "a large record".to_string(), model: "none: drawn numbers".to_string(), step: None };
    let shape = [LAYERS, HEADS, TOKENS, TOKENS];
    let record = AttentionRecord::new(AttentionKind::DecoderSelf, shape, weights, tokens.clone(), tokens, origin)?
        .with_mask((0..TOKENS * TOKENS).map(cell).collect())?;
    Ok(std::fs::write(&path, records_to_bytes(&[record])?)?)
}

/// Numbers in [0, 1), the same every time: xorshift.
struct Generator(u64);

impl Generator {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}
