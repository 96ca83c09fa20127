-- What the Coordinator knows of tables: see occ/key_catalog.h. It asks after
-- each change of the schema, and first by a new connection, when nothing is in
-- the caches of the server's process, and planning takes longest. So it asks
-- once; all is parsed beforehand (BEGIN ATOMIC); what all databases have is
-- read as it is and joined by who asks (occ/key_rows.h); and what few databases
-- have is looked for in those alone, by functions that are not planned
-- elsewhere.

-- For each table its columns that foreign keys have, and the tables that these
-- connect it with.
CREATE FUNCTION dsql_internal.foreign_key_columns()
RETURNS TABLE (relation_name name, column_name name, neighbour name)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT c.relname, a.attname, p.relname
  FROM pg_constraint f CROSS JOIN unnest(f.conkey) k
    JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class p ON p.oid = f.confrelid
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k
  WHERE f.contype = 'f'
  UNION
  SELECT p.relname, a.attname, c.relname
  FROM pg_constraint f CROSS JOIN unnest(f.confkey) k
    JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class p ON p.oid = f.confrelid
    JOIN pg_attribute a ON a.attrelid = p.oid AND a.attnum = k
  WHERE f.contype = 'f';
END;

-- For each view that can be written to the table that is written, through
-- other views too. A table that it reads in a subquery is told as well.
CREATE FUNCTION dsql_internal.view_tables()
RETURNS TABLE (relation_name name, table_name name)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  -- A view that PostgreSQL updates by itself reads from one relation only, but
  -- for subqueries.
  WITH RECURSIVE base(view, below) AS (
    SELECT w.ev_class, d.refobjid
    FROM pg_rewrite w JOIN pg_class v ON v.oid = w.ev_class
        AND v.relkind = 'v' AND v.oid >= dsql_internal.first_oid()
        AND v.relpersistence <> 't'
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass
        AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
        AND d.refobjid <> w.ev_class
      JOIN pg_class b ON b.oid = d.refobjid AND b.relkind IN ('r', 'v')
    WHERE pg_relation_is_updatable(v.oid, false) & 28 <> 0
    UNION
    SELECT base.view, next.below
    FROM base JOIN (
      SELECT w.ev_class AS view, d.refobjid AS below
      FROM pg_rewrite w JOIN pg_depend d
        ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
        AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class)
      next ON next.view = base.below
  )
  SELECT DISTINCT v.relname, t.relname
  FROM base JOIN pg_class v ON v.oid = base.view
    JOIN pg_class t ON t.oid = base.below AND t.relkind = 'r';
END;

