"""What administrators make, as parts of solutions: modules, fields of these and others, layouts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from pydantic import ValidationError

from anello.core.actions import Context
from anello.core.actions.errors import explain
from anello.core.studio.layouts import ONE_OF, PARTS, read
from anello.core.studio.layouts import Part as Content
from anello.core.studio.models import CustomField, Layout
from anello.core.studio.solutions.parts import Key, Part, Values, of_module, part
from anello.kit.text import L


def _words(it: str, en: str) -> Callable[[Values], str]:
    return lambda values: str(L(values.get(it, ""), values.get(en, "")))


MODULES = part(
    of_module(
        "modules",
        L("Moduli", "Modules"),
        "custom_module",
        ("name",),
        order=10,
        title=_words("plural_it", "plural_en"),
    )
)
HERE_ONLY = L(
    "Il valore iniziale di un collegamento è un record di una sola installazione: toglilo dal file, e sceglilo dopo.",
    "The default of a link is a record of one installation: take it out of the file, and choose it afterwards.",
)


def _fields() -> Part:
    """Fields, without what they hold of this installation alone: the record with which a link begins."""
    plain = of_module(
        "fields",
        L("Campi", "Fields"),
        "custom_field",
        ("module", "name"),
        order=20,
        title=_words("label_it", "label_en"),
    )

    def here() -> dict[Key, Values]:
        found = plain.here()
        return {key: {n: v for n, v in said.items() if not _only_here(said, n)} for key, said in found.items()}

    def typed(key: Key, said: Values) -> tuple[Values, Mapping[str, Sequence[str]]]:
        wrong = {name: [str(HERE_ONLY)] for name in said if _only_here(said, name)}
        return ({}, wrong) if wrong else plain.typed(key, said)

    def put(ctx: Context, key: Key, wanted: Values, before: Values | None) -> None:
        alike = CustomField.everything.filter(module=key[0], name=key[1], to=wanted.get("to", ""))
        known = alike.exclude(to="").first()
        plain.put(ctx, key, {**wanted, "initial": known.initial} if known else wanted, before)

    return replace(plain, here=here, typed=typed, put=put)


def _only_here(said: Values, name: str) -> bool:
    return name == "initial" and said.get("kind") in ("link", "user")


FIELDS = part(_fields())

ITSELF = "itself"
"""How a file calls the retouch that is of a module and not of one of its fields."""


def _retouches() -> Part:
    """Retouches, with a word in place of the field that there is none."""
    plain = of_module(
        "retouches",
        L("Ritocchi", "Retouches"),
        "retouch",
        ("module", "field"),
        order=30,
        title=_words("label_it", "label_en"),
    )

    def named(key: Key) -> Key:
        return (key[0], "" if key[1] == ITSELF else key[1])

    return replace(
        plain,
        here=lambda: {(module, field or ITSELF): values for (module, field), values in plain.here().items()},
        typed=lambda key, said: plain.typed(named(key), said),
        put=lambda ctx, key, wanted, before: plain.put(ctx, named(key), wanted, before),
        remove=lambda ctx, key: plain.remove(ctx, named(key)),
    )


RETOUCHES = part(_retouches())

EVERYBODY = "everybody"
"""How a file calls the layout that is for no role."""


def _layouts() -> dict[Key, Values]:
    rows = Layout.objects.exclude(content={}).order_by("module", "part", "role")
    said = [((row.module, row.part, row.role or EVERYBODY), read(row)) for row in rows]
    return {key: _plain(content) for key, content in said if content is not None}


def _plain(content: Content) -> Values:
    """What says something: a section without a tab says nothing of tabs."""
    return content.model_dump(mode="json", exclude_defaults=True)


def _typed(key: Key, said: Values) -> tuple[Values, Mapping[str, Sequence[str]]]:
    if key[1] not in PARTS:
        return {}, {"": [str(ONE_OF)]}
    try:
        return _plain(PARTS[key[1]].model_validate(said)), {}
    except ValidationError as error:
        return {}, explain(error)


def _place(key: Key) -> dict[str, str]:
    return {"module": key[0], "part": key[1], "role": "" if key[2] == EVERYBODY else key[2]}


def _put(ctx: Context, key: Key, wanted: Values, before: Values | None) -> None:
    row = Layout.objects.filter(**_place(key)).first()
    if row is None:
        ctx.create("layout", {**_place(key), "content": wanted})
    else:
        ctx.update(row, {"content": wanted})


def _remove(ctx: Context, key: Key) -> None:
    for row in Layout.objects.filter(**_place(key)):
        ctx.update(row, {"content": {}})


LAYOUTS = part(
    Part(
        "layouts",
        L("Disposizioni", "Layouts"),
        ("module", "part", "role"),
        _layouts,
        _typed,
        _put,
        _remove,
        title=lambda key, values: " · ".join(key),
        order=100,
    )
)
