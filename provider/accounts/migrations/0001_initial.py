"""Who: the first tables, with the one text that accounts and people are searched by."""

import datetime

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.conf import settings
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

import provider.accounts.models.search
import provider.kernel.ids
from provider.kernel.schema import CreateModels

# Immutable, so that an index may rest on it: the encoding of a database never changes.
MAKE_SEARCH_BYTES = """
create function search_bytes(given text) returns text language sql immutable strict parallel safe
return encode(convert_to(given, 'UTF8'), 'hex')
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        TrigramExtension(),
        migrations.RunSQL(MAKE_SEARCH_BYTES, "drop function search_bytes(text)"),
        CreateModels(
            [
                migrations.CreateModel(
                    name="Brand",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=provider.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=80)),
                        ("accent", models.CharField(default="#4350b5", max_length=7)),
                        ("accent_dark", models.CharField(default="#5f6cd6", max_length=7)),
                        ("logo_file_id", models.UUIDField(blank=True, null=True)),
                        ("support_email", models.EmailField(blank=True, max_length=254)),
                        ("support_phone", models.CharField(blank=True, max_length=32)),
                        ("created_at", models.DateTimeField()),
                    ],
                ),
                migrations.CreateModel(
                    name="Region",
                    fields=[
                        ("code", models.CharField(max_length=32, primary_key=True, serialize=False)),
                        ("name", models.CharField(max_length=80)),
                        ("name_hans", models.CharField(max_length=80)),
                        ("name_hant", models.CharField(max_length=80)),
                        ("country", models.CharField(max_length=2)),
                        ("time_zone", models.CharField(max_length=64)),
                        ("currency", models.CharField(max_length=3)),
                        ("cell", models.CharField(default="default", max_length=32)),
                        ("is_open", models.BooleanField(default=True)),
                    ],
                    options={
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="User",
                    fields=[
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                        (
                            "id",
                            models.UUIDField(
                                default=provider.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("email", models.EmailField(blank=True, max_length=254, null=True)),
                        ("phone", models.CharField(blank=True, max_length=16, null=True)),
                        ("phone_verified_at", models.DateTimeField(blank=True, null=True)),
                        ("name", models.CharField(blank=True, max_length=120)),
                        (
                            "language",
                            models.CharField(
                                choices=[("en", "English"), ("zh-hans", "简体中文"), ("zh-hant", "繁體中文")],
                                default="en",
                                max_length=8,
                            ),
                        ),
                        (
                            "theme",
                            models.CharField(
                                choices=[("auto", "Auto"), ("light", "Light"), ("dark", "Dark")],
                                default="auto",
                                max_length=5,
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True)),
                        ("created_at", models.DateTimeField()),
                        (
                            "search_text",
                            models.GeneratedField(
                                db_persist=True,
                                expression=django.db.models.functions.text.Lower(
                                    django.db.models.functions.text.Concat(
                                        django.db.models.functions.comparison.Coalesce(
                                            models.F("name"), models.Value("")
                                        ),
                                        models.Value("\n"),
                                        django.db.models.functions.comparison.Coalesce(
                                            models.F("email"), models.Value("")
                                        ),
                                        models.Value("\n"),
                                        django.db.models.functions.comparison.Coalesce(
                                            models.F("phone"), models.Value("")
                                        ),
                                        output_field=models.TextField(),
                                    )
                                ),
                                output_field=models.TextField(),
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                django.contrib.postgres.indexes.OpClass(
                                    django.db.models.functions.text.Lower("name"), name="text_pattern_ops"
                                ),
                                name="user_name_begins",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                fields=["search_text"], name="user_search", opclasses=["gin_trgm_ops"]
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                django.contrib.postgres.indexes.OpClass(
                                    provider.accounts.models.search.SearchBytes("search_text"), name="gin_trgm_ops"
                                ),
                                name="user_search_bytes",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                django.db.models.functions.text.Lower("email"), name="user_email_once"
                            ),
                            models.UniqueConstraint(fields=("phone",), name="user_phone_once"),
                            models.CheckConstraint(
                                condition=models.Q(("email", None), ("phone", None), _negated=True),
                                name="user_is_reachable",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("phone", None), ("phone__regex", "^\\+[1-9][0-9]{5,14}$"), _connector="OR"
                                ),
                                name="user_phone_is_international",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("language__in", ["en", "zh-hans", "zh-hant"])),
                                name="user_language_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Account",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=provider.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        ("company_name", models.CharField(blank=True, max_length=200)),
                        ("email", models.EmailField(blank=True, max_length=254)),
                        ("country", models.CharField(blank=True, max_length=2)),
                        ("address", models.TextField(blank=True)),
                        ("tax_id", models.CharField(blank=True, max_length=32)),
                        ("time_zone", models.CharField(default="Asia/Shanghai", max_length=64)),
                        (
                            "language",
                            models.CharField(
                                choices=[("en", "English"), ("zh-hans", "简体中文"), ("zh-hant", "繁體中文")],
                                default="en",
                                max_length=8,
                            ),
                        ),
                        ("currency", models.CharField(default="CNY", max_length=3)),
                        ("currency_fixed_at", models.DateTimeField(blank=True, null=True)),
                        ("test_clock_at", models.DateTimeField(blank=True, null=True)),
                        ("is_test", models.BooleanField(default=False)),
                        ("created_at", models.DateTimeField()),
                        (
                            "search_text",
                            models.GeneratedField(
                                db_persist=True,
                                expression=django.db.models.functions.text.Lower(
                                    django.db.models.functions.text.Concat(
                                        django.db.models.functions.comparison.Coalesce(
                                            models.F("name"), models.Value("")
                                        ),
                                        models.Value("\n"),
                                        django.db.models.functions.comparison.Coalesce(
                                            models.F("company_name"), models.Value("")
                                        ),
                                        models.Value("\n"),
                                        django.db.models.functions.comparison.Coalesce(
                                            models.F("email"), models.Value("")
                                        ),
                                        models.Value("\n"),
                                        django.db.models.functions.comparison.Coalesce(
                                            models.F("tax_id"), models.Value("")
                                        ),
                                        output_field=models.TextField(),
                                    )
                                ),
                                output_field=models.TextField(),
                            ),
                        ),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="children",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "brand",
                            models.ForeignKey(
                                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="accounts.brand"
                            ),
                        ),
                        (
                            "region",
                            models.ForeignKey(
                                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="accounts.region"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["-created_at", "-id"], name="account_newest"),
                            models.Index(fields=["parent", "-created_at", "-id"], name="account_of_parent"),
                            models.Index(django.db.models.functions.text.Lower("email"), name="account_email"),
                            models.Index(
                                django.contrib.postgres.indexes.OpClass(
                                    django.db.models.functions.text.Lower("name"), name="text_pattern_ops"
                                ),
                                name="account_name_begins",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                fields=["search_text"], name="account_search", opclasses=["gin_trgm_ops"]
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                django.contrib.postgres.indexes.OpClass(
                                    provider.accounts.models.search.SearchBytes("search_text"), name="gin_trgm_ops"
                                ),
                                name="account_search_bytes",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("language__in", ["en", "zh-hans", "zh-hant"])),
                                name="account_language_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("parent", models.F("id")), _negated=True),
                                    ("parent", None),
                                    _connector="OR",
                                ),
                                name="account_not_own_parent",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("test_clock_at", None), ("is_test", True), _connector="OR"),
                                name="account_test_clock_only_in_test",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Consent",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=provider.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("terms", "Terms"),
                                    ("privacy", "Privacy"),
                                    ("support_access", "Support Access"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("version", models.CharField(blank=True, max_length=32)),
                        ("language", models.CharField(blank=True, max_length=8)),
                        ("address", models.CharField(blank=True, max_length=45)),
                        ("given_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField(blank=True, null=True)),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "account",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="consents",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "granted_to",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="consents",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["account", "kind", "-given_at"], name="consent_of_account")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "support_access"), _negated=True),
                                    models.Q(
                                        ("account__isnull", False),
                                        ("expires_at__isnull", False),
                                        ("granted_to__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="consent_support_access_ends",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind", "support_access"),
                                    models.Q(("version", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="consent_to_a_text_has_version",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Impersonation",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=provider.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "portal",
                            models.CharField(
                                choices=[
                                    ("provider", "Provider"),
                                    ("reseller", "Reseller"),
                                    ("subscriber", "Subscriber"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("reason", models.CharField(max_length=400)),
                        ("started_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="impersonations",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "consent",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="impersonations",
                                to="accounts.consent",
                            ),
                        ),
                        (
                            "staff",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "staff_account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["account", "-started_at"], name="impersonation_of_account")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True), name="impersonation_has_reason"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("expires_at__gt", models.F("started_at")),
                                    (
                                        "expires_at__lte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("started_at"), "+", models.Value(datetime.timedelta(seconds=3600))
                                        ),
                                    ),
                                ),
                                name="impersonation_is_short",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("staff",),
                                name="impersonation_one_at_a_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Invitation",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=provider.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "portal",
                            models.CharField(
                                choices=[
                                    ("provider", "Provider"),
                                    ("reseller", "Reseller"),
                                    ("subscriber", "Subscriber"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("owner", "Owner"),
                                    ("operator", "Operator"),
                                    ("support", "Support"),
                                    ("finance", "Finance"),
                                    ("clerk", "Clerk"),
                                    ("manager", "Manager"),
                                    ("member", "Member"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("email", models.EmailField(blank=True, max_length=254, null=True)),
                        ("phone", models.CharField(blank=True, max_length=16, null=True)),
                        (
                            "language",
                            models.CharField(
                                choices=[("en", "English"), ("zh-hans", "简体中文"), ("zh-hant", "繁體中文")],
                                default="en",
                                max_length=8,
                            ),
                        ),
                        ("token_hash", models.BinaryField(max_length=32, unique=True)),
                        (
                            "status",
                            models.CharField(
                                choices=[("open", "Open"), ("accepted", "Accepted"), ("revoked", "Revoked")],
                                default="open",
                                max_length=8,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("settled_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "accepted_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="invitations",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "invited_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["account", "-created_at"], name="invitation_of_account")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("email", None), ("phone__isnull", False)),
                                    models.Q(("email__isnull", False), ("phone", None)),
                                    _connector="OR",
                                ),
                                name="invitation_one_address",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("settled_at", None), ("status", "open")),
                                    models.Q(
                                        models.Q(("status", "open"), _negated=True), ("settled_at__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="invitation_settled_has_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("accepted_by__isnull", False), ("status", "accepted")),
                                    models.Q(models.Q(("status", "accepted"), _negated=True), ("accepted_by", None)),
                                    _connector="OR",
                                ),
                                name="invitation_accepted_has_user",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("email__isnull", False), ("status", "open")),
                                fields=("account", "portal", "email"),
                                name="invitation_open_once_by_email",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("phone__isnull", False), ("status", "open")),
                                fields=("account", "portal", "phone"),
                                name="invitation_open_once_by_phone",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Membership",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=provider.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "portal",
                            models.CharField(
                                choices=[
                                    ("provider", "Provider"),
                                    ("reseller", "Reseller"),
                                    ("subscriber", "Subscriber"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("owner", "Owner"),
                                    ("operator", "Operator"),
                                    ("support", "Support"),
                                    ("finance", "Finance"),
                                    ("clerk", "Clerk"),
                                    ("manager", "Manager"),
                                    ("member", "Member"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[("active", "Active"), ("removed", "Removed")], default="active", max_length=8
                            ),
                        ),
                        ("joined_at", models.DateTimeField()),
                        ("last_seen_at", models.DateTimeField(blank=True, null=True)),
                        ("removed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="memberships",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="memberships",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["user", "status"], name="membership_of_user"),
                            models.Index(fields=["account", "status"], name="membership_of_account"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("status", "active")),
                                fields=("account", "user", "portal"),
                                name="membership_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("portal", "provider"),
                                        ("role__in", ("owner", "operator", "support", "finance")),
                                    ),
                                    models.Q(("portal", "reseller"), ("role__in", ("owner", "clerk"))),
                                    models.Q(("portal", "subscriber"), ("role__in", ("owner", "manager", "member"))),
                                    _connector="OR",
                                ),
                                name="membership_role_fits_portal",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("removed_at", None), ("status", "active")),
                                    models.Q(("removed_at__isnull", False), ("status", "removed")),
                                    _connector="OR",
                                ),
                                name="membership_removed_has_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OwnershipOffer",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=provider.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "next_role",
                            models.CharField(
                                choices=[
                                    ("owner", "Owner"),
                                    ("operator", "Operator"),
                                    ("support", "Support"),
                                    ("finance", "Finance"),
                                    ("clerk", "Clerk"),
                                    ("manager", "Manager"),
                                    ("member", "Member"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("open", "Open"),
                                    ("accepted", "Accepted"),
                                    ("declined", "Declined"),
                                    ("withdrawn", "Withdrawn"),
                                ],
                                default="open",
                                max_length=9,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("settled_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="ownership_offers",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "from_membership",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        (
                            "to_membership",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("status", "open")),
                                fields=("from_membership",),
                                name="ownership_offer_one_open",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("from_membership", models.F("to_membership")), _negated=True),
                                name="ownership_offer_to_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("settled_at", None), ("status", "open")),
                                    models.Q(
                                        models.Q(("status", "open"), _negated=True), ("settled_at__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="ownership_offer_settled_has_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Profile",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "portal",
                            models.CharField(
                                choices=[
                                    ("provider", "Provider"),
                                    ("reseller", "Reseller"),
                                    ("subscriber", "Subscriber"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="profiles",
                                to="accounts.account",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("account", "portal"), name="profile_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("portal", "provider")),
                                fields=("portal",),
                                name="profile_one_provider",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SupportRequest",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=provider.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("reason", models.CharField(max_length=400)),
                        ("hours", models.PositiveSmallIntegerField()),
                        (
                            "status",
                            models.CharField(
                                choices=[("open", "Open"), ("granted", "Granted"), ("declined", "Declined")],
                                default="open",
                                max_length=8,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("settled_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="support_requests",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "staff",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "staff_account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["account", "-created_at"], name="support_request_of_account")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("status", "open")),
                                fields=("account", "staff_account"),
                                name="support_request_one_open",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True), name="support_request_has_reason"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("hours__gte", 1), ("hours__lte", 168)), name="support_request_hours"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("settled_at", None), ("status", "open")),
                                    models.Q(
                                        models.Q(("status", "open"), _negated=True), ("settled_at__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="support_request_settled_has_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ApiKey",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=provider.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "portal",
                            models.CharField(
                                choices=[
                                    ("provider", "Provider"),
                                    ("reseller", "Reseller"),
                                    ("subscriber", "Subscriber"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("name", models.CharField(max_length=80)),
                        ("prefix", models.CharField(max_length=20)),
                        ("secret_hash", models.BinaryField(max_length=32, unique=True)),
                        ("scopes", models.JSONField(default=list)),
                        ("is_test", models.BooleanField(default=False)),
                        ("created_at", models.DateTimeField()),
                        ("last_used_at", models.DateTimeField(blank=True, null=True)),
                        ("expires_at", models.DateTimeField(blank=True, null=True)),
                        ("revoked_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="api_keys",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["account", "-created_at"], name="api_key_of_account")],
                    },
                ),
            ]
        ),
    ]
