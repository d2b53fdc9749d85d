"""The lines of a document on its page: what each cell shows, who may edit it, and what the lines add up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from anello.core.modules import Field, Module, by_model, get
from anello.core.policies import Actor, can, readable
from anello.core.ui import formats, values
from anello.core.ui.records.forms import Typed, editable, targets, titles_for, widget
from anello.kit import pricing
from anello.kit.money import EURO
from anello.operations.sales.actions.lines import EDITABLE, FIXED, PARENTS, lines_of

LINES = {parent: line for line, parent in PARENTS.items()}
"""The module of the lines of each document."""
COLUMNS = (("description", "product"), ("quantity", "unit"), ("unit_price",), ("discount",), ("vat_rate",), ("net",))
"""Fields that share a column stand below or beside each other."""
ENTRY = ("product", "description", "quantity", "unit_price", "discount")
"""What a new line asks for; a product answers the rest."""


@dataclass(frozen=True)
class Part:
    """A value of a line; `edit_url` where it can be edited."""

    field: Field
    shown: SafeString | str
    edit_url: str


@dataclass(frozen=True)
class Row:
    """A line: its cells, each of one or more parts."""

    pk: int
    title: str
    cells: list[list[Part]]
    remove_url: str


@dataclass(frozen=True)
class Sum:
    """A line of the totals; `whole` is what the customer pays."""

    label: object
    shown: str
    whole: bool = False


class Editor:
    """The lines of one document for one reader. Two statements, and one for the products' names."""

    def __init__(self, request: HttpRequest, document: Any) -> None:
        self.actor: Actor = request.actor  # type: ignore[attr-defined]
        self.document = document
        self.parent: Module = by_model(type(document))
        self.module: Module = get(LINES[self.parent.name])
        self.key = f"{self.parent.name}:{document.pk}"
        self.seen = {f.name: f for f in readable(self.actor, self.module)}

    @property
    def open(self) -> bool:
        """Whether the reader may change the lines now."""
        return self.document.may_edit and not self.locked

    @property
    def locked(self) -> object:
        """Why the document cannot be changed, to those who otherwise could."""
        closed = self.document.status not in EDITABLE[self.parent.name]
        return FIXED[self.parent.name] if closed and self.document.may_edit else ""

    @property
    def entry(self) -> bool:
        """Whether the reader may add lines to documents like this one, in whatever state it is now."""
        return self.document.may_edit and can(self.actor, self.module, "create")

    def url(self, name: str, *more: Any) -> str:
        return reverse(f"sales:{name}", args=[self.parent.slug, self.document.pk, *more])

    @property
    def lines_url(self) -> str:
        return self.url("lines")

    @property
    def add_url(self) -> str:
        return self.url("line_add")

    @property
    def arrange_url(self) -> str:
        return self.url("lines_arrange")

    @cached_property
    def lines(self) -> list[Any]:
        lines = lines_of(self.document)
        for line in lines:
            setattr(line, self.parent.name, self.document)
        return lines

    @cached_property
    def columns(self) -> list[list[Field]]:
        """The columns of which the reader may see something."""
        found = ([self.seen[name] for name in names if name in self.seen] for names in COLUMNS)
        return [fields for fields in found if fields]

    @cached_property
    def rows(self) -> list[Row]:
        settable = {f.name for f in editable(self.actor, self.module)} if self.open else set()
        removable = self.open and can(self.actor, self.module, "delete")
        titles = titles_for(
            self.actor,
            [("product", line.product_id) for line in self.lines if line.product_id and "product" in self.seen],
        )
        return [
            Row(
                line.pk,
                line.description,
                [self._cell(line, column, titles, settable) for column in self.columns],
                self.url("line_remove", line.pk) if removable else "",
            )
            for line in self.lines
        ]

    def _cell(
        self, line: Any, column: list[Field], titles: Mapping[tuple[str, int], str], settable: set[str]
    ) -> list[Part]:
        """The column's value, and what stands below it unless it is empty for good."""
        kept = [f for f in column if f is column[0] or f.name in settable or f.get(line) not in (None, "")]
        return [self._part(line, f, titles, f.name in settable) for f in kept]

    def _part(self, line: Any, f: Field, titles: Mapping[tuple[str, int], str], settable: bool) -> Part:
        # The rate alone: what kind of rate it is, its editor says.
        shown = f"{line.vat_rate}%" if f.name == "vat_rate" else values.show(f, line, titles)
        url = reverse("ui:cell", args=[self.module.slug, line.pk, f.name]) if settable else ""
        return Part(f, shown, url)

    def sums(self) -> list[Sum]:
        """What the lines add up to, as far as the reader may see it."""
        whole = {f.name for f in readable(self.actor, self.parent)}
        currency = self.document.currency
        if not self.lines or "net" not in self.seen:
            return []
        rates = [Decimal(getattr(line, "vat_rate", "0")) for line in self.lines]
        result = pricing.totals(
            [pricing.Line(x.quantity, x.unit_price, x.discount, r) for x, r in zip(self.lines, rates, strict=True)],
            getattr(self.document, "discount", Decimal(0)),
            currency,
        )
        if not self.parent.has("total"):
            return [Sum(_("Total"), formats.money(result.net, currency), True)] if "amount" in whole else []
        found: list[Sum] = []
        if result.discount and {"net", "discount_amount"} <= whole:
            label = _("Discount %(percent)s%%") % {"percent": formats.number(self.document.discount.normalize())}
            found.append(Sum(_("Net"), formats.money(result.net, currency)))
            found.append(Sum(label, formats.money(-result.discount, currency)))
        if "taxable" in whole:
            found.append(Sum(_("Taxable"), formats.money(result.taxable, currency)))
        if "tax" in whole:
            for tax in result.taxes:
                label = _("VAT %(rate)s%%") % {"rate": formats.number(tax.rate)}
                found.append(Sum(label, formats.money(tax.amount, currency)))
        if "total" in whole:
            found.append(Sum(_("Total"), formats.money(result.total, currency), True))
        return found

    def margin(self) -> Sum | None:
        """What is left once the goods are paid, for those who may see costs; costs are in euro."""
        if "cost" not in self.seen or "net" not in self.seen or not self.lines or self.document.currency != EURO:
            return None
        unknown = sum(line.cost is None for line in self.lines)
        if unknown:
            return Sum(
                _("Margin"),
                ngettext("unknown: %(n)s line has no cost", "unknown: %(n)s lines have no cost", unknown)
                % {"n": unknown},
            )
        left = pricing.margin(self.document.taxable, sum((x.quantity * x.cost for x in self.lines), Decimal(0)))
        shown = formats.money(left.amount)
        percent = "" if left.percent is None else f" ({formats.number(left.percent.normalize())}%)"
        return Sum(_("Margin"), shown + percent)

    def typed(self, data: QueryDict) -> Typed:
        """What a posted new line says."""
        return Typed(data, self._asked())

    def _asked(self) -> list[Field]:
        settable = {f.name: f for f in editable(self.actor, self.module)}
        return [settable[name] for name in ENTRY if name in settable]

    def widgets(
        self, data: QueryDict | None = None, errors: Mapping[str, list[str]] | None = None
    ) -> list[tuple[str, SafeString]]:
        """(name, input) of a new line; with what was typed and what is wrong with it."""
        errors = errors or {}
        texts = {f.name: data.get(f.name, "") if data else "" for f in self._asked()}
        pairs = [pair for f in self._asked() for pair in targets(f, texts[f.name])]
        titles = titles_for(self.actor, pairs)
        start = next((name for name in texts if name in errors), next(iter(texts), "")) if data is not None else ""
        return [
            (
                f.name,
                widget(
                    f,
                    texts[f.name],
                    titles,
                    errors=errors.get(f.name, ()),
                    autofocus=f.name == start,
                    record=self.document,
                ),
            )
            for f in self._asked()
        ]
