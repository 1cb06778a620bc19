"""``survey``: summarize many answers."""

import argparse
from typing import BinaryIO

from .._many.survey import Survey
from .inputs import STANDARD_INPUT, opened
from .output import OK, UNUSABLE, Unusable, print_either

__all__ = ["run_survey"]


def run_survey(options: argparse.Namespace, out: BinaryIO) -> int:
    """Print what keeps VMs from zero-copy, and what would help."""
    files = options.files or [STANDARD_INPUT]
    if files.count(STANDARD_INPUT) > 1:
        raise Unusable("standard input", "it cannot be read twice")
    found = Survey()
    for file in files:
        with opened(file) as source:
            found += Survey.of(source, source=None if file == STANDARD_INPUT else file)
    text = found.to_csv().rstrip if options.csv else found.__str__
    print_either(options, out, found.to_json, text)
    return UNUSABLE if None in [each.path for each in found.bad] else OK
