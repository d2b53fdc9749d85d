"""`/api/v1`: every module, from its spec."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLResolver, path
from django.urls.resolvers import RegexPattern
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Swagger
from ninja.openapi.schema import OpenAPISchema

from anello.core.api.auth import Bearer
from anello.core.api.endpoints import router
from anello.core.api.problem import install
from anello.core.api.records import PROBLEMS, router_for
from anello.core.modules import Module, all_modules, get
from anello.core.studio import shape

DESCRIPTION = """
Everything that the screens do, by the same actions and permissions. Authenticate with `Authorization: Bearer …`: a
personal token (`anello user token NAME`) or an OAuth2 access token (client credentials, `/oauth/token`).
"""


class Api(NinjaAPI):
    """The API; what it says of itself follows the modules, also those of an administrator's making."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        shape.follow(shape.version())
        prefix = path_prefix if path_prefix is not None else self.get_root_path(path_params or {})
        return description(_described(shape.known()), path_prefix=prefix, path_params=path_params)


def description(api: NinjaAPI, **places: Any) -> OpenAPISchema:
    """The OpenAPI description, with the problems to which all operations refer."""
    found = NinjaAPI.get_openapi_schema(api, **places)
    found["components"]["responses"] = {str(status): problem for status, problem in PROBLEMS.items()}
    return found


def made(modules: Iterable[Module], *, name: str = "api") -> Api:
    """The API of these modules and of what is nobody's; `name` is its place among addresses."""
    # A heading with an address would be a link within a button, which keyboards and screen readers cannot tell apart.
    docs = Swagger(settings={"layout": "BaseLayout", "deepLinking": False, "docExpansion": "none"})
    found = Api(
        title="Anello", version="1", description=DESCRIPTION.strip(), auth=Bearer(), docs=docs, urls_namespace=name
    )
    install(found)
    found.add_router("", router)
    for module in modules:
        found.add_router(f"/{module.slug}", router_for(module))
    return found


@lru_cache(maxsize=1)
def _described(version: int) -> Api:
    return made(all_modules())


@lru_cache(maxsize=1)
def _own(version: int) -> URLResolver:
    """Addresses of the modules that administrators made."""
    found = made((get(name) for name in sorted(shape.own())), name=f"studio-{version}")
    return URLResolver(RegexPattern("^"), found.urls[0])


@csrf_exempt  # like all of the API: it knows no cookies
def administrators(request: HttpRequest, rest: str) -> HttpResponseBase:
    """What no code has an address for: one of the modules that administrators made, or nothing."""
    shape.follow(shape.version())
    match = _own(shape.known()).resolve(rest)
    return match.func(request, *match.args, **match.kwargs)


# Whoever imports this late finds modules that may not last as long as the process.
api = made(module for module in all_modules() if module.name not in shape.own())
urlpatterns = [path("", api.urls), path("<path:rest>", administrators)]
