use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::blocks::Blocks;
use crate::html::{Data, SinglePage};
use crate::manifest::Manifest;

/// The viewer: a script, a stylesheet, and the policy that allows these two by their hashes and nothing else.
const SCRIPT: &str = include_str!("../dist/viewer.js");
const STYLE: &str = include_str!("../dist/viewer.css");
const POLICY: &str = include_str!("../dist/policy.txt");

const OPENING: &str = "<noscript>This report is drawn by the script in it: allow JavaScript to see it. \
                       此报告由其中的脚本绘制，请允许 JavaScript。</noscript>";

/// The whole page.
pub(crate) fn page(manifest: &Manifest<'_>, blocks: Blocks) -> String {
    let mut data = vec![Data::json("manifest", manifest)];
    let packed: Vec<Vec<u8>> = blocks.into_raw().into_par_iter().map(|bytes| deflate(&bytes)).collect();
    data.extend(packed.iter().enumerate().map(|(at, block)| Data::bytes(&format!("block-{at}"), block)));
    let page = SinglePage {
        generator: concat!("Headlight ", env!("CARGO_PKG_VERSION")),
        policy: POLICY,
        title: manifest.title,
        style: STYLE,
        opening: OPENING,
        data: &data,
        script: SCRIPT,
    };
    page.html()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("a vector takes all bytes")
}
