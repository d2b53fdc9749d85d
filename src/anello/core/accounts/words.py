"""What people call scopes, levels, areas and verbs."""

from __future__ import annotations

from anello.kit.text import L

SCOPES = {
    "none": L("nessuno", "none"),
    "own": L("propri", "own"),
    "team": L("squadra", "team"),
    "all": L("tutti", "all"),
}
LEVELS = {"hidden": L("nascosto", "hidden"), "read": L("lettura", "read"), "edit": L("modifica", "edit")}
AREA_LEVELS = {"reader": L("lettore", "reader"), "user": L("utente", "user"), "manager": L("responsabile", "manager")}
AREAS = {
    "customers": L("Clienti", "Customers"),
    "activities": L("Attività", "Activities"),
    "sales": L("Vendite", "Sales"),
    "catalogue": L("Catalogo", "Catalogue"),
    "marketing": L("Marketing", "Marketing"),
    "analysis": L("Analisi", "Analysis"),
    "decisions": L("Decisioni", "Decisions"),
    "custom": L("Moduli propri", "Your own modules"),
    "integrations": L("Integrazioni", "Integrations"),
    "administration": L("Amministrazione", "Administration"),
}
"""What people call the areas of the modules; an area that is not here goes by its own name."""
VERBS = {
    "view": L("Vedere", "View"),
    "create": L("Creare", "Create"),
    "edit": L("Modificare", "Edit"),
    "delete": L("Eliminare", "Delete"),
    "export": L("Esportare", "Export"),
    "import": L("Importare", "Import"),
}


def area(name: str) -> L:
    """What people call the area."""
    return AREAS.get(name) or L(name.capitalize(), name.capitalize())
