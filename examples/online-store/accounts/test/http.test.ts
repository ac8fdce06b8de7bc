import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "millrace/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import accounts from "../service.ts";

const folder = mkdtempSync(join(tmpdir(), "accounts-"));
let url = "";
let close = async () => {};

beforeAll(async () => {
  const database = `sqlite:${join(folder, "accounts.db")}`;
  ({ url, close } = await serve(
    accounts,
    { auth: "none", port: 0, database, logLevel: "error" },
    { signals: false },
  ));
});

afterAll(async () => {
  await close();
  rmSync(folder, { recursive: true, force: true });
});

function post(path: string, body: unknown): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function create(accountNumber: string): Promise<{ readonly path: string; readonly id: string }> {
  const answer = await post("/v1/accounts", { userId: 7, accountNumber });
  expect(answer.status).toBe(201);
  const path = answer.headers.get("location") ?? "";
  return { path, id: path.split("/").at(-1) ?? "" };
}

/** Waits for the policies to have done their work. */
async function activated(path: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const { state } = (await (await fetch(`${url}${path}`)).json()) as { state: { status: string } };
    if (state.status === "ACCOUNT_ACTIVE") return;
    if (Date.now() > deadline) throw new Error(`still ${state.status}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("a new account becomes active by itself, and its row is what the reference says", async () => {
  const { path, id } = await create("1001");
  await activated(path);
  const { headers } = await post(`${path}/commands/suspend-account`, {});
  const token = headers.get("millrace-token") ?? "";
  const row = await (
    await fetch(`${url}/v1/views/accounts/${id}`, { headers: { "millrace-token": token } })
  ).json();
  expect(row).toEqual({
    createdAt: expect.any(Number),
    lastModified: expect.any(Number),
    userId: 7,
    accountNumber: "1001",
    defaultAccount: false,
    status: "ACCOUNT_SUSPENDED",
    _links: { self: { href: `/v1/views/accounts/${id}` } },
  });
});

test("a command that the state forbids is a 409 that names the state", async () => {
  const { path } = await create("1002");
  await activated(path);
  await post(`${path}/commands/archive-account`, {});
  const answer = await post(`${path}/commands/suspend-account`, {});
  expect(answer.status).toBe(409);
  const problem = { code: "account-status-forbids", detail: expect.stringContaining("ACCOUNT_ARCHIVED") };
  expect(await answer.json()).toMatchObject(problem);
});

test("one number created a hundred times at once has one winner", async () => {
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => post("/v1/accounts", { userId: 7, accountNumber: "1003" })),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  const refused = answers.filter(({ status }) => status === 409);
  expect(refused).toHaveLength(99);
  for (const answer of refused) expect(await answer.json()).toMatchObject({ code: "account-number-taken" });
});

test("an event-shaped request leads to the command of its status, for the account's own number alone", async () => {
  const { path } = await create("1004");
  await activated(path);
  const event = { type: "ACCOUNT_SUSPENDED", accountNumber: "1004", createdAt: 1, lastModified: 2 };
  const answer = await post(`${path}/events`, event);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ events: [{ type: "AccountSuspended" }] });
  const other = await post(`${path}/events`, { ...event, accountNumber: "1003" });
  expect([other.status, await other.json()]).toMatchObject([409, { code: "account-number-mismatch" }]);
});

test("the interface describes itself", async () => {
  const description = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: object };
  expect(Object.keys(description.paths)).toEqual(
    expect.arrayContaining([
      "/v1/accounts",
      "/v1/accounts/{id}/commands/suspend-account",
      "/v1/views/accounts-per-user",
    ]),
  );
});
