"""The decision in words, for a terminal."""

import itertools
import unicodedata
from typing import Any, Dict, List, Optional

import attr
import pytest

import zcpolicy as zc
from zcpolicy import policies
from zcpolicy._model.inputs import ParallelSetting

MINE = "6d0c1a2e-0000-4000-8000-00000000000f"
LARGE = "Very large VMs"

LARGE_TEXT = """\
Policy Very large VMs: zero-copy is on, 2 parallel connections

  Zero-copy       on: the policy Very large VMs requests it, and nothing
                  prevents it
  Connections     2 connections: zero-copy needs them, although the cluster is
                  set to Disabled; one per 10 Gbps, at most one per vCPU, from 2
                  to 255; the source's and the destination's link speed is
                  unknown, and the VM has 1 vCPU
  Autoconverge    on, because the policy Very large VMs requests it
  Compression     not compressed, because the policy Very large VMs does not
                  request it
  Encryption      not encrypted, because Engine's default does not request it
  Tunnel          not tunnelled, because the cluster does not request it
  Bandwidth       left to Vdsm, which uses 52 MiB/s: the source's and the
                  destination's link speed is unknown
  Downtime        none is sent, because Engine's default specifies 0
  Schedule        the schedule of the policy Very large VMs
  Guest events    sent, because the policy Very large VMs requests them
  Migrations in   1 at a time: a migration with parallel connections has the
                  host to itself
  Migrations out  1 at a time: a migration with parallel connections has the
                  host to itself

Overridden
  connections-enforced: parallel migrations are disabled, but zero-copy needs
    them: an automatic number of connections is used
    -> set parallel migrations to Parallel or to a number, or choose a policy
       without zero-copy

Good to know
  zerocopy-young: zero-copy is new in QEMU and libvirt; use it for VMs that
    cannot migrate otherwise
    -> choose another policy if the VM can migrate without zero-copy

Downtime schedule
  at the start          300 ms
  after 1 iteration     400 ms
  after 2 iterations    500 ms
  after 3 iterations    700 ms
  after 4 iterations    1000 ms
  after 6 iterations    1500 ms
  then                  5000 ms
  then                  abort"""

LEGACY_TEXT = """\
Policy Legacy: zero-copy is off, one connection

  Zero-copy       off: the migration policy does not request zero-copy
  Connections     no parallel connections, because the cluster is set to
                  Disabled
  Autoconverge    off, because Engine's default does not request it
  Compression     not compressed, because Engine's default does not request it
  Encryption      not encrypted, because Engine's default does not request it
  Tunnel          not tunnelled, because the cluster does not request it
  Bandwidth       left to Vdsm, which uses 52 MiB/s: the source's and the
                  destination's link speed is unknown
  Downtime        none is sent, because Engine's default specifies 0
  Schedule        none is sent: under Legacy, Vdsm computes one
  Guest events    not sent, because the policy Legacy does not request them
  Migrations in   2 at a time, as the policy Legacy specifies
  Migrations out  2 at a time, as the policy Legacy specifies"""


def site(name: str, *stalling: zc.StallingEntry, init: Any = ()) -> zc.MigrationPolicy:
    """A policy of this name."""
    schedule = zc.ConvergenceSchedule(init=init, stalling=stalling)
    return zc.MigrationPolicy(id=MINE, name=name, schedule=schedule)


def entry(limit: int, name: Any, *params: str) -> zc.StallingEntry:
    return zc.StallingEntry(limit=limit, action=zc.Action(name=name, params=params))


def section(r: zc.Resolution, title: str) -> Optional[List[str]]:
    """The lines below a title; None if there is no such title."""
    for part in str(r).split("\n\n"):
        lines = part.splitlines()
        if lines[0] == title:
            return lines[1:]
    return None


