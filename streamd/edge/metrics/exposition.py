"""All metrics, in the text format of Prometheus.

They are read from plain numbers when they are asked for, so that nothing is paid for them otherwise.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import attrs
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from streamd import __version__
from streamd.edge.metrics.watched import Watched
from streamd.facts import define, frozen
from streamd.ports.metrics import SECONDS, Histogram

Labelled: TypeAlias = Iterable[tuple[Sequence[str], float]]
"""Values by those of their labels."""

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


@define(eq=False)
class Exposition:
    """Tells the metrics of a daemon."""

    watched: Watched
    _registry: CollectorRegistry = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_Families(self.watched))
        ProcessCollector(namespace="streamd", registry=self._registry)

    def text(self) -> bytes:
        """Encode all metrics as they are now."""
        return generate_latest(self._registry)


@frozen(eq=False)
class _Families(Collector):
    watched: Watched

    def describe(self) -> Iterator[Metric]:
        """Describe nothing: names are ours alone."""
        yield from ()

    def collect(self) -> Iterator[Metric]:
        """Read all metrics."""
        yield from self._connections()
        yield from self._journal()
        yield from self._runs()
        yield from self._service()

    def _connections(self) -> Iterator[Metric]:
        connections, watched = self.watched.connections, self.watched
        yield _gauges("connections", "open connections", "kind", connections.by_kind)
        yield _gauge("connections_limit", "open connections there may be", connections.limit)
        yield _gauge(
            "slow_clients", "clients that read more slowly than they are sent to", connections.slow()
        )
        yield _counters(
            "dropped_connections", "connections that were aborted", ("reason",), _keyed(connections.dropped)
        )
        yield _counter(
            "refused_connections", "connections turned away: too many were open", connections.refused
        )
        yield _counters("http_requests", "answered HTTP requests", ("method", "route", "status"), [
            ((method, route, str(status)), count) for (method, route, status), count in watched.requests.items()
        ])  # fmt: skip
        yield _histogram("loop_lag", "how much later than asked for a timer came", watched.loop_lags)

    def _journal(self) -> Iterator[Metric]:
        engine = self.watched.service.engine
        metrics, waiting = engine.metrics, engine.waiting
        yield _histogram("commit", "transactions of the store", metrics.commits)
        yield _histogram("fan_out", "from committed entries to their last write", metrics.fan_outs)
        yield _counter("committed_entries", "entries added to the journal", metrics.committed_entries)
        yield _counter("failed_commits", "groups of writes that the store refused", metrics.failed_commits)
        yield _gauge("store_failing", "1 while the store cannot be written", int(engine.journal.failing))
        yield _gauge("store_bytes", "size of the store's files", self.watched.store_bytes())
        yield _gauge("waiting_bytes", "held in memory for clients", waiting.held)
        yield _gauge("waiting_bytes_limit", "held in memory for clients at most", waiting.limit)

    def _runs(self) -> Iterator[Metric]:
        engine = self.watched.service.engine
        metrics = engine.metrics
        yield _gauge("active_runs", "runs that have not ended", engine.runs.count)
        yield _counters("runs", "runs that have ended", ("agent", "status"), metrics.ended_runs.items())
        yield _histogram("run_queue_wait", "runs waited for their place", metrics.queue_waits)
        yield _histogram(
            "first_token", "from a question to a model to the answer's first piece", metrics.first_tokens
        )
        yield _counters("model_tokens", "tokens of models", ("model", "kind"), metrics.tokens.items())
        yield _counters(
            "model_cost_usd", "cost of models in US dollars", ("model",), _keyed(metrics.cost_usd)
        )
        yield _counters("retries", "attempts after a failure", ("reason",), _keyed(metrics.retries))

    def _service(self) -> Iterator[Metric]:
        service = self.watched.service
        yield _counters("use_case_calls", "calls of use cases", ("use_case",), _keyed(service.calls))
        yield _counters(
            "use_case_refusals",
            "calls that ended in an error",
            ("use_case", "code"),
            service.refusals.items(),
        )
        yield _gauges("build_info", "the version that runs", "version", {__version__: 1})


def _keyed(counts: Mapping[str, float]) -> Labelled:
    return [((key,), count) for key, count in counts.items()]


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"streamd_{name}", text, value)


def _gauges(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"streamd_{name}", text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(f"streamd_{name}", text, value)


def _counters(name: str, text: str, labels: tuple[str, ...], values: Labelled) -> Metric:
    family = CounterMetricFamily(f"streamd_{name}", text, labels=labels)
    for key, value in values:
        family.add_metric(key, value)
    return family


def _histogram(name: str, text: str, histogram: Histogram) -> Metric:
    buckets: list[tuple[str, float]] = []
    below = 0
    for bound, count in zip((*map(str, SECONDS), "+Inf"), histogram.counts, strict=True):
        below += count
        buckets.append((bound, below))
    return HistogramMetricFamily(f"streamd_{name}_seconds", text, buckets=buckets, sum_value=histogram.total)
