"""Names, numbers and places of customers who do not exist.

Companies are made of invented words, public bodies bear invented places, and VAT numbers have a registration part that
was never given out; check digits are right.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from random import Random
from typing import NamedTuple

from stdnum import luhn
from stdnum.it import codicefiscale

from anello.kit.text import normalise


class City(NamedTuple):
    """A town with its province, postal code, telephone area code and cadastral code (for tax codes)."""

    name: str
    province: str
    postal_code: str
    area_code: str
    cadastral: str
    north: bool


CITIES = [
    City("Milano", "MI", "20124", "02", "F205", True),
    City("Torino", "TO", "10121", "011", "L219", True),
    City("Bologna", "BO", "40121", "051", "A944", True),
    City("Verona", "VR", "37122", "045", "L781", True),
    City("Brescia", "BS", "25121", "030", "B157", True),
    City("Padova", "PD", "35122", "049", "G224", True),
    City("Bergamo", "BG", "24121", "035", "A794", True),
    City("Monza", "MB", "20900", "039", "F704", True),
    City("Modena", "MO", "41121", "059", "F257", True),
    City("Genova", "GE", "16121", "010", "D969", True),
    City("Trieste", "TS", "34121", "040", "L424", True),
    City("Udine", "UD", "33100", "0432", "L483", True),
    City("Roma", "RM", "00184", "06", "H501", False),
    City("Napoli", "NA", "80133", "081", "F839", False),
    City("Firenze", "FI", "50122", "055", "D612", False),
    City("Bari", "BA", "70121", "080", "A662", False),
    City("Palermo", "PA", "90133", "091", "G273", False),
    City("Catania", "CT", "95124", "095", "C351", False),
    City("Perugia", "PG", "06121", "075", "G478", False),
    City("Ancona", "AN", "60121", "071", "A271", False),
    City("Lecce", "LE", "73100", "0832", "E506", False),
    City("Salerno", "SA", "84121", "089", "H703", False),
    City("Cagliari", "CA", "09124", "070", "B354", False),
]
STREETS = ["Via Garibaldi", "Via Roma", "Corso Italia", "Via Mazzini", "Viale Europa", "Via dell'Industria",
           "Via Verdi", "Piazza della Libertà", "Via dei Mille", "Viale della Stazione", "Via Cavour",
           "Via del Lavoro", "Via Dante", "Largo della Fiera", "Via Piave", "Strada dei Campi"]  # fmt: skip
WOMEN = ["Giulia", "Francesca", "Chiara", "Sara", "Elisa", "Valentina", "Federica", "Alessia", "Martina", "Silvia",
         "Elena", "Paola", "Laura", "Roberta", "Simona", "Cristina", "Barbara", "Monica", "Daniela", "Claudia",
         "Ilaria", "Serena", "Marina", "Teresa", "Lucia", "Caterina", "Agnese", "Irene", "Noemi", "Viola"]  # fmt: skip
MEN = ["Marco", "Andrea", "Luca", "Matteo", "Davide", "Stefano", "Alessandro", "Francesco", "Simone", "Riccardo",
       "Giovanni", "Paolo", "Roberto", "Giorgio", "Fabio", "Massimo", "Claudio", "Enrico", "Filippo", "Tommaso",
       "Pietro", "Nicolò", "Emanuele", "Michele", "Antonio", "Vincenzo", "Salvatore", "Giacomo", "Lorenzo",
       "Daniele"]  # fmt: skip
SURNAMES = ["Rossi", "Russo", "Ferrari", "Bianchi", "Romano", "Colombo", "Ricci", "Marino", "Greco", "Bruno", "Gallo",
            "Costa", "Fontana", "Caruso", "Mancini", "Rizzo", "Lombardi", "Moretti", "Barbieri", "Santoro", "Marini",
            "Rinaldi", "Leone", "Longo", "Gentile", "Martinelli", "Vitale", "Serra", "Coppola", "De Santis",
            "D'Angelo", "Marchetti", "Parisi", "Villa", "Ferraro", "Fabbri", "Bianco", "Grassi", "Testa", "Sartori",
            "Pellegrini", "Palumbo", "Farina", "Monti", "Cattaneo", "Basile", "Neri", "Guerra", "Piras", "Sala",
            "Bernardi", "Ruggiero", "Sanna", "Orlando", "Negri", "Zanetti", "Brambilla", "Valli", "Poli",
            "Tosi"]  # fmt: skip


class Trade(NamedTuple):
    """A line of business: its industry, what such companies are called, and who works there."""

    industry: str
    names: tuple[str, ...]
    staff: tuple[int, int]
    jobs: tuple[str, ...]


_OFFICE = ("Responsabile acquisti", "Amministratore delegato", "Direttore amministrativo", "Office manager",
           "Facility manager", "Responsabile IT", "Assistente di direzione", "Direttore generale")  # fmt: skip
_BODY = ("Responsabile del procedimento", "Economo", "Dirigente ufficio tecnico", "Responsabile provveditorato",
         "Segretaria generale")  # fmt: skip
TRADES = [
    Trade("services", ("Studio Associato {}", "{} Consulting S.r.l.", "{} Servizi S.r.l.", "{} Advisory S.r.l."),
          (8, 140), _OFFICE),
    Trade("technology", ("{} Software S.r.l.", "{} Digital S.p.A.", "{} Sistemi S.r.l.", "{} Cloud S.r.l."),
          (15, 400), _OFFICE),
    Trade("manufacturing", ("Officine {} S.p.A.", "{} Meccanica S.r.l.", "Industrie {} S.p.A.", "{} Plast S.r.l."),
          (40, 900), _OFFICE),
    Trade("food", ("Molini {} S.p.A.", "Caseificio {} S.c.a.r.l.", "{} Alimentari S.r.l.", "Cantine {} S.a.s."),
          (20, 350), _OFFICE),
    Trade("retail", ("{} Distribuzione S.p.A.", "Gruppo {} Retail S.r.l.", "{} Store S.r.l."), (25, 700), _OFFICE),
    Trade("construction", ("Costruzioni {} S.r.l.", "{} Edilizia S.p.A.", "{} Immobiliare S.r.l."), (10, 200), _OFFICE),
    Trade("health", ("Poliambulatorio {} S.r.l.", "Clinica {} S.p.A.", "Centro Medico {}"), (20, 500), _OFFICE),
    Trade("tourism", ("Hotel {} S.r.l.", "{} Viaggi S.r.l.", "Terme di {} S.p.A."), (12, 180), _OFFICE),
    Trade("transport", ("{} Logistica S.r.l.", "Autotrasporti {} S.p.A."), (30, 450), _OFFICE),
    Trade("public", ("Comune di {}", "Istituto Comprensivo di {}", "Azienda Servizi di {}", "Biblioteca Civica di {}"),
          (30, 600), _BODY),
]  # fmt: skip
WEIGHTS = [18, 15, 17, 8, 9, 9, 9, 6, 7, 14]
"""How common each trade is among the company's customers."""
_FIRST = ["Al", "Bor", "Cal", "Dor", "El", "Far", "Gav", "Ir", "Lum", "Mir", "Nov", "Orl", "Pal", "Riv", "Sel", "Ter",
          "Urb", "Vel", "Zen", "Cor", "Mar", "Sol", "Tan", "Brig", "Fior", "Quer", "Spin", "Grif", "Tral"]  # fmt: skip
