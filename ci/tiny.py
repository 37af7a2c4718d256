"""A small world in which people have a taste, so that examples can be held to finding it.

Four groups of people and four groups of items; people like items of their own group, popular ones more often.
Nothing is drawn at random from outside: the same files come out everywhere.
"""

import itertools

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
