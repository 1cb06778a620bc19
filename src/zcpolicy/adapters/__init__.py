"""Adapters for Engine, Vdsm and libvirt, one module each."""

import importlib
from typing import TYPE_CHECKING, Any, List

if TYPE_CHECKING:
    from . import engine, libvirt, vdsm

__all__ = ["engine", "libvirt", "vdsm"]

# Imported on first use, so that using one does not load the others.
if not TYPE_CHECKING:  # pragma: no branch

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return importlib.import_module(f".{name}", __name__)


def __dir__() -> List[str]:
    return __all__
