import { type AccountApi, type Answer, accountApi } from "./account-api.ts";
import { chooseMove, type Move } from "./choose-move.ts";
import { KnownAccounts } from "./known-accounts.ts";
import type { TrafficOptions } from "./options.ts";
import { atPace } from "./pace.ts";
import { Tally, type TrafficReport } from "./report.ts";

/** Plays traffic and reports it. Rejects where nothing answers at the URL. */
export async function runTraffic(options: TrafficOptions, signal: AbortSignal): Promise<TrafficReport> {
  const { url } = options;
  const ready = await fetch(`${url}/health/ready`).catch(() => undefined);
  if (ready === undefined) throw new Error(`Nothing answers at ${url}: start the service first (npm start).`);
  if (!ready.ok) throw new Error(`The service at ${url} is not ready: it answers ${ready.status}.`);

  const api = accountApi(url);
  const tally = new Tally(url);
  const players = { api, accounts: new KnownAccounts(), run: crypto.randomUUID().slice(0, 8) };
  await atPace(options, signal, async (since) => {
    const choosing = performance.now();
    const move = await chooseMove(players);
    // Looking for an account is the generator's own doing, not the command's.
    const chosen = performance.now() - choosing;
    try {
      const answer = await move.send();
      const outcome = outcomeOf(answer);
      tally.command(move, outcome, answer, performance.now() - since - chosen);
      if (outcome !== move.expected) return;
      move.done(answer);
      if (outcome === "accepted" && Math.random() < options.sample) await readBack(api, move, answer, tally);
    } finally {
      move.release();
    }
  });
  return tally.report();
}

/** `accepted`, or the code of what went otherwise. */
function outcomeOf({ status, code }: Answer): string {
  return status === 200 || status === 201 ? "accepted" : code || `http-${status}`;
}

/** Reads the row with the command's token: it must show what the command did. */
async function readBack(api: AccountApi, move: Move, { id, token }: Answer, tally: Tally): Promise<void> {
  const since = performance.now();
  const { status, body } = await api.row(id, token);
  const found = status === 503 ? "late" : status === 200 && shows(body, move.row ?? {}) ? "fresh" : "stale";
  tally.read(found, performance.now() - since);
}

function shows(row: { readonly [field: string]: unknown }, expected: object): boolean {
  return Object.entries(expected).every(([field, value]) => row[field] === value);
}
