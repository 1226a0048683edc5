"""Which format a message is in, where its beginning names nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from aforo.intake import registry


@pytest.mark.parametrize(
    "text", ["{", "[", '{"a": 1', '{\n"a": 1,\n', '[{"a": 1}, {', "{'a': 1}", "\ufeff {", "[" * 9_000]
)
def test_json_that_is_broken_is_told_as_such(text: str) -> None:
    form = registry.recognise_bytes(text.encode())
    assert form is not None
    refused = [each for batch in form.read_bytes(text.encode()) for each in batch.problems if each.gravity == "refusal"]
    assert {each.code for each in refused} == {"json_unreadable"}


@pytest.mark.parametrize(
    "text", ['{"a": 1}', "[]", "{}", '{"a": 1}\n{"b": 2}', '{"a": 1}\n{"b"', "Good morning", "7", "<a/>"]
)
def test_what_is_json_of_no_format_or_none_at_all_is_of_no_format(text: str) -> None:
    assert registry.recognise_bytes(text.encode()) is None


def test_the_beginning_of_a_long_file_is_not_taken_for_broken_json(tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    path.write_bytes(b'{"a": "' + b"x" * registry.HEAD_BYTES + b'"}')
    assert registry.recognise_bytes(path.read_bytes()) is None
    assert registry.recognise(path) is None
