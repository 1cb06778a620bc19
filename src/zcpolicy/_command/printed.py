"""``schema``, ``vectors`` and ``help``: print fixed contents."""

import argparse
import json
from typing import BinaryIO, List

from .._base.errors import suggestion
from .._base.terminal import wrapped
from .._many.answers import line_of
from .._publish.schema import SCHEMAS
from .._publish.vectors import vectors
from .output import OK, Unusable, write, write_text
from .settings import settings_text

__all__ = ["run_help", "run_schema", "run_vectors"]


def run_schema(options: argparse.Namespace, out: BinaryIO) -> int:
    """Print a JSON Schema."""
    write(out, json.dumps(SCHEMAS[options.name](), indent=2).encode("ascii") + b"\n")
    return OK


def run_vectors(options: argparse.Namespace, out: BinaryIO) -> int:
    """Print the test vectors."""
    for vector in vectors():
        write(out, line_of(vector.to_json()))
    return OK


def run_help(options: argparse.Namespace, out: BinaryIO) -> int:
    """Print the help of a command or a topic."""
    topic = options.topic
    if topic is None:
        text = options.top.format_help()
    elif topic == "set":
        text = settings_text()
    elif topic == "forms":
        text = _forms_text()
    elif topic in options.commands:
        text = options.commands[topic].format_help()
    else:
        known = [*options.commands, "set", "forms"]
        hint = suggestion(topic, known) or f"; topics: {', '.join(known)}"
        raise Unusable("help", f"no such topic: {topic!r}{hint}")
    write_text(out, text.rstrip("\n"))
    return OK


def _forms_text() -> str:
    from ..formats._forms import FORMS

    lines: List[str] = ["Files may have any of these forms:", ""]
    for form in FORMS:
        lines += wrapped(f"{form.name}: {form.what}", "  ", "    ")
        lines += wrapped(f"how to get it: {form.obtain}", "      ", "        ")
    return "\n".join(lines)
