"""What is wrong with the form of a TOML document, in words: where, what must stand there, and what does."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from aforo.domain.text import Text, catalogue

#: Keys of tables, and places in lists.
Path = tuple[str | int, ...]


class Fault(NamedTuple):
    """Where a fault is told (`place`), what is to be taken out for it to be gone (`out`), and what is at fault or
    missing (`what`)."""

    place: Path
    out: Path
    what: Path


_say = catalogue("aforo.domain").say
_AT = re.compile(r"(.*) - at (`key` in )?`\$([^`]*)`", re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[([0-9]+|\.\.\.)\]")
_TYPES = {
    "str": "form_text", "int": "form_whole", "float": "form_number", "bool": "form_flag", "array": "form_list",
    "object": "form_table", "date": "form_date", "datetime": "form_instant",
}  # fmt: skip
#: What the parser of TOML says, which knows English alone, and our words for it.
_PARSER: tuple[tuple[str, str], ...] = (
    ("Cannot declare .* twice", "toml_table_twice"),
    ("Cannot overwrite a value|Cannot (?:mutate immutable|redefine) namespace .*", "toml_value_twice"),
    ("Duplicate inline table key .*", "toml_value_twice"),
    ("Expected newline or end of document after a statement", "toml_line_end"),
    ("Invalid statement", "toml_statement"),
    ("Found invalid character .*|Illegal character .*", "toml_character"),
    ("Unclosed array", "toml_list_open"),
    ("Unclosed inline table", "toml_table_open"),
    ("Unterminated string", "toml_text_open"),
    ("Unescaped '.*' in a string|Invalid hex value|Escaped character is not a Unicode scalar value", "toml_backslash"),
    ("Expected '=' after a key in a key/value pair", "toml_equals"),
    ("Expected '\\]+' at the end of an? (?:table|array) declaration", "toml_name_open"),
    ("Invalid initial character for a key part", "toml_key"),
    ("Invalid date or datetime", "toml_date"),
    ("Invalid value", "toml_value"),
)
#: What a document writes in some form: the first that a form admits is its example.
_EXAMPLES = ("07:30", "2304", "230401", "2024-10", "world-trade", "+1 956 555 0100")


def not_toml(error: Exception) -> Text:
    """Why bytes are no TOML in UTF-8: where, and what the parser found there."""
    if isinstance(error, UnicodeDecodeError):
        return _say("form_not_utf8", place=error.start + 1)
    if isinstance(error, RecursionError):
        return _say("form_too_deep")
    told = str(error)
    if found := re.fullmatch(r"(.*) \(at line ([0-9]+), column ([0-9]+)\)", told, re.DOTALL):
        return _say("form_toml_at", line=found[2], column=found[3], why=_parser_words(found[1]))
    if found := re.fullmatch(r"(.*) \(at end of document\)", told, re.DOTALL):
        return _say("form_toml_end", why=_parser_words(found[1]))
    return _say("form_toml", why=_parser_words(told))


def _parser_words(told: str) -> Text:
    """What the parser says, behind a colon; in Spanish nothing where it says what is not known here."""
    code = next((code for form, code in _PARSER if re.fullmatch(form, told, re.DOTALL)), None)
    return Text(f": {told}", "" if code is None else f": {_say(code).es}")


def fault_of(error: msgspec.ValidationError, kind: type[Any], table: Any) -> tuple[str, Text]:
    """The place at which `table` is no `kind`, as a person would find it (bridges and the like by their `id`, keys of
    tables by name), and what is wrong there."""
    what, key, path = _parts(error)
    types = _types_at(path, inspect.type_info(kind), table)
    why = _why(what, [_key(each) for each in types] if key else types)
    return place_of(keys_of(path, kind, table, str(error)), table), why


def placed(place: str, why: Text) -> Text:
    """What is wrong with a document, behind the place where it is."""
    return Text(f"{place}: {why.en}", f"{place}: {why.es}") if place else why


def fault_at(error: msgspec.ValidationError, kind: type[Any], table: Any) -> Fault:
    """The place at which `table` is no `kind`, in keys; see `Fault`."""
    what, key, path = _parts(error)
    keys = keys_of(path, kind, table, str(error))
    if found := re.fullmatch(r"Object contains unknown field `([^`]+)`", what):
        return Fault(keys, (*keys, found[1]), (*keys, found[1]))
    if found := re.fullmatch(r"Object missing required field `([^`]+)`", what):
        return Fault(keys, keys, (*keys, found[1]))
    if key and isinstance(at := value_at(keys, table), dict):
        wrong = _key_at_fault(at, kind, table, str(error))
        return Fault(keys, keys if wrong is None else (*keys, wrong), keys)
    return Fault(keys, keys, keys)


def lacking(error: msgspec.ValidationError, kind: type[Any], table: Any) -> list[tuple[str, Text]]:
    """Every field that is missing where `error` says that one is, each with what is wrong."""
    path = _parts(error)[2]
    at = value_at(keys_of(path, kind, table, str(error)), table)
    types = (each for each in _types_at(path, inspect.type_info(kind), table) if isinstance(each, inspect.StructType))
    fields = [each.encode_name for own in types for each in own.fields if each.required]
    missing = [field for field in dict.fromkeys(fields) if isinstance(at, dict) and field not in at]
    return [(field, _say("form_missing", field=field)) for field in missing]


def value_at(keys: Path, table: Any) -> Any:
    """What stands at a path; None where nothing does."""
    for key in keys:
        if isinstance(table, dict):
            table = table.get(key)
        elif isinstance(table, list) and isinstance(key, int) and key < len(table):
            table = table[key]
        else:
            return None
    return table


def place_of(keys: Path, table: Any) -> str:
    """A path in words: bridges and the like by their `id`, keys of tables by name."""
    place = ""
    for depth, key in enumerate(keys, 1):
        if isinstance(key, str):
            place += f".{key}"
            continue
        at = value_at(keys[:depth], table)
        place += f"[{at['id'] if isinstance(at, dict) and isinstance(at.get('id'), str) else key}]"
    return place.removeprefix(".")


def _parts(error: msgspec.ValidationError) -> tuple[str, str | None, str]:
    """What is wrong, whether with a key, and the path as msgspec writes it."""
    found = _AT.fullmatch(str(error))
    return (found[1], found[2], found[3]) if found is not None else (str(error), None, "")


def _why(what: str, types: list[inspect.Type]) -> Text:
    if found := re.fullmatch(r"Object missing required field `([^`]+)`", what):
        return _say("form_missing", field=found[1])
    if found := re.fullmatch(r"Object contains unknown field `([^`]+)`", what):
        fields = [field.encode_name for each in types if isinstance(each, inspect.StructType) for field in each.fields]
        near = get_close_matches(found[1], fields, 1)
        return _say("form_misspelt", field=found[1], near=near[0]) if near else _say("form_unknown", field=found[1])
    if found := re.match(r"Invalid (?:enum )?value '?([^']*)'?", what):
        values = [value for each in types for value in _values(each)]
        return _say("form_choice", given=found[1], choices=", ".join(map(str, values)) or "–")
    if found := re.fullmatch(r"Expected `(\w+)`(?: matching regex '(.+)')", what):
        forms = [each.pattern for each in types if isinstance(each, inspect.StrType) and each.pattern]
        example = next((each for each in _EXAMPLES if forms and re.fullmatch(forms[0], each)), None)
        return (
            _say("form_pattern", form=forms[0] if forms else found[2])
            if example is None
            else _say("form_like", example=example)
        )
    if found := re.fullmatch(r"Expected `[\w |]+` of length (>=|<=|==) ([0-9]+)", what):
        return _say({">=": "form_longer", "<=": "form_shorter", "==": "form_long"}[found[1]], number=found[2])
    if found := re.fullmatch(r"Expected `[\w |]+` (>=|<=|>|<) ([-0-9.e+]+)", what):
        limit = f"{float(found[2]):g}"
        return _say(
            {">=": "form_least", "<=": "form_most", ">": "form_above", "<": "form_below"}[found[1]], limit=limit
        )
    if found := re.fullmatch(r"Expected `([\w |]+)`, got `(\w+)`", what):
        wanted = found[1].split(" | ")[0]
        if wanted in _TYPES and found[2] in _TYPES:
            return _say("form_type", wanted=_say(_TYPES[wanted]), given=_say(_TYPES[found[2]]))
    return Text(what, _say("form_other").es)


def _types_at(path: str, kind: inspect.Type, table: Any) -> list[inspect.Type]:
    """The types that may stand at a path; of a union those that the table's tags leave."""
    found, at = _given(kind, table), table
    for step in _STEP.finditer(path):
        name, number = step[1], step[2]
        inner: list[inspect.Type] = []
        at = _child(at, name, number)
        for each in found:
            if name is not None and isinstance(each, inspect.StructType):
                inner += [field.type for field in each.fields if field.encode_name == name]
            elif isinstance(each, inspect.DictType):
                inner.append(each.value_type)
            elif isinstance(each, inspect.CollectionType):
                inner.append(each.item_type)
            elif isinstance(each, inspect.TupleType):
                inner += each.item_types
        tags = [each for each in found if isinstance(each, inspect.StructType) and each.tag_field == name]
        if tags and not inner:
            inner = [inspect.LiteralType(tuple(each.tag for each in tags))]
        found = [own for each in inner for own in _given(each, at)]
    return found


