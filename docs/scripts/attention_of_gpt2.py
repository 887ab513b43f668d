"""Saves what a small GPT-2 attends to, for `headlight plot`. It is untrained: its shape is real, what it looks at is chance.

pip install torch transformers numpy, then: python attention_of_gpt2.py docs/gallery/gpt2.npy docs/gallery/gpt2.txt
"""

import sys

import numpy
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

words = ["<|endoftext|>", "The", "cat", "sat", "on", "the", "mat", "."]
word_level = Tokenizer(models.WordLevel({word: at for at, word in enumerate(words)}, unk_token=words[0]))
word_level.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=word_level)
torch.manual_seed(0)
config = GPT2Config(vocab_size=len(words), n_positions=16, n_embd=32, n_layer=2, n_head=4, initializer_range=0.3,
                    bos_token_id=0, eos_token_id=0)
# A real one: GPT2LMHeadModel.from_pretrained("gpt2", attn_implementation="eager"), and its tokenizer.
model = GPT2LMHeadModel._from_config(config, attn_implementation="eager").eval()

inputs = tokenizer("The cat sat on the mat .", return_tensors="pt")
outputs = model(**inputs, output_attentions=True)
numpy.save(sys.argv[1], torch.stack(outputs.attentions).detach().float().cpu().numpy())
tokens = tokenizer.convert_ids_to_tokens(inputs.input_ids[0])
with open(sys.argv[2], "w", encoding="utf-8") as file:
    file.write("".join(token + "\n" for token in tokens))
