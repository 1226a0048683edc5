"""How a field of a manual is described, and the check of an object against the descriptions of its fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from aforo.domain.problem import Gravity
from aforo.intake.borderconnect.general import oddities
from aforo.intake.borderconnect.reading import Number
from aforo.intake.message import Fault

#: `amount` is a number that the manual wants as text; one that is a JSON number says the same and is odd.
Kind = Literal["text", "number", "amount", "flag", "object", "list"]
#: Faults that are told of one object; what is so wrong is wrong altogether.
MOST_FAULTS = 50
#: Digits of a number beyond which it is damage.
_MOST_DIGITS = 30


class Fields(dict[str, "Rule"]):
    """The rules of an object's fields, by name; `required` are those that must be there, in order."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        super().__init__(rules)
        self.required = tuple(name for name, rule in rules.items() if rule.required)


@dataclass(frozen=True)
class Rule:
    """A field: its type, whether it must be there, for text its length and `fits`, which says whether it is of the form
    or in the list that it has to be, with the `code` of the sentence where it is not. `odd` does so for a warning."""

    kind: Kind = "text"
    required: bool = False
    least: int = 1
    most: int = 0
    fits: Callable[[str], object] | None = None
    code: str = ""
    odd: Callable[[str], object] | None = None
    odd_code: str = ""
    fields: Fields = field(default_factory=lambda: Fields({}))
    item: Rule | None = None


def must(rule: Rule) -> Rule:
    """The rule of a field that has to be there."""
    return replace(rule, required=True)


def only(fields: Fields, *names: str) -> Fields:
    """The rules of an object of which no more than these fields must be there."""
    return Fields({name: replace(rule, required=name in names) for name, rule in fields.items()})


class Check:
    """Checks objects of one message; `faults` has what was found. A path names a field by where it stands."""

    def __init__(self, place: str) -> None:
        self._place = place
        self.faults: list[Fault] = []
        self._unknown: set[str] = set()

    def say(self, code: str, path: str, name: str, gravity: Gravity = "refusal") -> None:
        """Note a fault of the field at `path`."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(code, f"{self._place}, {path}" if path else self._place, gravity, name))

    def members(self, value: Mapping[str, object], fields: Fields, path: str) -> None:
        """Check an object's fields. A name that has no rule is told once."""
        dot = f"{path}." if path else ""
        for name, each in value.items():
            rule = fields.get(name)
            if rule is None:
                if name not in self._unknown and len(self._unknown) < MOST_FAULTS:
                    self._unknown.add(name)
                    self.say("bc_field_unknown", dot + name, name, "warning")
                for code, at in oddities({name: each}):
                    self.say(code, dot + at, at.rpartition(".")[2], "warning")
            elif each is not None:
                self._value(each, rule, dot + name, name)
        for name in fields.required:
            if value.get(name) is None:
                self.say("bc_missing", dot + name, name)

    def _value(self, value: object, rule: Rule, path: str, name: str) -> None:
        kind = rule.kind
        if kind == "text":
            if isinstance(value, str):
                self._text(value, rule, path, name)
            else:
                self.say("bc_type_text", path, name)
        elif kind == "object":
            if isinstance(value, dict):
                self.members(value, rule.fields, path)
            else:
                self.say("bc_type_object", path, name)
        elif kind == "list":
            if not isinstance(value, list):
                self.say("bc_type_list", path, name)
            elif not value and rule.required:
                self.say("bc_missing", path, name)
            elif rule.most and len(value) > rule.most:
                self.say("bc_too_many", path, f"{name} (≤ {rule.most})")
            elif rule.item is not None:
                for number, each in enumerate(value):
                    self._value(each, rule.item, f"{path}[{number}]", name)
        elif kind == "flag":
            if not isinstance(value, bool):
                self.say("bc_type_flag", path, name)
        elif kind == "number":
            if not isinstance(value, Number):
                self.say("bc_type_number", path, name)
            elif number_of(value.text) is None:
                self.say("bc_number", path, name)
        elif isinstance(value, Number):
            self._text(value.text, rule, path, name)
            self.say("bc_amount_number", path, name, "warning")
        elif isinstance(value, str):
            self._text(value, rule, path, name)
        else:
            self.say("bc_type_text", path, name)

    def _text(self, value: str, rule: Rule, path: str, name: str) -> None:
        stripped = value.strip()
        if not stripped:
            if rule.required:
                self.say("bc_missing", path, name)
            else:
                self.say("bc_empty", path, name, "warning")
        elif len(value) < rule.least or (rule.most and len(value) > rule.most):
            most = f"-{rule.most}" if rule.most != rule.least else ""
            self.say("bc_length", path, f"{name} ({rule.least}{most})")
        elif rule.fits is not None and not rule.fits(value):
            self.say(rule.code, path, name)
        elif rule.odd is not None and not rule.odd(value):
            self.say(rule.odd_code, path, name, "warning")


def number_of(text: str) -> float | None:
    """A number that counts or weighs something: finite and not negative, else None."""
    try:
        value = float(text) if len(text) <= _MOST_DIGITS else -1.0
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None
