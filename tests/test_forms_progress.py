"""What QEMU, libvirt and virsh tell of migrations: the values come back that were printed."""

import json
import pprint
from typing import Any, Dict, List, Mapping, Optional, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

import writers_progress as w
import zcpolicy as zc
from reading import refused, samples_of
from zcpolicy import formats
from zcpolicy.adapters.libvirt import Flag, virsh_arguments
from zcpolicy.adapters.vdsm import LibvirtCall

MIB = 1 << 20
OTHER = "99999999-2222-3333-4444-555555555555"


counts = st.integers(0, 2**53)
# QEMU prints two decimals.
speeds = st.integers(0, 10_000_000).map(lambda hundredths: hundredths / 100)


@st.composite
def measured(draw: st.DrawFn, at_least: int = 1) -> List[Dict[str, Any]]:
    """Samples of one migration in time order, as plain values; sizes are whole KiB."""
    times = sorted(draw(st.lists(st.integers(1, 2**40), min_size=at_least, max_size=4)))
    length = len(times)
    iterations = sorted(draw(st.lists(counts, min_size=length, max_size=length)))
    sizes = st.integers(0, 2**40).map(lambda kib: kib << 10)
    sent = sorted(draw(st.lists(sizes, min_size=length, max_size=length)))
    total = draw(sizes)
    return [
        {
            "at_ms": at,
            "iteration": iteration,
            "remaining_bytes": draw(sizes),
            "sent_bytes": each,
            "total_bytes": total,
            "zero_pages": draw(counts),
            "normal_pages": draw(counts),
            "dirty_pages_s": draw(st.integers(1, 2**40)),
            "mbps": draw(speeds),
            "throttle": draw(st.none() | st.integers(0, 99)),
            "expected_downtime_ms": draw(st.none() | st.integers(0, 2**40)),
            "page_bytes": draw(st.sampled_from([4096, 65536])),
        }
        for at, iteration, each in zip(times, iterations, sent)
    ]


def ram_of(values: Mapping[str, Any]) -> Dict[str, int]:
    """The same in the words of QEMU's structures."""
    return {
        "total": values["total_bytes"],
        "remaining": values["remaining_bytes"],
        "transferred": values["sent_bytes"],
        "duplicate": values["zero_pages"],
        "normal": values["normal_pages"],
        "dirty_sync_count": values["iteration"],
        "page_size": values["page_bytes"],
        "dirty_pages_rate": values["dirty_pages_s"],
    }


def sample(values: Mapping[str, Any], **more: Any) -> zc.Sample:
    """The sample that a reader is to make of the values."""
    named = {name: value for name, value in values.items() if name != "mbps"}
    return zc.Sample(**{**named, "bytes_s": values["mbps"] * 125000, **more})


def sample_names() -> List[str]:
    return [name for name in zc.Sample.__slots__ if not name.startswith("__")]


def near(read: zc.Sample, expected: zc.Sample, digits: float) -> bool:
    """Whether two samples are equal, but for sizes and rates that were printed with few digits."""
    for field in sample_names():
        one, other = getattr(read, field), getattr(expected, field)
        if field.endswith(("_bytes", "bytes_s")) and other is not None:
            if one is None or abs(one - other) > other * digits + 1:
                return False
        elif one != other:
            return False
    return True


