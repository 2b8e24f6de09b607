"""The words that accounts keep: capacities, roles, languages, themes."""

from __future__ import annotations

from django.db import models


class Portal(models.TextChoices):
    """In which capacity an account takes part; an account may hold several."""

    PROVIDER = "provider"
    RESELLER = "reseller"
    SUBSCRIBER = "subscriber"


class Role(models.TextChoices):
    OWNER = "owner"
    OPERATOR = "operator"
    SUPPORT = "support"
    FINANCE = "finance"
    CLERK = "clerk"
    MANAGER = "manager"
    MEMBER = "member"


class Language(models.TextChoices):
    ENGLISH = "en", "English"
    SIMPLIFIED = "zh-hans", "简体中文"
    TRADITIONAL = "zh-hant", "繁體中文"


class Theme(models.TextChoices):
    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"
