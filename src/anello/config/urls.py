"""Every address of the product."""

from __future__ import annotations

from allauth.idp.oidc import views as oauth
from django.urls import URLPattern, URLResolver, include, path

from anello.core.api.oauth import token

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("anello.core.accounts.urls")),
    path("calendar/", include("anello.customers.activities.urls")),
    # Before the addresses that the specs derive: `/people/duplicates/` is no record.
    path("", include("anello.customers.urls")),
    path("", include("anello.operations.sales.urls")),
    path("", include("anello.intelligence.segments.urls")),
    path("", include("anello.intelligence.lifecycle.urls")),
    path("", include("anello.intelligence.identity.urls")),
    path("", include("anello.intelligence.reports.urls")),
    path("", include("anello.intelligence.worth.urls")),
    path("", include("anello.operations.marketing.urls")),
    path("", include("anello.decisions.urls")),
    path("", include("anello.warehouse.urls")),
    path("api/v1/", include("anello.core.api.urls")),
    path("oauth/token", token, name="oauth_token"),
    path("oauth/revoke", oauth.revoke, name="oauth_revoke"),
    path("", include("anello.core.ui.urls")),
]
