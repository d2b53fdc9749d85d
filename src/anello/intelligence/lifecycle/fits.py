"""What fits customers of each phase: activities, channels and services, as texts."""

from __future__ import annotations

from anello.kit.text import L

FITS: dict[str, list[tuple[L, L]]] = {
    "prospect": [
        (
            L("Attività", "Activities"),
            L("presentarsi, qualificare, primo appuntamento", "introduce, qualify, first meeting"),
        ),
        (
            L("Canali", "Channels"),
            L("sito, fiere, telefonata su appuntamento", "web site, fairs, calls by appointment"),
        ),
        (L("Servizi", "Services"), L("prova, dimostrazione, preventivo", "trial, demonstration, quote")),
    ],
    "first_time": [
        (L("Attività", "Activities"), L("benvenuto, verifica dopo la consegna", "welcome, check after delivery")),
        (L("Canali", "Channels"), L("e-mail personale, telefonata", "personal e-mail, call")),
        (L("Servizi", "Services"), L("avviamento, formazione, garanzia", "onboarding, training, warranty")),
    ],
    "renewal": [
        (L("Attività", "Activities"), L("prodotti vicini, rinnovi, visite", "related products, renewals, visits")),
        (L("Canali", "Channels"), L("visita, e-mail, catalogo", "visit, e-mail, catalogue")),
        (L("Servizi", "Services"), L("contratti, assistenza programmata", "contracts, planned service")),
    ],
    "loyal": [
        (
            L("Attività", "Activities"),
            L("riconoscere, chiedere referenze, anteprime", "recognise, ask for references, previews"),
        ),
        (L("Canali", "Channels"), L("responsabile dedicato, eventi", "key account manager, events")),
        (L("Servizi", "Services"), L("condizioni riservate, priorità", "reserved terms, priority")),
    ],
    "churn": [
        (
            L("Attività", "Activities"),
            L("capire il motivo, riparare, offerta di ritorno", "find the reason, repair, offer to return"),
        ),
        (L("Canali", "Channels"), L("telefonata di chi lo conosce", "a call from who knows them")),
        (L("Servizi", "Services"), L("reclamo risolto, sconto mirato", "complaint solved, targeted discount")),
    ],
}
