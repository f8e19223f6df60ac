/** The virtual boards, where this server has them. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type Demo, findDemo } from "../live/demo";
import { Title } from "../ui/title";
import { DemoPage } from "./demo";

const RETRY = 3_000;

type Found = { state: "looking" | "away" | "none" } | { state: "here"; demo: Demo };

export default function BoardsPage() {
  const found = useSignal<Found>({ state: "looking" });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let leave = () => {};
    let left = false;
    const look = async () => {
      try {
        const demo = await findDemo();
        if (left) return;
        if (demo !== null) {
          demo.start();
          leave = demo.followVisibility(document);
        }
        found.value = demo === null ? { state: "none" } : { state: "here", demo };
      } catch {
        if (left) return;
        found.value = { state: "away" };
        timer = setTimeout(() => void look(), RETRY);
      }
    };
    void look();
    return () => {
      left = true;
      clearTimeout(timer);
      leave();
    };
  }, []);
  switch (found.value.state) {
    case "looking":
      return null;
    case "here":
      return <DemoPage demo={found.value.demo} />;
    case "away":
      return (
        <div class="lead-in" role="status">
          <Title text="The server does not answer" />
          <p>It is asked again every few seconds; the page goes on by itself.</p>
        </div>
      );
    case "none":
      return (
        <div class="lead-in">
          <Title text="No virtual boards here" />
          <p>
            This server runs without virtual boards. <code>fieldpost demo</code> starts one that has two.
          </p>
        </div>
      );
  }
}
