export type { Access, AccessRule, Actor } from "./domain/access.ts";
export {
  type Aggregate,
  type AggregateDeclaration,
  type AggregateTypes,
  type AnyAggregate,
  aggregate,
  type CommandOf,
  type StateOf,
} from "./domain/aggregate.ts";
export {
  type AnyContract,
  type Contract,
  type ContractDocument,
  type ContractOptions,
  type ContractTypes,
  readContract,
  type TypesOf,
} from "./domain/contract.ts";
export { contract } from "./domain/contract-of.ts";
export { type ConditionalEvents, type Decision, type Refusal, refuse, unless } from "./domain/decision.ts";
export { type EventDefinition, type EventOptions, event } from "./domain/event-definition.ts";
export type { EventOf, EventSource } from "./domain/event-source.ts";
export {
  type Policy,
  type PolicyContext,
  type PolicyDeclaration,
  policy,
  type Reaction,
} from "./domain/policy.ts";
export { type Process, type ProcessDeclaration, process } from "./domain/process.ts";
export type { CommandAnswer } from "./domain/process-handlers.ts";
export {
  become,
  cancel,
  compensate,
  end,
  type ProcessStep,
  schedule,
  send,
} from "./domain/process-step.ts";
export type { Projection } from "./domain/projection.ts";
export { type Publication, type PublicationDeclaration, publish } from "./domain/publication.ts";
export { type Reference, type ReferenceOptions, references } from "./domain/reference.ts";
export { type RetirementDeclaration, retirement } from "./domain/retirement.ts";
export type { FieldCondition, KeyedRow, ReadRows, RowsAsked } from "./domain/rows-asked.ts";
export { type Schema, type Sides, type SidesByName, shape } from "./domain/schema.ts";
export { type Service, type ServiceDeclaration, service, type Use } from "./domain/service.ts";
export { type RowOf, type View, type ViewDeclaration, view } from "./domain/view.ts";
export { type ErrorCode, errorCodes } from "./errors/error-codes.ts";
export { type ErrorData, isMillraceError, MillraceError } from "./errors/millrace-error.ts";
export type { Command, CommandCall, CommandResult } from "./message/command.ts";
export type { DomainEvent, RecordedEvent } from "./message/event.ts";
export type { EventQuery } from "./message/event-query.ts";
export { derivedId } from "./message/id.ts";
export type { Metadata } from "./message/metadata.ts";
export type { Connection, Connections } from "./ports/connection.ts";
export type { EventStore } from "./ports/event-store.ts";
export type { StateStore } from "./ports/state-store.ts";
export { inProcess } from "./runtime/in-process.ts";
export type { Role, Runtime } from "./runtime/runtime.ts";
export { type ServiceOptions, startService } from "./runtime/start-service.ts";
