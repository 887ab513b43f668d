"""Writes what a PyTorch model attends to as a file that Headlight opens: `headlight plot FILE`, `headlight report FILE`.

One file, which needs torch (1.13 or later) and nothing else: copy it beside your code.

A model that hands out its attention weights:

    out = model(**inputs, output_attentions=True)
    export("attention.safetensors", out.attentions, tokens)

Any other: record one pass. What calls `scaled_dot_product_attention` never has its weights, so they are computed again from the queries,
keys and mask that it is given, which have rotary positions and the like in them. A model that writes its attention out by hand calls
softmax, and `nn.MultiheadAttention` is asked for its weights:

    with record(model) as recording:
        model(**inputs)
    recording.export("attention.safetensors", tokens)

Where neither is called (flash-attn, xformers and other kernels), name the modules that have the projections; this knows nothing of
rotary positions or biases, which such a module may add:

    with record(model, projections="blocks.*.attn", causal=True) as recording:
        model(inputs)

The file is a safetensors file: a float32 tensor [layers, heads, queries, keys] for each kind of attention, `encoder_self`, `decoder_self` or
`cross`; behind it, where they are known, Q, K and V; and tokens and mask as JSON in its metadata.
"""

from __future__ import annotations

import contextlib
import ctypes
import fnmatch
import json
import math
import os
import struct
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode

KINDS = ("encoder_self", "decoder_self", "cross")
SDPA = getattr(F, "scaled_dot_product_attention", None)  # since torch 2.0
SOFTMAXES = (F.softmax, torch.softmax, torch.Tensor.softmax, torch.special.softmax)
# What the two projections of a module are called, in models that people use, and the one projection that packs query, key and value.
APART = (("q_proj", "k_proj"), ("query", "key"), ("q_lin", "k_lin"), ("to_q", "to_k"), ("wq", "wk"), ("w_q", "w_k"), ("q", "k"))
PACKED = ("c_attn", "qkv", "in_proj", "Wqkv", "qkv_proj", "to_qkv")
HEADS = ("num_heads", "n_heads", "n_head", "num_attention_heads", "nhead", "heads")


def export(path, attentions, tokens, *, key_tokens=None, kind=None, model="", batch_index=0, masked=None):
    """Writes attention weights that you have.

    attentions: a tensor for each layer, [batch_size, n_heads, queries, keys] or [n_heads, queries, keys]; or one tensor of all layers; or a
        dictionary from kinds (`encoder_self`, `decoder_self`, `cross`) to these.
    tokens: a string for each query (and key). With several kinds: the decoder's; `key_tokens` are the encoder's.
    key_tokens: a string for each key of cross attention.
    kind: what the weights are, where `attentions` does not say. Otherwise weights that never attend to a later key are `decoder_self`.
    masked: a Boolean tensor [queries, keys], true where a key is masked. Otherwise what is 0 in `decoder_self` everywhere above the diagonal is.
    """
    if not isinstance(attentions, dict):
        layers = [_example(layer, batch_index) for layer in attentions]
        attentions = {kind or _kind_of(layers, key_tokens): layers}
    records = []
    for name, layers in attentions.items():
        weights = torch.stack([_example(layer, batch_index) for layer in layers])
        hidden = masked if masked is not None else _causal_if_zero(weights) if name == "decoder_self" else None
        records.append(_Record(name, weights, *_tokens_of(name, tokens, key_tokens), None if hidden is None else hidden.cpu()))
    _write(path, records, model)


@contextlib.contextmanager
def record(model, *, projections=None, heads=None, causal=False, scale=None):
    """Records every attention of a pass within the `with` block; gives a `Recording`, whose `export` writes it.

    model: the module that is called. A compiled one is recorded as it was before: `record(model._orig_mod)`, and call that.
    projections: names of modules, with `*` for any part of a name, whose projections of Q and K are hooked instead.
    heads, causal, scale: with `projections`, what cannot be seen from outside: the number of heads (looked for in the module and its
        `config`), whether a query sees later keys, and what scores are multiplied with (1/√d_head).
    """
    recording = Recording(type(model).__name__)
    with contextlib.ExitStack() as stack:
        if projections is None:
            for name, module in model.named_modules():
                for handle in _hook_name(recording, name, module):
                    stack.callback(handle.remove)
            stack.enter_context(_Calls(recording))
        else:
            found = [(name, module) for name, module in model.named_modules() if fnmatch.fnmatchcase(name, projections)]
            if not found:
                raise ValueError(f"no module's name matches {projections!r}; model.named_modules() lists them")
            for name, module in found:
                for handle in _hook_projections(recording, name, module, heads, causal, scale):
                    stack.callback(handle.remove)
        yield recording


