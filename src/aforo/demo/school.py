"""Learning from the scene's history, by the same functions as `aforo learn`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import msgspec

from aforo.demo import scene
from aforo.domain.declaration import ENTITY_KINDS
from aforo.flow import briefing
from aforo.flow.crossings import name_crossings
from aforo.log.keys import KeyStore
from aforo.risk import artefacts
from aforo.risk.artefacts import Training
from aforo.risk.columns import crossing_keys
from aforo.risk.history import learn_history, outcomes_of
from aforo.settings import Settings

#: The node's secrets that decide what is shown: they follow the seed, so that a seed shows the same day again.
_SEEDED_SECRETS = ("identity", "lottery", "content")


def seed_secrets(settings: Settings, seed: int) -> None:
    """Make the secrets of a new key store from the seed: fit for a synthetic day, and for nothing else.

    The signing key and the keys of persons are drawn at random all the same.
    """
    # Not for secrecy: whoever knows the seed knows the lots of this synthetic day.
    with closing(KeyStore(settings.keys, entropy=Random(seed).randbytes)) as keys:  # noqa: S311
        for name in _SEEDED_SECRETS:
            keys.secret(name)


def learn(history: Path, model: Path, settings: Settings, advance: Callable[[int], None]) -> Training:
    """Learn from a labelled history into a model folder; `advance` is told of rows taken in."""
    table, labels = scene.read(history)
    assert labels is not None
    with closing(KeyStore(settings.keys)) as keys:
        identities = {kind: keys.identity_hashes(kind, table[f"{kind}_id"].to_list()) for kind in ENTITY_KINDS}
        mark = keys.identity_mark()
    crossing = crossing_keys(name_crossings(table, lambda _: {}))
    lesson = learn_history(table, identities, outcomes_of(labels), progress=advance, crossing=crossing)
    manifest = artefacts.save(model, lesson.artefacts, lesson.memory, mark)
    brief = briefing.brief_history(briefing.strata_of_history(table), lesson.features, lesson.artefacts)
    (model / briefing.FILE).write_bytes(msgspec.json.encode(brief))
    return manifest.training
