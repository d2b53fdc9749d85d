"""Quotes, orders, invoices and what governs them as Modules."""

from __future__ import annotations

from anello.core.modules import (
    Board,
    Choice,
    Date,
    DateTime,
    Decimal,
    Detail,
    Email,
    Fact,
    Field,
    Integer,
    L,
    Link,
    Listing,
    LongText,
    Module,
    Money,
    Percent,
    Phone,
    Section,
    TaxCode,
    Text,
    Timeline,
    Url,
    Vat,
    register,
)
from anello.core.modules.spec import Access
from anello.operations.sales.models import (
    DiscountLimit,
    Document,
    Invoice,
    InvoiceLine,
    NumberSequence,
    Order,
    OrderLine,
    Quote,
    QuoteLine,
    Seller,
)
from anello.operations.sales.module.choices import (
    CURRENCIES,
    DOCUMENTS,
    INVOICE_KINDS,
    INVOICE_STATUSES,
    KEPT_BY_MANAGERS,
    LINE_QUICK,
    ORDER_STATUSES,
    QUOTE_STATUSES,
    SELLING,
    UNITS,
    VAT_RATES,
)

_CUSTOMER = Section(L("Cliente", "Customer"), ["organisation", "person", "owner"])
_LINE_COLUMNS = ["description", "quantity", "unit_price", "discount", "vat_rate", "net"]
LINE_ACCESS = Access(fields={"cost": "hidden"})


def _sums(*, total: Field | None = None) -> list[Field]:
    return [
        Money("net", L("Totale righe", "Total of lines"), readonly=True),
        Money("discount_amount", L("Sconto", "Discount amount"), readonly=True),
        Money("taxable", L("Imponibile", "Taxable"), readonly=True),
        Money("tax", L("IVA", "VAT"), readonly=True),
        total or Money("total", L("Totale", "Total"), readonly=True),
    ]


def _document(*own: Field, sums: list[Field]) -> list[Field]:
    return [
        Text("number", L("Numero", "Document number"), readonly=True),
        *own,
        Link("organisation", L("Organizzazione", "Organisation"), to="organisation"),
        Link("person", L("Persona", "Person"), to="person"),
        Choice("currency", L("Valuta", "Currency"), options=CURRENCIES),
        Date("date", L("Data", "Date")),
        Percent("discount", L("Sconto sul totale", "Discount on the total")),
        *sums,
        Text("payment_terms", L("Pagamento", "Payment terms")),
        LongText("notes", L("Note", "Notes")),
    ]


def _line(parent: Link) -> list[Field]:
    return [
        parent,
        Link("product", L("Prodotto", "Product"), to="product"),
        Text("description", L("Descrizione", "Description")),
        Decimal("quantity", L("Quantità", "Quantity"), minimum=0),
        Choice("unit", L("Unità", "Unit"), options=UNITS),
        Money("unit_price", L("Prezzo unitario", "Unit price"), minimum=0),
        Percent("discount", L("Sconto", "Discount")),
        Choice("vat_rate", L("IVA", "VAT"), options=VAT_RATES),
        Money("net", L("Importo", "Amount"), readonly=True),
        Money("list_price", L("Prezzo di listino", "List price"), readonly=True),
        Money("cost", L("Costo", "Cost"), readonly=True),
        Integer("position", L("Posizione", "Position")),
    ]


def _of_line(record: object) -> str:
    return str(getattr(record, "description", ""))


def _number(record: Document) -> str:
    return record.number or str(L("Bozza", "Draft"))


