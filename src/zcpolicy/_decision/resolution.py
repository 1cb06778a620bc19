"""The decision for one scenario, and `resolve`, which makes it."""

from typing import Any, Dict, Optional, Tuple, Union, overload

import attr

from .._base.errors import InvalidType, InvalidValue, raise_all, shown, suggestion
from .._base.fields import instance, items
from .._model.engine_config import EngineConfig
from .._model.inputs import VM, Cluster, Host, PolicyChoice
from .._model.notice import Notice
from .._model.parameters import Parameters
from .._model.scenario import Scenario
from .._model.shipped import MINIMAL_DOWNTIME
from .answer import answer
from .facts import Facts
from .limitations import LIMITATIONS, Limitation
from .notices import NOTICES
from .rules import Decision, decide, notices
from .text import decision_text, reasons

__all__ = ["Resolution", "resolve"]


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True, repr=False)
class Resolution:
    """How a VM migrates: the parameters, and for each of them why.

    A resolution is made of a scenario and cannot differ from it.  Texts are made when they are
    asked for.

    Attributes:
        scenario: what was asked, to replay it.
        limitations: the table of what limits zero-copy, `LIMITATIONS` and a site's own rows.

    Raises:
        ZcpolicyError: the limitations are not `LIMITATIONS` with rows added.
    """

    scenario: Scenario
    limitations: Tuple[Limitation, ...] = LIMITATIONS
    _facts: Facts = attr.ib(init=False, eq=False)
    _decision: Decision = attr.ib(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if type(self.scenario) is not Scenario:
            raise InvalidType("scenario", self.scenario, "a Scenario")
        if self.limitations is not LIMITATIONS:
            _check_limitations(self.limitations)
        facts = Facts(scenario=self.scenario)
        object.__setattr__(self, "_facts", facts)
        object.__setattr__(self, "_decision", decide(facts, self.limitations))

    @property
    def parameters(self) -> Parameters:
        """The final migration parameters; libvirt and QEMU do not refuse their combination."""
        return self._decision[0]

    @property
    def blockers(self) -> Tuple[str, ...]:
        """Every reason why zero-copy is off, by the code of its limitation; empty if it is on."""
        return tuple([limitation.code for limitation in self._decision[1]])

    @property
    def notices(self) -> Tuple[Notice, ...]:
        """Everything that is not as asked, and advice."""
        return notices(self._facts, self._decision)

    @property
    def warnings(self) -> Tuple[Notice, ...]:
        """Everything that is not as asked, the notices of severity ``"warning"``."""
        return tuple(notice for notice in self.notices if notice.severity == "warning")

    @overload
    def explain(self) -> Dict[str, str]: ...

    @overload
    def explain(self, parameter: str) -> str: ...

    def explain(self, parameter: Optional[str] = None) -> Union[str, Dict[str, str]]:
        """Why a parameter has its value, in a sentence; all of them, if none is named.

        Args:
            parameter: a field of `Parameters`.

        Raises:
            ZcpolicyError: there is no such parameter.
        """
        sentences = reasons(self._facts, self._decision)
        if parameter is None:
            return sentences
        if not isinstance(parameter, str) or parameter not in sentences:
            names = ", ".join(sentences)
            hint = suggestion(str(parameter), sentences) or f" (known: {names})"
            problem = f"{shown(parameter)} is no parameter{hint}"
            raise InvalidValue("parameter", parameter, f"one of {names}", problem)
        return sentences[parameter]

    def to_json(self) -> Dict[str, Any]:
        """The answer of the command, as ``docs/json.md`` describes it."""
        return answer(
            self.parameters,
            self.blockers,
            self.notices,
            self.explain(),
            host=self.scenario.host,
            level=self._facts.level,
        )

    def __repr__(self) -> str:
        shipped = len(LIMITATIONS)
        if self.limitations == LIMITATIONS:
            added = ""
        elif self.limitations[:shipped] == LIMITATIONS:
            added = f", limitations=LIMITATIONS + {self.limitations[shipped:]!r}"
        else:
            added = f", limitations={self.limitations!r}"
        return f"Resolution(scenario={self.scenario!r}{added})"

    def __reduce__(self) -> Any:
        # What it was made of is enough, and can be pickled, which the rules cannot.
        return _rebuilt, (self.scenario, self.limitations)

    def __str__(self) -> str:
        return decision_text(self._facts, self._decision, self.notices)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython shows."""
        printer.text(str(self))


def _rebuilt(scenario: Scenario, limitations: Tuple[Limitation, ...]) -> Resolution:
    return Resolution(scenario=scenario, limitations=limitations)


def resolve(
    cluster: Cluster = Cluster(),
    host: Host = Host(),
    policy: PolicyChoice = MINIMAL_DOWNTIME.name,
    vm: VM = VM(),
    *,
    destination: Host = Host(),
    engine: EngineConfig = EngineConfig(),
    limitations: Tuple[Limitation, ...] = LIMITATIONS,
) -> Resolution:
    """Decide how *vm* migrates from *host* to *destination*.

    Args:
        cluster: the VM's cluster.
        host: the source host.
        policy: the policy chosen in the cluster, a `MigrationPolicy` or an id or name; the VM's
            own, if it has one, is used instead.
        vm: the VM.
        destination: the destination host.
        engine: Engine's configuration.
        limitations: `LIMITATIONS`, with a site's own rows added.

    Raises:
        ZcpolicyError: an input is not of its class, Engine does not know a level, or a policy's
            name means nothing.
    """
    scenario = Scenario(
        cluster=cluster,
        host=host,
        policy=policy,
        vm=vm,
        destination=destination,
        engine=engine,
    )
    return Resolution(scenario=scenario, limitations=limitations)


_LIMITATIONS = items(instance(Limitation), "LIMITATIONS with rows added, a tuple of Limitations")


def _check_limitations(given: Tuple[Limitation, ...]) -> None:
    raise_all(_LIMITATIONS.faults("limitations", given))
    taken = {row.notice.code for row in NOTICES}
    for index, limitation in enumerate(given):
        if limitation.code in taken:
            problem = f"{limitation.code!r} is the code of another limitation or notice"
            raise InvalidValue(f"limitations[{index}].code", limitation.code, "a new code", problem)
        taken.add(limitation.code)
    for shipped in LIMITATIONS:
        if shipped not in given:
            problem = f"the shipped limitation {shipped.code!r} is missing: only add rows"
            raise InvalidValue("limitations", given, _LIMITATIONS.expected, problem)
