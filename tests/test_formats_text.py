"""Any text: which form it has, in which encoding, with what around it; and what is none."""

import gzip
import json
import sys
from typing import Dict, Union
from xml.sax.saxutils import escape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import zcpolicy as zc
from importing import imported
from printing import QUOTED, domain_xml, rest_xml
from refusals import refused
from zcpolicy import formats
from zcpolicy.formats._reading import _forms
from zcpolicy.formats._text import decoded
from zcpolicy.testing import scenario_documents

SCENARIO = '{"vm": {"vcpus": 3}}'
PARTS = {"vm": {"vcpus": 3}}


class TestNames:
    """The public names."""

    def test_all(self) -> None:
        """There are these, each of which says where users import it."""
        assert formats.__all__ == ["Reading", "read", "read_lines", "scenario", "simulation"]
        for name in formats.__all__:
            thing = getattr(formats, name)
            assert (thing.__module__, thing.__name__) == ("zcpolicy.formats", name)
            assert thing.__doc__
        assert zc.formats is formats

    def test_it_waits(self) -> None:
        """The forms are imported when they are asked for, and not with the library."""
        assert "zcpolicy.formats" not in imported().alone
        assert "zcpolicy.formats" in imported().forms


class TestEncodings:
    """Bytes to text."""

    @pytest.mark.parametrize(
        "data",
        [
            SCENARIO,
            SCENARIO.encode(),
            bytearray(SCENARIO.encode()),
            SCENARIO.encode("utf-8-sig"),
            "\ufeff" + SCENARIO,
            SCENARIO.encode("utf-16"),
            SCENARIO.encode("utf-16-le"),
            SCENARIO.encode("utf-16-be"),
            b"\xfe\xff" + SCENARIO.encode("utf-16-be"),
            f"\r\n{SCENARIO}\r\n",
            f"\n\n  {SCENARIO}  \n",
        ],
    )
    def test_each(self, data: Union[str, bytes]) -> None:
        """A text is the same with and without a byte order mark, in UTF-16, with CRLF."""
        reading = formats.read(data)
        assert (reading.form, reading.parts, reading.ignored) == ("scenario", PARTS, ())

    @pytest.mark.parametrize(
        "text",
        [
            f"\x1b[?2004h[root@h ~]# cat x\r\n\x1b[?2004l\r{SCENARIO}\r\n\x1b[?2004h[root@h ~]# ",
            f"\x1b]0;root@h\x07\x1b[01;31m\x1b[K{SCENARIO}\x1b[m\x1b[K\n",
            f"\r\r\n{SCENARIO}\r\r\n",
            SCENARIO.replace("{", "{\r"),
            f"$ cat x y\n\ufeff\ufeff{SCENARIO}\n\ufeff",
            "> \ufeff" + SCENARIO.replace(" ", "\n> "),
            "".join(f"  > {line}\n" for line in ("{", ' "vm":', ' {"vcpus": 3}', "}")),
            f"On Friday somebody wrote:\n> $ cat x\n> {SCENARIO}\n",
            "> > " + SCENARIO.replace(" ", "\n>>\t") + "\n\nGreetings",
            "".join(f">{line}\n" for line in ("{", ' "vm":', ' {"vcpus": 3}', "}")),
        ],
    )
    def test_what_a_terminal_or_a_mail_adds(self, text: str) -> None:
        """What a terminal is told and a mail's marks of quoting are no part of the text."""
        assert formats.read(text).parts == PARTS
        assert formats.read_lines(text.encode().splitlines(True)).parts == PARTS
        quoted = any(["marks" in note for note in formats.read(text).ignored])
        assert quoted == (">" in text)

    def test_few_lines_that_begin_like_quoted_ones(self) -> None:
        """Where most lines are not quoted, marks like those of quoting are the text's."""
        text = "<domain\n  type='kvm'\n>\n  <vcpu>3</vcpu>\n</domain>"
        assert formats.read(text) == formats.read("<domain><vcpu>3</vcpu></domain>")

    def test_crlf_counts_as_one_line(self) -> None:
        """Places are told by the lines that people see."""
        error = refused(formats.read, '{"vm":\r\n{"vcpus": 3,}}\r\n')
        assert "line 2" in str(error)

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"\x80abc", "not UTF-8 (byte 0, line 1)"),
            (b'{"vm":\n"\xff"}', "not UTF-8 (byte 8, line 2)"),
            (b"\xff\xfea", "not UTF-16"),
            (b"a\xff\0\0", "not UTF-8"),
            (b"abc\0def", "NUL"),
            (gzip.compress(b"{}", mtime=0), "gzip"),
            (b"PK\x03\x04", "zip"),
            (None, "str or bytes"),
            (5, "str or bytes"),
        ],
    )
    def test_no_text(self, data: bytes, words: str) -> None:
        """What is no text is refused, with what it is."""
        assert words in str(refused(formats.read, data))

    def test_the_source(self) -> None:
        """A reading keeps what its caller calls the text."""
        assert formats.read(SCENARIO, "a.json").source == "a.json"
        assert formats.read(SCENARIO).source is None

    @pytest.mark.parametrize("encoding", ["ISO-8859-1", "iso-8859-15", "windows-1252"])
    def test_xml_says_its_encoding(self, encoding: str) -> None:
        """XML in an encoding that it declares is read in that; as what it is no longer, refused."""
        inside = "<name>caf\u00e9</name><memory unit='MiB'>2048</memory><vcpu>1</vcpu>"
        text = f'<?xml version="1.0" encoding="{encoding}"?>\n<domain type="kvm">{inside}</domain>'
        whole = formats.read(text)
        assert formats.read(text.encode(encoding)) == whole
        assert formats.read(text.encode("utf-8")) == whole
        other = text.replace(encoding, "koi8-u")
        with pytest.raises(zc.ZcpolicyError, match="not UTF-8"):
            formats.read(other.encode("latin-1"))