class TestQueryMigrate:
    def reply(self, values: Mapping[str, Any]) -> Dict[str, Any]:
        ram = {name.replace("_", "-"): each for name, each in ram_of(values).items()}
        ram["mbps"] = values["mbps"]
        top = {
            "status": "active",
            "total-time": values["at_ms"],
            "expected-downtime": values["expected_downtime_ms"],
            "cpu-throttle-percentage": values["throttle"],
        }
        told = {name: each for name, each in top.items() if each is not None}
        return w.query_migrate(told, ram, id="libvirt-12")

    @given(measured(), st.sampled_from(["lines", "indented", "python", "list", "noise", "pprint"]))
    def test_comes_back(self, values: List[Dict[str, Any]], how: str) -> None:
        """Replies come back as samples, however they are laid out, with text between or not."""
        replies = [self.reply(each) for each in values]
        lines = [json.dumps(reply) for reply in replies]
        text = {
            "lines": "\n".join(lines),
            "indented": "\n".join(json.dumps(reply, indent=2) for reply in replies),
            "python": "\n".join(map(repr, replies)),
            "list": json.dumps([reply["return"] for reply in replies], indent=1),
            "noise": "".join(f"2026-03-02 10:11:02.118+0000: {line}\n$ date\n" for line in lines),
            "pprint": "\n".join(map(pprint.pformat, replies)),
        }[how]
        reading = formats.read(text)
        assert reading.form == "query-migrate"
        expected = [sample(each, status="active") for each in values]
        assert list(reading.parts["migration"].samples) == expected
        assert any("setup-time, ram.normal-bytes" in note for note in reading.ignored) or any(
            "setup-time" in note for note in reading.ignored
        )

    def test_limit(self) -> None:
        """The downtime limit holds from where it is asked for or set until it is set anew."""
        values = {"status": "active", "total-time": 5}
        lines = [
            {"QMP": {"version": {}}},
            {"execute": "migrate-set-parameters", "arguments": {"downtime-limit": 400}},
            {"return": {}},
            w.query_migrate(values, {"transferred": 1}),
            {"return": {"downtime-limit": 500}},
            w.query_migrate(values, {"transferred": 2}),
        ]
        text = "\n".join(map(json.dumps, lines))
        assert [each.limit_ms for each in samples_of(text)] == [400, 500]
        assert "execute migrate-set-parameters" in formats.read(text).ignored

    @pytest.mark.parametrize(
        "end",
        [{"return": {"status": "failed"}}, {"event": "MIGRATION", "data": {"status": "failed"}}],
    )
    def test_end(self, end: Any) -> None:
        """What ended a migration is told of its last sample; the reply has no time of its own."""
        reply = w.query_migrate({"status": "active", "total-time": 5}, {"transferred": 1})
        found = samples_of("\n".join(map(json.dumps, [reply, end])))
        assert [(each.at_ms, each.status) for each in found] == [(5, "failed")]

    def test_an_end_with_what_else_qemu_tells(self) -> None:
        """Other counters beside the status do not hide that the migration ended; a dump's do."""
        reply = w.query_migrate({"status": "active", "total-time": 5}, {"transferred": 1})
        for more, status in (
            ({"remaining": 0, "vfio": {"transferred": 1}}, "failed"),
            ({"completed": 1, "total": 2}, "active"),
        ):
            end = {"return": {"status": "failed", **more}}
            found = samples_of("\n".join(map(json.dumps, [reply, end])))
            assert [(each.at_ms, each.status) for each in found] == [(5, status)]

    def test_without_a_time(self) -> None:
        """A reply without a time counts as of the start, and the reading says so."""
        text = '{"return": {"status": "failed", "error-desc": "no space"}}'
        (found,) = samples_of(text)
        assert (found.at_ms, found.status, found.sent_bytes) == (0, "failed", None)
        assert formats.read(text).ignored == (
            "error-desc: 'no space'",
            "no time given: the sample counts as at 0 ms",
        )

    def test_two_migrations(self) -> None:
        """Samples that go back in time are refused, with both lines."""
        replies = [
            w.query_migrate({"status": "active", "total-time": at}, {"transferred": 1})
            for at in (9, 5)
        ]
        found = refused("\n".join(map(json.dumps, replies)))
        assert found == (
            "line 2: total-time: 5 ms, after 9 ms on line 1: the text is about two migrations, "
            "or not in time order"
        )
        again = [replies[0], {"return": {"status": "setup"}}]
        assert "line 2: a second migration begins" in refused("\n".join(map(json.dumps, again)))

    @pytest.mark.parametrize(
        ("name", "values", "accepted"),
        [
            ("transferred", (1 << 30, 1 << 20), "1048576 bytes, after 1073741824 bytes"),
            ("dirty-sync-count", (4, 1), "1 iterations, after 4 iterations"),
            ("total", (1 << 30, 1 << 31), "2147483648 bytes, after 1073741824 bytes"),
            ("total", (1 << 31, 1 << 30), "1073741824 bytes, after 2147483648 bytes"),
        ],
    )
    def test_two_that_go_on_in_time(
        self, name: str, values: Tuple[int, int], accepted: str
    ) -> None:
        """Samples of two migrations, or of two VMs, are refused if their times alone fit."""
        replies = [
            w.query_migrate({"status": "active", "total-time": at}, {name: value})
            for at, value in zip((5, 9), values)
        ]
        found = refused("\n".join(map(json.dumps, replies)))
        assert found.startswith(f"line 2: ram.{name}: {accepted} on line 1: the text is about two ")

    def test_what_is_rounded(self) -> None:
        """What seems to go back by rounding alone, and a total of 0, are of one migration."""
        ram = [{"transferred": 1 << 30, "total": 0}, {"transferred": (1 << 30) - 9, "total": 99}]
        ram += [{"transferred": 1 << 30, "total": 0}]
        text = "\n".join(
            json.dumps(w.query_migrate({"status": "active", "total-time": 5}, each)) for each in ram
        )
        assert len(samples_of(text)) == 3

    @pytest.mark.parametrize(
        ("value", "path"),
        [
            ({"total-time": -1}, "total-time"),
            ({"total-time": "5"}, "total-time"),
            ({"total-time": 5, "ram": {"transferred": 2**64}}, "ram.transferred"),
            ({"total-time": 5, "ram": {"transferred": 1, "mbps": "x"}}, "ram.mbps"),
            ({"total-time": 5, "cpu-throttle-percentage": 150}, "cpu-throttle-percentage"),
            ({"total-time": 5, "status": 3, "ram": {"remaining": 1}}, "status"),
        ],
    )
    def test_bounds(self, value: Any, path: str) -> None:
        """A value that cannot be is refused by QEMU's name for it, with its line."""
        reply = {"status": "active", "ram": {"transferred": 1}, **value}
        assert refused("\n" + json.dumps({"return": reply})).startswith(f"line 2: {path}: ")

    def test_cut_off(self) -> None:
        """A reply that is cut off is noted, and what follows is read."""
        reply = json.dumps(w.query_migrate({"status": "active", "total-time": 5}, {"total": 1}))
        for before in (reply[:40], f"reply: {reply[:40]}", '{\n "return": {\n'):
            for after in (reply, f"reply: {reply}"):
                reading = formats.read(f"{before}\n{after}")
                assert len(reading.parts["migration"].samples) == 1
                assert "JSON that breaks off (line 1)" in reading.ignored
        reading = formats.read(f"{reply}\n{reply[:-9]}")
        assert "JSON that breaks off (line 2)" in reading.ignored

    def test_what_else_is_there(self) -> None:
        """Another document is refused with its line, other traffic is named."""
        reply = json.dumps(w.query_migrate({"status": "active", "total-time": 5}, {"total": 1}))
        assert refused(reply + '\n{"level": "4.7"}').startswith("line 2: a JSON value that is no")
        reading = formats.read(f'{reply}\n{{"event": "STOP"}}\n{{"event": "STOP"}}\n{{"a": 1.}}')
        assert "event STOP (2 times)" in reading.ignored
        assert "JSON that breaks off (line 4)" in reading.ignored

    def test_broken_documents(self) -> None:
        """What begins like a value and is none is noted, and values behind it are read."""
        reply = json.dumps(w.query_migrate({"status": "active", "total-time": 5}, {"total": 1}))
        within = '{"return":\n {"ram": {"total": 1}, "status": "active",\n "total-time": 5}}\n'
        assert [each.at_ms for each in samples_of(within)] == [5]
        for broken, why in (
            ('{"a":\n ]}', "JSON that breaks off"),
            ('{"a": 1,\n "a": 2}', "refused: a: the key is given twice"),
            ('{"a":\n' + '"b" x\n' * 3 + "}", "JSON that breaks off"),
        ):
            reading = formats.read(f"{broken}\n{reply}")
            assert len(reading.parts["migration"].samples) == 1
            assert f"{why} (line 1)" in reading.ignored
        reading = formats.read('{"a": tru}\n' * 30 + reply)
        assert sum("JSON that breaks off" in note for note in reading.ignored) == 1

    def test_no_migration(self) -> None:
        """Where no reply is of a migration, the text is refused."""
        text = json.dumps({"return": {"dirty-sync-count": 3}})
        assert refused(text) == "no migration is running; return"
        text = '{"return": {"ram": {"total": 10, "transferred": 1},'
        assert refused(text) == "no migration is running; JSON that breaks off (line 1)"

    def test_many_are_noted_in_short(self) -> None:
        """However much else is there, what was ignored is a few words."""
        lines = [{"event": f"E{index}"} for index in range(100)]
        others = {f"x{index}": 1 for index in range(100)}
        reply = w.query_migrate({"status": "active", "total-time": 5, "x": others}, {"total": 1})
        text = "\n".join(map(json.dumps, [*lines, reply, reply]))
        ignored = formats.read(text).ignored
        assert len(ignored) < 50
        assert ignored[-1] == "188 other things"
        assert ignored[-2].endswith(" and 20 more")


