import { openMemory } from "millrace/memory";
import { expect, test } from "vitest";
import accounts from "../../examples/online-store/accounts/service.ts";
import { processorOfTable } from "../ports/view-table.ts";
import { freeze } from "../runtime/share-ranges.ts";
import { startService } from "../runtime/start-service.ts";
import { rebuildView } from "./rebuild-view.ts";

/** A view that is being built anew, at the moment at which its present rows stand still. */
async function inSwitch() {
  const { events, state } = openMemory();
  const { operations } = await startService(accounts, { events, state, roles: ["query"] });
  const [serving] = (await state.listTables()).filter(({ view }) => view === "accounts");
  if (serving === undefined) throw new Error("expected a table");
  await operations.rebuild("accounts");
  await state.updateProcessor(processorOfTable(serving), freeze);
  let looks = 0;
  const watched: typeof operations = Object.create(operations, {
    processors: {
      value: () => {
        looks += 1;
        return operations.processors();
      },
    },
    rebuild: { value: (name: string) => operations.rebuild(name) },
  });
  return {
    rebuilding: rebuildView(watched, "accounts"),
    looks: () => looks,
    end: () => state.dropTable(serving),
  };
}

test("G9: a view whose rows are just being switched is not taken for a paused one", async () => {
  const { rebuilding, looks, end } = await inSwitch();
  await expect.poll(looks).toBeGreaterThan(1);
  await end();
  expect(await rebuilding).toEqual({ rebuilt: true, message: "Rebuilt accounts: 0 events." });
});

test("a view that is paused is not rebuilt", async () => {
  const { events, state } = openMemory();
  const { operations } = await startService(accounts, { events, state, roles: ["query"] });
  await operations.pause("accounts");
  expect(await rebuildView(operations, "accounts")).toEqual({
    rebuilt: false,
    message: "accounts is paused, so it is not rebuilt: millrace processors resume accounts",
  });
  expect((await state.listTables()).filter(({ view }) => view === "accounts")).toHaveLength(1);
});
