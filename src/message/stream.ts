import { MillraceError } from "../errors/millrace-error.ts";

/** What can name an aggregate instance: URL-safe without escapes, sorts alike in every store. */
const aggregateIdPattern = /^[A-Za-z0-9][A-Za-z0-9._:~@-]{0,199}$/;

/** Whether `text` can be the id of an aggregate: 1 to 200 of `A-Z a-z 0-9 . _ : ~ @ -`, not starting with a mark. */
export function isAggregateId(text: string): boolean {
  return aggregateIdPattern.test(text);
}

/** The name of an aggregate's stream. A category holds no dash, so the first dash ends it. */
export function streamName(category: string, aggregateId: string): string {
  return `${category}-${aggregateId}`;
}

/** The two parts of a stream's name. Throws `request-malformed` where there are not two. */
export function parseStreamName(stream: string): { readonly category: string; readonly aggregateId: string } {
  const dash = stream.indexOf("-");
  if (dash < 1 || dash === stream.length - 1) {
    throw new MillraceError(
      "request-malformed",
      `A stream is named "category-id", such as "account-123"; found ${JSON.stringify(stream)}.`,
      { data: { stream } },
    );
  }
  return { category: stream.slice(0, dash), aggregateId: stream.slice(dash + 1) };
}
