"""Prints values as the programs do that people copy them from, for what reads them again.

Each function names its source; none of them shares code with the readers.
"""

import csv
import io
import json
import re
import shlex
from typing import Any, Dict, List, Mapping, Optional, Sequence
from xml.sax.saxutils import escape, quoteattr

__all__ = ["OPTION_WAYS", "QUOTED", "domain_xml", "psql_framed", "python_log", "rest_xml"]

OPTION = "MigrationPolicies"
# What an option's value is, level by level.
Values = Mapping[str, str]


def engine_config_get(values: Values) -> str:
    """``engine-config -g``.  Source: Engine ``EngineConfigLogic.printAllValuesForKey``."""
    return "".join(f"{OPTION}: {value} version: {level}\n" for level, value in values.items())


def engine_config_all(values: Values) -> str:
    """``engine-config -a``.  Source: Engine ``EngineConfigLogic.printAllValues``."""
    before = 'AgentTimeout: 30 version: general\nFenceOptions: {"a": [{"b": 1}]} version: 4.7'
    behind = "VdsFenceType:  version: 4.7\nWipeAfterDelete: false version: general"
    return f"{before}\n{engine_config_get(values)}{behind}\n"


def engine_config_diff(values: Values) -> str:
    """``engine-config --diff``.  Source: Engine ``EngineConfigLogic.checkDiff``."""
    return "".join(
        f"Name: {OPTION}\nVersion: {level}\nCurrent: {value}\nDefault: {DEFAULT}\n\n"
        for level, value in values.items()
    )


DEFAULT = '[{"id":{"uuid":"80554327-0569-496b-bdeb-fcbbf52b827b"},"maxMigrations":9,"config":{}}]'
_COLUMNS = ("option_id", "option_name", "option_value", "version", "default_value")


def psql_aligned(values: Values) -> str:
    """``select * from vdc_options``.  Source: PostgreSQL's manual, psql, the option -A."""
    rows = [_COLUMNS, *_rows(values)]
    widths = [
        max(len(line) for row in rows for line in row[column].split("\n"))
        for column in range(len(_COLUMNS))
    ]
    lines = [line for row in rows for line in _psql_lines(row, widths)]
    lines.insert(1, "-" + "-+-".join("-" * width for width in widths) + "-")
    count = len(values)
    return "\n".join([*lines, f"({count} row{'' if count == 1 else 's'})", ""]) + "\n"


def _psql_lines(row: Sequence[str], widths: Sequence[int]) -> List[str]:
    """The lines of a row: a cell that goes on ends in a plus sign."""
    cells = [cell.split("\n") for cell in row]
    made = []
    for number in range(max(map(len, cells))):
        line = ""
        for cell, width in zip(cells, widths):
            text = cell[number] if number < len(cell) else ""
            line += f"| {text.ljust(width)}{'+' if number < len(cell) - 1 else ' '}"
        made.append(line[1:].rstrip(" "))
    return made


def psql_framed(values: Values) -> str:
    """The same with ``border 2`` and ``linestyle unicode``.  Source: as above."""
    header, rule, *lines = psql_aligned(values).split("\n")[:-3]
    width = len(rule)
    marked = [re.sub(r"\+(?=\||$)", "↵", line.ljust(width)) for line in lines]
    framed = [f"|{line}|".replace("|", "│") for line in (header.ljust(width), *marked)]
    rules = [f"{ends[0]}{rule}{ends[1]}".replace("-", "─") for ends in ("┌┐", "├┤", "└┘")]
    rules = [line.replace("+", cross) for line, cross in zip(rules, "┬┼┴")]
    return "\n".join([rules[0], framed[0], rules[1], *framed[1:], rules[2]]) + "\n"


