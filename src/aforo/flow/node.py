"""What a node carries through a journey: its log and keys, what is in force, and what it remembers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import InitVar, dataclass, field
from datetime import date

import polars as pl

from aforo.answers import Grounds, shipped
from aforo.domain.clock import Clock
from aforo.domain.event import Origin
from aforo.flow.alert_bridges import AlertBridges
from aforo.flow.artefact_set import ArtefactSet
from aforo.flow.asked import Asked
from aforo.flow.boards import Boards
from aforo.flow.briefing import Briefing
from aforo.flow.custody import Custody
from aforo.flow.dossiers import DossiersOf
from aforo.flow.fleet_books import Books
from aforo.flow.live_bridges import Live
from aforo.flow.open_trucks import OpenTrucks
from aforo.flow.passages import Passages
from aforo.flow.priced import Bridges
from aforo.flow.prices import Prices
from aforo.flow.questions import Asking
from aforo.flow.responses import Responses
from aforo.flow.scoreboard import Scoreboards
from aforo.flow.wait_outlooks import WaitOutlooks
from aforo.log.keys import KeyStore
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.measures.control import ControlPlan
from aforo.risk.artefacts import RiskArtefacts
from aforo.risk.memory import Memory
from aforo.risk.rules import RuleSet
from aforo.risk.screening.in_use import ListsInUse
from aforo.routing.policy import Policy
from aforo.routing.rate import RatePrice


@dataclass(frozen=True)
class InForce:
    """The documents that decisions are made with, read; `hash` names the artefact set that lists them."""

    hash: str
    code: str
    set: ArtefactSet
    risk: RiskArtefacts
    rules: RuleSet
    policy: Policy
    plan: ControlPlan
    #: The books of prices; None without any.
    prices: Prices | None = None


@dataclass(frozen=True)
class Mark:
    """A position of the log, and how many events this process had appended by then, or was appending."""

    position: int = 0
    begun: int = 0


@dataclass
class Node:
    """The state of one node. `memory`, `price` and `passages` are projections of the log, kept up as events are made.

    After an error from the log they may be ahead of it: a node that failed is dropped and opened again.
    """

    log: Log
    keys: KeyStore
    force: InForce
    memory: Memory
    price: RatePrice
    clock: Clock
    actor: str
    origin: Origin
    zone_of: Callable[[str | None], str | None]
    passages: Passages = field(default_factory=Passages)
    committed_days: set[date] = field(default_factory=set)
    #: Days whose lottery key is published: no new lot may be drawn with it.
    revealed_days: set[date] = field(default_factory=set)
    #: Up to where in the log the projections have taken in what decides.
    mark: Mark = field(default_factory=Mark)
    #: A finding that the memory learnt from was corrected since: it is made anew when the node is next opened.
    outdated: bool = False
    #: The document of legal grounds that answers name.
    law: Grounds = field(default_factory=lambda: shipped("US"))
    #: Open crossings, by tractor, seal and shipment.
    trucks: OpenTrucks = field(default_factory=OpenTrucks)
    #: The lists that names are screened against, as they are now; None where names are not screened.
    lists: Callable[[], ListsInUse | None] = lambda: None
    #: The digests of the copies of lists whose use is recorded, as far as this process knows.
    listed: set[str] = field(default_factory=set)
    #: Questions about parties that may not be recorded yet.
    asked: Asked = field(default_factory=Asked)
    #: The bridges that have prices; None where no port document, or no book of prices, is in force.
    bridges: Bridges | None = None
    #: The monthly counts of trucks that forecasts begin with, as they are now; None without any.
    counts: Callable[[], pl.DataFrame | None] = lambda: None
    #: Whether the decisions of an artefact set moved the price of this node's.
    shares_price: Callable[[str], bool] = lambda set_hash: False
    #: Puts in force what other processes promoted, by the events that say so.
    renew: Callable[[Node, Sequence[StoredEvent]], None] = lambda node, events: None
    #: What control plans and first prices are made from.
    brief: Briefing = field(default_factory=Briefing)
    #: The policy document that stands where nobody has approved one; None for the one that ships.
    installed: bytes | None = None
    #: Devices and trips that this process keeps up already, for somebody else; without any the node keeps its own.
    watched: InitVar[Custody | None] = None
    #: What waits for a person's word, as the log has it.
    asking: Asking = field(init=False)
    #: The bridges of all port documents and their scanners, as they are now.
    live: Live = field(init=False)
    #: The trucks at each bridge, as somebody looks at them.
    boards: Boards = field(init=False)
    #: The measures of the log, kept live.
    scoreboards: Scoreboards = field(init=False)
    #: The history of the fleet, its contracts and targets, and what they come to.
    fleet: Books = field(init=False)
    #: What is known of trucks and parties beside their own streams.
    dossiers: DossiersOf = field(init=False)
    #: The waits to come at each bridge, as somebody looks at them.
    waits: WaitOutlooks = field(init=False)
    #: Devices and trips under seal, as they are now.
    custody: Custody = field(init=False)
    #: The responses on the road, those that go on and the last that ended.
    responses: Responses = field(init=False)

    #: The alerts of the log, and the bridges of the trucks that they are about, as somebody looks at them.
    alerted: AlertBridges = field(init=False)

    def __post_init__(self, watched: Custody | None) -> None:
        self.asking = Asking(self.log)
        self.live = Live(self.log)
        self.boards = Boards(self.log, self.live, self.clock, self._lead)
        self.scoreboards = Scoreboards(self.log)
        self.fleet = Books(self.log)
        self.dossiers = DossiersOf(self.log)
        self.alerted = AlertBridges(self.log, self.live, self.dossiers)
        self.waits = WaitOutlooks(lambda: self.counts())
        self.custody = watched or Custody(self.log)
        self.responses = Responses(self.custody)

    def _lead(self, lane: str) -> float:
        """How many minutes after it filed a truck is expected, by its lane."""
        lead = self.force.policy.lead
        return (lead.fast if lane == "fast" else lead.standard).minutes
