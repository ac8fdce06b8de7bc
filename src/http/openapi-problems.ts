import { type ErrorCode, errorCodes } from "../errors/error-codes.ts";
import { retryAfterSeconds, statusOfCode } from "./status-of-code.ts";

/** One shared response for each status that a failure can have, with an example of every code behind it. */
export function problemResponses(): Record<string, unknown> {
  const statuses = [...new Set(Object.values(statusOfCode))].sort((a, b) => a - b);
  return Object.fromEntries(statuses.map((status) => [`Problem${status}`, problemResponse(status)]));
}

function problemResponse(status: number): unknown {
  const codes = (Object.keys(errorCodes) as ErrorCode[]).filter((code) => statusOfCode[code] === status);
  const [first] = codes;
  return {
    description: codes.map((code) => `\`${code}\`: ${errorCodes[code].meaning}`).join("\n\n"),
    ...(status === 503 && first !== undefined
      ? {
          headers: {
            "Retry-After": {
              description: "Seconds",
              schema: { type: "integer", examples: [retryAfterSeconds(first)] },
            },
          },
        }
      : {}),
    content: {
      "application/problem+json": {
        schema: { $ref: "#/components/schemas/Problem" },
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleProblem(code, status) }])),
      },
    },
  };
}

function exampleProblem(code: ErrorCode, status: number): unknown {
  const { meaning } = errorCodes[code];
  return { type: `urn:millrace:error:${code}`, title: meaning, status, code, detail: meaning };
}
