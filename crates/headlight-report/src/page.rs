use crate::blocks::Blocks;
use crate::manifest::Manifest;

/// The viewer: a script, a stylesheet, and the policy that allows these two by their hashes and nothing else.
const SCRIPT: &str = include_str!("../dist/viewer.js");
const STYLE: &str = include_str!("../dist/viewer.css");
const POLICY: &str = include_str!("../dist/policy.txt");

/// The whole page. What came from outside is data in elements that no browser runs, and cannot end them.
pub(crate) fn page(manifest: &Manifest<'_>, blocks: &Blocks) -> String {
    let json = serde_json::to_string(manifest).expect("names and finite numbers always serialise");
    let mut page = format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Headlight {}">
<title>{}</title>
<link rel="icon" href="data:,">
<style>{STYLE}</style>
</head>
<body>
<noscript>This report is drawn by the script in it: allow JavaScript to see it. 此报告由其中的脚本绘制，请允许 JavaScript。</noscript>
<script type="application/json" id="manifest">{}</script>
"#,
        env!("CARGO_PKG_VERSION"),
        text(manifest.title),
        inert(&json)
    );
    for (at, block) in blocks.encoded().iter().enumerate() {
        page.push_str(&format!("<script type=\"application/octet-stream\" id=\"block-{at}\">{block}</script>\n"));
    }
    page.push_str(&format!("<script>{SCRIPT}</script>\n</body>\n</html>\n"));
    page
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
