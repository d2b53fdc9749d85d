"""What the tests of layouts share."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client


def heads(client: Client, url: str = "/leads/") -> list[str]:
    """The headings of the columns of a list."""
    page = client.get(url).content.decode()
    table = page.split("<thead>")[1].split("</thead>")[0]
    texts = [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<th [^>]*>(.*?)</th>", table, re.DOTALL)]
    return texts[1:-1]


def section(label: str, *fields: str, tab: str = "") -> dict[str, Any]:
    return {"label": {"it": label, "en": label}, "tab": {"it": tab, "en": tab} if tab else None, "fields": list(fields)}
