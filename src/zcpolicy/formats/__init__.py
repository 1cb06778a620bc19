"""Read the texts people have: output of Engine, Vdsm, libvirt and QEMU, and commands typed to them.

    >>> from zcpolicy import formats
    >>> reading = formats.read("<domain type='kvm'><memory unit='GiB'>2</memory></domain>")
    >>> reading.form, reading.parts["vm"]["memory_mib"]
    ('domain-xml', 2048)

``docs/formats.md`` lists the forms.
"""

from typing import List

from .._base.naming import public
from ._form import Reading
from ._reading import read, read_lines
from ._together import scenario, simulation

__all__ = ["Reading", "read", "read_lines", "scenario", "simulation"]

public(Reading, read, read_lines, scenario, simulation, module=__name__)


def __dir__() -> List[str]:
    return __all__
