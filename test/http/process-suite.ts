import { describe, expect, test } from "vitest";
import type { OpenHttp } from "./client.ts";
import { opened } from "./opened.ts";
import { shop } from "./shop.ts";
import { as, auth } from "./tokens.ts";

/** What only a process that runs on can tell of itself, and what it brings to read. */
export function processSuite(open: OpenHttp): void {
  describe("a process", () => {
    const { client } = opened(open, shop(), {
      development: true,
      isLoopback: () => true,
      metrics: async () => "millrace_commands_total 1\n",
      swaggerUiFile: async (name) =>
        name === "swagger-ui.css" ? new TextEncoder().encode("body {}") : undefined,
    });

    test("metrics are in the text format of Prometheus", async () => {
      const answer = await client().get("/metrics");
      expect([answer.status, answer.text]).toEqual([200, expect.stringContaining("millrace_commands_total")]);
      expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4");
    });

    test("the documentation loads nothing from elsewhere", async () => {
      const page = await client().get("/docs");
      expect(page.status).toBe(200);
      expect(page.text).not.toMatch(/(src|href)="(https?:)?\/\//);
      expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
      expect((await client().get("/docs/swagger-ui.css")).headers.get("content-type")).toContain("text/css");
      expect((await client().get("/docs/start.js")).text).toContain("openapi.json");
      expect((await client().get("/docs/nothing.js")).status).toBe(404);
    });
  });

  describe("a process that asks who is there", () => {
    const { client } = opened(open, shop({}), { auth, metrics: () => "" });

    test("G12: metrics are for operators", async () => {
      const statusFor = async (headers = {}) => (await client(headers).get("/metrics")).status;
      expect(await statusFor()).toBe(401);
      expect(await statusFor(await as("nobody", "visitor"))).toBe(403);
      expect(await statusFor(await as("olga", "operator"))).toBe(200);
    });
  });
}
