"""Every English text of accounts has its Italian."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.pofile import read_po

APP = Path(__file__).parents[1]
MARKED = re.compile(r"""\{%\s*translate\s+"([^"]+)"|\b_\(\s*"([^"]+)"\s*\)""")
BLOCKS = re.compile(
    r"\{%\s*blocktranslate.*?%\}(.*?)(?:\{%\s*plural\s*%\}.*?)?\{%\s*endblocktranslate\s*%\}", re.DOTALL
)
VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def test_every_marked_text_is_translated() -> None:
    with (APP / "locale" / "it" / "LC_MESSAGES" / "django.po").open("rb") as file:
        done = {m.id[0] if isinstance(m.id, tuple) else m.id for m in read_po(file) if m.id and m.string}
    used: set[str] = set()
    for path in [*(APP / "templates").rglob("*.*"), *APP.rglob("*.py")]:
        if path.parent.name == "tests":
            continue
        text = path.read_text()
        used |= {next(filter(None, found)) for found in MARKED.findall(text)}
        used |= {VARIABLE.sub(r"%(\1)s", found) for found in BLOCKS.findall(text)}
    assert used - done == set()
