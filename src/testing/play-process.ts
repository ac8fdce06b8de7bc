import assert from "node:assert/strict";
import type { EventSource } from "../domain/event-source.ts";
import { type AnyState, evolve } from "../domain/fold.ts";
import type { Process } from "../domain/process.ts";
import type { ProcessCommands, ProcessInstance, RequestedCommand } from "../domain/process-instance.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { CommandCall, CommandResult } from "../message/command.ts";
import type { DomainEvent } from "../message/event.ts";
import { type EventToRecord, recordEvents } from "./record-events.ts";

/** One instance of a process, played through by a test. Each `expect…` throws an `AssertionError`, under any test runner. */
export interface PlayedProcess {
  /** Hands it an event of a source. */
  receive<S extends EventSource>(source: S, aggregateId: string, event: EventToRecord<S>): PlayedProcess;
  /** Answers the first command of this type that was not answered yet. Default: accepted. */
  answer(commandType: string, result?: CommandResult): PlayedProcess;
  /** Lets a deadline pass; throws where none of this name is scheduled. */
  passDeadline(deadline: string): PlayedProcess;
  /** Exactly these commands were sent since the last time that this was asked, in this order. */
  expectSent(...calls: readonly CommandCall[]): PlayedProcess;
  expectState(state: unknown): PlayedProcess;
  /** Exactly these deadlines are to come. */
  expectDeadlines(...deadlines: readonly string[]): PlayedProcess;
  expectEnded(isEnded?: boolean): PlayedProcess;
}

const accepted: CommandResult = { status: "accepted", aggregateId: "test", version: 1 };

/** Begins a test of a process: `playProcess(bookTrip).receive(trip, "t1", event).expectSent(…).answer("Reserve")`. */
export function playProcess(process: Process): PlayedProcess {
  const { aggregate } = process.definition;
  let instance = aggregate.initialState as unknown as ProcessInstance;
  let sent: CommandCall[] = [];
  let position = 0;

  const tell = <K extends keyof ProcessCommands>(type: K, data: ProcessCommands[K]) => {
    const decide = aggregate.decide[type] as unknown as (
      command: { readonly data: ProcessCommands[K]; readonly receivedAt: string },
      instance: ProcessInstance,
    ) => readonly DomainEvent[];
    for (const event of decide({ data, receivedAt: new Date(0).toISOString() }, instance)) {
      instance = evolve(aggregate, instance as AnyState, event as never) as unknown as ProcessInstance;
      if (event.type === "CommandRequested") sent.push((event.data as RequestedCommand).call);
    }
    return played;
  };

  const played: PlayedProcess = {
    receive(source, aggregateId, event) {
      const [recorded] = recordEvents(source.definition, aggregateId, [event], {
        version: position,
        position,
        recordedAt: 0,
      });
      position += 1;
      return recorded === undefined ? played : tell("Receive", recorded);
    },
    answer(commandType, result = accepted) {
      const open = instance.commands.find(
        ({ call, status }) => call.type === commandType && status === "open",
      );
      if (open === undefined) throw notOpen(process.name, `no command ${commandType} to answer`);
      return tell("Answer", { number: open.number, result });
    },
    passDeadline(deadline) {
      const scheduled = instance.deadlines[deadline];
      if (scheduled === undefined) throw notOpen(process.name, `no deadline ${JSON.stringify(deadline)}`);
      return tell("PassDeadline", { deadline, number: scheduled.number });
    },
    expectSent(...calls) {
      const found = sent;
      sent = [];
      assert.deepEqual(found, calls, `process ${process.name} sent other commands`);
      return played;
    },
    expectState(state) {
      assert.deepEqual(instance.state, state, `process ${process.name} is in another state`);
      return played;
    },
    expectDeadlines(...deadlines) {
      const found = Object.keys(instance.deadlines);
      assert.deepEqual(found, deadlines, `process ${process.name} waits for other deadlines`);
      return played;
    },
    expectEnded(isEnded = true) {
      assert.equal(instance.status === "ENDED", isEnded, `process ${process.name} is ${instance.status}`);
      return played;
    },
  };
  return played;
}

function notOpen(process: string, what: string): MillraceError {
  return new MillraceError("declaration-invalid", `Process ${process} has ${what}.`);
}
