//! Two tokens of width 9 in 3 heads: small enough to see everything.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Distribution, Tensor};
use headlight_model::{ConfigError, MultiHeadAttentionConfig};

fn main() -> Result<(), ConfigError> {
    let device = Device::default();
    device.seed(0);

    let noise = Distribution::Normal(0.0, 1.0);
    let query = Tensor::<3>::random([1, 2, 9], noise, &device);
    let key = Tensor::<3>::random([1, 2, 9], noise, &device);
    let value = Tensor::<3>::random([1, 2, 9], noise, &device);

    let attention = MultiHeadAttentionConfig::new(9, 3).init(&device);
    println!("Four linear layers:");
    let layers = [
        ("query", &attention.query),
        ("key", &attention.key),
        ("value", &attention.value),
        ("output", &attention.output),
    ];
    for (name, layer) in layers {
        print_layer(name, layer);
    }
    println!("  together {} parameters\n", attention.num_params());

    let (output, weights) = attention.forward_with_attention(query, key, value, None);
    println!("weights: {:?} — batch, head, query, key", weights.dims());
    let numbers = weights.into_data().try_into_vec::<f32>().expect("weights are 32-bit floats");
    for (head, rows) in numbers.chunks_exact(2 * 2).enumerate() {
        println!("  head {head}:");
        for (query, row) in rows.chunks_exact(2).enumerate() {
            println!("    query {query} looks at key 0 with {:.3}, at key 1 with {:.3}", row[0], row[1]);
        }
    }
    println!("\noutput:  {:?} — 3 heads of 3 side by side, mixed by the output layer", output.dims());
    Ok(())
}

fn print_layer(name: &str, layer: &Linear) {
    let [d_input, d_output] = layer.weight.dims();
    println!("  {name:<6}  {d_input} × {d_output} + {d_output} = {} parameters", layer.num_params());
    let numbers = layer.weight.val().into_data().try_into_vec::<f32>().expect("weights are 32-bit floats");
    for row in numbers.chunks_exact(d_output) {
        println!("          {}", row.iter().map(|weight| format!("{weight:6.2}")).collect::<Vec<_>>().join(" "));
    }
}
