import { Validator } from "@seriousme/openapi-schema-validator";
import * as v from "valibot";
import { expect, test } from "vitest";
import { z } from "zod";
import { errorCodes } from "../../src/errors/error-codes.ts";
import { createHttp } from "../../src/http/index.ts";
import { aggregate, type Service, service, shape, view } from "../../src/index.ts";
import { startService } from "../../src/runtime/start-service.ts";
import { openMemory } from "../../src/stores/memory/index.ts";
import { type ShopAccess, shop } from "./shop.ts";

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example: unknown }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly responses: Readonly<Record<string, unknown>>;
    readonly securitySchemes?: unknown;
  };
}

async function documentOf(declared: Service, withTokens = false): Promise<Document> {
  const store = openMemory();
  const runtime = await startService(declared, { events: store.events, state: store.state });
  const auth = withTokens
    ? { key: new Uint8Array(32), issuer: "https://issuer.example", audience: "shop" }
    : ("none" as const);
  const http = createHttp(runtime, { auth, metrics: () => "" });
  const response = await http.fetch(new Request("http://shop.test/openapi.json"));
  expect(response.headers.get("content-type")).toBe("application/json");
  const document = (await response.json()) as Document;
  await runtime.stop();
  await store.close();
  return document;
}

async function expectValid(document: Document): Promise<void> {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(document) as never);
  expect(errors ?? []).toEqual([]);
  expect([valid, validator.version]).toEqual([true, "3.1"]);
}

test("the description of a service is valid OpenAPI 3.1", async () => {
  await expectValid(await documentOf(shop()));
  await expectValid(await documentOf(shop({} satisfies ShopAccess), true));
});

test("it has every command, view and operation, each under an id of its own", async () => {
  const { paths } = await documentOf(shop());
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining([
      "/v1/accounts",
      "/v1/accounts/{id}",
      "/v1/accounts/{id}/events",
      "/v1/accounts/{id}/commands/open-account",
      "/v1/accounts/{id}/commands/suspend-account",
      "/v1/doors/{id}/commands/open-door",
      "/v1/views/accounts",
      "/v1/views/accounts/{key}",
      "/admin/processors",
      "/metrics",
    ]),
  );
  expect(paths).not.toHaveProperty("/v1/doors");
  const ids = operationsOf(paths).map(({ operationId }) => operationId);
  expect(ids).toEqual([...new Set(ids)]);
});

test("every error code stands in the response of its status", async () => {
  const { components } = await documentOf(shop());
  const text = JSON.stringify(components.responses);
  expect(Object.keys(errorCodes).filter((code) => !text.includes(`"${code}":{"value"`))).toEqual([]);
});

test("every body has an example, and the example of a command is accepted", async () => {
  const { paths } = await documentOf(shop());
  for (const { operationId, requestBody } of operationsOf(paths)) {
    for (const content of Object.values(requestBody?.content ?? {})) {
      expect(content.example, operationId).toBeDefined();
    }
  }
  const content = paths["/v1/accounts/{id}/commands/suspend-account"]?.post?.requestBody?.content;
  const example = content?.["application/json"]?.example;
  const schema = z.object({ reason: z.string().min(3) });
  expect(schema.safeParse(example).success).toBe(true);
});

test("a row is described as it is answered: its fields and its links, whatever the form of its schema", async () => {
  const lamp = aggregate({
    name: "lamp",
    collection: "lamps",
    state: z.object({ status: z.literal("ON") }),
    initialState: { status: "ON" },
    events: { Lit: z.object({}) },
    commands: { Light: z.object({}) },
    decide: { Light: () => [] },
    evolve: { Lit: () => ({ status: "ON" }) },
  });
  const nested: z.ZodType<{ within: unknown[] }> = z.object({ within: z.lazy(() => z.array(nested)) });
  const either = z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("a"), title: z.string() }),
    z.object({ kind: z.literal("b") }),
  ]);
  const plain = z.object({ title: z.string() });
  const views = [
    view({ name: "plain", from: [lamp], schema: plain, on: {} }),
    view({ name: "either", from: [lamp], schema: either, on: {} }),
    view({ name: "nested", from: [lamp], schema: nested, on: {} }),
  ];
  const document = await documentOf(service({ name: "lamps", aggregates: [lamp], views }));
  await expectValid(document);
  const rowOf = (name: string) => {
    const answer = document.paths[`/v1/views/${name}/{key}`]?.get?.responses["200"] as {
      readonly content: Readonly<Record<string, { readonly schema: unknown; readonly example: unknown }>>;
    };
    return answer.content["application/hal+json"];
  };
  const [title, links] = [{ type: "string" }, { $ref: "#/components/schemas/Links" }];
  expect(rowOf("plain")).toMatchObject({
    schema: { required: ["title", "_links"], properties: { title, _links: links } },
    example: { title: "text", _links: { self: { href: expect.any(String) } } },
  });
  expect(rowOf("either")?.schema).toMatchObject({
    oneOf: [{ required: ["kind", "title", "_links"] }, { required: ["kind", "_links"] }],
  });
  expect(rowOf("nested")?.schema).toMatchObject({
    required: ["within", "_links"],
    properties: { within: { items: { $ref: "#/components/schemas/views.nested" } } },
  });
});

test("a view's filters are described", async () => {
  const { paths } = await documentOf(shop());
  const names = paths["/v1/views/accounts"]?.get?.parameters?.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["userId", "changes.gte", "status.in", "sort", "cursor"]));
});

test("tokens are described where they are asked for", async () => {
  expect((await documentOf(shop(), true)).components.securitySchemes).toMatchObject({
    bearer: { scheme: "bearer" },
  });
  expect((await documentOf(shop())).components.securitySchemes).toBeUndefined();
});

test("a schema that cannot tell its JSON Schema is described by how to make it tell", async () => {
  const node: z.ZodType = z.lazy(() => z.object({ text: z.string(), children: z.array(node) }));
  const odd = aggregate({
    name: "odd",
    collection: "odds",
    state: shape<{ status: "ON" }>(),
    initialState: { status: "ON" },
    events: { Done: z.object({}) },
    commands: {
      WithValibot: v.object({ a: v.string() }),
      WithDate: z.object({ at: z.date() }),
      WithTree: z.object({ node }),
    },
    decide: { WithValibot: () => [], WithDate: () => [], WithTree: () => [] },
    evolve: { Done: () => ({ status: "ON" }) },
  });
  const document = await documentOf(service({ name: "odd", aggregates: [odd] }));
  await expectValid(document);
  expect(JSON.stringify(document.paths["/v1/odds/{id}/commands/with-valibot"])).toContain(
    "toStandardJsonSchema",
  );
});

function operationsOf(paths: Document["paths"]): readonly Operation[] {
  return Object.values(paths).flatMap((path) =>
    Object.entries(path)
      .filter(([name]) => name !== "parameters")
      .map(([, operation]) => operation),
  );
}
