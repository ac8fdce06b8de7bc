/** A batch of messages of a queue: what of it matters here. */
export interface SqsEvent {
  readonly Records: readonly {
    readonly messageId: string;
    readonly body: string;
    readonly eventSource: "aws:sqs";
  }[];
}

/** The messages that the queue is to deliver again. */
export interface SqsResult {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

export function isSqsEvent(event: unknown): event is SqsEvent {
  const { Records: records } = (event ?? {}) as Partial<SqsEvent>;
  return Array.isArray(records) && records.length > 0 && records[0]?.eventSource === "aws:sqs";
}