def psql_expanded(values: Values) -> str:
    """``psql -x``.  Source: PostgreSQL's manual, psql, the option -x."""
    lines = []
    for number, row in enumerate(_rows(values), 1):
        lines.append(f"-[ RECORD {number} ]-+{'-' * 40}")
        for name, cell in zip(_COLUMNS, row):
            *first, last = cell.split("\n")
            width = max(map(len, cell.split("\n")))
            parts = [*[f"{part.ljust(width)}+" for part in first], last]
            names = [name, *[""] * len(first)]
            lines += [f"{each.ljust(13)} | {part}" for each, part in zip(names, parts)]
    return "\n".join(lines) + "\n\n"


def psql_unaligned(values: Values) -> str:
    """``psql -At -c "select option_value, version …"``.  Source: as above."""
    return "".join(f"{value}|{level}\n" for level, value in values.items())


def psql_unaligned_all(values: Values) -> str:
    """``psql -At -c "select * …"``.  Source: as above."""
    return "".join("|".join(row) + "\n" for row in _rows(values))


def copied(values: Values) -> str:
    """``COPY … TO STDOUT``.  Source: PostgreSQL's manual, COPY, text format."""
    return "".join(
        "\t".join(
            cell.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n") for cell in row[:4]
        )
        + "\n"
        for row in _rows(values)
    )


def comma_separated(values: Values) -> str:
    """``COPY … TO STDOUT CSV HEADER``.  Source: PostgreSQL's manual, COPY, CSV format."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(_rows(values))
    return out.getvalue()


def _rows(values: Values) -> "list[tuple[str, ...]]":
    return [
        (str(600 + index), OPTION, value, level, DEFAULT)
        for index, (level, value) in enumerate(values.items())
    ]


def set_commands(values: Values) -> str:
    """The commands that set them.  Source: Engine ``engine-config --help``, POSIX sh."""
    return "".join(
        f"engine-config -s {OPTION}={shlex.quote(value)} --cver={level}\n"
        for level, value in values.items()
    )


def set_commands_quoted(values: Values) -> str:
    """The same, the word as a whole in double quotes.  Source: as above."""
    lines = []
    for level, value in values.items():
        inside = f"{OPTION}={value}"
        for special in '\\"$`':
            inside = inside.replace(special, f"\\{special}")
        lines.append(f'sudo engine-config --cver {level} -s "{inside}"\n')
    return "".join(lines)


def insert_statements(values: Values) -> str:
    """``pg_dump --inserts``.  Source: PostgreSQL's manual, string constants."""
    return "".join(
        f"INSERT INTO public.vdc_options VALUES ({', '.join(map(_literal, row))});\n"
        for row in _rows(values)
    )


def added_in_script(values: Values) -> str:
    """Engine's own script.  Source: Engine ``dbscripts/upgrade/pre_upgrade/0000_config.sql``."""
    return "".join(
        f"select fn_db_add_config_value('{OPTION}',{_literal(value)},'{level}');\n"
        for level, value in values.items()
    )


