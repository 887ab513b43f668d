//! What the mask does, and what goes wrong without the scale.

use burn::tensor::{Bool, Device, Distribution, Tensor};
use headlight_model::{Mask, attention_weights, scaled_dot_product_attention};

const NOISE: Distribution = Distribution::Normal(0.0, 1.0);

fn main() {
    let device = Device::default();
    device.seed(0);

    // 5 queries and keys of width 10, values of width 3: the context has the width of the values.
    let query = Tensor::<4>::random([1, 1, 5, 10], NOISE, &device);
    let key = Tensor::<4>::random([1, 1, 5, 10], NOISE, &device);
    let value = Tensor::<4>::random([1, 1, 5, 3], NOISE, &device);

    let padding = Tensor::<2, Bool>::from_data([[false, false, false, false, true]], &device);
    let first_key = Tensor::<2, Bool>::from_data([[true, false, false, false, false]], &device);
    let causal = Mask::causal(5, &device);
    let masks = [
        ("no mask: every query sees every key", None),
        ("causal: a query sees no later key", Some(causal.clone())),
        ("key padding: no query sees the last key", Some(Mask::key_padding(padding))),
        (
            "causal, and key 0 masked: query 0 sees no key, so its row is 0",
            Some(causal.and(Mask::key_padding(first_key))),
        ),
    ];
    for (what, mask) in masks {
        let (context, weights) = scaled_dot_product_attention(query.clone(), key.clone(), value.clone(), mask.as_ref());
        println!("{what}");
        println!("  weights {:?}, context {:?}", weights.dims(), context.dims());
        let rows = weights.into_data().try_into_vec::<f32>().expect("weights are 32-bit floats");
        for row in rows.chunks_exact(5) {
            let cells: Vec<String> = row.iter().map(|weight| format!("{weight:.2}")).collect();
            println!("    {}   sum {:.2}", cells.join("  "), row.iter().sum::<f32>());
        }
    }

    println!("\nWhat the scale is for: 2000 random queries, 10 random keys each.");
    println!("Entropy is ln 10 = 2.30 where a query looks at all keys alike, and 0 where it looks at one.\n");
    println!("  d_head   entropy, unscaled   entropy, scaled by 1/√d_head");
    for d_head in [1, 4, 16, 64, 256, 1024] {
        let query = Tensor::<4>::random([2000, 1, 1, d_head], NOISE, &device);
        let key = Tensor::<4>::random([2000, 1, 10, d_head], NOISE, &device);
        // Headlight always scales; a query that is √d_head times as long undoes it.
        let unscaled = attention_weights(query.clone() * (d_head as f64).sqrt(), key.clone(), None);
        let scaled = attention_weights(query, key, None);
        println!("  {d_head:>6}   {:>17.2}   {:>15.2}", mean_entropy(unscaled), mean_entropy(scaled));
    }
    println!(
        "\nWithout the scale, a head of 64 has made up its mind before it has learned anything, and a softmax that"
    );
    println!("has made up its mind passes on hardly any gradient.");
}

/// Mean over all rows of −Σ w ln w, in nats.
fn mean_entropy(weights: Tensor<4>) -> f32 {
    let logarithms = weights.clone().clamp_min(1e-30).log();
    (weights * logarithms).sum_dim(3).neg().mean().into_scalar()
}
