"""All forms, in the order in which the docs list them."""

from typing import Tuple

from . import (
    _dirty_rate,
    _documents,
    _domain,
    _engine_log,
    _hosts,
    _jobs,
    _policies,
    _progress,
    _requests,
    _rest,
    _vdsm_log,
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
    *_vdsm_log.FORMS,
    *_engine_log.FORMS,
)
