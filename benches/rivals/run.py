#!/usr/bin/env python3
"""Remakes the table of docs/benchmarks/ann.md: our indexes and the peers, in interleaved rounds.

    run.py --glove DIR --minilm DIR [--rounds 3] [--only NAMES] [--rivals NAMES]

DIR holds base.npy, query.npy and truth.npy (make_minilm384.py writes the second; cosine is asked for in both). --only
names our indexes, --rivals the peers (hnswlib is always among them); an empty name list is allowed. Each index runs in
a process of its own, first one query a call, then batched, one thread; a round is all of them once. What a setting
shows is its median over the rounds. Speed at a recall is interpolated, log-linear, on the Pareto curve. A ratio is to
the faster of hnswlib's two modes in the same run, so that what a call from Python costs is never in our favour.
Indexes of the Python peers are kept for later rounds; the slowest builds run in the first round only.
"""

import argparse
import datetime
import json
import math
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PAGE, ROWS = ROOT / "docs/benchmarks/ann.md", ROOT / "docs/benchmarks/rows"
BEGIN, END = "<!-- rivals: begin (written by benches/rivals/run.py) -->", "<!-- rivals: end -->"
OURS = "hnsw,hnsw-f16,hnsw-sq8,ivf-flat,ivf-pq,ivf-pq-refine"
PYTHON = "hnswlib,faiss-hnswflat,faiss-ivfflat,faiss-ivfpqfs-r,scann,scann-soar,rabitq-symqg,rabitq-ivf,usearch"
RUST = "hnsw_rs,instant-distance,vicinity,usearch-rs,diskann"
RUST_FEATURES = {"hnsw_rs": "hnsw_rs", "instant-distance": "instant-distance", "vicinity": "vicinity",
                 "usearch-rs": "usearch", "diskann": "diskann"}
ONCE = {"hnsw_rs", "instant-distance", "vicinity"}
RECALLS = (0.90, 0.95, 0.99)
ROWS_LIMIT = 200_000
PROCESS_LIMIT_S = 1800


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glove", metavar="DIR")
    parser.add_argument("--minilm", metavar="DIR")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", metavar="NAMES", default=OURS)
    parser.add_argument("--rivals", metavar="NAMES", default=f"{PYTHON},{RUST}")
    parser.add_argument("--cache", metavar="DIR", help="keeps the Python peers' indexes between runs")
    options = parser.parse_args()
    if not (options.glove or options.minilm):
        parser.error("--glove or --minilm is needed")
    return options


def names(text):
    return [name for name in text.split(",") if name]


def say(text):
    print(text, file=sys.stderr, flush=True)


def built_example():
    """The example as a user gets it: no flags, dispatch at run time."""
    subprocess.run(["cargo", "build", "--release", "--example", "ann_bench"], cwd=ROOT, check=True)
    return [str(target_of(ROOT) / "release/examples/ann_bench")]


def built_rust(peers):
    """One build a peer that can fail alone; returns the command of each that built."""
    environment = os.environ | {"RUSTFLAGS": "-C target-cpu=native"}
    commands = {}
    for peer in peers:
        target = HERE / "target" / peer
        build = ["cargo", "build", "--locked", "--release", "--no-default-features", "--features", RUST_FEATURES[peer]]
        if subprocess.run([*build, "--target-dir", target], cwd=HERE / "rust", env=environment).returncode == 0:
            commands[peer] = [str(target / "release/rivals-rust")]
        else:
            say(f"{peer}: does not build here, left out")
    return commands


def target_of(folder):
    text = subprocess.check_output(["cargo", "metadata", "--no-deps", "--format-version", "1"], cwd=folder)
    return Path(json.loads(text)["target_directory"])


def rows_of(command, name, folder, batch, extra):
    line = [*command, *(f"--{part}={folder}/{part}.npy" for part in ("base", "query", "truth"))]
    line += ["--metric=cosine", f"--index={name}", "--k=10", "--threads=1", "--json", *extra]
    try:
        done = subprocess.run(line + ["--batch"] * batch, capture_output=True, text=True, timeout=PROCESS_LIMIT_S)
    except subprocess.TimeoutExpired:
        say(f"{name}: not done in {PROCESS_LIMIT_S} s")
        return []
    if done.returncode:
        say(f"{name}: exit code {done.returncode}: {done.stderr.strip()[-300:]}")
    rows = [json.loads(text) for text in done.stdout.splitlines() if text.startswith("{")]
    return [row for row in rows if not row.get("summary")]


def medians(rows):
    """One row a setting, the median over rounds."""
    groups = {}
    for row in rows:
        groups.setdefault((row["index"], json.dumps(row["params"], sort_keys=True), row["batched"]), []).append(row)
    return [
        group[0] | {part: statistics.median(row[part] for row in group) for part in ("recall", "qps", "p50_us", "build_s")}
        for group in groups.values()
    ]


def pareto(rows):
    """(recall, qps) of the settings that no other beats, by rising recall."""
    best, kept = 0.0, []
    for row in sorted(rows, key=lambda row: (-row["recall"], -row["qps"])):
        if row["qps"] > best:
            best = row["qps"]
            kept.append((row["recall"], row["qps"]))
    return kept[::-1]


