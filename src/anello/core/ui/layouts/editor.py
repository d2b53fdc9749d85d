"""The editor of layouts: what people see of a module's records, put into place by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from anello.core.accounts.middleware import gesture
from anello.core.accounts.models import Role
from anello.core.actions import Conflict, Invalid, run
from anello.core.modules import by_slug
from anello.core.policies import Actor, rank
from anello.core.studio import searching, shape
from anello.core.studio.layouts import PARTS, Searched, own, read
from anello.core.studio.module import SHOWN_IN
from anello.core.ui.answers import go, once, told
from anello.core.ui.layouts import surfaces
from anello.core.ui.records.related import links
from anello.core.ui.studio.gate import administering
from anello.kit.numbers import whole
from anello.kit.text import L


class Desk:
    """What is being arranged: which part of which module, for whom, and how it is now."""

    def __init__(self, request: HttpRequest, slug: str) -> None:
        module = by_slug(slug)
        if module is None or module not in shape.open_modules():
            raise Http404(slug)
        self.request, self.module = request, module
        self.part = request.GET.get("part", "list")
        if self.part not in PARTS:
            raise Http404(self.part)
        self.roles = sorted(Role.objects.all(), key=rank)
        key = request.GET.get("role", "")
        self.role = next((role for role in self.roles if role.key == key), None)
        if key and (self.role is None or self.part == Searched.part):
            raise Http404(key)
        self.stored = own(module)
        self.row = self.stored.get((key, self.part))

    @property
    def key(self) -> str:
        return self.role.key if self.role else ""

    @property
    def arranged(self) -> bool:
        """Whether there is a layout for just this."""
        return self.row is not None and bool(self.row.content)

    @property
    def content(self) -> Mapping[str, Any]:
        """What people see of it now."""
        said = read(self.row) if self.row is not None and self.row.content else None
        said = said or PARTS[self.part].of(self.module, self.module.views_for([self.key]))
        return said.model_dump(mode="json") if said else self._derived()

    def _derived(self) -> Mapping[str, Any]:
        """What the product makes of a part of which nothing is said."""
        if self.part == "related":
            return {"lists": [f"{other.name}.{f.name}" for other, f in links(self.module, self.module.detail)]}
        return {"fields": [f.name for f in self.module.inputs.values() if f.required]}

    @property
    def part_label(self) -> L:
        return SHOWN_IN[self.part]

    @property
    def reset_url(self) -> str:
        return self.url("layout_reset")

    @property
    def preview_url(self) -> str:
        return self.url("layout_preview")

    @property
    def blank(self) -> surfaces.Zone:
        """A section that somebody adds."""
        return surfaces.Zone("", [])

    def url(self, name: str = "layout", **changes: str) -> str:
        """An address of the editor, for another part or role where given."""
        wanted = {"part": self.part, "role": self.key, **changes}
        query = urlencode({key: value for key, value in wanted.items() if value})
        return f"{reverse(f'ui:{name}', args=[self.module.slug])}?{query}"

    def page(
        self,
        content: Mapping[str, Any],
        *,
        errors: Sequence[str] = (),
        version: int | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """The editor with that content on its surface."""
        actor: Any = self.request.actor  # type: ignore[attr-defined]
        said = {part for role, part in self.stored if role == self.key and self.stored[role, part].content}
        context = {
            "desk": self,
            "module": self.module,
            "surface": surfaces.surface(actor, self.module, self.part, content),
            "descending": str(content.get("sort", "")).startswith("-"),
            "parts": [(SHOWN_IN[part], self._to(part), part == self.part, part in said) for part in PARTS],
            "audience": [(role, self.url(role=role.key), self._has(role.key)) for role in self.roles],
            "everybody": (self.url(role=""), self._has("")),
            "progress": searching.progress(self.module) if self.part == Searched.part else None,
            "errors": errors,
            "version": version or (self.row.version if self.row else None),
        }
        return render(self.request, "ui/layouts/editor.html", context, status=status)

    def _to(self, part: str) -> str:
        return self.url(part=part, role="") if part == Searched.part else self.url(part=part)

    def _has(self, role: str) -> bool:
        row = self.stored.get((role, self.part))
        return row is not None and bool(row.content)


@administering
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """`/studio/{slug}/layout/?part=list&role=sales`: GET shows it, POST keeps it, as one gesture."""
    desk = Desk(request, slug)
    if request.method == "GET":
        return desk.page(desk.content)
    content = surfaces.read(desk.part, request.POST)
    version = whole(request.POST.get("version", ""), 2**31 - 1)
    try:
        if desk.row is not None and version is not None:
            run("layout.update", {"content": content}, gesture(request), target=desk.row.pk, version=version)
        else:
            said = {"module": desk.module.name, "part": desk.part, "role": desk.key, "content": content}
            run("layout.create", said, gesture(request), key=once(request))
    except Invalid as error:
        again = Desk(request, slug)
        if version is None and again.row is not None:
            return _stale(again, content)
        return desk.page(content, errors=error.messages, version=version, status=422)
    except Conflict:
        return _stale(Desk(request, slug), content)
    told(request, _("Layout saved"))
    return go(request, desk.url())


def _stale(desk: Desk, content: Mapping[str, Any]) -> HttpResponse:
    words = _("Somebody else has changed this layout meanwhile. What you arranged is here: save again to keep it.")
    return desk.page(content, errors=[words], status=409)


@administering
@require_POST
def reset(request: HttpRequest, slug: str) -> HttpResponse:
    """Let the part be again as it is for everybody, or as the product brings it."""
    desk = Desk(request, slug)
    if desk.row is not None:
        run("layout.update", {"content": {}}, gesture(request), target=desk.row.pk)
        told(request, _("Layout reset"))
    return go(request, desk.url())


@administering
@require_POST
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """What somebody who has only the role `as` would see of what stands in the form, before it is saved."""
    desk = Desk(request, slug)
    role = next((role for role in desk.roles if role.key == request.GET.get("as")), None)
    if role is None:
        raise Http404("as")
    actor = Actor.of(request.user)
    actor.roles = [role]
    shown = surfaces.surface(actor, desk.module, desk.part, surfaces.read(desk.part, request.POST))
    return render(request, "ui/layouts/preview.html", {"desk": desk, "surface": shown, "role": role})
