"""Two libvirt daemons on one machine, each a host of its own as far as libvirt can tell.

``docs/hypervisors.md`` says what this shows and what it cannot.  Each daemon has its own files and
host name; both have a network and process numbers that nobody else sees.  The kernel ends all of
it with the first process in there, and that ends with the pipe from the tests, or with a daemon.
"""

import contextlib
import importlib
import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from zcpolicy.adapters.libvirt import Flag
from zcpolicy.adapters.vdsm import LibvirtCall

from .generation import EMULATOR, LIBVIRTD, PATIENCE, Generation

__all__ = ["Daemon", "Lab", "libvirt", "make_pki", "version"]


def libvirt() -> Any:
    """The binding, which has no types, and which most machines that collect these tests lack."""
    return importlib.import_module("libvirt")


# Name, libvirt's host UUID, and an address; of 127.0.0.1 libvirt would say that it is no host's.
_HOSTS = (
    ("a", "11111111-1111-4111-8111-111111111111", "127.0.0.2"),
    ("b", "22222222-2222-4222-8222-222222222222", "127.0.0.3"),
)
# What is its own in each daemon's directory, and where libvirt and QEMU expect it.
_BINDS = {
    "etc": "/etc/libvirt",
    "hosts": "/etc/hosts",
    "run": "/run",
    "lib": "/var/lib/libvirt",
    "cache": "/var/cache/libvirt",
    "log": "/var/log/libvirt",
}
# Within so many seconds all is gone with a daemon that crashes.
_CRASHING_S = 3
# A command to QEMU, and its answer, in the daemon's log.
_SPOKEN = re.compile(
    r" QEMU_MONITOR_(SEND_MSG|RECV_REPLY): mon=\S+ (?:msg|reply)=(\{.*\})\r?$", re.M
)


class Daemon:
    """One of the two.

    Attributes:
        home: its files.
        host: its host name.
        address: its address.
        connection: libvirt's, once it answers.
        heard: what it said to its QEMUs (``"SEND_MSG"``) and they to it (``"RECV_REPLY"``)
            between the last two times that somebody listened.
    """

    connection: Any = None
    heard: Sequence[Tuple[str, Dict[str, Any]]] = ()

    def __init__(self, home: Path, uuid: str, address: str) -> None:
        self.home = home
        self.host = f"{home.name}.lab.test"
        self.address = address
        self._uuid = uuid
        self._position = 0

    def prepare(self, generation: Generation, user: str, group: str, pki: Path) -> List[str]:
        """Write what it reads, and give the command that starts it."""
        for own in ("etc", "run/libvirt", "lib", "cache", "log"):
            (self.home / own).mkdir(parents=True)
        names = "".join(f"{address} {name}.lab.test\n" for name, _, address in _HOSTS)
        (self.home / "hosts").write_text(f"127.0.0.1 localhost\n{names}", "ascii")
        self._configure(user, group, pki)
        script = [
            "set -e",
            f"hostname {self.host}",  # one with a dot is taken as it is
            *generation.mounts(),
            *(f"mount --bind {self.home}/{own} {place}" for own, place in _BINDS.items()),
            # A node that QEMU's user may not open makes libvirt probe QEMU again for each VM.
            "if [ -e /dev/kvm ]; then",
            f"    mknod -m 666 {self.home}/kvm c 10 232",
            f"    mount --bind {self.home}/kvm /dev/kvm",
            "fi",
            # Without cgroups <hard_limit> is only what is to be tested, the limit of locked memory.
            "for mounted in /sys/fs/cgroup/* /sys/fs/cgroup; do",
            "    umount -l $mounted 2>/dev/null || true",
            "done",
            f"exec {LIBVIRTD} --listen --pid-file /run/libvirtd.pid",
        ]
        (self.home / "start.sh").write_text("\n".join(script) + "\n", "utf-8")
        return ["unshare", "--mount", "--uts", "bash", f"{self.home}/start.sh"]

    def _configure(self, user: str, group: str, pki: Path) -> None:
        _write_settings(
            self.home / "etc/libvirtd.conf",
            listen_tls=0,
            listen_tcp=1,
            listen_addr=self.address,
            auth_tcp="none",
            auth_unix_ro="none",
            auth_unix_rw="none",
            unix_sock_group="root",
            unix_sock_ro_perms="0700",
            unix_sock_rw_perms="0700",
            host_uuid=self._uuid,
            log_filters="2:qemu.qemu_monitor",
            log_outputs="2:file:/var/log/libvirt/monitor.log 3:stderr",
        )
        _write_settings(
            self.home / "etc/qemu.conf",
            user=user,
            group=group,
            security_driver="none",
            dynamic_ownership=0,
            remember_owner=0,
            cgroup_controllers=[],
            namespaces=[],
            seccomp_sandbox=0,
            stdio_handler="file",
            migration_host=self.address,
            migration_address=self.address,
            migrate_tls_x509_cert_dir=str(pki),
            migrate_tls_x509_verify=1,
        )

    def connect(self, lab: "subprocess.Popen[bytes]") -> None:
        """Wait until it answers, which it does when it has probed QEMU."""
        end = time.monotonic() + PATIENCE
        while not self._answers():
            if lab.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"libvirt on {self.host} does not answer")
            time.sleep(0.05)

    def _answers(self) -> bool:
        uri = f"qemu+unix:///system?socket={self.home}/run/libvirt/libvirt-sock"
        try:
            self.connection = libvirt().open(uri)
        except libvirt().libvirtError:
            return False
        return True

    def log(self) -> str:
        """The end of what it wrote."""
        path = self.home / "out.log"
        return path.read_text("utf-8", "replace")[-5000:] if path.exists() else ""

    def listen(self) -> None:
        """Hear what was said since the last time."""
        with (self.home / "log/monitor.log").open("rb") as log:
            log.seek(self._position)
            text = log.read().decode("utf-8", "replace")
            self._position = log.tell()
        self.heard = [(kind, json.loads(message)) for kind, message in _SPOKEN.findall(text)]