-- Functions of users that may write, and what they run.
CREATE FUNCTION dsql_internal.volatile_functions()
RETURNS TABLE (function_name name, body text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT proname, coalesce(pg_get_function_sqlbody(p.oid), prosrc)
  FROM pg_proc p JOIN pg_language l ON l.oid = prolang
  WHERE p.oid >= dsql_internal.first_oid() AND provolatile = 'v'
    AND lanname = 'sql';
END;

-- Tables with constraints that may be checked as late as at COMMIT, and those
-- that these refer to.
CREATE FUNCTION dsql_internal.deferrable_constraints()
RETURNS TABLE (relation_name name)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT DISTINCT relname
  FROM pg_constraint JOIN pg_class c ON c.oid IN (conrelid, confrelid)
  WHERE condeferrable;
END;

-- For each table its columns that are written where a statement says nothing:
-- whether the value may be another one each time (a default that calls a
-- function is taken for one), and the expression, where it may be large.
CREATE FUNCTION dsql_internal.computed_columns()
RETURNS TABLE (relation_name name, is_volatile bool, expression text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT c.relname,
    attidentity <> ''
      OR coalesce(adbin::text ~ 'FUNCEXPR|NEXTVALUEEXPR', false)
      OR coalesce(typdefaultbin::text ~ 'FUNCEXPR', false),
    CASE WHEN a.attlen = -1
      THEN coalesce(pg_get_expr(adbin, adrelid), typdefault) END
  FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    LEFT JOIN pg_type t ON t.oid = atttypid AND typtype = 'd'
  WHERE c.oid >= dsql_internal.first_oid() AND c.relkind = 'r'
    AND c.relpersistence <> 't' AND attnum > 0 AND NOT attisdropped
    AND (attidentity <> '' OR adbin IS NOT NULL OR typdefault IS NOT NULL);
END;

-- All of it: rows of `kind`, whose columns are told here by their names.
CREATE FUNCTION dsql_internal.keys()
RETURNS TABLE (kind text, a text, b text, c text, d text)
LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH there_are(views, triggers) AS (
    SELECT bool_or(relkind = 'v'), bool_or(relhastriggers) FROM pg_class
    WHERE oid >= dsql_internal.first_oid()
  )
  SELECT 'table', oid::text AS id, relname::text AS name, '', ''
  FROM pg_class
  WHERE oid >= dsql_internal.first_oid() AND relkind = 'r'
    AND relpersistence <> 't'
  UNION ALL
  -- Those of indexes as well. `bytes`: those of a key at most; '' where the
  -- type does not tell.
  SELECT 'column', attrelid::text AS relation_id, attnum::text AS number,
    attname::text AS name,
    CASE WHEN attlen > 0 THEN attlen::text
         WHEN atttypid IN (1042, 1043) AND atttypmod > 4
           THEN (4 * (atttypmod - 4))::text
         WHEN atttypid = 1700 THEN  -- Two bytes hold four digits.
           (10 + coalesce((NULLIF(atttypmod, -1) - 4) >> 16, 18) / 2)::text
         ELSE '' END AS bytes
  FROM pg_attribute
  WHERE attrelid >= dsql_internal.first_oid() AND attnum > 0
    AND NOT attisdropped
  UNION ALL
  -- `facts`: it is unique, it is the primary key, and it identifies rows by
  -- what a statement writes: a valid one over whole columns and all rows, whose
  -- check is not deferred. `numbers`: of its columns, 0 for an expression; the
  -- first of them are the key.
  SELECT concat('index', CASE WHEN indisunique THEN ' unique' END,
      CASE WHEN indisprimary THEN ' primary' END,
      CASE WHEN indisunique AND indisvalid AND indisready AND indislive
             AND indimmediate AND indpred IS NULL AND indexprs IS NULL
           THEN ' identifies' END) AS facts,
    indexrelid::text AS id, indrelid::text AS table_id,
    indkey::text AS numbers, indnkeyatts::text AS keys
  FROM pg_index
  WHERE indexrelid >= dsql_internal.first_oid()
  UNION ALL
  -- Foreign keys and constraints that are deferrable have triggers.
  SELECT 'reference', relation_name, column_name, neighbour, ''
  FROM dsql_internal.foreign_key_columns()
  WHERE (SELECT triggers FROM there_are)
  UNION ALL
  SELECT 'deferrable', relation_name, '', '', ''
  FROM dsql_internal.deferrable_constraints()
  WHERE (SELECT triggers FROM there_are)
  UNION ALL
  SELECT 'view', relation_name, table_name, '', ''
  FROM dsql_internal.view_tables() WHERE (SELECT views FROM there_are)
  UNION ALL
  SELECT 'function', function_name, body, '', ''
  FROM dsql_internal.volatile_functions()
  WHERE EXISTS (SELECT FROM pg_proc WHERE oid >= dsql_internal.first_oid())
  UNION ALL
  SELECT CASE WHEN is_volatile THEN 'volatile' ELSE 'computed' END,
    relation_name, expression, '', ''
  FROM dsql_internal.computed_columns()
  -- A type that may be a domain, PostgreSQL's own information_schema's too.
  WHERE EXISTS (SELECT FROM pg_attribute
                WHERE attrelid >= dsql_internal.first_oid() AND attnum > 0
                  AND (atthasdef OR attidentity <> '' OR atttypid >= 10000));
END;
