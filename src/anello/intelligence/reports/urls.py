"""Addresses of reports and dashboards."""

from __future__ import annotations

from django.urls import path

from anello.intelligence.reports import boards, filtering, sending, views

app_name = "reports"
urlpatterns = [
    path("reports/new/", views.choose, name="choose"),
    path("reports/build/", views.build, name="build"),
    path("reports/conditions/", filtering.conditions, name="conditions"),
    path("reports/preview/", views.preview, name="preview"),
    path("reports/<int:pk>/build/", views.build, name="edit"),
    path("reports/<int:pk>/tile/", boards.tile, name="tile"),
    path("reports/<int:pk>/put/", boards.put, name="put"),
    path("reports/<int:pk>/mail/", sending.of_report, name="mail"),
    path("reports/<int:pk>/alert/", sending.alert, name="alert"),
    path("reports/<int:pk>/file/", sending.file, name="file"),
    path("dashboards/<int:pk>/mail/", sending.of_dashboard, name="mail_dashboard"),
    path("dashboards/ready/<slug:name>/mail/", sending.of_ready, name="mail_ready"),
    path("scheduled-mails/<int:pk>/edit/", sending.edit, name="edit_mail"),
    path("dashboards/<int:pk>/view/", boards.view, name="dashboard"),
    path("dashboards/<int:pk>/arrange/", boards.arrange, name="arrange"),
    path("dashboards/ready/<slug:name>/", boards.ready, name="ready"),
    path("dashboards/ready/<slug:name>/<int:number>/", boards.figure, name="figure"),
    path("<slug:slug>/to-report/", views.of_list, name="of_list"),
]