_MIDDLE = ["a", "e", "i", "o", "ela", "ine", "ora", "uli", "avi"]
_LAST = ["ria", "nda", "sta", "ntia", "don", "vera", "tec", "gna", "retto", "schi", "zza", "mbra", "fico", "lasco"]
_PLACES = ["Borgo", "Castel", "Monte", "Rocca", "Villa", "Pieve"]


def invented(chance: Random) -> str:
    """A word that could be a company."""
    return chance.choice(_FIRST) + chance.choice(_MIDDLE) + chance.choice(_LAST)


def alike(one: str, other: str) -> float:
    """How alike two names are, as PostgreSQL's trigrams see it (0 to 1)."""
    a, b = _trigrams(one), _trigrams(other)
    return len(a & b) / len(a | b)


@cache
def _trigrams(text: str) -> frozenset[str]:
    words = (f"  {word} " for word in slug(text).split("-"))
    return frozenset(word[n : n + 3] for word in words for n in range(len(word) - 2))


def body_place(chance: Random) -> str:
    """A town that is on no map."""
    return f"{chance.choice(_PLACES)} {invented(chance)}"


def slug(text: str) -> str:
    """Letters and digits joined by hyphens, for addresses."""
    return "-".join("".join(c if c.isalnum() else " " for c in normalise(text)).split())


def vat_number(chance: Random) -> str:
    """Eleven digits with a right check digit; registrations from 9,000,000 on were never given out."""
    head = f"9{chance.randrange(10**6):06}{chance.randint(1, 95):03}"
    return head + luhn.calc_check_digit(head)


def _letters(text: str, *, first_name: bool) -> str:
    """The three letters of a name in a tax code: consonants, then vowels, then X (D.M. 23/12/1976)."""
    letters = [c for c in normalise(text).upper() if c.isalpha()]
    consonants = [c for c in letters if c not in "AEIOU"]
    if first_name and len(consonants) > 3:
        consonants = [consonants[0], *consonants[2:]]
    return "".join([*consonants, *(c for c in letters if c in "AEIOU"), "X", "X"])[:3]


def tax_code(first_name: str, last_name: str, born: dt.date, *, woman: bool, place: City) -> str:
    """The tax code that such a person would have."""
    day = born.day + (40 if woman else 0)
    head = f"{_letters(last_name, first_name=False)}{_letters(first_name, first_name=True)}"
    head += f"{born:%y}{'ABCDEHLMPRST'[born.month - 1]}{day:02}{place.cadastral}"
    return head + codicefiscale.calc_check_digit(head)


def landline(chance: Random, city: City) -> str:
    """A number of the town's network, nine or ten digits long in all."""
    rest = 10 - len(city.area_code)
    return f"+39{city.area_code}{chance.randint(2, 8)}{chance.randrange(10 ** (rest - 1)):0{rest - 1}}"


def mobile(chance: Random) -> str:
    return f"+393{chance.choice((20, 28, 33, 38, 40, 47, 49, 66, 80, 89))}{chance.randrange(10**7):07}"
