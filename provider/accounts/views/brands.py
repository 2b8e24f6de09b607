"""The logo of a brand: it stands on pages and in letters, so everybody may see it."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from provider.accounts.queries import access_logo
from provider.kernel import files
from provider.kernel.doors import public


@public
@require_safe
def brand_logo(request: HttpRequest, brand_id: UUID, file_id: UUID) -> HttpResponseBase:
    """The brand's logo; its address names the file, so a browser may keep it for a year."""
    logo = access_logo(brand_id=brand_id, file_id=file_id)
    answer = FileResponse(files.open_file(logo), content_type=logo.media_type)
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