class TestText:
    """The whole decision."""

    def test_with_zerocopy(self) -> None:
        """The first line says it all; then the reasons, what to know, and the schedule."""
        assert str(zc.resolve(policy=LARGE)) == LARGE_TEXT

    def test_under_legacy(self) -> None:
        """What has nothing to tell is left out: no notices, no schedule."""
        assert str(zc.resolve(policy="legacy")) == LEGACY_TEXT

    def test_the_effective_policy_is_named(self) -> None:
        """A VM's own policy, and Legacy in place of an unknown one, is what is named."""
        own = zc.resolve(policy=LARGE, vm=zc.VM(policy="Post-copy migration"))
        assert str(own).startswith("Policy Post-copy migration: zero-copy is off, one connection\n")
        unknown = zc.resolve(zc.Cluster(level="4.6"), policy=LARGE)
        assert str(unknown).startswith("Policy Legacy: zero-copy is off, one connection\n")

    def test_warnings_come_first(self) -> None:
        """Warnings and advice have sections of their own, each notice with its remedy below."""
        r = zc.resolve(vm=zc.VM(encrypted=True, tunnelled=True, downtime=5))
        assert [line for line in section(r, "Overridden") or [] if line.startswith("  tunnel")]
        assert [line for line in section(r, "Good to know") or [] if line.startswith("  downtime-")]
        assert str(r).index("Overridden") < str(r).index("Good to know")
        for part in ("Overridden", "Good to know"):
            lines = section(r, part)
            assert lines is not None
            assert [line[:7] for line in lines if "->" in line] == ["    -> "]
        quiet = zc.resolve()
        assert section(quiet, "Overridden") is section(quiet, "Good to know") is None

    def test_a_remedy_may_be_missing(self) -> None:
        """A notice without a remedy has its message alone."""
        mine = zc.Limitation(
            code="site", layer="engine", applies=lambda f: True, message="no\nway", source="s"
        )
        r = zc.resolve(policy=LARGE, limitations=(*zc.LIMITATIONS, mine))
        assert (section(r, "Overridden") or [])[:2] == [
            r"  site: no\nway",
            "  connections-enforced: parallel migrations are disabled, but zero-copy needs",
        ]

    @pytest.mark.parametrize(
        ("policy", "lines"),
        [
            (site("x"), ["  empty"]),
            (
                site(
                    "x",
                    entry(0, "setDowntime", "7"),
                    entry(1, "setDowntime", "08"),
                    entry(2, "postcopy"),
                    entry(2147483647, "setDowntime", "2000000"),
                    entry(-1, "abort"),
                    init=[
                        zc.Action(name="setDowntime", params=("5",)),
                        zc.Action(name="setDowntime", params=("6",)),
                    ],
                ),
                [
                    "  at the start          5 ms",
                    "  at the start          6 ms",
                    "  then                  7 ms",
                    "  after 1 iteration     8 ms",
                    "  after 2 iterations    switch to post-copy",
                    "  after 2147483647 iterations  2000000 ms",
                    "  then                  abort",
                ],
            ),
        ],
        ids=itertools.count(),
    )
    def test_the_schedule(self, policy: zc.MigrationPolicy, lines: List[str]) -> None:
        """Each step has a line: when, and what."""
        assert section(zc.resolve(policy=policy), "Downtime schedule") == lines

    @pytest.mark.parametrize(
        "inputs",
        [
            {},
            {"policy": LARGE},
            {"policy": LARGE, "cluster": zc.Cluster(encrypted=True, tunnelled=True)},
            {"policy": policies.POST_COPY, "vm": zc.VM(paused=True, parallel=255)},
            {"policy": site("a b " * 40), "vm": zc.VM(downtime=2000000)},
            {"policy": site("a-b-" * 40), "cluster": zc.Cluster(level="4.2", encrypted=True)},
        ],
        ids=itertools.count(),
    )
    def test_it_fits_a_terminal(self, inputs: Dict[str, Any]) -> None:
        """Lines have 80 columns at most, and none ends in a space."""
        for line in str(zc.resolve(**inputs)).split("\n"):
            assert len(line) <= 80
            assert line == line.rstrip()

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("Mine", "Mine"),
            ("Große VMs 😀", "Große VMs 😀"),
            ("two\nlines", r"two\nlines"),
            ("\x1b[31mred", r"\x1b[31mred"),
            ("\u202eright", r"\u202eright"),
            ("\ud800", r"\ud800"),
            ("", MINE),
            ("{policy}", "{policy}"),
            ("it's", "it's"),
        ],
    )
    def test_names_are_free_text(self, name: str, shown: str) -> None:
        """A name is shown on its line, control characters escaped; one without is by its id."""
        r = zc.resolve(policy=site(name))
        assert str(r).startswith(f"Policy {shown}: zero-copy is off, one connection\n")
        assert r.explain("schedule") == f"the schedule of the policy {shown}"
        assert not any(
            unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in str(r).replace("\n", "")
        )

    def test_a_long_name_is_wrapped(self) -> None:
        """A name that does not fit is continued at the left, words with hyphens whole."""
        first, second, *_ = str(zc.resolve(policy=site("a-cdefghi " * 20))).split("\n")
        assert first == "Policy " + " ".join(["a-cdefghi"] * 7)
        assert second.startswith("a-cdefghi a-cdefghi")


