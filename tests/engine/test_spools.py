"""Spools: what waits to be read is in memory while it is little, else in a file, and is freed with the last reader."""

from pathlib import Path

import pytest

from streamd.engine.delivery.spool import IN_MEMORY_BYTES, SpoolRoom
from streamd.errors import BusyError

PIECES = [bytes([number]) * (IN_MEMORY_BYTES // 3) for number in range(8)]


def room_in(directory: Path | None, *, memory_bytes: int = 1 << 30, file_bytes: int = 1 << 30) -> SpoolRoom:
    return SpoolRoom(directory, memory_bytes=memory_bytes, file_bytes=file_bytes)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 8])
def test_every_piece_is_read_back_wherever_it_is(tmp_path: Path, count: int) -> None:
    spool = room_in(tmp_path).spool("ann")
    for piece in PIECES[:count]:
        spool.add(piece)
    assert [spool.piece(number) for number in range(len(spool))] == PIECES[:count]


def test_a_long_spool_is_in_a_file_that_no_directory_shows(tmp_path: Path) -> None:
    room = room_in(tmp_path)
    spool = room.spool("ann")
    for piece in PIECES:
        spool.add(piece)
    assert (room.in_memory, room.in_files) == (0, sum(map(len, PIECES)))
    assert list(tmp_path.iterdir()) == []


def test_without_a_directory_everything_stays_in_memory() -> None:
    room = room_in(None)
    spool = room.spool("ann")
    for piece in PIECES:
        spool.add(piece)
    assert room.in_memory == sum(map(len, PIECES))
    assert spool.piece(7) == PIECES[7]


@pytest.mark.parametrize("count", [1, 8])
def test_the_last_reader_frees_it(tmp_path: Path, count: int) -> None:
    room = room_in(tmp_path)
    spool = room.spool("ann")
    for piece in PIECES[:count]:
        spool.add(piece)
    del spool
    assert (room.in_memory, room.in_files) == (0, 0)


def test_when_much_is_in_memory_already_even_short_ones_go_to_a_file(tmp_path: Path) -> None:
    room = room_in(tmp_path, memory_bytes=len(PIECES[0]))
    first, second = room.spool("ann"), room.spool("ann")
    first.add(PIECES[0])
    second.add(PIECES[1])
    assert (room.in_memory, room.in_files) == (len(PIECES[0]), len(PIECES[1]))
    assert second.piece(0) == PIECES[1]


def test_above_the_limit_nothing_is_added_until_something_was_read(tmp_path: Path) -> None:
    room = room_in(tmp_path, file_bytes=2 * IN_MEMORY_BYTES)
    room.check("ben")
    spool = room.spool("ann")
    for piece in PIECES:
        spool.add(piece)
    with pytest.raises(BusyError) as refusal:
        room.check("ben")
    assert refusal.value.details["retry_after_ms"]
    del spool
    room.check("ben")


def test_one_user_leaves_room_for_others(tmp_path: Path) -> None:
    room = room_in(tmp_path, file_bytes=8 * IN_MEMORY_BYTES)
    spool = room.spool("ann")
    room.check("ann")
    for piece in PIECES:
        spool.add(piece)
    with pytest.raises(BusyError):
        room.check("ann")
    room.check("ben")
    del spool
    room.check("ann")