@dataclass
class Call:
    """One attention: weights [batch_size, n_heads, queries, keys], and what they came from, as far as that is known."""

    module: str
    weights: torch.Tensor
    masked: torch.Tensor | None = None  # [batch_size, n_heads, queries, keys]
    query: torch.Tensor | None = None  # [batch_size, n_heads, queries, d_head], scaled such that scores are QKᵀ/√d_head + bias
    key: torch.Tensor | None = None
    value: torch.Tensor | None = None
    bias: torch.Tensor | None = None  # [batch_size, n_heads, queries, keys]


class Recording:
    """The attention of one pass: `calls`, in their order."""

    def __init__(self, model):
        self.model, self.calls, self.inside = model, [], [""]

    def kinds(self, kinds=None):
        """The calls by kind. `kinds` maps names of modules, with `*`, to kinds; otherwise a module's name and what it attends to decide."""
        sorted_by_kind = {}
        for call in self.calls:
            given = (kind for pattern, kind in (kinds or {}).items() if fnmatch.fnmatchcase(call.module, pattern))
            sorted_by_kind.setdefault(next(given, None) or _kind_of_call(call), []).append(call)
        return sorted_by_kind

    def export(self, path, tokens, *, key_tokens=None, kinds=None, model=None, batch_index=0):
        """Writes it; `tokens`, `key_tokens` and `batch_index` as for `export`, `kinds` as for `Recording.kinds`."""
        if not self.calls:
            why = "was the model called within the `with` block? If its attention is a kernel of its own, name modules in `projections`"
            raise ValueError(f"nothing was recorded: {why}")
        records = []
        for kind, calls in self.kinds(kinds).items():
            shapes = sorted({tuple(call.weights.shape[1:]) for call in calls})
            if len(shapes) > 1:
                advice = "record one pass, without generate() and without a cache, or tell them apart with `kinds`"
                raise ValueError(f"{kind}: the calls have different shapes {shapes}: {advice}")
            weights = torch.stack([_example(call.weights, batch_index) for call in calls])
            masked = None
            if all(call.masked is not None for call in calls):
                masked = torch.stack([_example(call.masked, batch_index) for call in calls]).flatten(0, 1).all(0)
            of_kind = _Record(kind, weights, *_tokens_of(kind, tokens, key_tokens), masked)
            records.append(of_kind.with_projections(calls, batch_index))
        _write(path, records, self.model if model is None else model)


class _Calls(TorchFunctionMode):
    """Sees every call of a torch function; also keeps torch from its fused transformer layers, which are no such calls."""

    def __init__(self, recording):
        super().__init__()
        self.recording = recording

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function is F.multi_head_attention_forward:
            return self._module(*args, **kwargs)
        out = function(*args, **kwargs)
        with torch.no_grad():
            if function is SDPA:
                self._add(**_of_sdpa(*args, **kwargs))
            elif function in SOFTMAXES and out.dim() == 4 and (args[1] if len(args) > 1 else kwargs.get("dim")) in (-1, 3):
                scores = args[0] if args else kwargs["input"]
                self._add(weights=out.float(), masked=(out == 0) & (scores < -1000))
        return out

    def _module(self, *args, need_weights=True, average_attn_weights=True, **kwargs):
        """`nn.MultiheadAttention`, which passes all that is optional by name."""
        out, weights = F.multi_head_attention_forward(*args, need_weights=True, average_attn_weights=False, **kwargs)
        is_masked = kwargs.get("attn_mask") is not None or kwargs.get("key_padding_mask") is not None
        batched = weights.detach() if weights.dim() == 4 else weights.detach().unsqueeze(0)
        self._add(weights=batched.float(), masked=batched == 0 if is_masked else None)
        return out, (weights.mean(-3) if average_attn_weights else weights) if need_weights else None

    def _add(self, **what):
        self.recording.calls.append(Call(self.recording.inside[-1], **{name: None if t is None else t.detach() for name, t in what.items()}))


