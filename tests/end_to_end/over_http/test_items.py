"""Items over plain HTTP: the rules and replies of a socket."""

from pathlib import Path

import httpx

from tests.support.daemon import WITH_HTTP, running


async def test_an_item_lives_over_plain_http_as_on_a_socket(tmp_path: Path) -> None:
    async with (
        running(tmp_path, **WITH_HTTP) as daemon,
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
