CREATE SCHEMA IF NOT EXISTS "drizzle";
CREATE TABLE IF NOT EXISTS "drizzle"."__drizzle_migrations" (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY, hash text NOT NULL, created_at bigint);
select id, hash, created_at from "drizzle"."__drizzle_migrations" order by created_at desc limit 1;
CREATE TABLE "users" ("id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL, "org_id" uuid, "price" numeric, "tags" jsonb, "full_name" text GENERATED ALWAYS AS ('x' || id::text) STORED);
ALTER TABLE "users" ADD CONSTRAINT "users_org_fk" FOREIGN KEY ("org_id") REFERENCES "public"."orgs"("id") ON DELETE cascade ON UPDATE no action NOT VALID;
ALTER TABLE "users" ADD CONSTRAINT "users_name_unique" UNIQUE USING INDEX "users_name_idx";
select "users"."id", "d"."data" from "users" left join lateral (select coalesce(json_agg(json_build_array("x"."id") order by "x"."id"), '[]'::json) as "data" from (select * from "posts" where "posts"."uid" = "users"."id") "x") "d" on true;
start transaction read only; rollback;
