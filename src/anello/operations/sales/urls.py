"""Addresses of what the specs of sales cannot derive."""

from __future__ import annotations

from django.urls import path, re_path

from anello.operations.sales import views

app_name = "sales"
urlpatterns = [
    path("sales/", views.home, name="home"),
    path("sales/forecast/", views.forecast, name="forecast"),
    re_path(r"^(?P<slug>quotes|orders|invoices)/(?P<pk>\d{1,18})/pdf/$", views.document, name="pdf"),
]
