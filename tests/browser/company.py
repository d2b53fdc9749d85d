"""A small company with credible names, for browsers: `python -m tests.browser.company` founds it in DATABASE_URL."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

CUSTOMERS = [
    ("Ferramenta Brambilla", "Milano", "MI", "Ugo", "Brambilla"),
    ("Molino del Garda", "Desenzano", "BS", "Sara", "Zanetti"),
    ("Cantina Vallescura", "Alba", "CN", "Pietro", "Fenoglio"),
    ("Officine Ravelli", "Bergamo", "BG", "Lucia", "Ravelli"),
    ("Tessitura Bianchi", "Biella", "BI", "Giulio", "Bianchi"),
    ("Studio Moretti e Associati", "Torino", "TO", "Irene", "Moretti"),
    ("Grafiche Tiepolo", "Venezia", "VE", "Marco", "Dolfin"),
    ("Panificio Serra", "Genova", "GE", "Elisa", "Serra"),
    ("Logistica Adige", "Verona", "VR", "Tommaso", "Perini"),
    ("Farmacia San Lorenzo", "Como", "CO", "Anita", "Colombo"),
    ("Albergo Miralago", "Stresa", "VB", "Davide", "Galimberti"),
    ("Cooperativa Il Faro", "Trieste", "TS", "Nadia", "Cossutta"),
]
PRODUCTS = [
    ("SED-10", "Sedia operativa Brera", "289", "150"),
    ("SCR-20", "Scrivania regolabile Navigli", "690", "410"),
    ("ARM-30", "Armadio acustico Porta Nuova", "1180", "760"),
    ("MON-90", "Montaggio e collaudo", "65", "40"),
]
DEALS = [
    ("Arredo nuova sede", 48500, 3, 12),
    ("Sala riunioni", 9800, 2, 20),
    ("Postazioni reparto acquisti", 17250, 2, 31),
    ("Rinnovo uffici", 31900, 1, 45),
    ("Sedute ergonomiche", 5780, 1, 18),
    ("Area accoglienza", 12400, 0, 60),
    ("Archivio e armadi", 7420, 0, 52),
    ("Ampliamento secondo piano", 22600, 3, 9),
    ("Cabine acustiche", 15900, 0, 70),
    ("Mensa aziendale", 8650, 2, 27),
]
LEADS = [
    ("Carlo", "Fumagalli", "Fumagalli Impianti", "web", "4200"),
    ("Teresa", "Lombardi", "Lombardi Editore", "fair", "11800"),
    ("Luigi", "Peretti", "Peretti Marmi", "referral", "6400"),
    ("Chiara", "Valsecchi", "Valsecchi Nautica", "web", "19500"),
]


def found() -> None:
    """Carla's customers, deals, documents and appointments; every list and board has something to show."""
    from django.utils import timezone

    from anello.core.actions import run
    from anello.core.modules import get
    from tests.cast import create_cast
    from tests.samples import sample

    cast = create_cast()
    carla, bruno, today = cast.ctx("carla"), cast.ctx("bruno"), timezone.localdate()
    products = run(
        "product.create",
        [{"code": code, "name": name, "price": price, "cost": cost} for code, name, price, cost in PRODUCTS],
        bruno,
    )
    stages = list(get("stage").model._default_manager.order_by("pipeline__position", "position"))
    deals = []
    for n, (name, city, province, first, last) in enumerate(CUSTOMERS):
        organisation = run("organisation.create", {"name": name, "city": city, "province": province}, carla)
        mail = f"{first}.{last}@{name.split()[-1]}.example".lower()
        values = {"first_name": first, "last_name": last, "email": mail, "phone": f"+3902555{1000 + n}", "city": city}
        person = run("person.create", {**values, "organisation": organisation.pk, "job_title": "Acquisti"}, carla)
        if n < len(DEALS):
            title, amount, stage, days = DEALS[n]
            values = {
                "name": title,
                "organisation": organisation.pk,
                "person": person.pk,
                "stage": stages[stage].pk,
                "amount": Decimal(amount),
                "close_date": today + dt.timedelta(days=days),
            }
            deals.append(run("opportunity.create", values, carla))
    for first, last, company, source, value in LEADS:
        values = {"first_name": first, "last_name": last, "company": company, "source": source, "value": value}
        run("lead.create", values, carla)
    for deal in deals[:3]:
        line = {"opportunity": deal.pk, "product": products[0].pk, "quantity": 4}
        run("opportunity_line.create", [line, {**line, "product": products[1].pk}], carla)
        quote = run("quote.from_opportunity", {}, carla, target=deal.pk)
    for verb in ("send", "accept"):
        run(f"quote.{verb}", None, carla, target=quote.pk)
    order = run("order.from_quote", None, carla, target=quote.pk)
    run("order.confirm", None, carla, target=order.pk)
    run("invoice.issue", None, carla, target=run("invoice.from_order", None, carla, target=order.pk).pk)
    for n, (kind, subject) in enumerate(
        [("call", "Richiamare per il preventivo"), ("meeting", "Sopralluogo"), ("task", "Inviare campioni")]
    ):
        start = timezone.now().replace(hour=9 + n, minute=0, second=0, microsecond=0) + dt.timedelta(days=n)
        values = {"kind": kind, "subject": subject, "start_at": start, "person": deals[n].person_id}
        run("activity.create", values, carla)
    run(
        "interaction.create",
        {
            "channel": "phone",
            "direction": "out",
            "body": "Interessata alle sedute, vuole un preventivo.",
            "person": deals[0].person_id,
        },
        carla,
    )
    sample(get("competitor"), cast.carla)


if __name__ == "__main__":
    import django

    django.setup()
    found()
