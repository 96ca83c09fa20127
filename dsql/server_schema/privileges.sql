-- What clients may call: what their sessions run in their place or in addition,
-- as their role, and what pg_catalog and sys call for them. Each of these
-- decides by itself what the role may do. The rest is the superuser's.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA dsql_internal FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  -- schema.sql and catalog.sql
  dsql_internal.invoker,
  dsql_internal.first_oid,
  dsql_internal.real_set_config,
  dsql_internal.settable_name,
  dsql_internal.index_definition(oid),
  dsql_internal.index_definition(oid, int, bool),
  dsql_internal.index_column,
  dsql_internal.constraint_definition,
  dsql_internal.qualified_name,
  dsql_internal.pretended_setting,
  dsql_internal.is_former_setting,
  dsql_internal.unrecognized_setting,
  dsql_internal.real_setting(text),
  dsql_internal.real_setting(text, bool),
  dsql_internal.carried_columns,
  dsql_internal.as_pretended,
  dsql_internal.pretended_index_definition,
  dsql_internal.is_found,
  -- settings.sql
  dsql_internal.alter_own_role,
  -- sys.sql
  dsql_internal.iam_grant,
  dsql_internal.iam_revoke,
  -- jobs.sql
  dsql_internal.synchronous_statement,
  dsql_internal.create_index,
  dsql_internal.create_index_at_once,
  dsql_internal.register_index_build,
  dsql_internal.submit_index_build,
  dsql_internal.register_validation,
  dsql_internal.submit_validate_constraint,
  -- private_copy.sql
  dsql_internal.execute_under,
  dsql_internal.execute_printed,
  dsql_internal.copy_mark,
  dsql_internal.copied_from,
  dsql_internal.make_unique,
  dsql_internal.foreign_key_closure,
  dsql_internal.identity_nextval,
  dsql_internal.copy_rows,
  dsql_internal.column_clauses,
  dsql_internal.copy_table,
  dsql_internal.privileges_of_others,
  dsql_internal.copy_privileges,
  dsql_internal.copied_index_definition,
  dsql_internal.copy_keys,
  dsql_internal.copy_foreign_keys,
  dsql_internal.dependent_views,
  dsql_internal.schemas_of,
  dsql_internal.view_definition,
  dsql_internal.assert_unambiguous,
  dsql_internal.copy_view,
  dsql_internal.copied_names,
  dsql_internal.not_copied,
  dsql_internal.found_first,
  dsql_internal.make_copies,
  dsql_internal.copy_tables,
  -- transactions.sql
  dsql_internal.duplicates_query,
  dsql_internal.answers_true,
  dsql_internal.has_duplicate_plain_keys,
  dsql_internal.has_duplicate_keys(regclass),
  dsql_internal.has_duplicate_keys(regclass, text),
  dsql_internal.is_in_progress,
  dsql_internal.have_locked,
  dsql_internal.locked_rows,
  dsql_internal.trace_locks_under,
  dsql_internal.trace_locks,
  dsql_internal.modified_rows,
  dsql_internal.start_row_count,
  dsql_internal.modified_catalog_rows,
  dsql_internal.start_catalog_count,
  dsql_internal.changed_catalog,
  -- conflicts.sql
  dsql_internal.writable_column,
  dsql_internal.replacement_query,
  dsql_internal.may_refuse_rows,
  dsql_internal.execute_on_rows,
  dsql_internal.lock_rows,
  dsql_internal.write_or_lock_rows,
  dsql_internal.write_rows,
  dsql_internal.touch_rows,
  dsql_internal.note_shared_rows,
  dsql_internal.shared_rows,
  dsql_internal.sees_rows,
  dsql_internal.is_any_outdated,
  dsql_internal.has_orphans,
  dsql_internal.changed_with,
  dsql_internal.sees_orphans,
  dsql_internal.sees_violation_under,
  dsql_internal.sees_violation,
  dsql_internal.sees_deferred_violation,
  -- sizes.sql: of what the session itself wrote
  dsql_internal.enforce_sizes,
  dsql_internal.transaction_size,
  -- Only the catalogs' contents, which everybody may read.
  dsql_internal.made_since
TO PUBLIC;

-- What runs a text as SQL, or reads tables by names in one, which the dialect
-- has not seen. It knows these by their names (sql/rules/rules_expression.cc),
-- but `('SELECT 1').ts_stat` is a call too.
DO $$
DECLARE
  callee regprocedure;
BEGIN
  FOR callee IN
      SELECT oid FROM pg_catalog.pg_proc
      WHERE pronamespace = 'pg_catalog'::regnamespace AND (proname = 'ts_stat'
        OR proname ~ '^(cursor|database|query|schema|table)_to_xml'
        OR oid = 'pg_catalog.ts_rewrite(tsquery, text)'::regprocedure) LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', callee);
  END LOOP;
END $$;
