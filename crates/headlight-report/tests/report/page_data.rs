//! Reads a page as its viewer does, in Rust: a second reader of the format, that shares no code with what writes it.

use std::io::Read;

use base64::Engine;
use serde_json::Value;

/// A page taken apart.
pub struct PageData {
    pub manifest: Value,
    blocks: Vec<Vec<u8>>,
}

/// A head's weights as the viewer shows them.
pub struct Head {
    pub weights: Vec<f32>,
    pub error: Vec<f32>,
    pub sums: Vec<f32>,
    pub entropies: Vec<f32>,
}

impl PageData {
    pub fn read(page: &str) -> Self {
        let manifest = serde_json::from_str(element(page, "application/json", "manifest")).expect("JSON");
        let count = page.matches("id=\"block-").count();
        let blocks = (0..count).map(|at| unpack(element(page, "application/octet-stream", &format!("block-{at}"))));
        Self { manifest, blocks: blocks.collect() }
    }

    pub fn record(&self, moment: usize, record: usize) -> &Value {
        &self.manifest["moments"][moment]["records"][record]
    }

    pub fn example(&self, record: &Value) -> &Value {
        &self.manifest["examples"][number(&record["example"])]
    }

    /// A byte a cell.
    pub fn mask(&self, record: &Value) -> Option<&[u8]> {
        self.example(record)["mask"].as_u64().map(|block| self.blocks[block as usize].as_slice())
    }

    pub fn head(&self, record: &Value, [queries, keys]: [usize; 2], head: usize) -> Head {
        let mask = self.mask(record);
        let visible = |cell: usize| mask.is_none_or(|mask| mask[cell] == 0);
        let cells = (0..queries * keys).filter(|cell| visible(*cell)).count();
        let bits = number(&record["bits"]);
        let steps = ((1u64 << bits) - 1) as f64;
        let mut bytes = self.panel(&record["weights"], head, 12 * queries + bits / 8 * cells);
        let [largest, sums, entropies] = [(); 3].map(|()| floats(&mut bytes, queries));
        let mut wholes = wholes(&mut bytes, cells, bits / 8).into_iter();
        let weights = (0..queries * keys).map(|cell| {
            let step = f64::from(largest[cell / keys]) / steps;
            if visible(cell) { (f64::from(wholes.next().expect("a number a cell")) * step) as f32 } else { 0.0 }
        });
        let error = |largest: &f32| {
            let bound = f64::from(*largest) * (0.5 / steps + 2f64.powi(-23)) + 2f64.powi(-148);
            if *largest == 0.0 { 0.0 } else { bound as f32 }
        };
        Head { weights: weights.collect(), error: largest.iter().map(error).collect(), sums, entropies }
    }

    /// A head's number of this name, if it has one.
    pub fn measure(&self, record: &Value, name: &str, head: usize) -> Option<f64> {
        record["measures"][name].as_array().expect("a list")[head].as_f64()
    }

    /// Rows and columns of some thumbnails, a record's or those of a part of it, and one of them.
    pub fn thumbnail(&self, entry: &Value, head: usize) -> ([usize; 2], &[u8]) {
        let [rows, columns] = [number(&entry["rows"]), number(&entry["columns"])];
        let all = &self.blocks[number(&entry["block"])];
        ([rows, columns], &all[head * rows * columns..][..rows * columns])
    }

    /// Query, key and value of a head, each row by row, and each row's largest magnitude.
    pub fn projections(&self, record: &Value, [queries, keys]: [usize; 2], head: usize) -> [(Vec<f64>, Vec<f32>); 3] {
        let entry = &record["projections"];
        let (d_head, d_value) = (number(&entry["dHead"]), number(&entry["dValue"]));
        let shapes = [(queries, d_head), (keys, d_head), (keys, d_value)];
        let size = shapes.iter().map(|(rows, columns)| rows * (4 + 2 * columns)).sum();
        let mut bytes = self.panel(&entry["panels"], head, size);
        shapes.map(|(rows, columns)| signed(&mut bytes, rows, columns))
    }

    /// What was added to a head's scores, as [`projections`](Self::projections).
    pub fn bias(&self, record: &Value, [queries, keys]: [usize; 2], head: usize) -> (Vec<f64>, Vec<f32>) {
        let mut bytes = self.panel(&record["projections"]["bias"], head, queries * (4 + 2 * keys));
        signed(&mut bytes, queries, keys)
    }

    fn panel(&self, panels: &Value, head: usize, size: usize) -> &[u8] {
        let (first, per_block) = (number(&panels["first"]), number(&panels["perBlock"]));
        &self.blocks[first + head / per_block][head % per_block * size..][..size]
    }
}

pub fn number(value: &Value) -> usize {
    value.as_u64().expect("a number") as usize
}

fn element<'p>(page: &'p str, kind: &str, id: &str) -> &'p str {
    let start = format!("<script type=\"{kind}\" id=\"{id}\">");
    let (_, rest) = page.split_once(&start).expect("the element");
    rest.split_once("</script>").expect("its end").0
}

fn unpack(text: &str) -> Vec<u8> {
    let packed = base64::engine::general_purpose::STANDARD.decode(text).expect("Base64");
    let mut bytes = Vec::new();
    flate2::read::ZlibDecoder::new(packed.as_slice()).read_to_end(&mut bytes).expect("a zlib stream");
    bytes
}

/// Numbers whose first bytes stand first, then all second ones, and so on.
fn numbers<const N: usize>(bytes: &mut &[u8], count: usize) -> Vec<[u8; N]> {
    let (taken, rest) = bytes.split_at(N * count);
    *bytes = rest;
    (0..count).map(|at| std::array::from_fn(|byte| taken[byte * count + at])).collect()
}

fn floats(bytes: &mut &[u8], count: usize) -> Vec<f32> {
    numbers(bytes, count).into_iter().map(f32::from_le_bytes).collect()
}

fn wholes(bytes: &mut &[u8], count: usize, width: usize) -> Vec<u16> {
    match width {
        1 => numbers(bytes, count).into_iter().map(|[byte]| u16::from(byte)).collect(),
        _ => numbers(bytes, count).into_iter().map(u16::from_le_bytes).collect(),
    }
}

fn signed(bytes: &mut &[u8], rows: usize, columns: usize) -> (Vec<f64>, Vec<f32>) {
    let largest = floats(bytes, rows);
    let wholes = wholes(bytes, rows * columns, 2);
    let numbers = wholes.iter().enumerate().map(|(at, whole)| {
        let step = f64::from(largest[at / columns]) / 32767.0;
        (f64::from(*whole) - 32768.0) * step
    });
    (numbers.collect(), largest)
}
