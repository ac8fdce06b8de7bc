import { aggregate, compensate, end, process, send, service } from "millrace";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import type { ForeignCommand } from "../../src/ports/command-transport.ts";
import type { Connection } from "../../src/ports/connection.ts";
import { inProcess } from "../../src/runtime/in-process.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { openMemory } from "../../src/stores/memory/index.ts";
import { httpCommands } from "../../src/transports/http-commands.ts";
import { httpFeed } from "../../src/transports/http-feed.ts";
import { overNode } from "../http/over-node.ts";
import { rooms, roomsContract } from "../runtime/rooms-and-bookings.ts";
import { eventually, running } from "../runtime/running.ts";

const party = aggregate({
  name: "party",
  collection: "parties",
  state: z.object({ status: z.enum(["NONE", "PLANNED"]) }),
  initialState: { status: "NONE" },
  events: { PartyPlanned: z.object({ rooms: z.array(z.string()) }) },
  commands: { PlanParty: z.object({ rooms: z.array(z.string()) }) },
  decide: { PlanParty: ({ data }, _state, { PartyPlanned }) => [PartyPlanned(data)] },
  evolve: { PartyPlanned: () => ({ status: "PLANNED" }) },
});

const { OpenRoom, CloseRoom } = roomsContract.commands.room;

/** Opens all rooms of a party, or none. */
const openRooms = process({
  name: "open-rooms",
  from: [party],
  correlate: ({ aggregateId }) => aggregateId,
  begins: "PartyPlanned",
  state: z.object({}),
  initialState: {},
  on: {
    PartyPlanned: (_state, { data }) =>
      data.rooms.map((id) => send(OpenRoom(id, {}), { undo: CloseRoom(id, {}) })),
  },
  answers: { OpenRoom: (_state, { status }) => (status === "refused" ? compensate() : undefined) },
  compensated: () => end(),
});

const planner = service({
  name: "planner",
  aggregates: [party],
  processes: [openRooms],
  uses: [roomsContract],
});

const transports: Readonly<Record<string, () => Promise<{ owner: Runtime; connection: Connection }>>> = {
  async "in one process"() {
    const owner = await running(rooms, openMemory());
    return { owner, connection: inProcess(owner, "planner") };
  },
  async "over HTTP"() {
    const opened = await overNode(rooms);
    onTestFinished(() => opened.close());
    const { url, runtime: owner } = opened;
    return { owner, connection: { feed: httpFeed("rooms", { url }), commands: httpCommands({ url }) } };
  },
};

test.each(Object.keys(transports))(
  "G4, G7: what arrives late, %s, after its duplicate was refused or taken back, cannot act",
  async (name) => {
    const { owner, connection } = (await transports[name]?.()) ?? expect.fail();
    const sent: ForeignCommand[] = [];
    const commands: Connection["commands"] = {
      send(command) {
        sent.push(command);
        return connection.commands.send(command);
      },
    };
    const onRoom = (aggregateId: string, type: string) =>
      owner.commands.handle({ aggregate: "room", aggregateId, type, data: {} });
    const history = (id: string) => owner.commands.history("room", id, { from: 1, limit: 100 });
    await onRoom("taken", "OpenRoom");
    const runtime = await running(planner, openMemory(), {
      services: { rooms: { ...connection, commands } },
    });
    await runtime.commands.handle({
      aggregate: "party",
      aggregateId: "p1",
      type: "PlanParty",
      data: { rooms: ["free", "taken"] },
    });
    await eventually(
      () => history("free").catch(() => []),
      (events) => events.at(-1)?.type === "RoomClosed",
    );
    // By now it would be accepted.
    await onRoom("taken", "CloseRoom");
    const before = [await history("free"), await history("taken")];
    const late = await Promise.all([...sent].reverse().map((command) => connection.commands.send(command)));
    expect(late.map(({ status }) => status).sort()).toEqual(["accepted", "accepted", "refused"]);
    expect([await history("free"), await history("taken")]).toEqual(before);
  },
);
