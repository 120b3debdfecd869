"""Topics of a stock analysis that sentences are about."""

from typing import Literal

StockTopic = Literal[
    "overview", "low_stock", "no_low_stock", "out_of_stock", "overstock", "stockouts", "reorder_points", "value_classes",
    "turnover", "economic_orders", "orders", "no_orders", "unknown_quantities", "missing_data",
]  # fmt: skip
