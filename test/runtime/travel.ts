import { aggregate, become, compensate, end, process, refuse, schedule, send, service, view } from "millrace";
import { z } from "zod";

export const trip = aggregate({
  name: "trip",
  collection: "trips",
  state: z.discriminatedUnion("status", [
    z.object({ status: z.literal("NONE") }),
    z.object({ status: z.literal("PLANNED") }),
    z.object({ status: z.literal("BOOKED") }),
    z.object({ status: z.literal("FAILED"), reason: z.string() }),
  ]),
  initialState: { status: "NONE" },
  events: {
    TripPlanned: z.object({ hotel: z.string(), flight: z.string() }),
    TripPaid: z.object({}),
    TripBooked: z.object({}),
    TripFailed: z.object({ reason: z.string() }),
  },
  commands: {
    PlanTrip: z.object({ hotel: z.string(), flight: z.string() }),
    PayTrip: z.object({}),
    BookTrip: z.object({}),
    FailTrip: z.object({ reason: z.string() }),
  },
  creates: "PlanTrip",
  begins: "TripPlanned",
  decide: {
    PlanTrip: ({ data }, _state, { TripPlanned }) => [TripPlanned(data)],
    PayTrip: (_command, _state, { TripPaid }) => [TripPaid({})],
    BookTrip: (_command, _state, { TripBooked }) => [TripBooked({})],
    FailTrip: ({ data }, _state, { TripFailed }) => [TripFailed(data)],
  },
  evolve: {
    TripPlanned: () => ({ status: "PLANNED" }),
    TripPaid: (state) => state,
    TripBooked: () => ({ status: "BOOKED" }),
    TripFailed: (_state, { data }) => ({ status: "FAILED", reason: data.reason }),
  },
});

/** A hotel or a flight: takes `places` reservations, and counts what it was told. */
export const offer = aggregate({
  name: "offer",
  collection: "offers",
  state: z.discriminatedUnion("status", [
    z.object({ status: z.literal("NONE") }),
    z.object({ status: z.literal("OPEN"), taken: z.array(z.string()), places: z.number() }),
  ]),
  initialState: { status: "NONE" },
  events: {
    OfferMade: z.object({ places: z.number() }),
    Reserved: z.object({ trip: z.string() }),
    Released: z.object({ trip: z.string() }),
  },
  commands: {
    MakeOffer: z.object({ places: z.number() }),
    Reserve: z.object({ trip: z.string() }),
    Release: z.object({ trip: z.string() }),
  },
  creates: "MakeOffer",
  begins: "OfferMade",
  decide: {
    MakeOffer: ({ data }, _state, { OfferMade }) => [OfferMade(data)],
    Reserve: ({ data }, state, { Reserved }) =>
      state.taken.length < state.places ? [Reserved(data)] : refuse("sold-out", "Nothing is left."),
    Release: ({ data }, _state, { Released }) => [Released(data)],
  },
  evolve: {
    OfferMade: (_state, { data }) => ({ status: "OPEN", taken: [], places: data.places }),
    Reserved: (state, { data }) => ({ ...state, taken: [...state.taken, data.trip] }),
    Released: (state, { data }) => ({ ...state, taken: state.taken.filter((trip) => trip !== data.trip) }),
  },
});

const state = z.object({ trip: z.string(), hotel: z.string(), flight: z.string(), reserved: z.number() });

/** Reserves hotel and flight, waits for the payment, and takes all back where one of them fails. */
export const bookTrip = process({
  name: "book-trip",
  from: [trip],
  correlate: ({ aggregateId }) => aggregateId,
  begins: "TripPlanned",
  startAt: "beginning",
  state,
  initialState: { trip: "", hotel: "", flight: "", reserved: 0 },
  on: {
    TripPlanned: (_state, { aggregateId, data: { hotel, flight } }) => [
      become({ trip: aggregateId, hotel, flight, reserved: 0 }),
      reserve(hotel, aggregateId),
      reserve(flight, aggregateId),
      schedule("unpaid", { after: "30 s", unless: ["TripPaid"] }),
    ],
    TripPaid: ({ trip: id }) => [send(trip.commands.BookTrip(id, {})), end()],
  },
  answers: {
    Reserve: (before, answer) =>
      answer.status === "accepted" ? become({ ...before, reserved: before.reserved + 1 }) : compensate(),
  },
  deadlines: { unpaid: () => compensate() },
  compensated: ({ trip: id }) => [send(trip.commands.FailTrip(id, { reason: "taken back" })), end()],
});

function reserve(what: string, id: string) {
  return send(offer.commands.Reserve(what, { trip: id }), {
    undo: offer.commands.Release(what, { trip: id }),
  });
}

const trips = view({
  name: "trips",
  from: [trip],
  schema: z.object({ status: z.string() }),
  on: {
    TripPlanned: () => ({ status: "PLANNED" }),
    TripBooked: () => ({ status: "BOOKED" }),
    TripFailed: () => ({ status: "FAILED" }),
  },
});

export const travel = service({
  name: "travel",
  aggregates: [trip, offer],
  views: [trips],
  processes: [bookTrip],
});
