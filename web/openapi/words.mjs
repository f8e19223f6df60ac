// Prints an OpenAPI document without its addresses: the words alone, for who needs no more of it.

import { readFileSync } from "node:fs";

const document = JSON.parse(readFileSync(process.argv[2], "utf8"));
process.stdout.write(JSON.stringify({ ...document, paths: {} }));
