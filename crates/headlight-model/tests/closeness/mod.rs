//! The closeness that is asked of equal results: 1e-5.

pub fn assert_close(found: &[f32], expected: &[f32]) {
    let close = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() <= 1e-5);
    assert!(close && found.len() == expected.len(), "{found:?} is not {expected:?}");
}
