"""Addresses of the shell: home, search, preferences, favourites, undo."""

from __future__ import annotations

from django.urls import path

from anello.core.ui.shell import views

urlpatterns = [
    path("", views.home, name="home"),
    path("home/<str:name>/", views.widget, name="widget"),
    path("search/", views.search, name="search"),
    path("search/suggest/", views.suggest_view, name="suggest"),
    path("preferences/", views.preferences, name="preferences"),
    path("places/", views.arrange, name="arrange"),
    path("favourites/toggle/", views.toggle_favourite, name="favourite"),
    path("undo/<uuid:batch>/", views.undo, name="undo"),
]
