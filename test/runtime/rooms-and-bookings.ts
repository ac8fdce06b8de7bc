import {
  type AccessRule,
  aggregate,
  contract,
  publish,
  references,
  refuse,
  retirement,
  service,
} from "millrace";
import { z } from "zod";

/** A room is open or closed, and can be torn down once nobody has booked it. */
const room = aggregate({
  name: "room",
  collection: "rooms",
  state: z.object({
    status: z.enum(["NONE", "OPEN", "CLOSED", "LEAVING", "GONE"]),
    kept: z.array(z.string()),
  }),
  initialState: { status: "NONE", kept: [] },
  events: {
    RoomOpened: z.object({}),
    RoomClosed: z.object({}),
    TearingDownAsked: z.object({ referrers: z.array(z.string()) }),
    RoomKept: z.object({ reason: z.string() }),
    RoomTornDown: z.object({}),
  },
  commands: {
    OpenRoom: z.object({}),
    CloseRoom: z.object({}),
    TearDown: z.object({}),
    CompleteTearingDown: z.object({}),
    KeepRoom: z.object({ reason: z.string() }),
  },
  decide: {
    OpenRoom: (_command, { status }, { RoomOpened }) =>
      status === "OPEN" ? refuse("room-open", "It is open.") : [RoomOpened({})],
    CloseRoom: (_command, _state, { RoomClosed }) => [RoomClosed({})],
    TearDown: (_command, _state, { TearingDownAsked, RoomTornDown }, { referrers }) =>
      referrers.length === 0 ? [RoomTornDown({})] : [TearingDownAsked({ referrers: [...referrers] })],
    CompleteTearingDown: (_command, { status }, { RoomTornDown }) =>
      status === "LEAVING" ? [RoomTornDown({})] : refuse("room-stays", `It is ${status}.`),
    KeepRoom: ({ data }, { status }, { RoomKept }) => (status === "LEAVING" ? [RoomKept(data)] : []),
  },
  evolve: {
    RoomOpened: (state) => ({ ...state, status: "OPEN" }),
    RoomClosed: (state) => ({ ...state, status: "CLOSED" }),
    TearingDownAsked: (state) => ({ ...state, status: "LEAVING" }),
    RoomKept: (state, { data }) => ({ status: "OPEN", kept: [...state.kept, data.reason] }),
    RoomTornDown: (state) => ({ ...state, status: "GONE" }),
  },
});

export const rooms = service({
  name: "rooms",
  aggregates: [room],
  processes: [
    retirement({
      name: "tear-down-rooms",
      of: room,
      asked: "TearingDownAsked",
      referrers: ({ data }) => data.referrers,
      retire: (id) => room.commands.CompleteTearingDown(id, {}),
      keep: (id, reason) => room.commands.KeepRoom(id, { reason }),
      restored: ["RoomOpened"],
      within: "1 h",
    }),
  ],
  publishes: [
    publish({
      type: "RoomChanged",
      from: room,
      on: ["RoomOpened", "RoomClosed", "RoomTornDown"],
      schema: z.object({ status: z.enum(["OPEN", "CLOSED", "GONE"]) }),
      data: ({ type }) => ({
        status: type === "RoomOpened" ? "OPEN" : type === "RoomClosed" ? "CLOSED" : "GONE",
      }),
    }),
  ],
});

export const roomsContract = contract(rooms);

/** A service whose bookings refer to rooms until they are over. */
export function bookingsTrusting(trustFor?: string, mayAsk?: AccessRule) {
  const booking = aggregate({
    name: "booking",
    collection: "bookings",
    state: z.object({ status: z.enum(["NONE", "BOOKED", "OVER"]), roomId: z.string().nullable() }),
    initialState: { status: "NONE", roomId: null },
    events: { RoomBooked: z.object({ roomId: z.string() }), BookingEnded: z.object({}) },
    commands: { Book: z.object({ roomId: z.string() }), EndBooking: z.object({}) },
    references: {
      roomId: references(roomsContract, {
        by: "RoomChanged",
        mustBe: { status: "OPEN" },
        retired: { status: "GONE" },
        ...(trustFor === undefined ? {} : { trustFor }),
      }),
    },
    refersWhile: ({ status }) => status === "BOOKED",
    decide: {
      Book: ({ data }, _state, { RoomBooked }) => [RoomBooked(data)],
      EndBooking: (_command, _state, { BookingEnded }) => [BookingEnded({})],
    },
    evolve: {
      RoomBooked: (_state, { data }) => ({ status: "BOOKED", roomId: data.roomId }),
      BookingEnded: (state) => ({ ...state, status: "OVER" }),
    },
  });
  return service({
    name: "bookings",
    aggregates: [booking],
    uses: [roomsContract],
    ...(mayAsk === undefined
      ? {}
      : {
          access: { aggregates: { booking: { read: "anyone", commands: "anyone" } }, references: mayAsk },
        }),
  });
}

export const bookings = bookingsTrusting();
