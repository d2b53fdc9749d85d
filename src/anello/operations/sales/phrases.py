"""The events of sales in words that follow the actor's name in a record's history."""

from __future__ import annotations

from anello.core.events.models import Event
from anello.core.ui.records.panels import phrase
from anello.kit.text import L

_PHRASES = {
    "lead.assign": L("ha assegnato il potenziale", "assigned the lead"),
    "lead.assigned": L("ha assegnato il potenziale secondo le regole", "assigned the lead by the rules"),
    "lead.convert": L("ha convertito il potenziale", "converted the lead"),
    "opportunity.move": L("ha spostato la trattativa", "moved the deal"),
    "opportunity.win": L("ha chiuso la trattativa", "closed the deal"),
    "opportunity.won": L("ha vinto la trattativa", "won the deal"),
    "opportunity.lose": L("ha chiuso la trattativa", "closed the deal"),
    "opportunity.lost": L("ha perso la trattativa", "lost the deal"),
    "opportunity.reopen": L("ha ripreso la trattativa", "took the deal up again"),
    "opportunity.reopened": L("ha riaperto la trattativa", "reopened the deal"),
    "opportunity.arrange": L("ha riordinato le righe", "arranged the lines"),
    "quote.from_opportunity": L("ha preparato un preventivo", "prepared a quote"),
    "quote.request_approval": L("ha chiesto l'approvazione", "asked for approval"),
    "quote.withdraw": L("ha ritirato la richiesta di approvazione", "withdrew the request for approval"),
    "quote.approve": L("ha approvato il preventivo", "approved the quote"),
    "quote.reject": L("non ha approvato il preventivo", "did not approve the quote"),
    "quote.send": L("ha inviato il preventivo", "sent the quote"),
    "quote.accept": L("ha registrato che il cliente accetta", "recorded that the customer accepts"),
    "quote.decline": L("ha registrato che il cliente rifiuta", "recorded that the customer declines"),
    "quote.expired": L("ha segnato il preventivo come scaduto", "marked the quote as expired"),
    "quote.new_version": L("ha creato una nuova versione", "made a new version"),
    "quote.arrange": L("ha riordinato le righe", "arranged the lines"),
    "order.from_quote": L("ha creato l'ordine", "made the order"),
    "order.confirm": L("ha confermato l'ordine", "confirmed the order"),
    "order.fulfil": L("ha evaso l'ordine", "fulfilled the order"),
    "order.cancel": L("ha annullato l'ordine", "cancelled the order"),
    "order.arrange": L("ha riordinato le righe", "arranged the lines"),
    "invoice.from_order": L("ha preparato la fattura", "prepared the invoice"),
    "invoice.issue": L("ha emesso la fattura", "issued the invoice"),
    "invoice.pay": L("ha registrato un pagamento", "recorded a payment"),
    "invoice.overdue": L("ha segnato la fattura come scaduta", "marked the invoice as overdue"),
    "invoice.credit": L("ha stornato la fattura", "credited the invoice"),
    "invoice.arrange": L("ha riordinato le righe", "arranged the lines"),
}


def _register(kind: str, words: L) -> None:
    @phrase(kind)
    def say(event: Event) -> str:
        return str(words)


for _kind, _words in _PHRASES.items():
    _register(_kind, _words)
