"""Addresses of the inbox."""

from __future__ import annotations

from django.urls import path

from anello.core.ui.inbox import views

urlpatterns = [
    path("", views.page, name="inbox"),
    path("read/", views.read, name="inbox_read"),
    path("<int:pk>/", views.follow, name="notice"),
    path("preferences/", views.preferences, name="inbox_preferences"),
]
