"""Texts that people have and that were once read wrongly."""

import json
from typing import Any, Dict

import pytest

from refusals import refused
from zcpolicy import formats
from zcpolicy.adapters.libvirt import Flag
from zcpolicy.adapters.vdsm import LibvirtCall

VM = "11111111-2222-3333-4444-555555555555"
CALL = LibvirtCall(flags=Flag.VIR_MIGRATE_LIVE, params={})
REQUEST: Dict[str, Any] = {
    "incomingLimit": 2,
    "outgoingLimit": 2,
    "autoConverge": "true",
    "compressed": "false",
    "tunneled": "false",
    "method": "online",
    "abortOnError": "true",
}
PROGRESS = (
    f"2026-03-02 10:11:12,345+0200 INFO  (migmon/11111111) [virt.vm] (vmId='{VM}') Migration "
    "Progress: 10.2 seconds elapsed, 29% of data processed, total data: 16409MB, processed data: "
    "1148MB, remaining data: 11647MB, transfer speed 952Mbps, zero pages: 925184MB, compressed: "
    "0MB, dirty rate: 0, memory iteration: 1 (migration:1005)\n"
)


class TestSamples:
    """Counters without a time."""

    @pytest.mark.parametrize(
        "text",
        [
            '{"status": "active", "ram": {"total": 30, "remaining": 10, "transferred": 20}}',
            "Job type: Unbounded\nData processed: 20 B\nData remaining: 10 B\nData total: 30 B\n",
        ],
    )
    def test_they_are_taken(self, text: str) -> None:
        """They are not lost: they count as of 0 ms, and that is said."""
        reading = formats.read(text)
        (sample,) = reading.parts["migration"].samples
        taken = (sample.at_ms, sample.sent_bytes, sample.remaining_bytes, sample.total_bytes)
        assert taken == (0, 20, 10, 30)
        assert "no time given: the sample counts as at 0 ms" in reading.ignored

    def test_after_a_time(self) -> None:
        """Behind a sample with a time they count as of that."""
        info = {"status": "active", "total-time": 5, "ram": {"total": 30, "transferred": 20}}
        later = {"status": "completed", "downtime": 7}
        reading = formats.read(json.dumps(info) + "\n" + json.dumps(later))
        first, second = reading.parts["migration"].samples
        assert (first.at_ms, first.status) == (5, "active")
        assert (second.at_ms, second.status, second.downtime_ms) == (5, "completed", 7)
        assert "such a sample takes the time of the one before it" in reading.ignored[-1]

    @pytest.mark.parametrize(
        ("written", "why"),
        [
            ("NaN", "nan is not a JSON number"),
            ("1" + "0" * 5000, "digits"),
            ('1, "total-time": 2', "twice"),
        ],
    )
    def test_a_reply_that_is_no_json(self, written: str, why: str) -> None:
        """It is said what is wrong with it, and nothing inside of it is taken for a reply."""
        text = f'{{"return": {{"ram": {{"transferred": 1}}, "total-time": {written}}}}}'
        problem = str(refused(formats.read, text))
        assert problem.startswith("no migration is running; refused: ")
        assert why in problem


class TestDirtyRate:
    """A session of QEMU's in which it was measured."""

    def test_commands_beside_the_answer(self) -> None:
        """The command, its answer and events are told and not refused."""
        lines = [
            {"execute": "calc-dirty-rate", "arguments": {"calc-time": 1}},
            {"return": {}},
            {"event": "STOP", "timestamp": {}},
            {"return": {"status": "measured", "dirty-rate": 10, "calc-time": 1}},
        ]
        reading = formats.read("\n".join(map(json.dumps, lines)))
        assert reading.parts == {"dirty_rates": ((1, 10),)}
        assert reading.ignored == ("execute calc-dirty-rate", "return", "event STOP")


