"""The two roles and the database: one owns the tables and migrates them, the other only works with their rows."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from .trouble import ServiceTrouble

OWNER = "perennial_owner"
APPLICATION = "perennial_app"
DATABASE = "perennial"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    name: str
    password: str = ""


def prepare(*, admin: psycopg.Connection, owner: Role, application: Role, database: str) -> None:
    """Make both roles and the database where they are not there yet; `admin` is in autocommit.

    Raises `ServiceTrouble` if the application's role could see past row-level security.
    """
    _role(admin, role=owner, powers="createdb nosuperuser nobypassrls")
    _role(admin, role=application, powers="nocreatedb nocreaterole nosuperuser nobypassrls")
    _require_bound_by_policies(admin, role=application.name)
    if not admin.execute("select 1 from pg_database where datname = %s", [database]).fetchone():
        # who makes a database for another role must be able to become it
        admin.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(owner.name)))
        admin.execute(
            sql.SQL("create database {} owner {}").format(sql.Identifier(database), sql.Identifier(owner.name))
        )
    admin.execute(sql.SQL("revoke connect on database {} from public").format(sql.Identifier(database)))
    admin.execute(
        sql.SQL("grant connect on database {} to {}").format(sql.Identifier(database), sql.Identifier(application.name))
    )


def _role(admin: psycopg.Connection, *, role: Role, powers: str) -> None:
    if not admin.execute("select 1 from pg_roles where rolname = %s", [role.name]).fetchone():
        admin.execute(sql.SQL("create role {} login " + powers).format(sql.Identifier(role.name)))
    if role.password:
        admin.execute(
            sql.SQL("alter role {} password {}").format(sql.Identifier(role.name), sql.Literal(role.password))
        )


def _require_bound_by_policies(admin: psycopg.Connection, *, role: str) -> None:
    passes = admin.execute("select rolsuper or rolbypassrls from pg_roles where rolname = %s", [role]).fetchone()
    if passes and passes[0]:
        raise ServiceTrouble(
            f"The role {role} is a superuser or passes row-level security, so every tenant's rows would be open to it. "
            f"Name another role in DATABASE_URL, or: alter role {role} nosuperuser nobypassrls."
        )