QUOTE = register(
    Module(
        "quote",
        Quote,
        names=L("Preventivo", "Quote"),
        plural=L("Preventivi", "Quotes"),
        icon="file-text",
        area="sales",
        arc="outcome",
        title=lambda q: f"{q.number} v{q.revision}" if q.revision > 1 else q.number,
        fields=_document(
            Text("name", L("Oggetto", "Subject")),
            Integer("revision", L("Versione", "Revision"), readonly=True),
            Link("previous", L("Sostituisce", "Replaces"), to="quote", readonly=True),
            Choice("status", L("Stato", "Status"), options=QUOTE_STATUSES, readonly=True),
            Link("opportunity", L("Opportunità", "Opportunity"), to="opportunity"),
            Link("price_list", L("Listino", "Price list"), to="price_list"),
            Date("valid_until", L("Valido fino al", "Valid until")),
            Percent("highest_discount", L("Sconto più alto", "Highest discount"), readonly=True),
            Link("approved_by", L("Approvato da", "Approved by"), to="user", readonly=True),
            Text("approval_note", L("Nota di approvazione", "Approval note"), readonly=True),
            DateTime("sent_at", L("Inviato il", "Sent"), readonly=True),
            DateTime("decided_at", L("Deciso il", "Decided"), readonly=True),
            Text("decline_reason", L("Perché è rifiutato", "Declined because"), readonly=True),
            sums=_sums(),
        ),
        search=["number", "name"],
        views=[
            Listing(columns=["title", "name", "organisation", "status", "total", "date", "valid_until", "owner"]),
            Board(
                by="status",
                total="total",
                card=["organisation", "total", "valid_until", "owner"],
                verbs={
                    "draft": "quote.withdraw",
                    "pending": "quote.request_approval",
                    "approved": "quote.approve",
                    "sent": "quote.send",
                    "accepted": "quote.accept",
                    "declined": "quote.decline",
                },
            ),
            Detail(
                sections=[
                    Section(L("Preventivo", "Quote"), ["name", "status", "date", "valid_until", "previous"]),
                    _CUSTOMER,
                    Section(
                        L("Condizioni", "Terms"),
                        ["opportunity", "price_list", "currency", "discount", "payment_terms", "notes"],
                    ),
                    Section(L("Importi", "Amounts"), ["net", "discount_amount", "taxable", "tax", "total"]),
                    Section(
                        L("Approvazione ed esito", "Approval and outcome"),
                        ["highest_discount", "approved_by", "approval_note", "sent_at", "decided_at", "decline_reason"],
                    ),
                ],
                figures=["status", "total", "valid_until"],
                related=["order.quote", "quote.previous"],
            ),
        ],
        access=SELLING,
        timeline=Timeline(
            person="person", organisation="organisation", kinds=("created", "send", "accept", "decline", "expired")
        ),
        facts=[
            Fact(
                "quoted",
                L("Preventivi inviati", "Quotes sent"),
                at="sent_at",
                measures=["total", "taxable", "highest_discount"],
                dims=["status", "owner", "team", "organisation", "opportunity.source"],
                customer=["organisation", "person"],
            ),
        ],
        quick=["name", "organisation", "person", "opportunity", "valid_until"],
    )
)

QUOTE_LINE = register(
    Module(
        "quote_line",
        QuoteLine,
        names=L("Riga di preventivo", "Quote line"),
        plural=L("Righe di preventivo", "Quote lines"),
        icon="list-details",
        area="sales",
        title=_of_line,
        fields=_line(Link("quote", L("Preventivo", "Quote"), to="quote")),
        views=[Listing(columns=_LINE_COLUMNS, sort="position")],
        access=LINE_ACCESS,
        parents=("quote",),
        quick=LINE_QUICK,
        listed=False,
    )
)

