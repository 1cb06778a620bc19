"""Vdsm's and Engine's logs: what they tell of a migration, and nothing that they do not."""

import io
import json
import re
from typing import Any, Dict, List, Mapping, Optional, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

import writers_progress as w
import zcpolicy as zc
from reading import refused, samples_of
from zcpolicy import formats
from zcpolicy.adapters import engine
from zcpolicy.adapters.vdsm import libvirt_call
from zcpolicy.formats import _reading
from zcpolicy.formats._lines import Notes, text_lines
from zcpolicy.testing import scenarios

MIB = 1 << 20
OTHER = "99999999-2222-3333-4444-555555555555"
NOISE = (
    "2026-03-02 10:11:05,000+0100 INFO  (periodic/1) [vdsm.api] START repoStats() (api:48)\n",
    w.vdsm_line("CPU running: onResume"),
    "Traceback (most recent call last):\n",
    "\n",
)


@st.composite
def measured(draw: st.DrawFn) -> List[Tuple[int, Dict[str, int]]]:
    """What Vdsm's monitor sees, poll by poll: ms, and the numbers that it prints."""
    times = sorted(draw(st.lists(st.integers(1, 10**9), min_size=1, max_size=4)))
    numbers = st.integers(0, 2**40)
    stats = st.fixed_dictionaries(
        {
            **dict.fromkeys(("total", "processed", "remaining", "speed", "zero"), numbers),
            **dict.fromkeys(("dirty", "iteration"), st.integers(-1, 2**40)),
        }
    )
    found = [draw(stats) for _ in times]
    total = draw(numbers)
    grown = {name: sorted(each[name] for each in found) for name in ("processed", "iteration")}
    return [
        (at, {**each, "total": total, **{name: grown[name][index] for name in grown}})
        for index, (at, each) in enumerate(zip(times, found))
    ]