def _child(at: Any, name: str | None, number: str) -> Any:
    if name is not None:
        return at.get(name) if isinstance(at, dict) else None
    if isinstance(at, dict):
        return next(iter(at.values()), None)
    return at[int(number)] if isinstance(at, list) and number != "..." and int(number) < len(at) else None


def _given(kind: inspect.Type, value: Any) -> list[inspect.Type]:
    """The types of a value that is there: of a union of tables, that of its tag, or all where the tag fits none."""
    if isinstance(kind, inspect.Metadata):
        return _given(kind.type, value)
    if isinstance(kind, inspect.UnionType):
        types = [each for each in kind.types if not isinstance(each, inspect.NoneType)]
        tagged = [
            each
            for each in types
            if isinstance(each, inspect.StructType)
            and each.tag_field is not None
            and isinstance(value, dict)
            and value.get(each.tag_field) == each.tag
        ]
        return [*tagged] or types
    return [kind]


def _key(kind: inspect.Type) -> inspect.Type:
    key = kind.key_type if isinstance(kind, inspect.DictType) else kind
    return key.type if isinstance(key, inspect.Metadata) else key


def _values(kind: inspect.Type) -> tuple[Any, ...]:
    return tuple(kind.values) if isinstance(kind, inspect.LiteralType) else ()


def keys_of(path: str, kind: type[Any], table: Any, told: str) -> Path:
    """The keys of a path as msgspec writes it; of a table only one of whose keys has the fault `told`, that key."""
    keys: list[str | int] = []
    at = table
    for step in _STEP.finditer(path):
        name, number = step[1], step[2]
        key: str | int
        if name is not None:
            key = name
        elif isinstance(at, dict):
            key = _key_at_fault(at, kind, table, told) or "…"
        else:
            key = int(number) if number.isdigit() else "…"
        keys.append(key)
        at = value_at((key,), at)
    return tuple(keys)


def _key_at_fault(at: dict[str, Any], kind: type[Any], table: Any, told: str) -> str | None:
    """The key of a part of the table with which the same is wrong when it stands there alone."""
    whole = dict(at)
    try:
        for key, value in whole.items():
            at.clear()
            at[key] = value
            try:
                msgspec.convert(table, kind)
            except msgspec.ValidationError as wrong:
                if str(wrong) == told:
                    return key
    finally:
        at.clear()
        at.update(whole)
    return None
