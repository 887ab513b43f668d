//! Names that have little room.

use std::collections::BTreeSet;

use crate::text::pen::Pen;

/// The names, those that are longer than `longest` shortened so that they can still be told apart: by their ends, by their
/// middles, or, where neither does, by a number in front.
pub(crate) fn shortened(pen: &Pen, names: &[&str], size: f32, longest: f32) -> Vec<String> {
    let whole: Vec<String> =
        names.iter().map(|name| if name.is_empty() { String::new() } else { pen.shown(name) }).collect();
    let count = |names: &[String]| names.iter().collect::<BTreeSet<_>>().len();
    let kinds = count(&whole);
    let by_ends = || whole.iter().map(|name| pen.shorten(name, size, longest)).collect();
    let by_middles = || whole.iter().map(|name| pen.shorten_inside(name, size, longest)).collect();
    let numbered = || {
        let with_number = whole.iter().enumerate().map(|(at, name)| format!("{} {name}", at + 1));
        with_number.map(|name| pen.shorten(&name, size, longest)).collect()
    };
    let ways: [&dyn Fn() -> Vec<String>; 2] = [&by_ends, &by_middles];
    ways.iter().map(|way| way()).find(|names| count(names) == kinds).unwrap_or_else(numbered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::PlotOptions;

    #[test]
    fn shortened_names_are_told_apart() {
        let pen = Pen::new([], &PlotOptions::default()).expect("the font is good");
        let long = "a".repeat(60);
        for (names, begins) in [
            (vec!["short".to_string(), "names".to_string()], "short"),
            (vec![format!("x{long}"), format!("y{long}")], "xaaa"),
            (vec![format!("{long}x"), format!("{long}y")], "aaaa"),
            (vec![format!("{long}x{long}"), format!("{long}y{long}")], "1 aa"),
        ] {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let short = shortened(&pen, &names, 11.0, 80.0);
            assert!(short[0] != short[1] && short[0].starts_with(begins), "{short:?}");
            assert!(short.iter().all(|name| pen.length(name, 11.0) <= 80.0), "{short:?}");
        }
        assert_eq!(shortened(&pen, &["same", "same", ""], 11.0, 80.0), ["same", "same", ""]);
    }
}
