import type { CommandCall, CommandResult } from "../message/command.ts";
import type { RecordedEvent } from "../message/event.ts";
import type { ProcessStep } from "./process-step.ts";

/** The functions of a process, erased. */
export interface ProcessHandlers {
  readonly begins: readonly string[];
  readonly correlate: (event: RecordedEvent) => string | undefined;
  readonly on: Readonly<Record<string, (state: unknown, event: RecordedEvent) => Steps>>;
  readonly answers: Readonly<Record<string, (state: unknown, answer: CommandAnswer) => Steps>>;
  readonly deadlines: Readonly<Record<string, (state: unknown) => Steps>>;
  readonly compensated: ((state: unknown) => Steps) | undefined;
}

/** What became of a command that a process sent. */
export type CommandAnswer = CommandResult & { readonly call: CommandCall };

/** What a handler of a process answers. */
export type Steps<State = unknown, Deadline extends string = string> =
  | ProcessStep<State, Deadline>
  | readonly ProcessStep<State, Deadline>[]
  | undefined;
