-- How large the rows are that a transaction wrote.
--
-- What PostgreSQL stores of a value out of line it stores after compression, as
-- DSQL measures it, in chunks that the statistics of the session count. So it
-- costs next to nothing to see that nothing large was written; rows are looked
-- at only where something may have been.

-- DSQL compresses no bytea: its limit is exact.
UPDATE pg_type SET typstorage = 'e' WHERE oid = 'bytea'::regtype;

-- The tables that this session wrote rows of, in this transaction or shortly
-- before, see dsql_internal.modified_rows(): how many versions of rows are new,
-- how many of these by updates, and the bytes that went out of line at most.
CREATE FUNCTION dsql_internal.written_tables()
RETURNS TABLE (table_id oid, new_rows bigint, updates bigint,
               toasted_bytes bigint, toast_size bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT c.oid, n.new_rows, pg_stat_get_xact_tuples_updated(c.oid),
    -- TOAST_MAX_CHUNK_SIZE
    1996 * coalesce(pg_stat_get_xact_tuples_inserted(c.reltoastrelid), 0),
    coalesce(pg_relation_size(NULLIF(c.reltoastrelid, 0)), 0)
  FROM pg_class c CROSS JOIN LATERAL (
      SELECT pg_stat_get_xact_tuples_inserted(c.oid)
             + pg_stat_get_xact_tuples_updated(c.oid)) n(new_rows)
  WHERE c.relkind = 'r' AND c.oid >= dsql_internal.first_oid()
    AND n.new_rows > 0;
END;

-- Asks, as the table's owner, something of the rows that this transaction wrote
-- and sees: those whose xmin is younger than the snapshot. `columns` is the
-- select list that `answer` is an aggregate of.
CREATE FUNCTION dsql_internal.ask_written_rows(table_id oid, answer text,
    columns text)
RETURNS text LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT dsql_internal.answer_as_owner(table_id, format(
    'SELECT %s FROM (SELECT %s FROM ONLY %s WHERE pg_catalog.age(xmin)'
    ' OPERATOR(pg_catalog.<=) %s) w', answer, columns,
    dsql_internal.qualified_name(table_id),
    age(pg_snapshot_xmax(pg_current_snapshot())::text::xid)), true)
$$;

-- Parts of such a query: a sum; and how much of a column's value is stored, for
-- which no value is read.
CREATE FUNCTION dsql_internal.sum_of(terms text[]) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(array_to_string(terms, ' OPERATOR(pg_catalog.+) '), '0')
$$;
CREATE FUNCTION dsql_internal.stored_size(column_name name) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT format('COALESCE(pg_catalog.pg_column_size(%I), 0)::pg_catalog.int8',
                column_name)
$$;

-- Raises 54000 if a row that the transaction wrote to this table is too large,
-- or one of its values.
CREATE FUNCTION dsql_internal.enforce_row_sizes(source oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  most_of_value int := dsql_internal.limit_of('value bytes');
  too_large text;
BEGIN
  SELECT dsql_internal.ask_written_rows(source,
      format('CASE %s WHEN pg_catalog.bool_or(size OPERATOR(pg_catalog.>) %s)'
             ' THEN ''row'' END',
        string_agg(format('WHEN pg_catalog.bool_or(%I'
                          ' OPERATOR(pg_catalog.>) %s) THEN %L',
                          'c' || attnum, most_of_value, typname), ' '
                   ORDER BY attnum),
        dsql_internal.limit_of('row bytes')),
      format('%s AS size, %s',
        dsql_internal.sum_of(array_agg(dsql_internal.stored_size(attname))),
        string_agg(format('%s AS %I', dsql_internal.stored_size(attname),
                          'c' || attnum), ', ')))
    INTO too_large
    FROM pg_attribute a JOIN pg_type t ON t.oid = sys.base_type_oid(atttypid)
    WHERE attrelid = source AND attnum > 0 AND NOT attisdropped
      AND attgenerated <> 'v';
  IF too_large = 'row' THEN
    RAISE program_limit_exceeded USING MESSAGE = 'maximum row size exceeded';
  ELSIF too_large IS NOT NULL THEN
    RAISE program_limit_exceeded USING MESSAGE = format(
      'datatype limit greater than %s bytes not supported for %s',
      most_of_value, too_large);
  END IF;
END $$;

-- The columns of an index's keys, with those of the primary key, which each
-- entry carries: what they are, how large they are by their declaration, null
-- where that says nothing, and how many bytes of a character count.
CREATE FUNCTION dsql_internal.key_parts(index oid)
RETURNS TABLE (is_own bool, part text, is_text bool, declared int)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT parts.is_own, parts.part, base IN (25, 1042, 1043),
    CASE WHEN base IN (1042, 1043) AND typmod > 4 THEN typmod - 4
         WHEN base = 1700 THEN  -- Two bytes hold four digits.
           10 + coalesce((NULLIF(typmod, -1) - 4) >> 16, 18) / 2
         ELSE NULLIF(typlen, -1) END
  FROM (
    SELECT true AS is_own, dsql_internal.index_column(index, attnum) AS part,
      atttypid, atttypmod
    FROM pg_index JOIN pg_attribute ON attrelid = index
    WHERE indexrelid = index AND attnum <= indnkeyatts
    UNION ALL
    SELECT false, quote_ident(attname), atttypid, atttypmod
    FROM pg_index i JOIN pg_index p
        ON p.indrelid = i.indrelid AND p.indisprimary
      JOIN pg_attribute a ON attrelid = p.indrelid AND attnum = ANY (p.indkey)
    WHERE i.indexrelid = index AND NOT i.indisprimary
      AND NOT attnum = ANY (i.indkey::int2[])) parts
    CROSS JOIN LATERAL (
      SELECT b.oid, b.typlen,
        CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE atttypmod END
      FROM pg_type t JOIN pg_type b ON b.oid = CASE t.typtype
        WHEN 'd' THEN sys.base_type_oid(t.oid) ELSE t.oid END
      WHERE t.oid = atttypid) types(base, typlen, typmod);
END;

-- The bytes that an entry of an index may have: less, with more columns.
CREATE FUNCTION dsql_internal.key_budget(parts bigint) RETURNS bigint
LANGUAGE sql STABLE
RETURN dsql_internal.limit_of('key bytes') - 7 * (parts - 1);

-- Whether an entry of this index may be too large.
CREATE FUNCTION dsql_internal.may_be_large(index oid) RETURNS bool
LANGUAGE sql STABLE
BEGIN ATOMIC
  -- Of four bytes a character.
  SELECT bool_or(declared IS NULL)
    OR sum(CASE WHEN is_text THEN 4 * declared ELSE declared END)
      > dsql_internal.key_budget(count(*))
  FROM dsql_internal.key_parts(index);
END;

-- Raises 54000 if the transaction wrote a row to this table that has too large
-- a key.
CREATE FUNCTION dsql_internal.enforce_key_sizes(source oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  key record;
BEGIN
  FOR key IN
    SELECT dsql_internal.key_budget(count(*)) AS budget,
      coalesce(pg_get_expr(indpred, indrelid), 'true') AS predicate,
      dsql_internal.sum_of(array_agg(format(
        CASE WHEN is_text
          THEN 'COALESCE(pg_catalog.octet_length((%s)::pg_catalog.text), 0)'
          ELSE 'COALESCE(pg_catalog.pg_column_size(%s), 0)' END, part))) AS size
    FROM pg_index CROSS JOIN dsql_internal.key_parts(indexrelid)
    WHERE indrelid = source AND dsql_internal.may_be_large(indexrelid)
    GROUP BY indexrelid, indrelid, indpred LOOP
    IF dsql_internal.ask_written_rows(source, 'pg_catalog.max(size)',
        format('CASE WHEN %s THEN %s END AS size', key.predicate, key.size)
        )::bigint > key.budget THEN
      RAISE program_limit_exceeded USING MESSAGE = 'key size too large';
    END IF;
  END LOOP;
END $$;

-- Raises 54000 if a row or a value that the transaction wrote is larger than is
-- allowed, or, where they are asked for, a key.
CREATE FUNCTION dsql_internal.enforce_sizes(with_keys bool) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  written record;
BEGIN
  FOR written IN SELECT * FROM dsql_internal.written_tables() LOOP
    -- An update takes over what it does not change.
    IF written.toasted_bytes > 0
        AND (written.toasted_bytes > dsql_internal.limit_of('value bytes')
          OR (written.updates > 0 AND written.toast_size
                > dsql_internal.limit_of('row bytes') / 2)) THEN
      PERFORM dsql_internal.enforce_row_sizes(written.table_id);
    END IF;
    IF with_keys THEN
      PERFORM dsql_internal.enforce_key_sizes(written.table_id);
    END IF;
  END LOOP;
END $$;

-- The bytes that the transaction wrote: rows and index entries, with a guess of
-- what each costs by itself, which AWS does not tell. Of each table at most so
-- many rows count, and the smallest ones; of the others their primary keys: rows
-- that are only locked were written too, and do not differ.
CREATE FUNCTION dsql_internal.measured_size(most_rows bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  row_cost int := 24;
  entry_cost int := 16;
  -- The primary key is none, but the table itself.
  indexes bigint;
  written record;
  total bigint := 0;
BEGIN
  FOR written IN SELECT * FROM dsql_internal.written_tables() LOOP
    indexes := (SELECT count(*) FROM pg_index
                WHERE indrelid = written.table_id AND NOT indisprimary);
    total := total + coalesce((
      -- A column is in its row and, where it is a key, in index entries, of
      -- which each carries the primary key as well.
      SELECT dsql_internal.ask_written_rows(written.table_id,
        format('pg_catalog.sum(CASE WHEN place OPERATOR(pg_catalog.<=) %s'
               ' THEN size ELSE key END)', most_rows),
        format('%1$s AS size, %2$s AS key,'
               ' pg_catalog.row_number() OVER (ORDER BY %1$s) AS place',
          dsql_internal.sum_of(
            array_agg(format('(%s OPERATOR(pg_catalog.*) %s)',
                             dsql_internal.stored_size(attname), 1 + entries))
            || (row_cost + entry_cost * indexes)::text),
          dsql_internal.sum_of(
            array_agg(dsql_internal.stored_size(attname))
              FILTER (WHERE attnum = ANY (p.indkey)))))
      FROM pg_attribute LEFT JOIN pg_index p
          ON p.indrelid = attrelid AND p.indisprimary
        CROSS JOIN LATERAL (
          SELECT count(*) FROM pg_index i
          WHERE i.indrelid = attrelid AND NOT i.indisprimary
            AND (attnum = ANY (i.indkey) OR attnum = ANY (p.indkey)))
          uses(entries)
      WHERE attrelid = written.table_id AND attnum > 0 AND NOT attisdropped
        AND attgenerated <> 'v')::bigint, 0);
  END LOOP;
  RETURN total;
END $$;

-- measured_size(), if that may be more than `limited`, else 0.
CREATE FUNCTION dsql_internal.transaction_size(most_rows bigint, limited bigint)
RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT CASE WHEN sum(
      -- What fits into a page.
      least(pg_relation_size(table_id), new_rows * 8160)
      + CASE WHEN updates > 0 THEN toast_size ELSE toasted_bytes END
      + new_rows * (16 + dsql_internal.limit_of('key bytes')) * (
          SELECT count(*) FROM pg_index
          WHERE indrelid = table_id AND NOT indisprimary)) <= limited THEN 0
    ELSE dsql_internal.measured_size(most_rows) END
  FROM dsql_internal.written_tables();
END;
