"""What one seal has to say on its journey, in its form, and when each piece of that is heard."""

from __future__ import annotations

from bisect import bisect_right

from aforo.demo.outside import seal_forms
from aforo.demo.outside.journeys import MINUTE, Journey
from aforo.demo.outside.seal_forms import GATEWAY, Block, Chain
from aforo.demo.outside.seal_parts import Part

#: What is sent twice is sent again so much later.
_AGAIN = 3 * MINUTE


class SealSaying:
    """See the module. Pieces have the numbers of their parts; instants are microseconds since 1970."""

    def __init__(self, journey: Journey, parts: list[Part], device: str, chain: Chain, seed: int) -> None:
        """`chain` is where the device's stands when it starts for this journey."""
        self._journey, self._parts, self._device, self._seed = journey, parts, device, seed
        self._blocks: list[Block] = []
        if journey.grade != "unsigned":
            signer = device if journey.grade == "device" else GATEWAY
            self._blocks = seal_forms.blocks(device, signer, parts, chain, seed)
        self._last = [int(each.readings["at"].max()) for each in parts]
        again = [(each.heard + _AGAIN, number) for number, each in enumerate(parts) if each.twice]
        self._heard = sorted([*((each.heard, number) for number, each in enumerate(parts)), *again])
        #: The part in whose place a copy of this seal speaks too.
        middle = (journey.begins + journey.arrives) // 2
        copied = next((number for number, last in enumerate(self._last) if last >= middle), -1)
        self._copied = copied if journey.mishap == "cloned" else -1

    def heard(self, since: int, until: int) -> list[int]:
        """The pieces that are heard after an instant, and until another."""
        first, after = (bisect_right(self._heard, (at, len(self._parts))) for at in (since, until))
        return [number for _, number in self._heard[first:after]]

    def rest(self, since: int, off: int) -> list[int]:
        """The pieces that were not heard until an instant, of a seal that was taken off at another: heard there."""
        return [
            number
            for number, each in enumerate(self._parts)
            if each.heard > since and self._last[number] <= off
        ]  # fmt: skip

    def signed(self, number: int) -> list[bytes]:
        """The blocks of a piece; none where nobody signs."""
        if not self._blocks:
            return []
        own = self._blocks[number]
        copies = [seal_forms.clone_of(own, self._device, self._seed)] if number == self._copied else []
        return [own.raw, *copies]

    def lines(self, number: int) -> list[str]:
        """The messages of a piece; none where it is signed."""
        if self._blocks:
            return []
        return [seal_forms.lines(self._device, self._journey.carrier, self._parts[number].readings)]

    def last(self, off: int) -> str | None:
        """The hash of the last block that was made until an instant; None where there is none."""
        made = [block.hash for block, last in zip(self._blocks, self._last, strict=False) if last <= off]
        return made[-1] if made else None
