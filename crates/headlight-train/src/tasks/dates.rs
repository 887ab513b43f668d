//! Dates: as people write them, to ISO 8601, by characters. The small stand-in for translation, where attention began.
//!
//! # By hand
//!
//! `5 Jan 2026`, with `␣` for a space:
//!
//! ```text
//! source      5   ␣   J   a   n   ␣   2   0   2   6
//! place       0   1   2   3   4   5   6   7   8   9
//! reads      BOS  2   0   2   6   -   0   1   -   0
//! predicts    2   0   2   6   -   0   1   -   0   5
//! looks at   6–9 6–9 6–9 6–9     2–4 2–4      0   0
//! ```
//!
//! Each character of the answer needs one part of the date: the year's digits, the month's characters, the day's digits. The
//! separators need nothing. Five ways of writing a date are drawn evenly: `5 Jan 2026`, `5 January 2026`, `Jan 5, 2026`,
//! `January 5, 2026` and `2026年1月5日`. No year has two digits, and no month is a number where a day could stand, so a date
//! means one day only.
//!
//! The parts stand in another order in each of them, so places do not help: the encoder must see what is year, month and
//! day, and the decoder look for the part. Year and day are copied digit by digit, the month is translated. A
//! date in the exam was never trained on in any of the five ways.
//!
//! With an encoder it is the plain case of translation, as in Bahdanau et al. ([2015](https://arxiv.org/abs/1409.0473)); the
//! decoder alone learned it as well where it was measured.

use std::ops::Range;

use rand::{Rng, RngExt};

use super::draw::ENCODER_FIRST;
use crate::{HeldOutBy, Questions, Spelling, Task, TaskDefaults, TaskSpec};

/// Dates.
pub static SPEC: TaskSpec = TaskSpec {
    about: "write a date, English or Chinese, as 2026-11-22",
    example: "22 Nov 2026",
    question: "a date such as 22 Nov 2026, 22 November 2026, Nov 22, 2026, November 22, 2026 or 2026年11月22日",
    lesson: "Year, month and day stand in another order in each way of writing, so the encoder must find out what is what, \
             and the decoder look for the part that it writes: a small translation.",
    looks_at: "the part of the date to write",
    length_counts: "tokens of the longest question",
    architectures: ENCODER_FIRST,
    lengths: |_| LONGEST..=LONGEST,
    symbols: |_| SYMBOLS..=SYMBOLS,
    tokens: |_| CHARACTERS.chars().map(String::from).collect(),
    n_tokens: |_| SYMBOLS,
    spelling: Spelling::Characters,
    answer_length: |_, _| ANSWER,
    questions: Questions::Drawn(draw),
    held_out_by: HeldOutBy::Answer,
    defaults: |_| TaskDefaults {
        length: LONGEST,
        symbols: SYMBOLS,
        target: 0.995,
        evaluate_every: 50,
        held_out: 1000,
        ..TaskDefaults::default()
    },
    ..TaskSpec::sequence("dates", |_, source| answer(source), |_, source| aligned(source))
};

/// Tokens of the longest question, `September 22, 2026`.
const LONGEST: usize = 18;
/// Tokens of an answer.
const ANSWER: usize = 10;

/// All characters of questions and answers; a space is shown as `␣`.
const CHARACTERS: &str = "0123456789-␣,ADFJMNOSabceghilmnoprstuvy年月日";
/// Different ones.
const SYMBOLS: usize = 42;
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const YEARS: Range<usize> = 1900..2100;

/// A date that was read, and where its parts stand in the text.
struct Date {
    numbers: [usize; 3],
    places: [Range<usize>; 3],
}

fn draw(_: &Task, _: usize, generator: &mut dyn Rng) -> Vec<usize> {
    let year = generator.random_range(YEARS);
    let month = generator.random_range(1..=12);
    let day = generator.random_range(1..=days_in(year, month));
    let name = MONTHS[month - 1];
    let text = match generator.random_range(0..5) {
        0 => format!("{day}␣{}␣{year}", &name[..3]),
        1 => format!("{day}␣{name}␣{year}"),
        2 => format!("{}␣{day},␣{year}", &name[..3]),
        3 => format!("{name}␣{day},␣{year}"),
        _ => format!("{year}年{month}月{day}日"),
    };
    ids(&text)
}

/// Year, month and day with dashes between them; `None` of what is no date, or not written in one of the five ways.
fn answer(source: &[usize]) -> Option<Vec<usize>> {
    let [year, month, day] = read(source)?.numbers;
    Some(ids(&format!("{year:04}-{month:02}-{day:02}")))
}

/// The characters of the part; none for a separator.
fn aligned(source: &[usize]) -> Option<Vec<Vec<usize>>> {
    let [year, month, day] = read(source)?.places.map(Iterator::collect::<Vec<_>>);
    let none = Vec::new();
    let parts = [&year, &year, &year, &year, &none, &month, &month, &none, &day, &day];
    Some(parts.into_iter().cloned().collect())
}

fn ids(text: &str) -> Vec<usize> {
    text.chars().filter_map(|character| CHARACTERS.chars().position(|known| known == character)).collect()
}

fn read(source: &[usize]) -> Option<Date> {
    let characters: Vec<char> = source.iter().map(|id| CHARACTERS.chars().nth(*id)).collect::<Option<_>>()?;
    let words = words(&characters);
    let word = |at: usize| -> String { characters[words[at].clone()].iter().collect() };
    let separators: String = characters.iter().filter(|character| !character.is_ascii_alphanumeric()).collect();
    // Which word is year, month and day.
    let order = match (separators.as_str(), words.len()) {
        ("␣␣", 3) => [2, 1, 0],
        ("␣,␣", 3) => [2, 0, 1],
        ("年月日", 3) => [0, 1, 2],
        _ => return None,
    };
    // Separators stand where they belong exactly if the text is this again.
    let again = match order {
        [2, 1, 0] => format!("{}␣{}␣{}", word(0), word(1), word(2)),
        [2, 0, 1] => format!("{}␣{},␣{}", word(0), word(1), word(2)),
        _ => format!("{}年{}月{}日", word(0), word(1), word(2)),
    };
    let [year, month, day] = order.map(word);
    let number = |text: &str| text.parse().ok().filter(|number: &usize| number.to_string() == text);
    let month = match order {
        [0, 1, 2] => number(&month)?,
        _ => 1 + MONTHS.iter().position(|name| month == *name || month == name[..3])?,
    };
    let numbers = [number(&year)?, month, number(&day)?];
    let [year, month, day] = numbers;
    let is_date = YEARS.contains(&year) && (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
    let is_good = is_date && again.chars().eq(characters.iter().copied());
    is_good.then(|| Date { numbers, places: order.map(|at| words[at].clone()) })
}

/// The stretches of letters and digits.
fn words(characters: &[char]) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    for (place, character) in characters.iter().enumerate() {
        match words.last_mut() {
            _ if !character.is_ascii_alphanumeric() => {}
            Some(word) if word.end == place => word.end += 1,
            _ => words.push(place..place + 1),
        }
    }
    words
}

/// In the Gregorian calendar.
fn days_in(year: usize, month: usize) -> usize {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
