/** From the address of a channel's page to the page. */

import type { Params, Tab } from "../../router/routes";
import { ChannelPage } from ".";

/** The service's own names for pages of ours. */
const OTHER_NAMES: { [name: string]: Tab } = { private_show: "", edit: "settings" };

export default function ChannelRoute({ params }: { params: Params }) {
  const name = params["tab"] ?? "";
  const id = Number(params["id"]);
  return <ChannelPage key={id} id={id} tab={OTHER_NAMES[name] ?? (name as Tab)} />;
}
