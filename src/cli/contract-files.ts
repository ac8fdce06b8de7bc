import type { ContractDocument } from "../domain/contract.ts";
import type { JsonSchema } from "../domain/schema.ts";
import { canonicalJson } from "../message/json.ts";
import { memberOf, nameOf, objectOf, TypePrinter } from "./print-type.ts";

/** A contract as files: its document for whatever language, and a module for TypeScript. Equal contracts give equal text. */
export function contractFiles(contract: ContractDocument): Readonly<Record<string, string>> {
  const document = inStableOrder(contract);
  return {
    [`${document.service}.json`]: `${JSON.stringify(document, null, 2)}\n`,
    [`${document.service}.ts`]: moduleOf(document),
  };
}

/** Names in alphabetical order, below what a reader looks for first. */
function inStableOrder({ millraceContract, service, ...rest }: ContractDocument): ContractDocument {
  return { millraceContract, service, ...(JSON.parse(canonicalJson(rest)) as typeof rest) };
}

function moduleOf(document: ContractDocument): string {
  const printer = new TypePrinter();
  const types = typesOf(document, printer);
  const aliases = printer.aliases().map((alias) => `${alias}\n\n`);
  return [
    "// Written by `millrace contracts write`; do not edit.\n",
    'import { readContract } from "millrace";\n\n',
    ...aliases,
    `export default readContract<${types}>(${expressionOf(document, 0)});\n`,
  ].join("");
}

function typesOf({ service, events, aggregates, views }: ContractDocument, printer: TypePrinter): string {
  const fields = (schemas: Readonly<Record<string, JsonSchema>>, indent: number) =>
    objectOf(
      Object.entries(schemas).map(([name, schema]) =>
        memberOf(nameOf(name), printer.print(schema, name, indent + 2)),
      ),
      indent,
    );
  const commands = Object.entries(aggregates).map(
    ([name, aggregate]) => `${nameOf(name)}: ${fields(aggregate.commands, 4)}`,
  );
  return [
    "{",
    `  service: ${JSON.stringify(service)};`,
    `  events: ${fields(schemasOf(events), 2)};`,
    `  commands: ${objectOf(commands, 2)};`,
    `  views: ${fields(schemasOf(views), 2)};`,
    "}",
  ].join("\n");
}

function schemasOf(
  versioned: Readonly<Record<string, { readonly schema: JsonSchema }>>,
): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(Object.entries(versioned).map(([name, { schema }]) => [name, schema]));
}

/** A JSON value as an expression. */
function expressionOf(value: unknown, indent: number): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = " ".repeat(indent + 2);
  const items = Array.isArray(value)
    ? value.map((item) => expressionOf(item, indent + 2))
    : Object.entries(value).map(([name, item]) => `${keyOf(name)}: ${expressionOf(item, indent + 2)}`);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (items.length === 0) return open + close;
  const line = Array.isArray(value) ? `[${items.join(", ")}]` : `{ ${items.join(", ")} }`;
  if (indent + line.length <= 100 && !line.includes("\n")) return line;
  return `${open}\n${items.map((item) => `${inner}${item},\n`).join("")}${" ".repeat(indent)}${close}`;
}

/** Written plainly, `__proto__` would set the prototype. */
function keyOf(name: string): string {
  return name === "__proto__" ? '["__proto__"]' : nameOf(name);
}
