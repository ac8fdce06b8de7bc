import type { Actor } from "../domain/access.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import type { Exchange } from "./exchange.ts";

export interface StreamSettings {
  readonly heartbeatMs: number;
  readonly isStopping: () => boolean;
  readonly telemetry: Telemetry;
}

export function wantsStream({ headers }: Request): boolean {
  return headers.get("accept")?.includes("text/event-stream") === true;
}

const encoder = new TextEncoder();

/**
 * Answers with server-sent events: `beginning`, then each text that `steps` gives, until those end, the caller leaves, its token
 * expires, or the service stops. Pulled only when the client has taken what came before: a slow one holds up nobody else, nor memory.
 */
export async function eventStream(
  { request, actor }: Exchange,
  settings: StreamSettings,
  steps: (signal: AbortSignal) => AsyncIterable<string>,
  beginning = "",
): Promise<Response> {
  const headers = {
    "content-type": "text/event-stream",
    "cache-control": "private, no-store",
    // Proxies that buffer would hold changes back.
    "x-accel-buffering": "no",
    vary: "accept",
  };
  if (request.method === "HEAD") return new Response(null, { status: 200, headers });
  return new Response(streamOf(steps, beginning, request.signal, actor, settings), { status: 200, headers });
}

function streamOf(
  steps: (signal: AbortSignal) => AsyncIterable<string>,
  beginning: string,
  left: AbortSignal,
  actor: Actor | undefined,
  { heartbeatMs, isStopping, telemetry }: StreamSettings,
): ReadableStream<Uint8Array> {
  const leaving = new AbortController();
  const leave = () => leaving.abort();
  let isCancelled = false;
  let beating: ReturnType<typeof setInterval> | undefined;
  const end = () => {
    clearInterval(beating);
    left.removeEventListener("abort", leave);
    leave();
  };
  const taken = steps(leaving.signal)[Symbol.asyncIterator]();
  // A stream that cannot go on ends, and clients come back to where they were: it must not take the process with it.
  const nextStep = async (): Promise<string | undefined> => {
    try {
      const step = await taken.next();
      return step.done === true ? undefined : step.value;
    } catch (error) {
      // Nobody misses what was left, or ends with the service, whose stores may be closed by now.
      const isMissed = !leaving.signal.aborted && !isStopping();
      if (isMissed) telemetry.log("error", "A stream of events broke off.", { error });
      return undefined;
    }
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      left.addEventListener("abort", leave);
      if (left.aborted) leave();
      // The first bytes tell that the stream stands, before there is any change.
      controller.enqueue(encoder.encode(`: open\n\n${beginning}`));
      beating = setInterval(() => {
        if (isStopping() || hasExpired(actor)) leave();
        else if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(": beat\n\n"));
      }, heartbeatMs);
    },
    async pull(controller) {
      const step = await nextStep();
      if (step !== undefined && !leaving.signal.aborted && !hasExpired(actor)) {
        controller.enqueue(encoder.encode(step));
        return;
      }
      end();
      if (!isCancelled) controller.close();
    },
    cancel() {
      isCancelled = true;
      end();
    },
  });
}

/** A stream lives no longer than what let the caller in. */
function hasExpired(actor: Actor | undefined): boolean {
  const expiresAt = actor?.claims.exp;
  return typeof expiresAt === "number" && Date.now() >= expiresAt * 1000;
}
