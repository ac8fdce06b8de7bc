type Schema = Readonly<Record<string, unknown>>;

/** Deeper examples help nobody, and schemas may refer to themselves. */
const deepest = 6;

const textOfFormat: Readonly<Record<string, string>> = {
  "date-time": "2026-01-31T12:00:00Z",
  date: "2026-01-31",
  time: "12:00:00Z",
  email: "someone@example.com",
  uuid: "01890a5d-ac96-774b-bcce-b302099a8057",
  uri: "https://example.com/",
};

/** A value that shows what a JSON Schema means; `refs` holds what `#/components/schemas/…` refers to. */
export function exampleOf(schema: unknown, refs: Readonly<Record<string, unknown>>, depth = 0): unknown {
  if (typeof schema !== "object" || schema === null || depth > deepest) return {};
  const known = schema as Schema;
  const inner = (part: unknown) => exampleOf(part, refs, depth + 1);
  const given = known.examples;
  if (Array.isArray(given) && given.length > 0) return given[0];
  for (const name of ["example", "const", "default"]) if (name in known) return known[name];
  if (Array.isArray(known.enum)) return known.enum[0];
  if (typeof known.$ref === "string") return inner(referred(known.$ref, refs));
  for (const name of ["anyOf", "oneOf"]) {
    const choices = known[name];
    // The first member of a state's union is "nothing yet"; the last tells more.
    if (Array.isArray(choices)) return inner(choices.at(-1));
  }
  if (Array.isArray(known.allOf)) return Object.assign({}, ...known.allOf.map(inner));
  return exampleOfType(known, inner);
}

function referred(ref: string, refs: Schema): unknown {
  const path = ref.replace("#/components/schemas/", "").split("/");
  return path.reduce<unknown>((part, name) => (part as Schema | undefined)?.[name], refs);
}

function exampleOfType(schema: Schema, inner: (part: unknown) => unknown): unknown {
  const type = [schema.type].flat()[0] ?? (schema.properties === undefined ? undefined : "object");
  switch (type) {
    case "object": {
      const properties = Object.entries((schema.properties ?? {}) as Schema);
      return Object.fromEntries(properties.map(([name, part]) => [name, inner(part)]));
    }
    case "array":
      return schema.items === undefined ? [] : [inner(schema.items)];
    case "integer":
    case "number":
      return numberWithin(schema);
    case "boolean":
      return true;
    case "string":
      return textOf(schema);
    default:
      return type === "null" ? null : {};
  }
}

function numberWithin({ minimum, exclusiveMinimum, maximum }: Schema): number {
  const least =
    typeof minimum === "number" ? minimum : typeof exclusiveMinimum === "number" ? exclusiveMinimum + 1 : 1;
  return Math.max(least, Math.min(1, typeof maximum === "number" ? maximum : 1));
}

function textOf({ format, minLength, maxLength }: Schema): string {
  const text = textOfFormat[String(format)] ?? "text";
  const padded = text.padEnd(typeof minLength === "number" ? minLength : 0, "x");
  return typeof maxLength === "number" ? padded.slice(0, maxLength) : padded;
}
