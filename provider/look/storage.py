"""Static files in production: each name carries a hash of its content, compressed once, cached for a year."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Follows the imports between our modules too, so that a page never mixes two releases."""

    support_js_module_import_aggregation = True
