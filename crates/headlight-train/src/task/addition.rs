//! Addition: two numbers of three digits, and the digits of their sum, last digit first.
//!
//! # By hand
//!
//! 487 + 135 = 622, with a leading zero 0622, and the last digit first: `2 2 6 0`.
//!
//! ```text
//! source     4   8   7   +   1   3   5
//! reads     BOS  2   2   6
//! predicts   2   2   6   0
//! looks at  2,6 1,5 0,4 0,4
//!               2,6 1,5
//! ```
//!
//! On paper one begins with the last digit, because of the carry; said the other way round, the first digit would need all carries at
//! once. Each digit needs the two digits of its place, and the two of the place below for the carry: 7 + 5 is 2, carry 1;
//! 8 + 3 + 1 is 2, carry 1. Two digits that add up to nine hand the carry on, and then the digit just said tells whether
//! there was one: it is 0 with a carry and 9 without. The last token of the answer is the carry alone.
//!
//! Where to look depends on the place only, as in reverse; what is hard is the arithmetic, which happens in the
//! feed-forward layers. Measured, the decoder alone learned it with one seed of two, and slowly: docs/tasks.md has the figures.

use rand::Rng;

use super::random_symbols;

/// Two numbers of `length` digits, which may begin with zeros, with `+` between them.
pub(super) fn draw(length: usize, base: usize, generator: &mut impl Rng) -> Vec<usize> {
    let mut number = || random_symbols(length, base, generator);
    [number(), vec![base], number()].concat()
}

pub(super) fn answer(base: usize, source: &[usize]) -> Option<Vec<usize>> {
    let length = source.len() / 2;
    let is_good = source.len() == 2 * length + 1
        && length > 0
        && source.iter().enumerate().all(|(place, digit)| (*digit == base) == (place == length));
    if !is_good {
        return None;
    }
    let (left, right) = (&source[..length], &source[length + 1..]);
    let mut carry = 0;
    let mut digits: Vec<usize> = left
        .iter()
        .zip(right)
        .rev()
        .map(|(left, right)| {
            let sum = left + right + carry;
            carry = sum / base;
            sum % base
        })
        .collect();
    digits.push(carry);
    Some(digits)
}

/// The two digits of the place, and of the one below for the carry.
pub(super) fn aligned(source: &[usize]) -> Vec<Vec<usize>> {
    let length = source.len() / 2;
    let digits = |place: usize| [length - 1 - place, 2 * length - place];
    let needed = |at: usize| {
        let places = [Some(at).filter(|at| *at < length), at.checked_sub(1)];
        places.into_iter().flatten().flat_map(digits).collect()
    };
    (0..=length).map(needed).collect()
}
