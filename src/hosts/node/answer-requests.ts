import { createServer, type Server } from "node:http";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { createHttp } from "../../http/index.ts";
import type { Telemetry } from "../../ports/telemetry.ts";
import type { Meter } from "../../runtime/metrics.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { listen } from "./listen.ts";
import { isFromLoopback } from "./loopback.ts";
import { inRequestSpan } from "./request-span.ts";
import { RequestsInWork } from "./requests-in-work.ts";
import type { Settings } from "./settings.ts";
import { swaggerUiFile } from "./swagger-ui.ts";
import { UnreadableRequests } from "./unreadable-requests.ts";

/** How long a caller may take for its headers, and for the whole request: slow ones would hold connections for nothing. */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 60_000;

/** Longer than the minute after which common load balancers let go, so that they never meet a connection just closed. */
const keepAliveTimeoutMs = 65_000;

/** For the health checks that some load balancers send in HTTP/1.0, which knows no Host header. */
const hostOfNone = "localhost";

export interface AnsweredRequests {
  readonly server: Server;
  readonly url: string;
  readonly requests: RequestsInWork;
  /** From now on the process says that it is not ready, and ends each connection after its answer. */
  stopping(): void;
}

/** Serves the HTTP interface of runtimes. Rejects with what `createHttp` throws and with `configuration-invalid`. */
export async function answerRequests(
  runtimes: readonly Runtime[],
  settings: Pick<Settings, "http" | "auth" | "development" | "port" | "host">,
  telemetry: Telemetry,
  meter: Meter,
): Promise<AnsweredRequests> {
  const requests = new RequestsInWork();
  const loopback = new WeakSet<Request>();
  let isStopping = false;
  const http = createHttp(runtimes, {
    ...settings.http,
    auth: settings.auth,
    development: settings.development,
    telemetry,
    metrics: () => meter.text(),
    isLoopback: (request) => loopback.has(request),
    isStopping: () => isStopping,
    swaggerUiFile,
  });
  const unreadable = new UnreadableRequests({ development: settings.development, telemetry });
  const listener = getRequestListener(
    (request, env) => {
      const { incoming, outgoing } = env as HttpBindings;
      if (isFromLoopback(incoming)) loopback.add(request);
      return requests.track(async () => {
        const response = await inRequestSpan(request, () => http.fetch(request));
        if (isStopping) outgoing.setHeader("connection", "close");
        return response;
      });
    },
    { hostname: hostOfNone, errorHandler: (error) => unreadable.answerTo(error) },
  );
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      // Node's own answer to a request without one says nothing: see `UnreadableRequests`.
      requireHostHeader: false,
    },
    (incoming, outgoing) => {
      if (unreadable.admits(incoming, outgoing)) void listener(incoming, outgoing);
    },
  );
  unreadable.watch(server);
  const url = await listen(server, settings.port, settings.host);
  return {
    server,
    url,
    requests,
    stopping() {
      isStopping = true;
    },
  };
}
