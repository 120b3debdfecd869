"""The configuration: frozen options, read from defaults, `config.toml`, the environment and flags."""

from streamd.config.checks import is_loopback
from streamd.config.loader import OPTIONS, SEARCHED, Flag, load, shipped_item_types, shipped_prices
from streamd.config.model_options import AgentOptions, ModelOptions, PriceOptions
from streamd.config.option import Option
from streamd.config.options import (
    BudgetOptions,
    Config,
    DrainOptions,
    HttpOptions,
    ItemOptions,
    JournalOptions,
    KnowledgeOptions,
    LimitsOptions,
    LogOptions,
    MemoryOptions,
    RunsOptions,
    StoreOptions,
    WsOptions,
)
from streamd.config.toml_lines import with_lines

__all__ = [
    "OPTIONS",
    "SEARCHED",
    "AgentOptions",
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
    "MemoryOptions",
    "ModelOptions",
    "Option",
    "PriceOptions",
    "RunsOptions",
    "StoreOptions",
    "WsOptions",
    "is_loopback",
    "load",
    "shipped_item_types",
    "shipped_prices",
    "with_lines",
]
