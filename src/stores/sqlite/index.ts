export { openSqlite, type SqliteOptions, type SqliteStore } from "./open-sqlite.ts";
