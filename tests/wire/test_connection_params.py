import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamd.core.item import Seq
from streamd.errors import InvalidMessageError
from streamd.wire.messages.connection_params import ConnectionParams, parse_target


@pytest.mark.parametrize("target", ["/", "/ws", "/?", "/ws?", "/?workspace=", "/?unknown=1&since=&epoch="])
def test_without_wishes_a_connection_is_live_in_the_default_workspace(target: str) -> None:
    assert parse_target(target) == ConnectionParams()


def test_the_third_path_names_the_connection() -> None:
    asked = parse_target("/api/streaming/ws/tab%201?workspace=w")
    assert asked == ConnectionParams(workspace="w", connection_id="tab 1")


@pytest.mark.parametrize(
    "target",
    [
        "",
        "/x",
        "/ws/",
        "//",
        "/api/streaming/ws/",
        "/api/streaming/ws",
        "/api/streaming/ws/a/b",
        "/api/streaming/ws/a%2Fb",
        "ws",
    ],
)
def test_other_paths_are_not_served(target: str) -> None:
    assert parse_target(target) is None


def test_every_wish_is_read() -> None:
    asked = parse_target(
        "/ws?workspace=team-1.a_b&since=12&epoch=k3&snapshot=1&user_id=J%C3%BCrgen+K&token=abc"
    )
    assert asked == ConnectionParams(
        workspace="team-1.a_b",
        since=Seq(12),
        epoch="k3",
        snapshot=True,
        user_id="Jürgen K",
        token="abc",
    )


def test_a_token_does_not_show_where_a_connection_is_printed() -> None:
    assert "hunter2" not in repr(parse_target("/?token=hunter2"))


@pytest.mark.parametrize("since", ["0", "9007199254740991"])
def test_any_position_can_be_resumed_from(since: str) -> None:
    asked = parse_target(f"/?since={since}")
    assert asked is not None
    assert asked.since == int(since)


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("workspace=a/b", "workspace"),
        ("workspace=a%20b", "workspace"),
        ("workspace=a%0A", "workspace"),
        ("workspace=" + "w" * 101, "workspace"),
        ("since=-1", "since"),
        ("since=1.5", "since"),
        ("since=x", "since"),
        ("since=%C2%B2", "since"),
        ("since=9007199254740992", "since"),
        ("since=" + "9" * 5000, "since"),
        ("snapshot=yes", "snapshot"),
        ("epoch=" + "e" * 201, "epoch"),
        ("user_id=a%00b", "user_id"),
        ("token=" + "t" * 8193, "token"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_by_name(query: str, path: str) -> None:
    with pytest.raises(InvalidMessageError) as refused:
        parse_target(f"/?{query}")
    assert refused.value.path == path


def test_the_first_of_a_repeated_parameter_counts() -> None:
    assert parse_target("/?workspace=a&workspace=b") == ConnectionParams(workspace="a")


def test_an_address_that_is_not_percent_encoded_is_refused() -> None:
    with pytest.raises(InvalidMessageError):
        parse_target("/?user_id=\udcff")


@given(st.text())
def test_no_address_breaks_it(rest: str) -> None:
    for target in (rest, f"/?{rest}", f"/api/streaming/ws/{rest}", f"/?since={rest}&workspace={rest}"):
        try:
            asked = parse_target(target)
        except InvalidMessageError:
            continue
        assert asked is None or isinstance(asked, ConnectionParams)


@pytest.mark.parametrize(
    "target", ["/?user_id=%ff", "/ws?item_types=note,%ED%A0%80", "/api/streaming/ws/%C3"]
)
def test_bytes_that_are_no_text_name_nobody(target: str) -> None:
    with pytest.raises(InvalidMessageError, match="UTF-8"):
        parse_target(target)
