import { expect, test } from "vitest";
import { z } from "zod";
import { aggregate } from "../domain/aggregate.ts";
import { service } from "../domain/service.ts";
import { view } from "../domain/view.ts";
import { startService } from "../runtime/start-service.ts";
import { openMemory } from "../stores/memory/index.ts";
import { createHttp } from "./create-http.ts";

const lamp = aggregate({
  name: "lamp",
  collection: "lamps",
  state: z.object({ status: z.enum(["OFF", "ON"]) }),
  initialState: { status: "OFF" },
  events: { SwitchedOn: z.object({}) },
  commands: { SwitchOn: z.object({}) },
  decide: { SwitchOn: (_command, _state, { SwitchedOn }) => [SwitchedOn({})] },
  evolve: { SwitchedOn: () => ({ status: "ON" }) },
});
const lamps = view({
  name: "lamps",
  from: [lamp],
  schema: z.object({ isOn: z.boolean() }),
  on: { SwitchedOn: () => ({ isOn: true }) },
});

test("a stream that breaks off ends and is logged; the process goes on, also at the next sign of life", async () => {
  const store = openMemory();
  const runtime = await startService(service({ name: "lamps", aggregates: [lamp], views: [lamps] }), {
    events: store.events,
    state: store.state,
  });
  const logged: string[] = [];
  const http = createHttp(
    {
      ...runtime,
      queries: {
        ...runtime.queries,
        changes: () => ({
          [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error("The disk is gone.")) }),
        }),
      },
    },
    {
      auth: "none",
      heartbeatMs: 1,
      telemetry: {
        count() {},
        observe() {},
        gauge() {},
        log: (_level, message) => logged.push(message),
      },
    },
  );
  const headers = { accept: "text/event-stream" };
  const response = await http.fetch(new Request("http://lamps.test/v1/views/lamps", { headers }));
  expect(await response.text()).toMatch(/^: open\n\n/);
  expect(logged).toEqual(["A stream of events broke off."]);
  await runtime.stop();
  await store.close();
});
