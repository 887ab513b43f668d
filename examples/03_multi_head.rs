//! Several heads side by side, and the weights of every one of them.

use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor};
use headlight_model::{ConfigError, MultiHeadAttentionConfig};

fn main() -> Result<(), ConfigError> {
    let device = Device::default();
    device.seed(0);

    // A batch of 10 sequences of 8 tokens, each a vector of 64 numbers.
    let x = Tensor::<3>::random([10, 8, 64], Distribution::Normal(0.0, 1.0), &device);

    let attention = MultiHeadAttentionConfig::new(64, 4).init(&device);
    let (output, weights) = attention.forward_with_attention(x.clone(), x.clone(), x.clone(), None);

    println!("4 heads of 64 / 4 = 16 each, {} parameters", attention.num_params());
    println!("output:  {:?} — batch, token, width", output.dims());
    println!("weights: {:?} — batch, head, query, key\n", weights.dims());

    println!("Query 0 of the first sequence, as each head sees it:");
    let first = weights.clone().slice([0..1, 0..4, 0..1, 0..8]).into_data();
    let first = first.try_into_vec::<f32>().expect("weights are 32-bit floats");
    for (head, row) in first.chunks_exact(8).enumerate() {
        let cells: Vec<String> = row.iter().map(|weight| format!("{weight:.2}")).collect();
        println!("  head {head}:  {}", cells.join("  "));
    }

    // Averaged, as PyTorch returns them by default, one can no longer tell the heads apart.
    let mean = weights.mean_dim(1).slice([0..1, 0..1, 0..1, 0..8]).into_data();
    let mean = mean.try_into_vec::<f32>().expect("weights are 32-bit floats");
    println!("  mean:    {}", mean.iter().map(|weight| format!("{weight:.2}")).collect::<Vec<_>>().join("  "));

    // Heads share the width evenly, or not at all.
    if let Err(error) = MultiHeadAttentionConfig::new(64, 5).check() {
        println!("\nFive heads: {error}");
    }
    Ok(())
}
