"""Addresses of the life cycle."""

from __future__ import annotations

from django.urls import path

from anello.intelligence.lifecycle import views

app_name = "lifecycle"
urlpatterns = [
    path("lifecycle/", views.page, name="page"),
    path("lifecycle/rules/<int:pk>/", views.rule, name="rule"),
    path("lifecycle/rules/<int:pk>/preview/", views.preview, name="preview"),
]
