"""Quotes, orders and invoices, their lines, and the numbers they are given."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from anello.core.modules import Record
from anello.operations.sales.models.columns import (
    ALIVE,
    Part,
    belongs,
    currency_code,
    link,
    money,
    percent,
    pieces,
    said,
)

USER = "accounts.User"


class Seller(models.Model):
    """The company that quotes and invoices, as its documents name it; there is one."""

    name = models.CharField(max_length=200)
    street = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=12, blank=True)
    city = models.CharField(max_length=100, blank=True)
    province = models.CharField(max_length=60, blank=True)
    country = models.CharField(max_length=2, default="IT")
    vat = models.CharField(max_length=20, blank=True)
    tax_code = models.CharField(max_length=16, blank=True)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    website = models.CharField(max_length=300, blank=True)
    iban = models.CharField(max_length=34, blank=True)
    footer = models.CharField(max_length=300, blank=True)
    only = models.BooleanField(default=True, editable=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["only"],
                name="seller_only_one",
                violation_error_message=said("L'azienda c'è già: modificala.", "The company is there: change it."),
            ),
            models.CheckConstraint(condition=Q(only=True), name="seller_only"),
        ]

    def __str__(self) -> str:
        return self.name


class NumberSequence(models.Model):
    """How the documents of a kind are numbered (`pattern`: see `anello.kit.numbering`); invoices may have several."""

    document = models.CharField(max_length=20)
    code = models.CharField(max_length=20, default="main")
    pattern = models.CharField(max_length=60)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "code"], name="numbersequence_once")]

    def __str__(self) -> str:
        return self.pattern


class NumberCounter(models.Model):
    """The last number given out in a series (a year, say) of a sequence, and the date of the document that got it."""

    sequence = models.ForeignKey(NumberSequence, on_delete=models.PROTECT, related_name="counters")
    series = models.CharField(max_length=10, blank=True)
    last = models.PositiveIntegerField()
    last_date = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sequence", "series"], name="numbercounter_once")]


class DiscountLimit(Record):
    """How much discount needs no approval, by role and team (empty: any). The largest that fits holds."""

    name = models.CharField(max_length=120)
    role = link("accounts.Role")
    sales_team = link("accounts.Team")
    max_discount = percent(default=models.NOT_PROVIDED)

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["role", "sales_team"], condition=ALIVE, nulls_distinct=False, name="discountlimit_once"
            ),
            models.CheckConstraint(
                condition=Q(max_discount__gte=0, max_discount__lte=100), name="discountlimit_percent"
            ),
        ]


class Document(Record):
    """What quotes, orders and invoices share; the amounts follow from the lines."""

    number = models.CharField(max_length=20, blank=True, editable=False)
    person = link("customers.Person")
    organisation = link("customers.Organisation")
    currency = currency_code()
    date = models.DateField(default=timezone.localdate)
    discount = percent()
    net = money(editable=False)
    discount_amount = money(editable=False)
    taxable = money(editable=False)
    tax = money(editable=False)
    total = money(editable=False)
    payment_terms = models.CharField(max_length=200, blank=True)
    notes = models.TextField(blank=True)

    class Meta(Record.Meta):
        abstract = True
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["status", "updated_at", "id"], name="%(class)s_status", condition=ALIVE),
            models.Index(fields=["date", "id"], name="%(class)s_date", condition=ALIVE),
            models.Index(fields=["total", "id"], name="%(class)s_total", condition=ALIVE),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False) | Q(organisation__isnull=False),
                name="%(class)s_customer",
                violation_error_message=said("Indica il cliente.", "Give the customer."),
            ),
            models.CheckConstraint(
                condition=Q(total=F("taxable") + F("tax"), taxable=F("net") - F("discount_amount")),
                name="%(class)s_sums",
            ),
        ]


class Line(Part):
    """A row of a document. `list_price` and `cost` are what catalogue and price lists said when it was written."""

    product = link("sales.Product")
    description = models.CharField(max_length=1000, blank=True)
    quantity = pieces()
    unit = models.CharField(max_length=10, blank=True, default="")
    unit_price = money(blank=True, default=models.NOT_PROVIDED)
    discount = percent()
    vat_rate = models.CharField(max_length=5, blank=True, default="")
    net = money(editable=False)
    list_price = money(editable=False)
    cost = money(null=True, blank=True, default=None, editable=False)
    position = models.PositiveIntegerField(default=0)

    class Meta(Part.Meta):
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=~Q(description="") & ~Q(vat_rate=""),
                name="%(class)s_complete",
                violation_error_message=said("Scegli un prodotto o scrivi che cosa.", "Choose a product or write it."),
            )
        ]


class Quote(Document):
    """An offer. A new revision keeps the number; only the newest revision of a number is live."""

    name = models.CharField(max_length=200, blank=True)
    revision = models.PositiveSmallIntegerField(default=1, editable=False)
    previous = link("self", editable=False)
    status = models.CharField(max_length=20, default="draft", editable=False)
    opportunity = link("sales.Opportunity", related_name="quotes")
    price_list = link("sales.PriceList")
    valid_until = models.DateField(null=True, blank=True)
    highest_discount = percent(editable=False)
    approved_by = link(USER, editable=False)
    approval_note = models.CharField(max_length=500, blank=True, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    decline_reason = models.CharField(max_length=500, blank=True, editable=False)

    class Meta(Document.Meta):
        indexes = [
            *Document.Meta.indexes,
            models.Index(fields=["valid_until"], name="quote_expiry", condition=ALIVE & Q(status="sent")),
        ]
        constraints = [
            *Document.Meta.constraints,
            models.UniqueConstraint(fields=["number", "revision"], name="quote_number_unique"),
        ]


class QuoteLine(Line):
    """A row of a quote."""

    quote = belongs("sales.Quote", related_name="lines")

    class Meta(Line.Meta):
        indexes = [models.Index(fields=["quote", "position", "id"], name="quoteline_order")]

    @property
    def currency(self) -> str:
        return self.quote.currency


class Order(Document):
    """What a customer bought. Without lines (history from elsewhere) `total` and `items` are given as they were."""

    status = models.CharField(max_length=20, default="draft")
    quote = link("sales.Quote", editable=False, related_name="orders")
    opportunity = link("sales.Opportunity", related_name="orders")
    total = money()
    lines_total = money(null=True, default=None, editable=False)
    items = pieces(default=0)
    reference = models.CharField(max_length=80, blank=True)
    external_id = models.CharField(max_length=80, blank=True, db_index=True)
    delivery_date = models.DateField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    fulfilled_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(Document.Meta):
        constraints = [
            *Document.Meta.constraints,
            models.UniqueConstraint(fields=["number"], name="order_number_unique"),
        ]


class OrderLine(Line):
    """A row of an order."""

    order = belongs("sales.Order", related_name="lines")

    class Meta(Line.Meta):
        indexes = [models.Index(fields=["order", "position", "id"], name="orderline_order")]

    @property
    def currency(self) -> str:
        return self.order.currency


class Invoice(Document):
    """An invoice, or a credit note that takes one back. It has a number from the moment it is issued, for ever."""

    kind = models.CharField(max_length=12, default="invoice", editable=False)
    status = models.CharField(max_length=20, default="draft", editable=False)
    sequence = link("sales.NumberSequence", editable=False)
    order = link("sales.Order", editable=False, related_name="invoices")
    corrects = link("self", editable=False, related_name="credit_notes")
    due_date = models.DateField(null=True, blank=True)
    issued_at = models.DateTimeField(null=True, blank=True, editable=False)
    paid = money(editable=False)
    paid_on = models.DateField(null=True, blank=True, editable=False)
    open_amount = money(editable=False)

    class Meta(Document.Meta):
        indexes = [
            *Document.Meta.indexes,
            models.Index(fields=["due_date"], name="invoice_due", condition=ALIVE & Q(status="issued")),
        ]
        constraints = [
            *Document.Meta.constraints,
            models.UniqueConstraint(
                fields=["sequence", "number"], condition=~Q(number=""), name="invoice_number_unique"
            ),
            models.CheckConstraint(
                condition=Q(status="draft", number="", issued_at=None)
                | (~Q(status="draft") & ~Q(number="") & Q(issued_at__isnull=False, sequence__isnull=False)),
                name="invoice_number_when_issued",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at=None) | Q(number=""),
                name="invoice_issued_stays",
                violation_error_message=said(
                    "Una fattura emessa non si elimina: fai una nota di credito.",
                    "An issued invoice cannot be deleted: make a credit note.",
                ),
            ),
        ]


class InvoiceLine(Line):
    """A row of an invoice."""

    invoice = belongs("sales.Invoice", related_name="lines")

    class Meta(Line.Meta):
        indexes = [models.Index(fields=["invoice", "position", "id"], name="invoiceline_order")]

    @property
    def currency(self) -> str:
        return self.invoice.currency
