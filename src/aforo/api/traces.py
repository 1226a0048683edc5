"""Traces (OpenTelemetry): a span for each request with its wait, one for each batch with its stages, linked.

    request ── wait ── answer        linked to the batch that answered it
    batch ── open ── read ── judge ── write ── commit ── tell        linked to its requests

A batch is no part of any one request, so that it is a trace of its own. Spans say routes, states and counts, never what
was sent. Needs the extra `otel`; what a client says of a trace of its own is not believed.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aforo.api.watch import Exchange, Waited, Watcher
from aforo.flow.course import Course

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

#: Seconds for which the last spans may be sent when the server stops.
_LAST_S = 5


class TracesMissingError(Exception):
    """The extra `otel` is not installed; `name` is the module that was looked for."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def exporter_to(address: str) -> SpanExporter:
    """What sends spans to a collector at an address, by OTLP over HTTP. Raises TracesMissingError."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ModuleNotFoundError as error:
        raise TracesMissingError(error.name or "opentelemetry") from None
    return OTLPSpanExporter(endpoint=address, timeout=_LAST_S)


class Traces(Watcher):
    """See the module. Spans are handed over in batches, in a thread of the library's."""

    def __init__(self, exporter: SpanExporter, version: str, *, at_once: bool = False) -> None:
        """`at_once` hands each span over as it ends. Raises TracesMissingError."""
        try:
            from opentelemetry import trace
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
        except ModuleNotFoundError as error:
            raise TracesMissingError(error.name or "opentelemetry") from None
        self._api = trace
        resource = Resource({"service.name": "aforo", "service.version": version})
        self._provider: TracerProvider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor((SimpleSpanProcessor if at_once else BatchSpanProcessor)(exporter))
        self._tracer = self._provider.get_tracer("aforo", version)
        #: What is to be added to a monotonic instant for the time of day, both in nanoseconds.
        self._offset = time.time_ns() - time.perf_counter_ns()

    def close(self) -> None:
        """Send what is left."""
        self._provider.force_flush(_LAST_S * 1000)
        self._provider.shutdown()

    def began(self, exchange: Exchange) -> None:
        exchange.trace = self._tracer.start_span(
            exchange.method,
            context=self._api.set_span_in_context(self._api.INVALID_SPAN),
            kind=self._api.SpanKind.SERVER,
            start_time=exchange.began + self._offset,
            attributes={"http.request.method": exchange.method, "aforo.request": exchange.id},
        )

    def ended(self, exchange: Exchange) -> None:
        span = exchange.trace
        if not isinstance(span, self._api.Span):
            return
        if exchange.route:
            span.update_name(f"{exchange.method} {exchange.route}")
            span.set_attribute("http.route", exchange.route)
        span.set_attribute("http.response.status_code", exchange.status)
        if exchange.problem:
            span.set_attribute("aforo.problem", exchange.problem)
        if exchange.status >= 500 or not exchange.status:
            span.set_status(self._api.StatusCode.ERROR)
        span.end(exchange.ended + self._offset)

    def filed(self, batch: Sequence[Waited], course: Course) -> None:
        stages = course.spans()
        if not stages:
            return
        began, ended = stages[0][1], stages[-1][2]
        requests = [span for each in batch if each.exchange and isinstance(span := each.exchange.trace, self._api.Span)]
        root = self._tracer.start_span(
            "batch",
            context=self._api.set_span_in_context(self._api.INVALID_SPAN),
            links=[self._api.Link(span.get_span_context()) for span in requests],
            start_time=began + self._offset,
            attributes={
                "aforo.messages": len(batch),
                "aforo.records": sum(each.reply.told.records for each in batch),
                "aforo.decisions": course.decided.total(),
            },
        )
        within = self._api.set_span_in_context(root)
        for stage, since, until in stages:
            self._span(stage, within, since, until)
        root.end(ended + self._offset)
        for each in batch:
            span = each.exchange.trace if each.exchange else None
            if not isinstance(span, self._api.Span):
                continue
            within = self._api.set_span_in_context(span)
            link = self._api.Link(root.get_span_context())
            self._span("wait", within, each.came, each.taken)
            waited = self._tracer.start_span(
                "answer", context=within, links=[link], start_time=each.taken + self._offset,
                attributes={"aforo.format": each.reply.told.source, "aforo.verdict": each.reply.verdict},
            )  # fmt: skip
            waited.end(ended + self._offset)

    def _span(self, name: str, within: Any, since: int, until: int) -> None:
        span = self._tracer.start_span(name, context=within, start_time=since + self._offset)
        span.end(until + self._offset)
