"""Addresses of imports and exports."""

from __future__ import annotations

from django.urls import path

from anello.core.ui.exchange import exports, imports

urlpatterns = [
    path("imports/", imports.history, name="imports"),
    path("imports/<int:pk>/", imports.page, name="import_run"),
    path("imports/<int:pk>/configure/", imports.configure, name="import_configure"),
    path("imports/<int:pk>/do/<slug:verb>/", imports.do, name="import_do"),
    path("imports/<int:pk>/save/", imports.save_mapping, name="import_save"),
    path("imports/<int:pk>/errors/", imports.errors, name="import_errors"),
    path("exports/<int:pk>/", exports.page, name="export_run"),
    path("exports/<int:pk>/file/", exports.file, name="export_file"),
    path("exports/<int:pk>/cancel/", exports.cancel, name="export_cancel"),
    path("<slug:slug>/import/", imports.upload, name="import"),
    path("<slug:slug>/import/template/", exports.template, name="import_template"),
    path("<slug:slug>/export/", exports.export, name="export"),
]
