"""Signing in and out in a browser: with a password, a passkey, a provider; and the page of one's own account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from journeys import Post
from listening import PASSWORD, Listening, listening
from playwright.sync_api import Page, expect
from vouching import CLIENT, SECRET, Vouching, vouching

from aforo.api.access import Rate
from aforo.api.provider import Granted, ProviderSettings
from aforo.log.passwords import hashed

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt

Axe = Callable[[Page], list[str]]
TITLE = {"en": "Sign in", "es": "Iniciar sesión"}


@pytest.fixture(scope="module")
def provider() -> Iterator[Vouching]:
    with vouching() as made:
        yield made


@pytest.fixture(scope="module")
def served(learnt: Learnt, provider: Vouching, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A node by a name, as passkeys need one, and with a provider."""
    grants = (Granted("targeting", "officer", ("2304",)),)
    settings = ProviderSettings(provider.address, CLIENT, SECRET, "groups", grants)
    post = Post(learnt, tmp_path_factory.mktemp("served"))
    with listening(post, rate=Rate(1e6, 1e6), provider=settings) as made:
        made.address = made.address.replace("127.0.0.1", "localhost")
        yield made


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_way_in_has_no_violation(consoles: Consoles, axe: Axe, lang: str, dark: bool) -> None:
    page = consoles.open("/sign-in", None, lang, dark=dark)
    expect(page.locator("h1")).to_have_text(TITLE[lang])
    page.locator("button[type=submit]").click()
    expect(page.locator(".fault")).to_have_count(2)
    assert axe(page) == []
    fields = page.locator("form input")
    assert [fields.nth(at).get_attribute("autocomplete") for at in (0, 1)] == ["username webauthn", "current-password"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_who_signs_in_comes_to_where_they_wanted_to_be_and_out_again(consoles: Consoles, served: Listening) -> None:
    served.account("administrator", "root")
    page = consoles.open("/administration")
    expect(page.locator("h1")).to_have_text("This page is not open to you")
    page.locator("main").get_by_role("link", name="Sign in").click()
    sign_in(page, "root", "not the password")
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    expect(page.get_by_label("Password", exact=True)).to_have_value("")
    sign_in(page, "root")
    expect(page.locator("h1")).to_have_text("Administration")
    assert page.evaluate("document.cookie") == "", "no script reads the session"
    page.reload()
    expect(page.locator("h1")).to_have_text("Administration")
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("h1")).to_have_text("This page is not open to you")
    page.goto(f"{served.address}/console/sign-in?then=//evil.example")
    sign_in(page, "root")
    expect(page.get_by_role("link", name="root")).to_be_visible()
    assert page.url.startswith(served.address)


def test_who_guesses_is_told_how_long_to_wait(consoles: Consoles, served: Listening) -> None:
    served.account("officer", "guessed")
    page = consoles.open("/sign-in")
    for _ in range(5):
        sign_in(page, "guessed", "a wrong password")
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("Too many attempts failed")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="Español").click()
    expect(page.get_by_role("alert")).to_contain_text("Fallaron demasiados intentos")


def end_sessions(served: Listening) -> None:
    served.people.sessions.end_all(served.account("officer", "officer at the console").id, datetime.now(UTC))
    served.people.look_anew()


def test_a_session_that_ends_is_told_of_at_the_next_act(consoles: Consoles, served: Listening) -> None:
    page = consoles.open("/account", "officer")
    expect(page.locator("h1")).to_have_text("My account")
    # The stream stays unanswered: it would tell of the end before the form is filled in.
    page.route("**/v1/live**", lambda _: None)
    page.reload()
    page.get_by_label("Password as it is").fill("x")
    page.get_by_label("New password", exact=True).fill("x")
    page.get_by_label("New password again").fill("x")
    end_sessions(served)
    page.get_by_role("button", name="Change the password").click()
    expect(page.locator("h1")).to_have_text("This page is not open to you")


def test_a_password_is_changed(consoles: Consoles, served: Listening) -> None:
    served.account("officer", "changing")
    page = consoles.open("/sign-in")
    sign_in(page, "changing")
    page.get_by_role("link", name="changing").click()
    page.get_by_label("Password as it is").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("twelve pallets of tiles")
    page.get_by_label("New password again").fill("thirteen pallets of tiles")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("The two are not the same.")).to_be_visible()
    page.get_by_label("New password again").fill("twelve pallets of tiles")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("The password is changed.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{served.address}/console/sign-in")
    sign_in(page, "changing", "twelve pallets of tiles")
    expect(page.get_by_role("link", name="changing")).to_be_visible()


def test_a_first_password_is_asked_to_be_changed(consoles: Consoles, axe: Axe, served: Listening) -> None:
    given = served.account("officer", "given")
    served.people.accounts.keep_password(given.id, hashed(PASSWORD), first=True)
    page = consoles.open("/sign-in?then=/account")
    sign_in(page, "given")
    expect(page.locator("h1")).to_have_text("Choose a password of your own")
    expect(page.get_by_text("Nothing else can be done until you have changed it.")).to_be_visible()
    assert axe(page) == []
    page.goto(f"{served.address}/console/alerts")
    expect(page.locator("h1")).to_have_text("Choose a password of your own")
    page.get_by_label("Password as it is").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("twelve pallets of tiles")
    page.get_by_label("New password again").fill("twelve pallets of tiles")
    page.get_by_role("button", name="Change the password").click()
    expect(page.locator("h1")).to_have_text("Alerts")


def test_a_passkey_is_registered_signs_in_and_is_removed(consoles: Consoles, served: Listening) -> None:
    served.account("officer", "keyed")
    page = consoles.open("/sign-in")
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    sign_in(page, "keyed")
    page.get_by_role("link", name="keyed").click()
    page.get_by_label("What to call a new one").fill("Key at booth 3")
    page.get_by_label("Your password, to register one").fill(PASSWORD)
    page.get_by_role("button", name="Register a passkey").click()
    expect(page.get_by_role("rowheader", name="Key at booth 3")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("h1")).to_have_text("This page is not open to you")
    page.locator("main").get_by_role("link", name="Sign in").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator("h1")).to_have_text("My account")
    page.get_by_role("button", name="Remove: Key at booth 3").click()
    expect(page.get_by_text("No passkey is registered.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.locator("main").get_by_role("link", name="Sign in").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("This passkey is not known here")


def test_the_provider_signs_in_and_what_goes_wrong_there_is_told(consoles: Consoles, provider: Vouching) -> None:
    page = consoles.open("/sign-in?then=%2Faccount")
    provider.claims = {"sub": "u-1", "name": "Ana Ruiz", "groups": ["others"]}
    page.get_by_role("button", name="Go to the provider").click()
    expect(page.get_by_role("alert")).to_contain_text("nothing is granted here")
    provider.claims = {"sub": "u-1", "name": "Ana Ruiz", "groups": ["targeting"]}
    page.goto(page.url.partition("?")[0] + "?then=%2Faccount")
    page.get_by_role("button", name="Go to the provider").click()
    expect(page.locator("h1")).to_have_text("My account")
    expect(page.get_by_role("link", name="Ana Ruiz")).to_be_visible()
    # The provider is where the page was sent to; nothing else left the machine.
    consoles.said = [each for each in consoles.said if provider.address not in each]
