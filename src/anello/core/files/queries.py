"""Reading attachments with the permission of their record."""

from __future__ import annotations

from anello.core.files.models import Attachment
from anello.core.modules import Module, get
from anello.core.modules.registry import names
from anello.core.policies import Actor, can, visible


def of_record(module: Module, record_id: int) -> list[Attachment]:
    """The files of a record that the caller has already found to be visible, newest first."""
    found = Attachment.objects.filter(module=module.name, record_id=record_id)
    return list(found.select_related("uploaded_by").order_by("-pk"))


def find(actor: Actor, pk: int) -> Attachment | None:
    """The attachment, if the actor may see the record it belongs to."""
    found = Attachment.objects.filter(pk=pk).first()
    if found is None or found.module not in names():
        return None
    module = get(found.module)
    if not can(actor, module):
        return None
    seen = module.model._default_manager.filter(pk=found.record_id).filter(visible(actor, module)).exists()
    return found if seen else None
