import { isMillraceError } from "../errors/millrace-error.ts";
import type { CommandCall, CommandResult } from "../message/command.ts";
import type { RecordedEvent } from "../message/event.ts";
import { derivedId } from "../message/id.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import type { IssuedCommand, SendCommand } from "./send-command.ts";

/** Who issues commands: the ids of what it sends abroad say which service it belongs to. */
export interface Issuer {
  readonly service: string;
  readonly policy: string;
}

/** The commands that one event leads to. Each has an id that follows from the event, so that it acts once however often it is sent (G7). */
export class IssuedCommands {
  readonly #issuer: Issuer;
  readonly #event: RecordedEvent;
  readonly #send: SendCommand;
  readonly #telemetry: Telemetry;
  readonly #occurrences = new Map<string, number>();

  constructor(issuer: Issuer, event: RecordedEvent, send: SendCommand, telemetry: Telemetry) {
    this.#issuer = issuer;
    this.#event = event;
    this.#send = send;
    this.#telemetry = telemetry;
  }

  /** Sends a command and resolves with what became of it. */
  async send(call: CommandCall): Promise<CommandResult> {
    const result = await this.#send(this.#issue(call));
    // A refusal is an answer: the domain has decided, and trying again would not change it.
    if (result.status === "refused") this.#log("info", "A policy's command was refused.", call, result.code);
    return result;
  }

  /**
   * Sends a command of which nobody asks what became. Its id says which reaction it is, so what was sent under it before is what
   * counts, also where this delivery made other data of the event: a policy that draws numbers or asks the outside does.
   */
  async sendOnce(call: CommandCall): Promise<void> {
    try {
      await this.send(call);
    } catch (error) {
      if (!isMillraceError(error, "command-id-reused")) throw error;
      this.#log("warn", "A policy reacted to an event with other data than before; the first counts.", call);
    }
  }

  #issue(call: CommandCall): IssuedCommand {
    const { service, policy } = this.#issuer;
    const { id, metadata } = this.#event;
    const target = `${call.aggregate}-${call.aggregateId}/${call.type}`;
    const key = `${call.service ?? ""}/${target}`;
    const occurrence = this.#occurrences.get(key) ?? 0;
    this.#occurrences.set(key, occurrence + 1);
    const { correlationId, actor, traceparent, depth } = metadata;
    return {
      call,
      commandId:
        call.service === undefined
          ? derivedId("policy", policy, id, target, occurrence)
          : derivedId("policy", service, policy, id, call.service, target, occurrence),
      metadata: {
        correlationId,
        causationId: id,
        depth: depth + 1,
        ...(actor === undefined ? {} : { actor }),
        ...(traceparent === undefined ? {} : { traceparent }),
      },
    };
  }

  #log(level: "info" | "warn", message: string, call: CommandCall, code?: string): void {
    this.#telemetry.log(level, message, {
      policy: this.#issuer.policy,
      ...(call.service === undefined ? {} : { service: call.service }),
      command: call.type,
      aggregate: call.aggregate,
      id: call.aggregateId,
      event: this.#event.id,
      ...(code === undefined ? {} : { code }),
    });
  }
}