def sample(at: int, stats: Mapping[str, int], version: str, **more: Any) -> zc.Sample:
    """The sample that a reader is to make of them."""
    return zc.Sample(
        at_ms=at // 1000 * 1000 if version == "4.30" else at,
        iteration=None if stats["iteration"] < 0 else stats["iteration"],
        remaining_bytes=stats["remaining"] * MIB,
        sent_bytes=stats["processed"] * MIB,
        total_bytes=stats["total"] * MIB,
        zero_pages=stats["zero"],
        dirty_pages_s=None if stats["dirty"] < 0 else stats["dirty"],
        bytes_s=stats["speed"] * (MIB // 8 if version == "4.50" else MIB) or None,
        **more,
    )


STATS = {
    "total": 16409,
    "processed": 1148,
    "remaining": 11647,
    "speed": 952,
    "zero": 9,
    "dirty": 7,
    "iteration": 1,
}


def at(seconds: int, **more: Any) -> str:
    """A line of progress."""
    return w.vdsm_line(w.progress(seconds * 1000, {**STATS, **more}, version="4.50"))


class TestVdsmProgress:
    @given(measured(), st.sampled_from(["4.30", "4.40", "4.50"]), st.data())
    def test_comes_back(
        self, polls: List[Tuple[int, Dict[str, int]]], version: str, data: st.DataObject
    ) -> None:
        """Progress comes back in each version's units, with the limit in force, amid noise."""
        line = w.old_vdsm_line if version == "4.30" and data.draw(st.booleans()) else w.vdsm_line
        lines: List[str] = []
        expected = []
        limit: Optional[int] = None
        for at_ms, stats in polls:
            if data.draw(st.booleans()):
                limit = data.draw(st.integers(1, 2_000_000))
                words = (
                    "Setting downtime" if data.draw(st.booleans()) else "setting migration downtime"
                )
                lines.append(line(f"{words} to {limit}", level="DEBUG"))
            lines.append(data.draw(st.sampled_from(NOISE)))
            lines.append(line(w.progress(at_ms, stats, version=version)))
            lines.append(line(w.progress(at_ms, stats, version=version), vm=OTHER))
            expected.append(sample(at_ms, stats, version, limit_ms=limit))
        reading = formats.read("".join(lines), vm=w.VM_ID.upper())
        assert reading.form == "vdsm-log"
        assert list(reading.parts["migration"].samples) == expected
        assert formats.read_lines(lines, vm=w.VM_ID) == reading

    @given(measured(), st.data())
    def test_cut(self, polls: List[Tuple[int, Dict[str, int]]], data: st.DataObject) -> None:
        """Of a log that is cut anywhere nothing comes that the whole log does not tell."""
        request = {"autoConverge": "true", "incomingLimit": 2}
        text = w.api_call(request) + "".join(
            w.vdsm_line(f"Setting downtime to {100 + at_ms % 7}")
            + w.vdsm_line(w.progress(at_ms, stats, version="4.50"))
            for at_ms, stats in polls
        )
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, len(text)))
        whole = formats.read(text)
        known = [without_limit(each) for each in whole.parts["migration"].samples]
        try:
            part = formats.read(text[start:end])
        except zc.ZcpolicyError:
            return
        if "migration" in part.parts:
            found = part.parts["migration"].samples
            assert all(without_limit(each) in known for each in found)
            limits = {each.limit_ms for each in whole.parts["migration"].samples}
            assert {each.limit_ms for each in found} <= {*limits, None}
        assert part.parts.get("request", request) == request

    @pytest.mark.parametrize(
        ("lines", "status"),
        [
            ([], None),
            ([("Aborting migration", "WARN")], "cancelled"),
            ([("migration took 130 seconds to complete", "INFO")], "completed"),
            ([("Failed to migrate", "ERROR")], "failed"),
            ([("Aborting migration", "WARN"), ("Failed to migrate", "ERROR")], "cancelled"),
            ([("Switching to post-copy migration", "INFO")], "postcopy-active"),
            (
                [
                    ("Switching to post-copy migration", "INFO"),
                    ("Failed to switch to post-copy migration", "WARN"),
                ],
                None,
            ),
        ],
    )
    def test_end(self, lines: List[Tuple[str, str]], status: Optional[str]) -> None:
        """What became of the migration is the status of its last sample."""
        text = at(10) + at(20) + "".join(w.vdsm_line(line, level=level) for line, level in lines)
        assert [each.status for each in samples_of(text)] == [None, status]

    def test_after_the_switch(self) -> None:
        """Samples behind a switch to post-copy are of post-copy, before it is over."""
        text = at(10) + w.vdsm_line("Switching to post-copy migration") + at(20) + at(30)
        text += w.vdsm_line("migration took 31 seconds to complete", thread="migsrc")
        statuses = [each.status for each in samples_of(text)]
        assert statuses == [None, "postcopy-active", "completed"]

    def test_error(self) -> None:
        """Why a migration failed is noted; one that a client cancelled is cancelled."""
        for words, status in (
            ("operation aborted: migration out: canceled by client", "cancelled"),
            ("internal error: qemu unexpectedly closed the monitor", "failed"),
        ):
            text = at(10) + w.vdsm_line(words, level="ERROR", thread="migsrc")
            text += w.vdsm_line("Failed to migrate", level="ERROR", thread="migsrc")
            assert samples_of(text)[0].status == status
            assert f"error: {words}" in formats.read(text).ignored

    def test_known_words(self) -> None:
        """Messages of the migration that are not needed are named and counted."""
        text = w.vdsm_line("Migration semaphore: acquiring") + at(10)
        text += w.vdsm_line("Migration stalling: remaining (3MiB) > lowmark (2MiB).") * 2
        assert formats.read(text).ignored == (
            "Migration semaphore",
            "Migration stalling (2 times)",
        )

    def test_damaged(self) -> None:
        """Lines that are cut, damaged, or too old to have amounts are noted, with the first."""
        text = at(10) + at(20).replace("remaining", "rem") + at(30)[:-30] + "\n"
        text += w.vdsm_line("Migration Progress: 40 seconds elapsed, 9% of data processed")
        text += w.vdsm_line("Setting downtime to many") + at(50)[:-20]
        reading = formats.read(text)
        assert [each.at_ms for each in reading.parts["migration"].samples] == [10_000]
        assert reading.ignored == (
            "progress that is cut off or damaged (3 times, first on line 2)",
            "progress without amounts (line 4)",
            "a downtime that is cut off (line 5)",
        )

    def test_bounds(self) -> None:
        """Numbers that cannot be are refused by Vdsm's words for them, with the line."""
        assert refused(at(10) + at(20, remaining=-1)) == (
            "line 2: remaining data: -1048576 is not an integer from 0 to 9223372036854775807, "
            "or none"
        )
        assert refused(at(10).replace("10.0", "1.0.0")).startswith(
            "line 1: seconds elapsed: '1.0.0'"
        )
        assert "total data: '9999" in refused(at(10, total=int("9" * 30)))


