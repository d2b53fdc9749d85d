"""Checks offline that requirements.lock satisfies every requirement that pyproject.toml declares."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]


def problems() -> list[str]:
    """One line for each requirement that the lock does not satisfy, and for anything unlocked or tied to an index."""
    lock = (ROOT / "requirements.lock").read_text()
    locked = {canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==([\w.!+-]+)", lock, re.M)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared = [Requirement(line) for line in project["project"]["dependencies"] + project["dependency-groups"]["dev"]]
    found = [
        f"{requirement} is not what is locked ({locked.get(canonicalize_name(requirement.name), 'nothing')})"
        for requirement in declared
        if not requirement.specifier.contains(locked.get(canonicalize_name(requirement.name), "0"), prereleases=True)
    ]
    if lock.count("--hash=") < len(locked):
        found.append("some packages are locked without a hash")
    if set(re.findall(r"--[\w-]+", lock)) != {"--hash"} or "://" in lock:
        found.append("the lock names an index; it must work with any")
    return found


if __name__ == "__main__":
    lines = problems()
    sys.stderr.writelines(f"requirements.lock: {line}. Run: make lock\n" for line in lines)
    sys.exit(1 if lines else 0)
