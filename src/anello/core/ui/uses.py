"""What the screens and the core below them keep of fields' names: formulas and roll-ups, views, roles, mappings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.urls import reverse

from anello.core.accounts.models import Role
from anello.core.actions import Context, run
from anello.core.exchange.queries import saved_mappings
from anello.core.modules import get
from anello.core.modules.registry import names
from anello.core.studio import letters
from anello.core.studio.models import CustomField, CustomModule, Layout
from anello.core.studio.module import LAYOUT
from anello.core.studio.naming import PREFIX
from anello.core.studio.plans import places
from anello.core.studio.uses import Use, named, resolved, source, texts
from anello.core.ui.models import SavedView
from anello.core.ui.values import record_url
from anello.kit.text import L

LETTER = L("Testo del PDF", "Text of the PDF")
FORMULA, ROLLUP, CONDITION = L("Formula", "Formula"), L("Totale", "Roll-up"), L("Condizione di", "Condition of")
WHAT = {"formula": FORMULA, "rollup": ROLLUP}
VIEW, ROLE = L("Vista salvata", "Saved view"), L("Ruolo", "Role")
MAPPING = L("Mapping di importazione", "Import mapping")


@source
def of_letters() -> Iterator[Use]:
    """Fields whose values the paper of a module's records names."""
    for row in CustomModule.objects.order_by("id"):
        url = reverse("ui:studio_edit", args=[row.name.replace("_", "-")])
        for name in letters.names(f"{row.paper_it} {row.paper_en}"):
            yield Use(row.name, name, LETTER, str(L(row.plural_it, row.plural_en)), url)


@source
def of_fields() -> Iterator[Use]:
    """Fields that are worked out of others, or shown or required by them; links by which something is counted."""
    for row in CustomField.objects.order_by("id"):
        if row.module not in names():
            continue
        url = reverse("ui:studio_field", args=[get(row.module).slug, row.name])
        for module, name in places(row):
            yield Use(module, name, WHAT.get(row.kind, CONDITION), str(L(row.label_it, row.label_en)), url)


@source
def of_views() -> Iterator[Use]:
    """Saved views: a column or the order is left out, a filter without its condition would be another question."""
    for view in SavedView.objects.filter(module__in=names()).order_by("id"):
        filtered = set(resolved(view.module, named(view.filter)))
        shown = set(resolved(view.module, [*view.columns, view.sort.removeprefix("-")]))
        for module, name in filtered | shown:
            drop = partial(_forget_view, view.pk, module, name)
            yield Use(module, name, VIEW, view.name, f"/{get(view.module).slug}/?view={view.pk}", drop)


def _forget_view(pk: int, module: str, name: str, ctx: Context) -> None:
    view = SavedView.objects.filter(pk=pk).first()
    if view is None:
        return
    if (module, name) in resolved(view.module, named(view.filter)):
        run("saved_view.delete", {"id": pk}, ctx)
        return
    columns = [path for path in view.columns if (module, name) not in resolved(view.module, [path])]
    gone = (module, name) in resolved(view.module, [view.sort.removeprefix("-")])
    run("saved_view.update", {"id": pk, "columns": columns, "sort": "" if gone else view.sort}, ctx)


@source
def of_roles() -> Iterator[Use]:
    """Rules of roles."""
    for role in Role.objects.order_by("key"):
        for module, rules in role.fields.items():
            for name in rules:
                drop = partial(_forget_rule, role.pk, module, name)
                yield Use(module, name, ROLE, str(role), record_url("role", role.pk), drop)


def _forget_rule(pk: int, module: str, name: str, ctx: Context) -> None:
    role = Role.objects.get(pk=pk)
    fields = {of: {n: v for n, v in rules.items() if (of, n) != (module, name)} for of, rules in role.fields.items()}
    run("role.set_access", {"areas": role.areas, "grants": role.grants, "fields": fields}, ctx, target=pk)


@source
def of_mappings() -> Iterator[Use]:
    """Saved mappings of imports: one that fills a field in that is gone is made anew."""
    for of, title, fed in saved_mappings():
        for module, name in fed if of in names() else ():
            drop = partial(_forget_mapping, of, title)
            yield Use(module, name, MAPPING, title, reverse("ui:import", args=[get(of).slug]), drop)


def _forget_mapping(module: str, name: str, ctx: Context) -> None:
    if any((of, title) == (module, name) for of, title, _fed in saved_mappings()):
        run("import.forget_mapping", {"module": module, "name": name}, ctx)


@source
def of_layouts() -> Iterator[Use]:
    """Layouts: what stands in a list of theirs is left out; a part that is made by it is again as it came."""
    for layout in Layout.objects.exclude(content={}).filter(module__in=names()).order_by("id"):
        for module, name in dict.fromkeys(resolved(layout.module, texts(layout.content))):
            drop = partial(_forget_place, layout.pk, name)
            url = reverse("ui:layout", args=[get(layout.module).slug]) + f"?part={layout.part}&role={layout.role}"
            if get(layout.module).has(name) or name.startswith(PREFIX):
                yield Use(module, name, LAYOUT.names, layout.title, url, drop)


def _forget_place(pk: int, name: str, ctx: Context) -> None:
    layout = Layout.objects.get(pk=pk)
    left = _without(layout.content, name)
    said = name in (head for path in texts(left) for head in path.split("."))
    emptied = json.dumps(left).count("[]") > json.dumps(layout.content).count("[]")
    run("layout.update", {"content": {} if said or emptied else left}, ctx, target=pk)


def _without(tree: Any, name: str) -> Any:
    """The document without the lists' elements that name the field."""
    if isinstance(tree, dict):
        return {key: _without(part, name) for key, part in tree.items()}
    if isinstance(tree, list):
        kept = [one for one in tree if not (isinstance(one, str) and name in one.split("."))]
        return [_without(one, name) for one in kept]
    return tree
