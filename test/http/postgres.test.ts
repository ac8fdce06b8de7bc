import { openPostgres } from "millrace/postgres";
import { freshSchema } from "../postgres/fresh-schema.ts";
import { httpSuite } from "./http-suite.ts";
import { overStores } from "./over-stores.ts";

httpSuite(overStores(() => openPostgres(freshSchema())));
