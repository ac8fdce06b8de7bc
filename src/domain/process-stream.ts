import type { Command } from "../message/command.ts";
import type { RecordedEvent } from "../message/event.ts";
import type { AggregateDefinition } from "./aggregate-definition.ts";
import type { ProcessHandlers } from "./process-handlers.ts";
import { evolveInstance, type ProcessCommands, type ProcessInstance } from "./process-instance.ts";
import { Turns } from "./process-turns.ts";
import { type Schema, shape } from "./schema.ts";

/** The category of a process's streams: a category holds no dash, and no aggregate can have such a name. */
function processCategory(name: string): string {
  return `~${name.replaceAll("-", "_")}`;
}

/** The stream of a process as an aggregate: its events are folded and appended like those of any other. */
export function processAggregate(
  name: string,
  schema: Schema,
  initialState: unknown,
  handlers: ProcessHandlers,
): AggregateDefinition {
  const turn = new Turns(name, schema, handlers);
  const decide = {
    Receive: (command: Command<"Receive", RecordedEvent>, instance: ProcessInstance) =>
      turn.receive(command, instance),
    Answer: (command: Command<"Answer", ProcessCommands["Answer"]>, instance: ProcessInstance) =>
      turn.answer(command, instance),
    PassDeadline: (
      command: Command<"PassDeadline", ProcessCommands["PassDeadline"]>,
      instance: ProcessInstance,
    ) => turn.passDeadline(command, instance),
  };
  const begun: ProcessInstance = {
    status: "NONE",
    state: initialState,
    count: 0,
    commands: [],
    deadlines: {},
    compensation: "none",
  };
  return {
    name: processCategory(name),
    collection: name,
    state: shape(),
    stateVersion: 1,
    initialState: begun,
    events: Object.fromEntries(Object.keys(evolveInstance).map((type) => [type, shape()])),
    commands: Object.fromEntries(Object.keys(decide).map((type) => [type, shape()])),
    creates: undefined,
    begins: undefined,
    decide,
    evolve: evolveInstance,
    when: {},
    unique: {},
    references: {},
    refersWhile: undefined,
    gathers: undefined,
    acceptsEvents: undefined,
    snapshotEvery: 100,
  } as unknown as AggregateDefinition;
}
