/** What API Gateway (HTTP API, payload format 2.0) and function URLs call a function with: what of it matters here. */
export interface HttpEvent {
  readonly version: "2.0";
  readonly rawPath: string;
  readonly rawQueryString?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly cookies?: readonly string[];
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly requestContext: {
    readonly domainName?: string;
    readonly stage?: string;
    readonly http: { readonly method: string };
  };
}

/** What they make an answer of. */
export interface HttpResult {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

export function isHttpEvent(event: unknown): event is HttpEvent {
  const { version, requestContext } = (event ?? {}) as Partial<HttpEvent>;
  return version === "2.0" && requestContext?.http !== undefined;
}

/** The request that an event stands for. */
export function requestOf(event: HttpEvent): Request {
  const { rawPath, rawQueryString = "", headers = {}, cookies = [], body, isBase64Encoded } = event;
  const { domainName = "localhost", stage, http } = event.requestContext;
  // The name of a stage is part of the path, unless it is the default one.
  const prefix = stage === undefined || stage === "$default" ? "" : `/${stage}`;
  const path = rawPath.startsWith(`${prefix}/`) ? rawPath.slice(prefix.length) : rawPath;
  const url = `https://${domainName}${path}${rawQueryString === "" ? "" : `?${rawQueryString}`}`;
  const sent = new Headers();
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) sent.set(name, value);
  if (cookies.length > 0) sent.set("cookie", cookies.join("; "));
  // What the platform has counted is the body before it was encoded.
  sent.delete("content-length");
  const carriesBody = body !== undefined && http.method !== "GET" && http.method !== "HEAD";
  return new Request(url, {
    method: http.method,
    headers: sent,
    ...(carriesBody ? { body: isBase64Encoded === true ? bytesOf(body) : body } : {}),
  });
}

/**
 * The answer for the platform, which takes it as a whole: a stream of changes is cut off after `streamMs` and whoever reads it resumes, as
 * after any broken connection.
 */
export async function resultOf(response: Response, streamMs: number): Promise<HttpResult> {
  const type = response.headers.get("content-type") ?? "";
  const isStream = type.startsWith("text/event-stream");
  const bytes = await bodyOf(response, isStream ? streamMs : undefined);
  const isText = /^(?:text\/|application\/(?:[\w.+-]*\+)?(?:json|javascript|yaml|xml))/i.test(type);
  const headers: Record<string, string> = {};
  for (const [name, value] of response.headers) if (name !== "set-cookie") headers[name] = value;
  const cookies = response.headers.getSetCookie();
  return {
    statusCode: response.status,
    headers,
    ...(cookies.length === 0 ? {} : { cookies }),
    body: isText ? new TextDecoder().decode(bytes) : base64Of(bytes),
    isBase64Encoded: !isText && bytes.length > 0,
  };
}

async function bodyOf(response: Response, limitMs: number | undefined): Promise<Uint8Array> {
  if (limitMs === undefined || response.body === null) return new Uint8Array(await response.arrayBuffer());
  const reader = response.body.getReader();
  const timer = setTimeout(() => void reader.cancel(), limitMs);
  const parts: Uint8Array[] = [];
  for (let part = await reader.read(); !part.done; part = await reader.read()) parts.push(part.value);
  clearTimeout(timer);
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function base64Of(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
