"""Lines: what a product fills in, and the totals that follow from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Max

from anello.core.actions import Change, Context, Invalid, rule
from anello.core.actions.checks import Errors
from anello.core.modules import by_model, get
from anello.kit import pricing
from anello.kit.money import round_money
from anello.kit.text import L
from anello.operations.sales.models import Document, Line, Product
from anello.operations.sales.prices import Buyer, prices

PARENTS = {
    "opportunity_line": "opportunity",
    "quote_line": "quote",
    "order_line": "order",
    "invoice_line": "invoice",
}
EDITABLE = {"opportunity": ("open",), "quote": ("draft",), "order": ("draft",), "invoice": ("draft",)}
FIXED = {
    "opportunity": L("L'opportunità è chiusa.", "The opportunity is closed."),
    "quote": L(
        "Solo una bozza si può modificare: crea una nuova versione del preventivo.",
        "Only a draft can be changed: make a new version of the quote.",
    ),
    "order": L("L'ordine è confermato e non si può più modificare.", "The order is confirmed and cannot be changed."),
    "invoice": L(
        "La fattura è emessa e non si può più modificare: fai una nota di credito.",
        "The invoice is issued and cannot be changed: make a credit note.",
    ),
}
"""Why a document in its state cannot be changed."""
LIMIT = Decimal(10) ** 12
"""Amounts stay below it: what the columns hold."""
TOO_MUCH = L("L'importo è troppo grande.", "The amount is too large.")
MOVED = L("Una riga non cambia documento.", "A line does not move to another document.")
NO_PRICE = L("Scrivi il prezzo: il listino non ne ha uno.", "Write the price: the price list has none.")
NO_WORDS = L("Scegli un prodotto o scrivi che cosa.", "Choose a product or write it.")


def module_of(record: Any) -> str:
    """The line's or document's module name."""
    return by_model(type(record)).name


def parents(module: str, changes: Iterable[Change]) -> dict[int, Any]:
    """The locked documents of the changed lines by id."""
    link = PARENTS[module]
    ids = {getattr(change.record, f"{link}_id") for change in changes}
    model: Any = get(link).model
    return {p.pk: p for p in model.everything.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")}


def buyer_of(document: Any) -> Buyer:
    """Whom a document or an opportunity is for."""
    return Buyer(
        currency=document.currency,
        date=document.date if isinstance(document, Document) else document.created_at.date(),
        person=document.person_id,
        organisation=document.organisation_id,
        price_list=getattr(document, "price_list_id", None),
    )


def _refuse_closed(module: str, changes: list[Change], whole: dict[int, Any], errors: Errors) -> None:
    link = PARENTS[module]
    for index, change in enumerate(changes):
        if not change.new and link in change.changed:
            errors.add(index, link, MOVED)
        elif whole[getattr(change.record, f"{link}_id")].status not in EDITABLE[link]:
            errors.add(index, "", FIXED[link])


def _fill(module: str, changes: list[Change]) -> None:
    """What the product, the price lists and the arithmetic say about the lines."""
    link = PARENTS[module]
    whole = parents(module, changes)
    with Errors(changes) as errors:
        _refuse_closed(module, changes, whole, errors)
    _place(module, changes)
    products = Product.everything.in_bulk({c.record.product_id for c in changes if c.record.product_id})
    lists: defaultdict[int, list[Change]] = defaultdict(list)
    for change in changes:
        if change.record.product_id and change.touches("product", "quantity"):
            lists[getattr(change.record, f"{link}_id")].append(change)
    found: dict[tuple[int, int, Decimal], Decimal | None] = {}
    for pk, some in lists.items():
        wanted = [(c.record.product_id, c.record.quantity) for c in some]
        found |= {(pk, *key): price for key, price in prices(buyer_of(whole[pk]), wanted).items()}
    with Errors(changes) as errors:
        for index, change in enumerate(changes):
            record = change.record
            parent = whole[getattr(record, f"{link}_id")]
            product = products.get(record.product_id)
            price = found.get((parent.pk, record.product_id, record.quantity))
            _describe(change, product)
            _price(change, price)
            if not record.description:
                errors.add(index, "description", NO_WORDS)
            if record.unit_price is None:
                errors.add(index, "unit_price", NO_PRICE)
                continue
            record.unit_price = round_money(record.unit_price, parent.currency)
            record.net = pricing.line_net(record.quantity, record.unit_price, record.discount, parent.currency)
            if record.net >= LIMIT:
                errors.add(index, "quantity", TOO_MUCH)
            if isinstance(record, Line) and not record.product_id:
                record.list_price = record.unit_price


def _place(module: str, changes: list[Change]) -> None:
    """New lines that say no position come last, in the order given."""
    link = f"{PARENTS[module]}_id"
    fresh = [change.record for change in changes if change.new and not change.record.position]
    if not fresh:
        return
    model: Any = get(module).model
    there = model.objects.filter(**{f"{link}__in": {getattr(one, link) for one in fresh}}).order_by()
    last = defaultdict(int, there.values_list(link).annotate(Max("position")))
    for one in fresh:
        last[getattr(one, link)] += 1
        one.position = last[getattr(one, link)]


def _describe(change: Change, product: Product | None) -> None:
    record = change.record
    chosen = product is not None and "product" in change.changed
    if product is not None and (not record.description or (chosen and "description" not in change.changed)):
        record.description = product.name
    if not isinstance(record, Line):
        return
    if product is not None:
        if change.touches("product"):
            record.cost = product.cost if product.currency == "EUR" else None
        if not record.unit or (chosen and "unit" not in change.changed):
            record.unit = product.unit
        if not record.vat_rate or (chosen and "vat_rate" not in change.changed):
            record.vat_rate = product.vat_rate
    elif change.touches("product"):
        record.cost = None
    record.vat_rate = record.vat_rate or "22"


def _price(change: Change, price: Decimal | None) -> None:
    """The list's price becomes the line's, unless somebody wrote another one."""
    record = change.record
    if price is None:
        return
    followed = not change.new and "unit_price" not in change.changed
    if isinstance(record, Line):
        followed = followed and ("product" in change.changed or change.before["unit_price"] == record.list_price)
        record.list_price = price
    elif followed:
        followed = "product" in change.changed
    if record.unit_price is None or followed:
        record.unit_price = price


def sums(document: Document, lines: Iterable[Line]) -> dict[str, Any]:
    """The derived amounts of a document with these lines."""
    lines = list(lines)
    result = pricing.totals(
        [pricing.Line(x.quantity, x.unit_price, x.discount, Decimal(x.vat_rate)) for x in lines],
        document.discount,
        document.currency,
    )
    if max(result.net, result.total) >= LIMIT:
        raise Invalid(TOO_MUCH)
    derived: dict[str, Any] = {
        "net": result.net,
        "discount_amount": result.discount,
        "taxable": result.taxable,
        "tax": result.tax,
        "total": result.total,
    }
    module = module_of(document)
    if module == "quote":
        derived["highest_discount"] = highest_discount(document, lines)
    elif module == "order":
        derived["lines_total"] = result.total if lines else None
        derived["items"] = sum((x.quantity for x in lines), Decimal(0))
    return derived


def highest_discount(document: Document, lines: Iterable[Line]) -> Decimal:
    """The largest part (percent) that any line gives away of its list price, the document's own discount included."""
    highest = Decimal(0)
    for line in lines:
        full = max(line.list_price, line.unit_price)
        if full and line.quantity:
            kept = line.unit_price / full * (100 - line.discount) * (100 - document.discount) / 100
            highest = max(highest, 100 - kept)
    return highest.quantize(Decimal("0.01"))


def lines_of(document: Any) -> list[Any]:
    """The lines of a document in order."""
    return list(document.lines.filter(deleted_at=None).order_by("position", "pk"))


def _total(ctx: Context, module: str, changes: list[Change]) -> None:
    """Bring the totals of the lines' documents up to date, once per document."""
    for document in parents(module, changes).values():
        if document.deleted_at is not None:
            continue
        lines = lines_of(document)
        if module == "opportunity_line":
            total = sum((line.net for line in lines), Decimal(0)) if lines else None
            values = {"lines_total": total}
            if total is not None:
                values["amount"] = total
            ctx.put(document, values)
        else:
            ctx.put(document, sums(document, lines))


def _register(module: str) -> None:
    @rule(module)
    def fill(ctx: Context, changes: list[Change]) -> None:
        _fill(module, changes)

    @rule(module, when="before_delete")
    def refuse(ctx: Context, changes: list[Change]) -> None:
        with Errors(changes) as errors:
            _refuse_closed(module, changes, parents(module, changes), errors)

    @rule(module, when="after")
    @rule(module, when="after_delete")
    @rule(module, when="after_restore")
    def total(ctx: Context, changes: list[Change]) -> None:
        _total(ctx, module, changes)


for _module in PARENTS:
    _register(_module)
