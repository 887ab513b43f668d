#!/usr/bin/env python3
"""What transformers computes with the heads that `golden_families.py` has no case for: labels of BERT and its relatives, one score, and no head.

    python golden_heads.py OUT      (torch, transformers 5, safetensors)

Each case is a folder NAME-label, NAME-score or NAME-nothing: config.json and model.safetensors (save_pretrained), golden.safetensors with the inputs,
and in 64 bits the logits [batch, labels] or the last hidden states [batch, length, width].
"""
import os, sys
os.environ["HF_HUB_OFFLINE"] = "1"
import torch
from safetensors.torch import save_file
import transformers as T

OUT = sys.argv[1]
SIZES = dict(hidden_size=8, num_attention_heads=2, num_hidden_layers=1, intermediate_size=12, vocab_size=20, max_position_embeddings=12)
DISTIL = dict(dim=8, n_heads=2, n_layers=1, hidden_dim=12, vocab_size=20, max_position_embeddings=12)
LABELS = dict(id2label={0: "no", 1: "perhaps", 2: "yes"}, label2id={"no": 0, "perhaps": 1, "yes": 2})
CONFIGS = {
    "bert": (T.BertConfig, SIZES, T.BertForSequenceClassification, T.BertModel),
    "roberta": (T.RobertaConfig, SIZES | dict(pad_token_id=1, type_vocab_size=1), T.RobertaForSequenceClassification, T.RobertaModel),
    "distilbert": (T.DistilBertConfig, DISTIL, T.DistilBertForSequenceClassification, T.DistilBertModel),
    "albert": (T.AlbertConfig, SIZES | dict(embedding_size=4), T.AlbertForSequenceClassification, T.AlbertModel),
}

def case(name, model, seed):
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=draw) * 0.6)
    folder = os.path.join(OUT, name)
    model.eval().save_pretrained(folder)
    ids = torch.randint(5, 20, (2, 6), generator=draw)
    mask = torch.ones(2, 6, dtype=torch.long)
    mask[1, 4:], ids[1, 4:] = 0, model.config.pad_token_id
    with torch.no_grad():
        out = model.double()(input_ids=ids, attention_mask=mask)
    expected = out.logits if hasattr(out, "logits") else out.last_hidden_state
    save_file({"in.input_ids": ids, "in.attention_mask": mask, "logits.f64": expected.contiguous()}, os.path.join(folder, "golden.safetensors"))

for seed, (name, (config, sizes, labels, nothing)) in enumerate(CONFIGS.items()):
    case(f"{name}-label", labels(config(**sizes, **LABELS)), seed)
    case(f"{name}-nothing", nothing(config(**sizes)), seed + 100)
case("bert-score", T.BertForSequenceClassification(T.BertConfig(**SIZES, num_labels=1)), 200)