ORDER = register(
    Module(
        "order",
        Order,
        names=L("Ordine", "Order"),
        plural=L("Ordini", "Orders"),
        icon="shopping-cart",
        area="sales",
        arc="outcome",
        title=_number,
        fields=_document(
            Choice("status", L("Stato", "Status"), options=ORDER_STATUSES),
            Link("quote", L("Preventivo", "Quote"), to="quote", readonly=True),
            Link("opportunity", L("Opportunità", "Opportunity"), to="opportunity"),
            Text("reference", L("Riferimento del cliente", "Customer's reference")),
            Text("external_id", L("Codice esterno", "External id"), warn_unique=True),
            Date("delivery_date", L("Consegna", "Delivery")),
            Decimal("items", L("Pezzi", "Items"), minimum=0),
            DateTime("confirmed_at", L("Confermato il", "Confirmed"), readonly=True),
            DateTime("fulfilled_at", L("Evaso il", "Fulfilled"), readonly=True),
            DateTime("cancelled_at", L("Annullato il", "Cancelled"), readonly=True),
            Money("lines_total", L("Totale dalle righe", "Total from lines"), readonly=True, listed=False),
            sums=_sums(
                total=Money(
                    "total",
                    L("Totale", "Total"),
                    minimum=0,
                    help=L("Si scrive solo se l'ordine non ha righe.", "Given only when the order has no lines."),
                )
            ),
        ),
        search=["number", "reference", "external_id"],
        duplicates=["external_id"],
        views=[
            Listing(columns=["title", "organisation", "person", "status", "total", "date", "delivery_date", "owner"]),
            Board(
                by="status",
                total="total",
                card=["organisation", "person", "total", "date"],
                verbs={"confirmed": "order.confirm", "fulfilled": "order.fulfil", "cancelled": "order.cancel"},
            ),
            Detail(
                sections=[
                    Section(L("Ordine", "Order"), ["status", "date", "delivery_date", "reference", "items"]),
                    _CUSTOMER,
                    Section(
                        L("Condizioni", "Terms"),
                        ["quote", "opportunity", "currency", "discount", "payment_terms", "notes"],
                    ),
                    Section(L("Importi", "Amounts"), ["net", "discount_amount", "taxable", "tax", "total"]),
                    Section(L("Date", "Dates"), ["confirmed_at", "fulfilled_at", "cancelled_at", "external_id"]),
                ],
                figures=["status", "total", "date"],
                related=["invoice.order"],
            ),
        ],
        access=SELLING,
        timeline=Timeline(
            person="person",
            organisation="organisation",
            kinds=("created", "confirm", "fulfil", "cancel"),
            at="date",
        ),
        facts=[
            Fact(
                "ordered",
                L("Ordini confermati", "Orders confirmed"),
                at="date",
                measures=["total", "taxable", "items"],
                dims=["organisation", "owner", "team", "status", "organisation.city", "opportunity.source"],
                customer=["organisation", "person"],
                where={"field": "status", "op": "in", "value": ["confirmed", "fulfilled"]},
            ),
        ],
        quick=["organisation", "person", "date", "reference"],
    )
)

ORDER_LINE = register(
    Module(
        "order_line",
        OrderLine,
        names=L("Riga d'ordine", "Order line"),
        plural=L("Righe d'ordine", "Order lines"),
        icon="list-details",
        area="sales",
        title=_of_line,
        fields=_line(Link("order", L("Ordine", "Order"), to="order")),
        views=[Listing(columns=_LINE_COLUMNS, sort="position")],
        access=LINE_ACCESS,
        parents=("order",),
        quick=LINE_QUICK,
        listed=False,
    )
)

INVOICE = register(
    Module(
        "invoice",
        Invoice,
        names=L("Fattura", "Invoice"),
        plural=L("Fatture", "Invoices"),
        icon="file-invoice",
        area="sales",
        arc="outcome",
        title=_number,
        fields=_document(
            Choice("kind", L("Tipo", "Type"), options=INVOICE_KINDS, readonly=True),
            Choice("status", L("Stato", "Status"), options=INVOICE_STATUSES, readonly=True),
            Link("sequence", L("Sezionale", "Number series"), to="number_sequence", readonly=True),
            Link("order", L("Ordine", "Order"), to="order", readonly=True),
            Link("corrects", L("Storna", "Credits"), to="invoice", readonly=True),
            Date("due_date", L("Scadenza", "Due")),
            DateTime("issued_at", L("Emessa il", "Issued"), readonly=True),
            Money("paid", L("Pagato", "Paid"), readonly=True),
            Date("paid_on", L("Pagata il", "Paid on"), readonly=True),
            Money("open_amount", L("Da incassare", "Open"), readonly=True),
            sums=_sums(),
        ),
        search=["number"],
        views=[
            Listing(columns=["title", "organisation", "person", "status", "total", "open_amount", "date", "due_date"]),
            Board(
                by="status",
                total="open_amount",
                card=["organisation", "total", "due_date", "owner"],
                verbs={"issued": "invoice.issue", "paid": "invoice.pay"},
            ),
            Detail(
                sections=[
                    Section(L("Fattura", "Invoice"), ["kind", "status", "date", "due_date", "sequence"]),
                    _CUSTOMER,
                    Section(
                        L("Condizioni", "Terms"),
                        ["order", "corrects", "currency", "discount", "payment_terms"],
                    ),
                    Section(L("Importi", "Amounts"), ["net", "discount_amount", "taxable", "tax", "total"]),
                    Section(L("Incasso", "Payment"), ["paid", "paid_on", "open_amount", "issued_at"]),
                    Section(L("Note", "Notes"), ["notes"]),
                ],
                figures=["status", "total", "open_amount", "due_date"],
                related=["invoice.corrects"],
            ),
        ],
        access=SELLING,
        timeline=Timeline(person="person", organisation="organisation", kinds=("issue", "pay", "overdue", "credit")),
        facts=[
            Fact(
                "invoiced",
                L("Fatture emesse", "Invoices issued"),
                at="date",
                measures=["total", "taxable", "paid", "open_amount"],
                dims=["organisation", "status", "kind", "owner", "team"],
                customer=["organisation", "person"],
                where={"field": "issued_at", "op": "not_empty"},
            ),
        ],
        quick=["organisation", "person", "due_date"],
    )
)

