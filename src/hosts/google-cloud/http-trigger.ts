import type { IncomingHttpHeaders } from "node:http";

/** What is behind a function: what `fetchHandler` or `functionHandler` of `millrace/fetch` returned. */
export interface FunctionTarget {
  readonly fetch: (
    request: Request,
    context?: { waitUntil?(work: Promise<unknown>): void },
  ) => Promise<Response>;
}

/** A request as the functions framework hands it over: Express's, with the body as it came. What of it matters here. */
export interface FrameworkRequest {
  readonly method: string;
  readonly originalUrl: string;
  readonly protocol: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawBody?: Uint8Array | undefined;
}

/** Where the answer goes: what of it matters here. */
export interface FrameworkResponse {
  statusCode: number;
  setHeader(name: string, value: string | readonly string[]): unknown;
  write(chunk: Uint8Array): boolean;
  end(): unknown;
  once(event: "drain" | "close", listener: () => void): unknown;
  readonly destroyed: boolean;
}

/**
 * Makes what `functions.http(name, …)` of the functions framework takes. Where the processors are in the function, what a command leads to is
 * handled before its answer is given, since an instance may have no processor time after it. Never rejects.
 */
export function httpTrigger(
  target: FunctionTarget,
): (request: FrameworkRequest, response: FrameworkResponse) => Promise<void> {
  return async (request, response) => {
    const gone = new AbortController();
    response.once("close", () => gone.abort("closed"));
    const after: Promise<unknown>[] = [];
    const answer = await target.fetch(requestOf(request, gone.signal), {
      waitUntil: (work) => void after.push(work),
    });
    await Promise.allSettled(after);
    await send(answer, response);
  };
}

function requestOf(
  { method, originalUrl, protocol, headers, rawBody }: FrameworkRequest,
  signal: AbortSignal,
): Request {
  const sent = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) sent.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  const carriesBody = rawBody !== undefined && rawBody.length > 0 && method !== "GET" && method !== "HEAD";
  return new Request(`${protocol}://${headers.host ?? "localhost"}${originalUrl}`, {
    method,
    headers: sent,
    signal,
    ...(carriesBody ? { body: new Uint8Array(rawBody) } : {}),
  });
}

async function send(answer: Response, response: FrameworkResponse): Promise<void> {
  response.statusCode = answer.status;
  for (const [name, value] of answer.headers) if (name !== "set-cookie") response.setHeader(name, value);
  const cookies = answer.headers.getSetCookie();
  if (cookies.length > 0) response.setHeader("set-cookie", cookies);
  const reader = answer.body?.getReader();
  if (reader !== undefined) {
    const leave = () => void reader.cancel().catch(() => {});
    response.once("close", leave);
    if (response.destroyed) leave();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (response.write(part.value) || response.destroyed) continue;
      await new Promise<void>((resolve) => {
        response.once("drain", resolve);
        response.once("close", resolve);
      });
    }
  }
  response.end();
}
