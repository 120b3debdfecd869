"""The choice of a maker of models."""

import sys

import pytest

from streamd.config import Config, ModelOptions
from streamd.errors import ConfigurationError
from streamd.models.opening import check_provider


def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    config = Config(models=ModelOptions(provider="openai", model="qwen3"))
    check_provider(config)
    monkeypatch.setitem(sys.modules, "openai", None)

    check_provider(Config())
    with pytest.raises(ConfigurationError, match=r'pip install "streamd\[openai\]"'):
        check_provider(config)
