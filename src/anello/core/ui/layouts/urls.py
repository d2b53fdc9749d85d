"""Addresses of the editor of layouts, below `/studio/{slug}/layout/`."""

from __future__ import annotations

from django.urls import path

from anello.core.ui.layouts import editor

urlpatterns = [
    path("", editor.edit, name="layout"),
    path("preview/", editor.preview, name="layout_preview"),
    path("reset/", editor.reset, name="layout_reset"),
]
