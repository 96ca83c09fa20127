-- Prisma 5 and 6: the query engine, migrate deploy, db pull.
-- protocol: extended

SELECT 1
--> rows

SET search_path = "public"

SELECT EXISTS(SELECT 1 FROM pg_namespace WHERE nspname = $1), version(), current_setting('server_version_num')::integer as numeric_version
--$ public
--> rows

-- migrate deploy
SELECT pg_advisory_lock(72707369)
--> 0A000 function pg_advisory_lock not supported

CREATE TABLE _prisma_migrations (id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)

SELECT "id", "checksum", "finished_at", "migration_name", "logs", "rolled_back_at", "started_at", "applied_steps_count" FROM "_prisma_migrations" ORDER BY "started_at" ASC
--> no rows

INSERT INTO "_prisma_migrations" ("id", "checksum", "started_at", "migration_name") VALUES ($1, $2, $3, $4)
--$ 1 | c | 2026-01-01T00:00:00Z | init

UPDATE "_prisma_migrations" SET "finished_at" = $1, "applied_steps_count" = applied_steps_count + 1 WHERE "id" = $2
--$ 2026-01-01T00:00:00Z | 1

-- what migrate dev writes
CREATE TABLE "User" ("id" SERIAL NOT NULL, "email" TEXT NOT NULL, CONSTRAINT "User_pkey" PRIMARY KEY ("id"))
--> 42704 type "serial" does not exist

CREATE TYPE "Role" AS ENUM ('USER', 'ADMIN')
--> 0A000 CREATE TYPE not supported

CREATE TABLE "User" ("id" UUID NOT NULL DEFAULT gen_random_uuid(), "email" TEXT NOT NULL, "tags" TEXT[], CONSTRAINT "User_pkey" PRIMARY KEY ("id"))
--> 0A000 datatype text[] not supported

CREATE TABLE "User" ("id" UUID NOT NULL DEFAULT gen_random_uuid(), "email" TEXT NOT NULL, "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, CONSTRAINT "User_pkey" PRIMARY KEY ("id"))

CREATE UNIQUE INDEX "User_email_key" ON "User"("email")
--> 0A000 unsupported mode. please use CREATE INDEX ASYNC.

CREATE UNIQUE INDEX ASYNC "User_email_key" ON "User"("email")
--> rows

CREATE TABLE "Post" ("id" UUID NOT NULL, "authorId" UUID NOT NULL, CONSTRAINT "Post_pkey" PRIMARY KEY ("id"))

ALTER TABLE "Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE
--> 0A000 unsupported ALTER TABLE ADD CONSTRAINT statement

-- the query engine
BEGIN

INSERT INTO "public"."User" ("id","email","createdAt") VALUES ($1,$2,$3) RETURNING "public"."User"."id", "public"."User"."email", "public"."User"."createdAt"
--$ 7f5c0a4e-0000-0000-0000-000000000001 | a@b | 2026-01-01T00:00:00Z
--> rows

SELECT "public"."User"."id", "public"."User"."email" FROM "public"."User" WHERE ("public"."User"."email" = $1 AND 1=1) LIMIT $2 OFFSET $3
--$ a@b | 1 | 0
--> rows

COMMIT

INSERT INTO "public"."User" ("id","email") VALUES ($1,$2) ON CONFLICT ("id") DO UPDATE SET "email" = $3 WHERE ("public"."User"."id" = $4 AND 1=1) RETURNING "public"."User"."id"
--$ 7f5c0a4e-0000-0000-0000-000000000001 | b | c | 7f5c0a4e-0000-0000-0000-000000000001
--> rows

SELECT "t1"."id", "User_posts"."__prisma_data__" AS "posts" FROM "public"."User" AS "t1" LEFT JOIN LATERAL (SELECT COALESCE(JSONB_AGG("__prisma_data__"), '[]') AS "__prisma_data__" FROM (SELECT JSONB_BUILD_OBJECT('id', "t2"."id") AS "__prisma_data__" FROM "public"."Post" AS "t2" WHERE "t1"."id" = "t2"."authorId") AS "t3") AS "User_posts" ON TRUE LIMIT $1
--$ 1
--> rows

BEGIN ISOLATION LEVEL SERIALIZABLE
--> 0A000 Unsupported isolation level: SERIALIZABLE

DEALLOCATE ALL

-- db pull
SELECT tbl.relname AS table_name, namespace.nspname AS namespace, (tbl.relhassubclass AND tbl.relkind = 'p') AS is_partition, (tbl.relhassubclass AND tbl.relkind = 'r') AS has_subclass, tbl.relrowsecurity AS has_row_level_security, reloptions, obj_description(tbl.oid, 'pg_class') AS description FROM pg_class AS tbl INNER JOIN pg_namespace AS namespace ON namespace.oid = tbl.relnamespace WHERE tbl.relkind IN ('r', 'p') AND namespace.nspname = ANY ($1) ORDER BY namespace, table_name
--$ {public}
--> rows

SELECT oid.namespace, info.table_name, info.column_name, format_type(att.atttypid, att.atttypmod) AS formatted_type, info.numeric_precision, info.numeric_scale, info.numeric_precision_radix, info.datetime_precision, info.data_type, info.udt_schema AS type_schema_name, info.udt_name AS full_data_type, pg_get_expr(attdef.adbin, attdef.adrelid) AS column_default, info.is_nullable, info.is_identity, info.character_maximum_length, col_description(att.attrelid, ordinal_position) AS description FROM information_schema.columns info JOIN pg_attribute att ON att.attname = info.column_name JOIN (SELECT pg_class.oid, relname, pg_namespace.nspname AS namespace FROM pg_class JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace AND pg_namespace.nspname = ANY ($1) WHERE reltype > 0) AS oid ON oid.oid = att.attrelid AND relname = info.table_name AND namespace = info.table_schema LEFT JOIN pg_attrdef attdef ON attdef.adrelid = att.attrelid AND attdef.adnum = att.attnum AND table_schema = namespace WHERE table_schema = ANY ($1) ORDER BY namespace, table_name, ordinal_position
--$ {public}
--> rows

SELECT con.oid AS con_id, att2.attname AS child_column, cl.relname AS parent_table, con.conname, con.confdeltype, con.confupdtype FROM (SELECT unnest(con1.conkey) AS parent, unnest(con1.confkey) AS child, con1.oid, con1.conname, con1.conrelid, con1.confrelid, con1.confdeltype, con1.confupdtype FROM pg_class cl JOIN pg_namespace ns ON cl.relnamespace = ns.oid JOIN pg_constraint con1 ON con1.conrelid = cl.oid WHERE ns.nspname = ANY ($1) AND con1.contype = 'f') con JOIN pg_attribute att ON att.attrelid = con.confrelid AND att.attnum = con.child JOIN pg_class cl ON cl.oid = con.confrelid JOIN pg_attribute att2 ON att2.attrelid = con.conrelid AND att2.attnum = con.parent ORDER BY con_id
--$ {public}
--> no rows

SELECT extname AS extension_name, extversion AS extension_version FROM pg_extension
--> rows

SELECT pg_enum.enumlabel, pg_type.typname FROM pg_enum JOIN pg_type ON pg_enum.enumtypid = pg_type.oid ORDER BY enumsortorder
--> no rows
