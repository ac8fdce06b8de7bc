import { expect, test } from "vitest";
import { systemClock } from "../../src/ports/clock.ts";
import type { EventStore } from "../../src/ports/event-store.ts";
import { ReferenceIndex } from "../../src/runtime/reference-index.ts";
import { openMemory } from "../../src/stores/memory/index.ts";
import { bookings } from "./rooms-and-bookings.ts";

const reference = Object.values(bookings.definition.aggregates[0]?.references ?? {})[0] ?? expect.fail();

/** Appends an event that bears on the red room. */
function tell({ events }: { events: EventStore }, stream: string, type: string, data: object) {
  const metadata = { correlationId: "test", depth: 0 };
  return events.append({
    command: { id: crypto.randomUUID(), fingerprint: "" },
    appends: [
      {
        stream,
        expected: "any",
        events: [
          { id: crypto.randomUUID(), type, data, schemaVersion: 1, metadata, tags: ["about:rooms/red"] },
        ],
      },
    ],
  });
}

test("what is appended while the index is read fails the condition, in whichever stream", async () => {
  const stores = openMemory();
  await tell(stores, "@rooms-red", "RoomChanged", { status: "OPEN" });
  let isFirst = true;
  const events = new Proxy(stores.events, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== "readStream") return typeof value === "function" ? value.bind(target) : value;
      return async (...given: Parameters<EventStore["readStream"]>) => {
        const found = await target.readStream(...given);
        if (isFirst) {
          // Behind the back of whoever has read the first of the two, and then more of the other.
          isFirst = false;
          await tell(stores, "~references_of_bookings-rooms:red", "ReferenceRetiring", { of: "rooms/red" });
          await tell(stores, "@rooms-red", "RoomChanged", { status: "OPEN" });
        }
        return found;
      };
    },
  });
  const index = new ReferenceIndex({ service: "bookings", events, clock: systemClock, connections: {} });
  const conditions = await index.check([{ field: "roomId", id: "red", reference }], false);
  if ("refused" in conditions) expect.fail();
  const booked = await stores.events.append({
    command: { id: "book", fingerprint: "" },
    appends: [
      {
        stream: "booking-b1",
        expected: "none",
        events: [
          {
            id: "e1",
            type: "RoomBooked",
            data: { roomId: "red" },
            schemaVersion: 1,
            metadata: { correlationId: "test", depth: 0 },
            tags: [],
          },
        ],
      },
    ],
    conditions,
  });
  expect(booked.status).toBe("condition-failed");
  expect(await index.check([{ field: "roomId", id: "red", reference }], true)).toMatchObject({
    code: "reference-retiring",
  });
  await stores.close();
});
