"""All forms, in the order in which the docs list them."""

from typing import Tuple

from . import (
    _dirty_rate,
    _documents,
    _domain,
    _hosts,
    _jobs,
    _policies,
    _progress,
    _requests,
    _rest,
    _virsh,
)
from ._form import Form

__all__ = ["FORMS"]

FORMS: Tuple[Form, ...] = (
    *_documents.FORMS,
    *_policies.FORMS,
    *_rest.FORMS,
    *_domain.FORMS,
    *_hosts.FORMS,
    *_requests.FORMS,
    *_progress.FORMS,
    *_virsh.FORMS,
    *_jobs.FORMS,
    *_dirty_rate.FORMS,
)
