"""Packages of agents as they are after their installation, without pip: modules, and their entry points."""

from collections.abc import Mapping
from pathlib import Path

INSTALLED = "kit-1.0.dist-info"


def install(site: Path, modules: Mapping[str, str], **agents: str) -> Path:
    """Write modules by name, and entry points by the agent's name, into a folder that is on the path; returns it."""
    (site / INSTALLED).mkdir(parents=True, exist_ok=True)
    for name, text in modules.items():
        (site / f"{name}.py").write_text(text)
    (site / INSTALLED / "METADATA").write_text("Metadata-Version: 2.1\nName: kit\nVersion: 1.0\n")
    entries = "".join(f"{name} = {variable}\n" for name, variable in agents.items())
    (site / INSTALLED / "entry_points.txt").write_text(f"[streamd.agents]\n{entries}")
    return site
