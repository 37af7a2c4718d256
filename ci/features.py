#!/usr/bin/env python3
"""Lint every library package of the workspace with no feature, and with each of its features alone."""

import json
import subprocess
import sys


def main():
    command = ["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"]
    packages = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["packages"]
    failed = []
    for package in sorted(packages, key=lambda p: p["name"]):
        if package["publish"] == []:
            continue
        name = package["name"]
        for feature in ["", *sorted(set(package["features"]) - {"default"})]:
            check = ["cargo", "clippy", "--locked", "--quiet", "-p", name, "--no-default-features"]
            if feature:
                check += ["--features", feature]
            ok = subprocess.run([*check, "--", "-D", "warnings"]).returncode == 0
            print(f"{'ok    ' if ok else 'FAILED'} {name} with {feature or 'no feature'}", flush=True)
            if not ok:
                failed.append((name, feature))
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
