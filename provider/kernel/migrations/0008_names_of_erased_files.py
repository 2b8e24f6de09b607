"""A file that was taken away on its owner's legal request keeps its row, and its number for a name."""

from django.db import migrations

_COLUMNS = ["id", "purpose", "media_type", "size_bytes", "sha256", "storage_key"]
_OLD, _NEW = (", ".join(f"{row}.{name}" for name in _COLUMNS) for row in ("old", "new"))
_HEAD = """
drop trigger stored_file_is_frozen on kernel_storedfile;
create trigger stored_file_is_frozen
  before update of id, purpose, name, media_type, size_bytes, sha256, storage_key on kernel_storedfile for each row
"""
_FORWARD = f"""{_HEAD}
  when (row({_OLD}) is distinct from row({_NEW})
        or (old.name is distinct from new.name and (new.deleted_at is null or new.name <> new.id::text)))
  execute function refuse_loss();
"""
_BACK = f"""{_HEAD}
  when (row({_OLD}, old.name) is distinct from row({_NEW}, new.name))
  execute function refuse_loss();
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0007_job_refusal")]

    operations = [migrations.RunSQL(_FORWARD, _BACK)]
