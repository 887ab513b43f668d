#!/usr/bin/env python3
"""What transformers generates greedily with the models of these goldens, under each of the options that bind a text.

    python golden_generation.py      (torch, transformers 5; writes generation.json beside itself)

Each case: the model's folder, the row of its golden's inputs that is read, what `generation_config.json` would say, how many tokens come
after the beginning at most, the beginning, and the whole text as `generate(num_beams=1, do_sample=False)` has it.
"""
import json, os, warnings
os.environ["HF_HUB_OFFLINE"] = "1"
warnings.filterwarnings("ignore")
import torch
import transformers as T
from safetensors.torch import load_file

torch.set_num_threads(1)
T.logging.set_verbosity_error()
HERE = os.path.dirname(os.path.abspath(__file__))
CLASSES = dict(gpt2=T.GPT2LMHeadModel, marian=T.MarianMTModel, bart=T.BartForConditionalGeneration, whisper=T.WhisperForConditionalGeneration)
cases = []

def case(name, row, longest, begin=None, **options):
    model = CLASSES[name].from_pretrained(os.path.join(HERE, name), attn_implementation="eager").eval()
    inputs = load_file(os.path.join(HERE, name, "golden.safetensors"))
    start = begin or [model.config.decoder_start_token_id]
    model.generation_config = T.GenerationConfig(pad_token_id=model.config.pad_token_id or 0, **{k: v for k, v in options.items() if k not in ("lang_to_id", "no_timestamps_token_id", "is_multilingual")})
    for k in ("lang_to_id", "no_timestamps_token_id", "is_multilingual"):
        if k in options: setattr(model.generation_config, k, options[k])
    common = dict(num_beams=1, do_sample=False, max_new_tokens=longest)
    if name == "gpt2":
        out = model.generate(torch.tensor([start]), attention_mask=torch.ones(1, len(start), dtype=torch.long), **common)
    elif name == "whisper":
        out = model.generate(inputs["in.input_features"][row:row + 1], return_timestamps=False, force_unique_generate_call=True, **common)
    else:
        out = model.generate(inputs["in.input_ids"][row:row + 1], attention_mask=inputs["in.attention_mask"][row:row + 1], decoder_input_ids=torch.tensor([start]), **common)
    ids = out[0].tolist()
    cases.append(dict(model=name, row=row, options=options, longest=longest, begin=start, text=ids))
    print(name, options, ids)

end = dict(marian=dict(eos_token_id=1, decoder_start_token_id=0), bart=dict(eos_token_id=2, decoder_start_token_id=2), whisper=dict(eos_token_id=2, decoder_start_token_id=3))
case("gpt2", 0, 12, [7, 8, 9], eos_token_id=1)
first = cases[0]["text"]
case("gpt2", 0, 12, [7, 8, 9], eos_token_id=[first[5], 1])
case("gpt2", 0, 12, [7, 8, 9], eos_token_id=[first[5], 1], min_new_tokens=6)
case("gpt2", 0, 12, [7, 8, 9], eos_token_id=1, repetition_penalty=1.5)
case("gpt2", 0, 20, [7, 8, 9], eos_token_id=1, no_repeat_ngram_size=2)
case("gpt2", 0, 12, [7, 8, 9], eos_token_id=1, bad_words_ids=[[first[3]], [first[4], first[5]]])
for name in ("marian", "bart"):
    for row in (0, 1):
        case(name, row, 10, **end[name])
        first = cases[-1]["text"]
        case(name, row, 10, **end[name], forced_bos_token_id=13, forced_eos_token_id=end[name]["eos_token_id"])
        case(name, row, 10, **end[name], suppress_tokens=[first[2]], begin_suppress_tokens=[first[1]])
        case(name, row, 10, **end[name], forced_bos_token_id=13, begin_suppress_tokens=[first[1], first[2]], no_repeat_ngram_size=1)
        case(name, row, 10, **{**end[name], "eos_token_id": first[3]}, min_length=7)
for row in (0, 1):
    case("whisper", row, 10, **end["whisper"], no_timestamps_token_id=69, is_multilingual=False)
    first = cases[-1]["text"]
    case("whisper", row, 10, **end["whisper"], no_timestamps_token_id=69, is_multilingual=True, lang_to_id={"<|a|>": 55, "<|b|>": 56, "<|c|>": 57})
    case("whisper", row, 10, **end["whisper"], no_timestamps_token_id=69, is_multilingual=True, lang_to_id={"<|a|>": 55, "<|b|>": 56, "<|c|>": 57}, forced_decoder_ids=[[1, None], [2, 59]])
    case("whisper", row, 10, **end["whisper"], no_timestamps_token_id=69, is_multilingual=False, forced_decoder_ids=[[1, 69]], begin_suppress_tokens=[first[2]], suppress_tokens=[first[3]])
with open(os.path.join(HERE, "generation.json"), "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
