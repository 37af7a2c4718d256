#!/usr/bin/env python3
"""make_words_multiscript.py OUT_DIR: 6.6 million words of many scripts with frequencies, and typing errors in them.

The words are all "large" lists of the PyPI package wordfreq (data under CC BY-SA 4.0: for measuring, not to be passed
on with this project), joined; a word of several languages has its largest frequency. Writes

* words.tsv.gz: word, occurrences per 10^11 words, sorted by the bytes of the word;
* typos.tsv.gz: 4,000 rows of typo and word: the first 5 to 12 characters with one random error (a character replaced,
  left out, added, or two exchanged), the new character from the words of the same script; half of the words drawn by
  frequency, half evenly;
* prefixes.tsv.gz: 16,000 rows of prefix and word: the first 1 to 8 characters, drawn in the same two ways.

Standard library only; needs pip, the network, and 3 GB of memory. Takes about three minutes.
"""

import bisect
import collections
import glob
import gzip
import itertools
import os
import random
import struct
import subprocess
import sys
import tempfile
import unicodedata
import zipfile

PACKAGE = "wordfreq==3.1.1"
SEED, TYPOS, PREFIXES = 42, 4_000, 16_000


def unpack(blob):
    """Values of a MessagePack document that is made of arrays, maps, strings and integers."""
    at = 0

    def take(size):
        nonlocal at
        at += size
        return blob[at - size : at]

    def number(form):
        return struct.unpack(">" + form, take(struct.calcsize(form)))[0]

    def value():
        tag = take(1)[0]
        if tag < 0x80:
            return tag
        if tag < 0x90:
            return {value(): value() for _ in range(tag & 15)}
        if tag < 0xA0:
            return [value() for _ in range(tag & 15)]
        if tag < 0xC0:
            return take(tag & 31).decode()
        if tag >= 0xE0:
            return tag - 256
        sizes = {0xC4: "B", 0xC5: "H", 0xC6: "I", 0xD9: "B", 0xDA: "H", 0xDB: "I"}
        if tag in sizes:
            return take(number(sizes[tag])).decode()
        if tag in (0xDC, 0xDD):
            return [value() for _ in range(number("H" if tag == 0xDC else "I"))]
        if tag in (0xDE, 0xDF):
            return {value(): value() for _ in range(number("H" if tag == 0xDE else "I"))}
        numbers = {0xCA: "f", 0xCB: "d", 0xCC: "B", 0xCD: "H", 0xCE: "I", 0xCF: "Q"}
        numbers |= {0xD0: "b", 0xD1: "h", 0xD2: "i", 0xD3: "q"}
        return number(numbers[tag])

    return value()


def words():
    """Word to occurrences per 10^11. A list is a header and, for each centibel of rarity, the words of it."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, PACKAGE]
        subprocess.run(pip, check=True)
        (wheel,) = glob.glob(os.path.join(folder, "*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            lists = [name for name in archive.namelist() if "/large_" in name and name.endswith(".msgpack.gz")]
            for name in sorted(lists):
                _, *buckets = unpack(gzip.decompress(archive.read(name)))
                for centibels, bucket in enumerate(buckets):
                    count = max(1, round(10 ** (11 - centibels / 100)))
                    for word in bucket:
                        if count > found.get(word, 0) and not any(c.isspace() for c in word):
                            found[word] = count
                print(f"{name}: {len(found):,} words", file=sys.stderr)
    return found


def script(character):
    """The first word of its name: LATIN, CYRILLIC, ARABIC, CJK."""
    return unicodedata.name(character, "?").split(" ")[0]


def draw(rows, count, source):
    """Half by frequency, half evenly."""
    sums = list(itertools.accumulate(weight for _, weight in rows))
    for _ in range(count // 2):
        yield rows[bisect.bisect(sums, source.random() * sums[-1])][0]
    for _ in range(count // 2):
        yield source.choice(rows)[0]


def typos(rows, source):
    letters = collections.defaultdict(set)
    for word, _ in rows[:: max(1, len(rows) // 200_000)]:
        for character in word:
            letters[script(character)].add(character)
    letters = {name: sorted(characters) for name, characters in letters.items()}
    rows = [row for row in rows if len(row[0]) > 4]
    for word in draw(rows, TYPOS, source):
        prefix = word[: source.randint(5, 12)]
        wrong = prefix
        while wrong == prefix or word.startswith(wrong):
            at = source.randrange(len(prefix) - 1)
            first, rest = prefix[:at], prefix[at:]
            new = source.choice(letters.get(script(rest[0]), rest[0]))
            wrong = source.choice(
                [first + new + rest[1:], first + rest[1:], first + new + rest, first + rest[1] + rest[0] + rest[2:]]
            )
            if len(set(prefix)) == 1:
                wrong = first + new + rest[1:]
        yield f"{wrong}\t{word}"


def prefixes(rows, source):
    for word in draw(rows, PREFIXES, source):
        yield f"{word[: source.randint(1, 8)]}\t{word}"


def write(path, lines):
    with open(path, "wb") as file, gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=6, mtime=0) as out:
        count = 0
        for line in lines:
            out.write(f"{line}\n".encode())
            count += 1
    print(f"{path}: {count:,} rows", file=sys.stderr)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: make_words_multiscript.py OUT_DIR")
    out = sys.argv[1]
    os.makedirs(out, exist_ok=True)
    # Code points are in the order of their UTF-8 bytes.
    rows = sorted(words().items())
    write(os.path.join(out, "words.tsv.gz"), (f"{word}\t{count}" for word, count in rows))
    write(os.path.join(out, "typos.tsv.gz"), typos(rows, random.Random(SEED)))
    write(os.path.join(out, "prefixes.tsv.gz"), prefixes(rows, random.Random(SEED + 1)))


if __name__ == "__main__":
    main()
