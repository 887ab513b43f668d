"""What transformers computes with MiniLM on five sentences, for `check_minilm.rs` to compare with.

    minilm.py MODEL OUT      MODEL: the directory with config.json; OUT: an empty directory

OUT gets a safetensors file for each case: `plain`, `question`, `chinese`, `long` (more than 200 tokens) and `padded`, a batch of two in
which the first sentence is shorter. Its tensors have the names of the families' goldens:

    in.input_ids, in.attention_mask, in.token_type_ids     [batch_size, seq_length], int64; 1 in the mask is a token, 0 is padding
    attn.self.LAYER                                        [batch_size, n_heads, queries, keys]
    hidden.self.I                                          [batch_size, seq_length, d_model]; I = 0 is the embedding
    embedding                                              [batch_size, d_model]: the mean of the last hidden states of all tokens but padding

All but the inputs are float32, as transformers computes by default, and again as NAME.f64, computed with the same parameters in
64 bits. The metadata key `texts` holds the sentences as a JSON list, so that the tokenizer is checked too.
"""

import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch  # noqa: E402
import transformers  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

LONG = """Attention is a function of a query and a set of keys and values. The query is compared with every key, the scores are divided
by the square root of the width of a head, and a softmax turns them into weights that sum to one; what comes out is the sum of the values,
each times its weight. In a transformer, every layer does this several times side by side. Such a head may look at the previous token,
at the same word earlier in the text, at the verb of a clause, or at nothing in particular, in which case most of its weight rests on a
separator. To find out which, one needs long sentences: a head that looks a fixed distance back is not told apart from one that looks at
the beginning when there are only six tokens. That is why this paragraph goes on, although it has said what it had to say: it mentions a
river, a bridge across the river, the town on its other bank, and the people who walk from the town across the bridge each morning, with
umbrellas when it rains, without them when it doesn't, and who never once in their lives have wondered what a tokenizer makes of a word
such as "antidisestablishmentarianism", or of numbers like 3.14159 and 1,000,000."""

CASES = {
    "plain": ["The cat sat on the mat because it was tired."],
    "question": ["Who wrote the first program, and for which machine?"],
    "chinese": ["我喜欢在图书馆里读书，因为那里很安静。"],
    "long": [LONG],
    "padded": ["A naïve café.", "Eight words are enough to make a difference in length, aren't they?"],
}


def computed(model, inputs):
    """Attention, hidden states and embedding under the names that the file has."""
    with torch.no_grad():
        out = model(**inputs, output_attentions=True, output_hidden_states=True)
    named = {f"attn.self.{at}": weights for at, weights in enumerate(out.attentions)}
    named |= {f"hidden.self.{at}": state for at, state in enumerate(out.hidden_states)}
    last = out.last_hidden_state
    is_token = inputs["attention_mask"].unsqueeze(-1).to(last.dtype)
    named["embedding"] = (last * is_token).sum(1) / is_token.sum(1)
    return named


def main(source, out):
    torch.set_num_threads(2)
    tokenizer = transformers.AutoTokenizer.from_pretrained(source)
    model = transformers.BertModel.from_pretrained(source, attn_implementation="eager").eval()
    double = transformers.BertModel.from_pretrained(source, attn_implementation="eager").eval().double()
    for name, texts in CASES.items():
        texts = [" ".join(text.split()) for text in texts]
        inputs = dict(tokenizer(texts, padding=True, truncation=False, return_tensors="pt"))
        tensors = {f"in.{key}": value for key, value in inputs.items()}
        single, exact = computed(model, inputs), computed(double, inputs)
        tensors |= single | {f"{key}.f64": value for key, value in exact.items()}
        tensors = {key: value.detach().contiguous().clone() for key, value in tensors.items()}
        save_file(tensors, Path(out) / f"{name}.safetensors", metadata={"texts": json.dumps(texts, ensure_ascii=False)})
        off = max(float((single[key].double() - exact[key]).abs().max()) for key in single if key.startswith("attn"))
        batch_size, seq_length = inputs["input_ids"].shape
        print(f"{name:9} {batch_size} x {seq_length:3} tokens; attention in 32 bits is within {off:.1e} of that in 64")
        assert name != "long" or seq_length > 200


main(*sys.argv[1:])
