"""Every address of the product."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("anello.core.accounts.urls")),
    # Before the addresses that the specs derive: `/people/duplicates/` is no record.
    path("", include("anello.customers.urls")),
    path("", include("anello.core.ui.urls")),
]
