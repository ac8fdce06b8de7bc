import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Role } from "../../src/runtime/runtime.ts";
import { millrace, type Running, startShop, terminate } from "../cli/millrace.ts";
import { root } from "../entry-points.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { healthCheck } from "./image-rules.ts";
import { environmentOf, manifests, ofKind, readObjects } from "./kubernetes-files.ts";
import { deployedRoles, processorNames, serviceFolder } from "./service-facts.ts";

// What the manifests say, done without a cluster: the Job and the containers as processes, with their arguments and variables,
// over a PostgreSQL whose users have the rights that docs/production.md gives them.

const { objects } = readObjects(manifests);
const maps = ofKind(objects, "ConfigMap");
const folder = path.join(root, serviceFolder);

const schema = `test_${randomUUID()}`;
const keys = await generateKeyPair("ES256");
const keyServer = createServer();
/** The relay runs beside the query side, with its rights. */
const processRoles = deployedRoles.filter((role) => role !== "relay");
const processes = new Map<Role, Running & { readonly url: string }>();
let databaseUrl: string;

/** The user whose URL has this key in the Secret. */
function userOf(key: string): string {
  return `${schema}_${key}`;
}

function urlOf(key: string): string {
  const url = new URL(databaseUrl);
  url.username = userOf(key);
  url.password = "secret";
  url.searchParams.set("schema", schema);
  return url.href;
}

async function runSql(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(sql);
  await client.end();
}

function containerOf(role: Role) {
  const found = ofKind(objects, "Deployment").find(({ metadata }) => metadata.name === `accounts-${role}`);
  if (found === undefined) throw new Error(`There is no Deployment of ${role}.`);
  return found.spec.template.spec.containers[0];
}

/** As docs/production.md says it: the owner makes the tables, the roles and the users. */
async function migrate(): Promise<void> {
  const database = new URL(databaseUrl).pathname.slice(1);
  await runSql(
    databaseUrl,
    `CREATE USER "${userOf("owner-url")}" PASSWORD 'secret' CREATEROLE;
    GRANT CREATE ON DATABASE "${database}" TO "${userOf("owner-url")}"`,
  );
  const [job] = ofKind(objects, "Job");
  if (job === undefined) throw new Error("There is no Job.");
  const [container] = job.spec.template.spec.containers;
  const env = environmentOf(container, maps, urlOf);
  expect(await millrace(container.args, folder, env)).toMatchObject({ code: 0, stderr: "" });
  const { stdout: grants } = await millrace(["migrate", "--grants"], folder, env);
  await runSql(urlOf("owner-url"), grants);
  for (const role of processRoles) {
    const user = userOf(`${role}-url`);
    await runSql(urlOf("owner-url"), `CREATE USER "${user}" PASSWORD 'secret' IN ROLE "${schema}_${role}"`);
  }
}

async function startRole(role: Role): Promise<void> {
  const container = containerOf(role);
  const { port } = keyServer.address() as AddressInfo;
  const env = {
    ...environmentOf(container, maps, urlOf),
    JWKS_URL: `http://127.0.0.1:${port}/`,
    PORT: "0",
  };
  processes.set(role, await startShop(folder, env, container.args));
}

function tokenOf(subject: string, ...roles: readonly string[]): Promise<string> {
  const { TOKEN_ISSUER = "", TOKEN_AUDIENCE = "" } = maps[0]?.data ?? {};
  return new SignJWT({ roles })
    .setProtectedHeader({ alg: "ES256" })
    .setSubject(subject)
    .setIssuer(TOKEN_ISSUER)
    .setAudience(TOKEN_AUDIENCE)
    .setExpirationTime("5 minutes")
    .sign(keys.privateKey);
}

/** Asks the process of a role; without a token as nobody. */
function ask(role: Role, route: string, token?: string, more: RequestInit = {}): Promise<Response> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return fetch(`${processes.get(role)?.url}${route}`, { ...more, headers: { ...headers, ...more.headers } });
}

