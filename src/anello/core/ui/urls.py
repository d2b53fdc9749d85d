"""Addresses of the shell and of what every module's screens share."""

from __future__ import annotations

from django.urls import path

from anello.core.ui import design

urlpatterns = [
    path("design/", design.page, name="design"),
    path("design/panel/", design.panel),
    path("design/dialog/", design.dialog),
    path("design/lookup/", design.lookup),
    path("design/events/", design.events),
    path("design/accept/", design.accept),
    path("design/undo/", design.undo),
]
