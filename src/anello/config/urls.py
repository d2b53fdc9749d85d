"""Every address of the product."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("anello.core.accounts.urls")),
    path("", include("anello.core.ui.urls")),
]
