"""Every option there is: its type, its default, what it is for.

Adding one takes an attribute here and a line in `config.toml`; the loader, the environment and `streamd check-config`
know it from then on. Names end in their unit.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import attrs

from streamd.config.checks import not_empty, only_sqlite, origins
from streamd.config.models import AgentOptions, ModelOptions, PriceOptions
from streamd.config.option import option


@attrs.frozen
class WsOptions:
    """`[ws]`: the WebSocket listener, what a client may cost and when it is given up."""

    host: str = option("127.0.0.1", check=not_empty)
    """Address or name to listen on."""
    port: int = option(8765, at_least=0, at_most=65535)
    """Port to listen on; 0 takes any free one."""
    allow_public: bool = option(default=False)
    """Whether anybody who reaches the host may connect. Needed for any address but loopback."""
    allowed_origins: tuple[str, ...] = option((), check=origins)
    """Pages that may connect, as `scheme://host[:port]`, or `*`. None named: those of loopback, and when the host is
    public those of the host itself; behind a proxy, name the pages.
    A client that sends no Origin is not a browser and may always connect."""
    max_connections: int = option(10_000, at_least=1)
    """Open connections; one more is turned away."""
    max_message_bytes: int = option(262_144, at_least=1024, at_most=67_108_864)
    """Longest message a client may send."""
    max_queue_messages: int = option(8, at_least=1, at_most=1024)
    """Messages of one client that wait to be read before its socket is left alone."""
    max_bad_messages: int = option(20, at_least=1)
    """Messages without sense that one client may send within a minute."""
    open_timeout_seconds: float = option(10.0, at_least=0.1)
    """For the opening handshake."""
    close_timeout_seconds: float = option(2.0, at_least=0.01)
    """For the closing handshake; then the connection is cut."""
    ping_interval_seconds: float = option(20.0, at_least=0.05)
    """Between two pings to a client."""
    idle_timeout_seconds: float = option(60.0, at_least=0.1)
    """Without a byte from a client, not even a pong: it is gone."""
    heartbeat_seconds: float = option(25.0, at_least=0.05)
    """Between two `position` messages to clients that asked for them."""
    stall_timeout_seconds: float = option(60.0, at_least=0.1)
    """Without a waiting byte taken by a client: it is dropped and may come back where it was."""
    user_timeout_seconds: float = option(60.0, at_least=0.0, at_most=2_147_483)
    """TCP_USER_TIMEOUT: bytes sent and not acknowledged for so long end a connection; 0 leaves it to the kernel."""
    write_high_water_bytes: int = option(65_536, at_least=4096, at_most=16_777_216)
    """Bytes waiting for a client at which nothing more is written until it has taken them."""
    compression: bool = option(default=True)
    """Whether to compress for clients that offer it."""
    compress_min_bytes: int = option(512, at_least=0)
    """Messages shorter than this are sent as they are."""


@attrs.frozen
class StoreOptions:
    """`[store]`: where items and the journal are kept."""

    path: str = option("streamd.db", check=not_empty)
    """The SQLite file; `:memory:` keeps nothing."""
    url: str = option("", check=only_sqlite, secret=True)
    """A store elsewhere; empty means the SQLite file."""
    readers: int = option(2, at_least=1, at_most=64)
    """Connections to the file that read beside the one that writes."""
    group_commit_max: int = option(512, at_least=1, at_most=65_536)
    """Changes that may share one transaction."""


@attrs.frozen
class JournalOptions:
    """`[journal]`: how much history is kept, on disk and in memory."""

    retain_entries: int = option(1_000_000, at_least=1)
    """Newest entries of a workspace that are kept for clients that come back."""
    retain_seconds: float = option(604_800.0, at_least=1)
    """Age up to which they are kept."""
    op_retain_seconds: float = option(86_400.0, at_least=1)
    """How long a repeated `op_id` gets its first answer."""
    trim_seconds: float = option(60.0, at_least=0.01)
    """Between two looks for what is no longer kept."""
    window_entries: int = option(4096, at_least=1)
    """Newest entries of a stream kept in memory."""
    window_bytes: int = option(8_388_608, at_least=4096)
    """And their size at most."""
    queue_max: int = option(4096, at_least=1)
    """Changes that may wait to be committed; whoever brings one more waits."""


@attrs.frozen
class RunsOptions:
    """`[runs]`: what requests may take."""

    max_concurrent: int = option(200, at_least=1)
    """Runs at the same time; up to ten times as many more wait for their turn, the next is told `busy`."""
    request_timeout_seconds: float = option(300.0, at_least=0.1)
    """For one run."""
    max_concurrent_per_user: int = option(20, at_least=1)
    """Of one user at the same time; that user's further ones wait."""
    max_items_per_run: int = option(10_000, at_least=1)
    """Items that one run may change."""
    approve_removals_over: int = option(0, at_least=0)
    """Removing more items than this at once asks a person first; 0 never asks."""
    interrupt_expires_seconds: float = option(0.0, at_least=0)
    """How long a person may take to answer; 0 is for ever."""
    max_attempts: int = option(3, at_least=1, at_most=100)
    """How often a run is begun that the daemon's death interrupted."""
    max_tokens: int = option(0, at_least=0)
    """Tokens that one run may use; 0 is no limit."""
    max_cost_usd: float = option(0.0, at_least=0)
    """US dollars that one run may cost; 0 is no limit."""
    max_model_turns: int = option(25, at_least=1, at_most=1000)
    """Turns of a model in one loop of tool calls."""
    max_revisions: int = option(2, at_least=0, at_most=100)
    """How often a draft is written again after a critique."""
    supporting_timeout_seconds: float = option(60.0, at_least=0.1)
    """For one supporting agent; the run goes on without it."""


