"""Addresses of lists and boards, below `/{slug}/`."""

from __future__ import annotations

from django.urls import path

from anello.core.ui.lists import bin, board, bulk, saved, views

urlpatterns = [
    path("", views.page, name="list"),
    path("count/", views.count, name="count"),
    path("filter/", views.edit_filter, name="filter"),
    path("columns/", views.edit_columns, name="columns"),
    path("board/", board.page, name="board"),
    path("board/cards/", board.more_cards, name="board_cards"),
    path("board/move/", board.move, name="board_move"),
    path("bulk/", bulk.bulk, name="bulk"),
    path("deleted/", bin.page, name="deleted"),
    path("views/save/", saved.save, name="save_view"),
    path("views/update/", saved.update, name="update_view"),
    path("views/<int:pk>/delete/", saved.delete, name="delete_view"),
    path("views/<int:pk>/<slug:step>/", saved.move, name="move_view"),
]
