use crate::text::{Direction, Pen};
use crate::token::visible;

/// Label sizes, the first that fits is taken.
const SIZES: [f32; 3] = [12.0, 11.0, 10.0];
const SMALLEST: f32 = 10.0;

/// The labels of an axis: which are shown, and how.
pub(crate) struct Labels {
    pub(crate) size: f32,
    pub(crate) direction: Direction,
    /// Where among the tokens, counted from 0, and what it says.
    pub(crate) shown: Vec<(usize, String)>,
}

/// What the labels of one axis have to do with.
#[derive(Clone, Copy)]
pub(crate) struct Room {
    /// From one token to the next, in pixels.
    pub(crate) cell: i32,
    /// A label longer than this is shortened.
    pub(crate) longest: f32,
    /// How far a label may reach beyond the first and last cell.
    pub(crate) overhang: f32,
    pub(crate) scale: f32,
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
    let shown = words(pen, tokens, &thinned(tokens.len(), stride(size, room)), size, room);
    Labels { size: size * room.scale, direction, shown }
}

/// Labels end to end, if they fit so.
fn level(pen: &Pen, tokens: &[String], room: Room, size: f32, stride: usize) -> Option<Labels> {
    let labels = Labels {
        size: size * room.scale,
        direction: Direction::Right,
        shown: words(pen, tokens, &thinned(tokens.len(), stride), size, room),
    };
    let gap = labels.size / 2.0;
    let mut free_from = -room.overhang;
    for (at, words) in &labels.shown {
        let (middle, length) = ((*at as f32 + 0.5) * room.cell as f32, pen.length(words, labels.size).ceil());
        if middle - length / 2.0 < free_from {
            return None;
        }
        free_from = middle + length / 2.0 + gap;
    }
    let end = tokens.len() as f32 * room.cell as f32 + room.overhang;
    (free_from - gap <= end).then_some(labels)
}

fn words(pen: &Pen, tokens: &[String], indices: &[usize], size: f32, room: Room) -> Vec<(usize, String)> {
    let shown = |token: &str| visible(token, |character| pen.has_ink(character));
    let short = |token: &str| pen.shorten(&shown(token), size * room.scale, room.longest);
    indices.iter().map(|&at| (at, short(&tokens[at]))).collect()
}

/// How many cells one line of text needs, with a little air.
fn stride(size: f32, room: Room) -> usize {
    ((size + 1.0) * room.scale / room.cell as f32).ceil() as usize
}

/// Every `stride`-th of `count` things, with the first and the last; the one before the last makes room for it.
fn thinned(count: usize, stride: usize) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..count).step_by(stride).collect();
    let last = count - 1;
    if indices.len() > 1 && indices.last() != Some(&last) {
        indices.pop();
        indices.push(last);
    }
    indices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_the_ends_and_the_distance() {
        for count in 1..200 {
            for stride in 1..40 {
                let indices = thinned(count, stride);
                assert_eq!(indices[0], 0);
                assert!(indices.windows(2).all(|pair| pair[1] - pair[0] >= stride), "{count} {stride} {indices:?}");
                assert!(indices.last() == Some(&(count - 1)) || count <= stride);
                assert!(indices.windows(2).all(|pair| pair[1] - pair[0] < 2 * stride));
            }
        }
    }

    #[test]
    fn labels_turn_only_where_they_must() {
        let pen = Pen::new().expect("the font is good");
        let room = |cell| Room { cell, longest: 120.0, overhang: 500.0, scale: 1.0 };
        let tokens = |token: &str, count| vec![token.to_string(); count];
        let way = |token, count, cell| labels_across(&pen, &tokens(token, count), room(cell)).direction;
        assert_eq!(way("the", 10, 40), Direction::Right);
        assert_eq!(way("photosynthesis", 10, 40), Direction::Up);
        assert_eq!(way("photosynthesis", 1, 40), Direction::Right);
        assert_eq!(way("7", 128, 6), Direction::Right);
    }

    #[test]
    fn long_tokens_are_shortened_and_keep_their_beginning() {
        let pen = Pen::new().expect("the font is good");
        let token = "Donaudampfschifffahrtsgesellschaftskapitän".to_string();
        let room = Room { cell: 40, longest: 100.0, overhang: 0.0, scale: 1.0 };
        let labels = labels_down(&pen, &[token], room);
        let (_, words) = &labels.shown[0];
        assert!(words.starts_with("Donau") && words.ends_with('…'), "{words}");
        assert!(pen.length(words, labels.size) <= 100.0);
    }
}
