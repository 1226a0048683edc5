"""`aforo seal`: devices and trips under seal are recorded, readings taken in, and the verdict on a trip is told."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

import typer
from rich.markup import escape

from aforo.cli import seal_responses, seal_road, terminal
from aforo.cli.custody_written import custody_written
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, log_to_read, made_log
from aforo.cli.port_live import contents, instant_of, recorded, report
from aforo.cli.seal_inspect import inspect
from aforo.cli.seal_keys import retire, rotate
from aforo.cli.seal_listen import listen
from aforo.cli.seal_pack import pack
from aforo.cli.seal_put_aside import put_aside
from aforo.cli.seal_read import read
from aforo.cli.seal_retention import retention
from aforo.cli.seal_shown import devices_table, show_causes, show_verdict, trips_table
from aforo.domain.clock import microseconds
from aforo.domain.device import DeviceKind, DeviceRegistered, ReadingForm
from aforo.domain.port import SealClass
from aforo.domain.reading import PER_DEGREE
from aforo.domain.trip import Discharged, Place, PlaceUse, Regime, Sealed, TripOpened, Unsealed
from aforo.flow import device_acts, trip_acts
from aforo.flow.admission import ANY_PACE, Admission
from aforo.flow.causes_shown import causes_on
from aforo.flow.custody import Custody, UnknownTripError
from aforo.flow.custody_shown import device_shown, trip_shown
from aforo.flow.custody_verdict import verdict_on
from aforo.flow.seal_blocks import FORMS, of_portions, of_signed, refuse
from aforo.settings import officer

_TripName = Annotated[str, typer.Argument(help="The trip's identifier.")]
_DeviceName = Annotated[str, typer.Argument(help="The device's identifier.")]
_At = Annotated[str, typer.Option(help="When (ISO 8601 with an offset); by default now.")]
_Where = Annotated[str, typer.Option(help="The name of the place.")]
_By = Annotated[str, typer.Option(help="Who acts; by default this terminal's user.")]
_PERSON = "The person who did it; kept as a keyed hash alone."


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    group = typer.Typer(no_args_is_help=True, help="Custody: devices, trips under seal, readings, and the verdict.")
    for name, command in (
        ("register", register_device), ("rotate", rotate), ("retire", retire), ("devices", devices),
        ("open", open_trip), ("bind", bind),
        ("take-off", take_off), ("discharge", discharge), ("trips", trips), ("load", load), ("verdict", verdict),
        ("causes", causes),
        ("listen", listen), ("put-aside", put_aside), ("retention", retention), ("read", read), ("inspect", inspect),
        ("pack", pack),
    ):  # fmt: skip
        group.command(name)(command)
    seal_road.add(group)
    seal_responses.register(group)
    app.add_typer(group, name="seal")


def register_device(
    device: _DeviceName,
    supplier: Annotated[str, typer.Option(help="Who answers for it.")],
    promise: Annotated[int, typer.Option(help="The longest time between two reports, in seconds.")],
    tolerance: Annotated[int, typer.Option(help="By how much its clock may be off, in seconds.")] = 60,
    kind: Annotated[DeviceKind, typer.Option(help="What it is.")] = "seal",
    key: Annotated[str, typer.Option(help="The base64 of its Ed25519 public key, where it can sign.")] = "",
    seal_class: Annotated[SealClass | None, typer.Option("--class", help="Its class by ISO 17712.")] = None,
    carrier: Annotated[str, typer.Option(help="The carrier whose it is.")] = "",
    by: _By = "",
    store: Store = None,
    keys: Keys = None,
    lang: LanguageOption = "",
) -> None:
    """Register a device, or say anew what was said of it."""
    say = Sentences("aforo.cli", lang)
    said = DeviceRegistered(kind, supplier, promise, tolerance, key, seal_class, carrier)
    with custody_written(store, keys) as custody:
        device_acts.register(custody, device, said, actor=officer(by or None), origin=custody.log.marks)
    terminal.out.print(say("seal_registered", device=device), markup=False)


def devices(store: Store = None, keys: Keys = None, as_json: AsJson = False, lang: LanguageOption = "") -> None:
    """Seals, trackers and gateways: what they promise, and when they were heard."""
    say = Sentences("aforo.cli", lang)
    with log_to_read(store, keys) as log:
        custody, now = Custody(log), microseconds(log.clock())
        found = [device_shown(each, custody.sealed_by(each.device), now) for each in custody.devices()]
    if as_json:
        terminal.emit({"devices": found})
    elif not found:
        terminal.out.print(say("seal_no_devices"), markup=False)
    else:
        terminal.show(devices_table(found, say))


def open_trip(
    trip: _TripName,
    regime: Annotated[Regime, typer.Option(help="What the trip is, by both countries' terms.")],
    carrier: Annotated[str, typer.Option(help="Whose trip it is.")],
    deadline: Annotated[str, typer.Option(help="Until when it is to be discharged (ISO 8601 with an offset).")],
    crossing: Annotated[str, typer.Option(help="The crossing that it is for.")] = "",
    carta_porte: Annotated[str, typer.Option(help="The identifier (IdCCP) of its Carta Porte.")] = "",
    corridor: Annotated[str, typer.Option(help="The id of the corridor that is planned; one that is in force.")] = "",
    convoy: Annotated[str, typer.Option(help="What names the trips of the carrier that set out together.")] = "",
    supplier: Annotated[str, typer.Option(help="The only one whose seals it may bear.")] = "",
    place: Annotated[
        list[str] | None,
        typer.Option(help="NAME,LATITUDE,LONGITUDE,RADIUS_M,USE with USE stop or open; may be repeated."),
    ] = None,
    person: Annotated[list[str] | None, typer.Option(help="A person who may seal it; may be repeated.")] = None,
    by: _By = "",
    store: Store = None,
    keys: Keys = None,
    lang: LanguageOption = "",
) -> None:
    """Announce a trip under seal, or announce it anew as a whole."""
    say = Sentences("aforo.cli", lang)
    places = tuple(_place(each, say) for each in place or ())
    with custody_written(store, keys) as custody:
        authorised = tuple(trip_acts.person_of(custody.log, each) for each in person or ())
        said = TripOpened(
            regime,
            carrier,
            instant_of(deadline, say),
            crossing,
            carta_porte,
            corridor,
            supplier,
            places,
            authorised,
            convoy,
        )
        trip_acts.open_(custody, trip, said, actor=officer(by or None), origin=custody.log.marks)
    terminal.out.print(say("seal_opened", trip=trip), markup=False)


def bind(
    trip: _TripName,
    device: _DeviceName,
    seal_id: Annotated[str, typer.Argument(metavar="number", help="The number on the seal's body.")],
    at: _At = "",
    where: _Where = "",
    person: Annotated[str, typer.Option(help=_PERSON)] = "",
    by: _By = "",
    store: Store = None,
    keys: Keys = None,
    lang: LanguageOption = "",
) -> None:
    """Bind a seal to a trip."""
    say = Sentences("aforo.cli", lang)
    with custody_written(store, keys) as custody:
        said = Sealed(device, seal_id, trip_acts.person_of(custody.log, person), where)
        trip_acts.seal(custody, trip, said, _maybe(at, say), actor=officer(by or None), origin=custody.log.marks)
    terminal.out.print(say("seal_bound", device=device, trip=trip), markup=False)


def take_off(
    trip: _TripName,
    device: _DeviceName,
    authority: Annotated[str, typer.Option(help="By whose authority.")],
    at: _At = "",
    where: _Where = "",
    person: Annotated[str, typer.Option(help=_PERSON)] = "",
    by: _By = "",
    store: Store = None,
    keys: Keys = None,
    lang: LanguageOption = "",
) -> None:
    """Take a seal off a trip."""
    say = Sentences("aforo.cli", lang)
    with custody_written(store, keys) as custody:
        said = Unsealed(device, authority, trip_acts.person_of(custody.log, person), where)
        trip_acts.unseal(custody, trip, said, _maybe(at, say), actor=officer(by or None), origin=custody.log.marks)
    terminal.out.print(say("seal_taken_off", device=device, trip=trip), markup=False)


def discharge(
    trip: _TripName,
    where: Annotated[str, typer.Option(help="Where it was discharged.")],
    at: _At = "",
    by: _By = "",
    store: Store = None,
    keys: Keys = None,
    lang: LanguageOption = "",
) -> None:
    """Discharge a trip: its seals are of it no more."""
    say = Sentences("aforo.cli", lang)
    with custody_written(store, keys) as custody:
        said = Discharged(where)
        trip_acts.discharge(custody, trip, said, _maybe(at, say), actor=officer(by or None), origin=custody.log.marks)
    terminal.out.print(say("seal_discharged", trip=trip), markup=False)


def trips(
    overdue: Annotated[bool, typer.Option(help="Only those that should have been discharged.")] = False,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Trips under seal that are not over, and the last that were."""
    say = Sentences("aforo.cli", lang)
    with log_to_read(store, keys) as log:
        now = microseconds(log.clock())
        found = [trip_shown(each, now) for each in Custody(log).trips() if not overdue or each.overdue(now)]
    if as_json:
        terminal.emit({"trips": found})
    elif not found:
        terminal.out.print(say("seal_no_trips"), markup=False)
    else:
        terminal.show(trips_table(found, say))


