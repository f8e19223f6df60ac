/** The tab of commands. It is fetched when it is first shown. */

import { useLater } from "../../../ui/later";
import type { CommandsProps } from "./tab";

export function CommandsPanel(props: CommandsProps) {
  const Tab = useLater(() => import("./tab").then((module) => module.CommandsTab));
  return Tab === null ? <div class="connect-later" /> : <Tab {...props} />;
}
