#!/usr/bin/env python3
"""Compare the default dependency tree of the facade, on any target, with lean-tree.txt."""

import subprocess
import sys
from pathlib import Path

LIST = Path(__file__).with_name("lean-tree.txt")
TREE = "cargo tree --locked -p bowerbird -e normal --prefix none --target all --format {p}"


def main():
    lines = (line.split("#")[0].strip() for line in LIST.read_text().splitlines())
    allowed = {line for line in lines if line}
    tree = subprocess.run(TREE.split(), check=True, capture_output=True, text=True).stdout
    found = {line.split()[0] for line in tree.splitlines() if line.strip()}
    for name in sorted(found - allowed):
        print(f"{name}: in the default tree, not in {LIST.name}; see `cargo tree -p bowerbird --target all -i {name}`")
    for name in sorted(allowed - found):
        print(f"{name}: in {LIST.name}, no longer in the default tree; take the line out")
    print(f"{len(found)} crates in the default tree")
    sys.exit(found != allowed)


if __name__ == "__main__":
    main()