def without_limit(each: zc.Sample) -> Tuple[Any, ...]:
    names = [name for name in each.to_json() if name not in ("limitMs", "status")]
    told = each.to_json()
    return tuple(told[name] for name in names)


class TestVdsmRequests:
    @given(scenarios())
    def test_comes_back(self, scenario: zc.Scenario) -> None:
        """The request and the call that Vdsm logs come back."""
        resolution = scenario.resolve()
        level = scenario.vm.level or scenario.cluster.level
        request = engine.vm_migrate(resolution.parameters, level=level)
        call = libvirt_call(request, scenario.host, level=level)
        hosts = {"vmId": w.VM_ID, "dst": "b:54321", "dstqemu": "192.0.2.2"}
        text = w.api_call({**request, **hosts}) + w.migrating(dict(call.params), call.flags)
        reading = formats.read(text)
        assert reading.parts["request"] == request
        assert reading.parts["call"] == call
        assert any("not taken: vmId, dst, dstqemu" in note for note in reading.ignored)
        assert "migration" not in reading.parts

    def test_python_2(self) -> None:
        """What Python 2 prints is the same."""
        text = w.api_call({"maxBandwidth": 52}).replace("'max", "u'max").replace("52", "52L")
        assert formats.read(text).parts["request"] == {"maxBandwidth": 52}

    def test_cut(self) -> None:
        """A request or a call that is cut off is noted, and no other is made of it."""
        request, call = w.api_call({"parallel": 2}), w.migrating({"bandwidth": 52}, 3)
        assert refused(request[:100]) == (
            "the log shows no migration's progress; a request that is cut off (line 1)"
        )
        text = at(10) + request.replace("2}", "2, ") + call.replace("52, ", "52, }")
        text += call.replace("flags 3", "flags x")
        reading = formats.read(text)
        assert set(reading.parts) == {"migration"}
        assert "a libvirt call that is cut off (2 times, first on line 3)" in reading.ignored
        assert "a request that is cut off (line 2)" in reading.ignored
        plain = call.replace("'destination_xml': '...'", "'bandwidth.postcopy': 3")
        assert formats.read(plain).parts["call"].params == {
            "bandwidth": 52,
            "bandwidth.postcopy": 3,
        }
        again = w.vdsm_line("Migrating to somewhere")
        assert "a libvirt call that is cut off (line 2)" in formats.read(at(10) + again).ignored

    def test_twice_the_same_key(self) -> None:
        """A dict that nobody prints is taken for one that is damaged."""
        text = w.api_call({"parallel": 2}).replace("{'parallel': 2}", "{'a': 2, 'a': 3}")
        assert "a request that is cut off (line 2)" in formats.read(at(10) + text).ignored

    def test_settings(self) -> None:
        """A log tells a scenario of its request, though it has the call and samples, too."""
        scenario = zc.Scenario(vm=zc.VM(memory_mib=4096))
        request = engine.vm_migrate(scenario.resolve().parameters, level="4.8")
        call = libvirt_call(request, scenario.host, level="4.8")
        text = w.api_call(request) + w.migrating(dict(call.params), call.flags) + at(10)
        reading = formats.read(text)
        assert formats.scenario(reading).resolve().parameters == scenario.resolve().parameters
        log = w.engine_line(w.engine_parameters(request, (4, 5)))
        both = formats.scenario(reading, formats.read(log))
        assert both.resolve().parameters == scenario.resolve().parameters


