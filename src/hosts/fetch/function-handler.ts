import { MillraceError } from "../../errors/millrace-error.ts";
import { nobody } from "../../http/authenticator.ts";
import { pushRoute } from "../../http/push-route.ts";
import { RouteServer } from "../../http/route-server.ts";
import { WebhookSecrets } from "../../message/webhook-signature.ts";
import { type Clock, systemClock } from "../../ports/clock.ts";
import type { Telemetry } from "../../ports/telemetry.ts";
import { type Reacting, runFunction } from "../../runtime/run-function.ts";

export interface FunctionOptions {
  /**
   * With which the relay signs: `whsec_` and the base64 of 24 to 64 random bytes, several while they are changed. Who can call the function
   * and does not know it gets a 401.
   */
  readonly secret: string | readonly string[];
  /** The largest body that is read; default 16 MiB. */
  readonly maxBodyBytes?: number;
  readonly telemetry?: Telemetry;
  readonly clock?: Clock;
}

/** A policy or a process as a function of a request. */
export interface FunctionHandler {
  /** Answers a request; never rejects. */
  readonly fetch: (request: Request) => Promise<Response>;
}

/**
 * Makes one policy or process a function of its own, behind `POST /v1/processors/{name}/events`. It is given events with the state and the
 * history that it asks for, and returns commands, which the relay of the service issues; it owns no state and reaches no store. An event
 * is delivered once at least, in the order of its sequence; what the commands do, they do once. Throws `configuration-invalid` for a secret that is none.
 */
export function functionHandler(reacting: Reacting, options: FunctionOptions): FunctionHandler {
  const { secret, clock = systemClock, telemetry, maxBodyBytes } = options;
  const route = pushRoute({
    secrets: new WebhookSecrets(secret, `The secret of function ${reacting.name}`),
    clock,
    maxBodyBytes,
    receive: async (processor, batch, signal) => {
      if (processor === reacting.name) return runFunction(reacting, batch, clock, signal);
      throw new MillraceError(
        "processor-not-found",
        `This is the function of ${reacting.kind} ${reacting.name}; found ${JSON.stringify(processor.slice(0, 100))}.`,
      );
    },
  });
  const server = new RouteServer([route], nobody, telemetry === undefined ? {} : { telemetry });
  return { fetch: (request) => server.fetch(request) };
}
