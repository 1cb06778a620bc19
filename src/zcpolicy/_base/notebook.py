"""The notebook display of objects; `_html`, which renders it, is imported on first use."""

from importlib import import_module

__all__ = ["html"]


def html(thing: object) -> str:
    """Return the HTML of *thing*, whose class must be in the table in `_html`."""
    # Imported by name, since `_html` imports the classes that call this.
    found: str = import_module("zcpolicy._html").html(thing)
    return found
