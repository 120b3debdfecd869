"""Texts are remembered in eight bytes each, however many there are."""

from streamd.text.seen_texts import SeenTexts


def test_each_text_is_seen_once_among_many_blocks() -> None:
    seen = SeenTexts()
    assert not any(seen.add(f"item-{number}") for number in range(300_000))
    assert all(f"item-{number}" in seen for number in range(0, 300_000, 997))
    assert not any(f"item-{number}" in seen for number in range(300_000, 301_000))
    assert all(seen.add(f"item-{number}") for number in range(0, 300_000, 997))
