//! WAV files of every kind that is read, and of those that are not.

use headlight_pretrained::speech::{SpeechError, read_wav};

use crate::goldens::{file, mutations};

const RATE: u32 = 16_000;
const PCM: u16 = 1;
const FLOAT: u16 = 3;

/// A file of these chunks.
fn riff(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut bytes = b"RIFF\0\0\0\0WAVE".to_vec();
    for (name, body) in chunks {
        bytes.extend_from_slice(*name);
        bytes.extend_from_slice(&(body.len() as u32).to_le_bytes());
        bytes.extend_from_slice(body);
        bytes.resize(bytes.len() + body.len() % 2, 0);
    }
    bytes
}

fn format(encoding: u16, channels: u16, rate: u32, bits: u16) -> Vec<u8> {
    let block = channels * bits.div_ceil(8);
    let parts: [&[u8]; 6] = [
        &encoding.to_le_bytes(),
        &channels.to_le_bytes(),
        &rate.to_le_bytes(),
        &(rate * u32::from(block)).to_le_bytes(),
        &block.to_le_bytes(),
        &bits.to_le_bytes(),
    ];
    parts.concat()
}

fn wav(encoding: u16, channels: u16, bits: u16, data: &[u8]) -> Vec<u8> {
    riff(&[(b"fmt ", &format(encoding, channels, RATE, bits)), (b"data", data)])
}

#[test]
fn samples_of_every_width_are_read() {
    let three = |number: i32| number.to_le_bytes()[..3].to_vec();
    for (name, bytes, expected) in [
        ("8 bits", wav(PCM, 1, 8, &[128, 192, 0, 255]), vec![0.0, 0.5, -1.0, 127.0 / 128.0]),
        ("16 bits", wav(PCM, 1, 16, &[0, 0x40, 0, 0x80]), vec![0.5, -1.0]),
        ("12 bits in 16", wav(PCM, 1, 12, &[0, 0x40, 0, 0x80]), vec![0.5, -1.0]),
        ("24 bits", wav(PCM, 1, 24, &[three(1 << 22), three(-1 << 23)].concat()), vec![0.5, -1.0]),
        ("32 bits", wav(PCM, 1, 32, &[0, 0, 0, 0x40, 0, 0, 0, 0x80]), vec![0.5, -1.0]),
        ("float", wav(FLOAT, 1, 32, &[0.25f32.to_le_bytes(), (-1.5f32).to_le_bytes()].concat()), vec![0.25, -1.5]),
        ("double", wav(FLOAT, 1, 64, &0.25f64.to_le_bytes()), vec![0.25]),
        ("stereo", wav(PCM, 2, 16, &[0, 0x40, 0, 0, 0, 0, 0, 0x80]), vec![0.25, -0.5]),
        ("a block cut off", wav(PCM, 2, 16, &[0, 0x40, 0, 0, 0]), vec![0.25]),
    ] {
        assert_eq!(read_wav(&bytes, RATE).expect(name), expected, "{name}");
    }
}

#[test]
fn other_chunks_extended_formats_and_unknown_lengths_are_read() {
    let format = |encoding| format(encoding, 1, RATE, 16);
    let mut extensible = format(0xfffe);
    extensible.extend_from_slice(&[22, 0, 16, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 16, 0, 128, 0, 0, 170, 0, 56, 155, 113]);
    let data = &[0, 0x40, 0, 0x80];
    let expected = [0.5, -1.0];
    assert_eq!(read_wav(&riff(&[(b"fmt ", &extensible), (b"data", data)]), RATE).expect("extensible"), expected);
    let chunks =
        riff(&[(b"LIST", b"odd"), (b"fmt ", &format(PCM)), (b"fact", &[0; 4]), (b"data", data), (b"id3 ", b"x")]);
    assert_eq!(read_wav(&chunks, RATE).expect("other chunks"), expected);
    // As espeak-ng and ffmpeg write into a pipe.
    for length in [0x7fff_f000u32, u32::MAX] {
        let mut bytes = wav(PCM, 1, 16, data);
        bytes[40..44].copy_from_slice(&length.to_le_bytes());
        assert_eq!(read_wav(&bytes, RATE).expect("a length that is not known"), expected);
    }
}

#[test]
fn what_is_no_sound_is_refused() {
    let good = wav(PCM, 1, 16, &[0, 0x40, 0, 0x80]);
    let with = |at: usize, bytes: &[u8]| {
        let mut changed = good.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        read_wav(&changed, RATE).expect_err("it is changed")
    };
    assert!(matches!(read_wav(b"", RATE), Err(SpeechError::NotWav)));
    assert!(matches!(read_wav(b"ID3\x04 an MP3", RATE), Err(SpeechError::NotWav)));
    assert!(matches!(read_wav(&good[..good.len() - 1], RATE), Err(SpeechError::EndsEarly(_))));
    assert!(matches!(read_wav(&good[..36], RATE), Err(SpeechError::EndsEarly(_))));
    assert!(matches!(with(40, &1_000_000_000u32.to_le_bytes()), SpeechError::EndsEarly(_)), "a header of a gigabyte");
    assert!(matches!(with(20, &[7, 0]), SpeechError::Encoding { encoding: 7, bits: 16 }), "µ-law");
    assert!(matches!(with(22, &[0, 0]), SpeechError::Header { number: 0, .. }), "no channel");
    assert!(matches!(with(32, &[9, 0]), SpeechError::Header { number: 9, .. }), "a block that holds no whole sample");
    assert!(matches!(with(24, &1u32.to_le_bytes()), SpeechError::Rate(1)));
    assert!(matches!(with(24, &u32::MAX.to_le_bytes()), SpeechError::Rate(u32::MAX)));
    assert!(matches!(read_wav(&wav(PCM, 1, 16, &[]), RATE), Err(SpeechError::Silence)));
    let infinite = wav(FLOAT, 1, 32, &f32::INFINITY.to_le_bytes());
    assert!(matches!(read_wav(&infinite, RATE), Err(SpeechError::NotFinite)));
}

#[test]
fn mutated_files_give_a_sound_or_one_line() {
    let short = &file("chirp.wav")[..2_000];
    let whole = riff(&[(b"fmt ", &format(PCM, 1, 22_050, 16)), (b"data", &short[44..])]);
    let (mut sounds, mut refused) = (0, 0);
    for bytes in mutations(&whole, 4_000) {
        match read_wav(&bytes, RATE) {
            Ok(samples) => {
                assert!(samples.len() <= 8 * bytes.len() && samples.iter().all(|sample| sample.is_finite()));
                sounds += 1;
            }
            Err(error) => {
                assert!(!error.to_string().contains('\n'));
                refused += 1;
            }
        }
    }
    assert!(sounds > 400 && refused > 400, "{sounds} sounds, {refused} refused");
}
