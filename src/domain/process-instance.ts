import type { CommandCall, CommandResult } from "../message/command.ts";
import type { RecordedEvent } from "../message/event.ts";

/**
 * The events of a process's own stream: what came in, what it decided, what went out. Commands and deadlines are numbered in the
 * order in which they were asked for.
 */
export interface ProcessEvents {
  readonly EventReceived: Pick<RecordedEvent, "id" | "type" | "category" | "aggregateId" | "data">;
  readonly StateChanged: { readonly state: unknown };
  readonly CommandRequested: RequestedCommand;
  readonly CommandAnswered: { readonly number: number; readonly result: CommandResult };
  readonly DeadlineScheduled: ScheduledDeadline;
  readonly DeadlineCancelled: { readonly deadline: string; readonly number: number };
  readonly DeadlinePassed: { readonly deadline: string; readonly number: number };
  readonly CompensationBegan: Readonly<Record<string, never>>;
  readonly CompensationEnded: Readonly<Record<string, never>>;
  readonly ProcessEnded: Readonly<Record<string, never>>;
}

export interface RequestedCommand {
  readonly number: number;
  readonly call: CommandCall;
  /** What takes it back. */
  readonly undo?: CommandCall;
  /** The number of the command that this one takes back. */
  readonly undoes?: number;
}

export interface ScheduledDeadline {
  readonly deadline: string;
  readonly number: number;
  /** ISO 8601. */
  readonly at: string;
  readonly unless: readonly string[];
}

/** What a process is told: by the policies that belong to it, and by its timer. */
export interface ProcessCommands {
  readonly Receive: RecordedEvent;
  readonly Answer: { readonly number: number; readonly result: CommandResult };
  readonly PassDeadline: { readonly deadline: string; readonly number: number };
}

/** An instance of a process. */
export interface ProcessInstance {
  readonly status: "NONE" | "RUNNING" | "ENDED";
  readonly state: unknown;
  /** The number of the last command or deadline. */
  readonly count: number;
  /** Commands that were not answered yet, and those that can be taken back. */
  readonly commands: readonly InstanceCommand[];
  readonly deadlines: Readonly<Record<string, ScheduledDeadline>>;
  readonly compensation: "none" | "running" | "ended";
}

interface InstanceCommand extends RequestedCommand {
  readonly status: "open" | "accepted" | "undoing";
}

export type ProcessEvent = {
  [K in keyof ProcessEvents]: { readonly type: K; readonly data: ProcessEvents[K] };
}[keyof ProcessEvents];

type Evolve = {
  readonly [K in keyof ProcessEvents]: (
    instance: ProcessInstance,
    event: { readonly data: ProcessEvents[K] },
  ) => ProcessInstance;
};

/** An instance after an event of its stream. */
export const evolveInstance: Evolve = {
  EventReceived: (instance) => ({
    ...instance,
    status: instance.status === "NONE" ? "RUNNING" : instance.status,
  }),
  StateChanged: (instance, { data }) => ({ ...instance, state: data.state }),
  CommandRequested: (instance, { data }) => ({
    ...instance,
    count: data.number,
    commands: [
      ...instance.commands.map((command) =>
        command.number === data.undoes ? { ...command, status: "undoing" as const } : command,
      ),
      { ...data, status: "open" },
    ],
  }),
  CommandAnswered: (instance, { data }) => ({ ...instance, commands: answered(instance.commands, data) }),
  DeadlineScheduled: (instance, { data }) => ({
    ...instance,
    count: data.number,
    deadlines: { ...instance.deadlines, [data.deadline]: data },
  }),
  DeadlineCancelled: (instance, { data }) => withoutDeadline(instance, data.deadline),
  DeadlinePassed: (instance, { data }) => withoutDeadline(instance, data.deadline),
  CompensationBegan: (instance) => ({ ...instance, compensation: "running" }),
  CompensationEnded: (instance) => ({ ...instance, compensation: "ended" }),
  ProcessEnded: (instance) => ({ ...instance, status: "ENDED", deadlines: {} }),
};

/** What is left to wait for, or to take back, after an answer. */
function answered(
  commands: readonly InstanceCommand[],
  { number, result }: ProcessEvents["CommandAnswered"],
): readonly InstanceCommand[] {
  const undone = commands.find((command) => command.number === number)?.undoes;
  return commands.flatMap((command) => {
    if (command.number === undone) return [];
    if (command.number !== number) return [command];
    return result.status === "accepted" && command.undo !== undefined
      ? [{ ...command, status: "accepted" }]
      : [];
  });
}

function withoutDeadline(instance: ProcessInstance, deadline: string): ProcessInstance {
  const { [deadline]: _, ...deadlines } = instance.deadlines;
  return { ...instance, deadlines };
}
