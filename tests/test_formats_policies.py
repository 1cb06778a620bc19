"""Migration policies, in each way in which people have them."""

import json
from typing import Any, Callable, Dict, List, Mapping, Tuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zcpolicy as zc
from printing import DEFAULT, OPTION_WAYS, QUOTED, psql_aligned, psql_framed
from refusals import refused
from zcpolicy import formats
from zcpolicy.testing import policies

LEVELS: Tuple[str, ...] = ("4.2", "4.3", "4.6", "4.7", "4.8", "4.10")
Lists = Mapping[str, List[zc.MigrationPolicy]]
# What could be taken for what stands around a value.
NASTY = st.sampled_from(
    [
        " version: 4.2",
        "a | b",
        "it's",
        '"',
        "\\",
        "\\n",
        "\t",
        "|4.6",
        "[{",
        "--cver=4.3",
        "é\u2028",
    ]
) | st.text(max_size=30)


def lists() -> st.SearchStrategy[Lists]:
    """The lists of some levels, each policy with an id of its own."""
    nasty = st.builds(
        lambda policy, text: zc.MigrationPolicy(
            **{
                name: getattr(policy, name)
                for name in ("id", "name", "max_migrations", "zero_copy", "schedule")
            },
            description=text,
        ),
        policies(legacy=False),
        NASTY,
    )
    # An empty list begins like nothing, so that few ways show one; see below.
    listed = st.lists(nasty, min_size=1, max_size=3, unique_by=lambda policy: policy.id)
    return st.dictionaries(st.sampled_from(LEVELS), listed, min_size=1, max_size=3)


def values(found: Lists, **options: Any) -> Dict[str, str]:
    """What Engine's database has of them."""
    return {
        level: json.dumps([policy.to_json() for policy in listed], **options)
        for level, listed in found.items()
    }


WAYS = pytest.mark.parametrize("way", OPTION_WAYS, ids=lambda way: way.__name__)