def _hook_name(recording, name, module):
    """Keeps the name of the module that computes, so that its calls are known by it."""

    def before(_module, _inputs):
        recording.inside.append(name)

    def after(_module, _inputs, _output):
        recording.inside.pop()

    return [module.register_forward_pre_hook(before), module.register_forward_hook(after)]


def _of_sdpa(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False):
    """The weights of `scaled_dot_product_attention`, before dropout, in float32. Its Boolean mask is true where a key is *seen*."""
    query, key, value = query.float(), key.float(), value.float()
    if query.dim() == 3:
        query, key, value = query.unsqueeze(0), key.unsqueeze(0), value.unsqueeze(0)
        attn_mask = attn_mask.unsqueeze(0) if attn_mask is not None and attn_mask.dim() == 3 else attn_mask
    groups = query.shape[-3] // key.shape[-3]
    if groups > 1:
        key, value = key.repeat_interleave(groups, -3), value.repeat_interleave(groups, -3)
    d_head = query.shape[-1]
    # Headlight divides scores by √d_head; another scale goes into the queries.
    if scale is not None:
        query = query * (scale * math.sqrt(d_head))
    shape = (*query.shape[:-1], key.shape[-2])
    masked, bias = torch.zeros(shape, dtype=torch.bool, device=query.device), None
    if is_causal:
        masked |= ~torch.ones(shape[-2:], dtype=torch.bool, device=query.device).tril()
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        masked |= ~attn_mask
    elif attn_mask is not None:
        added = attn_mask.float().expand(shape)
        masked |= added < -1e4
        bias = added.masked_fill(added < -1e4, 0)
    return {**_attend(query, key, masked, bias), "query": query, "key": key, "value": value, "bias": bias}


def _attend(query, key, masked, bias):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    scores = (scores if bias is None else scores + bias).masked_fill(masked, -math.inf)
    weights = scores.softmax(-1).masked_fill(masked.all(-1, keepdim=True), 0)  # a row that is masked whole is 0
    return {"weights": weights, "masked": masked}