class TestInfoMigrate:
    @given(measured())
    def test_comes_back(self, values: List[Dict[str, Any]]) -> None:
        """What the monitor prints comes back, once or several times."""
        text = "".join(
            "(qemu) info migrate\r\n"
            + w.info_migrate(
                "active",
                total_ms=each["at_ms"],
                expected_ms=each["expected_downtime_ms"],
                ram=ram_of(each),
                mbps=each["mbps"],
                throttle=each["throttle"],
            ).replace("\n", "\r\n")
            for each in values
        )
        reading = formats.read(text.encode())
        assert reading.form == "info-migrate"
        expected = [sample(each, status="active") for each in values]
        assert list(reading.parts["migration"].samples) == expected
        assert "only-migratable" in reading.ignored[0]

    @given(measured())
    def test_new_layout(self, values: List[Dict[str, Any]]) -> None:
        """What QEMU prints from 10.1 on comes back with the three digits that it has."""
        text = "".join(
            w.new_info_migrate(
                "postcopy-active",
                total_ms=each["at_ms"],
                expected_ms=each["expected_downtime_ms"],
                downtime_ms=3,
                ram=ram_of(each),
                mbps=each["mbps"],
                throttle=each["throttle"],
            )
            for each in values
        )
        found = samples_of(text)
        assert len(found) == len(values)
        for read, each in zip(found, values):
            expected = sample(each, status="postcopy-active", downtime_ms=3)
            assert near(read, expected, 0.005), (read, expected)

    def test_failed(self) -> None:
        """Of a migration that failed the monitor tells no time; why is noted."""
        end = w.info_migrate("failed", total_ms=0, error="Broken pipe")
        ram = ram_of(dict.fromkeys(sample_names(), 4096))
        before = w.info_migrate("active", total_ms=9, ram=ram)
        assert [(each.at_ms, each.status) for each in samples_of(before + end)] == [(9, "failed")]
        assert [(each.at_ms, each.status) for each in samples_of(end)] == [(0, "failed")]
        assert any("Broken pipe" in note for note in formats.read(end).ignored)

    def test_limit(self) -> None:
        """The downtime limit that is printed beside it is the sample's."""
        text = w.info_migrate("active", total_ms=9) + "downtime-limit: 300 ms\n"
        assert [each.limit_ms for each in samples_of(text + text)] == [300, 300]
        assert samples_of(text.replace("300 ms", "300 milliseconds"))[0].limit_ms == 300

    def test_limit_first(self) -> None:
        """Where the limit is printed before the first sample, it is that of what follows."""
        text = w.info_migrate("active", total_ms=9)
        limits = [f"downtime-limit: {limit} ms\n" for limit in (300, 500)]
        found = samples_of(limits[0] + text + text + limits[1] + text)
        assert [each.limit_ms for each in found] == [300, 300, 500]

    def test_a_beginning_that_is_cut_off(self) -> None:
        """A second value in one sample is refused, since it is of another one."""
        text = w.info_migrate("active", total_ms=9)
        other = w.info_migrate("active", total_ms=12).replace("Migration status", "Migr")
        assert refused(text + other).startswith(
            "line 13: total time: 12 ms is the second value of the sample that begins on line "
        )
        assert samples_of(text + text.replace("Migration status", "Migr"))[0].at_ms == 9

    def test_blanks_of_a_web_page(self) -> None:
        """Blanks that do not break a line are blanks."""
        for text in (w.info_migrate("active", total_ms=9), "Job type: 2\n\ntime_elapsed: 9 \n"):
            assert samples_of(text.replace(": ", ":\xa0")) == samples_of(text)

    def test_units(self) -> None:
        """A value in a unit that QEMU does not print is refused by its label."""
        text = w.info_migrate("active", total_ms=9)
        assert refused(text.replace("9 ms", "9 s")) == (
            "line 6: total time: '9 s' is not a number with ms or milliseconds"
        )
        assert samples_of(text.replace(" ms", " milliseconds"))[0].at_ms == 9
        assert "total time" in refused(text.replace("9 ms", "9" * 30 + " ms"))
        assert "total time" in refused(text.replace("9 ms", "ms ms ms"))
        assert "dirty sync count" in refused(text + "dirty sync count: 4 pages\n")

    def test_other_statuses(self) -> None:
        """A status that is none of QEMU's begins no sample."""
        reading = formats.read(w.info_migrate("active", total_ms=9) + "Status: fine\n")
        assert len(reading.parts["migration"].samples) == 1
        assert "1 other line, the first: 'Status: fine'" in reading.ignored

    def test_many_faults(self) -> None:
        """Of very many faults the first are told."""
        text = w.info_migrate("active", total_ms=9) + "dirty sync count: x\n" * 50
        assert len(refused(text).split("\n")) == 20

    def test_a_head_that_is_cut_off(self) -> None:
        """Values before the first status are noted, since it is unknown what they are of."""
        block = w.info_migrate("active", total_ms=9)
        reading = formats.read("total time: 3 ms\n" + block)
        assert len(reading.parts["migration"].samples) == 1
        assert "values before the first sample, whose start is cut off" in reading.ignored