class TestVdsmMigrations:
    def test_the_last(self) -> None:
        """Of several migrations of the VM the last counts, and the others are told."""
        start = w.vdsm_line("starting migration to qemu+tls://b/system with miguri tcp://b")
        call = w.api_call({"parallel": 2})
        for between in (start, call, call + start, ""):
            text = start + at(30) + w.vdsm_line("Aborting migration") + between + at(10) + at(20)
            reading = formats.read(text)
            found = reading.parts["migration"].samples
            assert [(each.at_ms, each.status) for each in found] == [(10_000, None), (20_000, None)]
            assert ("request" in reading.parts) == (call in between)
            assert reading.ignored[0] == (
                "1 other migration of the VM: the last one that shows progress counts"
            )

    def test_the_last_with_progress(self) -> None:
        """One of which no progress is told does not hide the one before."""
        text = at(30) + w.vdsm_line("Aborting migration") + w.api_call({"parallel": 2}) * 2
        reading = formats.read(text)
        assert [each.status for each in reading.parts["migration"].samples] == ["cancelled"]
        assert "request" not in reading.parts
        assert reading.ignored[0].startswith("2 other migrations of the VM")

    def test_the_last_by_what_is_told(self) -> None:
        """Where the beginning of another migration is missing, what is sent tells it."""
        text = at(10) + at(20, processed=9000) + at(30, processed=7)
        reading = formats.read(text)
        assert [each.at_ms for each in reading.parts["migration"].samples] == [30_000]
        assert any("1 other migration of the VM" in note for note in reading.ignored)

    def test_parts_in_another_order(self) -> None:
        """Where the newer part of a log comes first, it is refused, once."""
        lines = [at(10), at(20), at(5), at(9)]
        times = ("10:11:02,118+0100", "10:11:12,118+0100", "09:41:02,118+0100", "10:41:02,118+0200")
        stamped = [
            re.sub(r"^\S+ \S+", f"2026-03-02 {time}", line) for time, line in zip(times, lines)
        ]
        found = refused("".join(stamped))
        assert found.startswith(
            "line 3: 2026-03-02 09:41:02,118+0100, after 2026-03-02 10:11:12,118+0100 on line 2: "
            "the parts of the log are not in time order"
        )
        assert "line 4" not in found
        assert formats.read("".join(stamped[2:] + stamped[:2])).form == "vdsm-log"

    @pytest.mark.parametrize(
        "times",
        [
            ("2026-10-25 02:59:00,000", "2026-10-25 02:01:00,000"),
            ("2026-10-25 02:59:00,000+0200", "2026-10-25 02:01:00,000+0100"),
            ("2026-10-25 02:59:00,000-0400", "2026-10-25 02:01:00,000-0500"),
            ("2026-10-25 02:59:59,000+02", "2026-10-25 02:59:02,000+02"),
            ("2026-10-25 02:59:59,000", "2026-02-31 02:59:02,000"),
            ("2026-10-25 02:59:59,000+01", "0001-01-01 00:59:02,000+12"),
        ],
    )
    def test_clocks(self, times: Tuple[str, str]) -> None:
        """Clocks that are set back, threads that wait, and no date at all change no order."""
        text = "".join(re.sub(r"^\S+ \S+", each, at(9)) for each in times)
        assert formats.read(text).form == "vdsm-log"

    def test_several_vms(self) -> None:
        """A log of several VMs is refused with their ids, and read for one of them."""
        text = at(10) + w.api_call({"parallel": 2}, vm=OTHER) + at(20)
        assert refused(text) == f"vm: the text is about 2 VMs, ask for one: {w.VM_ID}, {OTHER}"
        assert len(samples_of(text, vm=w.VM_ID)) == 2
        assert formats.read(text, vm=OTHER).parts["request"] == {"parallel": 2}
        assert f"nothing about 'x', only about {w.VM_ID}" in refused(text, vm="x")
        many = "".join(
            w.vdsm_line("Aborting migration", vm=f"{index:08}-2222-3333-4444-555555555555")
            for index in range(30)
        )
        assert "and 20 more" in refused(at(10) + many[:-1].replace("00000029", w.VM_ID[:8]))

    def test_without_ids(self) -> None:
        """Messages alone are taken, but not where others have an id."""
        bare = at(10)[at(10).index("Migration Progress") :]
        assert len(samples_of(bare + bare)) == 2
        reading = formats.read(bare + at(20))
        assert [each.at_ms for each in reading.parts["migration"].samples] == [20_000]
        assert reading.ignored == ("migration lines without a VM id",)
        for arguments in ({}, {"vm": w.VM_ID}):
            reading = formats.read(at(20) + bare, **arguments)
            assert len(reading.parts["migration"].samples) == 1
            assert reading.ignored == ("a migration line without a VM id (line 2)",)

    def test_nothing(self) -> None:
        """A log with a migration of which nothing is told is refused."""
        start = w.vdsm_line("starting migration to qemu+tls://b/system with miguri tcp://b")
        assert refused(start) == "the log shows no migration's progress"


