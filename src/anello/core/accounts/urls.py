"""Addresses of signing in and of accounts."""

from __future__ import annotations

from allauth.account import views as account
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from anello.core.accounts.views import administration, audit, elevate, matrix, profile, view_as

to_profile = RedirectView.as_view(pattern_name="profile")

# Allauth's, without those by which people sign up.
urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/login/", account.login, name="account_login"),
    path("accounts/logout/", account.logout, name="account_logout"),
    path("accounts/inactive/", account.account_inactive, name="account_inactive"),
    path("accounts/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("accounts/password/change/", account.password_change, name="account_change_password"),
    path("accounts/password/set/", account.password_set, name="account_set_password"),
    path("accounts/password/reset/", account.password_reset, name="account_reset_password"),
    path("accounts/password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "accounts/password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    # Their lists are on the profile.
    path("accounts/2fa/", to_profile, name="mfa_index"),
    path("accounts/2fa/webauthn/", to_profile, name="mfa_list_webauthn"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("profile/", profile.profile, name="profile"),
    path("profile/sessions/", profile.end_sessions, name="end_sessions"),
    path("profile/clients/", profile.clients, name="clients"),
    path("profile/clients/<str:pk>/remove/", profile.remove_client, name="remove_client"),
    path("profile/tokens/", profile.tokens, name="tokens"),
    path("profile/tokens/<int:pk>/revoke/", profile.revoke_token, name="revoke_token"),
    path("elevate/", elevate.elevate, name="elevate"),
    path("elevate/end/", elevate.end, name="end_elevation"),
    path("administration/", administration.home, name="administration"),
    path("administration/unlock/", administration.unlock_address, name="unlock_address"),
    path("audit/", audit.log, name="audit"),
    path("users/<int:pk>/access/", administration.access, name="user_access"),
    path("users/<int:pk>/view-as/", view_as.begin, name="view_as"),
    path("view-as/end/", view_as.end, name="end_view_as"),
    path("roles/<int:pk>/matrix/", matrix.matrix, name="role_matrix"),
    path("teams/tree/", administration.teams, name="teams_tree"),
    path("teams/tree/new/", administration.add_team, name="add_team"),
    path("teams/<int:pk>/move/", administration.move_team, name="move_team"),
]
