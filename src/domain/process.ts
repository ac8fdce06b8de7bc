import type { AggregateDefinition } from "./aggregate-definition.ts";
import type { EventOf, EventSourceDefinition, EventSources } from "./event-source.ts";
import type { PolicyDefinition } from "./policy.ts";
import type { CommandAnswer, ProcessHandlers, Steps } from "./process-handlers.ts";
import { answering, deadlinesOf, receiving } from "./process-parts.ts";
import { processAggregate } from "./process-stream.ts";
import { requireDeclared } from "./require-declared.ts";
import type { Schema, Sides } from "./schema.ts";
import type { ViewDefinition } from "./view.ts";

/** A declared stateful reaction (process manager, saga). */
export interface Process {
  readonly kind: "process";
  readonly name: string;
  readonly definition: ProcessDefinition;
}

/** What the runtime sees of a process: it is made of parts that there are anyway. */
export interface ProcessDefinition {
  readonly name: string;
  readonly from: readonly EventSourceDefinition[];
  /** Its own stream, one for each instance. */
  readonly aggregate: AggregateDefinition;
  /** What hands events to instances, and what sends their commands and hands back the answers. */
  readonly policies: readonly PolicyDefinition[];
  /** The table of timers: a row for each instance that has deadlines. */
  readonly deadlines: ViewDefinition;
}

export interface ProcessDeclaration<From extends EventSources, State, Deadline extends string> {
  /** Kebab-case. It is part of the names of its streams and of the ids of its commands: renaming it makes a new process. */
  readonly name: string;
  readonly from: From;
  /** The instance that an event concerns, named as an aggregate is; undefined: none. Pure. */
  readonly correlate: (event: NoInfer<EventOf<From[number]>>) => string | undefined;
  /** The event, or several, that begin an instance; others are of no concern to one that has not begun. */
  readonly begins: NoInfer<EventOf<From[number]>["type"]> | readonly NoInfer<EventOf<From[number]>["type"]>[];
  /** The schema of the state: JSON. */
  readonly state: {
    readonly "~standard": Schema["~standard"] & { readonly types?: Sides<unknown, State> | undefined };
  };
  readonly initialState: NoInfer<State>;
  /** Where a process that never ran starts in the log. Default `head`: it does not react to the past. */
  readonly startAt?: "head" | "beginning";
  /** What an event leads to. Pure; a throw is retried and then parks the instance (G6). */
  readonly on: NoInfer<{
    readonly [K in EventOf<From[number]>["type"]]?: (
      state: State,
      event: Extract<EventOf<From[number]>, { readonly type: K }>,
    ) => Steps<State, Deadline>;
  }>;
  /** What the answer to a command leads to, by the command's type: accepted, or refused with a code. Not while it compensates. */
  readonly answers?: Readonly<
    Record<string, (state: NoInfer<State>, answer: CommandAnswer) => Steps<NoInfer<State>, NoInfer<Deadline>>>
  >;
  /** What a deadline leads to that passes. */
  readonly deadlines?: {
    readonly [D in Deadline]: (state: NoInfer<State>) => Steps<NoInfer<State>, NoInfer<Deadline>>;
  };
  /** What follows once all is taken back. */
  readonly compensated?: (state: NoInfer<State>) => Steps<NoInfer<State>, NoInfer<Deadline>>;
}

/** Declares a process. Throws `declaration-invalid` for what the compiler cannot see. */
export function process<const From extends EventSources, State, const Deadline extends string = never>(
  declaration: ProcessDeclaration<From, State, Deadline>,
): Process {
  const { name, state, initialState, startAt = "head" } = declaration;
  requireDeclared(
    /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) && name.length <= 50,
    `A process's name is kebab-case of at most 50 characters, such as "fulfil-order"; found ${JSON.stringify(name)}.`,
  );
  const from = declaration.from.map((source) => source.definition);
  const types = new Set(from.flatMap((source) => Object.keys(source.events)));
  const begins = [declaration.begins].flat() as readonly string[];
  for (const type of [...begins, ...Object.keys(declaration.on)]) {
    requireDeclared(
      types.has(type),
      `Process ${name} handles ${type}, which none of its sources declares; expected one of ${[...types].join(", ")}.`,
    );
  }
  requireDeclared(begins.length > 0, `Process ${name} begins with no event; expected at least one.`);
  const handlers = {
    answers: {},
    deadlines: {},
    compensated: undefined,
    ...declaration,
    begins,
  } as unknown as ProcessHandlers;
  const aggregate = processAggregate(name, state as Schema, initialState, handlers);
  const definition: ProcessDefinition = {
    name,
    from,
    aggregate,
    policies: [receiving(name, from, startAt, handlers, aggregate), answering(name, aggregate)],
    deadlines: deadlinesOf(name, aggregate),
  };
  return { kind: "process", name, definition };
}
