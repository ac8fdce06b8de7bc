import { byCallers, compare, quantile } from "../measure.ts";
import { followChanges } from "./changes-of.ts";
import { placed, type RunningStore, type Shape, stocked, withStore } from "./running-store.ts";

const orders = 1000;
const underWay = 64;
const alone = 50;

/** Orders through the whole flow: placed, allocated, reserved, paid, sold, completed. */
export async function orderCases(): Promise<void> {
  const shapes: readonly Shape[] = ["one process", "five processes"];
  const single = new Map<Shape, number>();
  await compare(
    `Orders from their placing to ORDER_SUCCEEDED, ${underWay} under way`,
    "orders/s",
    shapes.map((shape) => ({
      name: shape,
      run: () =>
        withStore(shape, async (store) => {
          const accountId = await stocked(store);
          const { ended, end } = await endings(store);
          const order = async () => {
            const id = await placed(store, accountId);
            if (id === undefined) throw new Error("An order was refused.");
            await ended(id);
          };
          const tookMs: number[] = [];
          for (let index = 0; index < alone; index++) {
            const started = performance.now();
            await order();
            tookMs.push(performance.now() - started);
          }
          single.set(shape, quantile(tookMs, 0.5));
          const started = performance.now();
          await byCallers(underWay, orders, order);
          const seconds = (performance.now() - started) / 1000;
          end();
          return orders / seconds;
        }),
    })),
  );
  for (const [shape, ms] of single) console.log(`  an order alone, ${shape}: ${ms.toFixed(0)} ms (median)`);
}

/** Tells when an order has succeeded; one that fails is an error. */
async function endings({ urls }: RunningStore) {
  const known = new Map<string, string>();
  const waiting = new Map<string, () => void>();
  const { broken, end } = await followChanges(urls.orders, "orders", ({ key, row }) => {
    const { status } = row as { readonly status: string };
    if (status === "ORDER_FAILED") throw new Error(`Order ${String(key)} failed.`);
    if (status !== "ORDER_SUCCEEDED") return;
    known.set(String(key), status);
    waiting.get(String(key))?.();
  });
  return {
    end,
    ended: (id: string) =>
      known.has(id)
        ? Promise.resolve()
        : Promise.race([new Promise<void>((resolve) => void waiting.set(id, resolve)), broken]),
  };
}
