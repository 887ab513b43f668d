//! Files beside their recipes, in `goldens/`.

use std::fs;
use std::path::PathBuf;

use safetensors::SafeTensors;

/// The bytes of a file.
pub fn file(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/media/goldens").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A tensor of 32-bit numbers: shape and values.
pub fn tensor(bytes: &[u8], name: &str) -> (Vec<usize>, Vec<f32>) {
    let tensors = SafeTensors::deserialize(bytes).expect("the file is whole");
    let tensor = tensors.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    let numbers = tensor.data().chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().expect("four bytes")));
    (tensor.shape().to_vec(), numbers.collect())
}

/// A tensor of bytes: shape and values.
pub fn bytes(bytes: &[u8], name: &str) -> (Vec<usize>, Vec<u8>) {
    let tensors = SafeTensors::deserialize(bytes).expect("the file is whole");
    let tensor = tensors.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    (tensor.shape().to_vec(), tensor.data().to_vec())
}

/// The names of all tensors that end so, without that end.
pub fn names(bytes: &[u8], end: &str) -> Vec<String> {
    let tensors = SafeTensors::deserialize(bytes).expect("the file is whole");
    let mut names: Vec<String> =
        tensors.names().into_iter().filter_map(|name| name.strip_suffix(end)).map(String::from).collect();
    names.sort();
    names
}

/// The largest difference of two lists of equal length.
pub fn apart(got: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(got.len(), expected.len());
    got.iter().zip(expected).map(|(got, expected)| (got - expected).abs()).fold(0.0, f32::max)
}

/// So many numbers that are the same at each run.
pub fn numbers(seed: u64) -> impl Iterator<Item = usize> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 16) as usize
    })
}

/// The same bytes with a few of them changed, left out, doubled or cut off, in so many ways.
pub fn mutations(bytes: &[u8], count: u64) -> impl Iterator<Item = Vec<u8>> {
    (0..count).map(move |seed| {
        let mut numbers = numbers(seed + 1);
        let mut next = move || numbers.next().expect("there is always another");
        let mut mutated = bytes.to_vec();
        // The header is where most can go wrong.
        let reach = if seed % 2 == 0 { bytes.len().min(64) } else { bytes.len() };
        for _ in 0..1 + next() % 4 {
            let at = next() % reach.min(mutated.len()).max(1);
            match next() % 5 {
                0 => mutated.truncate(at.max(1)),
                1 => drop(mutated.drain(at..(at + 1 + next() % 8).min(mutated.len()))),
                2 => mutated.extend_from_within(at..(at + next() % 32).min(mutated.len())),
                3 => mutated.iter_mut().skip(at).take(4).for_each(|byte| *byte = 0xff),
                _ => mutated.iter_mut().skip(at).take(1).for_each(|byte| *byte = (next() % 256) as u8),
            }
            if mutated.is_empty() {
                mutated.push(0);
            }
        }
        mutated
    })
}
