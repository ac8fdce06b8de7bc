import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../runtime/running.ts";

/** The account service of the examples, somewhere. */
export interface AccountHost {
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
  close(): Promise<void>;
}

/**
 * What the account service does on every host, seen from outside. `parsesJson`: the platform reads JSON before the service does, and answers
 * for itself where it is none.
 */
export function accountSuite(
  host: string,
  open: () => Promise<AccountHost>,
  { parsesJson = false }: { readonly parsesJson?: boolean } = {},
): void {
  describe(`the account service on ${host}`, () => {
    let opened: AccountHost;
    let number = 0;

    beforeAll(async () => {
      opened = await open();
    }, 60_000);
    afterAll(() => opened?.close());

    const call = (path: string, init?: RequestInit) => opened.fetch(path, init);

    function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
      return call(path, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      });
    }

    async function create(userId = 7) {
      const accountNumber = `N-${++number}`;
      const answer = await post("/v1/accounts", { userId, accountNumber });
      expect(answer.status).toBe(201);
      const path = answer.headers.get("location") ?? "";
      const id = path.split("/").at(-1) ?? "";
      return { path, id, accountNumber, token: answer.headers.get("millrace-token") ?? "", answer };
    }

    /** Waits for what the policies do, as any client has to. */
    function active(path: string): Promise<Response> {
      return eventually(
        () => call(path),
        async (answer) =>
          ((await answer.clone().json()) as { state: { status: string } }).state.status === "ACCOUNT_ACTIVE",
      );
    }

    test("creates an account, which policies make active", async () => {
      const { path, id, accountNumber, answer } = await create();
      expect(answer.headers.get("etag")).toBe('"2-1"');
      expect(answer.headers.get("millrace-token")).not.toBe("");
      expect(await answer.json()).toMatchObject({
        id,
        version: 2,
        events: [{ type: "AccountCreated", data: { accountNumber } }, { type: "AccountPending" }],
        _links: { self: { href: path } },
      });
      const loaded = await active(path);
      expect(loaded.headers.get("etag")).toBe('"4-1"');
      expect(await loaded.json()).toMatchObject({ id, version: 4, state: { accountNumber, userId: 7 } });
    });

    test("G8: answers a query with what the caller has just done", async () => {
      const { path, id } = await create();
      await active(path);
      const suspended = await post(`${path}/commands/suspend-account`, {});
      expect(suspended.status).toBe(200);
      const headers = {
        "millrace-token": suspended.headers.get("millrace-token") ?? "",
        prefer: "wait=10",
      };
      const row = await call(`/v1/views/accounts/${id}`, { headers });
      expect([row.status, await row.json()]).toMatchObject([200, { status: "ACCOUNT_SUSPENDED", userId: 7 }]);
      const etag = row.headers.get("etag") ?? "";
      const again = await call(`/v1/views/accounts/${id}`, {
        headers: { ...headers, "if-none-match": etag },
      });
      expect(again.status).toBe(304);
    });

    test("filters, sorts and pages rows", async () => {
      const created = [await create(42), await create(42), await create(42)];
      for (const { path } of created) await active(path);
      const last = await post(`${created[2]?.path}/commands/suspend-account`, {});
      const headers = { "millrace-token": last.headers.get("millrace-token") ?? "", prefer: "wait=10" };
      const query = "/v1/views/accounts?userId=42&sort=accountNumber&limit=2";
      const first = (await (await call(query, { headers })).json()) as {
        _embedded: { accounts: readonly { accountNumber: string }[] };
        _links: { next: { href: string } };
      };
      const second = (await (await call(first._links.next.href, { headers })).json()) as typeof first;
      const numbers = [first, second].flatMap((page) =>
        page._embedded.accounts.map((row) => row.accountNumber),
      );
      expect(numbers).toEqual(created.map(({ accountNumber }) => accountNumber));
      const user = await call("/v1/views/accounts-per-user/42", { headers });
      expect(await user.json()).toMatchObject({
        accounts: 3,
        byStatus: { ACCOUNT_ACTIVE: 2, ACCOUNT_SUSPENDED: 1 },
      });
    });

    test("G4: gives a repeated command its first result, and refuses its key to another one", async () => {
      const body = { userId: 9, accountNumber: `N-${++number}` };
      const headers = { "idempotency-key": `key-${number}` };
      const first = await post("/v1/accounts", body, headers);
      const again = await post("/v1/accounts", body, headers);
      expect([first.status, again.status]).toEqual([201, 201]);
      expect(again.headers.get("location")).toBe(first.headers.get("location"));
      const other = await post("/v1/accounts", { ...body, userId: 10 }, headers);
      expect([other.status, await other.json()]).toMatchObject([422, { code: "command-id-reused" }]);
    });

    test("refuses what the domain refuses, one number for two accounts too", async () => {
      const { path, accountNumber } = await create();
      const twice = await post("/v1/accounts", { userId: 8, accountNumber });
      expect([twice.status, await twice.json()]).toMatchObject([409, { code: "account-number-taken" }]);
      await active(path);
      expect((await post(`${path}/commands/suspend-account`, {})).status).toBe(200);
      const refused = await post(`${path}/commands/archive-account`, {});
      expect(refused.headers.get("content-type")).toBe("application/problem+json");
      expect([refused.status, await refused.json()]).toMatchObject([409, { code: "account-status-forbids" }]);
    });

    test("one number created by many at once has one winner", async () => {
      const body = { userId: 7, accountNumber: `N-${++number}` };
      const answers = await Promise.all(Array.from({ length: 20 }, () => post("/v1/accounts", body)));
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
    });

    test("holds a command to the version that the caller requires", async () => {
      const { path } = await create();
      const etag = (await active(path)).headers.get("etag") ?? "";
      const stale = await post(`${path}/commands/suspend-account`, {}, { "if-match": '"1-1"' });
      expect([stale.status, await stale.json()]).toMatchObject([412, { code: "version-mismatch" }]);
      expect((await post(`${path}/commands/suspend-account`, {}, { "if-match": etag })).status).toBe(200);
    });

    test("takes an event-shaped request, and tells its history and its past", async () => {
      const { path, accountNumber } = await create();
      await active(path);
      const event = { type: "ACCOUNT_SUSPENDED", accountNumber };
      expect((await post(`${path}/events`, event)).status).toBe(200);
      const history = (await (await call(`${path}/events`)).json()) as {
        _embedded: { events: readonly { type: string }[] };
      };
      expect(history._embedded.events.map(({ type }) => type)).toEqual([
        "AccountCreated",
        "AccountPending",
        "AccountConfirmed",
        "AccountActivated",
        "AccountSuspended",
      ]);
      const past = await call(`${path}?version=3`);
      expect(await past.json()).toMatchObject({ version: 3, state: { status: "ACCOUNT_CONFIRMED" } });
      const offered = JSON.stringify(await (await call(`${path}/commands`)).json());
      expect(offered).toContain("activate-account");
    });

    test.each([
      ["data that do not fit", { userId: "seven" }, 422, "data-invalid"],
      ["text that no store keeps", { userId: 7, accountNumber: "a\u0000" }, 422, "text-refused"],
    ])("G11: says what is wrong with %s", async (_what, body, status, code) => {
      const answer = await post("/v1/accounts", body);
      const { code: found } = (await answer.json()) as { code: string };
      expect([answer.status, found]).toEqual([status, code]);
    });

    test("G11: takes no body that is no JSON", async () => {
      const answer = await post("/v1/accounts", "{");
      expect(answer.status).toBe(400);
      if (parsesJson) expect(answer.headers.get("content-type")).toContain("text/html");
      else expect(await answer.json()).toMatchObject({ code: "request-malformed" });
    });

    test("knows its routes and their methods", async () => {
      const lost = await call("/v1/acounts");
      expect([lost.status, await lost.json()]).toMatchObject([404, { code: "route-not-found" }]);
      const none = await call("/v1/accounts/00000000-0000-7000-8000-000000000000");
      expect([none.status, await none.json()]).toMatchObject([404, { code: "aggregate-not-found" }]);
      const wrong = await call("/v1/accounts", { method: "DELETE" });
      expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST, OPTIONS"]);
      const text = await post("/v1/accounts", "userId=7", { "content-type": "text/plain" });
      expect(text.status).toBe(415);
    });

    test("keeps any text, also in URLs", async () => {
      const missing = await call(`/v1/views/accounts/${encodeURIComponent("käse & brötchen/ü")}`);
      expect([missing.status, await missing.json()]).toMatchObject([404, { code: "row-not-found" }]);
      const filtered = await call(`/v1/views/accounts?accountNumber=${encodeURIComponent("ü&=%")}`);
      expect([filtered.status, await filtered.json()]).toMatchObject([200, { _embedded: { accounts: [] } }]);
    });

    test("publishes its feed as CloudEvents, and describes itself", async () => {
      const { id } = await create();
      const feed = await call("/v1/feeds/accounts?limit=1000");
      expect(feed.headers.get("content-type")).toBe("application/cloudevents-batch+json");
      const events = (await feed.json()) as readonly { subject: string; specversion: string }[];
      expect(events).toContainEqual(expect.objectContaining({ subject: id, specversion: "1.0" }));
      const { paths } = (await (await call("/openapi.json")).json()) as { paths: object };
      expect(Object.keys(paths)).toContain("/v1/accounts/{id}/commands/suspend-account");
      const ready = await call("/health/ready");
      expect([ready.status, await ready.json()]).toMatchObject([200, {}]);
    });
  });
}