class TestNoise:
    """What is around a document."""

    @pytest.mark.parametrize("document", [SCENARIO, repr(json.loads(SCENARIO)), " {\n'vm': {} }"])
    @pytest.mark.parametrize(
        ("before", "behind"),
        [("[root@host ~]# cat it\n", "\n"), ("", "\n[root@host ~]# "), ("x = ", "; {x}\n<\n")],
    )
    def test_json(self, document: str, before: str, behind: str) -> None:
        """A prompt, a command, an assignment before a document and behind it are ignored, told."""
        reading = formats.read(before + document + behind)
        assert reading.form == "scenario"
        (told,) = reading.ignored
        assert told.startswith("around the document: ")

    def test_xml(self) -> None:
        """So they are around XML, even behind an element that is empty."""
        inside = "<memory unit='GiB'>1</memory>"
        for domain in (f"<domain>{inside}</domain >", f"<domain a='>' >{inside}</domain>"):
            reading = formats.read(f"# virsh dumpxml db01\n{domain}\n\nbye\n")
            assert reading.parts == {"vm": {"memory_mib": 1024}}
            assert reading.ignored == (
                "around the document: '# virsh dumpxml db01' and 1 more line",
            )
        assert formats.read("<domain/></x>").ignored == ("around the document: '</x>'",)
        assert formats.read("<domain a='/'></domain>/>").ignored == ("around the document: '/>'",)

    def test_long_noise(self) -> None:
        """Of long noise the beginning is told, and how many lines there are."""
        reading = formats.read("x" * 200 + "\n" + SCENARIO + "\ny\nz")
        (told,) = reading.ignored
        assert told.endswith("xxx...' and 2 more lines")
        assert len(told) < 120


