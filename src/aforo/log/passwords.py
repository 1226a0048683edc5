"""Passwords as they are kept: argon2id, with the least that OWASP's cheat sheet on password storage asks for.

19 MiB of memory, two passes, one lane: some 30 ms of one core. A password is compared as Unicode's form NFKC (NIST SP
800-63B, section 3.1.1.2), so that it is the same on every keyboard.
"""

from __future__ import annotations

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from aforo.domain.declaration import identity_text

#: KiB of memory, passes and lanes (OWASP Password Storage Cheat Sheet, Argon2id).
MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
#: Characters of a password. The least is below the 15 that NIST asks for where a password is all there is, and above
#: the 8 where it is not: guesses are slowed down.
SHORTEST, LONGEST = 12, 200

_hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
#: What the password of who has none, or is not known, is compared with: it takes as long, and is nobody's.
_NOBODYS = _hasher.hash("nobody's")


def hashed(password: str) -> str:
    """A password as it is kept, with its salt and parameters."""
    return _hasher.hash(_normal(password))


def matches(password: str, kept: str | None) -> bool:
    """Whether a password is the one that was kept. It takes as long where none was."""
    try:
        return _hasher.verify(kept or _NOBODYS, _normal(password)) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def outdated(kept: str) -> bool:
    """Whether a kept password was hashed with other parameters than today's."""
    return _hasher.check_needs_rehash(kept)


def is_poor(password: str, *named: str) -> bool:
    """Whether a password is none to be taken: too short or too long, of few letters, or with a name in it."""
    text = _normal(password)
    if not SHORTEST <= len(text) <= LONGEST or len(set(text)) < 5:
        return True
    plain = identity_text(text)
    return any(len(each) > 3 and each in plain for each in map(identity_text, named))


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
