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
          const arrived = new Map<string, () => void>();
          const end = await followChanges(urls.insights, "timeline", (change) => {
            const { accountId, what } = change.row as { readonly accountId?: string; readonly what?: string };
            arrived.get(`${accountId} ${what}`)?.();
          });
          const tookMs: number[] = [];
          for (let index = 0; index < reactions; index++) {
            const { body } = await client.command("accounts", "/v1/accounts", {
              userId: 1,
              accountNumber: `R-${index}`,
            });
            const answered = performance.now();
            const seen = (what: string) =>
              new Promise<void>((resolve) => void arrived.set(`${body.id} ${what}`, resolve));
            const active = seen("ACCOUNT_ACTIVE");
            await seen("ACCOUNT_CREATED");
            tookMs.push(performance.now() - answered);
            // What follows by itself must not disturb the next.
            await active;
          }
          end();
          tails.set(shape, quantile(tookMs, 0.99));
          return quantile(tookMs, 0.5);
        }),
    })),
  );
  for (const [shape, p99] of tails) console.log(`  p99 of the last run, ${shape}: ${p99.toFixed(1)} ms`);
}
