/** What travels with every command and event beside its data. */
export interface Metadata {
  /** The same for everything that one request from outside set off. */
  readonly correlationId: string;
  /** For an event, the id of its command; for a command, the id of the event that it reacts to. */
  readonly causationId?: string;
  /** Who asked, as authentication told; absent where nobody was authenticated. */
  readonly actor?: string;
  /** W3C trace context of the request. */
  readonly traceparent?: string;
  /** How many reactions lie between the request from outside (0) and this message. */
  readonly depth: number;
}
