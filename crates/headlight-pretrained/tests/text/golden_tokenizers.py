"""Tiny tokenizers of every kind that Headlight reads, and what Hugging Face's own classes make of texts with them.

    python golden_tokenizers.py goldens

Made with transformers 5.24, tokenizers 0.23.3 and sentencepiece 0.2.3. Each folder holds a tokenizer's files, as a model's
directory has them, and `golden.json`: for each text its token numbers, segments, the tokens as the vocabulary spells them,
and the numbers decoded again. A long text is kept as its length and a checksum.
"""

import json
import pathlib
import shutil
import sys
import unicodedata
import warnings

import sentencepiece
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer

warnings.filterwarnings("ignore")

CORPUS = """the cat sat on the mat and the dog sat by the door
a quick brown fox jumps over the lazy dog while the cat is sleeping
the cats are playing, the dogs were running; nobody isn't looking at them!
reading and writing are learned by reading and by writing, again and again
in 1984 there were 12 cats, 365 dogs and 2048 mice in the old house
naïve café owners in München play déjà vu every Übermorgen
le chat est assis sur le tapis et le chien dort devant la porte
我们 喜欢 猫 和 狗 中文 分词 今天 天气 很 好
hello world, hello again, hello there, the world is round
""".splitlines() * 4

TEXTS = [
    "The cat sat on the mat.",
    "hello   world ",
    " leading space",
    "",
    " ",
    "Reading and writing, again & again!",
    "It isn't nobody's; they're looking at THEM?",
    "naïve café, déjà vu",
    "nai\u0308ve cafe\u0301 decomposed",
    "我们喜欢猫。今天天气很好",
    "cat猫dog狗",
    "smile 😀 family 👨‍👩‍👧 flag 🇫🇷",
    "zero\u200bwidth and \u202eturned",
    "tabs\tand\nlines\r\n\r\nend",
    "ｆｕｌｌ width ﬁsh ½",
    "In 1984: 2048 mice, 3.14, -7",
    "[CLS] the [MASK] sat </s> on <mask> <s> <|endoftext|> <unk> it",
    "▁under ▁▁score _ __",
    "supercalifragilisticexpialidocious" * 4,
    "नमस्ते مرحبا שלום ไทย",
    "\u0000nul \u0007bell \ufffd \ufeff",
]
PAIRS = [("the cat sat", "on the mat"), ("hello world", " "), ("", "猫 and dogs"), ("a. b", " c")]
LONG = ("the cat sat on the mat, 猫 😀 déjà vu. ", 300)


def checksum(ids):
    value = 0
    for number in ids:
        value = (value * 31 + number + 1) % 1_000_003
    return value


def plain(text):
    """What ALBERT makes of a text before SentencePiece sees it."""
    text = unicodedata.normalize("NFKD", text.replace("``", '"').replace("''", '"'))
    return "".join(letter for letter in text if not unicodedata.combining(letter)).lower()


def golden(tokenizer, exact=None):
    """`exact` is what SentencePiece itself makes of a text, where transformers 5's class only comes near it: it takes line
    ends and `▁` in a text for spaces, and cuts at what the user defined before it adds the space at the beginning."""
    named = [token for token in tokenizer.special_tokens_map.values() if isinstance(token, str)]

    def one(text, second):
        given = (text,) if second is None else (text, second)
        encoding = tokenizer(*given, return_token_type_ids=True, truncation=False, padding=False)
        ids = encoding["input_ids"]
        if exact and second is None and not any(token in text for token in named):
            ids = exact(text)
            encoding["token_type_ids"] = [0] * len(ids)
        # Marian's class has no segments of its own: the default counts the first text's tokens one too many.
        segments = None if second is not None and not tokenizer.is_fast else encoding["token_type_ids"]
        return {
            "text": text,
            "second": second,
            "ids": ids,
            "segments": segments,
            "tokens": tokenizer.convert_ids_to_tokens(ids),
            "decoded": tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=None),
        }

    examples = [one(text, None) for text in TEXTS] + [one(*pair) for pair in PAIRS]
    text, times = LONG
    ids = tokenizer(text * times, truncation=False, padding=False)["input_ids"]
    return {
        "examples": examples,
        "long": {"text": text, "times": times, "n_tokens": len(ids), "checksum": checksum(ids)},
        "mask_token": tokenizer.mask_token_id,
        "special": sorted({tokenizer.convert_tokens_to_ids(token) for token in named}),
    }


