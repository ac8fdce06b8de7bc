import { compare, quantile } from "../measure.ts";
import { followChanges } from "./changes-of.ts";
import { type Shape, withStore } from "./running-store.ts";

const reactions = 200;

/** From the acknowledgement of a command in one service to its effect in the view of another one, while nothing else happens. */
export async function reactionCases(): Promise<void> {
  const shapes: readonly Shape[] = ["one process", "five processes"];
  const tails = new Map<Shape, number>();
  await compare(
    "Reaction of another service, idle, from the answer to its row",
    "ms, median of each run",
    shapes.map((shape) => ({
      name: shape,
      run: () =>
        withStore(shape, async ({ urls, client }) => {
          // A row may arrive before the answer has been read that says whose it is.
          const arrivedAt = new Map<string, number>();
          let told = () => {};
          const { broken, end } = await followChanges(urls.insights, "timeline", (change) => {
            const { accountId, what } = change.row as { readonly accountId?: string; readonly what?: string };
            arrivedAt.set(`${accountId} ${what}`, performance.now());
            told();
          });
          const arrival = async (what: string): Promise<number> => {
            for (;;) {
              const at = arrivedAt.get(what);
              if (at !== undefined) return at;
              await Promise.race([new Promise<void>((resolve) => (told = resolve)), broken]);
            }
          };
          const tookMs: number[] = [];
          for (let index = 0; index < reactions; index++) {
            const { body } = await client.command("accounts", "/v1/accounts", {
              userId: 1,
              accountNumber: `R-${index}`,
            });
            const answered = performance.now();
            tookMs.push(Math.max(0, (await arrival(`${body.id} ACCOUNT_CREATED`)) - answered));
            // What follows by itself must not disturb the next.
            await arrival(`${body.id} ACCOUNT_ACTIVE`);
          }
          end();
          tails.set(shape, quantile(tookMs, 0.99));
          return quantile(tookMs, 0.5);
        }),
    })),
  );
  for (const [shape, p99] of tails) console.log(`  p99 of the last run, ${shape}: ${p99.toFixed(1)} ms`);
}
