"""Addresses of what the specs of sales cannot derive."""

from __future__ import annotations

from django.urls import path, re_path

from anello.operations.sales import line_views, views

app_name = "sales"
LINES = "<slug:slug>/<int:pk>/lines/"
urlpatterns = [
    path("sales/", views.home, name="home"),
    path("sales/forecast/", views.forecast, name="forecast"),
    re_path(r"^(?P<slug>quotes|orders|invoices)/(?P<pk>\d{1,18})/pdf/$", views.document, name="pdf"),
    path(LINES, line_views.lines, name="lines"),
    path(LINES + "add/", line_views.add, name="line_add"),
    path(LINES + "arrange/", line_views.arrange, name="lines_arrange"),
    path(LINES + "<int:line>/remove/", line_views.remove, name="line_remove"),
]
