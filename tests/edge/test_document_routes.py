"""The reference of HTTP has the routes of clients that were there before."""

from pathlib import Path

from starlette.routing import Route

from streamd.edge.http.documents import ROUTES


def test_every_route_is_in_the_reference(root: Path) -> None:
    reference = (root / "streamd" / "edge" / "http" / "README.md").read_text()

    for route in ROUTES:
        assert isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}:
            assert f"| `{method} {route.path}` |" in reference
