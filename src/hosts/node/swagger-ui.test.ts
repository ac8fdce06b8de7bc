import { expect, test } from "vitest";
import { swaggerUiFile } from "./swagger-ui.ts";

test("the files that the page needs are there", async () => {
  for (const name of ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"]) {
    expect((await swaggerUiFile(name))?.byteLength, name).toBeGreaterThan(100);
  }
});

test("G12: nothing else is, within the folder or outside of it", async () => {
  for (const name of [
    "package.json",
    "../package.json",
    "../hono/dist/index.js",
    "nothing.js",
    "",
    "a/b.js",
  ]) {
    expect(await swaggerUiFile(name), name).toBeUndefined();
  }
});
