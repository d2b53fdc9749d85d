"""Addresses of the shell and of what every module's screens share."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from anello.core.ui import design, solutions

app_name = "ui"
urlpatterns: list[URLPattern | URLResolver] = [
    path("design/", include(design.urlpatterns)),
    path("", include("anello.core.ui.shell.urls")),
    path("inbox/", include("anello.core.ui.inbox.urls")),
    path("solutions/file/", solutions.export, name="solution_file"),
    path("solutions/check/", solutions.check, name="solution_check"),
    path("studio/", include("anello.core.ui.studio.urls")),
    path("studio/<slug:slug>/layout/", include("anello.core.ui.layouts.urls")),
    path("", include("anello.core.ui.exchange.urls")),
    path("", include("anello.core.ui.records.urls")),
    path("<slug:slug>/", include("anello.core.ui.lists.urls")),
]
