import { isMillraceError, MillraceError } from "../errors/millrace-error.ts";

/** Where another service answers, and who asks it. */
export interface HttpServiceOptions {
  /** Its base URL, such as `http://accounts:3000`. */
  readonly url: string;
  /** A bearer token, or what gives one when it is needed; absent: none. */
  readonly token?: string | (() => string | Promise<string>);
  /** Default the platform's. */
  readonly fetch?: typeof fetch;
}

/** More than any page of a feed, far less than what would hurt. */
const maxAnswerBytes = 64 * 2 ** 20;

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed body; undefined where it is empty. */
  readonly body: unknown;
}

/**
 * Asks another service. Rejects with `service-unavailable` where it cannot be reached, does not answer in time, or says that it is
 * busy; with `internal` for a fault of its own; with `service-refused` where its answer is not JSON or larger than any should be. Other
 * answers are the caller's to judge.
 */
export async function askService(
  { url, token, fetch: send = fetch }: HttpServiceOptions,
  path: string,
  {
    timeoutMs,
    signal,
    headers = {},
    ...init
  }: RequestInit & {
    readonly timeoutMs: number;
    readonly headers?: Readonly<Record<string, string>>;
  },
): Promise<HttpAnswer> {
  const bearer = typeof token === "function" ? await token() : token;
  const ending = new AbortController();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    ending.abort("late");
  }, timeoutMs);
  const leave = () => ending.abort(signal?.reason);
  signal?.addEventListener("abort", leave, { once: true });
  if (signal?.aborted) leave();
  try {
    const response = await send(`${url.replace(/\/$/, "")}${path}`, {
      ...init,
      headers: { ...headers, ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }) },
      // A redirect could lead a token elsewhere.
      redirect: "manual",
      signal: ending.signal,
    });
    const text = await textOf(response, url);
    if ([429, 502, 503, 504].includes(response.status)) {
      throw unavailable(url, `it answered ${response.status}`, response.headers.get("retry-after"));
    }
    if (response.status >= 500) {
      throw new MillraceError("internal", `The service at ${addressOf(url)} answered ${response.status}.`);
    }
    return { status: response.status, headers: response.headers, body: parsed(text, url) };
  } catch (error) {
    if (isMillraceError(error)) throw error;
    throw unavailable(url, isLate ? `it did not answer within ${timeoutMs} ms` : reasonOf(error));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", leave);
  }
}

/** An answer that nobody can do anything with, and that would be the same tomorrow. */
export function refusedBy(url: string, { status, body }: HttpAnswer): MillraceError {
  const { code, detail } = (body ?? {}) as { readonly code?: unknown; readonly detail?: unknown };
  const word = typeof detail === "string" ? `: ${detail.slice(0, 500)}` : "";
  return new MillraceError(
    "service-refused",
    `The service at ${addressOf(url)} answered ${status}${typeof code === "string" ? ` (${code.slice(0, 100)})` : ""}${word}`,
    { data: { status } },
  );
}

async function textOf(response: Response, url: string): Promise<string> {
  const announced = Number(response.headers.get("content-length") ?? Number.NaN);
  // The platform holds it to its length.
  if (announced <= maxAnswerBytes && !response.headers.has("content-encoding")) return response.text();
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read()) {
    bytes += part.value.byteLength;
    if (bytes > maxAnswerBytes) {
      await reader?.cancel();
      throw new MillraceError(
        "service-refused",
        `The service at ${addressOf(url)} answered with more than ${maxAnswerBytes} bytes.`,
      );
    }
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
}

function parsed(text: string, url: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MillraceError(
      "service-refused",
      `The service at ${addressOf(url)} answered with what is no JSON: ${JSON.stringify(text.slice(0, 100))}.`,
      { cause },
    );
  }
}

function unavailable(url: string, why: string, retryAfter?: string | null): MillraceError {
  const seconds =
    retryAfter !== undefined && retryAfter !== null && /^\d{1,5}$/.test(retryAfter)
      ? Number(retryAfter)
      : undefined;
  return new MillraceError(
    "service-unavailable",
    `The service at ${addressOf(url)} is not available: ${why}.`,
    {
      data: seconds === undefined ? {} : { retryAfterMs: seconds * 1000 },
    },
  );
}

/** Without what may be a password. */
function addressOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "an address that is no URL";
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
