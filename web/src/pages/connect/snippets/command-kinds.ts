/** Programs for a board that fetches commands. Their list is `command-kinds.json`. */

import list from "./command-kinds.json";
import { type Kind, shelf } from "./shelf";

export const COMMAND_KINDS: readonly Kind[] = list;

export const commandTemplate = shelf(import.meta.glob("./commands/*/*", { query: "?raw", import: "default", eager: true }), "./commands");
