"""The values of the choices of sales."""

from __future__ import annotations

from anello.core.modules import Access, L, Option, Scope

CURRENCIES = [
    Option("EUR", L("Euro", "Euro")),
    Option("USD", L("Dollaro USA", "US dollar")),
    Option("GBP", L("Sterlina", "Pound sterling")),
    Option("CHF", L("Franco svizzero", "Swiss franc")),
]
VAT_RATES = [
    Option("22", L("22% ordinaria", "22% standard")),
    Option("10", L("10% ridotta", "10% reduced")),
    Option("5", L("5% ridotta", "5% reduced")),
    Option("4", L("4% minima", "4% super-reduced")),
    Option("0", L("0% esente", "0% exempt")),
]
UNITS = [
    Option("piece", L("pz", "pcs")),
    Option("hour", L("h", "h")),
    Option("day", L("gg", "days")),
    Option("month", L("mesi", "months")),
    Option("year", L("anni", "years")),
    Option("kg", L("kg", "kg")),
    Option("metre", L("m", "m")),
    Option("service", L("a corpo", "lump sum")),
]
LEAD_STATUSES = [
    Option("new", L("Nuovo", "New"), "blue"),
    Option("working", L("In lavorazione", "Working"), "amber"),
    Option("qualified", L("Qualificato", "Qualified"), "violet"),
    Option("converted", L("Convertito", "Converted"), "green"),
    Option("lost", L("Scartato", "Discarded"), "slate"),
]
OPEN_LEADS = ("new", "working", "qualified")
STRATEGIES = [
    Option("round_robin", L("A turno", "Round robin"), "blue"),
    Option("load", L("A chi ne ha meno", "To the least loaded"), "teal"),
    Option("territory", L("Per territorio", "By territory"), "violet"),
    Option("person", L("A un venditore", "To one salesperson"), "amber"),
]
STAGE_KINDS = [
    Option("open", L("Aperta", "Open"), "blue"),
    Option("won", L("Vinta", "Won"), "green"),
    Option("lost", L("Persa", "Lost"), "red"),
]
FORECASTS = [
    Option("omitted", L("Esclusa", "Omitted"), "slate"),
    Option("pipeline", L("In corso", "Pipeline"), "blue"),
    Option("best_case", L("Possibile", "Best case"), "violet"),
    Option("commit", L("Impegno", "Commit"), "amber"),
    Option("closed", L("Chiusa", "Closed"), "green"),
]
LOST_REASONS = [
    Option("price", L("Prezzo", "Price"), "amber"),
    Option("competitor", L("Scelto un concorrente", "Chose a competitor"), "red"),
    Option("no_budget", L("Budget assente", "No budget"), "slate"),
    Option("timing", L("Momento sbagliato", "Wrong moment"), "blue"),
    Option("product", L("Il prodotto non basta", "Product does not fit"), "violet"),
    Option("no_answer", L("Non risponde più", "Stopped answering"), "slate"),
    Option("other", L("Altro", "Other"), "gray"),
]
QUOTE_STATUSES = [
    Option("draft", L("Bozza", "Draft"), "slate"),
    Option("pending", L("Da approvare", "Pending approval"), "amber"),
    Option("approved", L("Approvato", "Approved"), "teal"),
    Option("sent", L("Inviato", "Sent"), "blue"),
    Option("accepted", L("Accettato", "Accepted"), "green"),
    Option("declined", L("Rifiutato", "Declined"), "red"),
    Option("expired", L("Scaduto", "Expired"), "gray"),
    Option("superseded", L("Sostituito", "Superseded"), "gray"),
]
ORDER_STATUSES = [
    Option("draft", L("Bozza", "Draft"), "slate"),
    Option("confirmed", L("Confermato", "Confirmed"), "blue"),
    Option("fulfilled", L("Evaso", "Fulfilled"), "green"),
    Option("cancelled", L("Annullato", "Cancelled"), "red"),
]
INVOICE_KINDS = [
    Option("invoice", L("Fattura", "Invoice"), "blue"),
    Option("credit_note", L("Nota di credito", "Credit note"), "amber"),
]
INVOICE_STATUSES = [
    Option("draft", L("Bozza", "Draft"), "slate"),
    Option("issued", L("Emessa", "Issued"), "blue"),
    Option("overdue", L("Scaduta", "Overdue"), "red"),
    Option("paid", L("Pagata", "Paid"), "green"),
    Option("credited", L("Stornata", "Credited"), "gray"),
]
PERIODS = [
    Option("month", L("Mese", "Month")),
    Option("quarter", L("Trimestre", "Quarter")),
    Option("year", L("Anno", "Year")),
]
DOCUMENTS = [
    Option("quote", L("Preventivo", "Quote")),
    Option("order", L("Ordine", "Order")),
    Option("invoice", L("Fattura", "Invoice")),
    Option("credit_note", L("Nota di credito", "Credit note")),
]

SELLING = Access(view=Scope.TEAM, create=Scope.OWN, edit=Scope.OWN, delete=Scope.OWN)
KEPT_BY_MANAGERS = Access(
    view=Scope.ALL, create=Scope.NONE, edit=Scope.NONE, delete=Scope.NONE, export=Scope.NONE, manager=Scope.ALL
)
"""Everybody in the area reads it; its managers write it."""
LINE_QUICK = ("product", "description", "quantity", "unit_price", "discount")
"""What the small form of a line asks for, in every document."""
