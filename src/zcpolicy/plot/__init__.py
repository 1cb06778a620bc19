"""Plot a forecast or a plan; needs matplotlib (``zcpolicy[plot]``)."""

import re
import textwrap
from io import BytesIO
from typing import TYPE_CHECKING, Any, List, Literal, Mapping, Union, cast, get_args

from .._base.errors import InvalidValue, raise_all
from .._base.fields import TEXT, Kind, choice
from .._base.hints import hinted
from .._drain.plan import Plan
from .._drain.text import total_text
from .._forecast.forecast import Forecast
from .._forecast.kinds import number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["figure", "format_of", "picture"]

Format = Literal["png", "svg", "pdf"]
# Formats, each with the metadata to remove because it records the time.
_FORMATS: Mapping[Format, Mapping[str, Any]] = {
    "png": {},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
}
_FORMAT = choice(*get_args(Format))
_DRAWN = Kind(types=(Forecast, Plan), expected="a Forecast or a Plan")
_FILE = re.compile(rf"(?:.*[/\\])?[^/\\]+\.({'|'.join(_FORMATS)})", re.DOTALL)
_INCHES = number(3, 40)
# Characters of the title per inch.
_TITLE = 12.5
# Keep a number and its unit on one line.
_UNIT = re.compile(r"(?<=\d) (?=(?:%|ms|s|min|h|d|[KMGT]iB)(?:\W|$))")


@hinted
def figure(forecast: Union[Forecast, Plan], *, width: float = 8) -> "Figure":
    """Plot a forecast or a plan.

    A forecast shows the memory left to send over time, with limits, actions and throttle, and a
    band in which nine of ten real migrations end.  A plan shows a bar for each migration, from its
    start to its end, with such a band.

    The result is a new figure, drawn without pyplot, so no global state changes.  A notebook shows
    it, and `picture` renders it to a file.  Colors and fonts follow matplotlib's settings.

    Args:
        forecast: the forecast or plan to draw.
        width: the width, inches, from 3 to 40; the font size is fixed, so a narrow figure has
            fewer ticks and labels.

    Raises:
        ZcpolicyError: *forecast* is neither a `zcpolicy.Forecast` nor a `zcpolicy.Plan`, or *width*
            is out of range.
        ImportError: matplotlib is not installed.
    """
    raise_all(_DRAWN.faults("forecast", forecast) + _INCHES.faults("width", width))
    try:
        import matplotlib.figure  # noqa: F401 - only to see whether it is installed
    except ImportError as error:
        raise ImportError("a plot needs matplotlib: pip install 'zcpolicy[plot]'") from error
    from ._forecast import draw_forecast
    from ._plan import draw_plan, height
    from ._shown import Shown

    if isinstance(forecast, Plan):
        made = Shown(figsize=(width, height(forecast)), layout="constrained")
        _title(made, total_text(forecast))
        draw_plan(made, forecast)
    else:
        made = Shown(figsize=(width, 3.2 + 0.225 * width), layout="constrained")
        _title(made, forecast.verdict)
        draw_forecast(made, forecast)
    return made


def _title(made: "Figure", text: str) -> None:
    most = int(_TITLE * made.get_figwidth())
    lines = textwrap.wrap(_UNIT.sub("\xa0", text), most, break_on_hyphens=False)
    made.suptitle("\n".join(lines), x=0.01, ha="left", fontsize="medium", parse_math=False)


@hinted
def picture(forecast: Union[Forecast, Plan], format: Format) -> bytes:  # noqa: A002 - as in matplotlib
    """Render the `figure`; reproducible for the same forecast or plan and matplotlib version.

    Args:
        forecast: the forecast or plan to draw.
        format: ``"png"``, ``"svg"`` or ``"pdf"``; `format_of` gets it from a file name.

    Raises:
        ZcpolicyError: *forecast* is neither a `zcpolicy.Forecast` nor a `zcpolicy.Plan`, or the
            format is unknown.
        ImportError: matplotlib is not installed.
    """
    raise_all(_DRAWN.faults("forecast", forecast) + _FORMAT.faults("format", format))
    made = figure(forecast)
    from matplotlib import rc_context

    out = BytesIO()
    # Without a salt the ids in an SVG are random.
    with rc_context({"svg.hashsalt": "zcpolicy"}):
        made.savefig(out, format=format, metadata=dict(_FORMATS[format]))
    return out.getvalue()


@hinted
def format_of(path: str) -> Format:
    """The format for `picture` that a file name implies.

    Raises:
        ZcpolicyError: the name does not end in ``.png``, ``.svg`` or ``.pdf``.
    """
    raise_all(TEXT.faults("path", path))
    found = _FILE.fullmatch(path)
    if found is None:
        raise InvalidValue("path", path, "the name of a file that ends in .png, .svg or .pdf")
    return cast(Format, found[1])


def __dir__() -> List[str]:
    return __all__
