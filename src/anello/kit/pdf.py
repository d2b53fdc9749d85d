"""PDF documents from Typst templates.

Data travels as JSON beside the template and is never spliced into its source: a template starts with

    #let data = json(bytes(sys.inputs.data))

and whatever `data` holds (`#`, `$`, `[`…) is text, not markup. Only the fonts that ship with Typst are used and the
date is given, so the same input makes the same bytes everywhere.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import typst


def render(template: str | Path, data: Mapping[str, object], at: datetime.datetime) -> bytes:
    """The PDF of a template, given as source or as the path of a `.typ` file (which may import its neighbours).

    `data` may hold text, numbers, decimals (they arrive as text: format money before), dates (ISO 8601), lists and
    mappings. `at` (time zone aware) is the document's creation date and the template's today.
    Raises typst.TypstError, with the place, when the template is wrong.
    """
    compiler = typst.Compiler(
        template.read_bytes() if isinstance(template, Path) else template.encode(),
        root=template.parent if isinstance(template, Path) else None,
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False, default=_plain)},
    )
    compiled = compiler.compile(format="pdf", timestamp=int(at.timestamp()))
    assert isinstance(compiled, bytes)
    return compiled


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a document")
