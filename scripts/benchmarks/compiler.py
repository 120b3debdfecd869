"""The two small C programs of the benchmark, built when there is a compiler."""

import shutil
import subprocess
from pathlib import Path

_HERE = Path(__file__).parent


def compile_source(source: str, target: Path, *options: str) -> Path | None:
    """Build `source` (beside this file) into `target` unless that is newer; None where there is no C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return None
    path = _HERE / source
    if not target.exists() or target.stat().st_mtime < path.stat().st_mtime:
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([compiler, "-O2", *options, "-o", str(target), str(path)], check=True)
    return target
