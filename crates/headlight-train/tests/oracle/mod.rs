//! Right answers and positions to look at, found from text alone and otherwise than the tasks find them.

use std::collections::HashMap;

/// Knows every date by having counted all days.
pub struct Oracle {
    dates: HashMap<String, String>,
}

const MONTHS: &str = "January February March April May June July August September October November December";

impl Oracle {
    pub fn new() -> Self {
        let names: Vec<&str> = MONTHS.split(' ').collect();
        let mut dates = HashMap::new();
        // One day after the other from 1 January 1900, a Monday, on; the week of the last day proves the count.
        let (mut year, mut month, mut day, mut weekday) = (1900, 1, 1, 0);
        while year < 2100 {
            let iso = format!("{year}-{month:02}-{day:02}");
            for name in [names[month - 1], &names[month - 1][..3]] {
                dates.insert(format!("{day} {name} {year}"), iso.clone());
                dates.insert(format!("{name} {day}, {year}"), iso.clone());
            }
            dates.insert(format!("{year}年{month}月{day}日"), iso);
            let is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
            let last = [31, if is_leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
            (day, weekday) = (day + 1, (weekday + 1) % 7);
            if day > last {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        assert_eq!(weekday, 4, "1 January 2100 is a Friday");
        Self { dates }
    }

    pub fn answer(&self, name: &str, question: &[String]) -> Vec<String> {
        let numbers = || question.iter().map(|token| token.parse::<usize>().expect("a number")).collect::<Vec<_>>();
        match name {
            "copy" => question.to_vec(),
            "reverse" => (1..=question.len()).map(|back| question[question.len() - back].clone()).collect(),
            "repeat" => {
                let times: usize = question[0].strip_prefix('x').expect("a count").parse().expect("a number");
                let mut answer: Vec<String> = (0..times).flat_map(|_| question[1..].to_vec()).collect();
                answer.push("END".to_string());
                answer
            }
            "sort" => {
                let mut left = numbers();
                let mut answer = Vec::new();
                while let Some(smallest) = left.iter().min().copied() {
                    left.remove(left.iter().position(|number| *number == smallest).expect("it is there"));
                    answer.push(smallest.to_string());
                }
                answer
            }
            "histogram" => {
                let mut counts: HashMap<&String, usize> = HashMap::new();
                for letter in question {
                    *counts.entry(letter).or_default() += 1;
                }
                question.iter().map(|letter| counts[letter].to_string()).collect()
            }
            "recall" => {
                let (pairs, asked) = question.split_at(question.len() / 3 * 2);
                let values: HashMap<&String, &String> = pairs.chunks(2).map(|pair| (&pair[0], &pair[1])).collect();
                assert_eq!(values.len(), asked.len(), "every key is there once");
                assert_eq!(asked.iter().collect::<std::collections::HashSet<_>>().len(), asked.len(), "and asked once");
                asked.iter().map(|key| values[key].clone()).collect()
            }
            "induction" => {
                let (again, sequence) = question.split_last().expect("symbols");
                let before = sequence.split(|symbol| symbol == again).next().expect("what stood before it");
                let behind = &sequence[before.len() + 1..];
                behind[..sequence.len() / 2 - 1].to_vec()
            }
            "brackets" => {
                // What stands side by side and belongs together goes, until nothing does any more.
                let mut text = question.concat();
                while let Some(at) = ["()", "[]", "{}", "<>"].iter().find_map(|pair| text.find(pair)) {
                    text.replace_range(at..at + 2, "");
                }
                let close = |open: char| ")]}>".chars().nth("([{<".find(open).expect("it opens")).expect("it closes");
                let closing = text.chars().rev().map(|open| close(open).to_string());
                closing.chain(["END".to_string()]).collect()
            }
            "addition" => {
                let text = question.concat();
                let (left, right) = text.split_once('+').expect("a sum");
                let number = |text: &str| text.parse::<u64>().expect("a number");
                let sum = format!("{:0width$}", number(left) + number(right), width = left.len() + 1);
                sum.chars().rev().map(String::from).collect()
            }
            "dates" => {
                let text = question.concat().replace('␣', " ");
                self.dates[&text].chars().map(String::from).collect()
            }
            _ => panic!("no oracle for {name}: write one here"),
        }
    }
}

/// The positions in the question that the token at `at` of the answer needs, in ascending order.
pub fn positions(name: &str, question: &[String], answer: &[String], at: usize) -> Vec<usize> {
    let token = &answer[at];
    let all_with =
        |wanted: &String| (0..question.len()).filter(|place| question[*place] == *wanted).collect::<Vec<_>>();
    if token == "END" {
        return Vec::new();
    }
    match name {
        "copy" => vec![at],
        "reverse" => vec![question.len() - 1 - at],
        "repeat" => {
            // Walk through the answer, and begin anew where the question ends.
            let mut place = 0;
            for _ in 0..=at {
                place = if place + 1 == question.len() { 1 } else { place + 1 };
            }
            vec![place]
        }
        "sort" => all_with(token),
        "histogram" => {
            let positions = all_with(&question[at]);
            assert_eq!(positions.len().to_string(), *token);
            positions
        }
        "recall" => {
            let asked = &question[answer.len() * 2 + at];
            let key = all_with(asked)[0];
            assert_eq!(question[key + 1], *token);
            vec![key, key + 1]
        }
        "induction" => {
            let read = if at == 0 { question.last().expect("symbols") } else { &answer[at - 1] };
            vec![all_with(read)[0] + 1]
        }
        "brackets" => {
            // From each bracket on, does the depth come back to what it was before?
            let opens = |place: usize| "([{<".contains(&question[place]);
            let is_closed = |place: usize| {
                let mut depth = 0i32;
                (place..question.len()).any(|next| {
                    depth += if opens(next) { 1 } else { -1 };
                    depth == 0
                })
            };
            let open: Vec<usize> = (0..question.len()).filter(|place| opens(*place) && !is_closed(*place)).collect();
            vec![open[open.len() - 1 - at]]
        }
        "addition" => {
            // A digit's power of ten is its distance to the end of its number.
            let plus = all_with(&"+".to_string())[0];
            let power = |place: usize| if place < plus { plus - 1 - place } else { question.len() - 1 - place };
            (0..question.len())
                .filter(|place| *place != plus && (power(*place) == at || power(*place) + 1 == at))
                .collect()
        }
        "dates" => {
            // The year has four digits; letters are the month; what else has digits is the day, and in Chinese the month
            // comes first.
            let is = |place: usize, test: fn(char) -> bool| question[place].chars().all(test);
            let run = |place: usize, test: fn(char) -> bool| {
                let start = (0..=place).rev().take_while(|place| is(*place, test)).last().expect("the place itself");
                let end =
                    (place..question.len()).take_while(|place| is(*place, test)).last().expect("the place itself");
                (start..=end).collect::<Vec<_>>()
            };
            let digits: fn(char) -> bool = |character| character.is_ascii_digit();
            let letters: fn(char) -> bool = |character| character.is_ascii_alphabetic();
            let runs_of = |test: fn(char) -> bool| {
                let mut runs: Vec<Vec<usize>> =
                    (0..question.len()).filter(|place| is(*place, test)).map(|place| run(place, test)).collect();
                runs.dedup();
                runs
            };
            let (year, short): (Vec<_>, Vec<_>) = runs_of(digits).into_iter().partition(|run| run.len() == 4);
            let months = runs_of(letters);
            let (month, day) = match (&months[..], &short[..]) {
                ([month], [day]) => (month, day),
                ([], [month, day]) => (month, day),
                _ => panic!("{question:?} is no date"),
            };
            match at {
                0..=3 => year[0].clone(),
                5 | 6 => month.clone(),
                8 | 9 => day.clone(),
                _ => Vec::new(),
            }
        }
        _ => panic!("no oracle for {name}: write one here"),
    }
}
