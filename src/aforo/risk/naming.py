"""Names of evidence in words, put together from the parts of a feature's name; in both languages.

A name that the catalogue has no words for stands as it is: models and rules may bring names of their own.
"""

from __future__ import annotations

from functools import lru_cache

from aforo.domain.text import Text, catalogue

_CATALOGUE = catalogue("aforo.risk")


def _words(code: str) -> Text | None:
    return _CATALOGUE.template(code) if code in _CATALOGUE.codes else None


def _filled(code: str, **texts: Text) -> Text:
    """The sentence of a code with fields that are texts themselves."""
    template = _CATALOGUE.template(code)
    return Text(
        template.en.format(**{name: text.en for name, text in texts.items()}),
        template.es.format(**{name: text.es for name, text in texts.items()}),
    )


@lru_cache(maxsize=4096)
def named(source: str, code: str) -> Text:
    """What a piece of evidence is called, after its source (model, tell, memory, rule, list, contradiction), code."""
    if source == "rule":
        return _CATALOGUE.say("evidence_rule", rule=code)
    if source == "memory":
        return _words(f"memory_{code}") or _filled("evidence_memory", subject=_subject(code))
    if source == "tell":
        return _words(f"tell_{code}") or _tell_of_party(code)
    if source == "model":
        return _words(f"model_{code}") or _feature(code)
    return _words(f"{source}_{code}") or Text(code, code)


def party(kind: str) -> Text:
    """What an entity kind is called."""
    return _CATALOGUE.template(f"part_{kind}")


def _tell_of_party(code: str) -> Text:
    """A tell `party_what`; of a model that knows others, the code as it stands."""
    subject, _, what = code.partition("_")
    if _words(f"tell_party_{what}") is None or _words(f"part_{subject}") is None:
        return Text(code, code)
    return _filled(f"tell_party_{what}", subject=party(subject))


def _feature(code: str) -> Text:
    """A feature `subject.what`, or `quantity.group` of comparable goods."""
    subject, _, what = code.partition(".")
    whole = _words(f"feature_{subject}_{what}")
    if whole is not None:
        return whole
    quantity = _words(f"quantity_{subject}")
    if quantity is not None:
        group = _words(f"group_{what}") or _subject(what)
        return _filled("compared", quantity=quantity, group=group)
    if _words(f"what_{what}") is None:
        return Text(code, code)
    return _filled(f"what_{what}", subject=_subject(subject))


def _subject(code: str) -> Text:
    """A party or a combination: `importer_broker` is importer + broker."""
    parts = [_words(f"part_{part}") or Text(part, part) for part in code.split("_")]
    return Text(" + ".join(part.en for part in parts), " + ".join(part.es for part in parts))
