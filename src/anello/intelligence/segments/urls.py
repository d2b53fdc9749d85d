"""Addresses of what the specs of segments cannot derive."""

from __future__ import annotations

from django.urls import path

from anello.intelligence.segments import views

app_name = "segments"
urlpatterns = [
    path("segments/new/", views.build, name="new"),
    path("segments/<int:pk>/edit/", views.build, name="edit"),
    path("segments/conditions/", views.conditions, name="conditions"),
    path("segments/preview/", views.preview, name="preview"),
    path("segments/stop/", views.stop, name="stop"),
    path("<slug:slug>/to-segment/", views.choose, name="choose"),
]
