"""A passkey from its making to signing in without a password, in a browser with a virtual authenticator."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from tests.browser.chromium import settled
from tests.cast import PASSWORD

from anello.core.events.models import Event

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_passkey_signs_in_without_a_password(cast, live_server, chromium):
    page = chromium.new_context(locale="en").new_page()
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    page.goto(f"{live_server.url}/accounts/login/?next=/profile/")
    page.fill("[name=login]", "carla")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/profile/")
    page.goto(f"{live_server.url}/accounts/2fa/webauthn/add/")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/webauthn/add/")
    page.fill("[name=name]", "Laptop")
    page.check("[name=passwordless]")
    page.click("#mfa_webauthn_add")
    page.wait_for_url("**/recovery-codes/")
    assert Authenticator.objects.get(user=cast.carla, type="webauthn").wrap().name == "Laptop"
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/accounts/login/")
    page.click("#passkey_login")
    page.wait_for_url(f"{live_server.url}/")
    assert Event.objects.filter(kind="user.signed_in", record_id=cast.carla.pk).count() == 2
    settled(page)  # the database is emptied next: nothing may still be reading it
    page.context.close()
