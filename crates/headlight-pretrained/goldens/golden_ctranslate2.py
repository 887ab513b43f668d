#!/usr/bin/env python3
"""The golden of Whisper once more, as CTranslate2's own converter stores it.

    python golden_ctranslate2.py      (torch, transformers 5, ctranslate2 4; writes whisper_ctranslate2/ beside itself)
"""
import os
os.environ["HF_HUB_OFFLINE"] = "1"
import transformers as T
from ctranslate2.converters.transformers import WhisperLoader

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "whisper_ctranslate2")
model = T.WhisperForConditionalGeneration.from_pretrained(os.path.join(HERE, "whisper"))
loader = WhisperLoader()
spec = loader.get_model_spec(model)
# Suppressed is what one case of golden_generation.py suppresses. Its tokens have no texts but for those that a text begins and ends with: 3, 2 and 69, as the other recipes take them.
names = {2: "<|endoftext|>", 3: "<|startoftranscript|>", 69: "<|notimestamps|>"}
spec.register_vocabulary([names.get(i, f"t{i}") for i in range(model.config.vocab_size)])
spec.config.suppress_ids, spec.config.suppress_ids_begin = [33], [33]
spec.config.alignment_heads, spec.config.lang_ids = [[1, 0]], []
spec.validate()
spec.optimize(quantization=None)
os.makedirs(OUT, exist_ok=True)
spec.save(OUT)
print({name: os.path.getsize(os.path.join(OUT, name)) for name in os.listdir(OUT)})
