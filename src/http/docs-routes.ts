import { MillraceError } from "../errors/millrace-error.ts";
import { param, type Route } from "./exchange.ts";

const types: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  png: "image/png",
};

/** Nothing comes from elsewhere; Swagger UI writes styles into the page. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

const startScript = `window.ui = SwaggerUIBundle({ url: "../openapi.json", dom_id: "#ui", deepLinking: true });\n`;

/** The API to read and to try, without the network: the page and the files of Swagger UI. */
export function docsRoutes(
  service: string,
  swaggerUiFile: (name: string) => Promise<Uint8Array<ArrayBuffer> | undefined>,
): readonly Route[] {
  // A service's name is kebab-case, so it needs no escaping.
  const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${service}</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="icon" href="docs/favicon-32x32.png">
</head>
<body>
<div id="ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;
  return [
    {
      path: "/docs",
      isPublic: true,
      methods: {
        GET: () =>
          new Response(page, {
            headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": policy },
          }),
      },
    },
    {
      path: "/docs/{file}",
      isPublic: true,
      methods: {
        GET: async (exchange) => {
          const name = param(exchange, "file");
          const type = types[name.split(".").at(-1) ?? ""];
          const body = name === "start.js" ? startScript : type && (await swaggerUiFile(name));
          if (type === undefined || body === undefined) {
            throw new MillraceError(
              "route-not-found",
              `There is no file ${JSON.stringify(name.slice(0, 100))}.`,
            );
          }
          return new Response(body, {
            headers: {
              "content-type": type,
              "cache-control": "public, max-age=3600",
              "x-content-type-options": "nosniff",
            },
          });
        },
      },
    },
  ];
}
