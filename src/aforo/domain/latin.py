"""Texts in the letters that every reader of PDF files has, whose own fonts know Western ones alone."""

from __future__ import annotations

from anyascii import anyascii


def latin(text: str, letters: str = "latin-1") -> str:
    """The text in these letters: others are spelled in them, and what cannot be printed is a space."""
    made = "".join(each if each.encode(letters, "ignore") else anyascii(each) for each in text)
    return "".join(each if each.isprintable() or each == "\n" else " " for each in made)
