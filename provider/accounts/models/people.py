"""People who sign in."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from provider.kernel.ids import new_id

from .search import search_indexes, search_text
from .words import Language, Theme


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person who signs in, by e-mail address or mobile number; at least one of the two is there."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(null=True, blank=True)
    phone = models.CharField(max_length=16, null=True, blank=True)  # E.164
    phone_verified_at = models.DateTimeField(null=True, blank=True)
    name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=8, choices=Language.choices, default=Language.ENGLISH)
    theme = models.CharField(max_length=5, choices=Theme.choices, default=Theme.AUTO)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    search_text = search_text("name", "email", "phone")

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            models.UniqueConstraint(fields=["phone"], name="user_phone_once"),
            models.CheckConstraint(name="user_is_reachable", condition=~Q(email=None, phone=None)),
            models.CheckConstraint(
                name="user_phone_is_international", condition=Q(phone=None) | Q(phone__regex=r"^\+[1-9][0-9]{5,14}$")
            ),
            models.CheckConstraint(
                name="user_language_known", condition=Q(language__in=[value for value, _ in Language.choices])
            ),
        ]
        indexes = search_indexes("user")

    def __str__(self) -> str:
        return self.name or self.email or self.phone or str(self.id)

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)
