//! Weights from other programs: every layout that is read, and files that lie.

use std::io::{Cursor, Write};

use headlight_record::{Weights, WeightsChoice, WeightsFile, WeightsFormat, read_npy, read_weights};
use safetensors::{Dtype, tensor::TensorView};
use zip::write::SimpleFileOptions;

/// An array of `shape` as NumPy 2 writes it.
fn npy(descr: &str, fortran: bool, shape: &str, data: &[u8]) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
    header += &" ".repeat(127 - (header.len() + 10) % 64);
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

fn f32s(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn zipped(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(*name, SimpleFileOptions::default()).expect("a file");
        archive.write_all(bytes).expect("bytes");
    }
    archive.finish().expect("an archive").into_inner()
}

/// Weights from the bytes of a file of this name, or one line that says why not.
fn read(name: &str, bytes: &[u8], choice: &WeightsChoice<'_>) -> Result<Weights, String> {
    let format = WeightsFormat::of_extension(&name[2..]).expect("a format of ours");
    read_weights(Cursor::new(bytes), format, choice).map_err(|error| {
        let line = error.to_string();
        assert!(!line.contains('\n'), "{line}");
        line
    })
}

const ANY: WeightsChoice<'static> = WeightsChoice { array: None, batch_index: None };

#[test]
fn every_shape_of_npy() {
    let values: Vec<f32> = (0..12).map(|at| at as f32 / 16.0).collect();
    for (text, shape) in [
        ("(3, 4)", [1, 1, 3, 4]),
        ("(2, 3, 2)", [1, 2, 3, 2]),
        ("(2, 1, 3, 2)", [2, 1, 3, 2]),
        ("(2, 1, 3, 2, 1)", [2, 3, 2, 1]),
    ] {
        let weights = read("a.npy", &npy("<f4", false, text, &f32s(&values)), &ANY).expect("weights");
        assert_eq!((weights.shape, &weights.values), (shape, &values), "{text}");
    }
}

#[test]
fn every_type_and_order() {
    let values = [0.0f32, 0.25, 0.5, 1.0, 0.125, 0.875];
    let f16: Vec<u8> = values.iter().flat_map(|value| half::f16::from_f32(*value).to_le_bytes()).collect();
    let f64: Vec<u8> = values.iter().flat_map(|value| f64::from(*value).to_le_bytes()).collect();
    let big: Vec<u8> = values.iter().flat_map(|value| value.to_be_bytes()).collect();
    for (descr, data) in [("<f2", f16), ("<f4", f32s(&values)), ("<f8", f64), (">f4", big)] {
        let weights = read("a.npy", &npy(descr, false, "(2, 3)", &data), &ANY).expect("weights");
        assert_eq!(weights.values, values, "{descr}");
    }
    // In Fortran's order the first axis runs fastest: [[0, 0.5, 0.125], [0.25, 1, 0.875]].
    let weights = read("a.npy", &npy("<f4", true, "(2, 3)", &f32s(&values)), &ANY).expect("weights");
    assert_eq!(weights.values, [0.0, 0.5, 0.125, 0.25, 1.0, 0.875]);
}

#[test]
fn features_keep_their_shape_whatever_it_is() {
    let values: Vec<f32> = (0..24).map(|at| at as f32 - 7.5).collect();
    for (text, shape) in [("(4, 6)", vec![4, 6]), ("(1, 4, 6)", vec![1, 4, 6]), ("(1, 3, 2, 4)", vec![1, 3, 2, 4])] {
        let (read, numbers) = read_npy(&npy("<f4", false, text, &f32s(&values))).expect("features");
        assert_eq!((read, numbers), (shape, values.clone()));
    }
    // Columns first: number c of row r is stored at 3c + r.
    let (shape, numbers) = read_npy(&npy("<f4", true, "(3, 2)", &f32s(&values[..6]))).expect("features");
    assert_eq!((shape, numbers), (vec![3, 2], vec![-7.5, -4.5, -6.5, -3.5, -5.5, -2.5]));
    for (bytes, words) in [
        (npy("<f4", false, "(24,)", &f32s(&values)), "two to four axes"),
        (npy("<f4", false, "(1, 1, 1, 4, 6)", &f32s(&values)), "two to four axes"),
        (npy("<f4", false, "(5, 5)", &f32s(&values)), "ends before"),
        (npy("<f4", false, "(0, 6)", &[]), "empty"),
        (npy("<f4", false, "(100000, 1000000)", &f32s(&values)), "more than"),
        (npy("<i8", false, "(1, 3)", &f32s(&values)), "astype"),
        (b"RIFF".to_vec(), "too short"),
    ] {
        let error = read_npy(&bytes).expect_err(words).to_string();
        assert!(error.contains(words) && !error.contains('\n'), "{error}");
    }
}

