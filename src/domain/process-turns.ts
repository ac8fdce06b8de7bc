import { MillraceError } from "../errors/millrace-error.ts";
import type { Command, CommandCall } from "../message/command.ts";
import type { DomainEvent, RecordedEvent } from "../message/event.ts";
import type { ProcessHandlers } from "./process-handlers.ts";
import {
  evolveInstance,
  type ProcessCommands,
  type ProcessEvent,
  type ProcessEvents,
  type ProcessInstance,
  type RequestedCommand,
} from "./process-instance.ts";
import type { ProcessStep } from "./process-step.ts";
import { parse, type Schema } from "./schema.ts";

/** Makes the events of one turn of an instance: each is folded at once, so that the next step goes by it. */
export class Turns {
  readonly #name: string;
  readonly #schema: Schema;
  readonly #handlers: ProcessHandlers;

  constructor(name: string, schema: Schema, handlers: ProcessHandlers) {
    this.#name = name;
    this.#schema = schema;
    this.#handlers = handlers;
  }

  receive({ data, receivedAt }: Command<"Receive", RecordedEvent>, instance: ProcessInstance) {
    const { id, type, category, aggregateId } = data;
    const isBeginning = instance.status === "NONE" && this.#handlers.begins.includes(type);
    if (instance.status === "ENDED" || (instance.status === "NONE" && !isBeginning)) return [];
    const turn = new Turn(instance, receivedAt);
    turn.add("EventReceived", { id, type, category, aggregateId, data: data.data });
    for (const { deadline, unless } of Object.values(turn.instance.deadlines)) {
      if (unless.includes(type)) turn.cancel(deadline);
    }
    this.#take(turn, this.#handlers.on[type]?.(turn.instance.state, data));
    return turn.events;
  }

  answer({ data, receivedAt }: Command<"Answer", ProcessCommands["Answer"]>, instance: ProcessInstance) {
    const command = instance.commands.find(
      ({ number, status }) => number === data.number && status === "open",
    );
    if (command === undefined) return [];
    const turn = new Turn(instance, receivedAt);
    turn.add("CommandAnswered", data);
    if (command.undoes === undefined && instance.status === "RUNNING" && instance.compensation === "none") {
      const answer = { ...data.result, call: command.call };
      this.#take(turn, this.#handlers.answers[command.call.type]?.(turn.instance.state, answer));
    }
    this.#goOnCompensating(turn);
    return turn.events;
  }

  passDeadline(
    { data, receivedAt }: Command<"PassDeadline", ProcessCommands["PassDeadline"]>,
    instance: ProcessInstance,
  ) {
    const { deadline, number } = data;
    // It was cancelled, moved, or has passed: whichever was appended first holds.
    if (instance.deadlines[deadline]?.number !== number) return [];
    const turn = new Turn(instance, receivedAt);
    turn.add("DeadlinePassed", data);
    this.#take(turn, this.#handlers.deadlines[deadline]?.(turn.instance.state));
    return turn.events;
  }

  #take(turn: Turn, steps: ProcessStep | readonly ProcessStep[] | undefined): void {
    for (const step of [steps ?? []].flat() as readonly ProcessStep[]) this.#takeStep(turn, step);
  }

  #takeStep(turn: Turn, step: ProcessStep): void {
    switch (step.step) {
      case "become":
        this.#requireFit(step.state);
        turn.add("StateChanged", { state: step.state });
        break;
      case "send":
        turn.request(step.call, step.undo === undefined ? {} : { undo: step.undo });
        break;
      case "schedule":
        this.#requireHandled(step.unless);
        turn.schedule(step);
        break;
      case "cancel":
        turn.cancel(step.deadline);
        break;
      case "compensate":
        if (turn.instance.compensation !== "none") break;
        turn.add("CompensationBegan", {});
        this.#goOnCompensating(turn);
        break;
      case "end":
        turn.add("ProcessEnded", {});
    }
  }

  /** Takes back the latest command that was accepted, one at a time; ends when nothing is left that could be accepted. */
  #goOnCompensating(turn: Turn): void {
    const { compensation, commands } = turn.instance;
    if (
      compensation === "none" ||
      commands.some(({ undoes, status }) => undoes !== undefined && status === "open")
    ) {
      return;
    }
    const latest = commands.filter(({ status }) => status === "accepted").at(-1);
    if (latest?.undo !== undefined) {
      turn.request(latest.undo, { undoes: latest.number });
      return;
    }
    const isOpen = commands.some(({ undo, status }) => undo !== undefined && status === "open");
    if (compensation === "ended" || isOpen) return;
    turn.add("CompensationEnded", {});
    if (turn.instance.status === "RUNNING")
      this.#take(turn, this.#handlers.compensated?.(turn.instance.state));
  }

  #requireHandled(types: readonly string[]): void {
    const { begins, on } = this.#handlers;
    const unknown = types.find((type) => !begins.includes(type) && on[type] === undefined);
    if (unknown === undefined) return;
    throw new MillraceError(
      "domain-threw",
      `Process ${this.#name} schedules a deadline unless ${unknown}, which it does not handle; expected one of ${[...begins, ...Object.keys(on)].join(", ")}.`,
      { data: { process: this.#name, type: unknown } },
    );
  }

  #requireFit(state: unknown): void {
    const { issues } = parse(this.#schema, state);
    if (issues === undefined) return;
    throw new MillraceError(
      "domain-threw",
      `Process ${this.#name} became a state that does not fit its schema: ${issues.map((issue) => `${issue.pointer || "/"} ${issue.message}`).join("; ")}.`,
      { data: { process: this.#name, issues } },
    );
  }
}

class Turn {
  readonly events: DomainEvent[] = [];
  instance: ProcessInstance;
  readonly #at: number;

  constructor(instance: ProcessInstance, receivedAt: string) {
    this.instance = instance;
    this.#at = Date.parse(receivedAt);
  }

  add<K extends keyof ProcessEvents>(type: K, data: ProcessEvents[K]): void {
    const event = { type, data } as ProcessEvent;
    this.events.push(event);
    this.instance = (
      evolveInstance[type] as (instance: ProcessInstance, event: ProcessEvent) => ProcessInstance
    )(this.instance, event);
  }

  request(call: CommandCall, more: Pick<RequestedCommand, "undo" | "undoes">): void {
    this.add("CommandRequested", { number: this.instance.count + 1, call, ...more });
  }

  cancel(deadline: string): void {
    const scheduled = this.instance.deadlines[deadline];
    if (scheduled !== undefined) this.add("DeadlineCancelled", { deadline, number: scheduled.number });
  }

  schedule({ deadline, afterMs, at, unless }: Extract<ProcessStep, { readonly step: "schedule" }>): void {
    const due = afterMs === undefined ? Date.parse(at ?? "") : this.#at + afterMs;
    if (Number.isNaN(due)) {
      throw new MillraceError(
        "domain-threw",
        `The deadline ${deadline} is scheduled at ${JSON.stringify(at)}; expected a time such as "2026-01-31T12:00:00Z".`,
      );
    }
    const number = this.instance.count + 1;
    this.add("DeadlineScheduled", { deadline, number, at: new Date(due).toISOString(), unless });
  }
}
