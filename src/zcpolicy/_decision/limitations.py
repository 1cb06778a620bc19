"""The limitations of zero-copy: one table, one row per limitation.

Zero-copy is on if and only if no row applies.  To add a limitation, see
``docs/add-a-limitation.md``; the decision, the blockers and the notices follow from the table.
The rows are in the order of the blockers in the answer: first those that Engine knows, then those
that depend on the hosts.
"""

from typing import Callable, Literal, Optional, Tuple, get_args

import attr

from .._base.errors import InvalidType
from .._base.fields import LAYER, TEXT, Fields, Kind, Layer, choice, optional
from .._base.frozen import quick
from .._base.naming import listed
from .._base.versions import LIBVIRT_ZEROCOPY_SINCE, QEMU_ZEROCOPY_SINCE
from .._model.inputs import Host
from .._model.notice import Notice
from .facts import Facts

__all__ = ["LIMITATIONS", "Limitation", "Limitations"]


Stage = Literal["engine", "host"]


def _function_name(function: object) -> str:
    return getattr(function, "__qualname__", None) or repr(function)


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Limitation:
    """A reason why zero-copy is off.

    Attributes:
        code: the name of the blocker, and the code of its notice.
        layer: the layer with the limitation: ``"engine"``, ``"vdsm"``, ``"libvirt"``, ``"qemu"``.
        stage: ``"engine"`` if Engine knows it in advance, and therefore does not enforce parallel
            connections either; ``"host"`` if the connections stay.
        applies: whether the limitation applies; a pure function of `Facts`.
        message: why zero-copy is off, one sentence.
        remedy: what to do about it, an instruction; None if nothing can be done.
        source: the document or system that states the limitation.
    """

    code: str
    layer: Layer
    stage: Stage = "host"
    applies: Callable[[Facts], bool] = attr.ib(repr=_function_name)
    message: str
    remedy: Optional[str] = None
    source: str
    _notice: Notice = attr.ib(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        _LIMITATION.check(self)
        if not callable(self.applies):
            raise InvalidType("applies", self.applies, "a function of Facts that returns a bool")
        notice = Notice(
            code=self.code,
            severity="warning",
            layer=self.layer,
            field="zerocopy",
            requested=True,
            effective=False,
            message=self.message,
            remedy=self.remedy,
            source=self.source,
        )
        object.__setattr__(self, "_notice", notice)


_LIMITATION = Fields(
    code=Kind(types=(str,), expected="a word", accepts=lambda code: code != ""),
    layer=LAYER,
    stage=choice(*get_args(Stage)),
    message=TEXT,
    remedy=optional(TEXT),
    source=TEXT,
)


def _policy(facts: Facts) -> bool:
    return not facts.policy.zero_copy


def _level(facts: Facts) -> bool:
    return not facts.parallel_supported


def _encryption(facts: Facts) -> bool:
    return facts.encrypted


def _tunnel(facts: Facts) -> bool:
    return facts.tunnelled


def _vdsm(facts: Facts) -> bool:
    return not facts.host.vdsm_zerocopy


def _libvirt_lacks_it(host: Host) -> bool:
    version = host.libvirt_version
    return not host.libvirt_zerocopy or (version is not None and version < LIBVIRT_ZEROCOPY_SINCE)


def _libvirt(facts: Facts) -> bool:
    return _libvirt_lacks_it(facts.host)


def _qemu(facts: Facts) -> bool:
    version = facts.host.qemu_version
    return not facts.host.qemu_zerocopy or (version is not None and version < QEMU_ZEROCOPY_SINCE)


def _destination(facts: Facts) -> bool:
    return _libvirt_lacks_it(facts.destination)


def _memory_lock(facts: Facts) -> bool:
    limit = facts.vm.memory_hard_limit_mib
    return limit is not None and limit < facts.vm.memory_mib


_ROWS = (
    Limitation(
        code="policy",
        layer="engine",
        stage="engine",
        applies=_policy,
        message="the migration policy does not request zero-copy",
        remedy="choose a policy that does, such as Very large VMs",
        source="feature page, User experience; Engine 4.5 MigrateVmCommand",
    ),
    Limitation(
        code="level",
        layer="engine",
        stage="engine",
        applies=_level,
        message="zero-copy needs parallel migrations, which the VM's compatibility level does not "
        "support",
        remedy=(
            "raise the compatibility level to 4.7, or enable "
            "ParallelMigrationsSupported for it with engine-config"
        ),
        source="feature page, Limitations; Engine 4.5 ParallelMigrationsSupported",
    ),
    Limitation(
        code="encryption",
        layer="qemu",
        stage="engine",
        applies=_encryption,
        message="zero-copy cannot be used with migration encryption",
        remedy=(
            "keep the encryption and use parallel connections, about 4 to 5 Gbps each, or disable "
            "migration encryption for the VM if its memory may cross the network unencrypted"
        ),
        source='feature page, Limitations; QEMU migration/options.c: "Zero copy only available '
        'for non-compressed non-TLS multifd migration"',
    ),
    Limitation(
        code="tunnel",
        layer="libvirt",
        stage="engine",
        applies=_tunnel,
        message="zero-copy needs parallel connections, which cannot go through a tunnel",
        remedy="disable tunnelled migration for the VM: a tunnel is slow, about 2 Gbps",
        source="libvirt qemu_migration.c: VIR_MIGRATE_TUNNELLED and VIR_MIGRATE_PARALLEL are "
        "mutually exclusive",
    ),
    Limitation(
        code="vdsm",
        layer="vdsm",
        applies=_vdsm,
        message="Vdsm on the source host does not support zero-copy",
        remedy="update vdsm on the source host to 4.50.3.1 or later",
        source="feature page, User experience; Vdsm API VM.migrate, zerocopy",
    ),
    Limitation(
        code="libvirt",
        layer="libvirt",
        applies=_libvirt,
        message="libvirt on the source host does not support VIR_MIGRATE_ZEROCOPY",
        remedy="update libvirt and libvirt-python on the source host to 8.5 or later",
        source="feature page, Limitations; Vdsm virt/migration.py; libvirt 8.5 release notes",
    ),
    Limitation(
        code="qemu",
        layer="qemu",
        applies=_qemu,
        message="QEMU on the source host does not support zero-copy-send",
        remedy="update QEMU on the source host to 7.1 or later, and restart the VM there",
        source="feature page, Limitations; QEMU 7.1 change log",
    ),
    Limitation(
        code="destination",
        layer="libvirt",
        applies=_destination,
        message=(
            "libvirt on the destination host does not support VIR_MIGRATE_ZEROCOPY "
            "and would reject the migration"
        ),
        remedy="update libvirt on the destination host to 8.5 or later, or choose another one",
        source="libvirt qemu_migration.c: the destination gets the flags; Vdsm commit 37cbca2db",
    ),
    Limitation(
        code="memory-lock",
        layer="qemu",
        applies=_memory_lock,
        message=(
            "the VM's memory hard limit is below its memory, so QEMU may not lock all guest pages"
        ),
        remedy=(
            "remove <memtune><hard_limit> from the VM, or raise it to at least the VM's memory; if "
            "QEMU still cannot lock enough, raise net.core.optmem_max on the source host"
        ),
        source="feature page, Limitations; QEMU migration/multifd.c: \"Process can't lock enough "
        'memory for using MSG_ZEROCOPY"',
    ),
)


class Limitations(Tuple[Limitation, ...]):
    """A tuple of limitations that says in a line which these are."""

    __slots__ = ()

    def __repr__(self) -> str:
        return listed("limitation", [limitation.code for limitation in self])


LIMITATIONS: Tuple[Limitation, ...] = Limitations(_ROWS)
