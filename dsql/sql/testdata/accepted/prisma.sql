-- CreateTable
CREATE TABLE "Post" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "title" VARCHAR(255) NOT NULL,
    "published" BOOLEAN NOT NULL DEFAULT false,
    "authorId" UUID,
    CONSTRAINT "Post_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX ASYNC "Post_title_key" ON "Post"("title");
CREATE INDEX ASYNC IF NOT EXISTS "Post_authorId_idx" ON "public"."Post"("authorId" NULLS LAST) INCLUDE ("title");
SELECT "public"."Post"."id" FROM "public"."Post" WHERE ("public"."Post"."title" = $1 AND 1=1) LIMIT $2 OFFSET $3;
INSERT INTO "public"."Post" ("id","title") VALUES ($1,$2) RETURNING "public"."Post"."id";
SELECT EXISTS (SELECT 1 FROM information_schema.tables WHERE table_schema = 'public' AND table_name = '_prisma_migrations');
DEALLOCATE ALL;
