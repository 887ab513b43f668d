"""Makes a directory that `headlight attend` opens from the model in PyPI's rxnmapper 0.4 (ALBERT on chemical reactions; Schwaller et al., 2021).

    pip install torch safetensors tokenizers
    pip download --no-deps rxnmapper==0.4.3 && unzip rxnmapper-*.whl -d rxnmapper
    python rxnmapper_directory.py rxnmapper/rxnmapper/models/transformers/albert_heads_8_uspto_all_1310k reactions

The package has its tokenizer in Python: SMILES are split by a regular expression, and each piece is looked up in vocab.txt. This writes the
same as tokenizer.json, and the parameters as safetensors.
"""

import shutil
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors

# SMI_REGEX_PATTERN of rxnmapper/smiles_utils.py: an atom in brackets, an atom, a bond, a ring, …
PIECE = r"(\[[^\]]+]|Br?|Cl?|N|O|S|P|F|I|b|c|n|o|s|p|\(|\)|\.|=|#|-|\+|\\|\/|:|~|@|\?|>>?|\*|\$|\%[0-9]{2}|[0-9])"

source, out = map(Path, sys.argv[1:])
out.mkdir(parents=True)
shutil.copy(source / "config.json", out)
parameters = torch.load(source / "pytorch_model.bin", map_location="cpu", weights_only=True)
# Some share their memory, which safetensors refuses.
save_file({name: tensor.clone() for name, tensor in parameters.items()}, out / "model.safetensors", metadata={"format": "pt"})

words = (source / "vocab.txt").read_text(encoding="utf-8").splitlines()
vocabulary = {word: at for at, word in enumerate(words)}
tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(PIECE), "removed", invert=True)
tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
ends = [(token, vocabulary[token]) for token in ("[CLS]", "[SEP]")]
tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ends)
tokenizer.save(str(out / "tokenizer.json"))