#[test]
fn an_example_is_chosen() {
    // [layers 2, batch 3, heads 1, queries 1, keys 2]: each number says which layer and example it belongs to.
    let values: Vec<f32> = (0..2).flat_map(|l| (0..3).flat_map(move |b| [l as f32 * 0.1, b as f32 * 0.1])).collect();
    let shape = "(2, 3, 1, 1, 2)";
    let choice = |batch_index| WeightsChoice { array: None, batch_index };
    for example in 0..3 {
        let bytes = npy("<f4", false, shape, &f32s(&values));
        let weights = read("a.npy", &bytes, &choice(Some(example))).expect("weights");
        let b = example as f32 * 0.1;
        assert_eq!((weights.shape, weights.values), ([2, 1, 1, 2], vec![0.0, b, 0.1, b]));
        // The same array with its first axis fastest.
        let mut columns = vec![0.0; 12];
        for (at, value) in values.iter().enumerate() {
            let (layer, batch, key) = (at / 6, at / 2 % 3, at % 2);
            columns[layer + 2 * batch + 6 * key] = *value;
        }
        let weights = read("f.npy", &npy("<f4", true, shape, &f32s(&columns)), &choice(Some(example)));
        assert_eq!(weights.expect("weights").values, [0.0, b, 0.1, b]);
    }
    let bytes = npy("<f4", false, shape, &f32s(&values));
    let refused = |choice: &WeightsChoice<'_>| read("a.npy", &bytes, choice).expect_err("a wrong choice");
    assert!(refused(&ANY).contains("0–2"));
    assert!(refused(&choice(Some(3))).contains("no example 3"));
    let flat = read("b.npy", &npy("<f4", false, "(1, 2)", &f32s(&[0.5, 0.5])), &choice(Some(0)));
    assert!(flat.expect_err("no axis").contains("without an axis of examples"));
}

#[test]
fn archives_and_tensors_name_their_arrays() {
    let one = npy("<f4", false, "(1, 2)", &f32s(&[0.5, 0.5]));
    let two = npy("<f4", false, "(1, 1)", &f32s(&[1.0]));
    let single = read("a.npz", &zipped(&[("arr_0.npy", one.clone())]), &ANY).expect("weights");
    assert_eq!(single.values, [0.5, 0.5]);
    let both = zipped(&[("x.npy", one), ("y.npy", two)]);
    assert!(read("a.npz", &both, &ANY).expect_err("two").contains("x, y"));
    let choice = WeightsChoice { array: Some("y"), batch_index: None };
    assert_eq!(read("a.npz", &both, &choice).expect("weights").values, [1.0]);
    let choice = WeightsChoice { array: Some("z"), batch_index: None };
    assert!(read("a.npz", &both, &choice).expect_err("none").contains("no array 'z'"));

    let numbers: Vec<u8> =
        [0.25f32, 0.75].iter().flat_map(|value| half::bf16::from_f32(*value).to_le_bytes()).collect();
    let view = TensorView::new(Dtype::BF16, vec![1, 2], &numbers).expect("a tensor");
    let ids = TensorView::new(Dtype::U8, vec![4], &[1, 2, 3, 4]).expect("a tensor");
    let bytes = safetensors::serialize([("attention", view), ("ids", ids)], None).expect("bytes");
    let choice = |name| WeightsChoice { array: Some(name), batch_index: None };
    assert_eq!(read("a.safetensors", &bytes, &choice("attention")).expect("weights").values, [0.25, 0.75]);
    assert!(read("a.safetensors", &bytes, &choice("ids")).expect_err("integers").contains("U8"));
}

