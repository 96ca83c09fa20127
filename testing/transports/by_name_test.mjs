// AWS's connector for node-postgres, told nothing but the host: it parses the
// Region out of it and makes the token.
//
// usage: by_name_test.mjs MODULES HOST; the environment has credentials, the CA
// and what resolves the host.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const [modules, host] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { AuroraDSQLClient, AuroraDSQLPool } = require(
  "@aws/aurora-dsql-node-postgres-connector",
);

assert.equal(process.env.AWS_REGION, undefined);
const client = new AuroraDSQLClient({ host, user: "admin" });
await client.connect();
const { rows } = await client.query("SELECT current_user AS who");
assert.deepEqual(rows, [{ who: "admin" }]);
await client.end();

const pool = new AuroraDSQLPool({ host, user: "admin", max: 3 });
const answers = await Promise.all(
  [1, 2, 3].map((n) => pool.query("SELECT $1::int AS n", [n])),
);
assert.deepEqual(answers.map((answer) => answer.rows[0].n), [1, 2, 3]);
await pool.end();
console.log("all passed");
