"""What transformers' WhisperFeatureExtractor makes of two sounds.

    pip install torch transformers==5.24 scipy safetensors
    apt-get install espeak-ng
    python speech.py

writes sentence.wav (espeak-ng 1.51), chirp.wav and speech.safetensors, and prints how far the features that torch computes in
32 bits are from those that numpy computes in 64, which are kept: 1.7e-4 for the chirp, 1.6e-5 for the sentence. It needs no
network. Of long arrays, as many frames are kept as there is sound.
"""

import subprocess
import sys

import numpy as np
from safetensors.numpy import save_file
from scipy.io import wavfile
from scipy.signal import resample_poly
from transformers import WhisperFeatureExtractor

RATE = 16_000


def features(samples, frames, **options):
    extractor = WhisperFeatureExtractor(**options)
    samples = samples.astype(np.float32)
    torch = extractor(samples, sampling_rate=RATE, return_tensors="np")["input_features"][0]
    padded = np.zeros(extractor.n_samples, np.float32)
    padded[: samples.size] = samples[: padded.size]
    [values] = extractor._np_extract_fbank_features([padded], "cpu")
    print(options, np.abs(torch - values).max())
    return np.ascontiguousarray(values[:, :frames], dtype=np.float32)


def main():
    espeak = sys.argv[1] if len(sys.argv) > 1 else "espeak-ng"
    subprocess.run([espeak, "-w", "sentence.wav", "The cat sat."], check=True)

    # A tone that rises from 80 Hz to 7.6 kHz and grows louder, with noise and a click: every band, and the loudest a million
    # times as loud as the softest.
    seconds = np.arange(int(0.9 * RATE)) / RATE
    phase = 2 * np.pi * (80 * seconds + (7_600 - 80) / (2 * 0.9) * seconds**2)
    noise = np.random.default_rng(18).standard_normal(seconds.size)
    chirp = (0.001 + 0.6 * seconds) * np.sin(phase) + 1e-4 * noise
    chirp[9_000] += 0.3
    wavfile.write("chirp.wav", RATE, np.round(chirp * 32_767).astype(np.int16))

    golden = {}
    _, chirp = wavfile.read("chirp.wav")
    chirp = chirp / 32_768
    golden["chirp"] = features(chirp, 100)
    golden["chirp.128"] = features(chirp, 100, feature_size=128)
    golden["chirp.small"] = features(chirp, 200, feature_size=20, n_fft=256, hop_length=128, chunk_length=1)

    rate, sentence = wavfile.read("sentence.wav")
    assert rate == 22_050, rate
    sentence = resample_poly(sentence / 32_768, 320, 441)
    golden["sentence.samples"] = sentence[::16].astype(np.float32)
    golden["sentence.length"] = np.array([sentence.size], dtype=np.int64)
    golden["sentence"] = features(sentence, 120)
    # From a lower rate, and from one that shares no large factor with 16,000.
    golden["chirp.from.8000"] = resample_poly(chirp, 2, 1)[::64].astype(np.float32)
    golden["chirp.from.44100"] = resample_poly(chirp, 160, 441)[::16].astype(np.float32)
    golden["chirp.from.16001"] = resample_poly(chirp, 16_000, 16_001)[::64].astype(np.float32)
    save_file(golden, "speech.safetensors")


main()
