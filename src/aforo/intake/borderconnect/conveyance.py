"""What a trip says of itself: carrier, truck, trailers, seals and crew, once for all of its shipments."""

from __future__ import annotations

from functools import cached_property
from hashlib import blake2b

from aforo.domain.codes import port_zone
from aforo.intake.borderconnect import codes
from aforo.intake.borderconnect.contract import Check
from aforo.intake.borderconnect.flat import entries, leaves, objects, part, text_of
from aforo.intake.borderconnect.reading import encoded
from aforo.intake.message import Said

#: What tells how a message is sent, not what it declares: the same content sent again is the same amendment.
OF_THE_SENDING = ("sendId", "autoSend", "companyKey")
#: How long the digest is that an amendment is named by.
CONTENT_BYTES = 4


class Conveyance:
    """A trip without its shipments. `rest` is what no column has, by path."""

    def __init__(self, place: str, value: dict[str, object]) -> None:
        self._place = place
        self.value = {name: each for name, each in value.items() if name != "shipments"}
        self.number = text_of(value.get("tripNumber"))
        self.rest = leaves(self.value)
        self._truck, self._trailers = part(value, "truck"), objects(value.get("trailers"))
        #: Numbers of the units that goods may be on; of units that cannot be read it is said that they cannot.
        self._units: dict[str, set[str]] = {}
        if isinstance(value.get("truck"), dict):
            self._units["TRUCK"] = {text_of(self._truck.get("number"))}
        if isinstance(value.get("trailers"), list | None):
            self._units["TRAILER"] = {text_of(each.get("number")) for each in self._trailers}
        self._seals = _seals(self._truck, "truck")
        self._seals_of: dict[str, tuple[str, str]] = {}
        for number, trailer in enumerate(self._trailers):
            seals = _seals(trailer, f"trailers[{number}]")
            self._seals += seals
            if seals:
                self._seals_of.setdefault(text_of(trailer.get("number")), seals[0])
        self._columns = self._of_trip()

    @cached_property
    def content(self) -> bytes:
        """What the trip declares."""
        return encoded({name: each for name, each in self.value.items() if name not in OF_THE_SENDING})

    @cached_property
    def digest(self) -> blake2b:
        """The digest of that, to be copied and gone on with."""
        return blake2b(self.content, digest_size=CONTENT_BYTES)

    def _of_trip(self) -> dict[str, tuple[str, str]]:
        """The columns that every line of the trip has, with the path that each was read at; they leave `rest`."""
        port = text_of(self.value.get("usPortOfArrival"))
        columns = {
            "crossing_id": (self.number, "tripNumber"),
            "carrier_id": (self.number[:4], "tripNumber"),
            "port": (port, "usPortOfArrival"),
            "tractor_id": self._tractor(),
            **self._driver(),
        }
        for column in ("crossing_id", "port", "tractor_id"):
            self.rest.pop(columns[column][1], None)
        zone = port_zone(port)
        if zone and "estimatedArrivalDateTime" in self.rest and "estimatedArrivalTimeZone" not in self.rest:
            self.rest["estimatedArrivalDateTime.zone"] = zone
        return columns

    def _tractor(self) -> tuple[str, str]:
        """The vehicle identification number, else the first plate with its state."""
        number = text_of(self._truck.get("vinNumber"))
        if number:
            return number, "truck.vinNumber"
        for plate, path in _plates(self._truck, "truck"):
            if text_of(plate.get("number")):
                return "-".join(filter(None, (text_of(plate.get("stateProvince")), text_of(plate["number"])))), path
        return "", "truck"

    def _driver(self) -> dict[str, tuple[str, str]]:
        """The first driver: by FAST card, else licence with its state, else the carrier's number for the driver."""
        drivers = objects(self.value.get("drivers"))
        if not drivers:
            return {}
        driver, path = drivers[0], "drivers[0]"
        names = [text_of(driver.get(name)) for name in ("firstName", "lastName")]
        for name in ("firstName", "lastName"):
            self.rest.pop(f"{path}.{name}", None)
        identity, where = text_of(driver.get("fastCardNumber")), f"{path}.fastCardNumber"
        if not identity:
            identity, where = _licence(driver, path)
        if not identity and (number := text_of(driver.get("driverNumber"))):
            identity, where = f"{self.number[:4]}-{number}", f"{path}.driverNumber"
        self.rest.pop(where, None)
        return {"driver_id": (identity, where), "driver_name": (" ".join(filter(None, names)), path)}

    def fill(self, said: Said, loaded: dict[str, object] | None) -> None:
        """The trip's columns of one line; its seal is that of what it is `loaded` on, else the trip's first."""
        for column, (value, path) in self._columns.items():
            said.put(column, value, f"{self._place}, {path}")
        seal = self._seals[0] if self._seals else None
        if loaded is not None and loaded.get("type") == "TRAILER":
            seal = self._seals_of.get(text_of(loaded.get("number")), seal)
        if seal is not None:
            said.put("seal_id", seal[0], f"{self._place}, {seal[1]}")

    def check(self, check: Check, deleted: bool) -> None:
        """What the fields of the trip must be to each other."""
        if not deleted:
            units = [(self._truck, "truck"), *((each, f"trailers[{n}]") for n, each in enumerate(self._trailers))]
            for unit, path in units:
                if unit and not (unit.get("licensePlate") or unit.get("licensePlates")):
                    check.say("bc_missing", f"{path}.licensePlates", "licensePlates")
        for people in ("drivers", "passengers"):
            for number, person in enumerate(objects(self.value.get(people))):
                _check_person(check, person, f"{people}[{number}]", people == "drivers" and not deleted)

    def check_loaded(self, check: Check, loaded: object, path: str) -> None:
        """That a line of goods is on a unit of the trip."""
        if isinstance(loaded, dict):
            unit, kind = text_of(loaded.get("number")), text_of(loaded.get("type"))
            units = self._units.get(kind)
            if unit and units is not None and unit not in units:
                check.say("bc_loaded_unit", f"{path}.loadedOn.number", "loadedOn.number")
        elif loaded is None and len(self._trailers) > 1:
            check.say("bc_loaded_where", path, "loadedOn", "warning")


