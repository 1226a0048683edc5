"""What a decision's risk is computed with, and the folder it is kept in.

The folder MODEL holds text and arrays, never pickles: `manifest.json` (the hash of every file, the training window, the
features, the hash of the data, counts, the code's version), `model.json` (the trees), `combiner.json` (weights, base,
exploration) and `memory.npz`. The same input gives the same bytes.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec

from aforo.domain.text import Text, catalogue
from aforo.risk.combiner import Combiner
from aforo.risk.evidence import WEIGHED
from aforo.risk.exploration import Exploration
from aforo.risk.features import FEATURES
from aforo.risk.memory import Memory
from aforo.risk.tells import TELLS, TellWeights
from aforo.risk.trees import Ensemble

FORMAT = 1
_MODEL, _COMBINER, _MEMORY, _MANIFEST = "model.json", "combiner.json", "memory.npz", "manifest.json"


class DamagedArtefactError(ValueError):
    """A file of the model folder is missing, changed, or made for another version; `text` says so in both languages."""

    def __init__(self, code: str, **fields: object) -> None:
        self.text: Text = catalogue("aforo.risk").say(code, **fields)
        super().__init__(self.text.en)


class Training(msgspec.Struct, frozen=True):
    """What a model was trained on. Times are ISO 8601 in UTC; `data` is the SHA-256 of the training rows."""

    first: str
    last: str
    rows: int
    violations: int
    data: str
    features: list[str]
    code: str
    filings: int = 0


@dataclass(frozen=True)
class RiskArtefacts:
    """The model, the combiner and the exploration, with where they come from. Values; hashed by their stored bytes."""

    ensemble: Ensemble
    tells: TellWeights
    combiner: Combiner
    exploration: Exploration
    training: Training

    @cached_property
    def model_document(self) -> bytes:
        """The trees as stored, with what they were trained on."""
        return msgspec.json.encode(
            {"format": FORMAT, "training": self.training, "ensemble": msgspec.Raw(self.ensemble.to_json())}
        )

    @cached_property
    def combiner_document(self) -> bytes:
        """Weights, base and exploration as stored."""
        return msgspec.json.encode(
            {"format": FORMAT, "tells": self.tells, "combiner": self.combiner, "exploration": self.exploration}
        )

    @cached_property
    def hash(self) -> str:
        """SHA-256 of both documents, in hex: the name of these artefacts."""
        return hashlib.sha256(self.model_document + b"\n" + self.combiner_document).hexdigest()

    @classmethod
    def from_documents(cls, model: bytes, combiner: bytes) -> RiskArtefacts:
        """Raises DamagedArtefactError for documents of another format or for other features."""
        try:
            stored_model = msgspec.json.decode(model, type=_ModelDocument)
            stored_combiner = msgspec.json.decode(combiner, type=_CombinerDocument)
            ensemble = Ensemble.from_json(bytes(stored_model.ensemble))
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise DamagedArtefactError("model_foreign", why=error) from error
        if stored_model.format != FORMAT or stored_combiner.format != FORMAT:
            raise DamagedArtefactError("model_format", what="model.json", format=stored_model.format, reads=FORMAT)
        if (
            tuple(stored_model.training.features) != FEATURES
            or stored_combiner.combiner.sources != list(WEIGHED)
            or stored_combiner.tells.tells != list(TELLS)
        ):
            raise DamagedArtefactError("model_features")
        return cls(
            ensemble,
            stored_combiner.tells,
            stored_combiner.combiner,
            stored_combiner.exploration,
            stored_model.training,
        )


class _ModelDocument(msgspec.Struct):
    format: int
    training: Training
    ensemble: msgspec.Raw


class _CombinerDocument(msgspec.Struct):
    format: int
    tells: TellWeights
    combiner: Combiner
    exploration: Exploration


class Manifest(msgspec.Struct, frozen=True):
    """The folder's table of contents: SHA-256 by file name, and what a reader wants to know of the training.

    `keys` is the mark of the key store that the memory's hashes of identities were made with; to another key store the
    memory is of nobody. Empty where it is not known.
    """

    format: int
    files: dict[str, str]
    training: Training
    artefacts: str
    keys: str = ""


@dataclass(frozen=True)
class ModelFolder:
    """A loaded folder: the artefacts and the memory's snapshot (a new Memory on each call of `memory`)."""

    artefacts: RiskArtefacts
    snapshot: bytes
    manifest: Manifest

    def memory(self) -> Memory:
        """The memory as it was when the model was made."""
        return Memory.load(self.snapshot)


def save(folder: Path, artefacts: RiskArtefacts, memory: Memory, keys: str = "") -> Manifest:
    """Write the folder; the manifest comes last, so that a folder without one is known to be unfinished."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {_MODEL: artefacts.model_document, _COMBINER: artefacts.combiner_document, _MEMORY: memory.dump()}
    manifest = Manifest(
        FORMAT,
        {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
        artefacts.training,
        artefacts.hash,
        keys,
    )
    (folder / _MANIFEST).unlink(missing_ok=True)
    for name, content in contents.items():
        _write(folder / name, content)
    _write(folder / _MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
    return manifest


def _write(path: Path, content: bytes) -> None:
    """Durably, and whole or not at all under its final name."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def load(folder: Path) -> ModelFolder:
    """Read a folder and verify every hash. Raises DamagedArtefactError that names the file and what is wrong."""
    try:
        manifest = msgspec.json.decode((folder / _MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError as error:
        raise DamagedArtefactError("model_unfinished", file=folder / _MANIFEST) from error
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise DamagedArtefactError("model_damaged", file=folder / _MANIFEST, why=error) from error
    if manifest.format != FORMAT:
        raise DamagedArtefactError("model_format", what=folder, format=manifest.format, reads=FORMAT)
    contents: dict[str, bytes] = {}
    for name in (_MODEL, _COMBINER, _MEMORY):
        try:
            contents[name] = (folder / name).read_bytes()
        except FileNotFoundError as error:
            raise DamagedArtefactError("model_missing", file=folder / name) from error
        if hashlib.sha256(contents[name]).hexdigest() != manifest.files.get(name):
            raise DamagedArtefactError("model_changed", file=folder / name)
    artefacts = RiskArtefacts.from_documents(contents[_MODEL], contents[_COMBINER])
    return ModelFolder(artefacts, contents[_MEMORY], manifest)
