"""All options: type, default, bounds and help of each.

A new option is one attribute here: the loader, the environment and `streamd check-config` derive from it, and
`scripts/config` writes its line into `config.toml`. Names end in their unit.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import attrs

from streamd.config.auth_options import AuthOptions
from streamd.config.checks import known_time_zone, not_empty, only_sqlite, origins
from streamd.config.limits_options import LimitsOptions
from streamd.config.model_options import AgentOptions, McpOptions, ModelOptions, OpenaiOptions, PriceOptions
from streamd.config.option import option
from streamd.config.trigger_options import TriggerOptions
from streamd.facts import frozen


@frozen
class WsOptions:
    """`[ws]`: the WebSocket listener, limits of a client and timeouts of its connection."""

    host: str = option("127.0.0.1", check=not_empty, help="address or name to listen on")
    port: int = option(8765, at_least=0, at_most=65535, help="0 takes any free port")
    allow_public: bool = option(
        default=False, help="true: listen on an address that others reach, although anybody may then connect"
    )
    allowed_origins: tuple[str, ...] = option(
        (),
        check=origins,
        help='pages that may connect, like "https://example.org", or "*"; none: those of loopback, and of a public host itself',
    )
    max_connections: int = option(10_000, at_least=1, help="one more is turned away")
    max_message_bytes: int = option(
        262_144, at_least=1024, at_most=67_108_864, help="longest message a client may send"
    )
    max_queue_messages: int = option(8, at_least=1, at_most=1024, help="of one client, waiting to be read")
    max_bad_messages: int = option(
        20, at_least=1, help="of one client within a minute; then the connection ends"
    )
    open_timeout_seconds: float = option(10.0, at_least=0.1, help="for the opening handshake")
    close_timeout_seconds: float = option(
        2.0, at_least=0.01, help="for the closing handshake; then the connection is cut"
    )
    ping_interval_seconds: float = option(20.0, at_least=0.05, help="between two pings")
    idle_timeout_seconds: float = option(
        60.0, at_least=0.1, help="without a byte from a client: its connection is closed"
    )
    heartbeat_seconds: float = option(
        25.0, at_least=0.05, help="between two `position` messages, for clients that asked for them"
    )
    stall_timeout_seconds: float = option(
        60.0,
        at_least=0.1,
        help="without a pending byte read by a client: it is disconnected, and may resume",
    )
    user_timeout_seconds: float = option(
        60.0,
        at_least=0.0,
        at_most=2_147_483,
        help="TCP_USER_TIMEOUT, bytes sent and never acknowledged; 0 leaves it to the kernel",
    )
    write_high_water_bytes: int = option(
        65_536,
        at_least=4096,
        at_most=16_777_216,
        help="waiting for a client; nothing more is written until it has taken them",
    )
    compression: bool = option(default=True, help="for clients that offer it")
    compress_min_bytes: int = option(512, at_least=0, help="shorter messages are sent uncompressed")


@frozen
class HttpOptions:
    """`[http]`: the HTTP listener. Origins and limits that both listeners have stand under `[ws]`."""

    enabled: bool = option(default=True, help="whether there is one; false imports nothing of it")
    host: str = option(
        "127.0.0.1", check=not_empty, help="address or name to listen on; several with commas between them"
    )
    port: int = option(9000, at_least=0, at_most=65535, help="0 takes any free port")
    max_head_bytes: int = option(
        16_384, at_least=1024, at_most=1_048_576, help="longest head of a request, with its headers"
    )
    body_timeout_seconds: float = option(
        30.0, at_least=0.1, help="for the body of a request; of a file, between two pieces of it"
    )
    keep_alive_seconds: float = option(20.0, at_least=0.1, help="between two requests of one connection")
    comment_seconds: float = option(
        15.0,
        at_least=0.05,
        help="without an event, after which a stream gets a comment: proxies cut silent ones",
    )

    @property
    def hosts(self) -> tuple[str, ...]:
        """The addresses to listen on."""
        return tuple(host.strip() for host in self.host.split(","))


@frozen
class StoreOptions:
    """`[store]`: storage of items and journal."""

    path: str = option("streamd.db", check=not_empty, help='the SQLite file; ":memory:" keeps nothing')
    url: str = option("", check=only_sqlite, secret=True, help="a store elsewhere; this version knows none")
    readers: int = option(2, at_least=1, at_most=64, help="connections that read beside the one that writes")
    group_commit_max: int = option(
        512, at_least=1, at_most=65_536, help="changes that may share one transaction"
    )


@frozen
class JournalOptions:
    """`[journal]`: retention of history, on disk and in memory."""

    retain_entries: int = option(1_000_000, at_least=1, help="newest entries of a workspace that are kept …")
    retain_seconds: float = option(604_800.0, at_least=1, help="… if they are not older than this")
    retain_checkpoints: int = option(100, at_least=1, help="newest checkpoints of a thread that are kept")
    retain_usage_days: int = option(
        400, at_least=32, help="for which it is known what language models used, by user and agent"
    )
    op_retain_seconds: float = option(
        86_400.0, at_least=1, help="a repeated op_id gets its first answer for so long"
    )
    trim_seconds: float = option(60.0, at_least=0.01, help="between two runs of retention")
    window_entries: int = option(4096, at_least=1, help="newest entries of a stream in memory …")
    window_bytes: int = option(8_388_608, at_least=4096, help="… and their size at most")
    queue_max: int = option(4096, at_least=1, help="changes waiting to be committed; further writers wait")


@frozen
class RunsOptions:
    """`[runs]`: limits of requests and their runs."""

    max_concurrent: int = option(
        200, at_least=1, help="up to ten times as many wait; then who has most waiting gets `busy`"
    )
    request_timeout_seconds: float = option(300.0, at_least=0.1, help="for one run")
    max_concurrent_per_user: int = option(
        20, at_least=1, help="of one user; ten times as many wait, then that user gets `busy`"
    )
    max_items_per_run: int = option(10_000, at_least=1, help="that one run may change")
    approve_removals_over: int = option(
        0, at_least=0, help="removing more items than this at once asks a person first; 0 never asks"
    )
    interrupt_expires_seconds: float = option(
        0.0, at_least=0, help="how long a person may take to answer; 0 is for ever"
    )
    max_attempts: int = option(3, at_least=1, at_most=100, help="of a run that the daemon's death interrupts")
    max_tokens: int = option(0, at_least=0, help="of one run, input and output; 0 is no limit")
    max_cost_usd: float = option(0.0, at_least=0, help="of one run; 0 is no limit")
    max_model_turns: int = option(25, at_least=1, at_most=1000, help="of a model in one loop of tool calls")
    max_revisions: int = option(
        2, at_least=0, at_most=100, help="how often a draft is written again after a critique"
    )
    time_zone: str = option(
        "",
        check=known_time_zone,
        help="in which models are told the day, like Europe/Berlin; empty: that of the machine",
    )
    supporting_timeout_seconds: float = option(
        60.0, at_least=0.1, help="for one supporting agent; the run continues without it"
    )


@frozen
class BudgetOptions:
    """`[budget]`: what language models may use in all, in a workspace. Beyond it: `budget_spent`, or `models.fallback`."""

    user_tokens_per_day: int = option(0, at_least=0, help="of one user, input and output; 0 is no limit")
    user_tokens_per_month: int = option(0, at_least=0, help="of one user; days and months are those of UTC")
    user_cost_usd_per_day: float = option(0.0, at_least=0, help="of one user, by the prices below")
    user_cost_usd_per_month: float = option(0.0, at_least=0, help="of one user")
    workspace_tokens_per_day: int = option(0, at_least=0, help="of all users of a workspace together")
    workspace_tokens_per_month: int = option(0, at_least=0, help="of all users of a workspace together")
    workspace_cost_usd_per_day: float = option(0.0, at_least=0, help="of all users of a workspace together")
    workspace_cost_usd_per_month: float = option(0.0, at_least=0, help="of all users of a workspace together")


@frozen
class KnowledgeOptions:
    """`[knowledge]`: the folder of documents that agents search."""

    folder: str = option("", help="of documents that answers may rest on; empty: there are none")
    scan_seconds: float = option(5.0, at_least=0.05, help="between two scans for changed files")
    max_file_bytes: int = option(5_000_000, at_least=1024, help="larger files are skipped")


@frozen
class MemoryOptions:
    """`[memory]`: limits of what agents remember."""

    max_memories: int = option(100_000, at_least=1, help="kept at most; the oldest go first")


@frozen
class ItemOptions:
    """`[items]`: rules for all items."""

    accept_undeclared: bool = option(
        default=True,
        help="whether items of types that are not declared below are accepted, without rules, or refused",
    )
    max_item_bytes: int = option(
        262_144, at_least=1024, at_most=67_108_864, help="of one item as JSON; it goes out to clients whole"
    )
    max_list_members: int = option(10_000, at_least=1, help="of a list in a field of an item")


@frozen
class LogOptions:
    """`[log]`: level and format of the log on stderr."""

    level: Literal["debug", "info", "warning", "error"] = option("info", help="debug, info, warning or error")
    format: Literal["auto", "console", "json"] = option(
        "auto", help="console, json, or auto: console in a terminal and JSON elsewhere"
    )


@frozen
class DrainOptions:
    """`[drain]`: timing of a shutdown."""

    seconds: float = option(
        10.0, at_least=0, at_most=3600, help="for runs to end and clients to receive what is pending"
    )
    retry_min_ms: int = option(500, at_least=0, help="clients are asked to reconnect after at least this …")
    retry_max_ms: int = option(5000, at_least=0, help="… and at most this, each at a moment of its own")


@frozen
class Config:
    """The whole configuration, checked and frozen. `Config()` has the defaults, without item types and prices."""

    ws: WsOptions = attrs.field(factory=WsOptions)
    http: HttpOptions = attrs.field(factory=HttpOptions)
    auth: AuthOptions = attrs.field(factory=AuthOptions)
    store: StoreOptions = attrs.field(factory=StoreOptions)
    journal: JournalOptions = attrs.field(factory=JournalOptions)
    limits: LimitsOptions = attrs.field(factory=LimitsOptions)
    runs: RunsOptions = attrs.field(factory=RunsOptions)
    models: ModelOptions = attrs.field(factory=ModelOptions)
    budget: BudgetOptions = attrs.field(factory=BudgetOptions)
    openai: OpenaiOptions = attrs.field(factory=OpenaiOptions)
    knowledge: KnowledgeOptions = attrs.field(factory=KnowledgeOptions)
    memory: MemoryOptions = attrs.field(factory=MemoryOptions)
    items: ItemOptions = attrs.field(factory=ItemOptions)
    log: LogOptions = attrs.field(factory=LogOptions)
    drain: DrainOptions = attrs.field(factory=DrainOptions)
    item_types: Mapping[str, object] = attrs.field(factory=dict)
    """The `[item_types]` tables, unparsed; `streamd.core.declared.declarations` parses them."""
    agents: Mapping[str, AgentOptions] = attrs.field(factory=dict)
    """Overrides of single agents, by name. Whether such an agent is installed is not checked here."""
    mcp: Mapping[str, McpOptions] = attrs.field(factory=dict)
    """Servers of tools, by name."""
    prices: Mapping[str, PriceOptions] = attrs.field(factory=dict)
    """Prices, by model."""
    triggers: Mapping[str, TriggerOptions] = attrs.field(factory=dict)
    """Triggers, by name, as they are declared; whether what they name is there is not checked here."""
    source: Path | None = None
    """The file it was read from; None: no file."""
    origins: Mapping[str, str] = attrs.field(factory=dict)
    """Source of each option that is set, for example `{"ws.port": "STREAMD_WS__PORT"}`."""
