"""A QEMU, asked directly over its monitor (QMP)."""

import itertools
import json
import shlex
import socket
import subprocess
import time
from pathlib import Path
from typing import Any, Mapping, Optional, Sequence, Tuple

from .generation import EMULATOR, PATIENCE, Generation

__all__ = ["NOTHING", "Qemu"]

# A machine that runs nothing.
NOTHING = ("-S", "-M", "none")

_NONE: Mapping[str, Any] = {}
_numbers = itertools.count()


class Qemu:
    """One process and its monitor, until `close`.

    Attributes:
        version: as its greeting says.
        answers: how many commands it has answered.
    """

    version: Tuple[int, ...]
    answers: int = 0

    def __init__(
        self,
        generation: Generation,
        directory: Path,
        machine: Sequence[str] = NOTHING,
        within: Sequence[str] = (),
    ) -> None:
        path = str(directory / f"qmp-{next(_numbers)}")
        command = [EMULATOR, "-nodefaults", "-display", "none", *machine]
        command += ["-qmp", f"unix:{path},server=on,wait=off"]
        script = "\n".join(["set -e", *generation.mounts(), f"exec {shlex.join(command)}"])
        self._process = subprocess.Popen(
            # It ends with the tests, whatever becomes of them, and its mounts with it.
            [
                *("setpriv", "--pdeathsig", "KILL", *within),
                *("unshare", "--mount", "bash", "-c", script),
            ],
            stdin=subprocess.DEVNULL,
            # The kernel shares the cores among sessions: a guest is not to wait for its host.
            start_new_session=True,
        )
        self._socket = socket.socket(socket.AF_UNIX)
        self._lines = self._socket.makefile("rb")
        try:
            self._connect(path)
            numbers = json.loads(self._lines.readline())["QMP"]["version"]["qemu"]
            self.version = (numbers["major"], numbers["minor"], numbers["micro"])
            self.ask("qmp_capabilities")
        except BaseException:
            self.close()
            raise

    def _connect(self, path: str) -> None:
        end = time.monotonic() + PATIENCE
        while self._socket.connect_ex(path) != 0:
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{EMULATOR} does not answer")
            time.sleep(0.01)

    def ask(self, command: str, arguments: Mapping[str, Any] = _NONE) -> Any:
        """What a command answers that it does not refuse."""
        answer = self._answer(command, arguments)
        if "error" in answer:
            raise RuntimeError(f"{command}: {answer['error']['desc']}")
        return answer["return"]

    def refuses(self, command: str, arguments: Mapping[str, Any]) -> Optional[str]:
        """QEMU's words, if it refuses a command; None if it accepts it."""
        answer = self._answer(command, arguments)
        return answer["error"]["desc"] if "error" in answer else None

    def set_capabilities(self, states: Mapping[str, bool]) -> Optional[str]:
        """Switch capabilities; QEMU's words, if it refuses."""
        listed = [{"capability": name, "state": on} for name, on in states.items()]
        return self.refuses("migrate-set-capabilities", {"capabilities": listed})

    def set_parameters(self, parameters: Mapping[str, Any]) -> Optional[str]:
        """Set migration parameters; QEMU's words, if it refuses."""
        return self.refuses("migrate-set-parameters", parameters)

    def _answer(self, command: str, arguments: Mapping[str, Any]) -> Any:
        message = {"execute": command, "arguments": dict(arguments)}
        # QEMU reads one byte at a time: the shorter, the quicker.
        self._socket.sendall(json.dumps(message, separators=(",", ":")).encode() + b"\n")
        while True:
            answer = json.loads(self._lines.readline())
            if "event" not in answer:
                self.answers += 1
                return answer

    def exit_status(self) -> int:
        """How it ended, which it is expected to have done: negative for a signal."""
        return self._process.wait(PATIENCE)

    def close(self) -> None:
        """End the process."""
        self._lines.close()
        self._socket.close()
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> "Qemu":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
