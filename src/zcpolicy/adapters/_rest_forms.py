"""Read and write the REST API's forms of values: words, numbers, versions, the CPU topology.

In JSON, the API writes every number and boolean as a string and omits nulls.  The Python SDK's
objects have the same names as attributes, with ints, bools and enum members, and None for absent
values.  The same functions read both, and accept ints and bools in JSON as well.

Source: Engine 4.5 REST API, ``ClusterMapper``, ``VmMapper``, ``VmBaseMapper``,
``MigrationOptionsMapper`` and ``ClusterMigrationOptionsMapper``; ``types.py`` of its
Python SDK 4.6.
"""

import enum
import math
import re
from typing import Any, Callable, Dict, Iterable, Mapping, Optional, Sequence

import attr

from .._base.documents import Reader, join
from .._base.errors import InvalidType, InvalidValue, ZcpolicyError, short_repr
from .._base.fields import INT_MAX, TEXT, Kind, integer
from .._model.policy import LEGACY_ID, is_policy_id

__all__ = [
    "BOOLEANS",
    "INHERITABLE",
    "NOT_SAID",
    "Form",
    "listed",
    "members",
    "nested",
    "number",
    "own_version",
    "paused",
    "plain",
    "policy",
    "setting",
    "tunnel",
    "vcpus",
    "version",
    "word",
]

Members = Mapping[str, Any]
# The value is absent, or has a fault, which is recorded.
NOT_SAID = attr.NOTHING


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Form:
    """The form of a value in an object of the API.

    Attributes:
        key: the key that the object must have to state the value.
        read: read the value from the members of an object, given the object's path; `NOT_SAID` if
            it is absent after all, or after recording a fault.
        write: the members that state the value; none if an object cannot state it.
        update: the members that change an object with the given members to the value; raises a
            `ZcpolicyError` without a path if Engine cannot make the change.
    """

    key: str
    read: Callable[[Reader, Members, str], Any]
    write: Callable[[Any], Dict[str, Any]]
    update: Callable[[Any, Members], Dict[str, Any]]


def _form(
    key: str,
    read: Callable[[Reader, Members, str], Any],
    write: Callable[[Any], Dict[str, Any]],
    update: Optional[Callable[[Any, Members], Dict[str, Any]]] = None,
) -> Form:
    return Form(key=key, read=read, write=write, update=update or (lambda value, _: write(value)))


# -- Words and numbers ---------------------------------------------------------------------------

BOOLEANS: Mapping[str, Any] = {"true": True, "false": False}
INHERITABLE: Mapping[str, Any] = {**BOOLEANS, "inherit": None}
# As Java prints it; no number here has more digits.
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,18}")


def word(key: str, words: Mapping[str, Any]) -> Form:
    """One of *words*, which map to their meanings."""
    spelled = {meaning: each for each, meaning in words.items()}
    return _form(
        key,
        lambda reader, found, path: _word(reader, found, path, key, words),
        lambda value: {key: spelled[value]},
    )


def setting(key: str, number_key: str, words: Mapping[str, Any], kind: Kind) -> Form:
    """One of *words*, or *custom* with a number of *kind* under another key.

    With any other word, Engine ignores the number, and so do we.
    """
    spelled = {meaning: each for each, meaning in words.items()}
    known = {**words, "custom": None}

    def read(reader: Reader, found: Members, path: str) -> Any:
        meaning = _word(reader, found, path, key, known)
        if plain(found[key]) != "custom":
            return meaning
        return _number(reader, found, path, number_key, kind)

    def write(value: Any) -> Dict[str, Any]:
        if isinstance(value, int):
            return {key: "custom", number_key: str(value)}
        return {key: spelled[value]}

    return _form(key, read, write)


def number(key: str, kind: Kind, unit: int = 1, unset: Optional[int] = None) -> Form:
    """A number of *kind*, in units of *unit*; *unset* means None."""

    def read(reader: Reader, found: Members, path: str) -> Any:
        value = _number(reader, found, path, key, kind)
        if value is NOT_SAID:
            return value
        return None if value == unset else value // unit

    return _form(key, read, lambda value: {key: str(unset if value is None else value * unit)})


def tunnel(key: str) -> Form:
    """A VM's own boolean, which Engine can set but not remove."""

    def update(value: Optional[bool], _: Members) -> Dict[str, Any]:
        if value is None:
            problem = f"Engine has no way to remove a VM's own {key} through the REST API"
            raise InvalidValue("", value, "true or false", problem)
        return form.write(value)

    form = word(key, BOOLEANS)
    return attr.evolve(
        form, write=lambda value: {} if value is None else form.write(value), update=update
    )