def _check_person(check: Check, person: dict[str, object], path: str, drives: bool) -> None:
    documents = objects(person.get("travelDocuments"))
    for number, document in enumerate(documents):
        kind, at = text_of(document.get("type")), f"{path}.travelDocuments[{number}]"
        if kind in codes.DOCUMENTS_OF_STATES and not text_of(document.get("stateProvince")):
            check.say("bc_document_place", f"{at}.stateProvince", "stateProvince")
        if kind in codes.DOCUMENTS_OF_COUNTRIES and not text_of(document.get("country")):
            check.say("bc_document_place", f"{at}.country", "country")
    if drives and person and not documents and not text_of(person.get("fastCardNumber")):
        check.say("bc_driver_document", path, "drivers", "warning")


def _seals(unit: dict[str, object], path: str) -> list[tuple[str, str]]:
    """The seals of a truck or trailer, each with its path."""
    seals = enumerate(entries(unit.get("sealNumbers")))
    return [(text_of(seal), f"{path}.sealNumbers[{number}]") for number, seal in seals if text_of(seal)]


def _plates(unit: dict[str, object], path: str) -> list[tuple[dict[str, object], str]]:
    """The plates of a truck or trailer, in whichever of the two fields."""
    several = enumerate(objects(unit.get("licensePlates")))
    return [
        (part(unit, "licensePlate"), f"{path}.licensePlate.number"),
        *((plate, f"{path}.licensePlates[{number}].number") for number, plate in several),
    ]


def _licence(driver: dict[str, object], path: str) -> tuple[str, str]:
    """The driver's licence with the state that issued it, and where its number stands."""
    documents = objects(driver.get("travelDocuments"))
    for kind in codes.LICENCES:
        for number, document in enumerate(documents):
            licence = text_of(document.get("number"))
            if document.get("type") == kind and licence:
                state = text_of(document.get("stateProvince"))
                return "-".join(filter(None, (state, licence))), f"{path}.travelDocuments[{number}].number"
    return "", path
