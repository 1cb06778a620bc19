"""How the properties are tested: no test is about time, and a failure shows how to repeat it."""

from hypothesis import HealthCheck, settings

# Slow or shared machines are no failures.
_COMMON = settings(deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("default", _COMMON)
settings.register_profile("thorough", _COMMON, max_examples=5000)
settings.load_profile("default")
