// AWS's own JavaScript client against FakeDsql: every operation, waiter,
// paginator and exception. Run by sdk_test.sh.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";

const [serverPath, modules] = process.argv.slice(2);
const sdk = createRequire(`${modules}/x.js`)("@aws-sdk/client-dsql");

const POLICY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{
    Effect: "Allow",
    Principal: { AWS: "arn:aws:iam::000000000000:root" },
    Action: "dsql:DbConnect",
    Resource: "*",
  }],
});
const KINESIS = {
  streamArn: "arn:aws:kinesis:us-east-1:000000000000:stream/my-stream",
  roleArn: "arn:aws:iam::000000000000:role/dsql-stream-role",
};
// What the model's tag pattern allows, and URIs and signatures stumble over.
const ODD_KEY = "a/b c+d=e:f@g_h.i-j";
const WAIT = { maxWaitTime: 20, minDelay: 1, maxDelay: 1 };

class Server {
  async start() {
    this.process = spawn(serverPath, { stdio: ["pipe", "pipe", "inherit"] });
    this.lines = createInterface(this.process.stdout)[Symbol.asyncIterator]();
    this.ready = JSON.parse((await this.lines.next()).value);
  }

  // The next call of `operation` answers the exception.
  async fail(operation, error) {
    this.process.stdin.write(`${operation} ${JSON.stringify(error)}\n`);
    assert.equal((await this.lines.next()).value, "ok");
  }

  stop() {
    const exited = new Promise((resolve) => this.process.on("exit", resolve));
    this.process.stdin.end();
    return exited;
  }

  client(options = {}) {
    return new sdk.DSQLClient({
      endpoint: this.ready.endpoint,
      region: this.ready.region,
      maxAttempts: 1,
      credentials: {
        accessKeyId: this.ready.access_key_id,
        secretAccessKey: this.ready.secret_access_key,
      },
      ...options,
    });
  }
}

const server = new Server();
let client;

before(async () => {
  await server.start();
  client = server.client();
});
after(async () => assert.equal(await server.stop(), 0));

const send = (name, input = {}, by = client) =>
  by.send(new sdk[`${name}Command`](input));

async function newCluster(input = {}, by = client) {
  return send("CreateCluster", { deletionProtectionEnabled: false, ...input }, by);
}

async function deleteCluster({ identifier }, by = client) {
  await send("DeleteCluster", { identifier }, by);
  await sdk.waitUntilClusterNotExists({ client: by, ...WAIT }, { identifier });
}

async function rejection(promise) {
  return promise.then(() => assert.fail("did not fail"), (error) => error);
}

test("clusters live and die", async () => {
  const created = await send("CreateCluster", { tags: { Name: "a" } });
  assert.equal(created.status, "CREATING");
  assert.equal(created.deletionProtectionEnabled, true);
  assert.ok(created.creationTime instanceof Date);
  assert.ok(Math.abs(created.creationTime - Date.now()) < 60_000);
  assert.equal(created.encryptionDetails.encryptionType, "AWS_OWNED_KMS_KEY");
  const { identifier } = created;
  const waited = await sdk.waitUntilClusterActive({ client, ...WAIT }, { identifier });
  assert.equal(waited.state, "SUCCESS");

  const got = await send("GetCluster", { identifier });
  assert.equal(got.status, "ACTIVE");
  assert.equal(got.arn, created.arn);
  assert.deepEqual(got.creationTime, created.creationTime);
  assert.deepEqual(got.tags, { Name: "a" });
  assert.equal(got.multiRegionProperties, undefined);
  assert.match(got.$metadata.requestId, /^[0-9a-f-]{36}$/);

  const vpc = await send("GetVpcEndpointServiceName", { identifier });
  assert.match(vpc.serviceName, /^com\.amazonaws\.us-east-1\.dsql/);

  const protectedError = await rejection(send("DeleteCluster", { identifier }));
  assert.ok(protectedError instanceof sdk.ValidationException);
  assert.equal(protectedError.reason, "deletionProtectionEnabled");

  const updated = await send("UpdateCluster", {
    identifier, deletionProtectionEnabled: false,
  });
  assert.equal(updated.identifier, identifier);
  const deleted = await send("DeleteCluster", { identifier, clientToken: "t" });
  assert.equal(deleted.status, "DELETING");
  const gone = await sdk.waitUntilClusterNotExists({ client, ...WAIT }, { identifier });
  assert.equal(gone.state, "SUCCESS");
});

test("empty maps are there, absent members are not", async () => {
  const cluster = await newCluster();
  const got = await send("GetCluster", { identifier: cluster.identifier });
  assert.deepEqual(got.tags, {});
  assert.ok(!("multiRegionProperties" in got));
  await deleteCluster(cluster);
});

