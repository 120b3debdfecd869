"""The benchmark is not installed with streamd: its tests find it in the checkout."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
