"""Users, teams and roles as Modules."""

from __future__ import annotations

from anello.core.accounts.models import Role, Team, User
from anello.core.modules import (
    Access,
    Boolean,
    Choice,
    Detail,
    Email,
    Integer,
    Json,
    L,
    Link,
    Listing,
    Module,
    Option,
    Phone,
    Scope,
    Section,
    Text,
    register,
)

_ADMINISTRATION = Access(view=Scope.ALL, manager=Scope.ALL)

USER = register(
    Module(
        "user",
        User,
        names=L("Utente", "User"),
        plural=L("Utenti", "Users"),
        icon="user-circle",
        area="administration",
        title=str,
        fields=[
            Text("username", L("Nome utente", "User name")),
            Text("first_name", L("Nome", "First name")),
            Text("last_name", L("Cognome", "Last name")),
            Email("email", L("E-mail", "E-mail")),
            Phone("phone", L("Telefono", "Phone")),
            Text("job_title", L("Ruolo aziendale", "Job title")),
            Link("team", L("Squadra", "Team"), to="team"),
            Choice(
                "language",
                L("Lingua", "Language"),
                options=[Option("it", L("Italiano", "Italian")), Option("en", L("Inglese", "English"))],
            ),
            Text("time_zone", L("Fuso orario", "Time zone")),
            Boolean("is_active", L("Attivo", "Active"), readonly=True),
            Integer("id", L("Numero", "Number"), readonly=True),
        ],
        search=["username", "first_name", "last_name", "email", "job_title"],
        views=[
            Listing(columns=["username", "first_name", "last_name", "email", "team", "is_active"], sort="username"),
            Detail(
                sections=[
                    Section(L("Persona", "Person"), ["first_name", "last_name", "email", "phone", "job_title", "team"]),
                    Section(L("Account", "Account"), ["username", "language", "time_zone", "is_active"]),
                ],
                related=(),
            ),
        ],
        access=_ADMINISTRATION,
    )
)

TEAM = register(
    Module(
        "team",
        Team,
        names=L("Squadra", "Team"),
        plural=L("Squadre", "Teams"),
        icon="users",
        area="administration",
        title=str,
        fields=[
            Text("name", L("Nome", "Name")),
            Link("parent", L("Fa parte di", "Part of"), to="team"),
            Integer("id", L("Numero", "Number"), readonly=True),
        ],
        search=["name"],
        views=[
            Listing(columns=["name", "parent"], sort="name"),
            Detail(sections=[Section(L("Squadra", "Team"), ["name", "parent"])], related=("user.team", "team.parent")),
        ],
        access=_ADMINISTRATION,
    )
)

ROLE = register(
    Module(
        "role",
        Role,
        names=L("Ruolo", "Role"),
        plural=L("Ruoli", "Roles"),
        icon="shield",
        area="administration",
        title=str,
        fields=[
            Text("key", L("Chiave", "Key")),
            Text("name_it", L("Nome italiano", "Italian name")),
            Text("name_en", L("Nome inglese", "English name")),
            Boolean("administrator", L("Amministratore", "Administrator")),
            Json("areas", L("Livelli delle aree", "Levels of areas"), shape=dict[str, str], readonly=True),
            Json("grants", L("Permessi", "Permissions"), shape=dict[str, dict[str, str]], readonly=True),
            Json("fields", L("Regole dei campi", "Rules of fields"), shape=dict[str, dict[str, str]], readonly=True),
            Integer("id", L("Numero", "Number"), readonly=True),
        ],
        search=["key", "name_it", "name_en"],
        views=[
            Listing(columns=["name_it", "name_en", "administrator"], sort="key"),
            Detail(sections=[Section(L("Ruolo", "Role"), ["key", "name_it", "name_en", "administrator"])], related=()),
        ],
        access=_ADMINISTRATION,
    )
)
