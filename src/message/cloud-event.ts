/**
 * An integration event as it travels between services: CloudEvents 1.0 in its JSON format
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md), with extension attributes of ours.
 */
export interface CloudEvent {
  readonly specversion: "1.0";
  /** Unique within its source. */
  readonly id: string;
  /** The name of the service that published it. */
  readonly source: string;
  readonly type: string;
  /** The id of the aggregate that it tells of: events of one subject stay in order. */
  readonly subject: string;
  /** ISO 8601; when the domain event was recorded. */
  readonly time: string;
  readonly datacontenttype: "application/json";
  /** The version of the schema of `data`. */
  readonly dataversion: number;
  /** See `Metadata`. */
  readonly correlationid: string;
  /** The id of the domain event. */
  readonly causationid: string;
  /** See `Metadata.depth`. */
  readonly causationdepth: number;
  readonly traceparent?: string;
  readonly data: unknown;
}
