"""The last word on card numbers: the database itself refuses a text that holds one."""

from typing import Any

from django.db.migrations.operations.base import Operation

# The same reading as `smartrec.card_numbers`: whole groups of 13 to 19 digits whose last digit checks the others, and
# a form's random key is none.
HOLDS = r"""
CREATE OR REPLACE FUNCTION smartrec_holds_card_number(said text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  found text; groups text[]; digits text; total int; value int;
BEGIN
  said := regexp_replace(said, '\m[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\M', 'key', 'g');
  FOR found IN SELECT (regexp_matches(said, '[0-9](?:[ \u00A0.-]?[0-9]){12,}', 'g'))[1] LOOP
    groups := regexp_split_to_array(found, '[ \u00A0.-]');
    FOR start IN 1 .. cardinality(groups) LOOP
      digits := '';
      FOR upto IN start .. cardinality(groups) LOOP
        digits := digits || groups[upto];
        EXIT WHEN length(digits) > 19;
        CONTINUE WHEN length(digits) < 13;
        total := 0;
        FOR place IN 0 .. length(digits) - 1 LOOP
          value := substr(digits, length(digits) - place, 1)::int * (1 + place % 2);
          total := total + value - CASE WHEN value > 9 THEN 9 ELSE 0 END;
        END LOOP;
        IF total % 10 = 0 THEN RETURN true; END IF;
      END LOOP;
    END LOOP;
  END LOOP;
  RETURN false;
END $$;
"""
# Almost no text has thirteen digits in a row: only those are read again by the slower function.
CLAUSE = "({column}::text !~ '[0-9](?:[ \u00a0.-]?[0-9]){{12}}' OR NOT smartrec_holds_card_number({column}::text))"


class RefuseCardNumbers(Operation):
    """Migration operation: after it, no row of the model's table may hold a card number in these columns."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, model_name: str, columns: list[str]) -> None:
        self.model_name, self.columns = model_name, columns

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        schema_editor.execute(HOLDS, params=None)
        checks = " AND ".join(CLAUSE.format(column=column) for column in self.columns)
        name = f"{table}_holds_no_card_number"
        schema_editor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({checks})", params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = from_state.apps.get_model(app_label, self.model_name)._meta.db_table
        schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_holds_no_card_number")

    def describe(self) -> str:
        return f"Refuse card numbers in {self.model_name}"
