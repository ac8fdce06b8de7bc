import type { EventSourceDefinition } from "../domain/event-source.ts";
import { isBeyond, readEvent } from "../domain/fold.ts";
import type { Policy, PolicyContext, PolicyDefinition } from "../domain/policy.ts";
import type { Process, ProcessDefinition } from "../domain/process.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { CommandResult } from "../message/command.ts";
import type { DomainEvent, RecordedEvent } from "../message/event.ts";
import {
  type Answer,
  type Ask,
  keyOfAsk,
  type Pushed,
  type PushedEvent,
  type PushedReaction,
  type PushedTurn,
  type PushResult,
} from "../message/pushed-event.ts";
import type { Clock } from "../ports/clock.ts";
import { callsOf, reactionKey } from "./in-process-reactor.ts";
import { pushErrorOf } from "./push-event.ts";
import { reactWithin } from "./react-within.ts";

/** What can run as a function of its own. */
export type Reacting = Policy | Process;

/**
 * Runs a policy or a process on a batch of pushed events, in order, until one fails or asks for something, or half of the time for one has gone:
 * whoever has pushed them waits, until `signal` says that it does no longer. It keeps nothing.
 */
export async function runFunction(
  reacting: Reacting,
  batch: readonly PushedEvent[],
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly PushResult[]> {
  const results: PushResult[] = [];
  const started = clock.elapsed();
  for (const { id, data } of batch) {
    const result = await run(reacting, id, data, clock, signal).catch(
      (error: unknown): PushResult => ({ id, status: "failed", error: pushErrorOf(error) }),
    );
    results.push(result);
    const isDone = result.status === "handled" || result.status === "decided";
    if (!isDone || clock.elapsed() - started > patienceMs(reacting)) break;
  }
  return results;
}

function patienceMs(reacting: Reacting): number {
  return reacting.kind === "policy" ? reacting.definition.timeoutMs / 2 : Number.POSITIVE_INFINITY;
}

async function run(
  reacting: Reacting,
  id: string,
  data: Pushed,
  clock: Clock,
  signal: AbortSignal,
): Promise<PushResult> {
  if (reacting.kind === "process" && "command" in data) {
    return { id, status: "decided", events: decideTurn(reacting.definition, data) };
  }
  if (reacting.kind === "policy" && "event" in data)
    return react(reacting.definition, id, data, clock, signal);
  throw new MillraceError(
    "request-malformed",
    `${reacting.name} is a ${reacting.kind}, and was pushed what is not for one.`,
  );
}

function decideTurn(
  { aggregate }: ProcessDefinition,
  { command, instance }: PushedTurn,
): readonly DomainEvent[] {
  const decide = aggregate.decide[command.type] as
    | ((command: unknown, instance: unknown) => readonly DomainEvent[])
    | undefined;
  if (decide !== undefined) return decide(command, instance);
  throw new MillraceError(
    "event-type-unknown",
    `This version of the process knows no ${command.type}: a newer one must decide on it.`,
  );
}

async function react(
  policy: PolicyDefinition,
  id: string,
  { event: recorded, answers }: PushedReaction,
  clock: Clock,
  gone: AbortSignal,
): Promise<PushResult> {
  const source = policy.from.find(({ name }) => name === recorded.category);
  const handler = policy.on[recorded.type];
  if (source === undefined || handler === undefined || isBeyond(source, recorded)) {
    throw new MillraceError(
      "event-type-unknown",
      `This version of policy ${policy.name} does not handle ${recorded.type} of version ${recorded.schemaVersion}: a newer one must.`,
    );
  }
  const event = readEvent(source, recorded);
  const questions = new Questions(answers, clock);
  const reaction = handler(event, contextOf(policy, source, event, questions));
  if (!isPromised(reaction)) return { id, status: "handled", commands: callsOf(reaction) };
  const leave = () => questions.end(gone.reason);
  gone.addEventListener("abort", leave, { once: true });
  if (gone.aborted) leave();
  try {
    const result = Promise.race([
      reaction.then((calls): PushResult => ({ id, status: "handled", commands: callsOf(calls) })),
      questions.asked.then((asks): PushResult => ({ id, status: "asks", asks })),
    ]);
    return await reactWithin(clock, policy.timeoutMs, result, (reason) => questions.end(reason));
  } finally {
    gone.removeEventListener("abort", leave);
  }
}

function isPromised<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === "object" && value !== null && "then" in value;
}

/** What costs something is made when it is asked for. */
function contextOf(
  policy: PolicyDefinition,
  source: EventSourceDefinition,
  event: RecordedEvent,
  questions: Questions,
): PolicyContext {
  return {
    get idempotencyKey() {
      return reactionKey(policy, event);
    },
    get signal() {
      return questions.signal;
    },
    send: async (call) => (await questions.ask({ kind: "send", call })) as CommandResult,
    rows: async (view, asked = {}) =>
      (await questions.ask({ kind: "rows", view: view.name, asked })) as never,
    state: () => questions.ask({ kind: "state" }),
    history: async () => {
      const history = (await questions.ask({ kind: "history" })) as readonly RecordedEvent[];
      return history.map((earlier) => readEvent(source, earlier));
    },
  };
}

/** What a policy asks for while it handles an event: what was answered before is there at once, for the rest it has to be run again. */
class Questions {
  /** Resolves once something was asked for that was not answered. */
  readonly asked: Promise<readonly Ask[]>;
  readonly #asks: Ask[] = [];
  readonly #answers = new Map<string, unknown[]>();
  #hasAsked: () => void = () => {};
  #over: AbortController | undefined;
  #end: { readonly reason: unknown } | undefined;

  constructor(answers: readonly Answer[], clock: Clock) {
    for (const { ask, answer } of answers) {
      const key = keyOfAsk(ask);
      this.#answers.set(key, [...(this.#answers.get(key) ?? []), answer]);
    }
    const first = new Promise<void>((resolve) => {
      this.#hasAsked = resolve;
    });
    this.asked = first.then(async () => {
      // It may ask for several things side by side.
      await clock.sleep(0);
      this.end("asked");
      return this.#asks;
    });
  }

  /** Aborts when nobody waits for the reaction any more. */
  get signal(): AbortSignal {
    this.#over ??= new AbortController();
    if (this.#end !== undefined) this.#over.abort(this.#end.reason);
    return this.#over.signal;
  }

  /** Nobody waits for the reaction any more. */
  end(reason: unknown): void {
    this.#end ??= { reason };
    this.#over?.abort(reason);
  }

  ask(ask: Ask): Promise<unknown> {
    const answers = this.#answers.get(keyOfAsk(ask)) ?? [];
    if (answers.length > 0) {
      // A command that is sent twice is two, each with its own result.
      const answer = ask.kind === "send" ? answers.shift() : answers[0];
      return Promise.resolve(answer);
    }
    this.#asks.push(ask);
    this.#hasAsked();
    return new Promise(() => {});
  }
}