def at(curve, recall):
    """Log-linear between two points; below the lowest recall its speed, above the highest nothing."""
    if not curve or curve[-1][0] < recall:
        return None
    if curve[0][0] >= recall:
        return curve[0][1]
    for (low, slow), (high, fast) in zip(curve, curve[1:]):
        if low <= recall <= high:
            share = (recall - low) / (high - low) if high > low else 1.0
            return math.exp(math.log(slow) + share * (math.log(fast) - math.log(slow)))
    return None


def table(rows, base):
    count, dim = base
    curves, first = {}, {}
    for row in rows:
        curves.setdefault((row["index"], row["batched"]), []).append(row)
        first.setdefault(row["index"], row)
    anchor = [max((at(pareto(curves.get(("hnswlib", mode), [])), r) or 0 for mode in (False, True)), default=0)
              for r in RECALLS]
    lines = [
        "| index | mode | build s (2 threads) | bytes a vector | QPS @ .90 | @ .95 | @ .99 | to hnswlib .90 / .95 / .99 | µs @ .95 | top recall |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    order = sorted(curves, key=lambda key: (key[1], -(at(pareto(curves[key]), 0.95) or 0)))
    for name, batched in order:
        curve = pareto(curves[name, batched])
        speeds = [at(curve, recall) for recall in RECALLS]
        ratios = [f"{speed / best:.2f}" if speed and best else "–" for speed, best in zip(speeds, anchor)]
        each = f"{1e6 / speeds[1]:.0f}" if speeds[1] else "–"
        about = first[name]
        lines.append(
            f"| {name} | {'batched' if batched else 'one a call'} | {about['build_s']:.1f} | {about['bytes'] / count:.0f} | "
            + " | ".join(f"{speed:,.0f}" if speed else "–" for speed in speeds)
            + f" | {' / '.join(ratios)} | {each} | {curve[-1][0]:.4f} |"
        )
    return f"{count:,} x {dim}, raw {4 * dim} bytes a vector.\n\n" + "\n".join(lines)


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {model}, {memory:.0f} GiB, {platform.system()} {platform.machine()}"


def versions():
    pinned = re.findall(r"^([\w-]+==[\w.]+)$", (HERE / "requirements.txt").read_text(), re.M)
    pinned += [f"{name} {version}" for name, version in
               re.findall(r"^(hnsw_rs|instant-distance|vicinity|usearch|diskann) = .*?\"=([\d.]+)\"", (HERE / "rust/Cargo.toml").read_text(), re.M)]
    rustc = subprocess.check_output(["rustc", "--version"], text=True).split("(")[0].strip()
    return ", ".join([rustc, *pinned])


def write(sections, options):
    command = "python3 benches/rivals/run.py --glove DIR --minilm DIR"
    command += f" --rounds {options.rounds} --only {options.only or repr('')} --rivals {options.rivals or repr('')}"
    load = os.getloadavg()[0]
    text = [BEGIN, "", f"{datetime.date.today()}. {machine()}, load at the end {load:.1f}. {options.rounds} rounds, one thread, k = 10.",
            f"Versions: {versions()}.", "", "```", command, "```", ""]
    for title, body in sections:
        text += [f"### {title}", "", body, ""]
    block = "\n".join([*text, END])
    page = PAGE.read_text() if PAGE.exists() else f"# Vector indexes beside their peers\n\n{BEGIN}\n{END}\n"
    if BEGIN not in page or END not in page:
        page = f"{page.rstrip()}\n\n{BEGIN}\n{END}\n"
    head, rest = page.split(BEGIN, 1)
    PAGE.write_text(head + block + rest.split(END, 1)[1])


def keep(label, rows):
    """Raw rows stay beside the page while they are small."""
    text = "".join(json.dumps(row) + "\n" for row in rows)
    if len(text) < ROWS_LIMIT:
        ROWS.mkdir(parents=True, exist_ok=True)
        (ROWS / f"ann-{label}.jsonl").write_text(text)
    else:
        say(f"rows of {label}: {len(text):,} bytes, not kept")


def shape(folder):
    with open(Path(folder) / "base.npy", "rb") as file:
        return [int(part) for part in re.search(rb"\((\d+), (\d+)\)", file.read(128)).groups()]


def main():
    options = arguments()
    rivals = names(options.rivals)
    rust = built_rust([name for name in rivals if name in RUST_FEATURES])
    python = [sys.executable, "-B", str(HERE / "bench.py")]
    asked = ["hnswlib", *(name for name in rivals if name != "hnswlib")]
    plan = {name: rust.get(name, python) for name in asked if name in rust or name not in RUST_FEATURES}
    ours = names(options.only)
    if ours:
        plan |= dict.fromkeys(ours, built_example())
    sections = []
    with tempfile.TemporaryDirectory() as scratch:
        for label, title, folder in (("glove100", "GloVe, 100-d", options.glove), ("minilm384", "MiniLM sentences, 384-d", options.minilm)):
            if not folder:
                continue
            rows = []
            for turn in range(options.rounds):
                for name, command in plan.items():
                    if turn and name in ONCE:
                        continue
                    extra = ["--cache", options.cache or scratch] if command is python else []
                    for batch in (False, True):
                        say(f"{label}, round {turn + 1} of {options.rounds}: {name}{' batched' if batch else ''}")
                        rows += [row | {"round": turn} for row in rows_of(command, name, folder, batch, extra)]
            keep(label, rows)
            sections.append((title, table(medians(rows), shape(folder))))
    write(sections, options)
    say(f"wrote {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
