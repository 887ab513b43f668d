"""Tests of headlight_export.py: `python docs/scripts/test_headlight_export.py`. Needs torch; with torch 2 and transformers, tests its models too,
and where $HEADLIGHT is the program, that it opens what was written."""

import json
import math
import os
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

if not hasattr(F, "scaled_dot_product_attention"):
    # Before torch 2.0: what its documentation says the function computes, seen by modes as torch's own is.
    def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False):
        given = (query, key, value)
        if torch.overrides.has_torch_function(given):
            return torch.overrides.handle_torch_function(scaled_dot_product_attention, given, *given, attn_mask=attn_mask, dropout_p=dropout_p, is_causal=is_causal, scale=scale, enable_gqa=enable_gqa)
        bias = torch.zeros(query.size(-2), key.size(-2), dtype=query.dtype)
        if is_causal:
            bias.masked_fill_(torch.ones_like(bias, dtype=torch.bool).tril().logical_not(), -math.inf)
        if attn_mask is not None:
            bias = torch.zeros(attn_mask.shape).masked_fill(attn_mask.logical_not(), -math.inf) if attn_mask.dtype == torch.bool else bias + attn_mask
        if enable_gqa:
            key, value = (t.repeat_interleave(query.size(-3) // t.size(-3), -3) for t in (key, value))
        return torch.exp(torch.log_softmax(query @ key.transpose(-2, -1) * (scale or query.size(-1) ** -0.5) + bias, -1)) @ value

    F.scaled_dot_product_attention = scaled_dot_product_attention

from headlight_export import export, record  # noqa: E402

try:
    import transformers
except ImportError:
    transformers = None

TOKENS = ["the", "cat", "sat", "on", "the", "mat"]


def read(path):
    """The described records and the tensors of a file, read without the code that wrote it."""
    data = Path(path).read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    described = json.loads(header.pop("__metadata__")["headlight"])
    tensors = {}
    for name, entry in header.items():
        start, end = (8 + length + at for at in entry["data_offsets"])
        tensors[name] = torch.frombuffer(bytearray(data[start:end]), dtype=torch.float32).reshape(entry["shape"])
    return described, tensors


class Attention(nn.Module):
    """Written by hand, as many have it: `how` is sdpa or softmax."""

    def __init__(self, how, n_heads=4, n_key_heads=4, scale=None):
        super().__init__()
        self.how, self.n_heads, self.n_key_heads, self.scale = how, n_heads, n_key_heads, scale
        self.q_proj, self.k_proj = nn.Linear(16, 16), nn.Linear(16, 4 * n_key_heads)
        self.v_proj, self.out = nn.Linear(16, 4 * n_key_heads), nn.Linear(16, 16)

    def heads(self, x):
        parts = ((self.q_proj, self.n_heads), (self.k_proj, self.n_key_heads), (self.v_proj, self.n_key_heads))
        return [project(x).view(*x.shape[:2], heads, 4).transpose(1, 2) for project, heads in parts]

    def weights(self, x):
        """The definition, with loops over queries and keys left to einsum, in 64 bits."""
        query, key, _ = (part.double() for part in self.heads(x))
        key = torch.stack([key[:, head * self.n_key_heads // self.n_heads] for head in range(self.n_heads)], 1)
        scores = torch.einsum("bhqd,bhkd->bhqk", query, key) * (self.scale or 0.5)
        exp = torch.exp(scores) * torch.ones(x.shape[1], x.shape[1], dtype=torch.float64).tril()
        return exp / exp.sum(-1, keepdim=True)

    def forward(self, x):
        query, key, value = self.heads(x)
        if self.how == "sdpa":
            context = F.scaled_dot_product_attention(query, key, value, is_causal=True, scale=self.scale, enable_gqa=self.n_heads != self.n_key_heads)
        else:
            scores = query @ key.transpose(-2, -1) * (self.scale or 0.5)
            later = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
            context = F.softmax(scores.masked_fill(later, -math.inf), dim=-1) @ value
        return self.out(context.transpose(1, 2).flatten(2))


class Files(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(0)
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.path = Path(self.directory.name) / "attention.safetensors"

    def close(self, found, expected, tolerance=1e-6):
        self.assertEqual(found.shape, expected.shape)
        self.assertLessEqual(float((found.detach().double() - expected.detach().double()).abs().max()), tolerance)


class Exported(Files):
    def test_weights_that_one_has(self):
        layers = [torch.rand(2, 4, 6, 6).softmax(-1) for _ in range(3)]
        export(self.path, layers, TOKENS, model="mine", batch_index=1)
        described, tensors = read(self.path)
        self.close(tensors["encoder_self"], torch.stack([layer[1] for layer in layers]), 0)
        self.assertEqual(described["records"], [{"kind": "encoder_self", "query_tokens": TOKENS, "key_tokens": TOKENS, "origin": {"task": "", "model": "mine", "step": None}}])

    def test_several_kinds(self):
        kinds = {"encoder_self": torch.full((2, 4, 3, 3), 1 / 3), "decoder_self": torch.eye(6).expand(2, 4, 6, 6), "cross": torch.full((2, 4, 6, 3), 1 / 3)}
        export(self.path, kinds, TOKENS, key_tokens=["eine", "Katze", "."])
        described, tensors = read(self.path)
        self.assertEqual({name: tuple(tensor.shape) for name, tensor in tensors.items()}, {name: tuple(tensor.shape) for name, tensor in kinds.items()})
        self.assertEqual([len(of["key_tokens"]) for of in described["records"]], [3, 6, 3])
        self.assertEqual(described["records"][1]["mask"][:7], ["visible"] + ["causal"] * 5 + ["visible"])

    def test_other_masks(self):
        window = torch.ones(6, 6, dtype=torch.bool).triu(1) | torch.ones(6, 6, dtype=torch.bool).tril(-3)
        weights = torch.rand(1, 4, 6, 6).masked_fill(window, -math.inf).softmax(-1)
        export(self.path, [weights], TOKENS, kind="decoder_self", masked=window)
        mask = read(self.path)[0]["records"][0]["mask"]
        self.assertEqual(mask[:6], ["visible"] + ["causal"] * 5)
        self.assertEqual(mask[30:], ["masked"] * 3 + ["visible"] * 3)

    def test_what_is_no_attention(self):
        for attentions, tokens, words in (
            ([torch.rand(1, 4, 6, 6)], TOKENS[:5], "6 tokens are needed for its queries, not 5"),
            ([torch.full((1, 4, 6, 6), math.nan)], TOKENS, "not finite"),
            ({"self": [torch.rand(1, 4, 6, 6)]}, TOKENS, "no kind of attention"),
        ):
            with self.assertRaisesRegex(ValueError, words):
                export(self.path, attentions, tokens)
        self.assertFalse(self.path.exists())

    def test_a_model_written_by_hand(self):
        for how, options in (("sdpa", {}), ("softmax", {}), ("sdpa", {"n_key_heads": 2}), ("sdpa", {"scale": 0.3})):
            with self.subTest(how=how, **options):
                model, x = nn.Sequential(Attention(how, **options), Attention(how, **options)), torch.randn(2, 6, 16)
                expected = torch.stack([model[0].weights(x)[1], model[1].weights(model[0](x))[1]])
                with record(model) as recording:
                    out = model(x)
                self.close(out, model(x), 0)
                recording.export(self.path, TOKENS, batch_index=1)
                described, tensors = read(self.path)
                self.close(tensors["decoder_self"], expected)
                self.assertEqual([call.module for call in recording.calls], ["0", "1"])
                self.assertEqual(described["records"][0]["mask"].count("causal"), 15)
                if how == "sdpa":  # the record's own promise: weights = softmax(mask(QKᵀ/√d_head))
                    scores = tensors["decoder_self.query"] @ tensors["decoder_self.key"].transpose(-2, -1) / 2
                    self.close(scores.masked_fill(torch.ones(6, 6, dtype=torch.bool).triu(1), -math.inf).softmax(-1), expected)

    def test_hooked_projections(self):
        model, x = nn.Sequential(Attention("sdpa", n_key_heads=2, scale=0.3)), torch.randn(1, 6, 16)
        with record(model, projections="0", causal=True, scale=0.3) as recording:
            model(x)
        recording.export(self.path, TOKENS)
        self.close(read(self.path)[1]["decoder_self"], model[0].weights(x))
        with self.assertRaisesRegex(ValueError, "no module's name matches"):
            with record(model, projections="layers.*"):
                pass

    def test_multihead_attention_and_its_fused_layers(self):
        layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True, dropout=0.0)
        model, x = nn.TransformerEncoder(layer, 2).eval(), torch.randn(2, 6, 16)
        padding = torch.zeros(2, 6, dtype=torch.bool)
        padding[1, 4:] = True
        with torch.no_grad():
            fused = model(x, src_key_padding_mask=padding)
            with record(model) as recording:
                out = model(x, src_key_padding_mask=padding)
        self.close(out[1, :4], fused[1, :4], 1e-5)
        attention = model.layers[0].self_attn
        query, key, _ = F.linear(x, attention.in_proj_weight, attention.in_proj_bias).double().view(2, 6, 3, 4, 4).unbind(2)
        scores = torch.einsum("bqhd,bkhd->bhqk", query, key) / 2
        expected = scores.masked_fill(padding[:, None, None], -math.inf).softmax(-1)
        self.close(recording.calls[0].weights, expected)
        recording.export(self.path, TOKENS, batch_index=1)
        described, tensors = read(self.path)
        self.assertEqual(tuple(tensors["encoder_self"].shape), (2, 4, 6, 6))
        self.assertEqual(described["records"][0]["mask"][:6], ["visible"] * 4 + ["padding"] * 2)

    def test_kinds_of_a_torch_transformer(self):
        model = nn.Transformer(16, 4, 2, 2, 32, batch_first=True, dropout=0.0).eval()
        with torch.no_grad(), record(model) as recording:
            model(torch.randn(1, 3, 16), torch.randn(1, 6, 16), tgt_mask=nn.Transformer.generate_square_subsequent_mask(6))
        recording.export(self.path, TOKENS, key_tokens=["eine", "Katze", "."])
        shapes = {name: tuple(tensor.shape) for name, tensor in read(self.path)[1].items()}
        self.assertEqual(shapes, {"encoder_self": (2, 4, 3, 3), "decoder_self": (2, 4, 6, 6), "cross": (2, 4, 6, 3)})

    def test_a_pass_with_a_cache(self):
        model = Attention("sdpa")
        with record(model) as recording:
            model(torch.randn(1, 6, 16))
            model(torch.randn(1, 1, 16))
        with self.assertRaisesRegex(ValueError, "different shapes"):
            recording.export(self.path, TOKENS, kinds={"*": "decoder_self"})

    @unittest.skipUnless("HEADLIGHT" in os.environ, "$HEADLIGHT does not name the program")
    def test_headlight_opens_it(self):
        model = nn.Sequential(Attention("sdpa"), Attention("sdpa"))
        with record(model) as recording:
            model(torch.randn(1, 6, 16))
        recording.export(self.path, TOKENS[:5] + ["<script>Kätzchen"])
        drawn, page = self.path.parent / "pictures", self.path.parent / "page.html"
        for arguments in (["plot", self.path, "--out", drawn], ["report", self.path, "-o", page]):
            subprocess.run([os.environ["HEADLIGHT"], *arguments], check=True, stdout=subprocess.DEVNULL)
        names = [f"decoder_self_L{layer}_H{head}.png" for layer in range(2) for head in range(4)] + ["decoder_self_grid.png"]
        self.assertEqual(sorted(path.name for path in drawn.iterdir()), names)
        self.assertIn("Kätzchen", page.read_text(encoding="utf-8"))


@unittest.skipUnless(transformers and hasattr(transformers, "modeling_utils") and torch.__version__ >= "2", "needs transformers and torch 2")
class Transformers(Files):
    def same_as_eager(self, config, kind, inputs):
        model = transformers.AutoModel.from_config(config, attn_implementation="sdpa").eval()
        with torch.no_grad():
            with record(model) as recording:
                model(**inputs)
            model.set_attn_implementation("eager")
            eager = model(**inputs, output_attentions=True).attentions
            with record(model) as by_softmax:
                model(**inputs)
        for recorded in (recording, by_softmax):
            recorded.export(self.path, TOKENS, batch_index=1, kinds={"*": kind})
            tensors = read(self.path)[1]
            # Rows of padding queries are nobody's: transformers has them uniform, or what it likes.
            tokens = slice(0, int(inputs["attention_mask"][1].sum()))
            self.close(tensors[kind][:, :, tokens], torch.stack(eager)[:, 1, :, tokens], 1e-5)

    def test_bert_and_llama(self):
        inputs = {"input_ids": torch.randint(5, 50, (2, 6)), "attention_mask": torch.tensor([[1] * 6, [1, 1, 1, 1, 0, 0]])}
        sizes = dict(vocab_size=50, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, initializer_range=0.5)
        self.same_as_eager(transformers.BertConfig(**sizes), "encoder_self", inputs)
        self.same_as_eager(transformers.LlamaConfig(**sizes, num_key_value_heads=2), "decoder_self", inputs)

    def test_packed_projections(self):
        config = transformers.GPT2Config(vocab_size=50, n_embd=32, n_layer=2, n_head=4, n_positions=8, initializer_range=0.5)
        model, ids = transformers.AutoModel.from_config(config, attn_implementation="eager").eval(), torch.randint(5, 50, (1, 6))
        with torch.no_grad(), record(model, projections="h.*.attn", causal=True) as recording:
            eager = model(ids, output_attentions=True).attentions
        recording.export(self.path, TOKENS)
        self.close(read(self.path)[1]["decoder_self"], torch.cat(eager), 1e-5)

    def test_encoder_and_decoder(self):
        sizes = dict(vocab_size=50, d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=4, init_std=0.5)
        config = transformers.BartConfig(**sizes, encoder_ffn_dim=64, decoder_ffn_dim=64, max_position_embeddings=16)
        model = transformers.AutoModel.from_config(config, attn_implementation="sdpa").eval()
        inputs = {"input_ids": torch.randint(5, 50, (1, 3)), "decoder_input_ids": torch.randint(5, 50, (1, 6)), "use_cache": False}
        with torch.no_grad():
            with record(model) as recording:
                model(**inputs)
            model.set_attn_implementation("eager")
            eager = model(**inputs, output_attentions=True)
        recording.export(self.path, TOKENS, key_tokens=["eine", "Katze", "."])
        tensors = read(self.path)[1]
        for kind, layers in (("encoder_self", eager.encoder_attentions), ("decoder_self", eager.decoder_attentions), ("cross", eager.cross_attentions)):
            self.close(tensors[kind], torch.cat(layers), 1e-5)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "--verbose"])
