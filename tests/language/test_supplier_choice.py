"""Preferences for suppliers and places, from sentences."""

import pytest

from streamd.core.supplier_preferences import SupplierPreferences
from streamd.language import English


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I prefer suppliers in Europe", SupplierPreferences(preferred_locations=("Europe",))),
        ("Please avoid Cheap from now on", SupplierPreferences(avoided_suppliers=("Cheap",))),
        ("never buy from cheap, but always ask Fast first", SupplierPreferences(("Fast",), ("Cheap",))),
        ("We prefer Europe over Asia", SupplierPreferences(preferred_locations=("Europe",), avoided_locations=("Asia",))),
        ("I don\u2019t want anything from Asia", SupplierPreferences(avoided_locations=("Asia",))),
        ("always the cheapest option, please", SupplierPreferences(priority="cost")),
        ("delivery time matters most to me", SupplierPreferences(priority="delivery")),
        ("Keep answers short", SupplierPreferences()),
    ],
)  # fmt: skip
def test_preferences_are_read_from_sentences(text: str, expected: SupplierPreferences) -> None:
    assert English().supplier_preferences([text], ["Fast", "Cheap"], ["Europe", "Asia"]) == expected


def test_the_first_of_two_contradicting_sentences_counts() -> None:
    said = ["I prefer Fast", "avoid Fast"]
    assert English().supplier_preferences(said, ["Fast"], []) == SupplierPreferences(("Fast",))
