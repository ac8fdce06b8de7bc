import { MillraceError } from "../errors/millrace-error.ts";
import { toStorableJson } from "../message/json.ts";

/** Deeper JSON is no data but an attack on whoever walks it. */
const maxDepth = 64;

/** Text this short cannot be nested deeper: each level takes an opening and a closing mark. */
const shallowLength = 2 * maxDepth;

/** What JSON text of refused characters must contain; the exact look comes after. */
const suspicious = /\\u(?:0000|d[89a-f])/i;

const jsonType = /^application\/(?:[a-z0-9.+-]+\+)?json(?:\s*;|$)/i;
const foreignCharset = /;\s*charset\s*=\s*(?!"?utf-?8\b)/i;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/**
 * The JSON of a body; an empty body is `{}`, so that commands without data need none. Rejects with
 * `media-type-unsupported`, `payload-too-large` (without reading on), `request-malformed` and `text-refused`.
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const text = await readText(request, maxBytes);
  if (text === "") return {};
  const value = parseJson(text);
  if (text.length > shallowLength) requireShallow(value, maxDepth);
  if (suspicious.test(text)) toStorableJson(value, "The body");
  return value;
}

/** The text of a body that is JSON, or empty. Rejects as `readJson` does. */
export async function readText(request: Request, maxBytes: number): Promise<string> {
  const { headers } = request;
  const length = Number(headers.get("content-length") ?? Number.NaN);
  if (length > maxBytes) throw tooLarge(maxBytes);
  const bytes = await readBytes(request, length <= maxBytes, maxBytes);
  if (bytes.byteLength === 0) return "";
  requireJson(headers);
  return decode(bytes);
}

async function readBytes(request: Request, announced: boolean, maxBytes: number): Promise<Uint8Array> {
  try {
    if (announced) {
      // Servers hold a request to its announced length, and reading in one go is what they are fast at.
      const bytes = new Uint8Array(await request.arrayBuffer());
      if (bytes.byteLength > maxBytes) throw tooLarge(maxBytes);
      return bytes;
    }
    return request.body === null ? new Uint8Array() : await readWithin(request.body, maxBytes);
  } catch (cause) {
    if (cause instanceof MillraceError) throw cause;
    throw new MillraceError("request-malformed", "The body broke off: expected all of it.", { cause });
  }
}

async function readWithin(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > maxBytes) {
      // Whether the sender hears of it or not makes no difference any more.
      reader.cancel().catch(() => {});
      throw tooLarge(maxBytes);
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

function requireJson(headers: Headers): void {
  const type = headers.get("content-type") ?? "";
  if (type === "application/json" && headers.get("content-encoding") === null) return;
  if (!jsonType.test(type) || foreignCharset.test(type)) {
    throw new MillraceError(
      "media-type-unsupported",
      `The body must be application/json in UTF-8; found ${JSON.stringify(type.slice(0, 100))}.`,
    );
  }
  const encoding = headers.get("content-encoding");
  if (encoding !== null && encoding.toLowerCase() !== "identity") {
    throw new MillraceError(
      "media-type-unsupported",
      `The body must not be compressed; found ${JSON.stringify(encoding.slice(0, 100))}.`,
    );
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new MillraceError("request-malformed", "The body is not valid UTF-8.");
  }
}

/** Throws `request-malformed` for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MillraceError(
      "request-malformed",
      `The body is not valid JSON: ${cause instanceof Error ? cause.message : "it cannot be read"}.`,
    );
  }
}

function requireShallow(value: unknown, left: number): void {
  if (typeof value !== "object" || value === null) return;
  if (left === 0) {
    throw new MillraceError(
      "request-malformed",
      `The body is nested too deeply: expected at most ${maxDepth} levels.`,
    );
  }
  for (const item of Array.isArray(value) ? value : Object.values(value)) requireShallow(item, left - 1);
}

function tooLarge(maxBytes: number): MillraceError {
  return new MillraceError("payload-too-large", `The body may have ${maxBytes} bytes at most.`, {
    data: { maxBytes },
  });
}
