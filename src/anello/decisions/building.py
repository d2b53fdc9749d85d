"""The builder of a policy: its form, read and drawn; the actions ask for what their treatments want to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.safestring import SafeString
from pydantic import ValidationError

from anello.core.actions import Invalid
from anello.core.actions.errors import explain
from anello.core.modules import Field, get
from anello.core.policies import Actor
from anello.core.ui.lists import condition_form
from anello.core.ui.lists.state import tree_of
from anello.core.ui.records import typed
from anello.core.ui.records.forms import Typed, draw, editable, language, targets, titles_for, widget
from anello.customers import treatments
from anello.decisions.models import Policy
from anello.decisions.module import POLICY
from anello.kit import numbers
from anello.kit.errors import BadValue
from anello.kit.text import L

LETTERS = "AB"
OWN = ("variants", "condition")
"""Fields that the builder draws itself."""
SECTIONS: dict[str, tuple[L, Sequence[str]]] = {
    "who": (L("A chi", "To whom"), ("name", "customer", "phases", "segment", "consent", "rank")),
    "limits": (
        L("Entro quali limiti", "Within which limits"),
        ("control_share", "contacts", "contact_days", "repeat_days", "capacity", "budget", "priority", "ask"),
    ),
    "outcome": (
        L("Che cosa ti aspetti", "What you expect"),
        ("outcome", "outcome_event", "window_days", "measure", "schedule", "description"),
    ),
}
NONE = L("Nessuna", "None")
NUMBER = L("Serve un numero.", "A number is needed.")


class Builder:
    """The form of one policy for one person: what was typed, else what the policy says."""

    def __init__(self, request: HttpRequest, policy: Policy | None = None, data: QueryDict | None = None) -> None:
        self.request, self.policy, self.data = request, policy, data
        self.actor: Actor = request.actor  # type: ignore[attr-defined]
        fields = {f.name: f for f in editable(self.actor, POLICY)}
        self.fields: dict[str, Field] = {n: f for n, f in fields.items() if n not in OWN and n != "owner"}
        self.errors: dict[str, list[str]] = {}
        self.typed = Typed(data, self.fields.values()) if data is not None else None

    @property
    def kind(self) -> str:
        given = self.data.get("customer") if self.data is not None else None
        return given if given in treatments.BOTH else (self.policy.customer if self.policy else "person")

    def read(self) -> dict[str, Any]:
        """The values of the policy's fields; Invalid with all that cannot be understood."""
        assert self.typed is not None
        values, errors = self.typed.read()
        variants, wrong = self._read_variants()
        errors |= wrong
        if errors:
            raise Invalid(errors)
        return {**values, "variants": variants, "condition": self.tree}

    @property
    def tree(self) -> dict[str, Any]:
        """The condition that the form carries, else that of the policy; Invalid when it is none."""
        if self.data is None or "condition" not in self.data:
            return dict(self.policy.condition) if self.policy else {}
        return tree_of(self.data.get("condition", ""))

    def step(self) -> condition_form.Step:
        """The condition after a step in the form; Invalid says what is wrong with it."""
        assert self.data is not None
        data = self.data
        return condition_form.step(self.tree, data, lambda: condition_form.leaf(self.actor, get(self.kind), data))

    def condition(self, tree: dict[str, Any], form: QueryDict) -> dict[str, Any]:
        """What the page shows of the condition, and the form of one more part."""
        return condition_form.shown(self.actor, get(self.kind), tree, form)

    def _read_variants(self) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
        assert self.data is not None
        found: list[dict[str, Any]] = []
        errors: dict[str, list[str]] = {}
        for letter in LETTERS:
            name = self.data.get(f"{letter}-treatment", "")
            if not name:
                continue
            try:
                shape = treatments.get_treatment(name).parameters
                values, wrong = typed.read(shape, self.data, f"{letter}-")
                if wrong:
                    raise Invalid(wrong)
                parameters = treatments.understood(name, values).model_dump(mode="json")
            except Invalid as error:
                errors |= {f"variants.{letter}.{at}": words for at, words in error.errors.items()}
                continue
            cost, share = self._number(f"{letter}-cost", 0, errors), self._number(f"{letter}-share", 100, errors)
            found.append({"treatment": name, "parameters": parameters, "cost": cost, "share": share})
        if len(found) == 2:
            found[0]["share"] = 100 - found[1]["share"]
        return found, errors

    def _number(self, name: str, otherwise: float, errors: dict[str, list[str]]) -> float:
        text = self.data.get(name, "").strip() if self.data is not None else ""
        if not text:
            return otherwise
        try:
            return float(numbers.parse_number(text, language()))
        except (BadValue, ValueError):
            errors[name] = [str(NUMBER)]
            return otherwise

    def unsaved(self, values: Mapping[str, Any]) -> Policy:
        """The policy that the form describes, not stored: its own draw and its decisions where it exists."""
        policy = Policy(pk=self.policy.pk, seed=self.policy.seed) if self.policy else Policy()
        given = {name: value for name, value in values.items() if value not in (None, "")}
        try:
            shape = POLICY.input_model("update").model_validate(given)
        except ValidationError as error:
            raise Invalid(explain(error)) from error
        for name in shape.model_fields_set:
            POLICY.field(name).set(policy, getattr(shape, name))
        return policy

    def refuse(self, errors: Mapping[str, Sequence[str]]) -> None:
        for name, words in errors.items():
            self.errors.setdefault(name, []).extend(words)

    @property
    def general(self) -> list[str]:
        """Errors that stand at no field."""
        shown = {"condition", *self.fields, *(f"{letter}-{what}" for letter in LETTERS for what in ("cost", "share"))}
        return [
            word
            for name, words in self.errors.items()
            if name not in shown and not name.startswith(("variants.A", "variants.B"))
            for word in words
        ]

    def sections(self) -> dict[str, tuple[L, list[SafeString]]]:
        """{section: (heading, its fields)}."""
        return {
            key: (label, [self._draw(self.fields[name]) for name in names if name in self.fields])
            for key, (label, names) in SECTIONS.items()
        }

    def _draw(self, f: Field) -> SafeString:
        if self.typed is not None:
            value = self.typed.text(f)
        else:
            value = f.get(self.policy or Policy())
        titles = titles_for(self.actor, targets(f, value))
        return widget(f, value, titles, errors=self.errors.get(f.name, ()), autofocus=f.name == "name")

    def actions(self) -> list[dict[str, Any]]:
        """The two actions as the page shows them: which treatment, its fields, cost and share."""
        return [self.action(letter) for letter in LETTERS]

    def action(self, letter: str, chosen: str | None = None) -> dict[str, Any]:
        """One of them; `chosen` is a treatment that was just picked."""
        place = LETTERS.index(letter)
        stored = self.policy.variants[place : place + 1] if self.policy else []
        data = self.data if self.data is not None else _as_typed(letter, stored[0] if stored else None)
        name = data.get(f"{letter}-treatment", "") if chosen is None else chosen
        known = [t for t in treatments.all() if self.kind in t.customers]
        picked = next((t for t in known if t.name == name), None)
        own = {
            k.removeprefix(f"variants.{letter}."): v
            for k, v in self.errors.items()
            if k.startswith(f"variants.{letter}")
        }
        same = data.get(f"{letter}-treatment", "") == name
        return {
            "letter": letter,
            "options": [("", NONE), *((t.name, t.label) for t in known)],
            "chosen": picked,
            "widgets": typed.widgets(
                self.request, picked.parameters, None, data if same else None, own, prefix=f"{letter}-"
            )
            if picked
            else [],
            "errors": [word for words in own.values() for word in words],
            "cost": draw(
                "money", f"{letter}-cost", L("Costo di ciascuna", "Cost of each"), data.get(f"{letter}-cost", "0"),
                errors=self.errors.get(f"{letter}-cost", ()),
            ),
            "share": draw(
                "money", f"{letter}-share", L("Quota dei trattati", "Share of the treated"),
                data.get(f"{letter}-share", "50"), currency="%", errors=self.errors.get(f"{letter}-share", ()),
            ),
        }  # fmt: skip


def _as_typed(letter: str, variant: Mapping[str, Any] | None) -> QueryDict:
    """A stored variant as if somebody had typed it."""
    data = QueryDict(mutable=True)
    if variant is None:
        return data
    shape = treatments.understood(variant["treatment"], variant["parameters"])
    data[f"{letter}-treatment"] = variant["treatment"]
    for name in ("cost", "share"):
        data[f"{letter}-{name}"] = numbers.format_number(Decimal(str(variant[name])), language())
    for name in type(shape).model_fields:
        value = getattr(shape, name)
        if isinstance(value, list | tuple | set):
            data.setlist(f"{letter}-{name}", [str(one) for one in value])
        elif isinstance(value, bool):
            data[f"{letter}-{name}"] = "true" if value else ""
        elif value is not None:
            number = isinstance(value, Decimal)
            data[f"{letter}-{name}"] = numbers.format_number(value, language()) if number else str(value)
    return data
