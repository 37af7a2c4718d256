"""A small world in which people have a taste, so that examples can be held to finding it.

Four groups of people and four groups of items; people like items of their own group, popular ones more often.
Nothing is drawn at random from outside: the same files come out everywhere.
"""

import itertools
import struct

GROUPS, PEOPLE, ITEMS = 4, 120, 400
HISTORY, HELD_OUT = 30, 6


def numbers(seed):
    """A plain congruential generator, in 0..1: good enough to choose films, and the same in any Python."""
    state = seed
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield (state >> 40) / 2**24


def histories():
    """For each person, items in the order in which they were liked."""
    draw = numbers(7)
    own = ITEMS // GROUPS
    for person in range(PEOPLE):
        group, liked = person % GROUPS, []
        while len(liked) < HISTORY + HELD_OUT:
            rank = int(own * next(draw) ** 2)
            home = group if next(draw) < 0.9 else int(GROUPS * next(draw))
            item = rank * GROUPS + home
            if item not in liked:
                liked.append(item)
        yield person, liked


def write_split(folder):
    """`train.txt`, `test.txt` and `sequences.txt`: `user item item …` a line."""
    paths = {name: folder / f"{name}.txt" for name in ("train", "test", "sequences")}
    with paths["train"].open("w") as train, paths["test"].open("w") as test, paths["sequences"].open("w") as all_:
        for person, liked in histories():
            print(person, *liked[:HISTORY], file=train)
            print(person, *liked[HISTORY:], file=test)
            print(person, *liked, file=all_)
    return paths


def write_tables(folder):
    """`ratings.tsv` and `items.tsv`, with the columns of data/movielens-small."""
    ratings, items = folder / "ratings.tsv", folder / "items.tsv"
    clock = itertools.count(1_400_000_000, 3_601)
    by_time = itertools.zip_longest(*([(p, i) for i in liked] for p, liked in histories()))
    rows = [(*row, next(clock)) for step in by_time for row in step]
    with ratings.open("w") as out:
        print("user", "item", "rating", "timestamp", sep="\t", file=out)
        for person, item, at in rows:
            print(person + 1, item + 1, 4.5, at, sep="\t", file=out)
    with items.open("w") as out:
        print("item", "title", "year", "genres", sep="\t", file=out)
        for item in sorted({item for _, item, _ in rows}):
            print(item + 1, f"Item {item + 1}", 1980 + item % 35, f"Group {item % GROUPS}", sep="\t", file=out)
    return ratings, items


def write_vectors(folder, count=300, queries=30, width=7, near=8):
    """Vectors, queries and the exact nearest under squared distance, as .npy and as .fvecs and .ivecs."""
    draw = numbers(11)
    base, query = ([[next(draw) for _ in range(width)] for _ in range(rows)] for rows in (count, queries))

    def distance(a, b):
        return sum((x - y) ** 2 for x, y in zip(a, b))

    truth = [sorted(range(count), key=lambda row: distance(base[row], one))[:near] for one in query]
    paths = {}
    for name, rows, kind, suffix in (("base", base, "f", "fvecs"), ("query", query, "f", "fvecs"), ("truth", truth, "i", "ivecs")):
        plain, counted = folder / f"{name}.npy", folder / f"{name}.{suffix}"
        header = f"{{'descr': '<{kind}4', 'fortran_order': False, 'shape': ({len(rows)}, {len(rows[0])}), }}".encode()
        header += b" " * (63 - (len(header) + 10) % 64) + b"\n"
        cells = [struct.pack(f"<{len(row)}{kind}", *row) for row in rows]
        plain.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + b"".join(cells))
        counted.write_bytes(b"".join(struct.pack("<i", len(row)) + cell for row, cell in zip(rows, cells)))
        paths[f"{name}.npy"], paths[f"{name}.vecs"] = plain, counted
    return paths


def write_completions(folder):
    """`entries.tsv`, `keystrokes.tsv`, `bare.tsv` (without targets) and `typos.tsv`: heavy texts among light ones that
    begin alike, and some that are the same once folded."""
    rooms, things = ("living room", "Kitchen", "garden", "b\u00e9b\u00e9", "\u6771\u4eac"), ("ideas", "colours", "plants", "lamp", "shelf")
    entries = [(f"{room} {thing} {n}", 1 + n % 9) for room in rooms for thing in things for n in range(40)]
    wanted = [(f"{room} {thing}", 500 + 10 * number) for number, (room, thing) in enumerate(itertools.product(rooms, things))]
    again = [(text.upper(), weight // 2) for text, weight in wanted[::3]]
    paths = {name: folder / f"{name}.tsv" for name in ("entries", "keystrokes", "bare", "typos")}
    with paths["entries"].open("w", encoding="utf-8") as out:
        for text, weight in entries + wanted + again:
            print(text, weight, sep="\t", file=out)
    typed = [(text[:length], text) for text, _ in wanted for length in range(1, 9)]
    wrong = [(text[:cut] + text[cut + 1:8], text) for text, _ in wanted for cut in range(1, 4)]
    for name, rows in (("keystrokes", typed), ("bare", [row[:1] for row in typed]), ("typos", wrong)):
        with paths[name].open("w", encoding="utf-8") as out:
            for row in rows:
                print(*row, sep="\t", file=out)
    return paths