def _hook_projections(recording, name, module, heads, causal, scale):
    """Hooks what gives Q and K in one module, and adds a call when it has both."""
    n_heads = heads or next((getattr(of, attribute) for of in (module, getattr(module, "config", None)) for attribute in HEADS if hasattr(of, attribute)), None)
    if n_heads is None:
        raise ValueError(f"{name}: say how many heads it has with `heads`")
    pair = next((pair for pair in APART if all(hasattr(module, part) for part in pair)), None)
    packed = next((part for part in PACKED if hasattr(module, part)), None)
    seen = {}

    def add(query, key):
        d_head = query.shape[-1] // n_heads
        query, key = (t.float().unflatten(-1, (-1, d_head)).transpose(-3, -2) for t in (query, key))
        key = key.repeat_interleave(n_heads // key.shape[-3], -3)  # fewer key heads than query heads
        query = query if scale is None else query * (scale * math.sqrt(d_head))
        masked = torch.zeros(*query.shape[:-1], key.shape[-2], dtype=torch.bool, device=query.device)
        if causal:
            masked |= ~torch.ones(masked.shape[-2:], dtype=torch.bool, device=query.device).tril()
        recording.calls.append(Call(name, **_attend(query, key, masked, None)))

    def one(part):
        def hook(_module, _inputs, output):
            seen[part] = output.detach()
            if len(seen) == 2:
                add(seen.pop(pair[0]), seen.pop(pair[1]))
        return hook

    if pair:
        return [getattr(module, part).register_forward_hook(one(part)) for part in pair]
    if packed:
        # Query, key and value one after another, all as wide. (GPT-NeoX packs them head by head, and BLOOM too: these need SDPA.)
        return [getattr(module, packed).register_forward_hook(lambda _module, _inputs, output: add(*output.detach().chunk(3, -1)[:2]))]
    raise ValueError(f"{name}: none of its parts is called {', '.join('/'.join(pair) for pair in APART)} or {', '.join(PACKED)}")


class _Record:
    def __init__(self, kind, weights, query_tokens, key_tokens, masked):
        queries, keys = weights.shape[-2:]
        for what, count, tokens in (("queries", queries, query_tokens), ("keys", keys, key_tokens)):
            if len(tokens) != count:
                raise ValueError(f"{kind}: {count} tokens are needed for its {what}, not {len(tokens)}")
        if not bool(torch.isfinite(weights).all()) or bool((weights < 0).any()):
            raise ValueError(f"{kind}: a weight is negative or not finite; are these attention weights after softmax?")
        self.kind, self.query_tokens, self.key_tokens = kind, list(map(str, query_tokens)), list(map(str, key_tokens))
        self.tensors = {kind: weights}
        self.mask = None if masked is None else _mask_cells(masked & (weights == 0).flatten(0, 1).all(0))

    def with_projections(self, calls, batch_index):
        """With Q, K and V, if all layers have them and what was added to their scores is the same in all."""
        if any(call.query is None for call in calls) or len({(call.query.shape, call.value.shape) for call in calls}) > 1:
            return self
        biases = [None if call.bias is None or not bool(call.bias.any()) else _example(call.bias, batch_index) for call in calls]
        if any((bias is None) != (biases[0] is None) or bias is not None and not torch.equal(bias, biases[0]) for bias in biases):
            return self
        for part in ("query", "key", "value"):
            self.tensors[f"{self.kind}.{part}"] = torch.stack([_example(getattr(call, part), batch_index) for call in calls])
        if biases[0] is not None:
            self.tensors[f"{self.kind}.bias"] = biases[0]
        return self


def _mask_cells(masked):
    """Headlight's names: `causal` is a key after its query, `padding` a key that nobody sees, `masked` any other that is masked."""
    queries, keys = masked.shape
    later = ~torch.ones(queries, keys, dtype=torch.bool).tril(keys - queries)
    masked = masked.cpu()
    nobody = masked.all(0).expand_as(masked)
    cells = torch.where(masked & nobody, 2, torch.where(masked & later, 1, 3 * masked.long()))
    return [["visible", "causal", "padding", "masked"][cell] for cell in cells.flatten().tolist()]


def _example(tensor, batch_index):
    tensor = tensor.detach()
    return tensor[batch_index] if tensor.dim() == 4 else tensor


def _causal_if_zero(weights):
    queries, keys = weights.shape[-2:]
    later = ~torch.ones(queries, keys, dtype=torch.bool, device=weights.device).tril(keys - queries)
    return later if keys > 1 and not bool(weights[..., later].any()) else None


def _kind_of(layers, key_tokens):
    if key_tokens is not None or layers[0].shape[-2] != layers[0].shape[-1]:
        return "cross"
    return "encoder_self" if _causal_if_zero(torch.stack(layers)) is None else "decoder_self"


def _kind_of_call(call):
    name = call.module.lower()
    queries, keys = call.weights.shape[-2:]
    if any(word in name for word in ("cross", "encoder_attn", "encdec", "enc_dec", "multihead_attn")):
        return "cross"
    if "encoder" in name.replace("encoder_decoder", ""):
        return "encoder_self"
    if queries != keys and "decoder" not in name:
        return "cross"
    return "decoder_self" if "decoder" in name or _causal_if_zero(call.weights) is not None else "encoder_self"


def _tokens_of(kind, tokens, key_tokens):
    """Queries' and keys'. The encoder's are `key_tokens` where there are both."""
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of attention: {', '.join(KINDS)}")
    encoder = tokens if key_tokens is None else key_tokens
    return {"encoder_self": (encoder, encoder), "decoder_self": (tokens, tokens), "cross": (tokens, encoder)}[kind]


def _write(path, records, model):
    heads = [{"kind": r.kind, "query_tokens": r.query_tokens, "key_tokens": r.key_tokens, "origin": {"task": "", "model": model, "step": None},
              **({} if r.mask is None else {"mask": r.mask})} for r in records]
    described = {"version": 1, "records": heads}
    header = {"__metadata__": {"headlight": json.dumps(described, ensure_ascii=False, separators=(",", ":"))}}
    tensors, end = [], 0
    for name, tensor in (item for record in records for item in record.tensors.items()):
        tensors.append(tensor.detach().to("cpu", torch.float32).contiguous())
        start, end = end, end + 4 * tensor.numel()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [start, end]}
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    unfinished = f"{os.fspath(path)}.unfinished"
    with open(unfinished, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors:
            file.write(ctypes.string_at(tensor.data_ptr(), 4 * tensor.numel()))
    os.replace(unfinished, path)
