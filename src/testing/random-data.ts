import type { JsonSchema } from "../domain/schema.ts";

/** Numbers from 0 to 1 that follow from a seed (mulberry32, Tommy Ettinger). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const formats: Readonly<Record<string, (random: () => number) => string>> = {
  "date-time": (random) => new Date(Math.floor(random() * 2e12)).toISOString(),
  date: (random) => new Date(Math.floor(random() * 2e12)).toISOString().slice(0, 10),
  email: (random) => `person-${whole(random, 1, 999)}@example.com`,
  uuid: (random) => `00000000-0000-4000-8000-${String(whole(random, 0, 999_999)).padStart(12, "0")}`,
  uri: (random) => `https://example.com/${whole(random, 1, 999)}`,
};

/** A value that fits a JSON Schema, as far as its common keywords say; patterns are beyond it. */
export function randomData(schema: JsonSchema, random: () => number): unknown {
  if ("const" in schema) return schema.const;
  if (Array.isArray(schema.enum)) return pick(schema.enum, random);
  const choices = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choices)) return randomData(pick(choices as readonly JsonSchema[], random), random);
  if (Array.isArray(schema.allOf))
    return randomData(Object.assign({}, ...(schema.allOf as object[])) as JsonSchema, random);
  switch (Array.isArray(schema.type) ? pick(schema.type, random) : schema.type) {
    case "string":
      return randomText(schema, random);
    case "integer":
      return whole(random, lowest(schema), highest(schema));
    case "number":
      return random() < 0.5 ? whole(random, lowest(schema), highest(schema)) : lowest(schema) + random();
    case "boolean":
      return random() < 0.5;
    case "array": {
      const least = numberOf(schema, "minItems", 0);
      const items = (schema.items ?? {}) as JsonSchema;
      return Array.from({ length: whole(random, least, numberOf(schema, "maxItems", least + 3)) }, () =>
        randomData(items, random),
      );
    }
    case "object":
      return randomObject(schema, random);
    default:
      return null;
  }
}

function randomObject(schema: JsonSchema, random: () => number): unknown {
  const properties = (schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
  const required = (schema.required ?? []) as readonly string[];
  const chosen = Object.entries(properties).filter(([name]) => required.includes(name) || random() < 0.5);
  return Object.fromEntries(chosen.map(([name, property]) => [name, randomData(property, random)]));
}

function randomText(schema: JsonSchema, random: () => number): string {
  const format = formats[String(schema.format)];
  if (format !== undefined) return format(random);
  const least = numberOf(schema, "minLength", 0);
  const length = whole(random, least, Math.min(numberOf(schema, "maxLength", least + 12), least + 12));
  return Array.from({ length }, () => pick([..."abcdefghijklmnopqrstuvwxyzäß漢🙂 0123456789"], random))
    .join("")
    .slice(0, Math.max(length, least));
}

function lowest(schema: JsonSchema): number {
  const exclusive = schema.exclusiveMinimum;
  if (typeof exclusive === "number") return Math.floor(exclusive) + 1;
  return Math.max(numberOf(schema, "minimum", 0), -1000);
}

function highest(schema: JsonSchema): number {
  const exclusive = schema.exclusiveMaximum;
  const limit =
    typeof exclusive === "number"
      ? Math.ceil(exclusive) - 1
      : numberOf(schema, "maximum", lowest(schema) + 1000);
  return Math.min(limit, lowest(schema) + 1000);
}

function numberOf(schema: JsonSchema, keyword: string, otherwise: number): number {
  const value = schema[keyword];
  return typeof value === "number" ? value : otherwise;
}

function whole(random: () => number, least: number, most: number): number {
  return least + Math.floor(random() * (Math.max(most, least) - least + 1));
}

function pick<T>(items: readonly T[], random: () => number): T {
  return items[Math.floor(random() * items.length)] as T;
}
