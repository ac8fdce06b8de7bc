import { openPostgres } from "../../src/stores/postgres/index.ts";
import { byCallers, type Contestant, rateOf } from "../measure.ts";
import { commitOf } from "../sample-commit.ts";
import { type Ground, requireRows } from "./ground.ts";

/** Somebody who commits one event of about 200 bytes to a stream of its own, durably, per call. */
export interface Writer {
  /** Holds a row for each event. */
  readonly table: string;
  append(index: number, caller: number): Promise<unknown>;
  close(): Promise<void>;
}

/** Opens the writer in a fresh database, lets it warm up, measures its events per second and counts what is stored. */
export function writing(
  ground: Ground,
  name: string,
  { callers, events }: { readonly callers: number; readonly events: number },
  open: (url: string) => Promise<Writer>,
): Contestant {
  return {
    name,
    run: () =>
      ground.inFreshDatabase(async (url) => {
        const writer = await open(url);
        // Connections are made and statements prepared, and the code has become fast.
        const warmUp = Math.ceil(events / 4);
        await byCallers(callers, warmUp, (index, caller) => writer.append(index, caller));
        const rate = await rateOf(events, () =>
          byCallers(callers, events, (index, caller) => writer.append(warmUp + index, caller)),
        );
        await writer.close();
        await requireRows(url, writer.table, warmUp + events);
        return rate;
      }),
  };
}

export async function openMillrace(url: string): Promise<Writer> {
  const store = await openPostgres({ url });
  return {
    table: "millrace.events",
    async append(index) {
      const { status } = await store.events.append(commitOf(index));
      if (status !== "appended") throw new Error(`an append to a new stream was answered with ${status}`);
    },
    close: () => store.close(),
  };
}
