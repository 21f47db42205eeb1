"""History is never rewritten: the database itself refuses to change or delete a row of an append-only table."""

from django.db.migrations.operations.base import Operation

REFUSE = """
CREATE OR REPLACE FUNCTION smartrec_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never changed or deleted; post a reversing row', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;
"""


class MakeAppendOnly(Operation):
    """Migration operation: after it, UPDATE and DELETE on the model's table raise, also in bulk and in raw SQL."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def state_forwards(self, app_label, state):
        pass

    def _table(self, app_label, state):
        return state.apps.get_model(app_label, self.model_name)._meta.db_table

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        table = self._table(app_label, to_state)
        schema_editor.execute(REFUSE, params=None)
        schema_editor.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION smartrec_refuse_rewrite()"
        )

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        table = self._table(app_label, from_state)
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}")

    def describe(self):
        return f"Make {self.model_name} append-only"
