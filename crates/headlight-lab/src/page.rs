//! The page around the lab: one HTML file, which opens from disk and loads nothing.

use headlight_report::html::{Data, SinglePage};

use crate::messages::Catalogue;

/// The viewer with the lab's controls: a script, a stylesheet, and the policy that allows these two by their hashes, and workers.
const SCRIPT: &str = include_str!("../dist/lab.js");
const STYLE: &str = include_str!("../dist/lab.css");
const POLICY: &str = include_str!("../dist/policy.txt");
/// What a worker runs: how WebAssembly is loaded and called, then what it is called for.
const WORKER: &str = concat!(include_str!("../dist/lab-glue.js"), include_str!("../dist/worker.js"));
/// This crate as WebAssembly, compressed.
const WASM: &[u8] = include_bytes!("../dist/lab.wasm.gz");

/// How a lab page is known among others, whatever version made it.
const GENERATOR: &str = "Headlight lab";

/// The script takes the second line away where the browser can do all that the lab needs.
const OPENING: &str = "<noscript>The lab trains and draws with the script in it: allow JavaScript to use it. \
                       实验室靠页面中的脚本来训练和绘图，请允许 JavaScript。</noscript>\n\
                       <p id=\"too-old\" role=\"alert\">This browser is too old for the lab. Open it in Chrome or Edge 94, Firefox 113, Safari 16.4, \
                       or one that is newer. <span lang=\"zh-Hans\">此浏览器版本太旧，请改用 Chrome 或 Edge 94、Firefox 113、Safari 16.4 \
                       或更新的版本打开。</span></p>";

/// The page with these tasks, choices and first settings, as UTF-8. Equal catalogues give equal pages.
pub fn lab_html(catalogue: &Catalogue) -> String {
    let data = [Data::json("catalogue", catalogue), Data::script("worker", WORKER), Data::bytes("wasm", WASM)];
    let page = SinglePage {
        generator: &format!("{GENERATOR} {}", env!("CARGO_PKG_VERSION")),
        policy: POLICY,
        title: "Headlight lab",
        style: STYLE,
        opening: OPENING,
        data: &data,
        script: SCRIPT,
    };
    page.html()
}

/// Whether a file is a lab page, by how it begins.
pub fn is_lab_page(file: &[u8]) -> bool {
    let beginning = String::from_utf8_lossy(&file[..file.len().min(2048)]);
    beginning.starts_with("<!doctype html>")
        && beginning.contains(&format!("name=\"generator\" content=\"{GENERATOR} "))
}
