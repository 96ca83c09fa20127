// AWS's own JavaScript client against the Kinesis of a FakeDsql. Run by
// sdk_test.sh.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";

const [serverPath, modules] = process.argv.slice(2);
const require = createRequire(`${modules}/x.js`);
const sdk = require("@aws-sdk/client-kinesis");
const { NodeHttpHandler } = require("@smithy/node-http-handler");

let server;
let ready;
let kinesis;

function client(options = {}) {
  return new sdk.KinesisClient({
    endpoint: ready.endpoint,
    region: ready.region,
    maxAttempts: 1,
    credentials: {
      accessKeyId: ready.access_key_id,
      secretAccessKey: ready.secret_access_key,
    },
    // By itself this client speaks HTTP/2, which takes TLS with AWS.
    requestHandler: new NodeHttpHandler(),
    ...options,
  });
}

function call(command, input = {}) {
  return kinesis.send(new sdk[`${command}Command`](input));
}

async function readAll(streamName) {
  const texts = [];
  const { Shards } = await call("ListShards", { StreamName: streamName });
  for (const { ShardId } of Shards) {
    let { ShardIterator } = await call("GetShardIterator", {
      StreamName: streamName, ShardId, ShardIteratorType: "TRIM_HORIZON",
    });
    for (;;) {
      const batch = await call("GetRecords", { ShardIterator, Limit: 3 });
      if (batch.Records.length === 0) break;
      for (const record of batch.Records) {
        texts.push(Buffer.from(record.Data).toString());
        assert.ok(record.ApproximateArrivalTimestamp instanceof Date);
      }
      ShardIterator = batch.NextShardIterator;
    }
  }
  return texts.sort();
}

before(async () => {
  server = spawn(serverPath, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
  ready = JSON.parse((await lines.next()).value);
  kinesis = client();
});

after(async () => {
  kinesis.destroy();
  const exited = new Promise((resolve) => server.on("exit", resolve));
  server.stdin.end();
  await exited;
});

test("a stream is created, filled, read and deleted", async () => {
  await call("CreateStream", { StreamName: "orders", ShardCount: 2 });
  await sdk.waitUntilStreamExists({ client: kinesis, maxWaitTime: 20 },
    { StreamName: "orders" });
  const { StreamDescriptionSummary: summary } =
    await call("DescribeStreamSummary", { StreamName: "orders" });
  assert.equal(summary.OpenShardCount, 2);
  assert.equal(summary.StreamStatus, "ACTIVE");
  assert.ok(summary.StreamCreationTimestamp instanceof Date);
  const { SequenceNumber } = await call("PutRecord", {
    StreamName: "orders", Data: Buffer.from("0"), PartitionKey: "k",
  });
  assert.match(SequenceNumber, /^[0-9]{56}$/);
  const put = await call("PutRecords", {
    StreamARN: summary.StreamARN,
    Records: [...Array(9).keys()].map((i) => ({
      Data: Buffer.from(`${i + 1}`), PartitionKey: `k${i}`,
    })),
  });
  assert.equal(put.FailedRecordCount, 0);
  assert.deepEqual(await readAll("orders"), [..."0123456789"]);
  await call("DeleteStream", { StreamName: "orders" });
  await sdk.waitUntilStreamNotExists({ client: kinesis, maxWaitTime: 20 },
    { StreamName: "orders" });
});

test("exceptions are those of the SDK", async () => {
  await assert.rejects(call("DescribeStream", { StreamName: "none" }),
    (error) => error instanceof sdk.ResourceNotFoundException &&
      /none/.test(error.message));
  await assert.rejects(call("GetRecords", { ShardIterator: "x" }),
    sdk.InvalidArgumentException);
  await call("CreateStream", { StreamName: "twice", ShardCount: 1 });
  await assert.rejects(
    call("CreateStream", { StreamName: "twice", ShardCount: 1 }),
    sdk.ResourceInUseException);
  await assert.rejects(call("PutRecord", {
    StreamName: "twice", PartitionKey: "k", Data: Buffer.alloc(1 << 20),
  }), (error) => error.name === "ValidationException");
  // As large as a request may be: AWS answers what is above, too.
  await assert.rejects(call("PutRecord", {
    StreamName: "twice", PartitionKey: "k", Data: Buffer.alloc(10 << 20),
  }), (error) => error.name === "ValidationException");
});

test("signatures are verified, for Kinesis and by Region", async () => {
  const stranger = client({
    credentials: { accessKeyId: ready.access_key_id, secretAccessKey: "no" },
  });
  await assert.rejects(stranger.send(new sdk.ListStreamsCommand({})),
    (error) => error.name === "InvalidSignatureException");
  const elsewhere = client({ region: "eu-west-1" });
  await assert.rejects(
    elsewhere.send(new sdk.DescribeStreamCommand({ StreamName: "twice" })),
    sdk.ResourceNotFoundException);
  stranger.destroy();
  elsewhere.destroy();
});

test("pages of shards", async () => {
  await call("CreateStream", { StreamName: "wide", ShardCount: 5 });
  const first = await call("ListShards",
    { StreamName: "wide", MaxResults: 3 });
  const rest = await call("ListShards", { NextToken: first.NextToken });
  assert.equal(first.Shards.length + rest.Shards.length, 5);
  assert.equal(rest.NextToken, undefined);
});