test("paginators see each cluster and stream once", async () => {
  const clusters = [await newCluster(), await newCluster(), await newCluster()];
  const seen = [];
  for await (const page of sdk.paginateListClusters({ client, pageSize: 1 }, {})) {
    assert.ok(page.clusters.length <= 1);
    seen.push(...page.clusters.map((cluster) => cluster.identifier));
  }
  assert.deepEqual(seen.sort(), clusters.map((c) => c.identifier).sort());

  const clusterIdentifier = clusters[0].identifier;
  const streams = [];
  for (let i = 0; i < 2; ++i) {
    const stream = await send("CreateStream", {
      clusterIdentifier,
      targetDefinition: { kinesis: KINESIS },
      ordering: "UNORDERED",
      format: "JSON",
    });
    await sdk.waitUntilStreamActive({ client, ...WAIT }, {
      clusterIdentifier, streamIdentifier: stream.streamIdentifier,
    });
    streams.push(stream.streamIdentifier);
  }
  const seenStreams = [];
  for await (const page of sdk.paginateListStreams(
    { client, pageSize: 1 }, { clusterIdentifier })) {
    seenStreams.push(...page.streams.map((stream) => stream.streamIdentifier));
  }
  assert.deepEqual(seenStreams.sort(), streams.sort());
  for (const streamIdentifier of streams) {
    await send("DeleteStream", { clusterIdentifier, streamIdentifier });
    const gone = await sdk.waitUntilStreamNotExists(
      { client, ...WAIT }, { clusterIdentifier, streamIdentifier });
    assert.equal(gone.state, "SUCCESS");
  }
  for (const cluster of clusters) await deleteCluster(cluster);
});

test("streams", async () => {
  const cluster = await newCluster();
  const clusterIdentifier = cluster.identifier;
  const created = await send("CreateStream", {
    clusterIdentifier,
    targetDefinition: { kinesis: KINESIS },
    ordering: "UNORDERED",
    format: "JSON",
    tags: { a: "b" },
  });
  assert.equal(created.status, "CREATING");
  assert.equal(created.clusterIdentifier, clusterIdentifier);
  const { streamIdentifier } = created;
  await sdk.waitUntilStreamActive({ client, ...WAIT }, { clusterIdentifier, streamIdentifier });
  const got = await send("GetStream", { clusterIdentifier, streamIdentifier });
  assert.deepEqual(got.targetDefinition, { kinesis: KINESIS });
  assert.deepEqual(got.tags, { a: "b" });
  assert.ok(got.creationTime instanceof Date);
  assert.equal(got.statusReason, undefined);
  await send("DeleteStream", { clusterIdentifier, streamIdentifier });
  await deleteCluster(cluster);
});

test("tags with characters that need encoding", async () => {
  const cluster = await newCluster();
  const resourceArn = cluster.arn;
  await send("TagResource", { resourceArn, tags: { [ODD_KEY]: "", b: "c", d: "e" } });
  assert.deepEqual((await send("ListTagsForResource", { resourceArn })).tags,
    { [ODD_KEY]: "", b: "c", d: "e" });
  await send("UntagResource", { resourceArn, tagKeys: [ODD_KEY, "d"] });
  assert.deepEqual((await send("ListTagsForResource", { resourceArn })).tags,
    { b: "c" });
  await deleteCluster(cluster);
});

test("policies", async () => {
  const cluster = await newCluster();
  const { identifier } = cluster;
  const put = await send("PutClusterPolicy", { identifier, policy: POLICY });
  const got = await send("GetClusterPolicy", { identifier });
  assert.equal(got.policy, POLICY);
  assert.equal(got.policyVersion, put.policyVersion);
  const conflict = await rejection(send("DeleteClusterPolicy", {
    identifier, expectedPolicyVersion: "other",
  }));
  assert.ok(conflict instanceof sdk.ConflictException);
  assert.ok(conflict.resourceType);
  await send("DeleteClusterPolicy", {
    identifier, expectedPolicyVersion: put.policyVersion,
  });
  const missing = await rejection(send("GetClusterPolicy", { identifier }));
  assert.ok(missing instanceof sdk.ResourceNotFoundException);
  await deleteCluster(cluster);
});

test("the signature's Region is the cluster's", async () => {
  const peer = server.client({ region: "us-east-2" });
  const here = await newCluster({
    multiRegionProperties: { witnessRegion: "us-west-2" },
  });
  assert.equal(here.status, "PENDING_SETUP");
  const there = await newCluster({
    multiRegionProperties: { witnessRegion: "us-west-2", clusters: [here.arn] },
  }, peer);
  assert.match(there.arn, /:us-east-2:/);
  await send("UpdateCluster", {
    identifier: here.identifier,
    multiRegionProperties: { witnessRegion: "us-west-2", clusters: [there.arn] },
  });
  for (const [by, { identifier }] of [[client, here], [peer, there]]) {
    await sdk.waitUntilClusterActive({ client: by, ...WAIT }, { identifier });
    const got = await send("GetCluster", { identifier }, by);
    assert.deepEqual([...got.multiRegionProperties.clusters].sort(),
      [here.arn, there.arn].sort());
  }
  const elsewhere = await rejection(
    send("GetCluster", { identifier: here.identifier }, peer));
  assert.ok(elsewhere instanceof sdk.ResourceNotFoundException);
  await send("DeleteCluster", { identifier: here.identifier });
  await send("DeleteCluster", { identifier: there.identifier }, peer);
});