class TestForms:
    """Which form a text has."""

    @given(document=scenario_documents())
    def test_scenarios(self, document: object) -> None:
        """Every scenario is one, and not something else."""
        assert formats.read(json.dumps(document)).form == "scenario"

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            (f"{SCENARIO}\n\n{SCENARIO}", 3),
            (f"{SCENARIO}\n<domain/>", 2),
            (f"<domain/>\n{SCENARIO}", 2),
            ("<domain/>\n<domain/>", 2),
            (f"{SCENARIO}\nengine-config -s MigrationPolicies='[]'", 2),
            ("<domain/>\nengine-config -s MigrationPolicies='[]'", 2),
        ],
    )
    def test_a_second_thing(self, text: str, line: int) -> None:
        """A text with two things is refused, with the line of the second."""
        assert f"line {line}" in str(refused(formats.read, text))

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "empty"),
            (" \n", "empty"),
            ("hello\nworld", "begins with 'hello'"),
            ("<!DOCTYPE html>\n<html><head>", "web page"),
            ("[1, 2]", "[1, 2]"),
            ('"text"', "'text'"),
            ('"[{"', "'[{'"),
            ("<HTML><body/></HTML>", "web page"),
            ("<x:y xmlns:x='z'/>", "<x:y>"),
            ("<host/>", "getCapabilities"),
            ("globals:\nstore-global-state: on\n", "shows no migration"),
            ("Status: measured\nSample Pages: 512 (per GB)\n", "virsh domstats"),
            ("Id: 7\nMax memory:     8388608 KiB\n", "virsh dumpxml"),
            ('{"vmId": "x", "status": "Up"}', "not a VM.migrate request"),
            ("{'vmId': 'x', 'enableGuestEvents': True, 'migrationDest': 'libvirt'}", "not a VM.mi"),
            ("<fault><reason>No</reason><detail>x</detail></fault>", "fault: 'No', 'x'"),
            ("<action><fault><reason>No</reason></fault></action>", "fault: 'No'"),
            ('{"fault": {"reason": "No", "detail": "x"}}', "fault: 'No', 'x'"),
            ('{"reason": "No", "detail": 1}', "fault: 'No'"),
            ('{"fault": 1}', "'fault'"),
            ('{"vmMigrate": {}, "notices": []}', "vmMigrate or its libvirt"),
            ('{"clutser": {}, "b": 1}', "did you mean 'cluster'"),
            ('{"a": {}, "b": 1}', "the keys 'a', 'b'"),
            ('{"vm": {"vcpus": 3,}}', "(line 1, column "),
            ('{"vm": {"vcpus": 1, "vcpus": 2}}', "given twice"),
            ("{'vm': {'vcpus': <X>}}", "line 1, column 18"),
            ("{'vm': {'vcpus': X}}", "line 1, column 18"),
            ("{'vm': {'vcpus': 3)}", "line 1, column 19"),
            ("{'vm': {'vcpus': 3}", "line 1, column 20"),
            ("{'vm': 3 4}", "not JSON"),
            ("<domain><memory>1</domain>", "not XML: mismatched tag (line 1)"),
            ("\n<domain>\n<memory>", "not XML"),
            ("<!DOCTYPE domain [<!ENTITY a 'b'>]>\n<domain/>", "DOCTYPE is not read"),
            ("<?xml version='1.0'?>\n<!DOCTYPE domain><domain/>", "(line 2)"),
            ("<domain>&a;</domain>", "undefined entity"),
            ("<domain>\ud800</domain>", "not XML"),
        ],
    )
    def test_no_form(self, text: str, words: str) -> None:
        """What has no form is refused with what it looks like, or where it breaks off."""
        assert words in str(refused(formats.read, text))

    @pytest.mark.parametrize("prompt", ["", "$ cat policies.json\n"])
    def test_no_part_of_what_is_broken(self, prompt: str) -> None:
        """Of a list with a bracket missing no later entry is taken for the whole."""
        entries = [policy.to_json() for policy in zc.policies.offered("4.6")[:2]]
        text = json.dumps(entries).replace("}]}}, {", "}}}, {", 1)
        error = refused(formats.read, prompt + text)
        where = f"line {1 + prompt.count(chr(10))}, column {text.index('}}}, {') + 2}"
        assert str(error) == f"the text is not JSON: it ends or breaks off at {where}"

    def test_what_is_broken_within_a_line(self) -> None:
        """What is printed before a document, on a line of its own, need not be JSON."""
        reading = formats.read('got {"a": [1}\n{"vm": {"vcpus": 2}}')
        assert reading.parts == {"vm": {"vcpus": 2}}
        assert reading.ignored == ("around the document: 'got {\"a\": [1}'",)

    @pytest.mark.parametrize("quoted", QUOTED)
    def test_what_a_document_quotes(self, quoted: str) -> None:
        """A document keeps its form, whatever form its names and descriptions quote."""
        documents: Dict[str, Dict[str, object]] = {
            "scenario": {"name": quoted, "vm": {"vcpus": 2}},
            "cluster": {"href": "/api/clusters/1", "description": quoted, "migration": {}},
            "vm": {"href": "/api/vms/1", "description": quoted, "memory": 1 << 30},
        }
        for form, document in documents.items():
            for indent in (None, 2):
                assert formats.read(json.dumps(document, indent=indent)).form == form
            assert formats.read(repr(document)).form == form
            if form != "scenario":
                assert formats.read(rest_xml(form, document)).form == form
        described = domain_xml(memory=1, unit="GiB", vcpus=1, devices=escape(quoted))
        assert formats.read(described).form == "domain-xml"

    @pytest.mark.parametrize(
        "line",
        [
            "START migrate(params={'vmId': '1', 'abortOnError': 'true'}) from=::1 (api:48)",
            "Migration Progress: 10.0 seconds elapsed (migration:808)",
        ],
    )
    @pytest.mark.parametrize("other", ["", '{"vm": {"vcpus": 2}}', "{'vmId': '1', 'dst': 'b'}"])
    def test_a_log_in_quotes(self, line: str, other: str) -> None:
        """A log is told by its lines, also where they are quoted and a document is among them."""
        text = f'"host1","2026-03-02 10:13:02,364+0100 INFO {line}"\n{other}\n'
        assert [form.name for form in _forms(decoded(text))] == ["vdsm-log"]

    def test_which_forms_there_are(self) -> None:
        """The error names all forms."""
        error = refused(formats.read, "hello")
        assert all(name in str(error) for name in ("scenario", "engine-config", "domain-xml"))

    @given(data=st.binary() | st.text() | st.text("{}[]'\",:<>/ \nab0=|\\u"))
    @example(b"\xff\xfe{\x00")
    @example("{'a': '\\U00110000'}")
    @example("{'a': u'\\x41\\n\\q', \"b\": \"it's \\u0041\"}")
    @example("{'a': 1e5L, b'x': 2}")
    @example("<a" + " " * 600 + "b='c'/>")
    def test_any_text(self, data: Union[str, bytes]) -> None:
        """Whatever the text is, it is read or refused."""
        try:
            reading = formats.read(data)
        except zc.ZcpolicyError as error:
            messages = [fault.message for fault in error.all]
        else:
            messages = [reading.form]
        assert all(0 < len(message) < 1000 for message in messages)

    @given(
        value=st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.text(), inner, max_size=3)
                | st.tuples(inner)
            ),
            max_leaves=10,
        )
    )
    def test_as_python_prints_it(self, value: object) -> None:
        """What Python prints of a value is that value, tuples as lists."""
        request = {"vmId": "x", "dstparams": value}
        reading = formats.read(f"params={request!r} from=x")
        assert reading.parts["request"] == json.loads(json.dumps(request))


