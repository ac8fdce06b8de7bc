import { newId } from "../../src/message/id.ts";
import type { AppendResult } from "../../src/ports/event-store.ts";
import { openPostgres } from "../../src/stores/postgres/index.ts";
import { byCallers, type Contestant, compare, judge, rateOf, ratioOf } from "../measure.ts";
import { commitTo } from "../sample-commit.ts";
import { type Ground, requireRows, rowsOf } from "./ground.ts";
import { openMillrace, writing } from "./writers.ts";

const callers = 32;
const appends = 40_000;
/** Two callers fight over each. */
const streams = callers / 2;

/** Appends of which every other meets a conflict, next to as many without any. */
export async function conflictCases(ground: Ground): Promise<void> {
  const answered = await compare(`Appends of ${callers} callers, answers of any kind`, "answers/s", [
    writing(ground, "no conflicts", { callers, events: appends }, openMillrace),
    fighting(ground),
  ]);
  judge(
    "half in conflict / no conflicts",
    ratioOf(answered, "half in conflict", "no conflicts"),
    0.8,
    "at least",
  );
}

function fighting(ground: Ground): Contestant {
  return {
    name: "half in conflict",
    run: () =>
      ground.inFreshDatabase(async (url) => {
        const store = await openPostgres({ url });
        const versions = new Array<number>(streams).fill(0);
        const accepted: string[] = [];
        // In each round two callers who know the same version append to a stream: exactly one may win.
        const round = async (_: number, pair: number) => {
          const stream = `account-hot${pair}`;
          const version = versions[pair] ?? 0;
          const ids = [newId(), newId()];
          const results = await Promise.all(
            ids.map((id) =>
              store.events.append(commitTo(stream, version === 0 ? "none" : version, pair, id)),
            ),
          );
          accepted.push(ids[winnerOf(results, stream, version)] ?? "");
          versions[pair] = version + 1;
        };
        const warmUp = appends / 8;
        await byCallers(streams, warmUp, round);
        const rate = await rateOf(appends, () => byCallers(streams, appends / 2, round));
        await store.close();
        await requireRows(url, "millrace.events", warmUp + appends / 2);
        await requireAnswers(url, versions, accepted);
        return rate;
      }),
  };
}

/** Which of the two was accepted; throws unless the other was told the truth. */
function winnerOf(results: readonly AppendResult[], stream: string, version: number): number {
  const winner = results.findIndex(({ status }) => status === "appended");
  const loser = results[1 - winner];
  const isRight =
    loser?.status === "conflict" &&
    loser.stream === stream &&
    loser.expected === (version === 0 ? "none" : version) &&
    loser.actual === version + 1;
  if (isRight) return winner;
  throw new Error(`two appends to ${stream} at ${version} were answered with ${JSON.stringify(results)}`);
}

/** Throws unless the streams hold, in gapless versions, the events of exactly those commands that were accepted. */
async function requireAnswers(
  url: string,
  versions: readonly number[],
  accepted: readonly string[],
): Promise<void> {
  const stored = await rowsOf<{ stream: string; last: number; count: number }>(
    url,
    "SELECT stream, max(version) AS last, count(*)::int AS count FROM millrace.events GROUP BY stream",
  );
  for (const { stream, last, count } of stored) {
    const version = versions[Number(stream.slice("account-hot".length))];
    if (last !== version || count !== version)
      throw new Error(`${stream} was left at ${version}, and holds ${count} events up to ${last}`);
  }
  const [strange] = await rowsOf<{ count: number }>(
    url,
    `SELECT count(*)::int AS count FROM (SELECT id FROM millrace.commands) c
    FULL JOIN unnest($1::text[]) a (id) ON a.id = c.id WHERE a.id IS NULL OR c.id IS NULL`,
    [accepted],
  );
  if (strange?.count !== 0)
    throw new Error(`${strange?.count} commands were told one thing and are stored otherwise`);
}
