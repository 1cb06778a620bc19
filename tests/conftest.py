"""How the properties are tested: no test is about time, and a failure shows how to repeat it."""

from hypothesis import HealthCheck, Phase, settings

from calling import call as call  # a fixture

# Slow or shared machines are no failures.
_COMMON = settings(deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
# The README's command is quick, with as many as kill mutants; sessions of nox try more.
settings.register_profile("default", _COMMON, max_examples=25)
settings.register_profile("more", _COMMON, max_examples=200)
settings.register_profile("thorough", _COMMON, max_examples=5000)
# One that fails must fail soon and every time; nobody looks at the smallest example.
settings.register_profile(
    "mutants",
    _COMMON,
    max_examples=25,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
)
settings.load_profile("default")
