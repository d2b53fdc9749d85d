"""The kit stands alone."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

from anello import kit


def test_kit_needs_no_django() -> None:
    names = [m.name for m in pkgutil.walk_packages(kit.__path__, "anello.kit.") if ".tests" not in m.name]
    assert len(names) > 10
    script = f"import sys, importlib; [importlib.import_module(n) for n in {names}]; print('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True,
                          env={"PYTHONPATH": ":".join(sys.path)})  # fmt: skip
    assert done.stdout.strip() == "False"
