"""Addresses of deciding who is the same person."""

from __future__ import annotations

from django.urls import path

from anello.intelligence.identity import views

app_name = "identity"
urlpatterns = [
    path("identity/", views.review, name="review"),
    path("identity/precision/", views.precision, name="precision"),
    path("identity/search/", views.search, name="search"),
    path("identity/terms/", views.terms, name="terms"),
    path("identity/undo/", views.undo_last, name="undo_last"),
    path("identity/<int:pk>/<str:verb>/", views.decide, name="decide"),
]
