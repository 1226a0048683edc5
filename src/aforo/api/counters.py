"""What is counted of a node's work, for Prometheus.

No label names anybody, and each has few values: routes are patterns, codes are those of the catalogues. Requests are
counted one by one, all else once a batch; what only has to be true when it is asked for is looked up then.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import metadata

from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from aforo.api.watch import Exchange, Waited, Watcher
from aforo.flow.course import Course

MEDIA_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192)
#: Values that one label may have; what comes after is counted as `other`.
_MOST_VALUES = 300

#: Gauges that are looked up when they are asked for: by name (without `aforo_`), what is said of them, the name of
#: their label (or none), and a function that gives the value of each label.
Gauge = tuple[str, str, str, Callable[[], Mapping[str, float]]]


class Counters(Watcher):
    """See the module. One for each node: it has a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._codes: set[str] = set()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self._requests = self._counter("requests", "Requests answered.", "method", "route", "status")
        self._took = self._histogram("request_seconds", "Time from a request to its answer.", _SECONDS, "route")
        self._refused = self._counter("refusals", "Requests answered with a problem, by its code.", "reason")
        self._filed = self._counter("filings", "Messages answered.", "format", "verdict")
        self._records = self._counter("records", "Records in messages answered.", "format")
        self._problems = self._counter("problems", "Problems found in messages, by code.", "code", "gravity")
        self._decisions = self._counter("decisions", "Crossings decided.", "examination", "basis")
        self._messages = self._histogram("batch_messages", "Messages in a batch.", _SIZES)
        self._rows = self._histogram("batch_records", "Records in a batch.", _SIZES)
        self._waits = self._histogram("wait_seconds", "Time that a message waited for its batch.", _SECONDS)
        self._stages = self._histogram("stage_seconds", "Time that a stage of a batch took.", _SECONDS, "stage")
        self._gauges = _Gauges()
        self.registry.register(self._gauges)
        self.look_up("build_info", "The version that runs.", "version", _version)

    def look_up(self, name: str, said: str, label: str, values: Callable[[], Mapping[str, float]]) -> None:
        """Have a gauge that is looked up when it is asked for; one that cannot be is left out."""
        self._gauges.add((name, said, label, values))

    def text(self) -> bytes:
        """All of it, as Prometheus reads it. May ask the database: not for the event loop."""
        return generate_latest(self.registry)

    def ended(self, exchange: Exchange) -> None:
        route = exchange.route or "none"
        self._requests.labels(exchange.method, route, str(exchange.status or 499)).inc()
        self._took.labels(route).observe(exchange.seconds)
        if exchange.problem:
            self._refused.labels(exchange.problem).inc()

    def filed(self, batch: Sequence[Waited], course: Course) -> None:
        verdicts: Tally[tuple[str, str]] = Tally()
        records: Tally[str] = Tally()
        problems: Tally[tuple[str, str]] = Tally()
        for each in batch:
            told = each.reply.told
            verdicts[told.source, each.reply.verdict] += 1
            records[told.source] += told.records
            problems.update((problem.code, problem.gravity) for problem in told.problems)
            self._waits.observe((each.taken - each.came) / 1e9)
        for (format_, verdict), count in verdicts.items():
            self._filed.labels(format_, verdict).inc(count)
        for format_, count in records.items():
            self._records.labels(format_).inc(count)
        for (code, gravity), count in problems.items():
            self._problems.labels(self._known(code), gravity).inc(count)
        for (examination, basis), count in course.decided.items():
            self._decisions.labels(examination, basis).inc(count)
        self._messages.observe(len(batch))
        self._rows.observe(records.total())
        for stage, began, ended in course.spans():
            self._stages.labels(stage).observe((ended - began) / 1e9)

    def _known(self, code: str) -> str:
        """A code of a catalogue; a format could make one up of what it reads, and there must not be many."""
        if code not in self._codes:
            if len(self._codes) >= _MOST_VALUES:
                return "other"
            self._codes.add(code)
        return code

    def _counter(self, name: str, said: str, *labels: str) -> Counter:
        return Counter(f"aforo_{name}", said, labels, registry=self.registry)

    def _histogram(self, name: str, said: str, buckets: Sequence[float], *labels: str) -> Histogram:
        return Histogram(f"aforo_{name}", said, labels, registry=self.registry, buckets=buckets)


class _Gauges(Collector):
    def __init__(self) -> None:
        self._gauges: list[Gauge] = []

    def add(self, gauge: Gauge) -> None:
        self._gauges.append(gauge)

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, said, label, values in self._gauges:
            try:
                found = values()
            except Exception:  # noqa: BLE001, S112 (what cannot be looked up now is absent, and the rest is not)
                continue
            family = GaugeMetricFamily(f"aforo_{name}", said, labels=[label] if label else [])
            for value, number in found.items():
                family.add_metric([value] if label else [], number)
            yield family


def _version() -> Mapping[str, float]:
    return {metadata.version("aforo"): 1.0}
