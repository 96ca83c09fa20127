-- What the Coordinator knows of tables: see occ/key_catalog.h. It asks after
-- each change of the schema, and first by a new connection, when nothing is in
-- the caches of the server's process, and planning takes longest. So it asks
-- once; all is parsed beforehand (BEGIN ATOMIC); what all databases have is
-- read as it is and joined by who asks (occ/key_rows.h); and what few databases
-- have is looked for in those alone, by functions that are not planned
-- elsewhere.
--
-- It reads catalogs alone and locks nothing of users: all sessions wait for the
-- answer, also one whose schema change holds what would be waited for. Much of
-- what prints locks what it prints (pg_get_function_sqlbody(), pg_get_expr()
-- with a table), and so does pg_relation_is_updatable().

-- For each table its columns that foreign keys have, and the tables that these
-- connect it with: whether those are its parents, and otherwise what becomes of
-- their rows.
CREATE FUNCTION dsql_internal.foreign_key_columns()
RETURNS TABLE (relation_name name, column_name name, neighbour name,
  what text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT c.relname, a.attname, p.relname, 'parent'
  FROM pg_constraint f CROSS JOIN unnest(f.conkey) k
    JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class p ON p.oid = f.confrelid
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k
  WHERE f.contype = 'f'
  UNION
  SELECT p.relname, a.attname, c.relname,
    CASE WHEN 'c' IN (confdeltype, confupdtype) THEN 'cascading child'
         WHEN confdeltype IN ('n', 'd') OR confupdtype IN ('n', 'd')
           THEN 'changing child'
         ELSE '' END
  FROM pg_constraint f CROSS JOIN unnest(f.confkey) k
    JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class p ON p.oid = f.confrelid
    JOIN pg_attribute a ON a.attrelid = p.oid AND a.attnum = k
  WHERE f.contype = 'f';
END;

-- For each view the tables that it reads, through other views too: those that
-- may be written through it are among them. Whether reading it locks some, as
-- its query, or that of one below, has a locking clause.
CREATE FUNCTION dsql_internal.view_tables()
RETURNS TABLE (relation_name name, table_name name, locks bool)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  WITH RECURSIVE base(view, below, locks) AS (
    SELECT w.ev_class, d.refobjid, ev_action::text ~ ':rowMarks \('
    FROM pg_rewrite w JOIN pg_class v ON v.oid = w.ev_class
        AND v.relkind = 'v' AND v.oid >= dsql_internal.first_oid()
        AND v.relpersistence <> 't'
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass
        AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
        AND d.refobjid <> w.ev_class
    UNION
    SELECT base.view, next.below, base.locks OR next.locks
    FROM base JOIN (
      SELECT w.ev_class AS view, d.refobjid AS below,
        ev_action::text ~ ':rowMarks \(' AS locks
      FROM pg_rewrite w JOIN pg_depend d
        ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
        AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class)
      next ON next.view = base.below
  )
  SELECT v.relname, t.relname, bool_or(locks)
  FROM base JOIN pg_class v ON v.oid = base.view
    JOIN pg_class t ON t.oid = base.below AND t.relkind = 'r'
  GROUP BY v.relname, t.relname;
END;

-- What a parsed body may do, as statements: each kind of write that is in it,
-- to each relation that it has, calls of users' functions and of those that use
-- sequences, and queries of views, which may call some.
CREATE FUNCTION dsql_internal.parsed_body(function oid, body text)
RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  WITH used AS (
    SELECT DISTINCT refclassid AS class, refobjid AS id FROM pg_depend
    WHERE classid = 'pg_proc'::regclass AND objid = function
  )
  SELECT string_agg(statement, '; ' ORDER BY statement)
  FROM (
    SELECT format('SELECT %I()', proname)
    FROM used JOIN pg_proc p ON class = 'pg_proc'::regclass AND p.oid = id
    UNION ALL
    SELECT format('SELECT %s(NULL)', name)
    FROM (VALUES (1574, 'nextval'), (1575, 'currval'), (1576, 'setval'),
                 (1765, 'setval'), (2559, 'lastval')) f (id, name)
    WHERE strpos(body, format(':funcid %s ', id)) > 0
    UNION ALL
    SELECT format('SELECT FROM %I.%I', nspname, relname)
    FROM used JOIN pg_class c ON class = 'pg_class'::regclass AND c.oid = id
        AND relkind = 'v'
      JOIN pg_namespace n ON n.oid = relnamespace
    UNION ALL
    SELECT format(effect, nspname, relname,
      (SELECT string_agg(format('%I = NULL', attname), ', ' ORDER BY attnum)
       FROM pg_attribute
       WHERE attrelid = id AND attnum > 0 AND NOT attisdropped))
    FROM used JOIN pg_class c ON class = 'pg_class'::regclass AND c.oid = id
        AND relkind IN ('r', 'v')
      JOIN pg_namespace n ON n.oid = relnamespace
      JOIN (VALUES (':commandType 2', 'UPDATE %I.%I SET %s'),
                   (':commandType 3', 'INSERT INTO %I.%I DEFAULT VALUES'),
                   -- ON CONFLICT DO UPDATE.
                   (':action 2', 'UPDATE %I.%I SET %s'),
                   (':commandType 4', 'DELETE FROM %I.%I'),
                   (':strength 1', 'SELECT FROM %I.%I FOR KEY SHARE'),
                   (':strength 4', 'SELECT FROM %I.%I FOR UPDATE'))
        e (token, effect) ON strpos(body, token) > 0) s (statement);
END;

-- Functions of users, and what they run. One that is VOLATILE may write; one
-- that is not may call it.
CREATE FUNCTION dsql_internal.user_functions()
RETURNS TABLE (function_name name, body text, is_volatile bool)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT proname, CASE WHEN prosqlbody IS NULL THEN prosrc
    ELSE dsql_internal.parsed_body(p.oid, prosqlbody::text) END,
    provolatile = 'v'
  FROM pg_proc p JOIN pg_language l ON l.oid = prolang
  WHERE p.oid >= dsql_internal.first_oid() AND lanname = 'sql';
END;

-- Functions of users that relations run: views, also by the views that they
-- read, and tables by defaults, constraints, domains and indexes.
CREATE FUNCTION dsql_internal.functions_of_relations()
RETURNS TABLE (is_view bool, relation_name name, function_name name)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  WITH RECURSIVE direct(class, id, function) AS (
    SELECT classid, objid, refobjid FROM pg_depend
    WHERE refclassid = 'pg_proc'::regclass
      AND refobjid >= dsql_internal.first_oid()
  ), of_domain(domain, function) AS (
    SELECT id, function FROM direct WHERE class = 'pg_type'::regclass
    UNION
    SELECT contypid, function
    FROM direct JOIN pg_constraint c ON c.oid = id AND contypid <> 0
    WHERE class = 'pg_constraint'::regclass
  ), runs(relation, function) AS (
    SELECT ev_class, function FROM direct JOIN pg_rewrite r ON r.oid = id
    WHERE class = 'pg_rewrite'::regclass
    UNION
    SELECT adrelid, function FROM direct JOIN pg_attrdef d ON d.oid = id
    WHERE class = 'pg_attrdef'::regclass
    UNION
    SELECT conrelid, function FROM direct JOIN pg_constraint c ON c.oid = id
    WHERE class = 'pg_constraint'::regclass
    UNION
    SELECT indrelid, function FROM direct JOIN pg_index ON indexrelid = id
    WHERE class = 'pg_class'::regclass
    UNION
    SELECT attrelid, function FROM of_domain JOIN pg_attribute
      ON atttypid = domain
  ), reached(relation, function) AS (
    SELECT relation, function FROM runs
    UNION
    SELECT w.ev_class, function
    FROM reached JOIN pg_class c ON c.oid = relation AND c.relkind = 'v'
      JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass
        AND d.refobjid = relation AND d.classid = 'pg_rewrite'::regclass
      JOIN pg_rewrite w ON w.oid = d.objid
  )
  SELECT c.relkind = 'v', c.relname, p.proname
  FROM reached JOIN pg_class c ON c.oid = relation
    JOIN pg_proc p ON p.oid = function;
END;

-- The columns that decide whether a partial index has a row.
CREATE FUNCTION dsql_internal.predicate_columns(index oid)
RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT coalesce(string_agg(refobjsubid::text, ' ' ORDER BY refobjsubid), '0')
  FROM pg_depend
  WHERE classid = 'pg_class'::regclass AND objid = index
    AND refclassid = 'pg_class'::regclass AND refobjsubid > 0;
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

-- For each generated column the columns that it is made of. Before PostgreSQL 15
-- it is the column that depends on them, then its expression.
CREATE FUNCTION dsql_internal.generated_columns()
RETURNS TABLE (relation_name name, column_name name, base name)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT DISTINCT c.relname, g.attname, b.attname
  FROM pg_attribute g JOIN pg_class c ON c.oid = g.attrelid
    JOIN pg_attrdef e ON e.adrelid = g.attrelid AND e.adnum = g.attnum
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass
      AND d.refobjid = g.attrelid AND d.refobjsubid > 0
      AND (d.classid = 'pg_attrdef'::regclass AND d.objid = e.oid
           OR d.classid = 'pg_class'::regclass AND d.objid = g.attrelid
              AND d.objsubid = g.attnum)
    JOIN pg_attribute b ON b.attrelid = g.attrelid AND b.attnum = d.refobjsubid
      AND b.attnum <> g.attnum
  WHERE c.oid >= dsql_internal.first_oid() AND c.relkind = 'r'
    AND c.relpersistence <> 't' AND g.attgenerated <> ''
    AND NOT g.attisdropped;
END;

-- For each table its columns that are written where a statement says nothing:
-- whether the value may be another one each time (a default that calls a
-- function is taken for one), and the expression, where it may be large. It is
-- '*', which may be anything, where PostgreSQL would lock a table to print it:
-- that of its columns, or of rows that are in it.
CREATE FUNCTION dsql_internal.computed_columns()
RETURNS TABLE (relation_name name, is_volatile bool, expression text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT c.relname,
    attidentity <> ''
      OR coalesce(adbin::text ~ 'FUNCEXPR|NEXTVALUEEXPR', false)
      OR coalesce(typdefaultbin::text ~ 'FUNCEXPR', false),
    CASE WHEN a.attlen <> -1 THEN NULL
         WHEN adbin IS NULL THEN typdefault
         WHEN attgenerated <> '' THEN
           CASE WHEN atttypid = 1700 AND atttypmod > 4 THEN NULL ELSE '*' END
         -- Types of users have OIDs of five digits.
         WHEN adbin::text ~ 'ROWEXPR|FIELDSELECT|FIELDSTORE|:consttype \d{5}'
           THEN '*'
         ELSE pg_get_expr(adbin, 0) END
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
  WITH there_are(views, triggers, functions) AS (
    SELECT bool_or(relkind = 'v'), bool_or(relhastriggers),
      EXISTS (SELECT FROM pg_proc WHERE oid >= dsql_internal.first_oid())
    FROM pg_class
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
  -- first of them are the key. Behind a bar those that decide whether it has a
  -- row at all.
  SELECT concat('index', CASE WHEN indisunique THEN ' unique' END,
      CASE WHEN indisprimary THEN ' primary' END,
      CASE WHEN indisunique AND indisvalid AND indisready AND indislive
             AND indimmediate AND indpred IS NULL AND indexprs IS NULL
           THEN ' identifies' END) AS facts,
    indexrelid::text AS id, indrelid::text AS table_id,
    concat(indkey, CASE WHEN indpred IS NOT NULL
      THEN '|' || dsql_internal.predicate_columns(indexrelid) END) AS numbers,
    indnkeyatts::text AS keys
  FROM pg_index
  WHERE indexrelid >= dsql_internal.first_oid()
  UNION ALL
  -- Foreign keys and constraints that are deferrable have triggers.
  SELECT 'reference', relation_name, column_name, neighbour, what
  FROM dsql_internal.foreign_key_columns()
  WHERE (SELECT triggers FROM there_are)
  UNION ALL
  SELECT 'deferrable', relation_name, '', '', ''
  FROM dsql_internal.deferrable_constraints()
  WHERE (SELECT triggers FROM there_are)
  UNION ALL
  SELECT 'view', relation_name, table_name,
    CASE WHEN locks THEN 'locked' ELSE '' END, ''
  FROM dsql_internal.view_tables() WHERE (SELECT views FROM there_are)
  UNION ALL
  SELECT 'function', function_name, body,
    CASE WHEN is_volatile THEN 'volatile' ELSE '' END, ''
  FROM dsql_internal.user_functions()
  WHERE (SELECT functions FROM there_are)
  UNION ALL
  SELECT CASE WHEN is_view THEN 'view function' ELSE 'table function' END,
    relation_name, function_name, '', ''
  FROM dsql_internal.functions_of_relations()
  WHERE (SELECT functions FROM there_are)
  UNION ALL
  SELECT 'generated', relation_name, column_name, base, ''
  FROM dsql_internal.generated_columns()
  WHERE EXISTS (SELECT FROM pg_attribute
                WHERE attrelid >= dsql_internal.first_oid() AND attnum > 0
                  AND attgenerated <> '')
  UNION ALL
  SELECT CASE WHEN is_volatile THEN 'volatile' ELSE 'computed' END,
    relation_name, expression, '', ''
  FROM dsql_internal.computed_columns()
  -- A type that may be a domain, PostgreSQL's own information_schema's too.
  WHERE EXISTS (SELECT FROM pg_attribute
                WHERE attrelid >= dsql_internal.first_oid() AND attnum > 0
                  AND (atthasdef OR attidentity <> '' OR atttypid >= 10000));
END;
