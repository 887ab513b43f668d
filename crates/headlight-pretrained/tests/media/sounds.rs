//! Sounds as Whisper hears them; goldens/speech.py says where the numbers are from.

use headlight_pretrained::speech::{FeatureExtractor, Features, SpeechError, read_wav};

use crate::goldens::{apart, file, tensor};

/// Of the 64-bit numbers. transformers' 32-bit ones are up to 2e-4 off where a band is nearly silent.
const TOLERANCE: f32 = 1e-5;
const RATE: u32 = 16_000;

fn extractor(json: &str) -> FeatureExtractor {
    FeatureExtractor::from_json(json.as_bytes()).expect("a configuration")
}

/// The first frames of all bands.
fn first(features: &Features, frames: usize) -> Vec<f32> {
    features.values.chunks_exact(features.shape[1]).flat_map(|band| &band[..frames]).copied().collect()
}

#[test]
fn features_are_those_of_transformers() {
    let goldens = file("speech.safetensors");
    let chirp = read_wav(&file("chirp.wav"), RATE).expect("a sound");
    let sentence = read_wav(&file("sentence.wav"), RATE).expect("a sound");
    for (name, json, sound, shape) in [
        ("chirp", "{}", &chirp, [80, 3000]),
        (
            "chirp.128",
            r#"{"feature_size": 128, "feature_extractor_type": "WhisperFeatureExtractor"}"#,
            &chirp,
            [128, 3000],
        ),
        (
            "chirp.small",
            r#"{"feature_size": 20, "n_fft": 256, "hop_length": 128, "chunk_length": 1, "mel_filters": [[0.5]]}"#,
            &chirp,
            [20, 125],
        ),
        ("sentence", r#"{"feature_extractor": {"sampling_rate": 16000}, "tokenizer": {}}"#, &sentence, [80, 3000]),
    ] {
        let features = extractor(json).features(sound);
        assert_eq!(features.shape, shape, "{name}");
        let (shape, expected) = tensor(&goldens, name);
        let most = apart(&first(&features, shape[1]), &expected);
        assert!(most <= TOLERANCE, "{name}: {most}");
        // Behind the sound there is silence, which is the least value of all.
        let least = expected.iter().copied().fold(f32::INFINITY, f32::min);
        assert!((features.values[features.shape[1] - 1] - least).abs() <= TOLERANCE, "{name}");
    }
}

#[test]
fn other_rates_are_resampled_as_scipy_does() {
    let goldens = file("speech.safetensors");
    let sentence = read_wav(&file("sentence.wav"), RATE).expect("a sound");
    let every = |sound: &[f32], step: usize| sound.iter().step_by(step).copied().collect::<Vec<_>>();
    assert!(apart(&every(&sentence, 16), &tensor(&goldens, "sentence.samples").1) <= 1e-6);
    for (name, rate, step) in
        [("chirp.from.8000", 8_000, 64), ("chirp.from.44100", 44_100, 16), ("chirp.from.16001", 16_001, 64u32)]
    {
        let mut bytes = file("chirp.wav");
        bytes[24..28].copy_from_slice(&u32::to_le_bytes(rate));
        let sound = read_wav(&bytes, RATE).expect("a sound");
        let most = apart(&every(&sound, step as usize), &tensor(&goldens, name).1);
        assert!(most <= 1e-6, "{name}: {most}");
    }
}

#[test]
fn what_is_longer_is_cut_off_and_silence_is_heard() {
    let extractor = extractor(r#"{"chunk_length": 1}"#);
    let tone: Vec<f32> = (0..40_000).map(|at| (at as f32 * 0.1).sin()).collect();
    assert_eq!(extractor.longest(), 16_000);
    assert_eq!(extractor.features(&tone), extractor.features(&tone[..16_000]));
    // log₁₀ of the least power, which is also the largest.
    assert!(extractor.features(&[]).values.iter().all(|value| *value == -1.5));
}

#[test]
fn a_model_that_says_nothing_hears_as_whisper_does() {
    let tone: Vec<f32> = (0..40_000).map(|at| (at as f32 * 0.1).sin()).collect();
    for bands in [80, 128] {
        let features = FeatureExtractor::of_whisper(bands).expect("as models have").features(&tone);
        assert_eq!(features.shape, [bands, 3000]);
        assert_eq!(features, extractor(&format!(r#"{{"feature_size": {bands}}}"#)).features(&tone));
    }
    assert!(FeatureExtractor::of_whisper(0).is_err());
}

#[test]
fn options_that_would_change_the_features_are_refused() {
    for (json, name) in [
        (r#"{"dither": 0.1}"#, "dither"),
        (r#"{"feature_extractor_type": "Wav2Vec2FeatureExtractor"}"#, "feature_extractor_type"),
        (r#"{"fmin": 20}"#, "fmin"),
        (r#"{"n_fft": 401}"#, "n_fft"),
        (r#"{"n_fft": 1000000}"#, "n_fft"),
        (r#"{"feature_size": 0}"#, "feature_size"),
        (r#"{"feature_size": 100000000}"#, "feature_size"),
        (r#"{"chunk_length": 100000000000}"#, "chunk_length"),
        (r#"{"chunk_length": 0}"#, "chunk_length"),
        (r#"{"hop_length": 0}"#, "hop_length"),
        (r#"{"hop_length": 1, "chunk_length": 1000, "feature_size": 1000}"#, "hop_length"),
        (r#"{"sampling_rate": 0}"#, "sampling_rate"),
        (r#"{"padding_value": 1e300}"#, "padding_value"),
    ] {
        match FeatureExtractor::from_json(json.as_bytes()) {
            Err(SpeechError::Option { name: found, .. }) => assert_eq!(found, name, "{json}"),
            other => panic!("{json}: {:?}", other.map(|_| ())),
        }
    }
    for json in ["", "[]", "{", r#"{"n_fft": -1}"#, r#"{"n_fft": "400"}"#, "\u{0}"] {
        assert!(matches!(FeatureExtractor::from_json(json.as_bytes()), Err(SpeechError::Json(_))), "{json}");
    }
    let null = r#"{"device": null, "padding_side": "right", "processor_class": "WhisperProcessor"}"#;
    assert!(FeatureExtractor::from_json(null.as_bytes()).is_ok());
}
