//! The compiled normaliser of a SentencePiece model, looked through before the `tokenizers` crate indexes it unchecked.
//!
//! It is a little-endian `u32` with the length of a trie in bytes, the trie (a Darts double array of `u32` units), and the
//! replacements, each ended by a zero byte. The trie's keys are what is replaced, its values where the replacements begin.

/// Whether every walk through the trie stays within it and ends at a replacement.
pub(super) fn check(bytes: &[u8]) -> Result<(), String> {
    let broken = |what: &str| Err(format!("the precompiled normalizer is broken: {what}"));
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else { return broken("it has no header") };
    // As the crate counts: a length that is no multiple of 4 is rounded down.
    let length = u32::from_le_bytes(*length) as usize / 4 * 4;
    let Some((trie, replacements)) = rest.split_at_checked(length) else { return broken("it ends within its trie") };
    let Ok(replacements) = std::str::from_utf8(replacements) else { return broken("its replacements are not text") };
    let units: Vec<u32> =
        trie.chunks_exact(4).map(|unit| u32::from_le_bytes([unit[0], unit[1], unit[2], unit[3]])).collect();
    let Some(root) = units.first() else { return broken("its trie is empty") };

    let mut nodes = vec![offset(*root)];
    let mut seen = vec![false; units.len()];
    while let Some(node) = nodes.pop() {
        match seen.get_mut(node) {
            None => return broken("its trie leads outside"),
            Some(true) => continue,
            Some(seen) => *seen = true,
        }
        for label in 1..=255 {
            let Some(unit) = units.get(node ^ label) else { return broken("its trie leads outside") };
            // What the crate compares with the byte: the highest bit marks a value.
            if *unit as usize & (1 << 31 | 0xff) != label {
                continue;
            }
            let child = node ^ label ^ offset(*unit);
            if unit >> 8 & 1 == 1 {
                let Some(value) = units.get(child) else { return broken("its trie leads outside") };
                if !replacements.is_char_boundary(*value as usize & ((1 << 31) - 1)) {
                    return broken("a replacement is missing");
                }
            }
            nodes.push(child);
        }
    }
    Ok(())
}

fn offset(unit: u32) -> usize {
    (unit as usize >> 10) << ((unit & 1 << 9) >> 6)
}
