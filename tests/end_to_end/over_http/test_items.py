"""Items over plain HTTP: the rules and replies of a socket."""

from pathlib import Path

import httpx
import pytest

from tests.support.daemon import MEASURED, WITH_HTTP, running


async def test_an_item_lives_over_plain_http_as_on_a_socket(tmp_path: Path) -> None:
    async with (
        running(tmp_path, **MEASURED, **WITH_HTTP) as daemon,
        httpx.AsyncClient(base_url=daemon.http_url) as http,
        daemon.client() as other,
    ):
        added = await http.post(
            "/items", json={"type": "note", "name": "A", "n": 1}, headers={"Idempotency-Key": "k"}
        )
        assert added.status_code == 201
        path = added.headers["location"]
        again = await http.post(
            "/items", json={"type": "note", "name": "A", "n": 1}, headers={"Idempotency-Key": "k"}
        )
        assert again.json() == added.json()
        read = await http.get(path)
        assert (read.json()["item"]["name"], read.headers["etag"]) == ("A", '"1"')
        assert (await http.get(path, headers={"If-None-Match": '"1"'})).status_code == 304
        changed = await http.patch(path, json={"inc": {"n": 2}}, headers={"If-Match": '"1"'})
        assert changed.json()["version"] == 2
        late = await http.patch(path, json={"set": {"n": 9}}, headers={"If-Match": '"1"'})
        assert (late.status_code, late.json()["code"]) == (412, "conflict")
        assert late.json()["fields"] == {"n": {"value": 3, "version": 2}}
        merged = await http.patch(
            path, json={"n": None, "text": "t"}, headers={"Content-Type": "application/merge-patch+json"}
        )
        assert merged.status_code == 200
        listed = await http.get(
            "/items", params={"where": '[["text","==","t"]]', "total": "true", "limit": 1}
        )
        assert listed.json()["total"] == 1
        assert "n" not in listed.json()["items"][0]
        assert (await http.delete(path, params={"reason": "done"})).status_code == 200
        gone = await http.get(path)
        assert gone.status_code in (404, 410)
        assert gone.headers["content-type"] == "application/problem+json"
        heard = [await other.until(lambda told: "event_type" in told) for _ in range(4)]
        assert [one["event_type"] for one in heard][-1] == "item_removed"
        assert heard[-1]["data"] == {"reason": "done"}


MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}


async def test_if_match_is_for_the_item_as_it_is_whatever_fields_changed_since(tmp_path: Path) -> None:
    async with (
        running(tmp_path, **MEASURED, **WITH_HTTP) as daemon,
        httpx.AsyncClient(base_url=daemon.http_url) as http,
    ):
        path, version = "/items/a", 2
        await http.put(path, json={"type": "note", "name": "A", "n": 1, "m": 1})
        await http.patch(path, json={"set": {"m": 2}})
        edits = ({"set": {"n": 9}}, {"inc": {"n": 1}}, {"add_to_set": {"tags": ["x"]}}, {"unset": ["n"]})
        for tags in ('"1"', '"3"', '"99"', '"abc"', '"02"', '""', '"1", W/"3"'):
            for edit in edits:
                late = await http.patch(path, json=edit, headers={"If-Match": tags})
                assert (late.status_code, late.json()["code"]) == (412, "conflict"), (tags, edit)
                assert late.json()["item"] == {"id": "a", "type": "note", "name": "A", "n": 1, "m": 2}
            late = await http.delete(path, headers={"If-Match": tags})
            assert (late.status_code, late.json()["version"]) == (412, version)
        for tags in ('"2"', 'W/"3"', '"1" , "4"', "*"):
            done = await http.patch(path, json={"inc": {"m": 1}}, headers={"If-Match": tags})
            version += 1
            assert (done.status_code, done.headers["etag"]) == (200, f'"{version}"'), tags
        for tags in ("6", '"6', "*, *", ""):
            unclear = await http.patch(path, json={"inc": {"m": 1}}, headers={"If-Match": tags})
            assert (unclear.status_code, unclear.json()["path"]) == (400, "If-Match"), tags
        for tags, status in ('W/"6"', 304), ('"1", "6"', 304), ("*", 304), ('"5"', 200), ("6", 200):
            assert (await http.get(path, headers={"If-None-Match": tags})).status_code == status, tags
        assert (await http.delete(path, headers={"If-Match": '"6"'})).status_code == 200
        again = await http.put(path, json={"type": "note", "name": "A"}, headers={"If-Match": '"6"'})
        assert again.status_code == 412


async def test_a_repeated_edit_with_if_match_gets_its_first_answer(tmp_path: Path) -> None:
    async with (
        running(tmp_path, **MEASURED, **WITH_HTTP) as daemon,
        httpx.AsyncClient(base_url=daemon.http_url) as http,
    ):
        await http.put("/items/a", json={"type": "note", "name": "A"})
        headers = {"If-Match": '"1"', "Idempotency-Key": "k"}
        first = await http.patch("/items/a", json={"set": {"n": 1}}, headers=headers)
        again = await http.patch("/items/a", json={"set": {"n": 1}}, headers=headers)
        assert (first.status_code, again.json()) == (200, first.json())
        other = await http.patch("/items/a", json={"set": {"n": 1}}, headers={**headers, "If-Match": '"2"'})
        assert (other.status_code, other.json()["code"]) == (409, "op_id_reused")


@pytest.mark.parametrize(
    ("there", "patch", "then"),
    [
        ({"x": 1, "y": {"z": 2}}, {"y": {"z": None, "q": 1}}, {"x": 1, "y": {"q": 1}}),
        ({"x": 1}, {"x": None}, {}),
        ([1, {"x": 1}], {"x": {"y": None}}, {"x": {}}),
        (None, {"x": {"y": None, "z": [None]}}, {"x": {"z": [None]}}),
        ({"x": 1}, [1, None], [1, None]),
        ({"x": {"y": 1}}, {"x": "text"}, {"x": "text"}),
    ],
)
async def test_a_merge_patch_merges_objects_as_its_standard_says(
    tmp_path: Path, there: object, patch: object, then: object
) -> None:
    async with (
        running(tmp_path, **MEASURED, **WITH_HTTP) as daemon,
        httpx.AsyncClient(base_url=daemon.http_url) as http,
    ):
        await http.put("/items/a", json={"type": "note", "name": "A", "f": there})
        done = await http.patch("/items/a", json={"f": patch}, headers=MERGE_PATCH)
        assert done.status_code == 200
        assert (await http.get("/items/a")).json()["item"]["f"] == then
        replaced = await http.patch("/items/a", json={"set": {"f": {"n": {"m": 1}}}})
        assert replaced.status_code == 200
        assert (await http.get("/items/a")).json()["item"]["f"] == {"n": {"m": 1}}


async def test_bytes_that_are_no_text_name_no_item(tmp_path: Path) -> None:
    async with (
        running(tmp_path, **MEASURED, **WITH_HTTP) as daemon,
        httpx.AsyncClient(base_url=daemon.http_url) as http,
    ):
        for address in ("/items/%ff", "/items?search=%fe", "/items/a?user_id=%ED%A0%80", "/threads/%C3"):
            refused = await http.get(address)
            assert (refused.status_code, refused.json()["code"]) == (400, "invalid_message"), address
        assert (await http.get("/items/%C3%BF")).status_code == 404
