"""What can go wrong with the warehouse, in words for those who can do something about it."""

from __future__ import annotations

from anello.kit.text import L


class WarehouseError(Exception):
    """Nothing was changed; the message says why and what to do."""

    def __init__(self, message: L) -> None:
        super().__init__(message.en)
        self.text = message

    def __str__(self) -> str:
        return str(self.text)


class Empty(WarehouseError):
    """Nothing was ever loaded."""

    def __init__(self) -> None:
        super().__init__(
            L(
                "Il magazzino dati è vuoto: caricalo dalla sua pagina, o con «anello warehouse load».",
                "The warehouse is empty: load it from its page, or with “anello warehouse load”.",
            )
        )


class Busy(WarehouseError):
    """Another load is at work."""

    def __init__(self) -> None:
        super().__init__(L("Un altro caricamento è in corso.", "Another load is at work."))


class Damaged(WarehouseError):
    """A file of the landing is not what its manifest says."""


class Missing(WarehouseError):
    """A table or a column that is asked for came into the CRM after the last load."""

    def __init__(self) -> None:
        super().__init__(
            L(
                "Il magazzino dati non ha ancora questo dato: arriva con il prossimo carico, che parte da solo.",
                "The warehouse does not hold this yet: it does after the next load, which comes by itself.",
            )
        )


class Untranslatable(WarehouseError):
    """A query holds something that the warehouse would not answer as PostgreSQL does."""


class Broken(WarehouseError):
    """What a source gave does not keep its contract."""
