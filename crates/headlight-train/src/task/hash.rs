/// FNV-1a (Fowler, Noll and Vo), whose low bits are weak, and splitmix64's finish (Steele, Lea and Flood), which mends that:
/// small spaces too have about their share held out.
pub(super) fn hash(numbers: impl IntoIterator<Item = usize>) -> u64 {
    let hash = numbers
        .into_iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, number| (hash ^ number as u64).wrapping_mul(0x0000_0100_0000_01b3));
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}
