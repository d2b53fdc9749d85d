"""What is sold, and at which price to whom."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from anello.core.modules import Record
from anello.operations.sales.models.columns import ALIVE, Part, belongs, currency_code, link, money, pieces, said


class ProductCategory(Record):
    """A shelf of the catalogue; categories form a tree."""

    name = models.CharField(max_length=120)
    parent = link("self")

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["name", "parent"], condition=ALIVE, nulls_distinct=False, name="productcategory_name_unique"
            )
        ]


class Product(Record):
    """A good or a service. `price` holds where no price list says otherwise; `margin` is the percent it leaves."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    category = link("sales.ProductCategory", related_name="products")
    description = models.TextField(blank=True)
    unit = models.CharField(max_length=10, default="piece")
    price = money()
    currency = currency_code()
    cost = money(null=True, blank=True, default=None)
    margin = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    vat_rate = models.CharField(max_length=5, default="22")
    active = models.BooleanField(default=True)

    class Meta(Record.Meta):
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["category", "title_key", "id"], name="product_category", condition=ALIVE),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["code"],
                condition=ALIVE,
                name="product_code_unique",
                violation_error_message=said("Un altro prodotto ha questo codice.", "Another product has this code."),
            ),
            models.CheckConstraint(
                condition=Q(price__gte=0) & (Q(cost=None) | Q(cost__gte=0)),
                name="product_price_positive",
                violation_error_message=said(
                    "Prezzo e costo non possono essere negativi.", "Price and cost cannot be negative."
                ),
            ),
        ]


class PriceList(Record):
    """Prices for one customer, for the customers with a tag, or (`is_default`) for everybody, while it is valid."""

    name = models.CharField(max_length=120)
    currency = currency_code()
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    organisation = link("customers.Organisation")
    person = link("customers.Person")
    segment = models.CharField(max_length=60, blank=True, db_index=True)
    priority = models.IntegerField(default=0)
    is_default = models.BooleanField(default=False)
    active = models.BooleanField(default=True)

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=ALIVE,
                name="pricelist_name_unique",
                violation_error_message=said("Un altro listino ha questo nome.", "Another price list has this name."),
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="pricelist_validity",
                violation_error_message=said(
                    "La validità finisce prima di cominciare.", "The validity ends before it begins."
                ),
            ),
        ]


class Price(Part):
    """The unit price of a product in a price list from a quantity on."""

    price_list = belongs("sales.PriceList", related_name="prices")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="prices")
    minimum = pieces()
    price = money(default=models.NOT_PROVIDED)

    class Meta(Part.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["price_list", "product", "minimum"],
                condition=ALIVE,
                name="price_tier_unique",
                violation_error_message=said(
                    "Il listino ha già un prezzo per questo prodotto da questa quantità.",
                    "The price list already has a price of this product from this quantity.",
                ),
            ),
            models.CheckConstraint(
                condition=Q(price__gte=0, minimum__gt=0),
                name="price_positive",
                violation_error_message=said(
                    "Il prezzo non può essere negativo e la quantità parte da più di zero.",
                    "The price cannot be negative and the quantity starts above zero.",
                ),
            ),
        ]
