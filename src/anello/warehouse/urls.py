"""Addresses of the warehouse."""

from __future__ import annotations

from django.urls import path

from anello.warehouse import views

app_name = "warehouse"
urlpatterns = [
    path("warehouse/", views.page, name="page"),
    path("warehouse/load/", views.load, name="load"),
]