def write(folder, files, config, target=False, exact=None):
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    (folder / "tokenizer_config.json").write_text(json.dumps(config, ensure_ascii=False, indent=1))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    found = golden(tokenizer, exact)
    if target:
        found["targets"] = [
            {"text": text, "ids": tokenizer(text_target=text)["input_ids"]} for text in TEXTS
        ]
    (folder / "golden.json").write_text(json.dumps(found, ensure_ascii=False, separators=(",", ":")))
    print(folder.name, type(tokenizer).__name__, len(tokenizer))


def word_pieces():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    trainer = trainers.WordPieceTrainer(vocab_size=420, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    tokenizer.train_from_iterator(CORPUS + [line.lower() for line in CORPUS], trainer)
    return tokenizer


def byte_pairs(special, size=420):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=special, initial_alphabet=sorted(alphabet))
    tokenizer.train_from_iterator(CORPUS, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    merges = "#version: 0.2\n" + "".join(f"{left} {right}\n" for left, right in model["merges"])
    return tokenizer, {"vocab.json": json.dumps(model["vocab"], ensure_ascii=False), "merges.txt": merges}


def pieces(scratch, **options):
    """A SentencePiece model with a small normaliser of its own: the usual one has 240 kB."""
    rules = scratch / "rules.tsv"
    wide = [(code, code - 0xFEE0) for code in range(0xFF01, 0xFF5F)]
    lines = [f"{source:X}\t{target:X}" for source, target in wide] + ["FB01\t66 69", "BD\t31 2F 32", "65 301\tE9", "200B\t", "9\t20", "A\t20"]
    rules.write_text("\n".join(lines) + "\n")
    corpus = scratch / "corpus.txt"
    corpus.write_text("\n".join(CORPUS))
    defaults = dict(model_type="unigram", vocab_size=220, normalization_rule_tsv=str(rules), hard_vocab_limit=False, character_coverage=1.0)
    sentencepiece.SentencePieceTrainer.train(input=str(corpus), model_prefix=str(scratch / "pieces"), minloglevel=2, **{**defaults, **options})
    return (scratch / "pieces.model").read_bytes()


def marian(scratch):
    source = pieces(scratch, vocab_size=200)
    target = pieces(scratch, vocab_size=180, model_type="bpe")
    names = ["</s>", "<unk>", ">>fra<<", ">>deu<<"]
    for model in (source, target):
        processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        names += [processor.id_to_piece(number) for number in range(processor.get_piece_size())]
    names = list(dict.fromkeys(name for name in names if name != "<s>")) + ["<pad>"]
    vocab = json.dumps({name: number for number, name in enumerate(names)}, ensure_ascii=False)
    return {"source.spm": source, "target.spm": target, "vocab.json": vocab}


def main(out):
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    scratch = out / "scratch"
    scratch.mkdir()

    words = word_pieces()
    vocab = sorted(words.get_vocab(), key=words.get_vocab().get)
    lines = "\n".join(vocab) + "\n"
    write(out / "bert", {"vocab.txt": lines}, {"tokenizer_class": "BertTokenizer"})
    cased = {"tokenizer_class": "BertTokenizer", "do_lower_case": False, "tokenize_chinese_chars": False, "strip_accents": False}
    write(out / "bert_cased", {"vocab.txt": lines}, cased)

    end = "<|endoftext|>"
    gpt2, files = byte_pairs([end])
    write(out / "gpt2", files, {"tokenizer_class": "GPT2Tokenizer"})
    config = {"tokenizer_class": "Qwen2Tokenizer", "eos_token": "<|im_end|>", "pad_token": end, "unk_token": None,
              "added_tokens_decoder": {str(len(gpt2.get_vocab()) + at): {"content": token, "special": True, "normalized": False,
              "lstrip": False, "rstrip": False, "single_word": False} for at, token in enumerate(["<|im_start|>", "<|im_end|>"])}}
    write(out / "qwen2", files, config)
    write(out / "gpt_neox", files, {"tokenizer_class": "GPTNeoXTokenizer", "add_prefix_space": True, "pad_token": end})
    _, files = byte_pairs(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    mask = {"content": "<mask>", "lstrip": True, "rstrip": False, "normalized": False, "single_word": False, "special": True, "__type": "AddedToken"}
    write(out / "roberta", files, {"tokenizer_class": "RobertaTokenizer", "mask_token": mask})
    opt = {"tokenizer_class": "GPT2Tokenizer", "bos_token": "</s>", "eos_token": "</s>", "unk_token": "</s>", "pad_token": "<pad>", "add_bos_token": True}
    write(out / "opt", files, opt)
    _, files = byte_pairs([end])
    extra = ["<|startoftranscript|>", "<|en|>", "<|fr|>", "<|translate|>", "<|transcribe|>", "<|notimestamps|>"]
    added = {token: 420 + at for at, token in enumerate(extra)}
    write(out / "whisper", {**files, "added_tokens.json": json.dumps(added)},
          {"tokenizer_class": "WhisperTokenizer", "additional_special_tokens": extra})

    write(out / "marian", marian(scratch), {"tokenizer_class": "MarianTokenizer"}, target=True)
    model = pieces(scratch, pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    exact = sentencepiece.SentencePieceProcessor(model_proto=model)
    write(out / "t5", {"spiece.model": model}, {"tokenizer_class": "T5Tokenizer"},
          exact=lambda text: exact.encode(text) + [exact.eos_id()])
    model = pieces(scratch, pad_id=0, unk_id=1, bos_id=-1, eos_id=-1, control_symbols=["[CLS]", "[SEP]", "[MASK]"], user_defined_symbols=["(", ")", "-"])
    albert = sentencepiece.SentencePieceProcessor(model_proto=model)
    write(out / "albert", {"spiece.model": model}, {"tokenizer_class": "AlbertTokenizer"},
          exact=lambda text: [albert["[CLS]"], *albert.encode(plain(text)), albert["[SEP]"]])
    llama = dict(model_type="bpe", vocab_size=480, byte_fallback=True, normalization_rule_name="identity", normalization_rule_tsv="",
                 remove_extra_whitespaces=False, split_digits=True)
    model = pieces(scratch, **llama)
    write(out / "llama", {"tokenizer.model": model}, {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "legacy": False})

    words.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(token, words.token_to_id(token)) for token in ("[CLS]", "[SEP]")])
    words.decoder = decoders.WordPiece()
    words.enable_truncation(8)
    words.enable_padding(length=8, pad_token="[PAD]", pad_id=0)
    special = {f"{name}_token": f"[{name.upper()}]" for name in ("cls", "sep", "pad", "unk", "mask")}
    write(out / "json_word_piece", {"tokenizer.json": words.to_str()}, {"tokenizer_class": "PreTrainedTokenizerFast", **special})
    gpt2.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    gpt2.decoder = decoders.ByteLevel()
    gpt2.post_processor = processors.ByteLevel(trim_offsets=False)
    write(out / "json_byte_level", {"tokenizer.json": gpt2.to_str()}, {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": end})
    for name in ("llama", "t5"):
        tokenizer = AutoTokenizer.from_pretrained(out / name)
        write(out / f"json_{name}", {"tokenizer.json": tokenizer.backend_tokenizer.to_str()}, {"tokenizer_class": "PreTrainedTokenizerFast"})
    shutil.rmtree(scratch)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
