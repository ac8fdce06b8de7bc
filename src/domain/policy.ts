import type { CommandCall, CommandResult } from "../message/command.ts";
import type { RecordedEvent } from "../message/event.ts";
import type { StateOf } from "./aggregate.ts";
import { requirePositiveInteger } from "./aggregate-checks.ts";
import type { EventOf, EventSourceDefinition, EventSources, SourceWith } from "./event-source.ts";
import { requireDeclared } from "./require-declared.ts";
import type { ReadRows } from "./rows-asked.ts";

/** A declared stateless reaction: event in, commands out. */
export interface Policy {
  readonly kind: "policy";
  readonly name: string;
  readonly definition: PolicyDefinition;
}

/** What a policy may use for outside work, which happens at least once. */
export interface PolicyContext<State = unknown, Event = RecordedEvent> {
  /** The same for every delivery of this event to this policy: hand it to whatever you call. */
  readonly idempotencyKey: string;
  /** Aborts when the time for one attempt is over, and when the processor stops or loses its lease; the event is then delivered again. */
  readonly signal: AbortSignal;
  /**
   * Sends a command at once, for reactions that go by what becomes of it. It acts once, like those that are returned (G7), and a
   * repeat has the same result. Rejects where it could not be sent, or was a mistake: let that through.
   */
  readonly send: (call: CommandCall) => Promise<CommandResult>;
  /**
   * Rows of a view of the same service, which includes the event at hand at least; what has happened since may be missing, so let the
   * aggregate that is told have the last word. Rejects while the view is behind, and the event is delivered again.
   */
  readonly rows: ReadRows;
  /** The state of the event's aggregate as of the event, which is included. Rejects for an event of another service: its state is not here. */
  readonly state: () => Promise<State>;
  /** The events of the event's stream in order, up to the event, which is included; of another service's those that it published. */
  readonly history: () => Promise<readonly Event[]>;
}

/** What a policy answers: the commands to issue, in order. Each acts exactly once, however often the event comes (G7). */
export type Reaction = CommandCall | readonly CommandCall[] | undefined;

/** What the runtime sees of a policy. */
export interface PolicyDefinition {
  readonly name: string;
  readonly from: readonly EventSourceDefinition[];
  readonly startAt: "head" | "beginning";
  readonly timeoutMs: number;
  /** What stays in order, and is parked as one; undefined, or undefined of it: the event's stream. */
  readonly sequence: ((event: RecordedEvent) => string | undefined) | undefined;
  readonly on: Readonly<
    Record<string, (event: RecordedEvent, context: PolicyContext) => Reaction | Promise<Reaction>>
  >;
}

export interface PolicyDeclaration<From extends EventSources> {
  /** Kebab-case. It is part of the ids of the commands that the policy issues: renaming it makes a new policy. */
  readonly name: string;
  readonly from: From;
  /** Where a policy that never ran starts in the log. Default `head`: it does not react to the past. */
  readonly startAt?: "head" | "beginning";
  /**
   * How long one attempt at an event may take, in milliseconds; default 30,000. Then it has failed, and is tried again as if the outside were
   * not available (G6).
   */
  readonly timeoutMs?: number;
  /** May be asynchronous. A throw is retried and then parks the event's stream for this policy (G6). */
  readonly on: {
    readonly [K in EventOf<From[number]>["type"]]?: (
      event: Extract<EventOf<From[number]>, { readonly type: K }>,
      context: PolicyContext<StateOf<SourceWith<From[number], K>>, EventOf<SourceWith<From[number], K>>>,
    ) => Reaction | Promise<Reaction>;
  };
}

/** More than an answer takes that is worth waiting for. */
export const defaultTimeoutMs = 30_000;

/** Declares a policy. Throws `declaration-invalid` for what the compiler cannot see. */
export function policy<const From extends EventSources>(declaration: PolicyDeclaration<From>): Policy {
  const { name, startAt = "head", timeoutMs = defaultTimeoutMs } = declaration;
  requirePositiveInteger(timeoutMs, `timeoutMs of policy ${name}`);
  requireDeclared(
    /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name),
    `A policy's name is kebab-case, such as "confirm-accounts"; found ${JSON.stringify(name)}.`,
  );
  const from = declaration.from.map((source) => source.definition);
  const types = new Set(from.flatMap((source) => Object.keys(source.events)));
  const handled = Object.keys(declaration.on);
  requireDeclared(
    handled.length > 0,
    `Policy ${name} handles no event; expected one of ${[...types].join(", ")}.`,
  );
  for (const type of handled) {
    requireDeclared(
      types.has(type),
      `Policy ${name} handles ${type}, which none of its sources declares; expected one of ${[...types].join(", ")}.`,
    );
  }
  const definition = {
    name,
    from,
    startAt,
    timeoutMs,
    sequence: undefined,
    on: declaration.on,
  } as unknown as PolicyDefinition;
  return { kind: "policy", name, definition };
}
