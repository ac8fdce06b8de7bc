import { describe, expect, test } from "vitest";
import { isMillraceError } from "../../src/errors/millrace-error.ts";
import type { PushedEvent } from "../../src/message/pushed-event.ts";
import { httpFunction } from "../../src/transports/http-function.ts";
import { secret } from "../runtime/as-functions.ts";

describe("the way to a function", () => {
  const batch = [
    {
      specversion: "1.0",
      id: "e1",
      source: "s",
      type: "T",
      subject: "1",
      time: "2026-01-01T00:00:00Z",
      datacontenttype: "application/json",
      partitionkey: "t-1",
      data: { command: {} as never, instance: {} },
    },
  ] as const satisfies readonly PushedEvent[];

  async function codeOf(answer: () => Response | Promise<Response>): Promise<string> {
    const url = "http://user:password@function.example";
    const transport = httpFunction("reward", { url, secret, fetch: async () => answer() });
    try {
      await transport.push(batch, undefined);
      return "none";
    } catch (error) {
      expect(String(error)).not.toContain("password");
      return isMillraceError(error) ? error.code : "unknown";
    }
  }

  test.each([
    [401, "service-unavailable"],
    [404, "service-unavailable"],
    [307, "service-unavailable"],
    [429, "service-unavailable"],
    [503, "service-unavailable"],
    [400, "service-refused"],
    [413, "service-refused"],
    [500, "internal"],
  ])("an answer of %s is %s", async (status, code) => {
    expect(await codeOf(() => new Response("{}", { status }))).toBe(code);
  });

  test.each([
    {},
    { results: [] },
    { results: [{ id: "e2", status: "handled", commands: [] }] },
    { results: [{ id: "e1", status: "handled" }] },
    { results: [{ id: "e1", status: "handled", commands: [{ aggregate: "a" }] }] },
    { results: [{ id: "e1", status: "asks", asks: [] }] },
    { results: [{ id: "e1", status: "failed" }] },
    { results: [{ id: "e1", status: "lost" }] },
    { results: [1] },
  ])("an answer of %j is no answer", async (body) => {
    expect(await codeOf(() => Response.json(body))).toBe("service-refused");
  });

  test("is left in peace for a while once the function was not available", async () => {
    let calls = 0;
    const url = "http://function.example";
    const fails: typeof fetch = async () => {
      calls++;
      throw new TypeError("connection refused");
    };
    const transport = httpFunction("reward", { url, secret, fetch: fails });
    await expect(transport.push(batch, undefined)).rejects.toMatchObject({ code: "service-unavailable" });
    await expect(transport.push(batch, undefined)).rejects.toMatchObject({
      code: "service-unavailable",
      message: expect.stringContaining("tried again soon: The service at function.example is not available"),
    });
    expect(calls).toBe(1);
  });
});
