import type { CommandTransport } from "./command-transport.ts";
import type { FeedSource } from "./feed-source.ts";

/** The ways to another service. */
export interface Connection {
  readonly feed: FeedSource;
  readonly commands: CommandTransport;
}

/** By the name of the other service. */
export type Connections = Readonly<Record<string, Connection>>;
