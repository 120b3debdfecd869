"""The shipped config.toml is the reference of all options: complete, true and explained."""

import re
import tomllib
from pathlib import Path

import pytest

from streamd.config import OPTIONS, AgentOptions, Config, Option, load, shipped_prices
from streamd.config._option_values import from_toml
from streamd.config._reference import with_options
from streamd.config.option import options_in
from streamd.config.trigger_options import TriggerOptions
from streamd.core.declared.declarations import item_types_from


@pytest.fixture(scope="module")
def text(root: Path) -> str:
    return (root / "config.toml").read_text()


@pytest.mark.parametrize("option", OPTIONS.values(), ids=OPTIONS)
def test_every_option_stands_in_the_file_with_its_default(option: Option, text: str) -> None:
    shipped = tomllib.loads(text)[option.section][option.name]

    assert from_toml(option, shipped) == option.default


def test_the_file_has_every_option_as_the_code_declares_it(text: str) -> None:
    assert with_options(text) == text, "run scripts/config"


def test_an_option_that_the_code_declares_needs_no_other_place(text: str) -> None:
    forgotten = re.sub(r"(?m)^port = .*\n", "", text)

    assert forgotten != text
    assert with_options(forgotten) == text


@pytest.mark.parametrize("option", options_in("agents", AgentOptions), ids=lambda option: option.name)
def test_what_an_agent_may_want_otherwise_stands_in_the_example_with_a_valid_value(
    option: Option, text: str
) -> None:
    example = re.search(r"^#   \[agents\.general\]\n((?:#   .*\n)+)", text, re.MULTILINE)
    assert example
    shown = tomllib.loads(re.sub(r"^#   ", "", example[1], flags=re.MULTILINE))

    assert from_toml(option, shown[option.name]) is not None


@pytest.mark.parametrize("option", options_in("triggers", TriggerOptions), ids=lambda option: option.name)
def test_what_a_trigger_may_say_stands_in_the_examples_with_a_valid_value(option: Option, text: str) -> None:
    examples = re.findall(r"^#   (\[triggers\..*\]\n(?:#   .*\n)+)", text, re.MULTILINE)
    assert len(examples) == 2
    shown: dict[str, object] = {}
    for example in examples:
        (table,) = tomllib.loads(re.sub(r"(?m)^#   ", "", example))["triggers"].values()
        shown |= table

    assert from_toml(option, shown[option.name]) is not None


def test_every_price_of_the_file_is_one_and_the_default_models_have_one() -> None:
    prices, models = shipped_prices(), Config().models

    assert {models.model, models.intent_model} <= prices.keys()
    assert all(
        0 < price.cache_read < price.input < price.cache_write < price.output for price in prices.values()
    )


def test_the_file_names_no_unknown_option_and_its_item_types_are_right(root: Path) -> None:
    config = load(root / "config.toml", environ={}, checks=[lambda read: item_types_from(read.item_types)])

    assert list(config.item_types) == ["inventory", "supplier", "order", "shipment", "note"]


def test_what_the_package_carries_is_that_very_file(root: Path) -> None:
    assert (root / "streamd" / "config" / "default.toml").resolve() == root / "config.toml"