JOB = {
    "time_elapsed": "at_ms",
    "memory_iteration": "iteration",
    "memory_remaining": "remaining_bytes",
    "memory_processed": "sent_bytes",
    "memory_total": "total_bytes",
    "memory_constant": "zero_pages",
    "memory_normal": "normal_pages",
    "memory_dirty_rate": "dirty_pages_s",
    "memory_page_size": "page_bytes",
    "auto_converge_throttle": "throttle",
    "downtime": "expected_downtime_ms",
}


def job_of(values: Mapping[str, Any]) -> Dict[str, int]:
    """The statistics that libvirt makes of the values; it leaves out some that are 0."""
    found = {name: values[field] for name, field in JOB.items() if values[field] is not None}
    found["memory_bps"] = int(values["mbps"] * 10**6 / 8)
    for name in ("memory_bps", "auto_converge_throttle"):
        if found.get(name) == 0:
            del found[name]
    disks = {"data_total": values["total_bytes"] + MIB, "data_processed": values["sent_bytes"]}
    return {**found, **disks, "data_remaining": values["remaining_bytes"], "setup_time": 7}


def job_sample(values: Mapping[str, Any]) -> zc.Sample:
    """The sample that a reader is to make of these."""
    rate = int(values["mbps"] * 10**6 / 8)
    return sample(values, bytes_s=rate or None, throttle=values["throttle"] or None)


