import { expect, test } from "vitest";
import { z } from "zod";
import { aggregate } from "../domain/aggregate.ts";
import { service } from "../domain/service.ts";
import { startService } from "../runtime/start-service.ts";
import { openMemory } from "../stores/memory/index.ts";
import { createHttp } from "./create-http.ts";
import type { HttpOptions } from "./http-options.ts";

async function start(collection: string, options: HttpOptions) {
  const thing = aggregate({
    name: "thing",
    collection,
    state: z.object({ status: z.literal("ON") }),
    initialState: { status: "ON" },
    events: { Done: z.object({}) },
    commands: { Do: z.object({}) },
    decide: { Do: (_command, _state, { Done }) => [Done({})] },
    evolve: { Done: () => ({ status: "ON" }) },
  });
  const store = openMemory();
  const runtime = await startService(service({ name: "things", aggregates: [thing] }), {
    events: store.events,
    state: store.state,
    roles: ["command"],
  });
  return () => createHttp(runtime, options);
}

test.each(["views", "feeds", "processors"])(
  "a collection %s, which has routes of its own, is refused at the start",
  async (collection) => {
    expect(await start(collection, { auth: "none" })).toThrow(
      expect.objectContaining({
        code: "declaration-invalid",
        message: expect.stringContaining(`/v1/${collection}`),
      }),
    );
  },
);

test("G12: without a decision who gets in, there is no interface outside development", async () => {
  expect(await start("things", {})).toThrow(expect.objectContaining({ code: "authentication-undecided" }));
  expect(await start("things", { development: true })).not.toThrow();
});

test("what is no origin is refused at the start", async () => {
  const cors = { origins: ["shop.example/path"] };
  expect(await start("things", { auth: "none", cors })).toThrow(
    expect.objectContaining({ code: "configuration-invalid" }),
  );
});

test("requests are counted by route, and methods that callers invent as one", async () => {
  const counted: unknown[] = [];
  const telemetry = {
    count: (metric: string, labels?: object) => counted.push([metric, labels]),
    observe() {},
    gauge() {},
    log() {},
  };
  const http = (await start("things", { auth: "none", telemetry }))();
  const ask = (method: string, path: string) => http.fetch(new Request(`http://x.test${path}`, { method }));
  await ask("POST", "/v1/things/one/commands/do");
  await ask("GET", "/v1/things/two");
  await ask("BREW", "/v1/things/two");
  await ask("GET", "/nothing");
  const labels = (method: string, route: string, status: string) => [
    "millrace_http_requests_total",
    { method, route, status },
  ];
  expect(counted).toEqual([
    labels("POST", "/v1/things/{id}/commands/do", "200"),
    labels("GET", "/v1/things/{id}", "404"),
    labels("other", "/v1/things/{id}", "405"),
    labels("GET", "none", "404"),
  ]);
});
