"""Addresses of what the specs of policies and decisions cannot derive."""

from __future__ import annotations

from django.urls import path

from anello.decisions import views

app_name = "decisions"
urlpatterns = [
    path("ring/", views.ring, name="ring"),
    path("policies/new/", views.build, name="new"),
    path("policies/<int:pk>/edit/", views.build, name="edit"),
    path("policies/<int:pk>/course/", views.course, name="course"),
    path("policies/condition/", views.condition, name="condition"),
    path("policies/preview/", views.preview, name="preview"),
    path("policies/actions/<str:letter>/", views.parameters, name="parameters"),
]
