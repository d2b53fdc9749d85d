"""Addresses of what the specs of marketing cannot derive."""

from __future__ import annotations

from django.urls import path

from anello.operations.marketing import public, views

app_name = "marketing"
urlpatterns = [
    path("mail/unsubscribe/<str:token>/", public.unsubscribe, name="unsubscribe"),
    path("mail/link/<str:token>/", public.link, name="link"),
    path("email-templates/preview/", views.draft, name="draft"),
    path("email-templates/<int:pk>/preview/", views.preview, name="preview"),
    path("email-templates/<int:pk>/editor/", views.editor, name="editor"),
]
