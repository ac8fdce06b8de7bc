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

test.each([
  ["postgres://app:secret@db/shop", { url: "postgres://app:secret@db/shop" }],
  [
    "postgresql://db:5433/shop?schema=orders&sslmode=require&connections=30&listen=false",
    {
      url: "postgresql://db:5433/shop?sslmode=require",
      schema: "orders",
      maxConnections: 30,
      listen: false,
    },
  ],
])("%s is PostgreSQL", (given, expected) => {
  expect(parseDatabaseUrl(given, "DATABASE_URL", folder)).toEqual({ kind: "postgres", ...expected });
});

test.each([
  ["connections=many", /connections=many.*expected a number/],
  ["connections=0", /expected a number from 1/],
  ["listen=no", /expected true or false/],
])("postgres://…?%s is refused", (query, message) => {
  expect(() => parseDatabaseUrl(`postgres://db/shop?${query}`, "DATABASE_URL", folder)).toThrow(message);
});

test.each([
  "postgres:",
  "postgres://app:secret@db",
  "postgres://app:secret@db/",
  "postgres://app:secret@db:x/shop",
])("a PostgreSQL URL without a database is refused, and its password not repeated", (url) => {
  const parse = () => parseDatabaseUrl(url, "DATABASE_URL", folder);
  expect(parse).toThrow(/^DATABASE_URL is no PostgreSQL URL/);
  expect(parse).not.toThrow(/secret/);
});

test("the password of an unknown URL is not repeated either", () => {
  expect(() => parseDatabaseUrl("mysql://app:secret@db/shop", "DATABASE_URL", folder)).not.toThrow(/secret/);
});