def calls(text: str) -> int:
    """How many functions are called, in Python and in C, until a text is refused."""
    counted = 0

    def count(frame: object, event: str, function: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        refused(formats.read, text)
    finally:
        sys.setprofile(before)
    return counted


class TestSize:
    """Large and deep texts: each is refused, or read, in time that grows with the text alone."""

    @pytest.mark.parametrize(
        "text",
        [
            "<a>" * 100_000,
            "[" * 100_000,
            '{"a":' * 100_000,
            "{'a':" * 100_000,
            '{"vm": {"policy": ' + "[" * 100_000 + "]" * 100_000 + "}}",
            "{'vm': {'policy': " + "(" * 100_000 + ")" * 100_000 + "}}",
        ],
    )
    def test_deep(self, text: str) -> None:
        """What is nested without end is refused."""
        assert "nested" in str(refused(formats.read, text))

    @pytest.mark.parametrize(
        "piece",
        ["{", "{'", '{"a', "[{", "<a\n", "<a ", "'[{", "\t[{", '"[{""', "a", "\n", "{'a'}", "\\"],
    )
    def test_long(self, piece: str) -> None:
        """Four times the text takes four times the calls, and no pattern goes back and forth.

        If one did, the longest text would take as long as all other tests.
        """
        for before in ("", "MigrationPolicies="):
            texts = [before + piece * (size // len(piece)) for size in (600, 2_400, 60_000)]
            short, long = map(calls, texts[:2])
            assert long < 5 * short
            refused(formats.read, texts[2])

    def test_long_xml(self) -> None:
        """A document of many elements is read, and so is one with a token of a megabyte."""
        devices = "<disk type='file'/>" * 10_000
        memory = "<memory>1024</memory>"
        assert formats.read(f"<domain>{memory}<devices>{devices}</devices></domain>").parts
        assert formats.read(f"<domain>{memory}<a b='{'x' * 1_000_000}'/></domain> end").ignored


class TestLines:
    """A text in lines."""

    @pytest.mark.parametrize(
        "lines", [[SCENARIO], ['{"vm":', ' {"vcpus": 3}}\n'], [b'{"vm": {"vcpus": 3}}\n']]
    )
    def test_each(self, lines: "list[Union[str, bytes]]") -> None:
        """Lines with and without their ends, str or bytes, are the text that they make."""
        assert formats.read_lines(iter(lines), "x") == formats.read(SCENARIO, "x")

    def test_refused(self) -> None:
        """What is no line is refused."""
        refused(formats.read_lines, [5])
