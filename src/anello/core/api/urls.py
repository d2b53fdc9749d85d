"""`/api/v1`: every module, from its spec."""

from __future__ import annotations

from django.urls import path
from ninja import NinjaAPI, Swagger

from anello.core.api.auth import Bearer
from anello.core.api.endpoints import router
from anello.core.api.problem import install
from anello.core.api.records import router_for
from anello.core.modules import all_modules

DESCRIPTION = """
Everything that the screens do, by the same actions and permissions. Authenticate with `Authorization: Bearer …`: a
personal token (`anello user token NAME`) or an OAuth2 access token (client credentials, `/oauth/token`).
"""

# A heading with an address would be a link within a button, which keyboards and screen readers cannot tell apart.
DOCS = Swagger(settings={"layout": "BaseLayout", "deepLinking": False, "docExpansion": "none"})
api = NinjaAPI(
    title="Anello", version="1", description=DESCRIPTION.strip(), auth=Bearer(), docs=DOCS, urls_namespace="api"
)
install(api)
api.add_router("", router)
for module in all_modules():
    api.add_router(f"/{module.slug}", router_for(module))

urlpatterns = [path("", api.urls)]
