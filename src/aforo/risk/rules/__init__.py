"""Rules: what officers know and write down, versioned, and tried in shadow before it counts.

`condition` checks and compiles a rule's expression, `document` is what a person writes, `rule_set` evaluates many rules
on a batch of declarations, `registry` follows their stages, `recorded` keeps both in the log, `impact` says what a
draft would have changed on history. Rules see only fields that are not personal.
"""

from aforo.risk.rules.condition import FIELDS, RuleError
from aforo.risk.rules.document import Band, Reasons, RuleDocument, default_rules, parse
from aforo.risk.rules.registry import Registry, RuleVersion
from aforo.risk.rules.rule_set import Failure, Hits, RuleHits, RuleSet

__all__ = [
    "FIELDS",
    "Band",
    "Failure",
    "Hits",
    "Reasons",
    "Registry",
    "RuleDocument",
    "RuleError",
    "RuleHits",
    "RuleSet",
    "RuleVersion",
    "default_rules",
    "parse",
]
