import { isMillraceError, MillraceError } from "../errors/millrace-error.ts";
import type { CommandResult } from "../message/command.ts";
import type { Connection } from "../ports/connection.ts";
import type { Runtime } from "./runtime.ts";
import { resultOf } from "./send-command.ts";

/**
 * A service of the same process, as another one reaches it. `caller` stands for whom commands are sent, and their ids count as that
 * one's keys.
 */
export function inProcess(runtime: Pick<Runtime, "commands" | "feed">, caller: string): Connection {
  return {
    feed: runtime.feed,
    commands: {
      async send({ aggregate, aggregateId, type, data, id, metadata }): Promise<CommandResult> {
        const { actor: _, ...causation } = metadata;
        try {
          const outcome = await runtime.commands.handle({
            aggregate,
            aggregateId,
            type,
            data,
            idempotencyKey: id,
            metadata: { ...causation, actor: `service:${caller}` },
          });
          return resultOf(outcome);
        } catch (error) {
          throw translated(error);
        }
      },
    },
  };
}

/** What goes wrong in the other service, as it looks from here. */
function translated(error: unknown): unknown {
  if (!isMillraceError(error) || error.code === "domain-threw" || error.code === "internal") return error;
  const isPassing = error.retryable || error.code.startsWith("store-");
  return new MillraceError(isPassing ? "service-unavailable" : "service-refused", error.message, {
    cause: error,
  });
}