def load(
    file: Annotated[Path, typer.Argument(help="What devices sent; of signed blocks one in base64 a line.")],
    form: Annotated[ReadingForm, typer.Option(help="The form that it is in.")],
    zone: Annotated[str, typer.Option(help="The IANA zone of instants that name none (telematics).")] = "",
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Record readings of registered devices; the same block again counts once. Exit 1 on what cannot be taken."""
    say = Sentences("aforo.cli", lang)
    if zone and zone not in available_timezones():
        terminal.fail(say("seal_bad_zone", zone=escape(zone)), to_do="America/Monterrey, UTC")
    data = contents(file, say)
    with made_log(store, keys) as log, terminal.progress(file.name):
        custody = Custody(log)
        custody.admission = Admission(ANY_PACE)
        if form == "block":
            taken = of_signed([_unpacked(each) for each in data.split()], custody, lambda device: True)
        else:
            told = FORMS[form](data, ZoneInfo(zone) if zone else None)
            taken = of_portions(told.portions, custody, lambda device: True)
            taken.problems[:0] = told.problems
        done = recorded(taken.said, log, say)
        refuse(taken, done.refused, custody)
    report({"readings": taken.readings, "blocks": len(taken.said)}, done, taken.problems, as_json, say)


def verdict(
    trip: _TripName,
    at: _At = "",
    known_by: Annotated[str, typer.Option(help="By what had come until then; by default all of it.")] = "",
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """The verdict on a trip's custody, with what it rests on. Exit 1 where it is broken, suspect or silent, or a seal
    of it was broken or suspect before."""
    say = Sentences("aforo.cli", lang)
    with log_to_read(store, keys) as log:
        try:
            found = verdict_on(Custody(log), trip, _maybe(at, say), _maybe(known_by, say))
        except UnknownTripError:
            terminal.fail(say("seal_no_trip", trip=escape(trip)), to_do=say("seal_no_trip_to_do"))
    if as_json:
        terminal.emit(found)
    else:
        show_verdict(found, say)
    if found.state in ("broken", "suspect", "silent") or found.before in ("broken", "suspect"):
        raise typer.Exit(1)


def causes(
    trip: _TripName, store: Store = None, keys: Keys = None, as_json: AsJson = False, lang: LanguageOption = ""
) -> None:
    """What was found of a trip, as the watch over custody recorded it last, what is told alone among it. Exit 1 where
    something asks for somebody."""
    say = Sentences("aforo.cli", lang)
    with log_to_read(store, keys) as log:
        try:
            found = causes_on(Custody(log), trip)
        except UnknownTripError:
            terminal.fail(say("seal_no_trip", trip=escape(trip)), to_do=say("seal_no_trip_to_do"))
    if as_json:
        terminal.emit(found)
    elif not found.causes:
        terminal.out.print(say("seal_no_causes", trip=trip), markup=False)
    else:
        show_causes(found, say)
    if any(each.asks for each in found.causes):
        raise typer.Exit(terminal.FOUND)


def _unpacked(line: bytes) -> bytes:
    """The bytes of a block; none where the line is no base64, which no block is."""
    try:
        return base64.b64decode(line, validate=True)
    except binascii.Error:
        return b""


def _place(text: str, say: Callable[..., str]) -> Place:
    parts = [each.strip() for each in text.split(",")]
    uses: dict[str, PlaceUse] = {"stop": "stop", "open": "open"}
    try:
        name, latitude, longitude, radius, use = parts
        middle = round(float(latitude) * PER_DEGREE), round(float(longitude) * PER_DEGREE)
        return Place(name, *middle, int(radius), uses[use])
    except (ValueError, KeyError, OverflowError):
        terminal.fail(say("seal_bad_place", place=escape(text)), to_do=say("seal_bad_place_to_do"))


def _maybe(text: str, say: Sentences) -> datetime | None:
    return instant_of(text, say) if text else None
