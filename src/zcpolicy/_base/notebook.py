"""What a notebook shows of an object; `_html`, which writes it, is imported when asked for."""

from importlib import import_module

__all__ = ["html"]


def html(thing: object) -> str:
    """The HTML of *thing*, of a class that the table in `_html` has."""
    # By its name: `_html` needs the classes that call this.
    found: str = import_module("zcpolicy._html").html(thing)
    return found