test("violations are listed by member", async () => {
  const error = await rejection(send("CreateStream", {
    clusterIdentifier: "not an identifier",
    targetDefinition: { kinesis: { ...KINESIS, roleArn: "x" } },
    ordering: "SORTED",
    format: "JSON",
  }));
  assert.ok(error instanceof sdk.ValidationException);
  assert.equal(error.reason, "fieldValidationFailed");
  const names = error.fieldList.map((field) => field.name);
  assert.ok(names.includes("clusterIdentifier"));
  assert.ok(names.includes("ordering"));
  assert.ok(names.includes("targetDefinition.kinesis.roleArn"));
  assert.ok(error.fieldList.every((field) => field.message));
});

test("quotas", async () => {
  const clusters = [];
  let error;
  while (!error) {
    await newCluster().then((c) => clusters.push(c), (e) => { error = e; });
  }
  assert.equal(clusters.length, 3);
  assert.ok(error instanceof sdk.ServiceQuotaExceededException);
  assert.equal(error.serviceCode, "dsql");
  assert.ok(error.quotaCode);
  for (const cluster of clusters) await deleteCluster(cluster);
});

// Operation, exception, HTTP status, $fault, $retryable.
const SCRIPTED = [
  ["GetCluster", {
    shape: "ValidationException", message: "m", reason: "cannotParse",
    fieldList: [{ name: "identifier", message: "bad" }],
  }, 400, "client"],
  ["GetCluster", { shape: "AccessDeniedException", message: "no" }, 403, "client"],
  ["GetCluster", {
    shape: "ResourceNotFoundException", message: "m", resourceId: "abc",
    resourceType: "cluster",
  }, 404, "client"],
  ["UpdateCluster", {
    shape: "ConflictException", message: "m", resourceId: "abc",
    resourceType: "cluster",
  }, 409, "client"],
  ["CreateCluster", {
    shape: "ServiceQuotaExceededException", message: "m", resourceId: "abc",
    resourceType: "cluster", serviceCode: "dsql", quotaCode: "L-1",
  }, 402, "client"],
  ["GetCluster", {
    shape: "ThrottlingException", message: "slow", serviceCode: "dsql",
    quotaCode: "L-2", retryAfterSeconds: 7,
  }, 429, "client", { throttling: true }],
  ["GetCluster", {
    shape: "InternalServerException", message: "oops", retryAfterSeconds: 9,
  }, 500, "server", {}],
  ["GetCluster", { shape: "InternalServerException", message: "oops" }, 500,
    "server", {}],
];

for (const [operation, detail, status, fault, retryable] of SCRIPTED) {
  test(`${detail.shape} with all its members`, async () => {
    await server.fail(operation, detail);
    const identifier = operation === "CreateCluster" ? undefined : "a".repeat(26);
    const error = await rejection(send(operation, { identifier }));
    const { shape, ...members } = detail;
    assert.ok(error instanceof sdk[shape], error);
    assert.ok(error instanceof sdk.DSQLServiceException);
    assert.equal(error.name, shape);
    assert.equal(error.$fault, fault);
    assert.equal(error.$metadata.httpStatusCode, status);
    assert.match(error.$metadata.requestId, /^[0-9a-f-]{36}$/);
    for (const [name, value] of Object.entries(members)) {
      assert.deepEqual(error[name], value, name);
    }
    // Each attempt adds to it.
    if (retryable) assert.deepEqual({ ...error.$retryable }, retryable);
    else assert.equal(error.$retryable, undefined);
    if (!("retryAfterSeconds" in members)) {
      assert.equal(error.retryAfterSeconds, undefined);
    }
  });
}

test("the client's retries get over a fault", async () => {
  await server.fail("ListClusters", { shape: "ThrottlingException", message: "m" });
  const patient = server.client({ maxAttempts: 3 });
  const { $metadata } = await send("ListClusters", {}, patient);
  assert.equal($metadata.attempts, 2);
});

test("signatures are verified", async () => {
  const credentials = (id, secret, sessionToken) => server.client({
    credentials: { accessKeyId: id, secretAccessKey: secret, sessionToken },
  });
  const { access_key_id: id, secret_access_key: secret } = server.ready;
  const name = async (by) => (await rejection(send("ListClusters", {}, by))).name;
  assert.equal(await name(credentials("AKIAUNKNOWN", secret)),
    "UnrecognizedClientException");
  assert.equal(await name(credentials(id, "wrong")), "InvalidSignatureException");
  assert.equal(await name(credentials(id, secret, "token")),
    "UnrecognizedClientException");
});

test("a client whose clock is wrong corrects it by the header Date", async () => {
  const wrong = server.client({
    systemClockOffset: -3_600_000, maxAttempts: 3,
  });
  const { $metadata } = await send("ListClusters", {}, wrong);
  assert.equal($metadata.attempts, 2);
});
