"""From a template to the words of one mail: MJML is compiled once, and filled in for each person.

Values are put into the finished HTML, escaped, so that nothing a customer is called can become markup.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape, unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import html2text
import mrml
from django.template.loader import render_to_string
from django.utils import translation

from anello.customers.personalisation import Pattern, parse
from anello.kit.errors import BadValue

UNSUBSCRIBE = "unsubscribe"
_PERSON = ("person",)
_HREF = re.compile(r"""(<a\b[^>]*?\shref=)("[^"]*"|'[^']*')""", re.IGNORECASE)
_TRACKED = re.compile(r"https?://[^\s/?#{}]+(?:[/?#]|$)", re.IGNORECASE)
_ELSEWHERE = re.compile(r"(?:mailto|tel):", re.IGNORECASE)
_FORBIDDEN = frozenset({"script", "iframe", "object", "embed", "form", "base", "link"})
Links = Callable[[str], str]


@dataclass(frozen=True)
class Written:
    """A mail as one person gets it."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True)
class Compiled:
    """A template in one language; `links` are the addresses that are followed, in order."""

    subject: Pattern
    html: Pattern
    text: Pattern
    links: tuple[Pattern, ...]

    def write(self, values: Mapping[str, str], unsubscribe: str, link: Links = str) -> Written:
        """The mail for one person; `link` makes of an address the one that is put in its place."""
        addresses = [link(one.fill(values, lambda value: quote(value, safe=""))) for one in self.links]
        found = {**values, UNSUBSCRIBE: unsubscribe, **{f"link.{n}": url for n, url in enumerate(addresses)}}
        return Written(
            # A line break in a header would be refused, and rightly.
            " ".join(self.subject.fill(values).split()),
            self.html.fill(found, escape),
            self.text.fill(found),
        )


@lru_cache(maxsize=64)
def compiled(subject: str, body: str, language: str) -> Compiled:
    """Understand a template; BadValue says what is wrong with it."""
    html = _html(body)
    _inspect(html)
    links: list[Pattern] = []

    def follow(found: re.Match[str]) -> str:
        url = unescape(found[2][1:-1]).strip()
        if _ELSEWHERE.match(url):
            return found[0]
        if not _TRACKED.match(url):
            raise BadValue(
                "link",
                f"Il collegamento «{url}» deve iniziare con https:// e il nome del sito.",
                f"The link “{url}” must begin with https:// and the name of the site.",
            )
        links.append(parse(url, _PERSON))
        return f'{found[1]}"{{{{link.{len(links) - 1}}}}}"'

    html = _HREF.sub(follow, html)
    with translation.override(language):
        html = html.replace("</body>", f"{render_to_string('marketing/footer.html')}</body>", 1)
    ours = [UNSUBSCRIBE, *(f"link.{n}" for n in range(len(links)))]
    return Compiled(
        parse(subject, _PERSON), parse(html, _PERSON, ours), parse(_text(html), _PERSON, ours), tuple(links)
    )


def _html(body: str) -> str:
    # Browsers send lines as CRLF (HTML, form submission), which the compiler takes for an unknown token.
    body = body.replace("\r\n", "\n")
    try:
        # No fonts from elsewhere: they would tell a third party who reads what.
        return mrml.to_html(body, None, mrml.RenderOptions(fonts={})).content
    except OSError as error:  # what mrml raises for whatever it cannot read
        raise BadValue("mjml", f"Il codice MJML non è valido: {error}.", f"The MJML is not valid: {error}.") from error


def _text(html: str) -> str:
    """The plain text of a mail, for readers that show no HTML."""
    reader = html2text.HTML2Text(bodywidth=0)
    reader.ignore_tables = reader.ignore_images = reader.unicode_snob = True
    reader.ignore_emphasis = True
    return re.sub(r"\n\s*\n\s*", "\n\n", reader.handle(html)).strip() + "\n"


def _inspect(html: str) -> None:
    _Inspector().feed(html)


class _Inspector(HTMLParser):
    """Refuses what has no place in a mail: whatever runs, loads or asks for something."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag.startswith("mj-") or tag in _FORBIDDEN:
            raise BadValue("tag", f"<{tag}> non può stare in un'e-mail.", f"<{tag}> has no place in an e-mail.")
        for name, value in attrs:
            scheme = (value or "").strip().lower().partition(":")[0]
            if name.startswith("on") or (name in ("href", "src", "background") and scheme in ("javascript", "data")):
                raise BadValue(
                    "attribute", f"«{name}» non può stare in un'e-mail.", f"“{name}” has no place in an e-mail."
                )


def language_for(template: Any, wanted: str) -> str:
    """The wanted language if the template speaks it, else the other one."""
    return wanted if wanted in spoken(template) else spoken(template)[0]


def spoken(template: Any) -> list[str]:
    """The languages in which a template has a message."""
    return [code for code in ("it", "en") if getattr(template, f"body_{code}")]


def of(template: Any, language: str) -> Compiled:
    """The template in a language it speaks."""
    return compiled(getattr(template, f"subject_{language}"), getattr(template, f"body_{language}"), language)
