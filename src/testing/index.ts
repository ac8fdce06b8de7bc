export { checkGuards, type GuardOptions, type GuardReport } from "./check-guards.ts";
export type { ConformanceCase, OpenedStore } from "./conformance/conformance-case.ts";
export { eventStoreConformance } from "./conformance/event-store-conformance.ts";
export { stateStoreConformance } from "./conformance/state-store-conformance.ts";
export { type Decided, type Given, given } from "./given.ts";
export { type PlayedProcess, playProcess } from "./play-process.ts";
export { type Projected, project } from "./project.ts";
export { type PolicySurroundings, reactionOf } from "./reaction-of.ts";
export type { EventToRecord } from "./record-events.ts";
