import { MillraceError } from "../errors/millrace-error.ts";

/**
 * The answer of `handling`, or a failure where that takes longer than `limitMs`. A command that is under way cannot be called
 * back, so its outcome is then `outcome-unknown`; reading is `store-unavailable`.
 */
export function withinLimit(
  handling: Response | Promise<Response>,
  method: string,
  limitMs: number,
): Response | Promise<Response> {
  if (handling instanceof Response) return handling;
  return new Promise<Response>((resolve, reject) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      reject(tooLate(method, limitMs));
    }, limitMs);
    handling.then(
      (response) => {
        clearTimeout(timer);
        // Nobody will read it any more, and a stream of changes would go on.
        if (isLate) response.body?.cancel().catch(() => {});
        else resolve(response);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

function tooLate(method: string, limitMs: number): MillraceError {
  const limit = `${limitMs / 1000} seconds`;
  return method === "POST"
    ? new MillraceError(
        "outcome-unknown",
        `There was no outcome within ${limit}, and there may still be one: send the request again with the same Idempotency-Key.`,
      )
    : new MillraceError("store-unavailable", `The stores gave no answer within ${limit}.`);
}
