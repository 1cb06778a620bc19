"""What this Python answers to the page's question for all vectors, for a browser's to compare."""

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "python"))

from page import Page

with tempfile.TemporaryDirectory() as folder:
    print(Page(Path(folder)).ask(json.dumps({"what": "vectors", "dirtyMiBs": int(sys.argv[1])})))
