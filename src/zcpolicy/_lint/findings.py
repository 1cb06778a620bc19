"""Settings that are legal in a migration policy but do not do what the author expects: a table.

A harmful or unreadable policy is rejected on construction; a row here is about one that Engine
accepts and that then waits, aborts or pauses unexpectedly.  Rows are about a list of policies
(``lists``), a policy (``policies``), its schedule (``schedules``), or a schedule on particular
hosts (``hosts``).  To add a row, add it to its table, add an example and its fix to the tests, and
regenerate the snapshot of the sentences and the tables in the docs (``pytest tests/test_lint.py
--force-regen`` and ``python docs/tables.py``).

Paths refer to the policy's JSON, as `MigrationPolicy.to_json` returns it.
"""

from .hosts import ABOUT_HOSTS
from .lists import ABOUT_LISTS
from .policies import ABOUT_POLICIES
from .schedules import ABOUT_SCHEDULES

__all__ = ["ROWS"]

ROWS = (*ABOUT_LISTS, *ABOUT_POLICIES, *ABOUT_SCHEDULES, *ABOUT_HOSTS)
