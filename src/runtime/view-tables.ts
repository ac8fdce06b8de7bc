import type { ViewDefinition } from "../domain/view.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { StateStore } from "../ports/state-store.ts";
import type { ViewTable } from "../ports/view-table.ts";

/** The tables of a view's declared version, the serving one first: the lowest generation serves until a switch (G9). */
export async function tablesOf(states: StateStore, view: ViewDefinition): Promise<readonly ViewTable[]> {
  return tablesAmong(await states.listTables(), view);
}

/** The same, of all tables that there are. */
export function tablesAmong(tables: readonly ViewTable[], view: ViewDefinition): readonly ViewTable[] {
  return tables
    .filter((table) => table.view === view.name && table.version === view.version)
    .sort((a, b) => a.generation - b.generation);
}

/** Makes the first table of each view's declared version where there is none. Rejects with `declaration-invalid` for other indexes. */
export async function ensureTables(states: StateStore, views: readonly ViewDefinition[]): Promise<void> {
  if (views.length === 0) return;
  const tables = await states.listTables();
  for (const view of views) {
    const [serving] = tablesAmong(tables, view);
    if (serving === undefined) await states.createTable(tableOf(view, 1));
    else requireIndexes(view, serving);
  }
}

function requireIndexes(view: ViewDefinition, serving: ViewTable): void {
  const declared = JSON.stringify(sorted(view.indexes));
  const found = JSON.stringify(sorted(serving.fields));
  if (declared === found) return;
  throw new MillraceError(
    "declaration-invalid",
    `View ${view.name} declares the indexes ${declared}, but the table of its version ${view.version} has ${found}: raise the view's version.`,
    { data: { view: view.name, version: view.version } },
  );
}

export function tableOf(view: ViewDefinition, generation: number): ViewTable {
  return { view: view.name, version: view.version, generation, fields: view.indexes };
}

function sorted(fields: ViewTable["fields"]) {
  return fields.map(({ name, type }) => `${name}: ${type}`).sort();
}
