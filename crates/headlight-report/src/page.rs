use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

use crate::blocks::Blocks;
use crate::html::{Data, SinglePage};
use crate::manifest::Manifest;

/// The viewer: a script, a stylesheet, and the policy that allows these two by their hashes and nothing else.
const SCRIPT: &str = include_str!("../dist/viewer.js");
const STYLE: &str = include_str!("../dist/viewer.css");
const POLICY: &str = include_str!("../dist/policy.txt");

const OPENING: &str = "<noscript>This report is drawn by the script in it: allow JavaScript to see it. \
                       此报告由其中的脚本绘制，请允许 JavaScript。</noscript>";

/// Blocks of more bytes than this are packed less densely. Those of a model's attention to a long text are packed five times as fast so,
/// into 4 % more.
const MOST_DENSE: usize = 4 << 20;

/// The whole page.
pub(crate) fn page(manifest: &Manifest<'_>, blocks: Blocks) -> String {
    let mut data = vec![Data::json("manifest", manifest)];
    let raw = blocks.into_raw();
    let is_large = raw.iter().map(Vec::len).sum::<usize>() > MOST_DENSE;
    let level = if is_large { Compression::fast() } else { Compression::default() };
    let packed = raw.into_par_iter().enumerate();
    let packed = packed.map(|(at, bytes)| Data::bytes(&format!("block-{at}"), &deflate(&bytes, level)));
    data.extend(packed.collect::<Vec<Data>>());
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

fn deflate(bytes: &[u8], level: Compression) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), level);
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("a vector takes all bytes")
}