class TestJobs:
    @given(measured(), st.sampled_from(["json", "python", "python 2", "list"]))
    def test_job_stats(self, values: List[Dict[str, Any]], how: str) -> None:
        """Libvirt's dict comes back, as JSON or as Python prints it."""
        stats = [{"type": 2, "operation": 5, **job_of(each)} for each in values]
        python = "\n".join(map(repr, stats))
        text = {
            "json": "\n".join(map(json.dumps, stats)),
            "python": python,
            "python 2": python.replace("'memory", "u'memory")
            .replace(", ", "L, ")
            .replace("'L", "'"),
            "list": json.dumps(stats, indent=4),
        }[how]
        reading = formats.read(text)
        assert reading.form == "job-stats"
        expected = [job_sample(each) for each in values]
        assert list(reading.parts["migration"].samples) == expected
        assert reading.ignored == ("not taken: setup_time",)

    @given(measured(), st.booleans())
    def test_domjobinfo(self, values: List[Dict[str, Any]], comma: bool) -> None:
        """What virsh prints comes back in any unit, with the three decimals that it has."""
        text = "\n".join(w.domjobinfo("Unbounded", job_of(each)) for each in values)
        if comma:
            # A language whose decimals have one.
            text = text.replace(".", ",")
        reading = formats.read("Every 10.0s: virsh domjobinfo db01\n\n" + text)
        assert reading.form == "domjobinfo"
        found = reading.parts["migration"].samples
        assert len(found) == len(values)
        for read, each in zip(found, values):
            assert near(read, job_sample(each), 0.0006), (read, each)

    @given(measured())
    def test_rawstats(self, values: List[Dict[str, Any]]) -> None:
        """With --rawstats the values come back exactly."""
        text = "".join(w.raw_domjobinfo(2, job_of(each)) for each in values)
        expected = [job_sample(each) for each in values]
        assert list(samples_of(text)) == expected

    @pytest.mark.parametrize(
        ("kind", "number", "status"),
        [("Completed", 3, "completed"), ("Failed", 4, "failed"), ("Cancelled", 5, "cancelled")],
    )
    def test_ended(self, kind: str, number: int, status: str) -> None:
        """How a job ended is its status, and the downtime is real only if it completed."""
        stats = {"time_elapsed": 5, "downtime": 3}
        expected = (3, None) if status == "completed" else (None, 3)
        for text in (
            w.domjobinfo(kind, stats),
            w.raw_domjobinfo(number, stats),
            repr({"type": number, **stats}),
        ):
            (found,) = samples_of(text)
            assert found.status == status
            assert (found.downtime_ms, found.expected_downtime_ms) == expected

    def test_ended_without_statistics(self) -> None:
        """A job of which no statistics are printed says what became of the sample before."""
        text = w.domjobinfo("Unbounded", {"time_elapsed": 5}) + w.domjobinfo("Failed", {})[:70]
        assert [(each.at_ms, each.status) for each in samples_of(text)] == [(5, "failed")]

    @pytest.mark.parametrize("text", ["{'type': 0}", w.domjobinfo("None", {})])
    def test_no_job(self, text: str) -> None:
        """Where no job runs, the text is refused."""
        assert refused(text) == "no migration is running; no job runs"

    def test_other_jobs(self) -> None:
        """The progress of a job that is no migration is refused."""
        text = w.domjobinfo("Unbounded", {"time_elapsed": 5}, operation="Save")
        assert refused(text) == "line 1: Operation: the job is 'Save', not a migration"
        assert "operation" in refused("{'type': 2, 'operation': 2, 'time_elapsed': 5}")
        assert "line 1: type: 9 is not" in refused("{'type': 9, 'time_elapsed': 5}")
        assert "line 2: a JSON" in refused("{'type': 2, 'time_elapsed': 5}\n{'a': 1}")

    def test_data(self) -> None:
        """Where no memory is told, the job's data are it; why it failed is noted."""
        text = "{'type': 4, 'time_elapsed': 5, 'data_total': 7, 'errmsg': 'no space'}"
        assert samples_of(text)[0].total_bytes == 7
        assert "errmsg: no space" in formats.read(text).ignored


