"""A figure that a notebook shows; needs matplotlib."""

from io import BytesIO
from typing import Any, Dict, Tuple

from matplotlib.figure import Figure

__all__ = ["Shown"]

_DPI = 160


class Shown(Figure):
    """A figure that needs no pyplot for a notebook to show it, sharp on any screen."""

    def _repr_png_(self) -> Tuple[bytes, Dict[str, Any]]:
        """What IPython shows: the picture, and how wide it is."""
        out = BytesIO()
        self.savefig(out, format="png", dpi=_DPI)
        return out.getvalue(), {"width": round(96 * self.get_figwidth())}
