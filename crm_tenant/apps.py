from datetime import timedelta

from django.apps import AppConfig

_MOST_BYTES = 4 * 1024**3  # of an export, which nobody uploads


class CrmTenantConfig(AppConfig):
    name = "crm_tenant"
    label = "crm_tenant"

    def ready(self) -> None:
        from plans.queries.naming import name_items_of
        from plans.rules.usage import SALES
        from provider.kernel import files, jobs, media
        from provider.kernel.errors import N_

        from .handlers import connect
        from .operations.exporting import JOB as EXPORT_JOB
        from .operations.exporting import PART_PURPOSE as EXPORT_PARTS
        from .operations.exporting import PURPOSE as EXPORTS
        from .operations.exporting import export_chunk
        from .operations.imports import JOB, PURPOSE, UNDO_JOB
        from .operations.reading_in import read_chunk, undo_chunk
        from .queries.laws import add_own
        from .queries.naming import deals_by_name

        name_items_of(SALES, deals_by_name)
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
        files.define(EXPORTS, media_types={media.ZIP}, keep=timedelta(days=7), limit_bytes=_MOST_BYTES)
        files.define(EXPORT_PARTS, media_types={media.JSON}, keep=timedelta(days=1), limit_bytes=_MOST_BYTES)
        written = {
            "companies": N_("companies"),
            "people": N_("people"),
            "deals": N_("deals"),
            "steps": N_("steps"),
            "notes": N_("notes"),
            "history": N_("lines of history"),
            "moves": N_("moves between stages"),
            "sales_people": N_("names of sales people"),
            "stages": N_("stages"),
            "merges": N_("merges"),
            "sales": N_("deals that count as sold"),
        }
        jobs.define(
            EXPORT_JOB, step=export_chunk, title=N_("Export of %(name)s"), outcomes=written,
            lease=timedelta(minutes=10),
        )  # fmt: skip
        undone = {"put_away": N_("put away"), "kept": N_("kept, because they were changed or are in use")}
        jobs.define(
            UNDO_JOB, step=undo_chunk, title=N_("Taking an import back"), outcomes=undone, lease=timedelta(minutes=5)
        )