def _literal(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def option_json(values: Values) -> str:
    """``GET /options/MigrationPolicies`` in JSON.  Source: Engine ``SystemOptionMapper``."""
    listed = [{"value": value, "version": level} for level, value in values.items()]
    option = {"name": OPTION, "id": OPTION, "values": {"system_option_value": listed}}
    return json.dumps({**option, "href": f"/ovirt-engine/api/options/{OPTION}"})


def option_xml(values: Values) -> str:
    """The same in XML.  Source: as above."""
    listed = "".join(
        f"<system_option_value><value>{escape(value)}</value><version>{level}</version>"
        "</system_option_value>"
        for level, value in values.items()
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    name = f"<name>{OPTION}</name>"
    return f'{head}\n<system_option id="{OPTION}">{name}<values>{listed}</values></system_option>'


OPTION_WAYS = (
    *(engine_config_get, engine_config_all, engine_config_diff),
    *(psql_aligned, psql_expanded, psql_unaligned, psql_unaligned_all),
    *(copied, comma_separated, set_commands, set_commands_quoted),
    *(insert_statements, added_in_script, option_json, option_xml),
)


# What tells the other forms, as a person may quote it in a description.
QUOTED = (
    "Migration Progress: ",
    "starting migration to qemu+tls://b/system with miguri tcp://b",
    "START migrate(params={",
    "Calling 'VM.migrate' in bridge with {",
    "Migrating to qemu+tls://b/system with params {",
    "2026-03-02 10:13:02,364+0100 WARN  (migmon/1) [virt.vm] (vmId='1') Migration Progress: 1",
    "MigrateVDSCommandParameters:{hostId='1', tunnelMigration='false'}",
    "Job type:         Unbounded\nTime elapsed:     130874       ms\n",
    "Domain: 'db01'\n  dirtyrate.calc_status=2\n",
    "Migration status: active",
    '{"return": {"status": "active", "total-time": 1, "ram": {"transferred": 1}}}',
    "{'return': {'status': 'active', 'total-time': 1, 'ram': {'transferred': 1}}}",
    "{'return': {'status': 'measured', 'calc-time': 1, 'dirty-rate': 1}}",
    "{'type': 2, 'time_elapsed': 5, 'memory_total': 7}",
    "{'packages2': {}, 'kvmEnabled': 'true'}",
    "{'vmId': '1', 'abortOnError': 'true'}",
    "virsh migrate --live --p2p db01 qemu+tls://host2.example.com/system",
    "<domain type='kvm'><memory>5</memory></domain>",
)


def rest_xml(tag: str, document: Mapping[str, Any]) -> str:
    """An object of the REST API, as the API writes it in XML by default.

    Source: Engine API model, ``XmlClusterWriter`` and ``XmlVmWriter``: ids and addresses are
    attributes, all else is elements, a list is an element of its own with several in it.
    """
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return head + _element(tag, document, 0)


def _element(tag: str, value: Any, depth: int) -> str:
    indent = "    " * depth
    if isinstance(value, list):
        return "".join(_element(tag, each, depth) for each in value)
    if not isinstance(value, dict):
        return f"{indent}<{tag}>{escape(str(value))}</{tag}>\n"
    attributes = "".join(
        f" {key}={quoteattr(str(value[key]))}" for key in ("href", "id") if key in value
    )
    inside = "".join(
        _element(key, each, depth + 1) for key, each in value.items() if key not in ("href", "id")
    )
    if not inside:
        return f"{indent}<{tag}{attributes}/>\n"
    return f"{indent}<{tag}{attributes}>\n{inside}{indent}</{tag}>\n"


def domain_xml(
    *,
    memory: int,
    unit: Optional[str],
    vcpus: int,
    current: Optional[int] = None,
    limit: Optional[int] = None,
    limit_unit: Optional[str] = None,
    devices: str = "",
    backing: str = "",
) -> str:
    """``virsh dumpxml``.  Source: libvirt ``docs/formatdomain.rst``, ``domain_conf.c``."""

    def sized(tag: str, number: int, of: Optional[str]) -> str:
        attribute = "" if of is None else f" unit='{of}'"
        return f"<{tag}{attribute}>{number}</{tag}>"

    online = "" if current is None else f" current='{current}'"
    tuning = "" if limit is None else f"<memtune>{sized('hard_limit', limit, limit_unit)}</memtune>"
    return f"""<domain type='kvm' id='7' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>db&amp;01</name>
  <metadata><ovirt-vm:vm xmlns:ovirt-vm="http://ovirt.org/vm/1.0"/></metadata>
  {sized("memory", memory, unit)}
  <currentMemory unit='KiB'>1</currentMemory>
  {backing}
  <vcpu placement='static'{online}>{vcpus}</vcpu>
  {tuning}
  <devices>{devices}</devices>
</domain>
"""


def python_log(call: str, value: Dict[str, Any]) -> str:
    """A line of Vdsm's log.  Source: Vdsm ``lib/vdsm/common/api.py``, ``logged``."""
    return (
        f"2026-03-02 10:11:02,118+0100 INFO  (jsonrpc/4) [api.host] FINISH {call} "
        f"return={value!r} from=::ffff:192.0.2.9,54321 (api:54)\n"
    )