class TestOption:
    """The option MigrationPolicies, as tools show it."""

    @given(found=lists())
    def test_each_way(self, found: Lists) -> None:
        """What a tool prints of the lists of several levels is read back level by level."""
        wanted = {"policies": {level: tuple(listed) for level, listed in found.items()}}
        for way in OPTION_WAYS:
            reading = formats.read(way(values(found)))
            assert (reading.form, reading.parts) == ("engine-config", wanted), way

    @settings(max_examples=10)
    @given(found=lists())
    def test_on_several_lines(self, found: Lists) -> None:
        """So is a value of several lines, which psql's tables and COPY mark or escape."""
        wanted = {level: tuple(listed) for level, listed in found.items()}
        for way in OPTION_WAYS:
            assert formats.read(way(values(found, indent=2))).parts["policies"] == wanted, way

    def test_a_framed_table(self) -> None:
        """Frames and Unicode lines in what psql prints change nothing."""
        value = json.dumps([zc.policies.POST_COPY.to_json()], indent=1)
        reading = formats.read(psql_framed({"4.7": value, "4.8": value}))
        assert reading.parts["policies"] == {
            "4.7": (zc.policies.POST_COPY,),
            "4.8": (zc.policies.POST_COPY,),
        }

    def test_other_tables_of_psql(self) -> None:
        """A value is read without a header, too, below wide letters, wrapped, or beside options."""
        policy = zc.policies.POST_COPY
        value = json.dumps([policy.to_json()], indent=2)
        bare = "".join(f" {line:90}+\n" for line in value.split("\n")[:-1]) + " ]\n\n"
        for before in ("", "psql (16.4)\n"):
            assert formats.read(before + bare).parts == {"policies": {None: (policy,)}}
        wide = zc.policies.POST_COPY.to_json()
        wide["description"] = "漢字e\u0301 | x"
        printed = json.dumps([wide], indent=2, ensure_ascii=False)
        # The text is 8 characters and 9 places wide.
        table = psql_aligned({"4.7": printed, "4.8": value})
        lines = [
            line.replace(" +|", "+|", 1) if "漢" in line else line for line in table.split("\n")
        ]
        made = formats.read("\n".join(lines)).parts["policies"]
        assert made["4.7"][0].description == "漢字e\u0301 | x"
        assert made["4.8"] == (policy,)
        flat = json.dumps([policy.to_json()])
        pieces = [flat[start : start + 40] for start in range(0, len(flat), 40)]
        lines = [f"{'.' if at else ' '}{piece:40}." for at, piece in enumerate(pieces)]
        lines[-1] = lines[-1][:-1].rstrip()
        table = "\n".join([f" {'option_value':40} ", "-" * 42, *lines, "(1 row)"])
        assert formats.read(table).parts == {"policies": {None: (policy,)}}

    def test_a_table_whose_places_do_not_fit(self) -> None:
        """Where somebody changed the blanks of a table, its bars tell the cells."""
        first, *others = json.dumps([zc.policies.POST_COPY.to_json()], indent=0).split("\n")
        lines = [f" 4.7 | {first} +", *[f" | {line} +" for line in others[:-1]], " | ]"]
        for behind in ("", "\n(1 row)", "\nsomething else"):
            text = "\n".join([" version | option_value ", "---+---", *lines]) + behind
            reading = formats.read(text)
            assert reading.parts == {"policies": {"4.7": (zc.policies.POST_COPY,)}}

    @pytest.mark.parametrize(
        "text",
        [
            "not option_value | b\n-------+----\n x+| y\n",
            "option_value\n-[ RECORD 1 ]-+--\n | x+\n | y",
            " [ +\n {+",
            "a +\n [ +\n ]",
            " [ +\n and so on",
            '"[x"',
        ],
    )
    def test_what_is_no_table(self, text: str) -> None:
        """What looks like a part of psql's tables and is none is refused."""
        refused(formats.read, text)

    def test_rows_in_json(self) -> None:
        """Rows may come as PostgreSQL's row_to_json and json_agg make JSON of them."""
        policy = zc.policies.POST_COPY
        value = json.dumps([policy.to_json()])
        row = {"option_id": 1, "option_name": "MigrationPolicies", "option_value": value}
        row["version"] = "4.7"
        other = {**row, "option_name": "Other", "default_value": "x"}
        reading = formats.read(json.dumps({**row, "default_value": value}))
        assert reading.parts == {"policies": {"4.7": (policy,)}}
        assert reading.ignored == ("the default value on line 1",)
        reading = formats.read(json.dumps([row, other]))
        assert (reading.form, reading.parts) == ("engine-config", {"policies": {"4.7": (policy,)}})
        assert reading.ignored == ("1 other options",)
        lines = [json.dumps({**row, "version": each, "default_value": "[]"}) for each in LEVELS[:2]]
        table = " row_to_json \n-------------\n " + "\n ".join(lines) + "\n(2 rows)\n"
        for text in ("\n".join(lines), table):
            assert formats.read(text).parts["policies"] == dict.fromkeys(LEVELS[:2], (policy,))

    def test_a_table_with_others(self) -> None:
        """Other options in psql's table are counted, and what is around it is told."""
        value = json.dumps([zc.policies.POST_COPY.to_json()], indent=2)
        table = psql_aligned({"4.7": value, "4.8": value})
        before, _, behind = table.rpartition("MigrationPolicies")
        reading = formats.read(f"engine=# select\n{before}AnOtherOption    {behind}")
        assert reading.parts["policies"] == {"4.7": (zc.policies.POST_COPY,)}
        assert reading.ignored == (
            "the default value on line 4",
            "1 other options",
            "around the values: 'engine=# select'",
        )

    @settings(max_examples=40)
    @given(cut=st.integers(0, 3000))
    def test_a_table_that_is_cut_off(self, cut: int) -> None:
        """Nothing but the whole value is taken, and no default value in its place."""
        value = json.dumps([zc.policies.POST_COPY.to_json()], indent=2)
        text = psql_aligned({"4.7": value})[:cut]
        try:
            found = formats.read(text).parts["policies"]
        except zc.ZcpolicyError:
            return
        assert found == {"4.7": (zc.policies.POST_COPY,)}

    @settings(max_examples=10)
    @given(found=lists())
    def test_as_java_writes_it(self, found: Lists) -> None:
        """So is what is not ASCII, which Java does not escape, and JSON without blanks."""
        wanted = {level: tuple(listed) for level, listed in found.items()}
        for way in OPTION_WAYS:
            text = way(values(found, ensure_ascii=False, separators=(",", ":")))
            if any(ord(letter) >= 0xFFFE or letter == "\x85" for letter in text):
                continue  # XML has no such characters
            reading = formats.read(text)
            assert formats.read(text.encode()) == reading
            assert reading.parts["policies"] == wanted, way

    @given(found=lists(), noise=st.sampled_from(["Picked up JAVA_TOOL_OPTIONS: -Dx=y", "# list"]))
    def test_noise(self, found: Lists, noise: str) -> None:
        """What Java says, and what was typed, is ignored, and said to be."""
        for way in OPTION_WAYS[:1]:
            reading = formats.read(f"{noise}\r\n{way(values(found))}".replace("\n", "\r\n"))
            assert set(reading.parts["policies"]) == set(found)
            assert noise in "".join(reading.ignored)

    def test_of_one_level(self) -> None:
        """With --cver the value stands alone; its level is what was typed, if that is there."""
        value = json.dumps([zc.policies.POST_COPY.to_json()])
        alone = formats.read(f"Picked up JAVA_TOOL_OPTIONS: -Dx\n{value}\n")
        assert (alone.form, list(alone.parts["policies"])) == ("engine-config", [None])
        typed = f"# engine-config -g MigrationPolicies --cver=4.7\n{value}\n"
        assert list(formats.read(typed).parts["policies"]) == ["4.7"]
        assert list(formats.read(json.dumps(value)).parts["policies"]) == [None]

    def test_what_ships_is_ignored(self) -> None:
        """A default value that is shown, too, is not taken, and said so."""
        value = json.dumps([zc.policies.POST_COPY.to_json()])
        text = (
            f"-[ RECORD 1 ]-+--\noption_value | {value}\nversion | 4.7\ndefault_value | {DEFAULT}\n"
        )
        reading = formats.read(text.replace("\nversion ", "\nversion       "))
        assert reading.parts["policies"] == {"4.7": (zc.policies.POST_COPY,)}
        assert reading.ignored == ("the default value on line 4",)

    def test_general(self) -> None:
        """The version *general* is no level."""
        value = json.dumps([zc.policies.POST_COPY.to_json()])
        got = formats.read(f"MigrationPolicies: {value} version: general")
        assert list(got.parts["policies"]) == [None]

    def test_an_empty_list(self) -> None:
        """A level without policies has an empty list."""
        got = formats.read(
            "MigrationPolicies: [] version: 4.2\nMigrationPolicies: [ ] version: 4.3\n"
        )
        assert got.parts["policies"] == {"4.2": (), "4.3": ()}

    def test_up_to_a_level(self) -> None:
        """Engine's script sets it for all levels up to one, or between two."""
        value = json.dumps([zc.policies.POST_COPY.to_json()])
        function = "fn_db_add_config_value_for_versions_up_to"
        up_to = f"select {function}('MigrationPolicies','{value}','4.4');"
        assert list(formats.read(up_to).parts["policies"]) == ["4.2", "4.3", "4.4"]
        between = (
            "select fn_db_update_config_value_for_versions_from_up_to("
            f"'MigrationPolicies','{value}','4.6','4.7');"
        )
        assert list(formats.read(between).parts["policies"]) == ["4.6", "4.7"]
        unknown = up_to.replace("'4.4'", "'4.0'")
        assert list(formats.read(unknown).parts["policies"]) == [None]

    @pytest.mark.parametrize(
        "text",
        [
            "engine-config -s MigrationPolicies={one} --cver=4.6 && "
            "engine-config -s MigrationPolicies={two} --cver=4.7",
            "engine-config -s MigrationPolicies={one} \\\n  --cver=4.6; "
            "engine-config --cver=4.7 \\\n -s MigrationPolicies={two}\n",
            "INSERT INTO vdc_options (option_name, option_value, version) VALUES "
            "('MigrationPolicies', {one}, '4.6'), ('MigrationPolicies', {two}, '4.7');",
            "insert into vdc_options (version, option_name, option_value) values "
            "('4.6', 'MigrationPolicies', {one}), ('4.7', 'MigrationPolicies', {two});",
            "INSERT INTO vdc_options VALUES (1, 'MigrationPolicies', {one}, '4.6', {two}),\n"
            "(2, 'MigrationPolicies', {two}, '4.7', {one});",
            "UPDATE vdc_options SET option_value = {one}\nWHERE option_name = 'MigrationPolicies'\n"
            "AND version = '4.6';\nUPDATE 1\nUPDATE vdc_options SET option_value = {two}\n"
            "WHERE option_name = 'MigrationPolicies' AND VERSION in ('4.7')\n",
            "select fn_db_update_config_value('MigrationPolicies',{one},'4.6'); "
            "select fn_db_update_config_value('MigrationPolicies',{two},'4.7');",
        ],
    )
    def test_several_in_one_text(self, text: str) -> None:
        """Each command, row or statement has its level, on whichever line that is."""
        one, two = zc.policies.POST_COPY, zc.policies.SUSPEND_WORKLOAD
        literals = {
            name: "'" + json.dumps([policy.to_json()]) + "'"
            for name, policy in {"one": one, "two": two}.items()
        }
        reading = formats.read("engine=# " + text.format(**literals))
        assert reading.parts["policies"] == {"4.6": (one,), "4.7": (two,)}
        shipped = [note for note in reading.ignored if "the default value" in note]
        assert len(shipped) == 2 * (text.count("{one}") - 1)

    def test_one_of_several_levels(self) -> None:
        """A statement may set several levels; of a condition that is not read none is guessed."""
        value = json.dumps([zc.policies.POST_COPY.to_json()])
        text = f"update vdc_options set option_value='{value}', default_value='[\"version > 9\"]'"
        for condition in ("version in ('4.6', '4.7')", "version='4.6' or version = '4.7'"):
            assert list(formats.read(f"{text} where {condition};").parts["policies"]) == [
                "4.6",
                "4.7",
            ]
        error = refused(formats.read, f"{text} where version >= '4.6';")
        assert str(error).startswith("version: '>=' is not version = '4.7'")

    def test_one_command_after_the_other(self) -> None:
        """Each of several lists without a level has that of the command above it."""
        value = json.dumps([zc.policies.POST_COPY.to_json()])
        text = "".join(
            f"# engine-config -g MigrationPolicies --cver={level}\n{value}\n"
            for level in ("4.6", "4.7")
        )
        assert list(formats.read(text).parts["policies"]) == ["4.6", "4.7"]

    def test_our_own_command(self) -> None:
        """What the library prints for a list of policies is read back."""
        policy = zc.MigrationPolicy(
            id="11111111-1111-1111-1111-111111111111", name='it\'s $HOME "x" \\'
        )
        command = zc.policies.to_engine_config([policy], "4.7")
        reading = formats.read(f"# for 4.7\n{command}\nsystemctl restart ovirt-engine\n")
        assert reading.parts["policies"] == {"4.7": (policy,)}
        assert "systemctl restart ovirt-engine" in "".join(reading.ignored)

    def test_bad_values(self) -> None:
        """Every fault of every level is told with the level, and nothing is taken."""
        text = "".join(
            f"MigrationPolicies: {json.dumps(value)} version: {level}\n"
            for level, value in {
                "4.6": [{"id": "x", "maxMigrations": 1, "config": {}}],
                "4.7": [{"maxMigrations": 0, "config": {}}],
                "x": [zc.policies.POST_COPY.to_json()],
            }.items()
        )
        paths = [fault.path for fault in refused(formats.read, text).all]
        assert {"4.6[0].id", "4.7[0].id", "4.7[0].maxMigrations"} <= set(paths)

    def test_twice(self) -> None:
        """Two lists of one level are refused, with the lines of both."""
        value = json.dumps([zc.policies.POST_COPY.to_json()])
        line = f"MigrationPolicies: {value} version: 4.7\n"
        error = refused(formats.read, line + "\n" + line)
        assert "line 3" in str(error)
        assert "line 1" in str(error)

    @pytest.mark.parametrize(
        "text",
        [
            'MigrationPolicies: [{"id": "x"}, version: 4.7',
            'engine-config -s MigrationPolicies=\'[{"id": 1}] --cver=4.7',
            "engine-config -s MigrationPolicies='[{\"id\": 1]' --cver=4.7",
            'MigrationPolicies: [{"config": {}}] version: 4.6\n{"config": {}}',
            "<system_option><name>Other</name></system_option>",
            '{"id": "MigrationPolicies", "values": {"system_option_value": [{"value": 1}]}}',
            '{"id": "MigrationPolicies", "values": []}',
            "select fn_db_add_config_value('MigrationPolicies','[{''4.7');",
            "engine-config -s MigrationPolicies='x' --cver=4.7",
        ],
    )
    def test_refused(self, text: str) -> None:
        """What is cut off, quoted wrongly or of another option is refused, and nothing is lost."""
        refused(formats.read, text)

    def test_a_difference_without_a_list(self) -> None:
        """What engine-config shows of the option is known, even if its value is none."""
        error = refused(formats.read, "Name: MigrationPolicies\nVersion: 4.7\nCurrent: \n")
        assert str(error) == "the text names MigrationPolicies but has no list of policies"

    @WAYS
    def test_a_policy_that_quotes_a_form(self, way: Callable[[Any], str]) -> None:
        """It does not matter how a policy is described: no description is a text of a form."""
        for description in (
            "MigrationPolicies=",
            "engine-config -s MigrationPolicies='[]' --cver=4.6",
            "INSERT INTO public.vdc_options VALUES (1, 'MigrationPolicies', '[]', '4.6', '[]');",
            *QUOTED,
        ):
            named = zc.policies.POST_COPY.but(name="Named", description=description)
            found: Lists = {"4.7": [named]}
            for indent in (None, 2):
                reading = formats.read(way(values(found, indent=indent)))
                assert reading.parts == {"policies": {"4.7": (named,)}}, description

    def test_a_level_without_end(self) -> None:
        """A level may be any text, such as a value in the wrong place: the message has an end."""
        value = {"value": "[]", "version": "4.7\n" * 999}
        option = {"name": "MigrationPolicies", "values": {"system_option_value": [value]}}
        found = refused(formats.read, json.dumps(option))
        assert "compatibility level" in found.message
        assert len(found.message) < 300
        assert "\n" not in found.path


class TestBare:
    """A MigrationPolicies value in JSON, or one policy of it."""

    @given(listed=st.lists(policies(legacy=False), max_size=3, unique_by=lambda policy: policy.id))
    def test_a_list(self, listed: List[zc.MigrationPolicy]) -> None:
        """A bare list has no level."""
        reading = formats.read(json.dumps([policy.to_json() for policy in listed], indent=2))
        assert (reading.form, reading.ignored) == ("policies", ())
        assert reading.parts == {"policies": {None: tuple(listed)}}

    @given(policy=policies(legacy=False))
    def test_one_policy(self, policy: zc.MigrationPolicy) -> None:
        """A policy alone is a list of one."""
        reading = formats.read(json.dumps(policy.to_json()))
        assert reading.parts == {"policies": {None: (policy,)}}

    def test_faults(self) -> None:
        """All faults are told by their places in the list."""
        text = json.dumps([{"maxMigrations": 0, "config": {}}, {"id": 1, "zerocopy": True}])
        found: Tuple[zc.ZcpolicyError, ...] = refused(formats.read, text).all
        assert {"[0].id", "[0].maxMigrations", "[1].zerocopy"} <= {fault.path for fault in found}
