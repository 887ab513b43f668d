//! Pictures as Pillow reads them and transformers hands them to a vision transformer; goldens/pictures.py says where the numbers are from.

use headlight_pretrained::image::{ImageError, ImageProcessor, Pixels, Rgb, read_image};

use crate::goldens::{apart, bytes, file, mutations, names, tensor};

/// Decoders of JPEG may round differently, by so many levels of 255; where colours are stored at half the size, they also fill in what
/// is missing by filters of their own, which noise shows.
const LEVELS: u8 = 3;
const FILLED_IN: u8 = 10;

fn processor(json: &str) -> ImageProcessor {
    ImageProcessor::from_json(json.as_bytes()).unwrap_or_else(|error| panic!("{json}: {error}"))
}

#[test]
fn pictures_are_read_as_pillow_does() {
    let goldens = file("pictures.safetensors");
    let all = names(&goldens, ".rgb");
    assert!(all.len() >= 25, "{all:?}");
    for name in all.iter().filter(|name| *name != "png") {
        let picture = read_image(&bytes(&goldens, name).1).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (shape, expected) = bytes(&goldens, &format!("{name}.rgb"));
        assert_eq!([picture.height, picture.width, 3][..], shape, "{name}");
        let most = picture.bytes.iter().zip(&expected).map(|(got, expected)| got.abs_diff(*expected)).max();
        let may = match name.as_str() {
            "jpeg.420" => FILLED_IN,
            name if name.starts_with("jpeg") => LEVELS,
            _ => 0,
        };
        assert!(most <= Some(may), "{name}: {most:?}");
    }
}

#[test]
fn pixels_are_those_of_transformers() {
    let goldens = file("pictures.safetensors");
    let scene = read_image(&bytes(&goldens, "scene").1).expect("a picture");
    let all = names(&goldens, ".pixels");
    assert!(all.len() >= 9, "{all:?}");
    for json in all {
        let processor = processor(&json);
        let seen = processor.seen(&scene).expect("it fits");
        let Pixels { values, shape } = processor.pixels(&seen);
        assert_eq!(shape[1..], [seen.height, seen.width]);
        let (expected_shape, expected) = tensor(&goldens, &format!("{json}.pixels"));
        assert_eq!(shape[..], expected_shape, "{json}");
        let most = apart(&values, &expected);
        assert!(most <= 1e-6, "{json}: {most}");
    }
}

#[test]
fn options_that_would_change_the_pixels_are_refused() {
    for (json, name) in [
        (r#"{"image_processor_type": "ConvNextImageProcessor"}"#, "image_processor_type"),
        (r#"{"crop_pct": 0.9}"#, "crop_pct"),
        (r#"{"do_pad": true}"#, "do_pad"),
        (r#"{"size": 0}"#, "size"),
        (r#"{"size": {"height": 100000, "width": 2}}"#, "size"),
        (r#"{"crop_size": {"shortest_edge": 4}}"#, "crop_size"),
        (r#"{"image_std": [0.5, 0.0, 0.5]}"#, "image_std"),
        (r#"{"image_mean": 1e300}"#, "image_mean"),
    ] {
        match ImageProcessor::from_json(json.as_bytes()) {
            Err(ImageError::Option { name: found, .. }) => assert_eq!(found, name, "{json}"),
            other => panic!("{json}: {:?}", other.map(|_| ()).map_err(|error| error.to_string())),
        }
    }
    for (json, words) in [
        ("", "EOF"),
        ("[]", "invalid"),
        (r#"{"resample": 0}"#, "Lanczos"),
        (r#"{"size": {"longest_edge": 4}}"#, "shortest_edge"),
        (r#"{"size": -3}"#, "shortest_edge"),
        (r#"{"image_mean": [1, 2]}"#, "list of three"),
    ] {
        match ImageProcessor::from_json(json.as_bytes()) {
            Err(error @ ImageError::Json(_)) => assert!(error.to_string().contains(words), "{json}: {error}"),
            other => panic!("{json}: {:?}", other.map(|_| ()).map_err(|error| error.to_string())),
        }
    }
}

#[test]
fn what_is_no_picture_is_refused() {
    let goldens = file("pictures.safetensors");
    assert!(matches!(read_image(b""), Err(ImageError::Format)));
    assert!(matches!(read_image(b"GIF89a"), Err(ImageError::Format)));
    for (name, words) in [("jpeg.cmyk", "CMYK"), ("png.grey16", "16 bits")] {
        let error = read_image(&bytes(&goldens, name).1).expect_err(name);
        assert!(matches!(error, ImageError::Colours(_)) && error.to_string().contains(words), "{error}");
    }
    for name in ["scene", "jpeg.420"] {
        let whole = bytes(&goldens, name).1;
        for part in [4, whole.len() / 2] {
            assert!(matches!(read_image(&whole[..part]), Err(ImageError::Damaged(_))), "{name}, {part} bytes");
        }
    }
}

#[test]
fn sizes_are_refused_before_memory_is_taken() {
    let goldens = file("pictures.safetensors");
    // A PNG header of 2³¹ − 1 pixels a side, whose checksum is right, and a JPEG header of 65,535.
    let mut png = bytes(&goldens, "png.rgb").1;
    png[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
    let sum = checksum(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    let mut jpeg = bytes(&goldens, "jpeg.420").1;
    let frame = jpeg.windows(2).position(|marker| marker == [0xff, 0xc0]).expect("a frame");
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    for bytes in [png, jpeg] {
        assert!(matches!(read_image(&bytes), Err(ImageError::Large { .. })));
    }
    let line = Rgb { width: 1, height: 1 << 20, bytes: vec![0; 3 << 20] };
    let error = processor(r#"{"size": {"shortest_edge": 224}}"#).seen(&line).expect_err("a line");
    assert!(matches!(error, ImageError::Large { width: 224, .. }), "{error}");
}

/// PNG's, CRC-32.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 })
    })
}

#[test]
fn mutated_files_give_a_picture_or_one_line() {
    let goldens = file("pictures.safetensors");
    for name in ["png.palette", "png.turned6", "jpeg.turned6", "jpeg.progressive"] {
        let (mut pictures, mut refused) = (0, 0);
        for bytes in mutations(&bytes(&goldens, name).1, 1_500) {
            match read_image(&bytes) {
                Ok(picture) => {
                    assert_eq!(picture.bytes.len(), 3 * picture.width * picture.height);
                    pictures += 1;
                }
                Err(error) => {
                    assert!(!error.to_string().contains('\n'), "{error}");
                    refused += 1;
                }
            }
        }
        assert!(pictures > 0 && refused > 100, "{name}: {pictures} pictures, {refused} refused");
    }
}
