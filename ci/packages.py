#!/usr/bin/env python3
"""Check what would be published: no data, no stray files, nothing large, and no library code that wants the data."""

import json
import re
import subprocess
import sys
from pathlib import Path

LARGEST = 256 * 1024
NEEDED = {"Cargo.toml", "README.md", "src/lib.rs"}
STRAY = re.compile(r"(^|/)(data|shared|target|\.ci|ci|benches|fuzz|compat)/|\.(gz|npy|tsv|csv|html|png|jpe?g)$")
WANTS_DATA = re.compile(r"\bdata/[a-z0-9-]+/")


def run(command):
    return subprocess.run(command.split(), check=True, capture_output=True, text=True).stdout


def faults(package):
    root = Path(package["manifest_path"]).parent
    listed = run(f"cargo package --locked --allow-dirty --list -p {package['name']}").split("\n")
    files = {name for name in listed if name}
    for name in sorted(NEEDED - files):
        yield f"{name} is missing"
    for name in sorted(files):
        path = root / name
        if STRAY.search(name):
            yield f"{name} must not be published"
        if not path.is_file():
            continue  # made by cargo itself
        if path.stat().st_size > LARGEST and name != "Cargo.lock":
            yield f"{name} is larger than {LARGEST // 1024} KiB"
        if name.startswith("src/") and WANTS_DATA.search(path.read_text()):
            yield f"{name} names a file of the repository's data"


def main():
    packages = json.loads(run("cargo metadata --locked --no-deps --format-version 1"))["packages"]
    published = [package for package in packages if package["publish"] != []]
    found = [(package["name"], fault) for package in published for fault in faults(package)]
    for name, fault in found:
        print(f"{name}: {fault}")
    print(f"{len(published)} packages")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
