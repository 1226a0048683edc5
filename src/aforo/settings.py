"""Settings from the environment, with defaults that need nothing installed.

`AFORO_STORE` is the log's database URL (default: one SQLite file in the platform's data folder); `AFORO_STORE_FILE` a
file that holds it instead, for a URL with a password. `AFORO_KEYS` is the URL of the key store, which is kept apart
from the log (default: beside a SQLite store, else a file in the platform's data folder), `AFORO_KEYS_FILE` a file that
holds it instead. `AFORO_LISTS` is the folder of
the copies of published lists (default: `lists` in the platform's data folder), `AFORO_DATA` that of the copies of
published figures (default: `published` there), `AFORO_BTS_ADDRESS` and `AFORO_BWT_ADDRESS` where counts and waits are
fetched (default: their public addresses), `AFORO_TRANSBORDER_ADDRESS` and `AFORO_SEIZURES_ADDRESS` freight and seizures
(no default: each edition has another). `AFORO_WCO_SCHEMAS` is a folder with the published schemas of customs
declarations (WCO Data Model, as HMRC publishes them), `AFORO_CARTA_PORTE_XSD` one with SAT's schemas of the Carta
Porte, where what comes in is to be held against them too (default: none). `AFORO_BACKUPS` is the folder that backups
are put in, for `aforo doctor` to look at (default: none), `AFORO_CHECKPOINTS` the folder of signed checkpoints of which
`aforo restore` takes the newest (default: none), `AFORO_PLANS` that of the plans of the twin that a server runs
(default: beside a SQLite store, else in the platform's data folder).
"""

from __future__ import annotations

import getpass
import os
from pathlib import Path

import msgspec
import platformdirs


class Settings(msgspec.Struct, frozen=True):
    """Where the log and its keys are."""

    store: str
    keys: str


def officer(named: str | None = None) -> str:
    """Who acts at this terminal: who is named, else its user as the operating system knows them."""
    if named is not None:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _data_folder() -> Path:
    return Path(platformdirs.user_data_dir("aforo", appauthor=False))


def lists_folder(given: Path | None = None) -> Path:
    """Where the copies of published lists are; what the command line says goes before the environment."""
    named = os.environ.get("AFORO_LISTS")
    return given or (Path(named).expanduser() if named else _data_folder() / "lists")


def plans_folder(store: str) -> Path:
    """Where plans of the twin and their results are kept: named by `AFORO_PLANS`, else beside a store that is a file,
    else in the platform's data folder."""
    named = os.environ.get("AFORO_PLANS")
    if named:
        return Path(named).expanduser()
    path = Path(store.removeprefix("sqlite:///"))
    if store.startswith("sqlite:///") and path.name:
        return path.with_name(path.stem + "-plans")
    return _data_folder() / "plans"


#: Where the public figures are published: monthly counts of trucks of the southern border, and waits of all ports.
_PUBLISHED = {
    "bts": (
        "https://data.bts.gov/resource/keg4-3bc2.csv?$limit=2000000&border=US-Mexico%20Border"
        "&$where=measure%20in('Trucks','Truck%20Containers%20Loaded','Truck%20Containers%20Empty')"
    ),
    "bwt": "https://bwt.cbp.gov/api/waittimes",
}


def data_folder(given: Path | None = None) -> Path:
    """Where the copies of published figures are; what the command line says goes before the environment."""
    named = os.environ.get("AFORO_DATA")
    return given or (Path(named).expanduser() if named else _data_folder() / "published")


def published_address(what: str) -> str | None:
    """The address of published figures; None of those whose owner publishes each edition under another address, where
    the environment names none."""
    return os.environ.get(f"AFORO_{what.upper()}_ADDRESS") or _PUBLISHED.get(what)


def backups_folder(given: Path | None = None) -> Path | None:
    """Where backups are put, where that is named; what the command line says goes before the environment."""
    named = os.environ.get("AFORO_BACKUPS")
    return given or (Path(named).expanduser() if named else None)


def checkpoints_folder(given: Path | None = None) -> Path | None:
    """The folder of signed checkpoints, where one is named; the command line goes before the environment."""
    named = os.environ.get("AFORO_CHECKPOINTS")
    return given or (Path(named).expanduser() if named else None)


def aside_file(keys: str) -> Path:
    """Where what brokers handed over waits until it can be taken: beside a key store that is a file, else in the
    platform's data folder."""
    path = beside_keys(keys)
    return path.with_name(f"{path.stem.removesuffix('-keys')}-aside.sqlite")


def beside_keys(keys: str) -> Path:
    """The file of a key store, to name others after; of one on a server, the file that would be there by default."""
    return Path(keys.removeprefix("sqlite:///")) if keys.startswith("sqlite:///") else _data_folder() / "keys.sqlite"


def as_url(store: str) -> str:
    """A database URL: a plain path means a SQLite file."""
    return store if "://" in store else f"sqlite:///{Path(store).expanduser().resolve()}"


def settings(store: str | None = None, keys: str | None = None) -> Settings:
    """The settings of one command; what the command line says goes before the environment."""
    named = store or os.environ.get("AFORO_STORE") or _in_file(os.environ.get("AFORO_STORE_FILE"))
    store_url = as_url(named or str(_data_folder() / "aforo.sqlite"))
    given = keys or os.environ.get("AFORO_KEYS") or _in_file(os.environ.get("AFORO_KEYS_FILE"))
    if given:
        keys_url = as_url(given)
    elif store_url.startswith("sqlite:///") and (path := Path(store_url.removeprefix("sqlite:///"))).name:
        keys_url = f"sqlite:///{path.with_name(path.stem + '-keys.sqlite')}"
    else:
        keys_url = f"sqlite:///{_data_folder() / 'keys.sqlite'}"
    return Settings(store_url, keys_url)


def _in_file(file: str | None) -> str | None:
    """What the file says that holds the URL of a store or of keys: its password stands in no list of processes so."""
    return Path(file).read_text(encoding="utf-8").strip() if file else None


def wco_schemas() -> Path | None:
    """The folder of the schemas of customs declarations, where one is named."""
    folder = os.environ.get("AFORO_WCO_SCHEMAS")
    return Path(folder) if folder else None


def carta_porte_schemas() -> Path | None:
    """The folder with SAT's schemas of the Carta Porte, None where none is named."""
    folder = os.environ.get("AFORO_CARTA_PORTE_XSD")
    return Path(folder).expanduser() if folder else None