def _write_settings(path: Path, **settings: Any) -> None:
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in settings.items()]
    path.write_text("".join(lines), "utf-8")


class Lab:
    """Both daemons, from here until `close`: VMs migrate from `a` to `b`.

    Attributes:
        a: the source.
        b: the destination.
        libvirt: the version of the daemons.
        qemu: the version of their QEMU.
        crashes: how often a daemon crashed, by itself, and the lab was started again.
    """

    a: Daemon
    b: Daemon

    def __init__(
        self, directory: Path, generation: Generation, pki: Path, user: str, group: str
    ) -> None:
        self._directory = directory
        self._made_of = generation, user, group, pki
        self.crashes = 0
        self._start()

    def _start(self) -> None:
        home = self._directory / str(self.crashes)
        self.a, self.b = [Daemon(home / name, uuid, address) for name, uuid, address in _HOSTS]
        script = ["ip link set lo up", "exec 3<&0 </dev/null"]
        for daemon in (self.a, self.b):
            command = daemon.prepare(*self._made_of)
            script.append(f"{' '.join(command)} >{daemon.home}/out.log 2>&1 3<&- &")
        # bash also reaps the QEMUs, which libvirt waits for.
        script += ["cat <&3 &", "wait -n"]
        self._process = subprocess.Popen(
            [
                *("unshare", "--net", "--pid", "--fork", "--mount-proc"),
                *("bash", "-c", "\n".join(script)),
            ],
            stdin=subprocess.PIPE,
        )
        try:
            for daemon in (self.a, self.b):
                daemon.connect(self._process)
            self.libvirt = version(self.a.connection.getLibVersion())
            self.qemu = version(self.a.connection.getVersion())
        except Exception as error:
            self.close()
            raise RuntimeError(f"there is no lab: {error}\n{self.logs()}") from error

    @property
    def is_up(self) -> bool:
        """Whether both daemons run."""
        return self._process.poll() is None

    def has_crashed(self) -> bool:
        """Whether a daemon has ended, and all else with it, or does so within a moment."""
        try:
            self._process.wait(_CRASHING_S)
        except subprocess.TimeoutExpired:
            return False
        return True

    def start_again(self) -> None:
        """Both anew, with no guests."""
        self.close()
        self.crashes += 1
        self._start()

    def close(self) -> None:
        """End both, with all that they started; returns when nothing is left."""
        for daemon in (self.a, self.b):
            if daemon.connection is not None:
                with contextlib.suppress(libvirt().libvirtError):  # it has crashed
                    daemon.connection.close()
        self._process.communicate()

    def logs(self) -> str:
        """The ends of both daemons' logs."""
        return "\n".join(f"{daemon.host}:\n{daemon.log()}" for daemon in (self.a, self.b))

    @contextlib.contextmanager
    def guest(
        self,
        *,
        memory_mib: int = 8,
        hard_limit_mib: Optional[int] = None,
        paused: bool = False,
        content: Optional[Path] = None,
    ) -> Iterator[Any]:
        """A VM on `a`, which is nowhere in the end.

        Args:
            memory_mib: its memory; with 8 MiB all of it can be locked on any machine.
            hard_limit_mib: its ``<memtune>`` hard limit.
            paused: whether it is paused.
            content: a file that is put into its memory.
        """
        flags = libvirt().VIR_DOMAIN_START_PAUSED if paused else 0
        try:
            yield self.a.connection.createXML(_xml(memory_mib, hard_limit_mib, content), flags)
        finally:
            for daemon in (self.a, self.b) if self.is_up else ():
                for domain in daemon.connection.listAllDomains():
                    if domain.isPersistent():  # at the destination, by VIR_MIGRATE_PERSIST_DEST
                        domain.undefine()
                    if domain.isActive():
                        domain.destroy()

    def migrate(
        self,
        guest: Any,
        flags: int,
        params: Mapping[str, Any],
        *,
        to: Optional[Daemon] = None,
    ) -> Optional[str]:
        """Migrate, to `b` if not said otherwise; libvirt's error, or its binding's, if it fails."""
        uri = f"qemu+tcp://{(to or self.b).host}/system"
        try:
            guest.migrateToURI3(uri, dict(params), int(flags))
        except (libvirt().libvirtError, TypeError, OverflowError, ValueError) as error:
            return str(error)
        return None

    def listen(self) -> None:
        """Hear what both daemons and their QEMUs said since the last time."""
        for daemon in (self.a, self.b):
            daemon.listen()

    def vdsm_params(self, guest: Any, call: LibvirtCall) -> Dict[str, Any]:
        """The parameters, with those that Vdsm adds because they depend on the hosts."""
        added = {"destination_xml": guest.XMLDesc(libvirt().VIR_DOMAIN_XML_MIGRATABLE)}
        if not call.flags & Flag.VIR_MIGRATE_TUNNELLED:
            added["migrate_uri"] = f"tcp:{self.b.address}"
        if call.flags & Flag.VIR_MIGRATE_TLS:
            added["tls.destination"] = self.b.host
        return {**call.params, **added}


