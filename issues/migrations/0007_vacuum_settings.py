from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# A fifth of a table, PostgreSQL's default, is 200,000 dead rows of a million before their space is used again: retention
# deletes a little every ten minutes, so a little is enough. Counters change with each batch: room on their pages keeps
# such an update out of the indexes.
CHURN = "autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0.05"
TABLES = {
    "issues_event": CHURN,
    "issues_issue": f"{CHURN}, fillfactor = 80",
    "issues_issuehour": f"{CHURN}, fillfactor = 80",
    "issues_issueday": f"{CHURN}, fillfactor = 80",
    "issues_issuetag": f"{CHURN}, fillfactor = 80",
    "issues_issuetagkey": f"{CHURN}, fillfactor = 80",
    "issues_reference": f"{CHURN}, fillfactor = 90",
    "issues_projecthour": "autovacuum_vacuum_threshold = 200, fillfactor = 50",
    "issues_projectday": "autovacuum_vacuum_threshold = 200, fillfactor = 50",
    "issues_sampledevent": CHURN,
}


def set_them(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor != "postgresql":
        return
    for table, settings in TABLES.items():
        editor.execute(f"ALTER TABLE {table} SET ({settings})")
    editor.execute(
        "ALTER TABLE issues_event SET (toast.autovacuum_vacuum_scale_factor = 0.02, toast.autovacuum_vacuum_threshold = 1000)"
    )


def reset_them(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor != "postgresql":
        return
    for table, settings in TABLES.items():
        names = ", ".join(setting.partition("=")[0].strip() for setting in settings.split(","))
        editor.execute(f"ALTER TABLE {table} RESET ({names})")
    editor.execute(
        "ALTER TABLE issues_event RESET (toast.autovacuum_vacuum_scale_factor, toast.autovacuum_vacuum_threshold)"
    )


class Migration(migrations.Migration):
    dependencies = [("issues", "0006_deleting_issues")]

    operations = [migrations.RunPython(set_them, reset_them)]
