"""The configuration: frozen options, read from defaults, `config.toml`, the environment and flags."""

from streamd.config.auth_options import AuthOptions
from streamd.config.checks import is_loopback
from streamd.config.limits_options import LimitsOptions
from streamd.config.loader import OPTIONS, SEARCHED, Flag, load, shipped_item_types, shipped_prices
from streamd.config.model_options import AgentOptions, McpOptions, ModelOptions, OpenaiOptions, PriceOptions
from streamd.config.option import Option, options_in
from streamd.config.options import (
    BudgetOptions,
    Config,
    DrainOptions,
    HttpOptions,
    ItemOptions,
    JournalOptions,
    KnowledgeOptions,
    LogOptions,
    MemoryOptions,
    RunsOptions,
    StoreOptions,
    WsOptions,
)
from streamd.config.toml_lines import with_lines
from streamd.config.trigger_options import TriggerOptions

__all__ = [
    "OPTIONS",
    "SEARCHED",
    "AgentOptions",
    "AuthOptions",
    "BudgetOptions",
    "Config",
    "DrainOptions",
    "Flag",
    "HttpOptions",
    "ItemOptions",
    "JournalOptions",
    "KnowledgeOptions",
    "LimitsOptions",
    "LogOptions",
    "McpOptions",
    "MemoryOptions",
    "ModelOptions",
    "OpenaiOptions",
    "Option",
    "PriceOptions",
    "RunsOptions",
    "StoreOptions",
    "TriggerOptions",
    "WsOptions",
    "is_loopback",
    "load",
    "options_in",
    "shipped_item_types",
    "shipped_prices",
    "with_lines",
]
