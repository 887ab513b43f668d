//! Checksums: right by another way of computing them, noticed when wrong, and in nobody's way.

use headlight_record::{Seal, check_json, check_safetensors, seal_json, seal_safetensors};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

#[test]
fn the_checksum_is_a_crc_32_of_the_file_with_zeros_in_its_place() {
    assert_eq!(crc_32(b"123456789"), 0xcbf4_3926); // the check value of the standard, ISO 3309
    for file in files() {
        let mut sealed = seal_safetensors(&file);
        let digits = digits_in(&sealed);
        let place = sealed.windows(8).position(|eight| eight == digits.as_bytes()).expect("its digits");
        sealed[place..place + 8].fill(b'0');
        assert_eq!(format!("{:08x}", crc_32(&sealed)), digits);
    }
    let sealed = seal_json("{\n  \"seed\": 7\n}");
    assert_eq!(sealed, format!("{{\n  \"seed\": 7,\n  \"crc32\": \"{:08x}\"\n}}\n", crc_32(b"{\n  \"seed\": 7")));
}

#[test]
fn a_sealed_file_holds_what_it_held() {
    for file in files() {
        let sealed = seal_safetensors(&file);
        assert_eq!(check_safetensors(&sealed), Ok(Seal::Whole));
        assert_eq!(check_safetensors(&file), Ok(Seal::Absent));
        let [before, after] = [&file, &sealed].map(|bytes| SafeTensors::deserialize(bytes).expect("safetensors"));
        assert_eq!(before.len(), after.len());
        for (name, tensor) in before.iter() {
            let other = after.tensor(name).expect("the same tensor");
            assert_eq!((tensor.dtype(), tensor.shape()), (other.dtype(), other.shape()));
            assert_eq!(tensor.data(), other.data());
        }
        let [before, after] = [&file, &sealed].map(|bytes| metadata(bytes));
        let kept: Vec<_> = after.iter().filter(|(key, _)| key != "crc32").cloned().collect();
        assert_eq!(kept, before);
        // Readers map the numbers into memory as they lie.
        let header = u64::from_le_bytes(sealed[..8].try_into().expect("eight bytes"));
        assert!(header.is_multiple_of(8));
    }
}

#[test]
fn every_flipped_bit_is_noticed_but_in_the_name() {
    for file in files() {
        let sealed = seal_safetensors(&file);
        let name = sealed.windows(5).position(|name| name == b"crc32").expect("a checksum");
        for bit in 0..8 * sealed.len() {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            match check_safetensors(&flipped) {
                Ok(Seal::Whole) => panic!("bit {bit} of {} went unnoticed", 8 * sealed.len()),
                // The beginning of the header is what says that there is a checksum; but for its name, JSON holds it.
                Ok(Seal::Absent) => assert!(
                    (name..name + 5).contains(&(bit / 8)) || SafeTensors::deserialize(&flipped).is_err(),
                    "bit {bit}"
                ),
                Err(error) => assert!(error.to_string().starts_with("damaged: "), "{error}"),
            }
        }
    }
    let sealed = seal_json("{\n  \"seed\": 7,\n  \"name\": \"copy\"\n}");
    let name = sealed.find("crc32").expect("a checksum");
    for bit in 0..8 * (sealed.len() - 1) {
        let mut flipped = sealed.clone().into_bytes();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let is_json = serde_json::from_slice::<serde_json::Value>(&flipped).is_ok();
        let is_named = (name..name + 5).contains(&(bit / 8));
        assert!(check_json(&flipped) != Ok(Seal::Whole) || is_named, "bit {bit}");
        assert!(check_json(&flipped).is_err() || !is_json || is_named, "bit {bit}");
    }
    assert_eq!(check_json(sealed.trim_end().as_bytes()), Ok(Seal::Whole));
}

#[test]
fn bytes_that_are_no_file_have_no_checksum() {
    let sealed = seal_safetensors(&files()[0]);
    for length in 0..sealed.len() {
        assert_ne!(check_safetensors(&sealed[..length]), Ok(Seal::Whole), "{length}");
    }
    for text in ["", "{}", "}", "\"\n}", "00000000\"\n}", "{\n  \"crc32\": \"00000000\"\n}"] {
        assert_eq!(check_json(text.as_bytes()), Ok(Seal::Absent), "{text:?}");
    }
}

/// No tensor; one; several with metadata; and with metadata that is empty.
fn files() -> Vec<Vec<u8>> {
    let numbers: Vec<u8> = (0..24).collect();
    let one = || vec![("a", TensorView::new(Dtype::F32, vec![2, 3], &numbers).expect("24 bytes"))];
    let metadata = |entries: &[(&str, &str)]| {
        Some(entries.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect())
    };
    let write = |tensors, metadata| safetensors::serialize(tensors, metadata).expect("tensors");
    let none: Vec<(&str, TensorView<'_>)> = Vec::new();
    let mut files = vec![
        write(one(), metadata(&[("headlight", "{\"crc32\":\"\"}")])),
        write(one(), None),
        write(one(), metadata(&[])),
    ];
    files.push(write(none, None));
    files
}

fn metadata(bytes: &[u8]) -> Vec<(String, String)> {
    let (_, header) = SafeTensors::read_metadata(bytes).expect("a header");
    header.metadata().clone().unwrap_or_default().into_iter().collect()
}

fn digits_in(sealed: &[u8]) -> String {
    metadata(sealed).into_iter().find(|(key, _)| key == "crc32").expect("a checksum").1
}

/// Bit by bit, as the standard defines it.
fn crc_32(bytes: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}
