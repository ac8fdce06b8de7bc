import { aggregate, event, service, view } from "millrace";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { eventually, running, stores } from "./running.ts";

const person = aggregate({
  name: "person",
  collection: "people",
  state: z.object({ status: z.enum(["NONE", "KNOWN"]), names: z.array(z.string()) }),
  initialState: { status: "NONE", names: [] },
  events: {
    Named: event(z.object({ first: z.string(), last: z.string() }), {
      version: 3,
      upcast: {
        1: (data: { name: string }) => ({ names: data.name.split(" ") }),
        2: (data: { names: readonly string[] }) => ({ first: data.names[0], last: data.names[1] }),
      },
    }),
  },
  commands: { Name: z.object({ first: z.string(), last: z.string() }) },
  decide: { Name: ({ data }, _state, { Named }) => [Named(data)] },
  evolve: {
    Named: (state, { data }) => ({ status: "KNOWN", names: [...state.names, `${data.last}, ${data.first}`] }),
  },
});
const people = view({
  name: "people",
  from: [person],
  schema: z.object({ last: z.string() }),
  on: { Named: (_row, { data }) => ({ last: data.last }) },
});

describe.each(stores)("old events on $name", ({ open }) => {
  test("are upcast wherever they are read: state, history, view, and the next decision", async () => {
    const opened = await open();
    const metadata = { correlationId: "c", depth: 0 };
    const old = [
      { id: "old.0", type: "Named", data: { name: "Ann Lee" }, schemaVersion: 1, metadata, tags: [] },
      { id: "old.1", type: "Named", data: { names: ["Bea", "Lee"] }, schemaVersion: 2, metadata, tags: [] },
    ];
    await opened.events.append({
      command: { id: "old", fingerprint: "" },
      appends: [{ stream: "person-p1", expected: "none", events: old }],
    });
    const runtime = await running(service({ name: "people", aggregates: [person], views: [people] }), opened);
    const data = { first: "Cas", last: "Lee" };
    const named = await runtime.commands.handle({
      aggregate: "person",
      aggregateId: "p1",
      type: "Name",
      data,
    });
    expect(named).toMatchObject({
      status: "accepted",
      state: { names: ["Lee, Ann", "Lee, Bea", "Lee, Cas"] },
    });
    const history = await runtime.commands.history("person", "p1", { from: 1, limit: 10 });
    expect(history.map((found) => [found.schemaVersion, found.data])).toEqual([
      [3, { first: "Ann", last: "Lee" }],
      [3, { first: "Bea", last: "Lee" }],
      [3, data],
    ]);
    const row = await eventually(
      () => runtime.queries.row("people", "p1", { filters: [] }).catch(() => undefined),
      (answer) => answer?.row?.position === 3,
    );
    expect(row?.row?.row).toEqual({ last: "Lee" });
  });
});