def paused(key: str) -> Form:
    """A VM's status, of which only *paused* matters.  An update cannot change it."""

    def read(reader: Reader, found: Members, path: str) -> Any:
        # Accept any word: Engine has many.
        status = plain(found[key])
        faults = TEXT.faults(join(path, key), status)
        reader.faults += faults
        return NOT_SAID if faults else status == "paused"

    def update(value: bool, _: Members) -> Dict[str, Any]:
        problem = "an update cannot pause or resume a VM"
        raise InvalidValue("", value, f"{not value}, as it was", problem)

    return _form(key, read, lambda value: {key: "paused"} if value else {}, update)


# -- Structures ----------------------------------------------------------------------------------

_VERSION_KEYS = ("major", "minor")
_VERSION_PART = integer(0, 9999)


def version(key: str) -> Form:
    """A level: two numbers.

    When a cluster's version is written, Engine enables transparent huge pages unless the same
    update disables them.
    """

    def write(value: str) -> Dict[str, Any]:
        return {key: dict(zip(_VERSION_KEYS, value.split(".")))}

    def update(value: str, was: Members) -> Dict[str, Any]:
        update = write(value)
        if _huge_pages_off(was):
            update["memory_policy"] = {"transparent_hugepages": {"enabled": "false"}}
        return update

    return _form(key, lambda reader, found, path: _version(reader, found, path, key), write, update)


# The name in the API's JSON, and in the SDK.
_HUGE_PAGES = ("transparent_hugepages", "transparent_huge_pages")


def _huge_pages_off(cluster: Members) -> bool:
    reader = Reader()
    memory = members(reader, cluster.get("memory_policy", {}), "", _HUGE_PAGES) or {}
    pages = members(reader, next(iter(memory.values()), {}), "", ("enabled",)) or {}
    return pages.get("enabled") in ("false", False)


def own_version(key: str) -> Form:
    """A VM's own level; an empty object, as in an update, means none."""
    form = version(key)

    def read(reader: Reader, found: Members, path: str) -> Any:
        inner = members(Reader(), found[key], path, _VERSION_KEYS)
        return None if inner == {} else form.read(reader, found, path)

    def update(value: Optional[str], _: Members) -> Dict[str, Any]:
        return {key: {}} if value is None else form.write(value)

    return attr.evolve(
        form,
        read=read,
        write=lambda value: {} if value is None else form.write(value),
        update=update,
    )


def _version(reader: Reader, found: Members, path: str, key: str) -> Any:
    path = join(path, key)
    inner = members(reader, found[key], path, _VERSION_KEYS)
    if inner is None:
        return NOT_SAID
    major, minor = (_number(reader, inner, path, part, _VERSION_PART) for part in _VERSION_KEYS)
    return NOT_SAID if NOT_SAID in (major, minor) else f"{major}.{minor}"


_AN_ID = f"the id of a policy, a UUID such as {LEGACY_ID!r}"


def policy(key: str) -> Form:
    """A policy by its id; an empty object, as in an update, means none."""

    def read(reader: Reader, found: Members, path: str) -> Any:
        path = join(path, key)
        inner = members(reader, found[key], path, ("id", "name"))
        if not inner:
            return NOT_SAID if inner is None else None
        path = join(path, "id")
        id_ = inner.get("id")
        if id_ is None:
            # Engine would ignore the name.
            reader.faults.append(_missing(path))
        elif not isinstance(id_, str):
            reader.faults.append(InvalidType(path, id_, _AN_ID))
        elif not is_policy_id(id_):
            reader.faults.append(InvalidValue(path, id_, _AN_ID))
        else:
            return id_.lower()
        return NOT_SAID

    def update(id_: Optional[str], _: Members) -> Dict[str, Any]:
        return {key: {} if id_ is None else {"id": id_}}

    return _form(key, read, lambda id_: {} if id_ is None else {key: {"id": id_}}, update)


_COUNTS = ("cores", "sockets", "threads")
_POSITIVE = integer(1)


