"""Ids: new ones are never used twice, whoever makes them."""

import os
from concurrent.futures import ThreadPoolExecutor

from streamd.ids import time_ordered_id


def test_new_ids_differ_also_where_threads_make_them_at_the_same_moment() -> None:
    with ThreadPoolExecutor(4) as threads:
        ids = list(threads.map(lambda _: time_ordered_id("run", 0), range(5_000)))
    assert len(set(ids)) == 5_000
    assert all(len(one) == len("run-") + 9 + 8 for one in ids)


def test_a_forked_process_makes_others() -> None:
    time_ordered_id("run", 0)
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.write(write, time_ordered_id("run", 0).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 100).decode() != time_ordered_id("run", 0)
    os.close(read)
    os.close(write)
