/** What the wizard has for a board that sends readings. Their list is `kinds.json`. */

import list from "./kinds.json";
import { type Kind, shelf } from "./shelf";

export const KINDS: readonly Kind[] = list;

export const template = shelf(import.meta.glob("./*/*", { query: "?raw", import: "default", eager: true }));
