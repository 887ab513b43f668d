//! One head of attention on random numbers: what goes in, what comes out.

use burn::tensor::{Device, Distribution, Tensor};
use headlight_model::SingleHeadAttentionConfig;

fn main() {
    let device = Device::default();
    device.seed(0);

    // One sequence of 10 tokens, each a vector of 64 numbers. Nothing here is learned: what a module learns are its three
    // projections, not its inputs.
    let noise = Distribution::Normal(0.0, 1.0);
    let query = Tensor::<3>::random([1, 10, 64], noise, &device);
    let key = Tensor::<3>::random([1, 10, 64], noise, &device);
    let value = Tensor::<3>::random([1, 10, 64], noise, &device);

    let attention = SingleHeadAttentionConfig::new(64).init(&device);
    let (output, weights) = attention.forward_with_attention(query, key, value, None);

    println!("output:  {:?} — for each token, a mixture of the values", output.dims());
    println!("weights: {:?} — a row is a query, a column is a key\n", weights.dims());
    let rows = weights.into_data().try_into_vec::<f32>().expect("weights are 32-bit floats");
    for row in rows.chunks_exact(10) {
        let cells: Vec<String> = row.iter().map(|weight| format!("{weight:.2}")).collect();
        println!("  {}   sum {:.3}", cells.join("  "), row.iter().sum::<f32>());
    }
    println!(
        "\nUntrained: what preferences there are, are accidents of the random numbers. An even row would be 0.10 everywhere."
    );
}