INVOICE_LINE = register(
    Module(
        "invoice_line",
        InvoiceLine,
        names=L("Riga di fattura", "Invoice line"),
        plural=L("Righe di fattura", "Invoice lines"),
        icon="list-details",
        area="sales",
        title=_of_line,
        fields=_line(Link("invoice", L("Fattura", "Invoice"), to="invoice")),
        views=[Listing(columns=_LINE_COLUMNS, sort="position")],
        access=LINE_ACCESS,
        parents=("invoice",),
        quick=LINE_QUICK,
        listed=False,
    )
)

NUMBER_SEQUENCE = register(
    Module(
        "number_sequence",
        NumberSequence,
        names=L("Numerazione", "Number series"),
        plural=L("Numerazioni", "Number series"),
        icon="hash",
        area="sales",
        arc="setup",
        slug="number-series",
        fields=[
            Choice("document", L("Documento", "Document"), options=DOCUMENTS),
            Text("code", L("Sezionale", "Series")),
            Text(
                "pattern",
                L("Formato", "Format"),
                help=L("Per esempio PREV-{year}-{seq:05}.", "For example QUO-{year}-{seq:05}."),
            ),
            Integer("id", L("Numero", "Number"), readonly=True),
        ],
        views=[Listing(columns=["document", "code", "pattern"], sort="document")],
        access=KEPT_BY_MANAGERS,
    )
)

SELLER = register(
    Module(
        "seller",
        Seller,
        names=L("La nostra azienda", "Our company"),
        plural=L("La nostra azienda", "Our company"),
        icon="building-store",
        area="sales",
        arc="setup",
        slug="our-company",
        fields=[
            Text("name", L("Ragione sociale", "Name")),
            Text("street", L("Indirizzo", "Street")),
            Text("postal_code", L("CAP", "Postal code")),
            Text("city", L("Città", "City")),
            Text("province", L("Provincia", "Province")),
            Text("country", L("Paese", "Country")),
            Vat("vat", L("Partita IVA", "VAT number")),
            TaxCode("tax_code", L("Codice fiscale", "Tax code")),
            Email("email", L("E-mail", "E-mail")),
            Phone("phone", L("Telefono", "Phone")),
            Url("website", L("Sito web", "Web site")),
            Text("iban", L("IBAN", "IBAN")),
            Text("footer", L("In fondo ai documenti", "At the foot of documents")),
            Integer("id", L("Numero", "Number"), readonly=True),
        ],
        views=[Listing(columns=["name", "city", "vat", "email"], sort="name")],
        access=KEPT_BY_MANAGERS,
    )
)

DISCOUNT_LIMIT = register(
    Module(
        "discount_limit",
        DiscountLimit,
        names=L("Limite di sconto", "Discount limit"),
        plural=L("Limiti di sconto", "Discount limits"),
        icon="percentage",
        area="sales",
        arc="setup",
        slug="discount-limits",
        fields=[
            Text("name", L("Nome", "Name")),
            Link("role", L("Per il ruolo", "For the role"), to="role"),
            Link("sales_team", L("Per la squadra", "For the team"), to="team"),
            Percent("max_discount", L("Sconto senza approvazione", "Discount without approval")),
        ],
        views=[Listing(columns=["title", "role", "sales_team", "max_discount"], sort="title")],
        access=KEPT_BY_MANAGERS,
    )
)
