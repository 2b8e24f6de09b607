"""The regions that a fresh installation offers; operators open and close them later."""

from django.db import migrations

REGIONS = (
    ("beijing", "Beijing", "北京", "北京", "CN", "Asia/Shanghai", "CNY"),
    ("shanghai", "Shanghai", "上海", "上海", "CN", "Asia/Shanghai", "CNY"),
    ("guangzhou", "Guangzhou", "广州", "廣州", "CN", "Asia/Shanghai", "CNY"),
    ("hongkong", "Hong Kong", "香港", "香港", "HK", "Asia/Hong_Kong", "HKD"),
    ("taipei", "Taipei", "台北", "臺北", "TW", "Asia/Taipei", "TWD"),
    ("singapore", "Singapore", "新加坡", "新加坡", "SG", "Asia/Singapore", "SGD"),
)


def add_regions(apps, schema_editor):
    regions = apps.get_model("accounts", "Region").objects.using(schema_editor.connection.alias)
    for code, name, name_hans, name_hant, country, time_zone, currency in REGIONS:
        regions.get_or_create(
            code=code,
            defaults={
                "name": name, "name_hans": name_hans, "name_hant": name_hant,
                "country": country, "time_zone": time_zone, "currency": currency,
            },
        )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunPython(add_regions, migrations.RunPython.noop)]
