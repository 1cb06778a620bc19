"""Resolutions: the decision for one scenario, and `resolve`, which makes it."""

import inspect
from typing import Any, Dict, NoReturn, Optional, Tuple, Union, overload

import attr

from .._base.errors import InvalidType, InvalidValue, raise_all, short_repr, suggestion
from .._base.fields import instance, items
from .._base.frozen import maker, quick
from .._base.hints import hinted, refuse
from .._base.notebook import html
from .._base.signatures import shorten
from .._model.engine_config import EngineConfig
from .._model.inputs import VM, Cluster, Host, PolicyChoice
from .._model.notice import Notice, Notices
from .._model.parameters import ParameterName, Parameters
from .._model.scenario import Scenario
from .._model.shipped import MINIMAL_DOWNTIME
from .decide import Decision, decide
from .facts import Facts
from .limitations import LIMITATIONS, Limitation, Limitations
from .notices import notices
from .rules import templates
from .text import decision_text, reasons

__all__ = ["Resolution", "resolve"]


@quick
@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True, repr=False)
class Resolution:
    """The decision on how a VM migrates: the parameters, and the reason for each.

    A resolution follows from its scenario.  Texts are formatted on request.

    Attributes:
        scenario: the inputs, to replay the decision.
        limitations: the limitations of zero-copy, `LIMITATIONS` and a site's own rows.
        parameters: the final migration parameters, a combination that libvirt and QEMU accept.

    Raises:
        ZcpolicyError: the limitations are not `LIMITATIONS` with rows added.
    """

    scenario: Scenario
    limitations: Tuple[Limitation, ...] = LIMITATIONS
    parameters: Parameters = attr.ib(init=False, eq=False)
    _decision: Decision = attr.ib(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if type(self.scenario) is not Scenario:
            raise InvalidType("scenario", self.scenario, "a Scenario")
        if self.limitations is not LIMITATIONS:
            _check_limitations(self.limitations)
        made: Any = self
        made._decision = decided = decide(_Facts(scenario=self.scenario), self.limitations)
        made.parameters = decided.parameters

    @property
    def blockers(self) -> Tuple[str, ...]:
        """The code of every reason why zero-copy is off; empty if it is on."""
        return tuple([limitation.code for limitation in self._decision.limits])

    @property
    def notices(self) -> Tuple[Notice, ...]:
        """Every overridden setting, and advice."""
        return notices(self._decision)

    @property
    def warnings(self) -> Tuple[Notice, ...]:
        """Every overridden setting, the notices with severity ``"warning"``."""
        return Notices([notice for notice in self.notices if notice.severity == "warning"])

    @overload
    def explain(self) -> Dict[str, str]: ...

    @overload
    def explain(self, parameter: ParameterName) -> str: ...

    @hinted
    def explain(self, parameter: Optional[ParameterName] = None) -> Union[str, Dict[str, str]]:
        """Explain a parameter's value in a sentence; all parameters' values if none is named.

        Args:
            parameter: a field of `Parameters`.

        Raises:
            ZcpolicyError: there is no such parameter.
        """
        sentences = reasons(self._decision)
        if parameter is None:
            return sentences
        if not isinstance(parameter, str) or parameter not in sentences:
            names = ", ".join(sentences)
            hint = suggestion(str(parameter), sentences) or f" (known: {names})"
            problem = f"{short_repr(parameter)} is no parameter{hint}"
            raise InvalidValue("parameter", parameter, f"one of {names}", problem)
        return sentences[parameter]

    def to_json(self) -> Dict[str, Any]:
        """The command's JSON answer, which ``docs/json.md`` describes."""
        # Imported here because a decision does not need the adapters.
        from .answer import answer

        return answer(
            self.parameters,
            self.blockers,
            self.notices,
            self.explain(),
            scenario=self.scenario,
            level=self._decision.facts.level,
        )

    def __repr__(self) -> str:
        decided = ", ".join(
            f"{name}={value!r}"
            for name, value in (
                ("zerocopy", self.parameters.zerocopy),
                ("parallel", self.parameters.parallel),
                ("blockers", self.blockers),
                ("warnings", tuple(notice.code for notice in self.warnings)),
            )
        )
        return f"<Resolution: {decided}>"

    def __str__(self) -> str:
        return decision_text(self._decision, self.notices)

    def _repr_html_(self) -> str:
        """Display the resolution in a notebook."""
        return html(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Display the resolution in IPython."""
        printer.text(str(self))


_Facts = maker(Facts)
_Scenario = maker(Scenario)
_Resolution = maker(Resolution)


def resolve(
    cluster: Cluster = Cluster(),
    host: Host = Host(),
    policy: PolicyChoice = MINIMAL_DOWNTIME.name,
    vm: VM = VM(),
    *,
    destination: Host = Host(),
    engine: EngineConfig = EngineConfig(),
    limitations: Tuple[Limitation, ...] = LIMITATIONS,
    **_unknown: NoReturn,
) -> Resolution:
    """Decide how *vm* migrates from *host* to *destination*.

    Args:
        cluster: the VM's cluster.
        host: the source host.
        policy: the policy selected in the cluster, a `MigrationPolicy` or an id or name; the VM's
            own policy, if any, replaces it.
        vm: the VM.
        destination: the destination host.
        engine: Engine's configuration.
        limitations: `LIMITATIONS`, with a site's own rows added.

    Raises:
        ZcpolicyError: an input has the wrong type, Engine does not know a level, or a policy's
            name is unknown.
    """
    if _unknown:  # looked at here, since `hinted` would cost every decision a call
        refuse("resolve has no parameter", _unknown, [*inspect.signature(resolve).parameters])
    scenario = _Scenario(
        cluster=cluster,
        host=host,
        policy=policy,
        vm=vm,
        destination=destination,
        engine=engine,
    )
    return _Resolution(scenario=scenario, limitations=limitations)


shorten(Resolution.__init__, resolve, LIMITATIONS=LIMITATIONS)

_LIMITATIONS = attr.evolve(
    items(instance(Limitation), "LIMITATIONS with rows added, a tuple of Limitations"),
    types=(tuple, Limitations),  # the second from a pickle
)


def _check_limitations(given: Tuple[Limitation, ...]) -> None:
    raise_all(_LIMITATIONS.faults("limitations", given))
    taken = {template.code for _, template in templates()}
    for index, limitation in enumerate(given):
        if limitation.code in taken:
            problem = f"{limitation.code!r} is the code of another limitation or notice"
            raise InvalidValue(f"limitations[{index}].code", limitation.code, "a new code", problem)
        taken.add(limitation.code)
    for shipped in LIMITATIONS:
        if shipped not in given:
            problem = f"the shipped limitation {shipped.code!r} is missing: only add rows"
            raise InvalidValue("limitations", given, _LIMITATIONS.expected, problem)
