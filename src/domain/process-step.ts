import type { CommandCall } from "../message/command.ts";
import { requireDuration } from "./duration.ts";

/** What a process does next: see the functions of the same names. */
export type ProcessStep<State = unknown, Deadline extends string = string> =
  | { readonly step: "become"; readonly state: State }
  | { readonly step: "send"; readonly call: CommandCall; readonly undo: CommandCall | undefined }
  | {
      readonly step: "schedule";
      readonly deadline: Deadline;
      readonly afterMs: number | undefined;
      readonly at: string | undefined;
      readonly unless: readonly string[];
    }
  | { readonly step: "cancel"; readonly deadline: Deadline }
  | { readonly step: "compensate" }
  | { readonly step: "end" };

/** The state of the process from now on. */
export function become<State>(state: State) {
  return { step: "become", state } as const;
}

/**
 * Sends a command, to this or another service, once (G7). Its answer comes back to `answers`. `undo` is what takes it back: sent
 * by `compensate` if the command was accepted.
 */
export function send(call: CommandCall, options: { readonly undo?: CommandCall } = {}) {
  return { step: "send", call, undo: options.undo } as const;
}

/**
 * Has a deadline pass once, after a time ("30 s", "5 min", "2 h", "1 d") or at a time (ISO 8601), also if nothing runs just then:
 * it then passes as soon as something does. Scheduling it again moves it. One of the events in `unless`, which the process handles, cancels it.
 */
export function schedule<const Deadline extends string>(
  deadline: Deadline,
  when: ({ readonly after: string } | { readonly at: string }) & { readonly unless?: readonly string[] },
) {
  const { unless = [] } = when;
  return {
    step: "schedule",
    deadline,
    afterMs: "after" in when ? requireDuration(when.after) : undefined,
    at: "at" in when ? when.at : undefined,
    unless,
  } as const;
}

/** Takes a deadline back; if it passed already, nothing happens. */
export function cancel<const Deadline extends string>(deadline: Deadline) {
  return { step: "cancel", deadline } as const;
}

/**
 * Takes back what was accepted, the latest first, each once what comes before it was answered. What is accepted later is taken back
 * then. Calls `compensated` once all is taken back.
 */
export function compensate() {
  return { step: "compensate" } as const;
}

/** Ends the process: what comes later does not concern it, and its deadlines are cancelled. */
export function end() {
  return { step: "end" } as const;
}
