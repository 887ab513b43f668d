//! Pictures as SVG: their text, and the words in it.

use headlight_plot::{Format, Picture, PlotOptions, draw};

/// A picture as SVG, which is XML.
pub fn svg(picture: &Picture<'_>, options: &PlotOptions) -> String {
    let options = PlotOptions { format: Format::Svg, ..options.clone() };
    let bytes = draw(picture, &options).expect("a picture").bytes;
    let text = String::from_utf8(bytes).expect("text");
    roxmltree::Document::parse(&text).expect("XML");
    text
}

/// All texts of a document, in order.
pub fn texts(svg: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(svg).expect("XML");
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    texts.map(|node| node.text().unwrap_or_default().to_string()).collect()
}
