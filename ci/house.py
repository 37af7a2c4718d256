#!/usr/bin/env python3
"""The habits that no lint holds: short files, `unsafe` in its rooms, links that lead somewhere, data in its bounds."""

import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SKIPPED = {".git", "target", "shared", "node_modules", "__pycache__"}
LONG, TOO_LONG = 400, 800
DATA_LIMIT = 2 * 1024 * 1024

STRING = re.compile(r'"(?:\\.|[^"\\])*"')
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
# A global allocator that counts can only be written with `unsafe`; a test may, in a file that says so.
COUNTING_ALLOCATOR = re.compile(r"(^|/)tests/([^/]+/)*alloc\w*\.rs$")


def files(suffix):
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(f for f in folders if f not in SKIPPED)
        for name in sorted(names):
            if name.endswith(suffix):
                yield Path(folder, name)


def may_be_unsafe(path):
    rooms = {Path(part).stem for part in path.parts}
    return bool(rooms & {"kernel", "mmap"}) or bool(COUNTING_ALLOCATOR.search(path.as_posix()))


def rust_faults():
    for path in files(".rs"):
        name = path.relative_to(ROOT)
        lines = path.read_text().splitlines()
        if len(lines) > TOO_LONG:
            yield f"{name}: {len(lines)} lines, at most {TOO_LONG}"
        elif len(lines) > LONG:
            print(f"long: {name} has {len(lines)} lines, aim at {LONG}")
        if may_be_unsafe(name):
            continue
        for number, line in enumerate(lines, 1):
            code = STRING.sub("", line).split("//")[0]
            if re.search(r"\bunsafe\b", code):
                yield f"{name}:{number}: `unsafe` outside of a module named kernel or mmap"


def link_faults():
    for path in files(".md"):
        for target in LINK.findall(path.read_text()):
            if re.match(r"[a-z]+:", target):
                continue
            if not (path.parent / target).exists():
                yield f"{path.relative_to(ROOT)}: link to {target}, which is not there"


def decision_faults():
    folder = ROOT / "docs/decisions"
    index = (folder / "README.md").read_text()
    records = sorted(path.name for path in folder.glob("[0-9]*.md"))
    for expected, name in enumerate(records, 1):
        if not name.startswith(f"{expected:04}-"):
            yield f"docs/decisions/{name}: expected number {expected:04}"
        if f"({name})" not in index:
            yield f"docs/decisions/{name}: not in the index"


def data_faults():
    for folder in sorted(path for path in (ROOT / "data").iterdir() if path.is_dir()):
        for needed in ("NOTICE", "README.md", "rebuild.py"):
            if not (folder / needed).is_file():
                yield f"data/{folder.name}: no {needed}"
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        if size > DATA_LIMIT:
            yield f"data/{folder.name}: {size:,} bytes, at most {DATA_LIMIT:,}"


def main():
    checks = (rust_faults, link_faults, decision_faults, data_faults)
    found = [fault for check in checks for fault in check()]
    print("\n".join(found) or "nothing to report")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
