import { describe, expect, test } from "vitest";
import { freshSchema } from "../postgres/fresh-schema.ts";
import { createTask, makeShop, millrace, startShop, terminate } from "./millrace.ts";

/** A database of PostgreSQL that nobody uses yet, as a process is told of it. */
function freshDatabase(): { readonly DATABASE_URL: string } {
  const { url, schema } = freshSchema();
  const place = new URL(url);
  place.searchParams.set("schema", schema);
  return { DATABASE_URL: place.href };
}

const start = (role: string) => ["start", "--roles", role];

async function titles(url: string): Promise<readonly unknown[]> {
  const response = await fetch(`${url}/v1/views/tasks`);
  const { _embedded } = (await response.json()) as { _embedded: { tasks: { title: string }[] } };
  return _embedded.tasks.map(({ title }) => title);
}

describe("roles as processes of their own, over one PostgreSQL database", () => {
  test("each starts without the others, and they find what the others have done", async () => {
    const folder = makeShop();
    const env = freshDatabase();
    const query = await startShop(folder, env, start("query"));
    expect(await titles(query.url)).toEqual([]);
    const command = await startShop(folder, env, start("command"));
    await createTask(command.url, "paint");
    const processor = await startShop(folder, env, start("processor"));
    await expect.poll(() => titles(query.url), { timeout: 20_000 }).toEqual(["paint"]);
    expect(await Promise.all([terminate(processor), terminate(command), terminate(query)])).toEqual([
      0, 0, 0,
    ]);
  });
});

describe("millrace migrate", () => {
  test("prints what is due, does it, and has nothing left to do", async () => {
    const folder = makeShop();
    const env = freshDatabase();
    const due = await millrace(["migrate", "--dry-run"], folder, env);
    expect(due).toMatchObject({ code: 0, stderr: "" });
    expect(due.stdout).toMatch(/^BEGIN;\n[\s\S]*make_view\('tasks', 1, 1[\s\S]*COMMIT;\n/);
    const early = await millrace(["doctor"], folder, env);
    expect(early.stdout).toContain('run "millrace migrate"');
    expect((await millrace(["migrate"], folder, env)).stdout).toMatch(
      /was brought up to date with \d+ statements/,
    );
    expect((await millrace(["migrate"], folder, env)).stdout).toContain("is up to date.");
    expect((await millrace(["migrate", "--dry-run"], folder, env)).stdout).toBe("-- Nothing is due.\n");
    expect((await millrace(["migrate", "--grants", "--json"], folder, env)).stdout).toContain("GRANT USAGE");
  });

  test("says what it is for where the database is no PostgreSQL", async () => {
    const { code, stderr } = await millrace(["migrate"], makeShop());
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("the database is sqlite"),
    });
  });
});
