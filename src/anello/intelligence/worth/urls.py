"""Addresses of the calculator."""

from __future__ import annotations

from django.urls import path

from anello.intelligence.worth import views

app_name = "worth"
urlpatterns = [
    path("worth/", views.calculator, name="calculator"),
    path("worth/figures/", views.preview, name="preview"),
    path("worth/<int:pk>/", views.calculator, name="case"),
    path("worth/<int:pk>/pdf/", views.pdf, name="pdf"),
]
