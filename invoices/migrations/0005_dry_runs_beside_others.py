from django.db import migrations, models


class Migration(migrations.Migration):
    """One run at a time, but for dry ones. The index that holds it is made without locking the table."""

    atomic = False
    dependencies = [("invoices", "0004_terms_bought_online")]

    operations = [
        migrations.RemoveConstraint(model_name="billingrun", name="one_run_at_a_time"),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "create unique index concurrently one_run_at_a_time on invoices_billingrun (seller_account_id) "
                    "where ended_at is null and not is_dry",
                    "drop index one_run_at_a_time",
                )
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="billingrun",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("ended_at", None), ("is_dry", False)),
                        fields=("seller_account",),
                        name="one_run_at_a_time",
                    ),
                )
            ],
        ),
    ]
