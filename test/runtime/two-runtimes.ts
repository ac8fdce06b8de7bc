import type { Connection } from "../../src/ports/connection.ts";
import type { EventStore } from "../../src/ports/event-store.ts";
import { inProcess } from "../../src/runtime/in-process.ts";
import type { CommandOutcome, Runtime } from "../../src/runtime/runtime.ts";
import type { ServiceOptions } from "../../src/runtime/start-service.ts";
import { bookings, rooms } from "./rooms-and-bookings.ts";
import { running, type Stores } from "./running.ts";

/** A connection that can be cut. */
function cuttable(runtime: () => Runtime, caller: string) {
  const gone = () => Object.assign(new Error("cut"), { retryable: true });
  const state = { isCut: false, isFeedCut: false };
  const direct = () => inProcess(runtime(), caller);
  const connection: Connection = {
    feed: {
      async read(request) {
        const page = await direct().feed.read(request);
        // Also what was asked for before.
        if (state.isCut || state.isFeedCut) throw gone();
        return page;
      },
    },
    commands: {
      send: async (command) => {
        if (state.isCut) throw gone();
        return direct().commands.send(command);
      },
    },
  };
  return { connection, state };
}

export interface Two {
  readonly owner: Runtime;
  readonly referrer: Runtime;
  readonly opened: { readonly rooms: Stores; readonly bookings: Stores };
  readonly toRooms: { isCut: boolean; isFeedCut: boolean };
  readonly toBookings: { isCut: boolean; isFeedCut: boolean };
  /** Does something once, when the service that refers is about to append to a stream. */
  beforeAppending(stream: string, act: () => Promise<void>): void;
}

/** An event store that lets others act just before an append. */
function interruptible(events: EventStore) {
  const acts = new Map<string, () => Promise<void>>();
  const append: EventStore["append"] = async (commit) => {
    for (const { stream } of commit.appends) {
      const act = acts.get(stream);
      acts.delete(stream);
      await act?.();
    }
    return events.append(commit);
  };
  const wrapped = new Proxy(events, {
    get: (target, name) => {
      if (name === "append") return append;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { wrapped, acts };
}

/** Both services, each over stores of its own, in one process. */
export async function two(
  open: () => Promise<Stores>,
  service = bookings,
  options: Partial<ServiceOptions> = {},
  ownerOptions: Partial<ServiceOptions> = {},
): Promise<Two> {
  const opened = { rooms: await open(), bookings: await open() };
  const runtimes: { owner?: Runtime; referrer?: Runtime } = {};
  const toRooms = cuttable(() => runtimes.owner as Runtime, "bookings");
  const toBookings = cuttable(() => runtimes.referrer as Runtime, "rooms");
  const owner = await running(rooms, opened.rooms, {
    services: { bookings: toBookings.connection },
    referrers: ["bookings"],
    ...ownerOptions,
  });
  runtimes.owner = owner;
  const { wrapped, acts } = interruptible(opened.bookings.events);
  const referrer = await running(
    service,
    { ...opened.bookings, events: wrapped },
    {
      services: { rooms: toRooms.connection },
      ...options,
    },
  );
  runtimes.referrer = referrer;
  return {
    owner,
    referrer,
    opened,
    toRooms: toRooms.state,
    toBookings: toBookings.state,
    beforeAppending: (stream, act) => void acts.set(stream, act),
  };
}

export const onRoom = (owner: Runtime, aggregateId: string, type: string) =>
  owner.commands.handle({ aggregate: "room", aggregateId, type, data: {} });

export const book = (referrer: Runtime, aggregateId: string, roomId: string) =>
  referrer.commands.handle({ aggregate: "booking", aggregateId, type: "Book", data: { roomId } });

export const end = (referrer: Runtime, aggregateId: string) =>
  referrer.commands.handle({ aggregate: "booking", aggregateId, type: "EndBooking", data: {} });

export const stateOf = async (owner: Runtime, id: string) =>
  (await owner.commands.load("room", id)).state as { status: string; kept?: readonly string[] };

export const codeOf = (outcome: CommandOutcome) =>
  outcome.status === "refused" ? outcome.code : outcome.status;
