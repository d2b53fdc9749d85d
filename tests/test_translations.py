"""Everything that Anello says, it says in English and in Italian."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

import anello

SOURCE = Path(anello.__file__).parent
# Functions that translate, with the places of singular and plural; `templatize` writes the same for template tags.
KEYWORDS = {"_": None, "gettext": None, "gettext_lazy": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2)}
PLACEHOLDER = re.compile(r"%\(\w+\)[#0\- +]*[\d.]*[a-zA-Z]|%[a-zA-Z%]|\{\w*[^{}\s]*\}")
# Texts that are the same words in both languages.
SAME = {
    "Account",
    "Chat",
    "E-mail",
    "Euro",
    "Fax",
    "File",
    "Formula",
    "IBAN",
    "Marketing",
    "No",
    "PDF",
    "Partner",
    "Report",
    "SMS",
    "Studio",
    "Web",
    "Webhook",
    "h",
    "kg",
    "m",
}


class Text(NamedTuple):
    """A text of the source, and where it stands."""

    singular: str
    plural: str | None
    place: str


def ours(suffix: str) -> Iterator[Path]:
    """The product's files of a kind, without tests and what the front end builds."""
    for path in sorted(SOURCE.rglob(f"*{suffix}")):
        inside = path.relative_to(SOURCE).parts
        if not {"tests", "migrations", "dist"} & set(inside):
            yield path


def said_in(path: Path) -> Iterator[Text]:
    """The texts that one Python file or template marks for translation."""
    code = path.read_text()
    if path.suffix != ".py":
        code = templatize(code, origin=str(path))
    for line, found, _comments, context in extract("python", BytesIO(code.encode()), keywords=KEYWORDS):
        assert context is None, f"{path}:{line}: the catalogues know no contexts, say it in other words"
        singular, plural = found if isinstance(found, tuple) else (found, None)
        yield Text(singular, plural, f"{path.relative_to(SOURCE)}:{line}")


@cache
def said() -> list[Text]:
    """Every text of the product that is marked for translation."""
    return [text for suffix in (".py", ".html", ".txt") for path in ours(suffix) for text in said_in(path)]


@cache
def translated() -> dict[str, tuple[Message, Path]]:
    """Every entry of every Italian catalogue by its English text."""
    entries: dict[str, tuple[Message, Path]] = {}
    for path in ours(".po"):
        with path.open("rb") as file:
            for message in read_po(file, locale="it", abort_invalid=True):
                if message.id:
                    key = message.id if isinstance(message.id, str) else message.id[0]
                    entries.setdefault(key, (message, path))
    return entries


def forms(texts: object) -> tuple[str, ...]:
    """The forms of a text, whether it has a plural or not."""
    return tuple(str(text) for text in texts) if isinstance(texts, list | tuple) else (str(texts),)


def pairs() -> Iterator[tuple[str, str, str]]:
    """Italian, English and place of every `L("…", "…")`."""
    for path in ours(".py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "L"):
                continue
            given = dict(zip(("it", "en"), node.args, strict=False)) | {word.arg: word.value for word in node.keywords}
            texts = [str(value.value) for value in (given["it"], given["en"]) if isinstance(value, ast.Constant)]
            if len(texts) == 2:
                yield texts[0], texts[1], f"{path.relative_to(SOURCE)}:{node.lineno}"


def test_every_text_has_its_italian() -> None:
    missing = {text.place: text.singular for text in said() if text.singular not in translated()}
    assert missing == {}


def test_every_plural_has_both_italian_forms() -> None:
    wrong = {}
    for text in said():
        message = translated()[text.singular][0] if text.singular in translated() else None
        if message and text.plural is not None and message.id != (text.singular, text.plural):
            wrong[text.place] = text.singular
    assert wrong == {}


def test_no_entry_is_empty_or_fuzzy() -> None:
    wrong = [text for text, (message, _) in translated().items() if not all(forms(message.string)) or message.fuzzy]
    assert wrong == []


def test_italian_fills_in_what_english_fills_in() -> None:
    wrong = []
    for message, path in translated().values():
        for source, target in zip(forms(message.id), forms(message.string), strict=True):
            if Counter(PLACEHOLDER.findall(source)) != Counter(PLACEHOLDER.findall(target)):
                wrong.append(f"{path.relative_to(SOURCE)}: {source} → {target}")
    assert wrong == []


def test_no_translation_is_left_over() -> None:
    unused = translated().keys() - {text.singular for text in said()}
    assert {text: str(translated()[text][1].relative_to(SOURCE)) for text in unused} == {}


def test_no_text_is_translated_in_two_ways() -> None:
    """Catalogues of all apps are merged into one: of two Italian texts for one English, chance would choose."""
    found: dict[object, set[object]] = {}
    for path in ours(".po"):
        with path.open("rb") as file:
            for message in read_po(file, locale="it"):
                # The header tells when it was read: another minute, another text.
                if message.id:
                    found.setdefault(message.id, set()).add(message.string)
    assert {source: texts for source, texts in found.items() if len(texts) > 1} == {}


def test_every_pair_of_texts_speaks_both_languages() -> None:
    assert [place for it, en, place in pairs() if not it.strip() or not en.strip()] == []
    assert {place: it for it, en, place in pairs() if it == en and it not in SAME} == {}
    assert {it for it, en, _ in pairs() if it == en} == SAME


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.html", "{% load i18n %}{% translate 'Said' %}"),
        ("a.html", "{% blocktranslate %}Said{% endblocktranslate %}"),
        ("a.html", "{% blocktranslate count n=n %}Said{% plural %}Said often{% endblocktranslate %}"),
        ("a.html", '{% field "a" label=_("Said") %}'),
        ("a.py", 'gettext_lazy("Sa"\n"id")'),
        ("a.py", '_("Said")'),
        ("a.py", 'ngettext("Said", "Said often", 2)'),
    ],
)
def test_every_way_of_saying_is_heard(name: str, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.test_translations.SOURCE", tmp_path)
    (tmp_path / name).write_text(source)
    assert [text.singular for text in said_in(tmp_path / name)] == ["Said"]
