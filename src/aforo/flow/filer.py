"""Who files: the party that sends messages, by whatever way they come in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Filer:
    """A party by its name, and the identifiers of the carriers under which alone it may file, None where it may file
    for anyone. `credential` is what it sends messages by: one party may have several."""

    name: str
    carriers: frozenset[str] | None = None
    credential: str | None = field(default=None, compare=False)

    @classmethod
    def of(cls, carriers: Collection[str]) -> Filer:
        """The party that these carriers' identifiers are: the same by an access token and by a watched folder."""
        return cls("\0".join(sorted(carriers)), frozenset(carriers))

    @property
    def key(self) -> str:
        """What tells it from every other: an officer's name may be a carrier's code."""
        return f"{'anyone' if self.carriers is None else 'own'}\0{self.name}"