class TestVdsmLog:
    """Requests as Vdsm's versions log them."""

    @pytest.mark.parametrize(
        "line",
        [
            f"INFO  (jsonrpc/1) [api.virt] START migrate(params={ {**REQUEST, 'vmId': VM} }) (a:1)",
            "DEBUG (jsonrpc/1) [jsonrpc.JsonRpcServer] Calling 'VM.migrate' in bridge with "
            f"{ {'params': REQUEST, 'vmID': VM} } (__init__:329)",
        ],
    )
    def test_without_a_vm_behind(self, line: str) -> None:
        """The VM is that of the parameters, where the line names it nowhere else.

        The request alone is a log, too.
        """
        alone = formats.read(line)
        assert (alone.form, alone.parts["request"]) == ("vdsm-log", REQUEST)
        reading = formats.read(f"2017-03-02 10:11:02,000 {line}\n{PROGRESS}")
        assert reading.form == "vdsm-log"
        assert reading.parts["request"] == REQUEST
        assert len(reading.parts["migration"].samples) == 1

    def test_logged_twice(self) -> None:
        """At DEBUG the request is logged twice, which makes no second migration."""
        start = f"START migrate(params={REQUEST}) from=::1,1, vmId={VM} (api:48)\n"
        bridge = f"Calling 'VM.migrate' in bridge with { {'params': REQUEST, 'vmID': VM} } (x:1)\n"
        once = formats.read(start + PROGRESS)
        twice = formats.read(bridge + start + PROGRESS)
        assert twice.parts == once.parts
        assert not any("other migration" in note for note in twice.ignored)

    def test_a_call_in_json(self) -> None:
        """What the method is called with is no request, but has one in it."""
        for document in (
            {"params": REQUEST, "vmID": VM},
            {"method": "VM.migrate", "params": {"params": REQUEST, "vmID": VM}},
            {"method": "VM.migrate", "params": REQUEST},
        ):
            assert formats.read(json.dumps(document)).parts["request"] == REQUEST


class TestDamagedLogs:
    """Logs of a host that lost its power."""

    def test_nul(self) -> None:
        """Of a short log as of a long one NUL characters are no reason to refuse all."""
        lines = [PROGRESS.encode(), b"\0" * 4000 + b"\n"]
        for repeated in (1, 400):
            reading = formats.read_lines(lines * repeated)
            assert reading.parts["migration"].samples[0].at_ms == 10200


class TestVirsh:
    """Commands in other commands, and quotes."""

    @pytest.mark.parametrize(
        "text",
        [
            "ssh root@h1 'virsh migrate --live a qemu+tls://h2/system'",
            "sudo sh -c \"virsh -c qemu:///system migrate --live a 'qemu+tls://h2/system'\"",
        ],
    )
    def test_a_command_in_a_word(self, text: str) -> None:
        """Another program may be given the command as a word."""
        assert formats.read(text).parts["call"] == CALL

    def test_a_quote_that_does_not_end(self) -> None:
        """Such a command is not run by any shell, so none is made of it."""
        error = refused(formats.read, "virsh migrate --live a qemu+tls://h2/system 'tcp://h")
        assert str(error) == "a ' is unmatched"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("<domain><name>a</name><memory>1</memory><os/></domain>", "name, os"),
        ("<cluster><name>a</name><migration/></cluster>", "name"),
        ('{"memory": 1048576, "name": "a", "id": "b"}', "id, name"),
        ('{"packages2": {}, "kvmEnabled": "true", "nics": {}}', "kvmEnabled"),
    ],
)
def test_what_is_not_taken_of_a_document(text: str, names: str) -> None:
    """What else a document has is named, and not left out silently."""
    assert formats.read(text).ignored == (f"not taken: {names}",)


def test_many_that_are_not_taken() -> None:
    """Of many names the first are told, and how many follow."""
    others = "".join(f"<n{number:03}/>" for number in range(100))
    (note,) = formats.read(f"<domain>{others}</domain>").ignored
    assert note.endswith("n019 and 80 more")
