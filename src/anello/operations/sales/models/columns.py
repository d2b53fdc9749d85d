"""Columns that several tables of sales share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q

from anello.core.modules import L, Record
from anello.kit.money import EURO

ALIVE = Q(deleted_at=None)


def money(**options: Any) -> models.DecimalField[Any, Any]:
    """An amount of money; zero unless told otherwise."""
    return models.DecimalField(max_digits=14, decimal_places=2, **({"default": Decimal(0)} | options))


def percent(**options: Any) -> models.DecimalField[Any, Any]:
    return models.DecimalField(max_digits=5, decimal_places=2, **({"default": Decimal(0)} | options))


def pieces(**options: Any) -> models.DecimalField[Any, Any]:
    return models.DecimalField(max_digits=12, decimal_places=3, **({"default": Decimal(1)} | options))


def currency_code() -> models.CharField[Any, Any]:
    return models.CharField(max_length=3, default=EURO)


def link(to: str, **options: Any) -> models.ForeignKey[Any, Any]:
    """An optional link that keeps what it points to."""
    keywords: dict[str, Any] = {"null": True, "blank": True, "related_name": "+"} | options
    return models.ForeignKey(to, on_delete=models.PROTECT, **keywords)


def belongs(to: str, **options: Any) -> models.ForeignKey[Any, Any]:
    """The link of a part to its whole."""
    return models.ForeignKey(to, on_delete=models.CASCADE, **options)


def said(it: str, en: str) -> Any:
    """A constraint's message in both languages (Django's types know only its own lazy texts)."""
    return L(it, en)


class Part(Record):
    """A record that is only ever reached through the one it belongs to: no searches or orders of its own."""

    class Meta:
        abstract = True
        base_manager_name = "everything"
