"""Pages of cases in a browser, over a morning in which a case of every kind happened."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cases import STORY
from playwright.sync_api import Page, expect

from aforo.domain.role import Role

if TYPE_CHECKING:
    from conftest import Consoles
    from listening import Listening

TITLES = {
    "crossing": {"en": f"Crossing {STORY}", "es": f"Cruce {STORY}"},
    "entities": {"en": "Traders and entities", "es": "Operadores y partes"},
    "entity": {"en": "Driver ", "es": "Conductor "},
    "lists": {"en": "Lists", "es": "Listas"},
    "challenges": {"en": "Challenges", "es": "Impugnaciones"},
    "alerts": {"en": "Alerts", "es": "Alertas"},
    "handover": {"en": "Handover: World Trade Bridge", "es": "Entrega de turno: World Trade Bridge"},
}


def handle(served: Listening, kind: str) -> str:
    found = served.as_("officer", "Luz Rivera").get(f"/v1/crossings/{STORY}/parties").json()["parties"]
    return str(next(each["handle"] for each in found if each["kind"] == kind))


def path_of(name: str, served: Listening) -> str:
    paths = {
        "crossing": f"/crossing/{STORY}", "entity": f"/entities/{handle(served, 'driver')}",
        "handover": "/handover/world-trade",
    }  # fmt: skip
    return paths.get(name, f"/{name}")


def opened(consoles: Consoles, name: str, lang: str = "en", role: Role = "officer", **more: Any) -> Page:
    """A page whose data has come."""
    page = consoles.open(path_of(name, consoles.served), role, lang, **more)
    expect(page.locator("h1")).to_contain_text(TITLES[name][lang])
    expect(page.locator("main .empty", has_text=re.compile("Loading|Cargando"))).to_have_count(0)
    return page