function post(route: string, body: unknown, token?: string): Promise<Response> {
  return ask("command", route, token, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function createAccount(token: string, accountNumber: string) {
  const created = await post("/v1/accounts", { userId: 7, accountNumber }, token);
  expect(created.status).toBe(201);
  const { id } = (await created.json()) as { readonly id: string };
  return { id, token: created.headers.get("millrace-token") ?? "" };
}

beforeAll(async () => {
  databaseUrl = await freshDatabase();
  const jwk = await exportJWK(keys.publicKey);
  keyServer.on("request", (_, response) => void response.end(JSON.stringify({ keys: [jwk] })));
  await once(keyServer.listen(0, "127.0.0.1"), "listening");
  await migrate();
  await Promise.all(processRoles.map(startRole));
}, 120_000);

afterAll(() => void keyServer.close());

describe("what the manifests start, with the least rights in the database", () => {
  test.each(processRoles)("%s becomes ready by its own probes", async (role) => {
    const { startupProbe, livenessProbe, readinessProbe } = containerOf(role);
    const probes = [startupProbe, livenessProbe, readinessProbe].flatMap((probe) => probe ?? []);
    expect(probes).toHaveLength(3);
    for (const { httpGet } of probes) {
      await expect.poll(async () => (await ask(role, httpGet.path)).status, { timeout: 15_000 }).toBe(200);
    }
  });

  test("tells other services of its events beside its views", async () => {
    const user = await tokenOf("7");
    const { id } = await createAccount(user, "feed-1");
    const feed = await ask("query", "/v1/feeds/accounts?limit=1000", user);
    expect(feed.status).toBe(200);
    expect(await feed.json()).toContainEqual(
      expect.objectContaining({ subject: id, type: "AccountChanged", data: { status: "ACCOUNT_CREATED" } }),
    );
  });

  test("G12: lets nobody in without a token, and operators alone see the metrics", async () => {
    const user = await tokenOf("7");
    expect((await post("/v1/accounts", {})).status).toBe(401);
    expect((await ask("query", "/v1/views/accounts")).status).toBe(401);
    for (const role of processRoles) {
      expect((await ask(role, "/metrics")).status, role).toBe(401);
      for (const route of ["/metrics", "/admin/processors"]) {
        expect((await ask(role, route, user)).status, `${role} ${route}`).toBe(403);
      }
    }
  });

  test("G8: takes commands on one side and answers for them on the other", async () => {
    const user = await tokenOf("7");
    const { id, token } = await createAccount(user, "1001");
    const row = await ask("query", `/v1/views/accounts/${id}`, user, {
      headers: { "millrace-token": token, prefer: "wait=15" },
    });
    expect({ status: row.status, body: await row.json() }).toMatchObject({
      status: 200,
      body: { userId: 7, accountNumber: "1001" },
    });
  });

  test("has policies send commands", async () => {
    const user = await tokenOf("7");
    const { id } = await createAccount(user, "1002");
    const row = async () => (await ask("query", `/v1/views/accounts/${id}`, user)).json();
    await expect.poll(row, { timeout: 15_000 }).toMatchObject({ status: "ACCOUNT_ACTIVE" });
  });

  test("tells an operator what the autoscaler goes by", async () => {
    const operator = await tokenOf("prometheus", "operator");
    const [metric] = ofKind(objects, "HorizontalPodAutoscaler")[0]?.spec.metrics ?? [];
    const lag = new RegExp(`^${metric?.external.metric.name}\\{processor="([^"]+)"\\} \\d+$`, "gm");
    const told = async () => {
      const text = await (await ask("processor", "/metrics", operator)).text();
      return [...text.matchAll(lag)].map(([, processor]) => processor).toSorted();
    };
    await expect.poll(told, { timeout: 15_000 }).toEqual(processorNames().toSorted());
  });

  test("has an operator pause a processor and resume it", async () => {
    const operator = await tokenOf("ann", "operator");
    for (const action of ["pause", "resume"]) {
      const done = await ask("processor", `/admin/processors/confirm-accounts/${action}`, operator, {
        method: "POST",
      });
      expect(done.ok, `${action}: ${done.status} ${await done.text()}`).toBe(true);
    }
  });

  test("G9: builds a view anew without a right to make tables, and queries are answered all the while", async () => {
    const user = await tokenOf("7");
    const { id } = await createAccount(user, "1003");
    const row = async () => (await ask("query", `/v1/views/accounts/${id}`, user)).status;
    await expect.poll(row, { timeout: 15_000 }).toBe(200);

    const answers = new Set<number>();
    let isBuilding = true;
    const asking = (async () => {
      while (isBuilding) answers.add(await row());
    })();
    const rebuilt = await millrace(["processors", "rebuild", "accounts"], folder, {
      DATABASE_URL: urlOf("processor-url"),
    });
    isBuilding = false;
    await asking;
    expect(rebuilt).toEqual({ code: 0, stdout: expect.stringContaining("Rebuilt accounts"), stderr: "" });
    answers.add(await row());
    expect([...answers]).toEqual([200]);
    expect((await ask("query", "/health/ready")).status).toBe(200);
  }, 60_000);

  test("is well for the image's health check, and not once it has ended, in order", async () => {
    const [, ...args] = healthCheck(readFileSync(path.join(folder, "Dockerfile"), "utf8"));
    const exitCode = (port: string) =>
      new Promise((resolve) => {
        execFile(process.execPath, args, { env: { PORT: port } }).on("exit", resolve);
      });
    for (const [role, running] of processes) {
      const { port } = new URL(running.url);
      expect(await exitCode(port), role).toBe(0);
      expect(await terminate(running), role).toBe(0);
      expect(await exitCode(port), role).toBe(1);
      expect(running.stderr(), role).toBe("");
    }
  });
});
