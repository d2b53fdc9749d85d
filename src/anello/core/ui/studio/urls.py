"""Addresses of Studio, below `/studio/`."""

from __future__ import annotations

from django.urls import path

from anello.core.ui.studio import fields, modules, working

urlpatterns = [
    path("", modules.home, name="studio"),
    path("new/", modules.create, name="studio_new"),
    path("modules/<int:pk>/restore/", modules.restore, name="studio_restore"),
    path("modules/<int:pk>/purge/", modules.purge, name="studio_purge"),
    path("<slug:slug>/", modules.page, name="studio_module"),
    path("<slug:slug>/edit/", modules.edit, name="studio_edit"),
    path("<slug:slug>/delete/", modules.delete, name="studio_delete"),
    path("<slug:slug>/fields/new/", fields.choose, name="studio_kinds"),
    path("<slug:slug>/fields/new/<slug:kind>/", fields.create, name="studio_field_new"),
    path("<slug:slug>/fields/<slug:name>/", fields.field, name="studio_field"),
    path("<slug:slug>/fields/<slug:name>/delete/", fields.delete, name="studio_field_delete"),
    path("<slug:slug>/fields/<slug:name>/restore/", fields.restore, name="studio_field_restore"),
    path("<slug:slug>/fields/<slug:name>/purge/", fields.purge, name="studio_field_purge"),
    path("<slug:slug>/check/<slug:name>/", working.check, name="studio_check"),
    path("<slug:slug>/picklist/<slug:kind>/", working.picklist, name="studio_picklist"),
    path("<slug:slug>/rollup/", working.rollup, name="studio_rollup"),
]