class TestDirtyRate:
    @given(
        st.lists(st.tuples(st.integers(1, 60), st.integers(0, 10**6)), min_size=1, max_size=3),
        st.sampled_from(["second", "millisecond", None]),
    )
    def test_replies(self, rates: List[Any], unit: Optional[str]) -> None:
        """What QEMU measured comes back, in seconds and MiB/s."""
        text = "\n".join(w.query_dirty_rate(period, rate, unit) for period, rate in rates)
        reading = formats.read(text)
        scale = 1000 if unit == "millisecond" else 1
        expected = [(period / scale if scale > 1 else period, rate) for period, rate in rates]
        kept = [
            each for index, each in enumerate(expected) if index == 0 or each != expected[index - 1]
        ]
        assert reading.form == "dirty-rate"
        assert list(reading.parts["dirty_rates"]) == kept

    def test_domstats(self) -> None:
        """What virsh prints of a VM comes back; of several one is asked for by its name."""
        both = w.domstats("db01", 1, 1024) + "\n" + w.domstats("db02", 2, 7)
        assert formats.read(w.domstats("db01", 1, 1024)).parts["dirty_rates"] == ((1, 1024),)
        assert "ask for one: db01, db02" in refused(both)
        reading = formats.read(both, vm="db02")
        assert reading.parts["dirty_rates"] == ((2, 7),)
        assert "the VM 'db01'" in reading.ignored
        assert "nothing about 'x', only about db01, db02" in refused(both, vm="x")

    def test_several_of_one_vm(self) -> None:
        """Each measurement counts once, told by its beginning, however often it was asked for."""
        reply = w.query_dirty_rate(1, 7)
        later = json.dumps({"return": {**json.loads(reply)["return"], "start-time": 999999}})
        rates = formats.read("\n".join((reply, reply, later))).parts["dirty_rates"]
        assert rates == ((1, 7), (1, 7))

    def test_domstats_without_the_name(self) -> None:
        """Measurements of which no line names the VM are one VM's, which is noted."""
        one, other = (w.domstats("db01", *each) for each in ((1, 1024), (60, 7)))
        bare = one.partition("\n")[2] + other.partition("\n")[2]
        reading = formats.read(bare)
        assert reading.parts["dirty_rates"] == ((1, 1024), (60, 7))
        assert "no line names the VM: all measurements count as one VM's" in reading.ignored
        message = refused(one + other.partition("\n")[2])
        assert "a second one for 'db01', or for a VM that no line names" in message

    def test_not_yet(self) -> None:
        """A measurement that is not over is none."""
        assert "a measurement with status measuring (line 1)" in refused(
            w.domstats("db01", 1, None)
        )
        unstarted = '{"return": {"status": "unstarted", "calc-time": 1}}'
        assert "a measurement with status unstarted" in refused(unstarted)

    @pytest.mark.parametrize(
        ("change", "path"),
        [
            (('"calc-time": 1,', '"calc-time": 0,'), "line 1: calc-time: "),
            (('"calc-time": 1,', '"calc-time": "1",'), "line 1: calc-time: "),
            (('"dirty-rate": 5', '"dirty-rate": -5'), "line 1: dirty-rate: "),
            (('"second"', '"hour"'), "line 1: calc-time-unit: "),
            (('"second"', "3"), "line 1: calc-time-unit: "),
            (('"measured"', '"done"'), "line 1: status: "),
            (('"return"', '"x"'), "line 1: a JSON value"),
        ],
    )
    def test_bounds(self, change: Any, path: str) -> None:
        """A value that cannot be is refused by QEMU's name for it."""
        text = w.query_dirty_rate(1, 5).replace(*change)
        assert refused(text).startswith(path)

    def test_odd_statistics(self) -> None:
        """Virsh's values are checked like QEMU's, and other statistics are named."""
        text = w.domstats("db01", 1, 5)
        assert "status: 7 is not" in refused(text.replace("status=2", "status=7"))
        assert "calc_period: 'x'" in refused(text.replace("period=1", "period=x"))
        bare = text[text.index("  dirtyrate") :]
        assert formats.read(bare).parts["dirty_rates"] == ((1, 5),)
        reading = formats.read("$ virsh domstats\n" + text + "  balloon.current=3\n\n{'calc")
        assert any("balloon.current" in note for note in reading.ignored)
        assert any("$ virsh domstats" in note for note in reading.ignored)


