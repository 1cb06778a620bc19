"""The libvirt call that Vdsm makes, apart from the code that checks calls."""

from typing import Any, Mapping

import attr

from .._base.frozen import quick
from .._base.mapping import FrozenMapping
from .._base.naming import public
from ._flags import Flag

__all__ = ["LibvirtCall"]


def _frozen(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return FrozenMapping(value) if isinstance(value, dict) else value


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class LibvirtCall:
    """The call of ``virDomainMigrateToURI3`` that Vdsm makes.

    Attributes:
        flags: the flags.
        params: the typed parameters ``bandwidth`` (MiB/s) and ``parallel.connections``, without
            those that depend on the hosts (URIs, destination XML, TLS name).
    """

    flags: Flag
    params: Mapping[str, Any] = attr.ib(converter=_frozen)


public(LibvirtCall, module="zcpolicy.adapters.vdsm")