def version(number: int) -> Tuple[int, int, int]:
    """A version as libvirt writes it, taken apart."""
    return number // 1_000_000, number // 1000 % 1000, number % 1000


def _xml(memory_mib: int, hard_limit_mib: Optional[int], content: Optional[Path]) -> str:
    limit = loader = ""
    if hard_limit_mib is not None:
        limit = f'<memtune><hard_limit unit="MiB">{hard_limit_mib}</hard_limit></memtune>'
    if content is not None:
        # From 1 MiB on: below are the firmware's own pages.
        device = f"loader,file={content},addr=0x100000,force-raw=on"
        loader = f'<q:commandline><q:arg value="-device"/><q:arg value="{device}"/></q:commandline>'
    return f"""
        <domain type="qemu" xmlns:q="http://libvirt.org/schemas/domain/qemu/1.0">
            <name>vm</name>
            <memory unit="MiB">{memory_mib}</memory>
            {limit}
            <vcpu>1</vcpu>
            <os><type arch="x86_64" machine="q35">hvm</type></os>
            <devices>
                <emulator>{EMULATOR}</emulator>
                <controller type="usb" model="none"/>
                <memballoon model="none"/>
            </devices>
            {loader}
        </domain>
    """


_TEMPLATES = {
    "ca": "cn = lab\nca\ncert_signing_key\n",
    "host": "cn = lab\ntls_www_server\ntls_www_client\nsigning_key\nencryption_key\n"
    + "".join(f"dns_name = {name}.lab.test\nip_address = {ip}\n" for name, _, ip in _HOSTS),
}
# RSA: QEMU 10 refuses a certificate of an ECDSA key.
_CERTTOOL = (
    "--generate-privkey --key-type rsa --bits 2048 --outfile ca-key.pem",
    "--generate-self-signed --load-privkey ca-key.pem --template ca.cfg --outfile ca-cert.pem",
    "--generate-privkey --key-type rsa --bits 2048 --outfile server-key.pem",
    "--generate-certificate --load-privkey server-key.pem --load-ca-certificate ca-cert.pem"
    " --load-ca-privkey ca-key.pem --template host.cfg --outfile server-cert.pem",
)


def make_pki(directory: Path) -> None:
    """What an encrypted migration needs: a CA, and a certificate for both hosts."""
    directory.mkdir()
    for name, template in _TEMPLATES.items():
        (directory / f"{name}.cfg").write_text(template, "ascii")
    for arguments in _CERTTOOL:
        subprocess.run(
            ["certtool", *arguments.split()], cwd=directory, check=True, capture_output=True
        )
    for part in ("cert", "key"):
        (directory / f"client-{part}.pem").symlink_to(f"server-{part}.pem")
    for path in directory.glob("*.pem"):
        path.chmod(0o644)  # QEMU's user reads them