uris = st.sampled_from(["qemu+tls://b/system", "qemu+ssh://root@b.example.com/system?a=1&b=2"])


class TestVirshMigrate:
    params = st.fixed_dictionaries(
        {},
        optional={
            "bandwidth": st.integers(0, 2**64 - 1),
            "bandwidth.postcopy": st.integers(0, 2**64 - 1),
            "parallel.connections": st.integers(-(2**31), 2**31 - 1),
            "compression": st.sampled_from(["xbzrle", ("zlib", "mt")]),
            "migrate_disks": st.sampled_from(["vda", ("vda", "vdb")]),
            "compression.zstd.level": st.integers(0, 20),
            "migrate_uri": st.sampled_from(["tcp://192.0.2.2", "tcp://a b'c\"d\\"]),
            "tls.destination": st.just("b.example.com"),
        },
    )

    @given(
        st.sets(st.sampled_from(list(Flag))),
        params,
        st.sampled_from(["db01", "my vm", "-odd", "it's", 'a"b', "a;b"]),
        uris,
        st.randoms(),
        st.booleans(),
    )
    def test_comes_back(
        self, flags: Any, params: Dict[str, Any], vm: str, uri: str, random: Any, joined: bool
    ) -> None:
        """The call comes back from the command, in any order, quoted as a shell wants it."""
        made = Flag(sum(flags))
        arguments = list(virsh_arguments(made, params, domain=vm, desturi=uri))
        groups: List[List[str]] = []
        for word in arguments[1:]:
            if word.startswith("--") and word != vm:
                groups.append([word])
            else:
                groups[-1].append(word)
        random.shuffle(groups)
        if joined:
            groups = [["=".join(group)] if len(group) == 2 else group for group in groups]
        words = [word for group in groups for word in group]
        line = w.shell_line(["virsh", "-c", "qemu:///system", "migrate", *words])
        reading = formats.read(line.replace(" --", " \\\n> --"))
        assert reading.form == "virsh-migrate"
        assert reading.parts["call"] == LibvirtCall(flags=made, params=params)
        assert set(reading.ignored) >= {f"--domain {vm}", f"--desturi {uri}"}

    @pytest.mark.parametrize(
        "line",
        [
            "virsh migrate --live --bandwidth 7 db01 qemu+ssh://b/system tcp://x",
            "[root@a ~]# sudo /usr/bin/virsh -q --connect=qemu:///system migrate --live "
            "--bandwidth=7 db01 qemu+ssh://b/system tcp://x 2>&1 | tee log",
            "virsh # migrate --bandwidth 7 --live -- db01 qemu+ssh://b/system tcp://x  # now",
            "virsh 'migrate --live db01 --bandwidth 7 \"qemu+ssh://b/system\" tcp://x'",
            "virsh migrate --live --bandwidth 7 d\\b01 qemu+ssh://b/system 'tcp://x'",
            "migrate --live --bandwidth 7 db01 qemu+ssh://b/system tcp://x",
            "do virsh migrate --bandwidth 7 --live db01 qemu+ssh://b/system tcp://x; done",
        ],
    )
    def test_ways_to_type_it(self, line: str) -> None:
        """A command is the same behind a prompt, sudo, virsh's own options, or in its shell."""
        reading = formats.read(f"some words\n{line}\nMigration: [100 %]\n")
        params = {"bandwidth": 7, "migrate_uri": "tcp://x"}
        call = LibvirtCall(flags=Flag.VIR_MIGRATE_LIVE, params=params)
        assert reading.parts["call"] == call
        assert {"--domain db01", "--desturi qemu+ssh://b/system"} <= set(reading.ignored)
        assert "other lines, the first: 'some words'" in reading.ignored[-1]

    def test_others_are_named(self) -> None:
        """Options about other things than the call's parameters are told by name."""
        reading = formats.read("virsh migrate --tunneled --suspend --timeout 30 --verbose a b")
        flags = Flag.VIR_MIGRATE_TUNNELLED | Flag.VIR_MIGRATE_PAUSED
        assert reading.parts["call"].flags == flags
        assert reading.ignored[:2] == ("--timeout 30", "--verbose")

    def test_faults(self) -> None:
        """All that virsh would refuse is told at once, with what was probably meant."""
        line = (
            "virsh migrate --bandwidht 3 --live=yes --parallel-connections $N --postcopy --postcopy"
        )
        assert refused(line + " a b c d e f g h i j k --bandwidth").split("\n") == [
            "--bandwidht: virsh migrate has no such option; did you mean '--bandwidth'?",
            "--live: the option takes no value",
            "--postcopy: it is given twice",
            "unexpected data 'j'",
            "unexpected data 'k'",
            "--bandwidth: the value is missing",
            "--parallel-connections: '$N' is not an integer from -2147483648 to 2147483647",
            "--disks-port: 'i' is not an integer from -2147483648 to 2147483647",
        ]
        assert "--bandwidth: -1 is not" in refused("virsh migrate --bandwidth -1 a b")

    def test_a_second_command(self) -> None:
        """Two commands are refused with the line of the second."""
        text = "virsh migrate --live a qemu://b/system\n" * 2
        assert refused(text) == "a second command begins on line 2: give them one by one"

    @pytest.mark.parametrize(
        "text", ["virsh migrate-setspeed a 3", "we migrate it", "virsh migrate", "virsh -c"]
    )
    def test_no_command(self, text: str) -> None:
        """Other commands, and prose, are none."""
        assert "of no known form" in refused(text)
