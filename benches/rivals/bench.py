#!/usr/bin/env python3
"""Recall and speed of the Python peers, in the rows that `cargo run --example ann_bench` prints.

    bench.py --base B.npy --query Q.npy --truth T.npy --metric cosine|l2|ip --index NAME[,NAME] --k 10 --threads N \\
             [--batch] [--cache DIR] --json

One query a call, each call timed; with --batch one call for all queries. Speed is the median of three passes over the
queries, after one that isn't timed. A build has two threads, whatever --threads says. `bytes` is what the index takes
when saved. With --cache an index that was built before is loaded, and its build time is the one noted then.
"""

import argparse
import json
import os
import sys
import tempfile
import time

BUILD_THREADS, PASSES, ENOUGH = 2, 3, 0.9975


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base")
    parser.add_argument("--query")
    parser.add_argument("--truth")
    parser.add_argument("--metric", choices=["cosine", "l2", "ip"], default="cosine")
    parser.add_argument("--index", default="hnswlib")
    parser.add_argument("--k", type=int, default=10)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", action="store_true")
    parser.add_argument("--cache", metavar="DIR")
    parser.add_argument("--json", action="store_true", help="rows only; without it the same rows")
    parser.add_argument("--list", action="store_true")
    return parser, parser.parse_args()


def unit(rows):
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-30)


def size_of(path):
    if os.path.isdir(path):
        return sum(entry.stat().st_size for entry in os.scandir(path))
    return os.path.getsize(path)


def built(name, base, metric, folder):
    """The peer, its build seconds and its bytes; from `folder` if it is there."""
    peer = PEERS[name]()
    path = os.path.join(folder, f"{name}-{metric}-{base.shape[0]}x{base.shape[1]}")
    if os.path.exists(path + ".json"):
        with open(path + ".json") as file:
            noted = json.load(file)
        peer.load(path, base.shape[1], metric)
        return peer, noted["build_s"], noted["bytes"]
    start = time.perf_counter()
    peer.build(base, metric, BUILD_THREADS)
    build_s = time.perf_counter() - start
    peer.save(path)
    noted = {"build_s": round(build_s, 2), "bytes": size_of(path)}
    with open(path + ".json", "w") as file:
        json.dump(noted, file)
    return peer, noted["build_s"], noted["bytes"]


def pass_over(peer, queries, k, batch):
    """Keys, seconds in all and seconds of each call of one pass."""
    if batch:
        start = time.perf_counter()
        keys = peer.many(queries, k)
        return keys, time.perf_counter() - start, None
    keys, calls = [], np.empty(len(queries))
    rows = [queries[row : row + 1] for row in range(len(queries))]
    begin = time.perf_counter()
    for row, query in enumerate(rows):
        start = time.perf_counter()
        keys.append(peer.one(query, k))
        calls[row] = time.perf_counter() - start
    return keys, time.perf_counter() - begin, calls


def recall_of(keys, truth, k):
    found = sum(len(set(map(int, row[:k])) & set(best)) for row, best in zip(keys, truth[:, :k].tolist()))
    return found / (len(keys) * k)


def measure(peer, queries, truth, options):
    keys, _, _ = pass_over(peer, queries, options.k, options.batch)
    recall = recall_of(keys, truth, options.k)
    runs = [pass_over(peer, queries, options.k, options.batch) for _ in range(PASSES)]
    seconds = float(np.median([run[1] for run in runs]))
    each = seconds / len(queries) if options.batch else float(np.median([np.median(run[2]) for run in runs]))
    return {"recall": round(recall, 4), "qps": round(len(queries) / seconds, 1), "p50_us": round(each * 1e6, 2)}


def main():
    metric = "l2" if options.metric == "l2" else "ip"
    base, query = (np.ascontiguousarray(np.load(path), np.float32) for path in (options.base, options.query))
    truth = np.load(options.truth)[: len(query)]
    if options.metric == "cosine":
        base, query = unit(base), unit(query)
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.cache or scratch
        os.makedirs(folder, exist_ok=True)
        for name in options.index.split(","):
            peer, build_s, size = built(name, base, metric, folder)
            for setting in peer.sweep():
                if setting.get("ef", options.k) < options.k:
                    continue
                peer.set(setting, options.threads)
                row = {"index": name, "params": setting, "build_s": build_s, "bytes": size}
                row |= measure(peer, query, truth, options) | {"batched": options.batch}
                print(json.dumps(row), flush=True)
                if row["recall"] >= ENOUGH:
                    break


if __name__ == "__main__":
    parser, options = arguments()
    # Read by OpenMP and OpenBLAS when they are loaded, hence before the imports.
    os.environ["OMP_NUM_THREADS"] = str(BUILD_THREADS)
    for stale in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        os.environ.pop(stale, None)
    import numpy as np

    from peers import PEERS

    if options.list:
        sys.exit(print("\n".join(PEERS)))
    missing = [part for part in ("base", "query", "truth") if getattr(options, part) is None]
    unknown = [name for name in options.index.split(",") if name not in PEERS]
    if missing or unknown:
        parser.error(f"--{missing[0]} is needed" if missing else f"no index {unknown[0]}; --list names them")
    main()