def vcpus(key: str) -> Form:
    """The vCPUs: cores times sockets times threads; an absent count is 1.

    An update keeps cores and threads and changes the sockets: hot-plugging cannot do anything else,
    and the guest's licences and NUMA nodes depend on the topology.
    """

    def read(reader: Reader, found: Members, path: str) -> Any:
        path = join(path, key)
        counts = _topology(reader, found[key], path)
        if not counts or NOT_SAID in counts.values():
            return NOT_SAID
        product = math.prod(counts.values())
        if product <= INT_MAX:
            return product
        path = join(path, "topology")
        reader.faults.append(InvalidValue(path, product, f"at most {INT_MAX} vCPUs"))
        return NOT_SAID

    def write(value: int, cores: int = 1, threads: int = 1) -> Dict[str, Any]:
        counts = {"cores": cores, "sockets": value // (cores * threads), "threads": threads}
        return {key: {"topology": {name: str(count) for name, count in counts.items()}}}

    def update(value: int, was: Members) -> Dict[str, Any]:
        counts = _topology(Reader(), was.get(key, {}), "")
        cores, threads = counts.get("cores", 1), counts.get("threads", 1)
        if value % (cores * threads):
            shape = f"cores={cores}, threads={threads}"
            expected = f"a multiple of {cores * threads}, the vCPUs of one socket"
            problem = (
                f"{short_repr(value)} is not {expected} ({shape}); change them in Engine first"
            )
            raise InvalidValue("", value, expected, problem)
        return write(value, cores, threads)

    return _form(key, read, write, update)


def _topology(reader: Reader, cpu: object, path: str) -> Dict[str, Any]:
    inner = members(reader, cpu, path, ("topology",)) or {}
    path = join(path, "topology")
    topology = members(reader, inner.get("topology", {}), path, _COUNTS) or {}
    return {name: _number(reader, topology, path, name, _POSITIVE) for name in topology}


def nested(key: str, names: Sequence[str], form: Form) -> Form:
    """Another form, nested in an object with the members *names*."""

    def read(reader: Reader, found: Members, path: str) -> Any:
        path = join(path, key)
        inner = members(reader, found[key], path, names)
        if inner is None:
            return NOT_SAID
        if form.key in inner:
            return form.read(reader, inner, path)
        reader.faults.append(_missing(join(path, form.key)))
        return NOT_SAID

    return _form(key, read, lambda value: {key: form.write(value)})


# -- Shared functions ----------------------------------------------------------------------------


def members(
    reader: Reader,
    document: object,
    path: str,
    names: Sequence[str],
    *,
    named: Optional[Sequence[str]] = None,
) -> Optional[Dict[str, Any]]:
    """The members *names* of an object, without nulls; None if it is not an object.

    A fault lists all the names, or only those in *named*.
    """
    if isinstance(document, Mapping):
        found = {name: document.get(name) for name in names}
    elif any(hasattr(document, name) for name in names):
        found = {name: getattr(document, name, None) for name in names}
    else:
        expected = f"a JSON object, or an object of the SDK, with any of {listed(named or names)}"
        reader.faults.append(InvalidType(path, document, expected))
        return None
    return {name: value for name, value in found.items() if value is not None}


def _word(reader: Reader, found: Members, path: str, key: str, words: Mapping[str, Any]) -> Any:
    """The meaning of the word under *key*; a bool counts as its word."""
    value = each = plain(found[key])
    if isinstance(value, bool) and "true" in words:
        each = "true" if value else "false"
    if isinstance(each, str) and each in words:
        return words[each]
    error = InvalidValue if isinstance(value, str) else InvalidType
    reader.faults.append(error(join(path, key), value, f"one of {listed(words)}"))
    return NOT_SAID


def _number(reader: Reader, found: Members, path: str, key: str, kind: Kind) -> Any:
    """The number under *key*: an int, or a string as in the API."""
    path = join(path, key)
    if key not in found:
        reader.faults.append(_missing(path))
        return NOT_SAID
    value = found[key]
    made = int(value) if isinstance(value, str) and _INTEGER.fullmatch(value) else value
    if not kind.faults(path, made):
        return made
    error = InvalidValue if isinstance(value, str) or type(value) is int else InvalidType
    reader.faults.append(error(path, value, kind.expected))
    return NOT_SAID


def plain(value: object) -> object:
    """The word of an SDK enum member; other values unchanged."""
    return value.value if isinstance(value, enum.Enum) else value


def _missing(path: str) -> ZcpolicyError:
    return InvalidValue(path, None, "a value", "the key is missing or null")


def listed(words: Iterable[str]) -> str:
    """The words, quoted and separated by commas."""
    return ", ".join(map(repr, words))
