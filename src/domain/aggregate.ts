import type { Command, CommandCall } from "../message/command.ts";
import type { DecidedEvent } from "../message/event.ts";
import { checkAggregate } from "./aggregate-checks.ts";
import type { AggregateDefinition } from "./aggregate-definition.ts";
import type { ConditionalEvents, DecisionFacts, Refusal } from "./decision.ts";
import type { EventSource } from "./event-source.ts";
import type { Reference } from "./reference.ts";
import type { Schema, Sides, SidesByName } from "./schema.ts";

/**
 * The types of one aggregate, gathered in one parameter. `events` and `commands` map names to the two sides of their
 * schemas: they are written with the input side and read with the output side.
 */
export interface AggregateTypes {
  readonly name: string;
  readonly state: { readonly status: string };
  readonly events: SidesByName;
  readonly commands: SidesByName;
}

/**
 * A declared aggregate: a decider (`initialState`, `decide`, `evolve`), all pure. The functions are erased to what the
 * runtime needs; `aggregate` is where their types are checked.
 */
export interface Aggregate<T extends AggregateTypes> extends AnyAggregate<T> {
  /** Makes calls of its commands: `account.commands.SuspendAccount(id, { reason })`. */
  readonly commands: CommandCalls<T>;
}

/** An aggregate of whatever types: what views, policies and services are declared over. */
export interface AnyAggregate<T extends AggregateTypes = AggregateTypes> extends EventSource<T> {
  readonly kind: "aggregate";
  readonly name: T["name"];
  readonly collection: string;
  readonly definition: AggregateDefinition;
}

type CommandCalls<T extends AggregateTypes> = {
  readonly [K in keyof T["commands"]]: (
    aggregateId: string,
    data: T["commands"][K]["input"],
  ) => CommandCall<K & string, T["commands"][K]["input"]>;
};

export type StateOf<A> = A extends AnyAggregate<infer T> ? T["state"] : never;

/** The commands of an aggregate, as `decide` sees them. */
export type CommandOf<A> =
  A extends AnyAggregate<infer T>
    ? { [K in keyof T["commands"]]: Command<K & string, T["commands"][K]["output"]> }[keyof T["commands"]]
    : never;

/** An event as `decide` writes it: the input side of its schema. */
type Written<E extends SidesByName, K extends keyof E = keyof E> = {
  [N in K]: { readonly type: N & string; readonly data: E[N]["input"] };
}[K];

type Constructors<E extends SidesByName> = {
  readonly [K in keyof E]: (data: E[K]["input"]) => {
    readonly type: K & string;
    readonly data: E[K]["input"];
  };
};

type Status = { readonly status: string };
type Unbegun<State, Initial extends Status> = Extract<State, { readonly status: Initial["status"] }>;
type Begun<State, Initial extends Status> = Exclude<State, { readonly status: Initial["status"] }>;

/**
 * A handler without parameters is not context-sensitive: TypeScript fixes its result in a first pass, while the type
 * parameters still stand for their constraints, and would widen its literals. In that pass alone the result is a shape that
 * keeps literals: a union with one member that is a literal does.
 */
type Result<State> = [Status] extends [State] ? LiteralShape : State;
type Decided<E extends SidesByName, First> = [string] extends [keyof E]
  ? // The tuple keeps the list's first event where it is, which the creating command's result needs.
    readonly LiteralShape[] | readonly [LiteralShape, ...LiteralShape[]] | Refusal
  : DecidedEvents<E, First> | ConditionalEvents<Written<E>> | Refusal;
type Literal = "" | (string & {}) | 0 | (number & {}) | boolean | null | undefined;
export type LiteralShape = {
  readonly [key: string]: Literal | LiteralShape | readonly (Literal | LiteralShape)[];
};

/** A creating command's events start with the one that begins the stream. */
type DecidedEvents<E extends SidesByName, First> = [First] extends [never]
  ? readonly Written<E>[]
  : readonly [Written<E, First & keyof E>, ...Written<E>[]];

type TextFields<State> = State extends unknown
  ? { [K in keyof State]: State[K] extends string | null | undefined ? K : never }[keyof State]
  : never;

type ScalarFields<State> = State extends unknown
  ? { [K in keyof State]: State[K] extends string | number | undefined ? K : never }[keyof State]
  : never;

export interface AggregateDeclaration<
  Name extends string,
  State extends Status,
  Initial extends Status,
  E extends SidesByName,
  C extends SidesByName,
  Creates,
  Begins,
  Accepted,
