"""The documentation is true wherever a machine can tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main
from django.apps import apps
from django.urls import resolve

from anello.config.cli import app
from anello.config.env import ROOT, Environment
from anello.core.actions import registered
from anello.core.modules import all_modules, by_slug
from anello.core.ui.shell.places import ARCS, arc_of
from tests.test_translations import pairs, said

SETTINGS = {name.upper() for name in Environment.model_fields}
NOT_OURS = {"PASSWORD", "TOKEN", "CLIENT_ID", "CLIENT_SECRET", "MODULE", "FILE", "NAME", "MAPPING", "ARGS", "SCALE"}
CODE = re.compile(r"```[a-z]*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
# `GET /people/7` → GET, /people/7; several methods may stand before one path: `GET`, `PATCH /people/7`.
REQUEST = re.compile(r"\b(GET|POST|PATCH|PUT|DELETE)((?:`, `(?:GET|POST|PATCH|PUT|DELETE))*) (/[^\s`?]*)")


def documents() -> list[Path]:
    """What people read: the README, docs/, and the README of every app."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "src").rglob("README.md"))]


def guides() -> list[Path]:
    """What people who use or run Anello read."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def code_in(path: Path) -> Iterator[str]:
    """The lines of code of a document, inline or in blocks, comments left out."""
    for block, inline in CODE.findall(path.read_text()):
        for line in (block or inline).splitlines():
            yield re.sub(r"(^|\s)#\s.*$", "", line).strip()


def anello_calls(line: str) -> Iterator[list[str]]:
    """The words after each `anello` that is called in a line of code."""
    words = line.split()
    for at, word in enumerate(words):
        before = words[:at]
        if re.fullmatch(r"([^\s=]*/)?anello", word) and all(
            "=" in w or w in {"sudo", "exec", "$"} for w in before[-1:]
        ):
            yield words[at + 1 :]


@cache
def command() -> Any:
    return typer.main.get_command(app)


def inner(found: Any) -> dict[str, Any]:
    """The commands below a command, by name."""
    return getattr(found, "commands", {})


def wrong_call(words: list[str]) -> str | None:
    """What does not exist in a call of `anello`, or None."""
    current = command()
    for word in words:
        if word.startswith("-"):
            known = {option for parameter in current.params for option in [*parameter.opts, *parameter.secondary_opts]}
            if word.partition("=")[0] not in known | {"--help"}:
                return f"{current.name} {word}"
        elif inner(current):
            if word not in inner(current):
                return f"{current.name} {word}"
            current = inner(current)[word]
    return None


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_every_command_and_option_exists(path: Path) -> None:
    calls = [words for line in code_in(path) for words in anello_calls(line)]
    assert [wrong for words in calls if (wrong := wrong_call(words))] == []


def test_every_command_is_told() -> None:
    told = {" ".join(words[:2]) for path in guides() for line in code_in(path) for words in anello_calls(line)}
    every = {
        f"{name} {below}".strip()
        for name, found in inner(command()).items()
        for below in inner(found) or [""]
        if not found.hidden
    }
    assert {one for one in every if not any(call == one or call.startswith(f"{one} ") for call in told)} == set()


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_every_setting_exists(path: Path) -> None:
    named = set()
    for line in code_in(path):
        named |= set(re.findall(r"\b(?:ANELLO_[A-Z_]+)\b", line))
        named |= set(re.findall(r"(?:^|\s)([A-Z][A-Z_]{3,})=", line))
    assert named - SETTINGS - NOT_OURS == set()


def test_every_setting_is_told() -> None:
    operations = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs" / "operations.md").read_text()))
    example = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert (SETTINGS - operations, SETTINGS - example) == (set(), set())


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_every_make_target_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    calls = {name for line in code_in(path) for name in re.findall(r"^(?:\w+=\S+ )*make ([a-z]+)", line)}
    assert calls - targets == set()


def test_every_app_says_what_it_is_for() -> None:
    house = ROOT / "src" / "anello"
    rooms = [house / "kit", house / "config", *house.glob("core/*/"), *house.glob("operations/*/")]
    rooms += [Path(found.path) for found in apps.get_app_configs() if found.name.startswith("anello.")]
    own = {room for room in rooms if any(room.glob("*.py")) and room.name not in ("migrations", "management")}
    assert [name_of(room) for room in sorted(own) if not (room / "README.md").exists()] == []


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_every_link_leads_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    wrong = []
    for target in LINK.findall(text):
        file, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", file):
            continue
        found = (path.parent / file).resolve() if file else path
        if not found.exists() or (anchor and anchor not in _anchors(found)):
            wrong.append(target)
    assert wrong == []


def _anchors(path: Path) -> set[str]:
    """The anchors of a document's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.django_db
def test_every_address_of_the_api_exists() -> None:
    from anello.core.api.urls import api

    known: dict[str, set[str]] = {}
    for found, methods in api.get_openapi_schema()["paths"].items():
        known.setdefault(re.sub(r"\{\w+\}", "{}", found.removeprefix("/api/v1")), set()).update(methods)
    wrong = []
    for first, others, address in REQUEST.findall((ROOT / "docs" / "api.md").read_text()):
        operations = known.get(re.sub(r"/\d+", "/{}", address), set())
        wrong += [f"{m} {address}" for m in [first, *re.findall(r"[A-Z]+", others)] if m.lower() not in operations]
    assert wrong == []


@pytest.mark.parametrize("path", guides(), ids=name_of)
def test_every_page_that_is_named_exists(path: Path) -> None:
    named = {line for line in code_in(path) if line.startswith("/") and line.endswith("/")}
    for address in sorted(named):
        slug = resolve(address).kwargs.get("slug")
        assert slug is None or by_slug(slug) is not None, address


def test_every_module_is_told() -> None:
    """`docs/guide/modules.md` has one row for each: plural, name, address, and where in the navigation it is."""
    page = (ROOT / "docs" / "guide" / "modules.md").read_text()
    rows = re.findall(r"^\| ([^|]+?) \| `(\w+)` \| `/([\w-]+)/` \| ([^|]+?) \|", page, re.MULTILINE)
    expected = {
        (module.plural.en, module.name, module.slug): ARCS[arc_of(module)].en if module.listed else "its "
        for module in all_modules()
    }
    assert sorted(row[:3] for row in rows) == sorted(expected)
    assert [row for row in rows if not row[3].startswith(expected[row[0], row[1], row[2]])] == []


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "guide").glob("*.md")), ids=name_of)
def test_what_the_guide_tells_to_choose_is_on_the_screen(path: Path) -> None:
    """In the guide, bold is what stands on the screen, word for word."""
    on_screen = {text.singular for text in said()} | {english for _, english, _ in pairs()}
    assert bold_in(path) - {text.lower() for text in on_screen} == set()


def test_every_verb_is_told() -> None:
    told = {text for path in guides() for text in bold_in(path)}
    verbs = {own.name: own.label.en for own in registered() if own.shown and own.label}
    assert {name: label for name, label in verbs.items() if label.lower() not in told} == {}


def bold_in(path: Path) -> set[str]:
    """What stands in bold, in lower case; of `**Users → Create**` each step."""
    bold = re.findall(r"\*\*(.+?)\*\*", path.read_text(), re.DOTALL)
    return {" ".join(step.split()).lower() for text in bold for step in text.split("→")}


@pytest.mark.parametrize("call", ["fly", "import --sideways", "user promote", "export person --format=csv --sideways"])
def test_the_net_catches_what_is_not_there(call: str) -> None:
    assert wrong_call(call.split()) is not None
