/// The longest sequence of symbols; whether a model of it fits in memory is for whoever trains it.
pub const MAX_LENGTH: usize = 512;
/// The longest question that a trained model is asked, but for one that was trained on longer ones.
pub const MAX_INPUT: usize = MAX_LENGTH;
/// The most different symbols.
pub const MAX_SYMBOLS: usize = 4096;
