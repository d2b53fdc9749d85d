"""Addresses of what the specs of customers cannot derive."""

from __future__ import annotations

from django.urls import re_path

from anello.customers import composer, views

app_name = "customers"
CUSTOMERS = "(?P<slug>people|organisations)"
urlpatterns = [
    re_path(rf"^{CUSTOMERS}/duplicates/$", views.duplicates, name="duplicates"),
    re_path(rf"^{CUSTOMERS}/duplicates/scan/$", views.scan, name="scan"),
    re_path(rf"^{CUSTOMERS}/duplicates/(?P<pk>\d{{1,18}})/(?P<verb>dismiss|reopen)/$", views.decide, name="decide"),
    re_path(rf"^{CUSTOMERS}/merge/$", views.merge, name="merge"),
    re_path(rf"^{CUSTOMERS}/(?P<pk>\d{{1,18}})/unmerge/(?P<merge>\d{{1,18}})/$", views.unmerge, name="unmerge"),
    re_path(r"^(?P<slug>[a-z-]+)/(?P<pk>\d{1,18})/log/$", composer.log, name="log"),
    re_path(rf"^{CUSTOMERS}/(?P<pk>\d{{1,18}})/figures/$", views.figures, name="figures"),
    re_path(r"^(?P<slug>people)/(?P<pk>\d{1,18})/dossier/$", views.dossier, name="dossier"),
    re_path(r"^(?P<slug>people)/(?P<pk>\d{1,18})/erase/$", views.erase, name="erase"),
]
