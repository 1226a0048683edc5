"""What an element's value may be in the WCO Data Model, and what is wrong with one that is not.

The types are those of HMRC's schemas, and what the XML Schema recommendation says of them: codes and identifiers are
tokens, so space around and between is one space; texts are taken as they are, and a pattern's dot is no line break;
leading zeros and zeros behind the point are no digits of a number.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

#: Kinds whose space is collapsed before they are checked.
TOKENS = frozenset({"code", "id"})
NUMBERS = frozenset({"amount", "measure", "quantity", "number"})
_SPACE = re.compile(r"[ \t\r\n]+")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
#: UN/EDIFACT 2379: 102 is CCYYMMDD, 304 CCYYMMDDHHMMSSZZZ. The schema takes either form under either code.
_MOMENT = re.compile(r"20[0-9]{6}(?:[0-9]{6}(?:Z|[-+][0-9]{2}))?")
_INSTANT = re.compile(
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,12})?"
    r"(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?"
)
_UCR = re.compile(
    r"[0-9][A-Z]{2}[0-9A-Z()\-/]{6,32}|GB/[0-9A-Z]{3,4}-[0-9A-Z]{5,28}|GB/[0-9A-Z]{9,12}-[0-9A-Z]{1,23}"
    r"|A:[0-9A-Z]{3}[0-9]{8}|C:[A-Z]{3}[0-9A-Z]{3,30}"
)
_PART = re.compile(r"[0-9]{0,3}[A-Z]?")
_FORMS = {
    "date": (_MOMENT, "wco_moment"),
    "instant": (_INSTANT, "wco_instant"),
    "part": (_PART, "wco_part"),
    "ucr": (_UCR, "wco_ucr"),
}
_LANGUAGE = re.compile(r"[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*")

#: Attributes of each kind; those with a form of their own are in `_ATTRIBUTE_FORMS`.
ATTRIBUTES: dict[str, frozenset[str]] = {
    "code": frozenset(
        {"listID", "listAgencyID", "listAgencyName", "listName", "listVersionID", "name", "languageID", "listURI"}
        | {"listSchemeURI"}
    ),
    "id": frozenset(
        {"schemeID", "schemeName", "schemeAgencyID", "schemeAgencyName", "schemeVersionID", "schemeDataURI"}
        | {"schemeURI"}
    ),
    "text": frozenset({"languageID"}),
    "amount": frozenset({"currencyID"}),
    "measure": frozenset({"unitCode"}),
    "quantity": frozenset({"unitCode"}),
    "date": frozenset({"formatCode"}),
}
_ATTRIBUTE_FORMS = {
    "currencyID": re.compile(r"[A-Z]{3}"),
    "unitCode": re.compile(r".{1,5}", re.DOTALL),
    "listAgencyID": re.compile(r".{1,3}"),
    "schemeAgencyID": re.compile(r".{1,3}"),
    "formatCode": re.compile(r"102|304"),
    "languageID": _LANGUAGE,
}


class Value(NamedTuple):
    """A type. Lengths are in characters; `digits` are all digits and those behind the point, at most; `filled` says
    that it may not be blank; `form` is `digits` or `letters`; `codes` are all that it may be; `nil` lets it be void."""

    kind: str
    longest: int = 0
    length: int = 0
    digits: tuple[int, int] | None = None
    filled: bool = False
    form: str = ""
    codes: frozenset[str] = frozenset()
    nil: bool = False

    @property
    def format(self) -> str:
        """The type as the data model writes it: `an..35`, `n..16,3`, `a2`."""
        letter = {"digits": "n", "letters": "a"}.get(self.form, "an")
        if self.digits is not None:
            whole, behind = self.digits
            return f"n..{whole},{behind}" if behind else f"n..{whole}"
        return f"{letter}..{self.longest}" if self.longest else f"{letter}{self.length}"


def read(words: list[str]) -> Value:
    """A type from the words of an outline: `code ..2 digits =9|13|14`. Raises ValueError for a word of no meaning."""
    value = Value(words[0])
    for word in words[1:]:
        if word.startswith(".."):
            value = value._replace(longest=int(word[2:]))
        elif word == "filled":
            value = value._replace(filled=True)
        elif word == "nil":
            value = value._replace(nil=True)
        elif word in ("digits", "letters"):
            value = value._replace(form=word)
        elif re.fullmatch(r"[0-9]+\.[0-9]+", word):
            whole, behind = word.split(".")
            value = value._replace(digits=(int(whole), int(behind)))
        elif word.isdigit():
            value = value._replace(length=int(word))
        elif word.startswith("="):
            value = value._replace(codes=frozenset(word[1:].split("|")))
        else:
            raise ValueError(word)
    return value


def text_of(value: Value, raw: str) -> str:
    """The value as it is compared and kept."""
    if raw.isalnum():
        return raw
    if value.kind in TOKENS:
        return " ".join(part for part in _SPACE.split(raw) if part)
    return raw.strip(" \t\r\n") if value.kind in NUMBERS else raw


def wrong(value: Value, text: str) -> str:
    """The code of what is wrong with a value as `text_of` gives it; empty where nothing is."""
    if value.kind in NUMBERS:
        return _wrong_number(value, text)
    if (known := _FORMS.get(value.kind)) is not None:
        form, code = known
        return "" if form.fullmatch(text) and _is_of_calendar(value.kind, text) else code
    if value.length and len(text) != value.length:
        return "wco_length" if text else "wco_blank"
    if value.longest and len(text) > value.longest:
        return "wco_too_long"
    if value.codes and text not in value.codes:
        return "wco_code" if text else "wco_blank"
    if value.form == "digits" and not (text.isascii() and (text.isdigit() or not text)):
        return "wco_digits_only"
    if value.form == "letters" and not (text.isascii() and (text.isalpha() or not text)):
        return "wco_letters_only"
    if value.filled and not text.strip(" \t\r\n"):
        return "wco_blank"
    if value.filled and ("\n" in text or "\r" in text):
        return "wco_line_break"
    return ""


def _is_of_calendar(kind: str, text: str) -> bool:
    """Whether a date or an instant in its form is one that there is: the form allows the 31st of every month."""
    if kind not in ("date", "instant"):
        return True
    digits = re.sub("[-T:]", "", text[:19]) if kind == "instant" else text[:14]
    try:
        datetime.strptime(digits, "%Y%m%d%H%M%S" if len(digits) == 14 else "%Y%m%d")  # noqa: DTZ007 - asked of the digits
    except ValueError:
        return False
    return True


def sight(value: Value) -> re.Pattern[str] | None:
    """What only right values match, if not all of them, as they stand in the message: of these `text_of` and `wrong`
    would have nothing to say. None for a type whose values are not known by their text alone."""
    if value.kind in ("date", "instant"):  # the code of its form counts too, and the calendar
        return None
    if value.kind in _FORMS:
        return _FORMS[value.kind][0]
    if value.kind in NUMBERS:
        return _number_sight(value.digits)
    if value.codes:
        plain = [code for code in sorted(value.codes) if text_of(value, code) == code and not wrong(value, code)]
        return re.compile("|".join(map(re.escape, plain))) if plain else None
    first, others = {"digits": ("[0-9]",) * 2, "letters": ("[A-Za-z]",) * 2}.get(value.form, ("[!-~]", "[ -~]"))
    if value.kind in TOKENS:
        others = first
    least = value.length or 1
    most = min(filter(None, (value.length, value.longest)), default=0)
    return (
        re.compile(f"{first}{others}{{{least - 1},{most - 1 if most else ''}}}") if most >= least or not most else None
    )


def _number_sight(digits: tuple[int, int] | None) -> re.Pattern[str] | None:
    if digits is None:
        return re.compile(r"[0-9]+(?:\.[0-9]+)?")
    whole, behind = digits[0] - digits[1], digits[1]
    fraction = rf"(?:\.[0-9]{{1,{behind}}})?" if behind else ""
    return re.compile(f"[0-9]{{1,{whole}}}{fraction}") if whole > 0 else None


def _wrong_number(value: Value, text: str) -> str:
    if not _DECIMAL.fullmatch(text):
        return "wco_number" if text else "wco_blank"
    if value.digits is None:
        return ""
    whole, _, behind = text.lstrip("+-").partition(".")
    behind = behind.rstrip("0")
    total = len(whole.lstrip("0")) + len(behind)
    return "wco_digits" if total > value.digits[0] or len(behind) > value.digits[1] else ""


def wrong_attribute(name: str, text: str) -> bool:
    """Whether an attribute that its element may have has not its form."""
    form = _ATTRIBUTE_FORMS.get(name)
    return form is not None and form.fullmatch(text) is None
