from datetime import timedelta

from django.apps import AppConfig


class CrmTenantConfig(AppConfig):
    name = "crm_tenant"
    label = "crm_tenant"

    def ready(self) -> None:
        from provider.kernel import files, jobs, media
        from provider.kernel.errors import N_

        from .handlers import connect
        from .operations.imports import JOB, PURPOSE, UNDO_JOB
        from .operations.reading_in import read_chunk, undo_chunk
        from .queries.laws import add_own

        connect()
        add_own()
        files.define(PURPOSE, media_types={media.CSV}, keep=timedelta(days=30))
        outcomes = {
            "companies": N_("companies made"),
            "people": N_("people made"),
            "deals": N_("deals made"),
            "salespeople": N_("names of sales people made"),
            "known": N_("were there already"),
            "left_out": N_("rows left out"),
        }
        jobs.define(JOB, step=read_chunk, title=N_("Import of %(name)s"), outcomes=outcomes)
        undone = {"put_away": N_("put away"), "kept": N_("kept, because they were changed or are in use")}
        jobs.define(
            UNDO_JOB, step=undo_chunk, title=N_("Taking an import back"), outcomes=undone, lease=timedelta(minutes=5)
        )
