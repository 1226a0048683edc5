"""Rules and policies that change stage at a terminal, or by another node, are taken up by a node that runs."""

from __future__ import annotations

import logging

from aforo.api.desk import Desk
from aforo.bootstrap import renew_policy, renew_rules
from aforo.domain.event import ArtefactPromoted
from aforo.flow.looking import Looking
from aforo.flow.policies import PROPOSED
from aforo.log.store import Log

logger = logging.getLogger("aforo.api")

#: Seconds between two looks at the log.
LOOK_EVERY_S = 5.0


class RulesTakenUp(Looking):
    """The rules and the policy of a log, put in force in the node of a desk as they change stage. A context manager:
    inside, a thread looks for steps that were recorded since.

    What cannot be put in force leaves what was before in force; that is told in the log of the process, and tried
    again.
    """

    def __init__(self, log: Log, desk: Desk, *, every: float = LOOK_EVERY_S) -> None:
        """Made before the desk opens its node, so that no step falls between the two."""
        super().__init__("rules", every, "rules cannot be put in force, those before stay so", logger)
        self._log = log
        self._desk = desk
        self._reached = log.position()

    def look(self) -> bool:
        """Put in force what was recorded since the last look; whether there was anything."""
        reached = self._log.position()
        steps = self._log.read(self._reached, types=(ArtefactPromoted.TYPE,))
        streams = {each.event.stream for each in steps}
        rules = any(each.startswith("rule/") for each in streams)
        policy = any(each.startswith(PROPOSED) for each in streams)
        if rules:
            self._desk.do(renew_rules).result()
        if policy:
            self._desk.do(renew_policy).result()
        self._reached = reached
        return rules or policy
