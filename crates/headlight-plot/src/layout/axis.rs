//! Which labels stand along an axis, and how.

use crate::numbers::round_step;
use crate::text::line::Direction;
use crate::text::pen::Pen;
use crate::text::token::is_special;

/// Label sizes, the first that fits is taken.
const SIZES: [f32; 3] = [12.0, 11.0, 10.0];
const SMALLEST: f32 = 10.0;
/// From one thinned-out line to the next, in sizes of text.
const AIRY: f32 = 1.6;

/// What an axis is called, and the label of each of its positions.
#[derive(Clone, Copy)]
pub(crate) struct Axis<'a> {
    pub(crate) title: &'a str,
    pub(crate) labels: &'a [String],
    pub(crate) kind: LabelKind,
}

/// The labels of an axis: which are shown, and how.
pub(crate) struct Labels {
    pub(crate) size: f32,
    pub(crate) direction: Direction,
    /// Where among the tokens, counted from 0, and what it says.
    pub(crate) shown: Vec<(usize, String)>,
}

/// What the labels of an axis are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LabelKind {
    /// Tokens: where labels are thinned out, the first, the last and special ones stay.
    Tokens,
    /// 0, 1, 2, …: round numbers stay.
    Counted,
}

/// What the labels of one axis have to do with.
#[derive(Clone, Copy)]
pub(crate) struct Room {
    /// From one token to the next, in pixels; less than one where cells hold several tokens.
    pub(crate) pitch: f32,
    /// A label longer than this is shortened.
    pub(crate) longest: f32,
    /// How far a label may reach beyond the first and last cell.
    pub(crate) overhang: f32,
    pub(crate) scale: f32,
    pub(crate) kind: LabelKind,
}

/// The labels beside rows of cells.
pub(crate) fn labels_down(pen: &Pen, tokens: &[String], room: Room) -> Labels {
    stacked(pen, tokens, room, Direction::Right)
}

/// The labels under columns of cells: level while they fit beside each other, else turned upwards.
pub(crate) fn labels_across(pen: &Pen, tokens: &[String], room: Room) -> Labels {
    if let Some(level) = SIZES.iter().find_map(|size| level(pen, tokens, room, *size, 1)) {
        return level;
    }
    // Turned labels lose to level ones that need not be further apart.
    (2..=stride(SMALLEST, room))
        .find_map(|stride| level(pen, tokens, room, SMALLEST, stride))
        .unwrap_or_else(|| stacked(pen, tokens, room, Direction::Up))
}

/// Labels line above line, or, turned, line beside line.
fn stacked(pen: &Pen, tokens: &[String], room: Room, direction: Direction) -> Labels {
    let size = SIZES.into_iter().find(|size| stride(*size, room) == 1).unwrap_or(SMALLEST);
    // Where labels are left out anyway, the others have some air.
    let is_airy = stride(size, room) == 1 || room.kind == LabelKind::Counted;
    let apart = stride(if is_airy { size } else { AIRY * size }, room);
    let shown = words(pen, tokens, &thinned(tokens, apart, room.kind), size, room);
    Labels { size: size * room.scale, direction, shown }
}

/// Labels end to end, if they fit so.
fn level(pen: &Pen, tokens: &[String], room: Room, size: f32, stride: usize) -> Option<Labels> {
    let labels = Labels {
        size: size * room.scale,
        direction: Direction::Right,
        shown: words(pen, tokens, &thinned(tokens, stride, room.kind), size, room),
    };
    let gap = labels.size / 2.0;
    let mut free_from = -room.overhang;
    for (at, words) in &labels.shown {
        let (middle, length) = ((*at as f32 + 0.5) * room.pitch, pen.length(words, labels.size).ceil());
        if middle - length / 2.0 < free_from {
            return None;
        }
        free_from = middle + length / 2.0 + gap;
    }
    let end = tokens.len() as f32 * room.pitch + room.overhang;
    (free_from - gap <= end).then_some(labels)
}

fn words(pen: &Pen, tokens: &[String], indices: &[usize], size: f32, room: Room) -> Vec<(usize, String)> {
    let short = |token: &str| pen.shorten(&pen.shown(token), size * room.scale, room.longest);
    indices.iter().map(|&at| (at, short(&tokens[at]))).collect()
}

/// How many tokens share the room of one line of text, with a little air: a pixel, or more in large pictures.
fn stride(size: f32, room: Room) -> usize {
    let line = (size * room.scale).ceil() + room.scale.max(1.0);
    // Whoever can count needs no label at every number.
    let lines = if room.kind == LabelKind::Counted { 2.0 } else { 1.0 };
    (lines * line / room.pitch).ceil() as usize
}

