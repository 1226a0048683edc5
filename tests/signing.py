"""A second officer who has a passkey, at the screen of another one: for tests of the forms that are signed there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from listening import PASSWORD, Listening
from playwright.sync_api import CDPSession, Page, expect

if TYPE_CHECKING:
    from browser.conftest import Consoles

FIRST = "officer at the console"


class Authenticator:
    """A virtual one of a page; it may be told that it does not recognise its owner."""

    def __init__(self, page: Page) -> None:
        self._devtools: CDPSession = page.context.new_cdp_session(page)
        self._devtools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True,
        }  # fmt: skip
        self._id = self._devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def recognises(self, known: bool) -> None:
        self._devtools.send("WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": known})


def beside(consoles: Consoles, served: Listening, second: str) -> tuple[Page, Authenticator]:
    """A page where FIRST is signed in, at a device that has a passkey of `second`, an officer too."""
    # A passkey needs a name of the server.
    consoles.served = replace(served, address=served.address.replace("127.0.0.1", "localhost"))
    page = consoles.open("/sign-in")
    authenticator = Authenticator(page)
    for name in (second, FIRST):
        served.account("officer", name)
        page.get_by_label("Name", exact=True).fill(name)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name=name)).to_be_visible()
        if name == second:
            page.get_by_role("link", name=name).click()
            page.get_by_label("What to call a new one").fill(f"Key of {second}")
            page.get_by_label("Your password, to register one").fill(PASSWORD)
            page.get_by_role("button", name="Register a passkey").click()
            expect(page.get_by_role("rowheader", name=f"Key of {second}")).to_be_visible()
            page.get_by_role("button", name="Sign out").click()
            page.locator("main").get_by_role("link", name="Sign in").click()
    return page, authenticator
