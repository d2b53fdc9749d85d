"""The warehouse in the navigation."""

from __future__ import annotations

from anello.core.modules import L
from anello.core.ui.shell.places import place

place("data", L("Magazzino dati", "Warehouse"), "database", "/warehouse/", module="exchange_rate")
