import path from "node:path";
import { expect, test } from "vitest";
import { parseDatabaseUrl } from "./database-url.ts";

const folder = path.resolve("/srv/shop");

test.each([
  ["sqlite:./data/app.db", "/srv/shop/data/app.db"],
  ["sqlite:data/app.db", "/srv/shop/data/app.db"],
  ["sqlite:/var/lib/app.db", "/var/lib/app.db"],
  ["sqlite:///var/lib/app.db", "/var/lib/app.db"],
  ["sqlite:./my%20data/app.db", "/srv/shop/my data/app.db"],
  ["sqlite:./100%/app.db", "/srv/shop/100%/app.db"],
])("%s is the file %s", (url, file) => {
  expect(parseDatabaseUrl(url, "DATABASE_URL", folder)).toEqual({ kind: "sqlite", path: path.resolve(file) });
});

test("memory: is no file", () => {
  expect(parseDatabaseUrl("memory:", "DATABASE_URL", folder)).toEqual({ kind: "memory" });
});

test.each(["", "app.db", "mysql://db/app", "sqlite:", "sqlite::memory:", "sqlite://host/app.db"])(
  "%j is refused, naming where it was found and what was expected",
  (url) => {
    expect(() => parseDatabaseUrl(url, "DATABASE_URL", folder)).toThrow(
      expect.objectContaining({
        code: "configuration-invalid",
        message: expect.stringMatching(/^DATABASE_URL .*expected "sqlite:".*found/),
      }),
    );
  },
);

test("a PostgreSQL URL is refused without its password", () => {
  const parse = () => parseDatabaseUrl("postgres://app:secret@db/shop", "DATABASE_URL", folder);
  expect(parse).toThrow(/no PostgreSQL store/);
  expect(parse).not.toThrow(/secret/);
});

test("the password of an unknown URL is not repeated either", () => {
  expect(() => parseDatabaseUrl("mysql://app:secret@db/shop", "DATABASE_URL", folder)).not.toThrow(/secret/);
});
