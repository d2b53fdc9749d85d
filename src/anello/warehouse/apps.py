"""The warehouse as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class WarehouseConfig(AppConfig):
    name = "anello.warehouse"
    label = "warehouse"