class TestEngineLog:
    @given(scenarios(), st.sampled_from([(4, 0), (4, 2), (4, 4), (4, 5)]), st.booleans())
    def test_comes_back(self, scenario: zc.Scenario, version: Tuple[int, int], twice: bool) -> None:
        """The request comes back, but for what this Engine does not print."""
        parameters = scenario.resolve().parameters
        level = scenario.vm.level or scenario.cluster.level
        request = engine.vm_migrate(parameters, level=level)
        printed = w.engine_parameters(request, version)
        text = w.engine_commands(printed) if twice else w.engine_line(printed)
        reading = formats.read(text)
        unprinted = {"zerocopy"}
        unprinted |= {"encrypted"} if version < (4, 4) else set()
        unprinted |= {"parallel"} if version < (4, 5) else set()
        expected = {key: value for key, value in request.items() if key not in unprinted}
        assert reading.form == "engine-log"
        assert reading.parts["request"] == expected
        silent = "Engine does not log whether it asks for zero-copy"
        assert (silent in reading.ignored) == ("parallel" in expected)

    def test_settings(self) -> None:
        """A scenario of the log's request sends it again."""
        scenario = zc.Scenario(cluster=zc.Cluster(parallel=4, bandwidth=8000), vm=zc.VM(vcpus=8))
        parameters = scenario.resolve().parameters
        request = engine.vm_migrate(parameters, level="4.8")
        reading = formats.read(w.engine_line(w.engine_parameters(request, (4, 5))))
        assert formats.scenario(reading).resolve().parameters == parameters

    def test_zero_copy(self) -> None:
        """Should an Engine print it, it is taken."""
        printed = w.engine_parameters({"parallel": 2}, (4, 5))
        for value, expected in (("true", {"zerocopy": True}), ("false", {})):
            text = w.engine_line(printed.replace("parallel=", f"zeroCopy='{value}', parallel="))
            request = formats.read(text).parts["request"]
            assert {key: request[key] for key in request if key == "zerocopy"} == expected

    def test_several_vms(self) -> None:
        """A log of several VMs is refused with their ids, and read for one, by id or by name."""
        one, other = (
            w.engine_parameters({"parallel": n}, (4, 5), vm=vm)
            for n, vm in ((2, w.VM_ID), (3, OTHER))
        )
        moved = f"VM '{w.VM_ID}'(db01) moved from 'MigratingFrom' --> 'Up'"
        done = (
            "EVENT_ID: VM_MIGRATION_DONE(63), Migration completed (VM: {}, Source: a, "
            "Destination: b, Duration: 1 minute 3 seconds, Total: 1 minute 3 seconds, "
            "Actual downtime: 98ms)"
        )
        text = "".join(
            map(w.engine_line, [one, other, moved, done.format("db01"), done.format("db02")])
        )
        assert "ask for one" in refused(text)
        for vm in (w.VM_ID, w.VM_ID.upper(), "db01"):
            reading = formats.read(text, vm=vm)
            assert reading.parts["request"]["parallel"] == 2
            assert done.format("db01")[33:] + " (line 4)" in reading.ignored
            assert "events of other VMs" in reading.ignored
        assert formats.read(text, vm=OTHER).parts["request"]["parallel"] == 3
        assert "nothing about" in refused(text, vm="db09")

    def test_parts_in_another_order(self) -> None:
        """The same of Engine's log; lines of other VMs do not count."""
        line = w.engine_line(w.engine_parameters({"parallel": 2}, (4, 5)))
        other = w.engine_line(w.engine_parameters({"parallel": 3}, (4, 5), vm=OTHER))
        older = re.sub(r"^[0-9]{4}", "2011", line)
        assert "line 2: 2011-" in refused(line + older)
        assert "line 2: 2011-" in refused(line + older + other, vm=w.VM_ID)
        assert formats.read(line + older + other, vm=OTHER).parts["request"]["parallel"] == 3
        assert formats.read(older + line).form == "engine-log"

    def test_reruns(self) -> None:
        """The last request of a VM counts; how many there were and what became of them is told."""
        first = w.engine_commands(w.engine_parameters({"parallel": 2}, (4, 5)))
        second = first.replace("parallel='2'", "parallel='3'")
        rerun = w.engine_line(
            "EVENT_ID: VM_MIGRATION_TRYING_RERUN(128), Failed to migrate VM db01 to Host b . "
            "Trying to migrate to another Host."
        )
        reading = formats.read(first + rerun + second)
        assert reading.parts["request"]["parallel"] == 3
        assert rerun[rerun.index("Failed") :].strip() + " (line 3)" in reading.ignored
        assert "1 other request for the VM: the last counts" in reading.ignored

    def test_many_events(self) -> None:
        """Of very many events the last are told."""
        event = "Migration started (VM: db01, Source: a, Destination: b, User: x). "
        text = w.engine_line(w.engine_parameters({}, (4, 5)))
        text += "".join(w.engine_line(f"{event}{index}") for index in range(25))
        ignored = formats.read(text).ignored
        assert f"{event}24 (line 26)" in ignored
        assert f"{event}4 (line 6)" not in ignored
        assert "5 earlier events" in ignored

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (("parallel='2'", "parallel='two'"), "line 1: parallel: 'two' is not a number or null"),
            (("autoConverge='true'", "autoConverge='1'"), "line 1: autoConverge: '1' is not true"),
            (("migrateEncrypted='null'", "migrateEncrypted='x'"), "line 1: migrateEncrypted: 'x'"),
            (("[init=", "[x="), "line 1: convergenceSchedule: '[x="),
            (("init=[]", "init=[a]"), "line 1: convergenceSchedule: '[init=[a]"),
            (("init=[]", "init=" + "[" * 50), "line 1: convergenceSchedule: '[init=[[["),
            (("init=[], stalling=", "init, stalling="), "line 1: convergenceSchedule: '[init, "),
            (("limit=1", "limit=x"), "line 1: convergenceSchedule: 'x' is not a number"),
            (("limit=1", "limit="), "line 1: convergenceSchedule: '[init="),
            (("]'", "'"), "line 1: convergenceSchedule: '[init="),
            (
                ("'[init=[], stalling=[{limit=1}]]'", "'abort'"),
                "line 1: convergenceSchedule: 'abort'",
            ),
        ],
    )
    def test_bounds(self, change: Tuple[str, str], message: str) -> None:
        """What Engine does not print is refused by its name, with the line."""
        schedule = {"init": [], "stalling": [{"limit": 1}]}
        request = {"parallel": 2, "autoConverge": "true", "convergenceSchedule": schedule}
        text = w.engine_line(w.engine_parameters(request, (4, 5)))
        assert change[0] in text
        assert refused(text.replace(*change)).startswith(message)

    def test_empty_schedules(self) -> None:
        """Engine's empty lists, and entries without anything, are what they are."""
        request: Dict[str, Any] = {"convergenceSchedule": {"init": [{}], "stalling": []}}
        text = w.engine_line(w.engine_parameters(request, (4, 5)))
        found = formats.read(text).parts["request"]["convergenceSchedule"]
        assert found == {"init": [{}], "stalling": []}

    @given(st.data())
    def test_cut(self, data: st.DataObject) -> None:
        """Of a log that is cut anywhere comes the whole request or none."""
        request = {"parallel": 12, "maxBandwidth": 1000, "autoConverge": "true"}
        text = w.engine_commands(w.engine_parameters(request, (4, 5)))
        whole = formats.read(text).parts["request"]
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, len(text)))
        try:
            part = formats.read(text[start:end])
        except zc.ZcpolicyError:
            return
        assert part.parts["request"] == whole

    def test_nothing(self) -> None:
        """A log in which the parameters are cut off is refused, with what it tells."""
        text = w.engine_line(w.engine_parameters({}, (4, 5)))[:300]
        event = "Migration failed due to an Error: Fatal error (VM: db01, Source: a).\n"
        assert refused(text + "\n" + event) == (
            "the log has no migration's parameters; parameters that are cut off (line 1); "
            "Migration failed due to an Error: Fatal error (VM: db01, Source: a). (line 2)"
        )