> {
  /** In the singular, camelCase; the category of its streams. */
  readonly name: Name;
  /** In the plural, kebab-case; its place in URLs. */
  readonly collection: string;
  /** The schema of the state: a union discriminated on `status`, with a member for "nothing yet". */
  readonly state: {
    readonly "~standard": Schema["~standard"] & { readonly types?: Sides<unknown, State> | undefined };
  };
  /** Raise it when `evolve` or the state's shape changes: snapshots of other versions are not used. Default 1. */
  readonly stateVersion?: number;
  readonly initialState: Initial;
  readonly events: {
    readonly [K in keyof E]: {
      readonly "~standard": Schema["~standard"] & { readonly types?: E[K] | undefined };
    };
  };
  readonly commands: {
    readonly [K in keyof C]: {
      readonly "~standard": Schema["~standard"] & { readonly types?: C[K] | undefined };
    };
  };
  /** The command that begins a stream: it alone sees the initial state, and it is `POST /v1/{collection}`. */
  readonly creates?: Creates;
  /** The event that begins a stream: it alone is folded into the initial state. */
  readonly begins?: Begins;
  /** From a valid command and the state to events, or a refusal. Pure; a throw is a bug and changes nothing. */
  readonly decide: NoInfer<{
    readonly [K in keyof C]: (
      command: Command<K & string, C[K]["output"]>,
      state: Creates extends keyof C
        ? K extends Creates
          ? Unbegun<State, Initial>
          : Begun<State, Initial>
        : State,
      events: Constructors<E>,
      facts: DecisionFacts,
    ) => Decided<E, K extends Creates ? Begins : never>;
  }>;
  /** From a state and an event to the next state. Pure; never throws on a declared event. Time is what the event's data say. */
  readonly evolve: NoInfer<{
    readonly [K in keyof E]: (
      state: Begins extends keyof E
        ? K extends Begins
          ? Unbegun<State, Initial>
          : Begun<State, Initial>
        : State,
      event: DecidedEvent<K & string, E[K]["output"]>,
    ) => Result<State>;
  }>;
  /**
   * In which states a command is offered; absent means whenever the aggregate exists. Where the guard says no,
   * `decide` must refuse, whatever the command's data: `checkGuards` of millrace/testing holds the two together.
   */
  readonly when?: {
    readonly [K in keyof NoInfer<C>]?: (
      state: NoInfer<
        Creates extends keyof C
          ? K extends Creates
            ? Unbegun<State, Initial>
            : Begun<State, Initial>
          : State
      >,
    ) => boolean;
  };
  /**
   * Fields of the state that no two aggregates ever share, each with the code of the refusal. A value stays
   * taken for good by the aggregate that first had it, also after it has another.
   */
  readonly unique?: { readonly [K in ScalarFields<NoInfer<Begun<State, Initial>>>]?: string };
  /**
   * Fields of the state that hold ids of another service's aggregates: see `references`. A command after which a field names another one
   * than before is refused unless that is there and as it must be.
   */
  readonly references?: { readonly [K in NoInfer<TextFields<Begun<State, Initial>>>]?: Reference };
  /** While it says no, the aggregate stands in nobody's way: what it refers to may be retired. Absent: it always refers. */
  readonly refersWhile?: (state: NoInfer<Begun<State, Initial>>) => boolean;
  /** Event-shaped requests (`POST …/{id}/events`): a schema, and the command each leads to. */
  readonly acceptsEvents?: {
    readonly schema: {
      readonly "~standard": Schema["~standard"] & { readonly types?: Sides<unknown, Accepted> | undefined };
    };
    readonly toCommand: (
      body: NoInfer<Accepted>,
      state: NoInfer<Begun<State, Initial>>,
    ) => { [K in keyof C]: { readonly type: K; readonly data: C[K]["input"] } }[keyof C] | Refusal;
  };
  /** A snapshot is kept every so many events of a stream; default 100. */
  readonly snapshotEvery?: number;
}

function definitionsOf(declared: Readonly<Record<string, Reference | undefined>>) {
  return Object.fromEntries(
    Object.entries(declared).flatMap(([field, reference]) =>
      reference === undefined ? [] : [[field, reference.definition] as const],
    ),
  );
}

/** Declares an aggregate. Throws `declaration-invalid`, naming what is wrong, for what the compiler cannot see. */
export function aggregate<
  const Name extends string,
  State extends Status,
  const Initial extends State,
  E extends SidesByName,
  C extends SidesByName,
  const Creates extends (keyof C & string) | undefined = undefined,
  const Begins extends (keyof E & string) | undefined = undefined,
  Accepted = never,
>(
  declaration: AggregateDeclaration<Name, State, Initial, E, C, Creates, Begins, Accepted>,
): Aggregate<{ name: Name; state: State; events: E; commands: C }> {
  // The one place where an aggregate's types are erased: below here everything works on AggregateDefinition.
  const erased = declaration as unknown as Partial<AggregateDefinition> & Pick<AggregateDefinition, "name">;
  const definition = {
    stateVersion: 1,
    creates: undefined,
    begins: undefined,
    when: {},
    unique: {},
    refersWhile: undefined,
    gathers: undefined,
    acceptsEvents: undefined,
    snapshotEvery: 100,
    ...erased,
    references: definitionsOf(declaration.references ?? {}),
  } as AggregateDefinition;
  checkAggregate(definition);
  const commands = Object.fromEntries(
    Object.keys(definition.commands).map((type) => [
      type,
      (aggregateId: string, data: unknown): CommandCall => ({
        aggregate: definition.name,
        aggregateId,
        type,
        data,
      }),
    ]),
  );
  return {
    kind: "aggregate",
    name: declaration.name,
    collection: declaration.collection,
    commands,
    definition,
  } as unknown as Aggregate<{
    name: Name;
    state: State;
    events: E;
    commands: C;
  }>;
}