class TestWords:
    """What the sentences are filled with."""

    @pytest.mark.parametrize(
        ("vm", "cluster", "whose"),
        [
            ({"encrypted": False}, {"encrypted": True}, "the VM"),
            ({}, {"encrypted": False}, "the cluster"),
            ({}, {}, "Engine's default"),
        ],
    )
    def test_whose_setting_counts(
        self, vm: Dict[str, Any], cluster: Dict[str, Any], whose: str
    ) -> None:
        """The sentence names who said it: the VM, the cluster, or Engine's default."""
        r = zc.resolve(zc.Cluster(**cluster), vm=zc.VM(**vm))
        assert r.explain("encrypted") == f"not encrypted, because {whose} does not request it"

    @pytest.mark.parametrize("field", ["compressed", "auto_converge"])
    @pytest.mark.parametrize(
        ("policy", "vm", "cluster", "whose"),
        [
            ("legacy", False, True, "the VM"),
            ("legacy", None, False, "the cluster"),
            ("legacy", None, None, "Engine's default"),
            (site("Mine"), True, True, "the policy Mine"),
        ],
    )
    def test_a_policy_says_it_unless_it_inherits(
        self, field: Any, policy: Any, vm: Any, cluster: Any, whose: str
    ) -> None:
        """Under Legacy the setting is inherited, under any other policy it is the policy's."""
        r = zc.resolve(zc.Cluster(**{field: cluster}), policy=policy, vm=zc.VM(**{field: vm}))
        assert r.explain(field).endswith(f", because {whose} does not request it")

    @pytest.mark.parametrize(("setting", "shown"), [("disabled", "Disabled"), ("auto", "Auto")])
    def test_settings_are_called_as_in_the_ui(self, setting: ParallelSetting, shown: str) -> None:
        """Settings have the names of the administration portal."""
        sentence = zc.resolve(zc.Cluster(parallel=setting)).explain("parallel")
        assert f"the cluster is set to {shown}" in sentence
        own = zc.resolve(vm=zc.VM(parallel=setting)).explain("parallel")
        assert f"the VM is set to {shown}" in own

    @pytest.mark.parametrize(
        ("cluster", "source", "destination", "words"),
        [
            ("auto", None, None, "the source's and the destination's link speed is unknown"),
            ("auto", 0, -1, "the source's and the destination's link speed is unknown"),
            ("auto", None, 1, "the source's link speed is unknown"),
            ("auto", 0, 1, "the source's link speed is unknown"),
            ("auto", 1, None, "the destination's link speed is unknown"),
            ("auto", 1, 0, "the destination's link speed is unknown"),
            ("auto", 800, 80, "the network has 10 MiB/s (the slower of the two links)"),
            (80, None, 800, "the network has 10 MiB/s (as the cluster specifies)"),
            ("hypervisor_default", 1, 1, "the cluster leaves the bandwidth to the hypervisor"),
        ],
    )
    def test_the_bandwidth(
        self, cluster: Any, source: Optional[int], destination: Optional[int], words: str
    ) -> None:
        """The sentence says what the network has, or why that is unknown."""
        r = zc.resolve(
            zc.Cluster(bandwidth=cluster),
            zc.Host(migration_mbps=source),
            destination=zc.Host(migration_mbps=destination),
        )
        assert words in r.explain("max_bandwidth")

    @pytest.mark.parametrize(
        ("parallel", "encrypted", "mbps", "words"),
        [
            (2, False, 30719, None),
            (2, False, 30720, "; 3 would fill the network, at 10 Gbps each"),
            (2, True, 9000, None),
            (2, True, 9001, "; 3 would fill the network, at about 4500 Mbps encrypted each"),
            (16, False, 100_000, None),
            (16, True, 100_000, "; 23 would fill the network, at about 4500 Mbps encrypted each"),
            (4, False, None, None),
            ("disabled", False, 100_000, None),
        ],
    )
    def test_connections_that_would_fill_the_network(
        self, parallel: Any, encrypted: bool, mbps: Optional[int], words: Optional[str]
    ) -> None:
        """Where there are fewer connections than the network takes, the sentence says how many."""
        link = zc.Host(migration_mbps=mbps)
        cluster = zc.Cluster(parallel=parallel, encrypted=encrypted)
        r = zc.resolve(cluster, link, vm=zc.VM(vcpus=64), destination=link)
        assert r.explain("parallel").endswith(words or "")
        assert ("would fill" in r.explain("parallel")) == (words is not None)

    @pytest.mark.parametrize(
        ("limit", "mbps", "said"),
        [(52, 436, False), (52, 437, True), (52, None, False), (0, 100_000, False)],
    )
    def test_a_link_that_vdsms_own_limit_leaves_unused(
        self, limit: int, mbps: Optional[int], said: bool
    ) -> None:
        """Vdsm's limit beside a faster link is told with what helps."""
        source = zc.Host(migration_mbps=mbps, vdsm=zc.Vdsm(max_bandwidth=limit))
        cluster = zc.Cluster(bandwidth="hypervisor_default")
        r = zc.resolve(cluster, source, destination=zc.Host(migration_mbps=mbps))
        assert ("bandwidth.avail.switchover" in r.explain("max_bandwidth")) == said

    @pytest.mark.parametrize("bandwidth", ["hypervisor_default", 8, 8000])
    def test_postcopy_ignores_the_bandwidth(self, bandwidth: Any) -> None:
        """Where a switch to post-copy stays in the schedule, its pages know no limit."""
        cluster = zc.Cluster(bandwidth=bandwidth)
        r = zc.resolve(cluster, policy="Post-copy migration")
        assert r.explain("max_bandwidth").endswith("; post-copy ignores it")
        paused = zc.resolve(cluster, policy="Post-copy migration", vm=zc.VM(paused=True))
        assert "post-copy" not in paused.explain("max_bandwidth").replace("policy Post-copy", "")

    def test_the_clusters_policy_divides(self) -> None:
        """The bandwidth is divided by the cluster's policy, whose name is told, not the VM's."""
        r = zc.resolve(
            zc.Cluster(bandwidth=8000),
            policy=attr.evolve(site("Theirs"), max_migrations=5),
            vm=zc.VM(policy=site("Mine")),
        )
        assert r.explain("max_bandwidth") == (
            "200 MiB/s: the network has 1000 MiB/s (as the cluster specifies), divided by 5, the "
            "concurrent migrations of the cluster's policy Theirs"
        )
        assert r.explain("schedule") == "the schedule of the policy Mine"
