"""A figure that a notebook shows; needs matplotlib."""

from io import BytesIO
from typing import Any, Dict, Tuple

from matplotlib.figure import Figure

__all__ = ["Shown"]

_DPI = 160


class Shown(Figure):
    """A figure that a notebook shows without pyplot, sharp on any screen."""

    def _repr_png_(self) -> Tuple[bytes, Dict[str, Any]]:
        """The picture that IPython shows, and its width."""
        out = BytesIO()
        self.savefig(out, format="png", dpi=_DPI)
        return out.getvalue(), {"width": round(96 * self.get_figwidth())}
