"""The catalogue as Modules."""

from __future__ import annotations

from dataclasses import replace

from anello.core.modules import (
    Boolean,
    Choice,
    Date,
    Decimal,
    Detail,
    Integer,
    L,
    Link,
    Listing,
    LongText,
    Module,
    Money,
    Percent,
    Section,
    Text,
    register,
)
from anello.operations.sales.models import Price, PriceList, Product, ProductCategory
from anello.operations.sales.module.choices import CURRENCIES, KEPT_BY_MANAGERS, UNITS, VAT_RATES

PRODUCT_CATEGORY = register(
    Module(
        "product_category",
        ProductCategory,
        names=L("Categoria", "Product category"),
        plural=L("Categorie", "Product categories"),
        icon="category",
        area="catalogue",
        arc="setup",
        fields=[
            Text("name", L("Nome", "Name")),
            Link("parent", L("Fa parte di", "Part of"), to="product_category"),
        ],
        views=[Listing(columns=["title", "parent", "updated_at"], sort="title")],
        access=KEPT_BY_MANAGERS,
    )
)

PRODUCT = register(
    Module(
        "product",
        Product,
        names=L("Prodotto", "Product"),
        plural=L("Prodotti", "Products"),
        icon="package",
        area="catalogue",
        fields=[
            Text("code", L("Codice", "Code"), warn_unique=True),
            Text("name", L("Nome", "Name")),
            Link("category", L("Categoria", "Category"), to="product_category"),
            LongText("description", L("Descrizione", "Description")),
            Choice("unit", L("Unità", "Unit"), options=UNITS),
            Money("price", L("Prezzo base", "Base price")),
            Choice("currency", L("Valuta", "Currency"), options=CURRENCIES),
            Money("cost", L("Costo", "Cost")),
            Percent("margin", L("Margine", "Margin"), readonly=True, minimum=None),
            Choice("vat_rate", L("IVA", "VAT"), options=VAT_RATES),
            Boolean("active", L("In vendita", "On sale")),
        ],
        search=["code", "description"],
        duplicates=["code"],
        views=[
            Listing(columns=["code", "title", "category", "price", "unit", "vat_rate", "active"], sort="title"),
            Detail(
                sections=[
                    Section(L("Prodotto", "Product"), ["code", "name", "category", "description", "active"]),
                    Section(L("Prezzo", "Price"), ["price", "currency", "unit", "vat_rate", "cost", "margin"]),
                ],
                figures=["price", "margin"],
                related=["price.product", "opportunity_line.product", "quote_line.product", "order_line.product"],
            ),
        ],
        access=replace(KEPT_BY_MANAGERS, fields={"cost": "hidden", "margin": "hidden"}),
        quick=["code", "name", "category", "price", "unit", "vat_rate"],
    )
)

PRICE_LIST = register(
    Module(
        "price_list",
        PriceList,
        names=L("Listino", "Price list"),
        plural=L("Listini", "Price lists"),
        icon="tags",
        area="catalogue",
        slug="price-lists",
        fields=[
            Text("name", L("Nome", "Name")),
            Choice("currency", L("Valuta", "Currency"), options=CURRENCIES),
            Date("valid_from", L("Valido dal", "Valid from")),
            Date("valid_to", L("Valido fino al", "Valid to")),
            Link("organisation", L("Per l'organizzazione", "For the organisation"), to="organisation"),
            Link("person", L("Per la persona", "For the person"), to="person"),
            Text(
                "segment",
                L("Per i clienti con l'etichetta", "For customers tagged"),
                help=L("Un'etichetta della persona o dell'organizzazione.", "A tag of the person or organisation."),
            ),
            Integer(
                "priority",
                L("Priorità", "Priority"),
                help=L("A parità di cliente vince la più alta.", "Among equals the highest wins."),
                minimum=-1000,
                maximum=1000,
            ),
            Boolean("is_default", L("Per tutti", "For everybody")),
            Boolean("active", L("Attivo", "Active")),
        ],
        search=["segment"],
        views=[
            Listing(
                columns=[
                    "title",
                    "currency",
                    "organisation",
                    "segment",
                    "valid_from",
                    "valid_to",
                    "is_default",
                    "active",
                ],
                sort="title",
            ),
            Detail(
                sections=[
                    Section(
                        L("Listino", "Price list"), ["name", "currency", "valid_from", "valid_to", "priority", "active"]
                    ),
                    Section(L("Per chi", "For whom"), ["is_default", "segment", "organisation", "person"]),
                ],
                related=["price.price_list", "quote.price_list"],
            ),
        ],
        access=KEPT_BY_MANAGERS,
        quick=["name", "currency", "valid_from", "valid_to", "segment", "organisation"],
    )
)

PRICE = register(
    Module(
        "price",
        Price,
        names=L("Prezzo", "Price"),
        plural=L("Prezzi", "Prices"),
        icon="tag",
        area="catalogue",
        title=lambda p: f"{p.product.title} ≥ {p.minimum.normalize():f}",
        fields=[
            Link("price_list", L("Listino", "Price list"), to="price_list"),
            Link("product", L("Prodotto", "Product"), to="product"),
            Decimal("minimum", L("Da quantità", "From quantity"), minimum=0),
            Money("price", L("Prezzo", "Price"), minimum=0),
        ],
        views=[Listing(columns=["price_list", "product", "minimum", "price"], sort="title")],
        parents=("price_list",),
        listed=False,
    )
)
