"""Addresses of single records."""

from __future__ import annotations

from django.urls import path

from anello.core.ui.records import acts, attachments, edit, lookup, pages, paper, why

urlpatterns = [
    path("lookup/<str:name>/", lookup.lookup, name="lookup"),
    path("files/", attachments.store, name="file_store"),
    path("files/<int:pk>/", attachments.download, name="file"),
    path("files/<int:pk>/delete/", attachments.remove, name="file_delete"),
    path("files/<int:pk>/recover/", attachments.recover, name="file_recover"),
    path("<slug:slug>/new/", edit.create, name="create"),
    path("<slug:slug>/new/duplicates/", edit.duplicates, name="duplicates"),
    path("<slug:slug>/new/rules/", edit.rules, name="rules"),
    path("<slug:slug>/<int:pk>/", pages.record, name="record"),
    path("<slug:slug>/<int:pk>/watch/", pages.watch, name="watch"),
    path("<slug:slug>/<int:pk>/why/", why.why, name="why"),
    path("<slug:slug>/<int:pk>/paper/", paper.paper, name="paper"),
    path("<slug:slug>/<int:pk>/edit/", edit.edit, name="edit"),
    path("<slug:slug>/<int:pk>/edit/<str:name>/", edit.cell, name="cell"),
    path("<slug:slug>/<int:pk>/delete/", edit.delete, name="delete"),
    path("<slug:slug>/<int:pk>/files/", attachments.upload, name="files"),
    path("<slug:slug>/<int:pk>/file/<str:name>/", attachments.of_field, name="file_of"),
    path("<slug:slug>/<int:pk>/do/<str:name>/", acts.do, name="action"),
]
