import type { Actor } from "../domain/access.ts";
import { MillraceError } from "../errors/millrace-error.ts";

/** A request on its way through a route. */
export interface Exchange {
  readonly request: Request;
  /** The path's parameters, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** Undefined where nobody was authenticated. */
  readonly actor: Actor | undefined;
}

export type Handler = (exchange: Exchange) => Response | Promise<Response>;

/** One path and what it does for each method. HEAD follows from GET, OPTIONS from all. */
export interface Route {
  /** With parameters in braces, as in OpenAPI: `/v1/accounts/{id}`. */
  readonly path: string;
  readonly methods: { readonly GET?: Handler; readonly POST?: Handler };
  /** Whether it answers without looking at who asks. */
  readonly isPublic?: boolean;
}

/** A parameter that the route's path declares. */
export function param({ params }: Exchange, name: string): string {
  const value = params[name];
  if (value === undefined) throw new Error(`The route has no parameter ${name}.`);
  return value;
}

/** The path of a URL without `new URL`, which costs as much as all the rest of a small request. */
export function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  if (start === -1) return "/";
  const end = url.slice(start).search(/[?#]/);
  return end === -1 ? url.slice(start) : url.slice(start, start + end);
}

/**
 * The parameters of a URL's query; those that are not among `allowed` (absent: all are) or that come twice are refused with
 * `code`, naming what there is. Lists (`….in`) may come again: `a.in=1&a.in=2` is `a.in=1,2`.
 */
export function queryOf(
  { request }: Exchange,
  allowed?: readonly string[],
  code: "request-malformed" | "query-invalid" = "request-malformed",
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const start = request.url.indexOf("?");
  if (start === -1) return found;
  const text = request.url.slice(start + 1);
  requireDecodable(text.replaceAll("+", " "), "query");
  for (const [name, value] of new URLSearchParams(text)) {
    if (allowed !== undefined && !allowed.includes(name)) {
      throw new MillraceError(
        code,
        `The query has no parameter ${JSON.stringify(name.slice(0, 100))}; expected ${allowed.join(", ") || "none"}.`,
        { data: { parameter: name.slice(0, 100), expected: allowed } },
      );
    }
    const earlier = found.get(name);
    if (earlier !== undefined && !name.endsWith(".in")) {
      throw new MillraceError(code, `The query has ${JSON.stringify(name.slice(0, 100))} twice.`);
    }
    found.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return found;
}

/** Throws `request-malformed` for percent signs that escape nothing. */
export function requireDecodable(text: string, what: "path" | "query"): void {
  try {
    decodeURIComponent(text);
  } catch {
    throw new MillraceError(
      "request-malformed",
      `The ${what} holds a percent sign that escapes no UTF-8: expected "%25" for the sign itself.`,
    );
  }
}

/** A whole number of a query, within bounds. Throws `code`. */
export function wholeNumber(
  text: string | undefined,
  name: string,
  { otherwise, min, max }: { otherwise: number; min: number; max: number },
  code: "request-malformed" | "query-invalid" = "request-malformed",
): number {
  if (text === undefined) return otherwise;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new MillraceError(
    code,
    `The parameter ${name} is a whole number from ${min} to ${max}; found ${JSON.stringify(text.slice(0, 100))}.`,
  );
}
