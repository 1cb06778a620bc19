"""``drain``, as it is typed: a document, or a folder with what is known of each VM."""

import csv
import json
from pathlib import Path
from typing import Any, Dict, List

import pytest

import zcpolicy as zc
from calling import Call

WORKLOAD = {"dirtyMiBs": 50, "workingSetMiB": 512, "linkMbps": 10000}
MOVES: List[Dict[str, Any]] = [
    {
        "name": f"vm{index}",
        "scenario": {"vm": {"memoryMiB": 4096 * index}},
        "workload": WORKLOAD,
    }
    for index in (1, 3, 2)
]
DOCUMENT: Dict[str, Any] = {"moves": MOVES}


def text(document: object) -> bytes:
    return json.dumps(document).encode("ascii")


def planned(**more: Any) -> zc.Plan:
    """The library's plan of the document."""
    moves = [
        zc.Move(
            name=move["name"],
            resolution=zc.Scenario.from_json(move["scenario"]).resolve(),
            workload=zc.Workload.from_json(move["workload"]),
        )
        for move in MOVES
    ]
    return zc.drain(moves, **more)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A file for a VM, a folder for another, and something hidden."""
    for move in MOVES[:2]:
        document = {"scenario": move["scenario"], "workload": move["workload"]}
        (tmp_path / f"{move['name']}.json").write_text(json.dumps(document))
    (tmp_path / "vm2").mkdir()
    domain = "<domain type='kvm'><memory unit='MiB'>8192</memory><vcpu>1</vcpu></domain>"
    (tmp_path / "vm2" / "domain.xml").write_text(domain)
    (tmp_path / "vm2" / "load.json").write_text(json.dumps({"workload": WORKLOAD}))
    (tmp_path / ".hidden").write_text("nothing")
    return tmp_path


def test_it_is_the_library_s(call: Call) -> None:
    """The command prints the plan that `zcpolicy.drain` makes, as text, JSON and CSV."""
    plan = planned()
    assert call("drain", given=text(DOCUMENT)) == (0, f"{plan}\n".encode(), "")
    assert json.loads(call("drain", "--json", given=text(DOCUMENT))[1]) == plan.to_json()
    assert call("drain", "--csv", given=text(DOCUMENT))[1].decode() == plan.to_csv()


def test_options(call: Call) -> None:
    """What is typed counts, whatever the document says."""
    typed = ["--link", "5Gbps", "--order", "largest", "--outgoing", "1", "--json"]
    given = text({**DOCUMENT, "order": "shortest", "linkMbps": 1000})
    plan = planned(link_mbps=5000, order="largest", outgoing=1)
    assert json.loads(call("drain", *typed, given=given)[1]) == plan.to_json()


def test_a_folder(folder: Path, call: Call) -> None:
    """A file, or a folder of files, is a VM, called like it."""
    plan = planned(order="shortest", link_mbps=8000)
    typed = ["--order", "shortest", "--link", "8000", "--csv"]
    status, out, errors = call("drain", str(folder), *typed)
    rows = list(csv.DictReader(out.decode().splitlines()))
    assert (status, errors) == (0, "")
    assert [row["name"] for row in rows] == ["vm1", "vm2", "vm3"]
    assert rows == list(csv.DictReader(plan.to_csv().splitlines()))


def test_a_folder_takes_settings(folder: Path, call: Call) -> None:
    """A setting is for each VM of a folder."""
    status, out, _ = call("drain", str(folder), "--set", "policy=legacy", "--json")
    assert status == 0
    assert [leg["name"] for leg in json.loads(out)["legs"]] == ["vm1", "vm2", "vm3"]


def test_a_picture(tmp_path: Path, call: Call) -> None:
    """The picture is written beside what is printed."""
    picture = tmp_path / "plan.svg"
    status, _, errors = call("drain", "--plot", str(picture), given=text(DOCUMENT))
    assert (status, errors) == (0, "")
    assert picture.read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize(
    ("typed", "given", "words"),
    [
        ([], b"[]", "standard input: [] is not a JSON object"),
        ([], b"{}", "standard input: moves: the key is missing or null"),
        ([], text({"moves": [MOVES[0], MOVES[0]]}), "moves[1].name: 'vm1'"),
        (["--set", "policy=legacy"], text(DOCUMENT), "the document is complete in itself"),
        (["--outgoing", "0"], b"{}", "argument --outgoing: '0' is not a number from 1 up"),
        (["--outgoing", "x"], b"{}", "argument --outgoing: 'x' is not a number from 1 up"),
        (["--link", "fast"], b"{}", "argument --link: 'fast' is not a speed such as"),
        (["--plot", "x.bmp"], b"{}", "--plot: "),
        (["no such file"], b"", "no such file: No such file or directory"),
    ],
)
def test_bad_input(typed: List[str], given: bytes, words: str, call: Call) -> None:
    """Whatever is wrong is told, and nothing is printed."""
    status, out, errors = call("drain", *typed, given=given)
    assert (status, out) == (2, b"")
    assert words in errors


def test_bad_folders(tmp_path: Path, folder: Path, call: Call) -> None:
    """A folder without a VM, and one whose VMs do not go together, are refused."""
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "it is empty" in call("drain", str(empty))[2]
    empty.rmdir()
    (folder / "vm2.json").write_text(json.dumps({"workload": WORKLOAD}))
    assert "'vm2'" in call("drain", str(folder))[2]
