import { describe, expect, test } from "vitest";
import type { Client, OpenHttp } from "./client.ts";
import { opened } from "./opened.ts";
import { calmShop } from "./shop.ts";

interface Told {
  readonly event: string;
  readonly id: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into what was told and assert what they find.
  readonly data: any;
}

/** A client that listens to live changes. */
export class Listener {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #leaving: AbortController;
  #text = "";
  comments = 0;

  private constructor(response: Response, leaving: AbortController) {
    if (response.body === null) throw new Error("The stream has no body.");
    this.#reader = response.body.getReader();
    this.#leaving = leaving;
  }

  static async to(client: Client, path: string, headers: Record<string, string> = {}): Promise<Listener> {
    const leaving = new AbortController();
    const accept = { accept: "text/event-stream", ...headers };
    const response = await client.fetch("GET", path, undefined, accept, leaving.signal);
    if (response.status !== 200) throw new Error(await response.text());
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    return new Listener(response, leaving);
  }

  /** The next event, or undefined at the end. Steps that tell nothing but an id are passed over. */
  async next(): Promise<Told | undefined> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end === -1) {
        const { done, value } = await this.#read();
        if (done) return undefined;
        this.#text += new TextDecoder().decode(value);
        continue;
      }
      const lines = this.#text.slice(0, end).split("\n");
      this.#text = this.#text.slice(end + 2);
      const field = (name: string) =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      if (lines[0]?.startsWith(":")) this.comments += 1;
      const event = field("event");
      if (event !== undefined) return { event, id: field("id"), data: JSON.parse(field("data") ?? "null") };
    }
  }

  /** Over a connection, leaving breaks it off. */
  async #read() {
    try {
      return await this.#reader.read();
    } catch (error) {
      if (this.#leaving.signal.aborted) return { done: true, value: undefined } as const;
      throw error;
    }
  }

  /** Reads until so many comments were heard. */
  async hearComments(count: number): Promise<void> {
    while (this.comments < count) {
      const { done, value } = await this.#reader.read();
      if (done) throw new Error("The stream ended.");
      this.comments += new TextDecoder()
        .decode(value)
        .split("\n")
        .filter((line) => line.startsWith(":")).length;
    }
  }

  /** Reads until there is an id to resume after. */
  async hearId(): Promise<string> {
    while (!/^id: .+\n\n/m.test(this.#text)) {
      const { done, value } = await this.#reader.read();
      if (done) throw new Error("The stream ended.");
      this.#text += new TextDecoder().decode(value);
    }
    return /^id: (.+)$/m.exec(this.#text)?.[1] ?? "";
  }

  leave(): void {
    this.#leaving.abort();
  }
}

export function changesSuite(open: OpenHttp): void {
  describe("live changes", () => {
    const { client } = opened(open, calmShop(), { heartbeatMs: 5 });

    test("a row is told as it is now, a deleted one as removed", async () => {
      const { path, id } = await client().openAccount("live");
      await client().get("/v1/views/accounts", { "millrace-token": (await client().openAccount("x")).token });
      const listener = await Listener.to(client(), "/v1/views/accounts");
      await client().post(`${path}/commands/suspend-account`, { reason: "fraud" });
      const told = await listener.next();
      expect(told).toMatchObject({
        event: "row",
        data: { key: id, row: { userId: "live", status: "SUSPENDED", changes: 1 } },
      });
      expect(told?.id).toMatch(/^[\w-]+$/);
      await client().post(`${path}/commands/close-account`);
      expect(await listener.next()).toMatchObject({ event: "removed", data: { key: id } });
      listener.leave();
      expect(await listener.next()).toBeUndefined();
    });

    test("Last-Event-ID resumes: what happened in between is told, deletions too", async () => {
      const { path, id } = await client().openAccount("resume");
      const listener = await Listener.to(client(), "/v1/views/accounts?userId=resume");
      await client().post(`${path}/commands/suspend-account`, { reason: "fraud" });
      const last = await listener.next();
      listener.leave();
      await client().post(`${path}/commands/close-account`);
      const resumed = await Listener.to(client(), "/v1/views/accounts?userId=resume", {
        "last-event-id": last?.id ?? "",
      });
      expect(await resumed.next()).toMatchObject({ event: "removed", data: { key: id } });
      resumed.leave();
    });

    test("who was cut off before the first change resumes as well", async () => {
      const { path, id, token } = await client().openAccount("cut");
      await client().get(`/v1/views/accounts/${id}`, { "millrace-token": token });
      const listener = await Listener.to(client(), "/v1/views/accounts?userId=cut");
      const begun = await listener.hearId();
      listener.leave();
      await client().post(`${path}/commands/suspend-account`, { reason: "fraud" });
      const resumed = await Listener.to(client(), "/v1/views/accounts?userId=cut", {
        "last-event-id": begun,
      });
      expect(await resumed.next()).toMatchObject({
        event: "row",
        data: { key: id, row: { status: "SUSPENDED" } },
      });
      resumed.leave();
    });

    test("one row alone can be followed, and no other is told", async () => {
      const { path, id } = await client().openAccount("one");
      const other = await client().openAccount("other");
      await client().get(`/v1/views/accounts/${id}`, { "millrace-token": other.token });
      const listener = await Listener.to(client(), `/v1/views/accounts/${id}`);
      await client().post(`${other.path}/commands/suspend-account`, { reason: "fraud" });
      await client().post(`${path}/commands/suspend-account`, { reason: "fraud" });
      expect((await listener.next())?.data.key).toBe(id);
      listener.leave();
    });

    test("signs of life come while nothing changes", async () => {
      const listener = await Listener.to(client(), "/v1/views/accounts");
      await listener.hearComments(3);
      listener.leave();
    });

    test("HEAD begins no stream", async () => {
      const answer = await client().send("HEAD", "/v1/views/accounts", undefined, {
        accept: "text/event-stream",
      });
      expect([answer.status, answer.headers.get("content-type"), answer.text]).toEqual([
        200,
        "text/event-stream",
        "",
      ]);
    });

    test.each([
      ["/v1/views/accounts?name=x", {}, "query-invalid"],
      ["/v1/views/accounts?limit=1", {}, "query-invalid"],
      ["/v1/views/accounts", { "last-event-id": "x" }, "token-invalid"],
      ["/v1/views/accounts", { "last-event-id": "W10" }, "token-invalid"],
      ["/v1/views/accounts", { "last-event-id": "W1siYSIsMSwieCJdXQ" }, "log-diverged"],
    ])("G11: %s with %j is refused before the stream begins", async (path, headers, code) => {
      const answer = await client().get(path, { accept: "text/event-stream", ...headers });
      expect(answer.body.code).toBe(code);
      expect(answer.status).toBeLessThan(500);
    });
  });

  test("streams end when the process is on its way out", async () => {
    const it = await open(calmShop(), { heartbeatMs: 5 });
    const headers = { accept: "text/event-stream" };
    const response = await it.fetch(new Request("http://shop.test/v1/views/accounts", { headers }));
    it.stopping();
    expect(await response.text()).toMatch(/^: open\n\n/);
    expect((await it.fetch(new Request("http://shop.test/health/ready"))).status).toBe(503);
    await it.close();
  });
}