#[test]
fn json_lists_and_objects() {
    let read = |text: &str| read("a.json", text.as_bytes(), &ANY);
    let weights = read("[[0.5, 0.5], [1, 0]]").expect("weights");
    assert_eq!((weights.shape, weights.values), ([1, 1, 2, 2], vec![0.5, 0.5, 1.0, 0.0]));
    let weights = read(r#"{"tokens": ["a", "b"], "weights": [[[1, 0], [0.5, 0.5]]]}"#).expect("weights");
    let tokens = Some(vec!["a".to_string(), "b".to_string()]);
    assert_eq!((weights.shape, weights.query_tokens, weights.key_tokens), ([1, 1, 2, 2], tokens.clone(), tokens));
    for (text, why) in [
        ("", "damaged"),
        ("[[NaN]]", "NaN"),
        ("[[null]]", "null"),
        ("[[0.5, 0.5], [1]]", "differ in length"),
        ("[[0.5], 0.5]", "where a list should be"),
        ("[0.5, [0.5]]", "nested unevenly"),
        ("[[[[[[1]]]]]]", "more than five deep"),
        ("[]", "shape"),
        ("[[]]", "empty"),
        ("{\"tokens\": []}", "no \"weights\""),
        ("{\"values\": []}", "unknown key"),
        (&"[".repeat(100_000), "five deep"),
    ] {
        let error = read(text).expect_err(why);
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn files_that_lie_get_one_line() {
    let data = f32s(&[0.5, 0.5]);
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("a.npy", vec![], "too short"),
        ("a.npy", b"PK\x03\x04 not an array".to_vec(), "bad magic number"),
        ("a.npy", npy("<f4", false, "(1, 2)", &data[..7]), "ends before its last number"),
        ("a.npy", npy("<f4", false, "(1048576, 256)", &data), "ends before its last number"),
        ("a.npy", npy("<f4", false, "(1000000, 1000000)", &data), "more than the"),
        ("a.npy", npy("<f8", false, "(9223372036854775807, 9223372036854775807)", &data), "more than the"),
        ("a.npy", npy("<f4", false, "(99999999999999999999, 2)", &data), "not the size of an axis"),
        ("a.npy", npy("<f4", false, "(-1, 2)", &data), "not the size of an axis"),
        ("a.npy", npy("<f4", false, "(0, 2)", &data), "empty"),
        ("a.npy", npy("<f4", false, "(2,)", &data), "has the shape [2]"),
        ("a.npy", npy("<f4", false, "()", &data), "has the shape []"),
        ("a.npy", npy("|O", false, "(1, 2)", &data), "pickled"),
        ("a.npy", npy("<i8", false, "(1, 2)", &data), "'i8'"),
        ("a.npy", npy("|V2", false, "(1, 2)", &data), "'V2'"),
        ("a.npy", b"\x93NUMPY\x09\x00\xff\xff\xff\xff".to_vec(), "no known version"),
        ("a.npy", b"\x93NUMPY\x02\x00\xff\xff\xff\xff".to_vec(), "no known version"),
        ("a.npz", vec![], "damaged"),
        ("a.npz", b"PK\x03\x04".to_vec(), "damaged"),
        ("a.npz", zipped(&[("readme.txt", data.clone())]), "holds no array"),
        ("a.npz", zipped(&[("a.npy", npy("<f4", false, "(1000, 1000)", &data))]), "ends before its last number"),
        ("a.safetensors", vec![1, 2], "too short"),
        ("a.safetensors", u64::MAX.to_le_bytes().to_vec(), "header would be too long"),
        ("a.safetensors", [&8u64.to_le_bytes()[..], b"{\"a\": 1}"].concat(), "damaged"),
    ];
    for (name, bytes, why) in cases {
        let error = read(name, &bytes, &ANY).expect_err(why);
        assert!(error.contains(why), "{why}: {error}");
    }
    assert_eq!(WeightsFormat::of_extension("NPY"), Some(WeightsFormat::Npy));
    assert_eq!(WeightsFormat::of_extension("txt"), None);
}

#[test]
fn a_zip_bomb_is_not_unpacked() {
    // 200 MB of zeros in 200 kB; the array in front of them has two numbers.
    let mut bomb = npy("<f4", false, "(1, 2)", &f32s(&[0.5, 0.5]));
    bomb.resize(200 << 20, 0);
    let bytes = zipped(&[("a.npy", bomb)]);
    assert!(bytes.len() < 1 << 20);
    let begin = std::time::Instant::now();
    assert_eq!(read("a.npz", &bytes, &ANY).expect("weights").values, [0.5, 0.5]);
    assert!(begin.elapsed().as_millis() < 500, "nothing behind the array was unpacked: {:?}", begin.elapsed());
}

#[test]
fn a_bomb_inside_the_array_is_refused_by_its_header() {
    // 80 MiB of zeros that the array's own header declares, in 80 kB.
    for (descr, fortran, shape) in
        [("<f4", false, "(4096, 5120)"), ("<f4", true, "(4096, 5120)"), ("<f2", false, "(1, 41943040, 1, 1, 1)")]
    {
        let mut bomb = npy(descr, fortran, shape, &[]);
        bomb.resize(bomb.len() + (80 << 20), 0);
        let bytes = zipped(&[("a.npy", bomb)]);
        let choice = WeightsChoice { array: None, batch_index: shape.contains("(1,").then_some(7) };
        let begin = std::time::Instant::now();
        let error = read("a.npz", &bytes, &choice).expect_err("a bomb");
        assert!(error.contains("zip bomb"), "{error}");
        assert!(begin.elapsed().as_millis() < 500, "nothing was unpacked: {:?}", begin.elapsed());
    }
    // Weights that are packed as weights are, are read.
    let values: Vec<f32> =
        (0u32..1 << 14).map(|at| (at.wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 24) as f32).collect();
    let weights = read("b.npz", &zipped(&[("a.npy", npy("<f4", false, "(128, 128)", &f32s(&values)))]), &ANY);
    assert_eq!(weights.expect("weights").values, values);
}

#[test]
fn the_shape_is_known_before_the_numbers_are_read() {
    // The numbers are not what the archive's checksum says, which is seen only where they are read.
    let mut archive = zipped(&[("a.npy", npy("<f4", false, "(2, 3)", &f32s(&[0.5; 6])))]);
    let crc = archive.windows(4).position(|bytes| bytes == b"PK\x01\x02").expect("a directory") + 16;
    archive[crc] ^= 1;
    let file = WeightsFile::open(Cursor::new(&archive), WeightsFormat::Npz, &ANY).expect("a header");
    assert_eq!(file.shape(), [1, 1, 2, 3]);
    assert_eq!(file.tokens(), [None, None]);
    assert!(file.read().expect_err("a wrong checksum").to_string().contains("damaged"));
}

#[test]
fn many_examples_are_skipped_in_one_go() {
    let examples = 1 << 25;
    let mut values = vec![0u8; 2 * examples];
    values[2 * 4_000_000..][..2].copy_from_slice(&half::f16::from_f32(0.5).to_le_bytes());
    let bytes = npy("<f2", false, &format!("(1, {examples}, 1, 1, 1)"), &values);
    let begin = std::time::Instant::now();
    let choice = WeightsChoice { array: None, batch_index: Some(4_000_000) };
    assert_eq!(read("a.npy", &bytes, &choice).expect("weights").values, [0.5]);
    assert!(begin.elapsed().as_millis() < 700, "{:?}", begin.elapsed());
}
