"""Addresses of the calendar, under `/calendar/`."""

from __future__ import annotations

from django.urls import path

from anello.customers.activities import dialogs, home, public, views

assert home  # registers its widgets and its place in the navigation
app_name = "calendar"
urlpatterns = [
    path("", views.page, name="page"),
    path("events/", views.events, name="events"),
    path("slots/", views.slots, name="slots"),
    path("new/", dialogs.new, name="new"),
    path("move/", dialogs.move, name="move"),
    path("import/", dialogs.import_file, name="import"),
    path("hours/", dialogs.hours, name="hours"),
    path("feed/", dialogs.feed, name="feed"),
    path("feed/<str:secret>.ics", public.feed, name="feed_file"),
    path("answer/<str:token>/", public.answer, name="answer"),
    path("<str:key>/", views.occurrence, name="occurrence"),
    path("<str:key>/event.ics", public.single, name="file"),
    path("<str:key>/edit/", dialogs.edit, name="edit"),
    path("<str:key>/complete/", dialogs.complete, name="complete"),
    path("<str:key>/cancel/", dialogs.cancel, name="cancel"),
    path("<str:key>/respond/", dialogs.respond, name="respond"),
]
