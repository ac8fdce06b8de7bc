import type { PolicyDefinition } from "../domain/policy.ts";
import type { ServiceDefinition } from "../domain/service.ts";
import type { View } from "../domain/view.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { RecordedEvent } from "../message/event.ts";
import {
  type Answer,
  type Ask,
  keyOfAsk,
  type PushedEvent,
  type PushResult,
} from "../message/pushed-event.ts";
import type { EventStore } from "../ports/event-store.ts";
import type { ConnectedFunction, FunctionTransport } from "../ports/function-transport.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import { IssuedCommands } from "./issued-commands.ts";
import type { PastStates } from "./past-states.ts";
import { previousEvent } from "./previous-event.ts";
import { envelopeOf, errorOf } from "./push-event.ts";
import type { Reacted, Reactor } from "./reactor.ts";
import type { RowsFor } from "./rows-for-policy.ts";
import type { SendCommand } from "./send-command.ts";

/** So often a function is called for one event at most: one that asks for something else whenever it runs would never end. */
const maxRounds = 256;

/** What an event has asked for so far, in one attempt at it. */
interface Dialogue {
  readonly issued: IssuedCommands;
  readonly answers: Answer[];
  rounds: number;
}

/**
 * Reactions where a policy runs as a function of its own. The function is given events with what it asks for, and returns commands, which are
 * issued here with their derived ids: whatever the platform repeats, they act once (G7).
 */
export class FunctionReactor implements Reactor {
  readonly batchSize: number;
  readonly concurrency: number;
  readonly #service: ServiceDefinition;
  readonly #policy: PolicyDefinition;
  readonly #transport: FunctionTransport;
  readonly #telemetry: Telemetry;
  readonly #send: SendCommand;
  readonly #rows: RowsFor;
  readonly #past: PastStates;
  readonly #events: EventStore;
  /** What events of a type were seen to ask for that can be known before: it goes along with the next ones. */
  readonly #foreseen = new Map<string, Map<string, Ask>>();

  constructor(parts: {
    service: ServiceDefinition;
    policy: PolicyDefinition;
    connected: ConnectedFunction;
    events: EventStore;
    telemetry: Telemetry;
    send: SendCommand;
    rows: RowsFor;
    past: PastStates;
  }) {
    this.batchSize = parts.connected.batchSize;
    this.concurrency = parts.connected.concurrency;
    this.#service = parts.service;
    this.#policy = parts.policy;
    this.#transport = parts.connected.transport;
    this.#telemetry = parts.telemetry;
    this.#send = parts.send;
    this.#rows = parts.rows;
    this.#past = parts.past;
    this.#events = parts.events;
  }

  async react(events: readonly RecordedEvent[], signal: AbortSignal): Promise<Reacted> {
    const left = [...events];
    const dialogues = new Map<string, Dialogue>();
    try {
      while (left.length > 0 && !signal.aborted) {
        const results = await this.#transport.push(await this.#pushed(left, dialogues), signal);
        // What was not begun is left to the next attempt.
        if (!(await this.#follow(left, results, dialogues, signal))) break;
      }
      return { handled: events.length - left.length };
    } catch (error) {
      return { handled: events.length - left.length, error };
    }
  }

  /** Does what results ask for, and takes what is done from `left`. Resolves with whether an event has been answered and can go on. */
  async #follow(
    left: RecordedEvent[],
    results: readonly PushResult[],
    dialogues: Map<string, Dialogue>,
    signal: AbortSignal,
  ): Promise<boolean> {
    for (const result of results) {
      const [event] = left;
      if (event?.id !== result.id || signal.aborted) return false;
      const dialogue = this.#dialogueOf(event, dialogues);
      const { issued, answers } = dialogue;
      switch (result.status) {
        case "handled":
          for (const call of result.commands) await issued.sendOnce(call);
          left.shift();
          break;
        case "asks":
          if (++dialogue.rounds > maxRounds) throw this.#endless(event);
          for (const ask of result.asks) {
            if (ask.kind === "state" || ask.kind === "history") this.#foresee(event, ask);
            answers.push({ ask, answer: await this.#answer(event, ask, issued) });
          }
          return true;
        case "failed":
          throw errorOf(result.error);
        case "decided":
          throw new MillraceError(
            "service-refused",
            `The function of policy ${this.#policy.name} answered as that of a process would.`,
          );
      }
    }
    return false;
  }

  async #answer(event: RecordedEvent, ask: Ask, issued: IssuedCommands): Promise<unknown> {
    switch (ask.kind) {
      case "state":
        return this.#past.stateAt(event);
      case "history":
        return this.#past.historyUpTo(event);
      case "rows":
        return this.#rows(event)(this.#viewOf(ask.view), ask.asked as object);
      case "send":
        return issued.send(ask.call);
    }
  }

  #foresee({ category, type }: RecordedEvent, ask: Ask): void {
    const kind = `${category}/${type}`;
    const asks = this.#foreseen.get(kind) ?? new Map<string, Ask>();
    this.#foreseen.set(kind, asks.set(keyOfAsk(ask), ask));
  }

  #dialogueOf(event: RecordedEvent, dialogues: Map<string, Dialogue>): Dialogue {
    const known = dialogues.get(event.id);
    if (known !== undefined) return known;
    const issuer = { service: this.#service.name, policy: this.#policy.name };
    const issued = new IssuedCommands(issuer, event, this.#send, this.#telemetry);
    const begun = { issued, answers: [], rounds: 0 };
    dialogues.set(event.id, begun);
    return begun;
  }

  async #pushed(
    events: readonly RecordedEvent[],
    dialogues: Map<string, Dialogue>,
  ): Promise<readonly PushedEvent[]> {
    const pushed: PushedEvent[] = [];
    const [first] = events as [RecordedEvent];
    let previous = await previousEvent(this.#events, first, (type) => this.#policy.on[type] !== undefined);
    for (const event of events) {
      const dialogue = this.#dialogueOf(event, dialogues);
      const foreseen = this.#foreseen.get(`${event.category}/${event.type}`) ?? new Map<string, Ask>();
      for (const [key, ask] of foreseen) {
        if (dialogue.answers.some((known) => keyOfAsk(known.ask) === key)) continue;
        dialogue.answers.push({ ask, answer: await this.#answer(event, ask, dialogue.issued) });
      }
      pushed.push({
        ...envelopeOf(this.#service.name, event),
        partitionkey: event.stream,
        ...(previous === undefined ? {} : { previous }),
        data: { event, answers: dialogue.answers },
      });
      previous = event.id;
    }
    return pushed;
  }

  #endless({ type }: RecordedEvent): MillraceError {
    return new MillraceError(
      "service-refused",
      `The function of policy ${this.#policy.name} has asked ${maxRounds} times on one ${type}; expected a handler that asks for the same whenever it runs.`,
    );
  }

  #viewOf(name: string): View {
    const definition = this.#service.views.find((view) => view.name === name);
    if (definition !== undefined) return { kind: "view", name, definition } as View;
    throw new MillraceError(
      "view-not-found",
      `Policy ${this.#policy.name} reads ${name}, which is not a view of service ${this.#service.name}.`,
    );
  }
}
