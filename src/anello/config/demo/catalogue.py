"""What Aurora Arredi sells, at which prices, against whom; who looks after which customers."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from anello.config.demo.story import Story
from anello.core.actions import Context
from anello.core.modules import get
from anello.operations.sales.defaults import ensure_defaults

COMPANY = {
    "name": "Aurora Arredi S.p.A.",
    "street": "Via dell'Artigianato, 18",
    "postal_code": "20831",
    "city": "Seregno",
    "province": "MB",
    "vat": "90417730968",
    "email": "info@aurora-arredi.example",
    "phone": "+390362555180",
    "website": "https://aurora-arredi.example",
    "footer": "Azienda dimostrativa: i dati sono inventati.",
}
CATEGORIES: dict[str, list[tuple[str, int]]] = {
    "Sedute": [
        ("Poltrona ergonomica Aria", 389), ("Poltrona ergonomica Aria Plus", 498), ("Poltrona direzionale Regia", 742),
        ("Sedia operativa Punto", 168), ("Sedia operativa Punto con braccioli", 196), ("Sedia visitatore Onda", 94),
        ("Sedia riunione Meta", 214), ("Sgabello alto Vertice", 143), ("Poltroncina attesa Nido", 327),
        ("Divano due posti Nido", 864), ("Panca quattro posti Transito", 612), ("Sedia per aula Banco", 58),
    ],
    "Scrivanie": [
        ("Scrivania Linea 140", 264), ("Scrivania Linea 160", 289), ("Scrivania Linea 180", 318),
        ("Scrivania regolabile Quota 140", 548), ("Scrivania regolabile Quota 160", 589),
        ("Postazione doppia Linea", 478), ("Postazione quadrupla Linea", 912), ("Scrivania direzionale Regia", 1480),
        ("Banco reception Incontro", 1890), ("Scrivania per casa Bottega", 229),
    ],
    "Tavoli": [
        ("Tavolo riunione Cerchio 120", 412), ("Tavolo riunione Asse 240", 736), ("Tavolo riunione Asse 360", 1124),
        ("Tavolo pieghevole Mobile", 238), ("Tavolo alto Vertice", 356), ("Tavolino attesa Nido", 148),
        ("Tavolo mensa sei posti", 312), ("Tavolo consiglio Assemblea", 3980),
    ],
    "Contenitori": [
        ("Cassettiera tre cassetti", 146), ("Cassettiera con ruote", 158), ("Armadio basso Ordine", 219),
        ("Armadio alto Ordine", 348), ("Armadio ante scorrevoli Ordine", 427), ("Libreria Trama", 262),
        ("Armadietto spogliatoio due posti", 189), ("Schedario quattro cassetti", 274), ("Carrello archivio", 132),
    ],
    "Acustica e divisori": [
        ("Pannello fonoassorbente Silenzio 120", 118), ("Pannello fonoassorbente Silenzio 160", 147),
        ("Divisorio scrivania Quiete", 96), ("Cabina telefonica Bolla", 4650), ("Cabina riunione Bolla quattro posti",
        11900), ("Parete mobile Confine, al metro", 384), ("Isola acustica a soffitto", 226),
    ],
    "Accessori": [
        ("Lampada da tavolo Alba", 84), ("Lampada da terra Alba", 172), ("Braccio per monitor singolo", 92),
        ("Braccio per monitor doppio", 134), ("Canalina passacavi", 24), ("Poggiapiedi regolabile", 46),
        ("Appendiabiti Ramo", 78), ("Lavagna bianca 120", 112), ("Cestino raccolta differenziata", 69),
    ],
    "Servizi": [
        ("Progettazione degli spazi", 650), ("Montaggio in sede", 42), ("Trasporto e consegna al piano", 190),
        ("Ritiro e smaltimento usato", 160), ("Manutenzione annuale sedute", 1200),
        ("Manutenzione annuale completa", 2400),
    ],
}  # fmt: skip
"""{category: [(product, base price in euro)]}."""
_UNITS = {"Progettazione degli spazi": "day", "Montaggio in sede": "hour", "Parete mobile Confine, al metro": "metre"}
MAINTENANCE = ("Manutenzione annuale sedute", "Manutenzione annuale completa")
COMPETITORS = [
    ("Lineaufficio Contract", "Prezzi bassi e consegna in due settimane.", "Poco servizio dopo la vendita."),
    ("Mobilnova Group", "Catalogo molto ampio, showroom in tutta Italia.", "Progettazione affidata a terzi."),
    ("Spazio & Forma", "Design premiato, forte sugli studi professionali.", "Listino alto, tempi lunghi."),
    ("Europa Sedute", "Specialisti delle sedute ergonomiche.", "Non fornisce scrivanie né pareti."),
    ("Arredi Pubblici Riuniti", "Conosce bene le gare pubbliche.", "Nessuna personalizzazione."),
]
_NORTH = ["MI", "TO", "BO", "VR", "BS", "PD", "BG", "MB", "MO", "GE", "TS", "UD"]
_SOUTH = ["RM", "NA", "FI", "BA", "PA", "CT", "PG", "AN", "LE", "SA", "CA"]


def furnish(story: Story) -> dict[str, Any]:
    """Company data, products, prices, competitors, territories and rules; returns the products by name."""
    ensure_defaults(Context(now=story.now))
    seller = get("seller").model._default_manager.get()
    story.act(None, "seller.update", COMPANY, seller)
    products = _products(story)
    _prices(story, products)
    story.act("bruno", "competitor.create", [
        {"name": name, "strengths": strong, "weaknesses": weak, "website": f"https://{_site(name)}.example"}
        for name, strong, weak in COMPETITORS
    ])  # fmt: skip
    _coverage(story)
    return products


def _site(name: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def _products(story: Story) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for place, (category, items) in enumerate(CATEGORIES.items(), start=1):
        shelf = story.act("bruno", "product_category.create", {"name": category})
        rows = [
            {
                "code": f"{category[:2].upper()}-{place}{number:02}",
                "name": name,
                "category": shelf.pk,
                "price": price,
                "cost": (Decimal(price) * story.chance.randint(48, 66) / 100).quantize(Decimal("0.01")),
                "unit": _UNITS.get(name, "year" if name in MAINTENANCE else "piece"),
                "vat_rate": "22",
                "description": f"{name}. Linea {category.lower()}, garanzia cinque anni."
                if category != "Servizi"
                else f"{name}, eseguito da personale Aurora Arredi.",
            }
            for number, (name, price) in enumerate(items, start=1)
        ]
        made |= {product.name: product for product in story.act("bruno", "product.create", rows)}
    return made


def _prices(story: Story, products: dict[str, Any]) -> None:
    """Quantity discounts for everybody, and a list for public bodies."""
    goods = [p for p in products.values() if p.unit == "piece"]
    everybody = get("price_list").model._default_manager.get(is_default=True)
    bodies = story.act(
        "bruno",
        "price_list.create",
        {"name": "Convenzione enti pubblici", "segment": "ente pubblico", "valid_from": story.today, "priority": 10},
    )
    rows = [_price(everybody, p, n, off) for p in goods for n, off in ((1, 0), (10, 5), (50, 9))]
    rows += [_price(bodies, p, n, off) for p in goods for n, off in ((1, 8), (25, 12))]
    story.act("bruno", "price.create", rows)


def _price(price_list: Any, product: Any, minimum: int, off: int) -> dict[str, Any]:
    price = (product.price * (100 - off) / 100).quantize(Decimal("0.01"))
    return {"price_list": price_list.pk, "product": product.pk, "minimum": minimum, "price": price}


def _coverage(story: Story) -> None:
    """Territories, and how new leads find their salesperson."""
    north, south, sales = (story.people[who].team_id for who in ("carla", "dario", "bruno"))
    story.act("bruno", "territory.create", [
        {"name": "Nord-Ovest", "provinces": ["MI", "MB", "BG", "BS", "TO", "GE"], "sales_team": north, "position": 1},
        {"name": "Nord-Est", "provinces": [p for p in _NORTH if p not in ("MI", "MB", "BG", "BS", "TO", "GE")],
         "salesperson": story.id("laura"), "position": 2},
        {"name": "Centro-Sud e isole", "provinces": _SOUTH, "sales_team": south, "position": 3},
    ])  # fmt: skip
    large = json.dumps({"field": "value", "op": "gte", "value": 60000})
    story.act("bruno", "assignment_rule.create", [
        {"name": "Richieste importanti", "position": 1, "condition": large, "strategy": "person",
         "salesperson": story.id("carla")},
        {"name": "Per territorio", "position": 2, "strategy": "territory"},
        {"name": "Tutte le altre, a turno", "position": 3, "strategy": "round_robin", "sales_team": sales},
    ])  # fmt: skip
