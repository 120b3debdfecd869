"""Frozen options, read from defaults, `config.toml`, the environment and flags."""

from streamd.config.loader import OPTIONS, SEARCHED, Flag, load, shipped_item_types
from streamd.config.option import Option
from streamd.config.options import (
    Config,
    DrainOptions,
    ItemOptions,
    JournalOptions,
    LogOptions,
    RunOptions,
    StoreOptions,
    WsOptions,
)

__all__ = [
    "OPTIONS",
    "SEARCHED",
    "Config",
    "DrainOptions",
    "Flag",
    "ItemOptions",
    "JournalOptions",
    "LogOptions",
    "Option",
    "RunOptions",
    "StoreOptions",
    "WsOptions",
    "load",
    "shipped_item_types",
]
