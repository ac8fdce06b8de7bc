import { type ErrorCode, errorCodes } from "../errors/error-codes.ts";
import { isMillraceError, type MillraceError } from "../errors/millrace-error.ts";
import { newId } from "../message/id.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import type { RefusedCommand } from "../runtime/runtime.ts";
import { retryAfterSeconds, statusOfCode } from "./status-of-code.ts";

/** A small body may be wrong in very many places; who reads the first hundred knows enough. */
const mostIssues = 100;
const longestDetail = 2000;

const mediaType = "application/problem+json";

/** How failures are told: in development with everything that helps, outside it without what is nobody's business. */
export interface ProblemStyle {
  readonly development: boolean;
  readonly telemetry: Telemetry;
}

/** The answer to a failure as RFC 9457 problem details. What was not foreseen is logged and told as `internal`. */
export function problemOf(error: unknown, { development, telemetry }: ProblemStyle): Response {
  const code: ErrorCode = isMillraceError(error) ? error.code : "internal";
  const status = statusOfCode[code];
  const { meaning } = errorCodes[code];
  // What fails now may hold in a moment, and no cache may tell otherwise.
  const headers: Record<string, string> = { "content-type": mediaType, "cache-control": "no-store" };
  const body: Record<string, unknown> = {
    type: `urn:millrace:error:${code}`,
    title: meaning,
    status,
    code,
  };
  if (status === 500 || code.startsWith("store-") || code === "view-parked") {
    // These messages hold or quote what the domain or a store said, which may be paths, data and ids of others, so callers
    // get a reference to the log instead.
    const instance = `urn:uuid:${newId()}`;
    telemetry.log("error", "A request failed.", { instance, code, error });
    body.instance = instance;
    body.detail = development ? messageOf(error) : meaning;
    if (development && error instanceof Error && error.stack !== undefined) body.stack = error.stack;
  } else if (isMillraceError(error)) {
    body.detail = error.message.slice(0, longestDetail);
    addData(body, headers, error);
  }
  if (status === 503) headers["retry-after"] = String(retryAfterSeconds(code));
  return new Response(JSON.stringify(body), { status, headers });
}

/** The answer to the domain's "no": 409 with the refusal's own code. */
export function refusalProblem({ code, detail }: RefusedCommand): Response {
  const body = {
    type: `urn:millrace:refusal:${code.replaceAll(/[^\w.~-]/g, "-")}`,
    title: "The domain refused the command.",
    status: statusOfCode.refused,
    code,
    detail,
  };
  return new Response(JSON.stringify(body), {
    status: statusOfCode.refused,
    headers: { "content-type": mediaType, "cache-control": "no-store" },
  });
}

interface Issue {
  readonly pointer: string;
  readonly message: string;
}

function addData(body: Record<string, unknown>, headers: Record<string, string>, error: MillraceError): void {
  const { issues, allow, challenge, ...facts } = error.data as {
    readonly issues?: readonly Issue[];
    readonly allow?: string;
    readonly challenge?: string;
  };
  if (issues !== undefined) {
    body.errors = issues
      .slice(0, mostIssues)
      .map(({ pointer, message }) => ({ pointer: `#${pointer}`, detail: message }));
  }
  if (allow !== undefined) headers.allow = allow;
  if (challenge !== undefined) headers["www-authenticate"] = challenge;
  if (Object.keys(facts).length > 0) body.data = facts;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
