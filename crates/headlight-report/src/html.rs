//! A page that is whole in one file, whatever it shows: a report is one, and a crate with a script of its own makes another.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

/// A page of one file, which loads nothing and runs nothing but its own script.
pub struct SinglePage<'a> {
    /// What made it, with its version.
    pub generator: &'a str,
    /// The policy that allows this script and this style, by their hashes, and nothing else.
    pub policy: &'a str,
    /// As text.
    pub title: &'a str,
    /// As CSS.
    pub style: &'a str,
    /// As HTML: what is there before the script ran, or without it.
    pub opening: &'a str,
    /// What the script reads.
    pub data: &'a [Data],
    /// As JavaScript.
    pub script: &'a str,
}

/// An element with data, which no browser runs, and which what comes from outside cannot end.
pub struct Data {
    id: String,
    media_type: &'static str,
    text: String,
}

impl Data {
    /// A value as JSON.
    ///
    /// # Panics
    ///
    /// When it has maps whose keys are no texts, or numbers that are none.
    pub fn json(id: &str, value: &impl Serialize) -> Self {
        let json = serde_json::to_string(value).expect("names and finite numbers always serialise");
        Self { id: id.to_string(), media_type: "application/json", text: inert(&json) }
    }

    /// Bytes as Base64.
    pub fn bytes(id: &str, bytes: &[u8]) -> Self {
        Self { id: id.to_string(), media_type: "application/octet-stream", text: STANDARD.encode(bytes) }
    }

    /// A script that the page's script runs elsewhere.
    ///
    /// # Panics
    ///
    /// When it would end its element.
    pub fn script(id: &str, script: &str) -> Self {
        assert!(!script.contains("</script") && !script.contains("<!--"), "a script that can stand in a page");
        Self { id: id.to_string(), media_type: "text/plain", text: script.to_string() }
    }
}

impl SinglePage<'_> {
    /// The whole page.
    pub fn html(&self) -> String {
        let Self { generator, policy, title, style, opening, data, script } = self;
        let mut page = format!(
            r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="{generator}">
<title>{}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
{opening}
"#,
            text(title)
        );
        page.reserve(script.len() + data.iter().map(|data| data.text.len() + 128).sum::<usize>()); // much, held once
        for Data { id, media_type, text } in *data {
            page.push_str(&format!("<script type=\"{media_type}\" id=\"{id}\">"));
            page.push_str(text);
            page.push_str("</script>\n");
        }
        page.push_str(&format!("<script>{script}</script>\n</body>\n</html>\n"));
        page
    }
}

/// JSON that cannot end its element: these characters stand in its strings only, where an escape means the same.
fn inert(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' => safe.push_str("\\u003c"),
            '>' => safe.push_str("\\u003e"),
            '&' => safe.push_str("\\u0026"),
            '\u{2028}' => safe.push_str("\\u2028"),
            '\u{2029}' => safe.push_str("\\u2029"),
            other => safe.push(other),
        }
    }
    safe
}

/// Text as HTML.
fn text(plain: &str) -> String {
    plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
