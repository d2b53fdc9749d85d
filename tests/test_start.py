"""What a process loads before it is asked anything: it costs memory in each of them, and time at every start."""

from __future__ import annotations

import os
import subprocess
import sys

HEAVY = {"numpy", "scipy", "pandas", "pyarrow", "duckdb", "ibis", "sqlglot", "sklearn", "splink", "openpyxl"}


def test_web_and_worker_start_without_the_libraries_of_analysis_and_spreadsheets() -> None:
    script = (
        "import sys, anello.config.asgi; from django.urls import get_resolver; "
        f"get_resolver().url_patterns; print(sorted(set(sys.modules) & {HEAVY}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": ":".join(sys.path)})  # fmt: skip
    assert done.stdout.splitlines()[-1] == "[]"
