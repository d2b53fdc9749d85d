"""Addresses of the shell and of what every module's screens share."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from anello.core.ui import design, solutions
from anello.core.ui.layouts import editor

app_name = "ui"
urlpatterns: list[URLPattern | URLResolver] = [
    path("design/", include(design.urlpatterns)),
    path("", include("anello.core.ui.shell.urls")),
    path("inbox/", include("anello.core.ui.inbox.urls")),
    path("solutions/file/", solutions.export, name="solution_file"),
    path("solutions/check/", solutions.check, name="solution_check"),
    path("studio/", include("anello.core.ui.studio.urls")),
    path("", include("anello.core.ui.exchange.urls")),
    path("studio/<slug:slug>/layout/", editor.edit, name="layout"),
    path("studio/<slug:slug>/layout/preview/", editor.preview, name="layout_preview"),
    path("studio/<slug:slug>/layout/reset/", editor.reset, name="layout_reset"),
    path("", include("anello.core.ui.records.urls")),
    path("<slug:slug>/", include("anello.core.ui.lists.urls")),
]