@attrs.frozen
class KnowledgeOptions:
    """`[knowledge]`: the folder of documents that answers may rest on."""

    folder: str = option("")
    """Where the documents are; empty: there are none."""
    scan_seconds: float = option(5.0, at_least=0.05)
    """Between two looks for files that changed."""
    max_file_bytes: int = option(5_000_000, at_least=1024)
    """Longer files are left out, and said so."""


@attrs.frozen
class MemoryOptions:
    """`[memory]`: what agents remember."""

    max_memories: int = option(100_000, at_least=1)
    """Kept at most; the oldest go first."""


@attrs.frozen
class ItemOptions:
    """`[items]`: rules for all items."""

    accept_undeclared: bool = option(default=True)
    """Whether items of types that `[item_types]` does not declare may exist, without rules."""


@attrs.frozen
class LogOptions:
    """`[log]`: what is told on stderr."""

    level: Literal["debug", "info", "warning", "error"] = option("info")
    """The least important events that are told."""
    format: Literal["auto", "console", "json"] = option("auto")
    """For people, for machines, or by whether stderr is a terminal."""


@attrs.frozen
class DrainOptions:
    """`[drain]`: how the daemon stops."""

    seconds: float = option(10.0, at_least=0, at_most=3600)
    """For runs to end and clients to be told."""
    retry_min_ms: int = option(500, at_least=0)
    """Clients are asked to come back after at least this …"""
    retry_max_ms: int = option(5000, at_least=0)
    """… and at most this, each at a moment of its own."""


@attrs.frozen
class Config:
    """All of it, checked and frozen. `Config()` is the defaults without item types and prices."""

    ws: WsOptions = attrs.field(factory=WsOptions)
    store: StoreOptions = attrs.field(factory=StoreOptions)
    journal: JournalOptions = attrs.field(factory=JournalOptions)
    runs: RunsOptions = attrs.field(factory=RunsOptions)
    models: ModelOptions = attrs.field(factory=ModelOptions)
    knowledge: KnowledgeOptions = attrs.field(factory=KnowledgeOptions)
    memory: MemoryOptions = attrs.field(factory=MemoryOptions)
    items: ItemOptions = attrs.field(factory=ItemOptions)
    log: LogOptions = attrs.field(factory=LogOptions)
    drain: DrainOptions = attrs.field(factory=DrainOptions)
    item_types: Mapping[str, object] = attrs.field(factory=dict)
    """The `[item_types]` tables as they stand; `streamd.core.declarations` makes types of them."""
    agents: Mapping[str, AgentOptions] = attrs.field(factory=dict)
    """What agents want otherwise, by name. Whether there are such agents is not known here."""
    prices: Mapping[str, PriceOptions] = attrs.field(factory=dict)
    """What models cost, by their names."""
    source: Path | None = None
    """The file it was read from, or None."""
    origins: Mapping[str, str] = attrs.field(factory=dict)
    """Where each option that is not at its default was set, for example `{"ws.port": "STREAMD_WS__PORT"}`."""