/// Which tokens keep their labels when labels must stand `stride` apart: the first, the last, special ones where they are
/// not too close, and as many others between them as have room.
fn thinned(tokens: &[String], stride: usize, kind: LabelKind) -> Vec<usize> {
    let last = tokens.len() - 1;
    if kind == LabelKind::Counted {
        return (0..=last).step_by(round_step(stride as f64).round() as usize).collect();
    }
    if stride == 1 {
        return (0..=last).collect();
    }
    let mut kept = vec![0];
    let special = (1..last).filter(|at| is_special(&tokens[*at]));
    for at in special {
        if at >= kept[kept.len() - 1] + stride && at + stride <= last {
            kept.push(at);
        }
    }
    if last >= stride {
        kept.push(last);
    }
    let ends = kept.iter().skip(1).map(|end| end + 1 - stride).chain([last + 1]);
    kept.iter().zip(ends).flat_map(|(begin, end)| (*begin..end.max(begin + 1)).step_by(stride)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::PlotOptions;

    fn pen() -> Pen {
        Pen::new([], &PlotOptions::default()).expect("the font is good")
    }

    #[test]
    fn thinning_keeps_the_ends_and_the_distance() {
        for count in 1..120 {
            let plain = vec!["a".to_string(); count];
            let marked: Vec<String> = (0..count).map(|at| if at % 7 == 3 { "<s>" } else { "a" }.to_string()).collect();
            for (tokens, stride) in [&plain, &marked].into_iter().flat_map(|tokens| (1..40).map(move |s| (tokens, s))) {
                let indices = thinned(tokens, stride, LabelKind::Tokens);
                assert_eq!(indices[0], 0);
                assert!(indices.windows(2).all(|pair| pair[1] - pair[0] >= stride), "{count} {stride} {indices:?}");
                assert!(indices.last() == Some(&(count - 1)) || count <= stride);
                assert!(indices.windows(2).all(|pair| pair[1] - pair[0] < 2 * stride), "{count} {stride} {indices:?}");
            }
        }
    }

    #[test]
    fn special_tokens_keep_their_labels() {
        let mut tokens = vec!["a".to_string(); 101];
        tokens[47] = "[SEP]".to_string();
        let indices = thinned(&tokens, 10, LabelKind::Tokens);
        assert!(indices.contains(&47) && indices.contains(&0) && indices.contains(&100), "{indices:?}");
        assert!(!thinned(&vec!["a".to_string(); 101], 10, LabelKind::Tokens).contains(&47));
    }

    #[test]
    fn whoever_can_count_sees_round_numbers() {
        let numbers: Vec<String> = (0..64).map(|at| at.to_string()).collect();
        let room = Room { pitch: 12.0, longest: 90.0, overhang: 0.0, scale: 1.0, kind: LabelKind::Counted };
        let across = labels_across(&pen(), &numbers, room);
        assert_eq!(across.direction, Direction::Right);
        let shown: Vec<usize> = across.shown.iter().map(|(at, _)| *at).collect();
        assert_eq!(shown, (0..64).step_by(2).collect::<Vec<_>>());
        let narrow = labels_down(&pen(), &numbers, Room { pitch: 3.0, ..room });
        let shown: Vec<&str> = narrow.shown.iter().map(|(_, words)| words.as_str()).collect();
        assert_eq!(shown, ["0", "10", "20", "30", "40", "50", "60"]);
    }

    #[test]
    fn labels_turn_only_where_they_must() {
        let pen = pen();
        let room = |pitch| Room { pitch, longest: 120.0, overhang: 500.0, scale: 1.0, kind: LabelKind::Tokens };
        let tokens = |token: &str, count| vec![token.to_string(); count];
        let way = |token, count, cell| labels_across(&pen, &tokens(token, count), room(cell)).direction;
        assert_eq!(way("the", 10, 40.0), Direction::Right);
        assert_eq!(way("photosynthesis", 10, 40.0), Direction::Up);
        assert_eq!(way("photosynthesis", 1, 40.0), Direction::Right);
        assert_eq!(way("7", 128, 6.0), Direction::Right);
    }

    #[test]
    fn long_tokens_are_shortened_and_keep_their_beginning() {
        let pen = pen();
        let token = "Donaudampfschifffahrtsgesellschaftskapitän".to_string();
        let room = Room { pitch: 40.0, longest: 100.0, overhang: 0.0, scale: 1.0, kind: LabelKind::Tokens };
        let labels = labels_down(&pen, &[token], room);
        let (_, words) = &labels.shown[0];
        assert!(words.starts_with("Donau") && words.ends_with('…'), "{words}");
        assert!(pen.length(words, labels.size) <= 100.0);
    }
}
