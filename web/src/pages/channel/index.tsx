/** A channel's page. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { withAccess } from "../../api/access";
import { API, get, inWords } from "../../api/client";
import type { Detail } from "../../api/contract";
import type { Tab } from "../../router/routes";
import { Title } from "../../ui/title";

type Props = {
  id: number;
  /** "" is the view of tiles and charts. */
  tab: Tab;
};

export function ChannelPage({ id }: Props) {
  const channel = useSignal<Detail | null>(null);
  const problem = useSignal<string | null>(null);
  useEffect(() => {
    get<Detail>(withAccess(`${API}/channels/${id}`)).then(
      (detail) => {
        channel.value = detail;
      },
      (error: unknown) => {
        problem.value = inWords(error);
      },
    );
  }, [id]);
  if (problem.value !== null) {
    return (
      <div class="lead-in">
        <Title text={`Channel ${id}`} />
        <p role="alert">{problem.value}</p>
      </div>
    );
  }
  if (channel.value === null) return null;
  return (
    <div class="lead-in">
      <Title text={channel.value.name} />
      <p>{channel.value.description}</p>
    </div>
  );
}