@pytest.fixture
def short_head(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts of a few hundred characters are read in the way of long ones."""
    monkeypatch.setattr(_reading, "_HEAD", 200)


LONG: Dict[str, str] = {
    "vdsm-log": "".join(NOISE) * 3 + at(10) + at(20),
    "engine-log": w.engine_commands(w.engine_parameters({"parallel": 2}, (4, 5))),
    "query-migrate": "".join(
        json.dumps(w.query_migrate({"status": "active", "total-time": n}, {"total": 1})) + "\n"
        for n in range(9)
    ),
    "job-stats": "{'type': 2, 'time_elapsed': 5, 'memory_total': 7}\n" * 9,
    "domjobinfo": w.domjobinfo("Unbounded", {"time_elapsed": 5, "memory_total": 2000}) * 3,
    "info-migrate": w.info_migrate("active", total_ms=5) * 3,
    "dirty-rate": "\n".join(w.query_dirty_rate(n, 5) for n in range(1, 9)),
}


@pytest.mark.usefixtures("short_head")
class TestReadLines:
    @pytest.mark.parametrize("form", LONG)
    def test_is_read(self, form: str) -> None:
        """A long text says line by line what it says as a whole."""
        text = LONG[form]
        whole = formats.read(text, "a.log")
        assert whole.form == form
        lines = text.splitlines(keepends=True)
        assert formats.read_lines(lines, "a.log") == whole
        assert formats.read_lines(text.splitlines(), "a.log") == whole
        assert formats.read_lines(io.BytesIO(text.encode()), "a.log") == whole
        crlf = text.replace("\n", "\r\n").encode("utf-16")
        assert formats.read_lines(io.BytesIO(crlf), "a.log") == whole

    def test_a_log_is_read_as_one(self) -> None:
        """Once a text is seen to be a log, what else is in it does not matter."""
        lines = [at(10), *NOISE * 300, LONG["query-migrate"], "Job type: x\n", at(20)]
        reading = formats.read_lines(lines)
        assert (reading.form, len(reading.parts["migration"].samples)) == ("vdsm-log", 2)

    def test_bytes_that_are_no_text(self) -> None:
        """A cut within a letter costs the letter, which is noted."""
        text = LONG["vdsm-log"].encode().replace(b"\n", b" caf\xc3\n", 2)
        note = "bytes that are not UTF-8, replaced (2 times, first on line 1)"
        whole, lines = formats.read(text), formats.read_lines(io.BytesIO(text))
        assert whole.ignored[0] == lines.ignored[0] == note
        assert whole == lines
        assert whole.parts == formats.read(LONG["vdsm-log"]).parts

    def test_no_form(self) -> None:
        """A long text of no form is refused with how it begins."""
        with pytest.raises(zc.ZcpolicyError, match="begins with 'hello'"):
            formats.read_lines(["hello\n"] * 100)

    def test_several(self) -> None:
        """A long text of two forms is refused; a log may hold what it holds."""
        with pytest.raises(zc.ZcpolicyError, match="'query-migrate' and 'domjobinfo'"):
            formats.read_lines([LONG["query-migrate"], LONG["domjobinfo"]])
        log = [LONG["vdsm-log"], LONG["info-migrate"]]
        assert formats.read_lines(log).form == "vdsm-log"


def lines_of(lines: Any) -> List[str]:
    """The lines as text, whatever is noted."""
    return list(text_lines(lines, Notes()))


class TestTextLines:
    def test_a_short_log(self) -> None:
        """What is no text in it is replaced and noted as in a long one; with NUL it is no text."""
        text = LONG["vdsm-log"].encode().replace(b"\n", b" caf\xc3\n", 1)
        found = formats.read(text)
        assert found.ignored[0] == "bytes that are not UTF-8, replaced (line 1)"
        assert found == formats.read_lines(io.BytesIO(text))
        assert "the text is not UTF-8 (byte" in refused(text + b"\0")

    def test_ends(self) -> None:
        """Lines with ends keep them, the last may lack it; lines without get one."""
        assert lines_of(["a\n", "b"]) == ["a\n", "b"]
        assert lines_of(["a", "b"]) == ["a\n", "b\n"]
        assert lines_of(["a\n", "b", "c\n"]) == ["a\n", "bc\n"]
        assert lines_of([]) == []

    def test_encodings(self) -> None:
        """Marks are none of the text, and what is of no encoding is replaced."""
        assert lines_of([b"\xef\xbb\xbfa\n", b"b\xff\n"]) == ["a\n", "b\ufffd\n"]
        assert lines_of(["\ufeffa\n"]) == ["a\n"]
        for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
            lines = io.BytesIO("a\nb\u0a0a\nc".encode(encoding)).readlines()
            assert lines_of(lines) == ["a\n", "b\u0a0a\n", "c"]

    def test_types(self) -> None:
        """What is no line is refused."""
        with pytest.raises(TypeError, match="lines, each str or bytes"):
            lines_of([3])
