"""Reading attachments with the permission of their record."""

from __future__ import annotations

from anello.core.files.models import Attachment
from anello.core.modules import File, Module, get
from anello.core.modules.fields import StoredFile
from anello.core.modules.registry import names
from anello.core.policies import Actor, can, readable, visible


def of_record(module: Module, record_id: int) -> list[Attachment]:
    """The files of a record that the caller has already found to be visible, newest first."""
    found = Attachment.objects.filter(module=module.name, record_id=record_id)
    return list(found.select_related("uploaded_by").order_by("-pk"))


def in_field(actor: Actor, module: Module, pk: int, name: str) -> StoredFile | None:
    """The file that a field of the record names, if the actor may see the field of that record."""
    f = next((f for f in readable(actor, module) if f.name == name and isinstance(f, File)), None)
    if f is None or not can(actor, module):
        return None
    record = module.model._default_manager.filter(visible(actor, module), pk=pk).first()
    value = f.get(record) if record is not None else None
    return StoredFile(**value) if value else None


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
