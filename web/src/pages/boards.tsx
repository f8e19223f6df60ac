/** The virtual boards: to watch and to touch where they run, to be switched on where they do not. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { BOARDS, inWords, post } from "../api/client";
import { type Demo, findDemo } from "../live/demo";
import { arrive } from "../router/router";
import { me, server } from "../session";
import { Refused, useSending } from "../ui/form";
import { Title } from "../ui/title";
import { DemoPage } from "./demo";
import StartPage from "./start";

const RETRY = 3_000;

type Found = { state: "looking" | "off" } | { state: "away"; problem: string } | { state: "here"; demo: Demo };

export default function BoardsPage() {
  const found = useSignal<Found>({ state: "looking" });
  const look = useLook(found);
  switch (found.value.state) {
    case "looking":
      return null;
    case "here":
      return <DemoPage demo={found.value.demo} />;
    case "away":
      return (
        <div class="lead-in">
          <Title text="Boards" />
          <p role="alert">{found.value.problem}</p>
        </div>
      );
    case "off":
      if (me.value !== null) return <Off onStarted={look} />;
      return server.value?.set_up ? <Closed /> : <StartPage />;
  }
}

/** Looks for the boards and follows them as long as the page is there. */
function useLook(found: Signal<Found>): () => Promise<void> {
  const left = useRef(false);
  const leave = useRef(() => {});
  const look = async () => {
    try {
      const demo = await findDemo();
      if (left.current) return;
      if (demo !== null) {
        demo.start();
        leave.current = demo.followVisibility(document);
      }
      found.value = demo === null ? { state: "off" } : { state: "here", demo };
    } catch (error) {
      if (left.current) return;
      found.value = { state: "away", problem: inWords(error) };
      const timer = setTimeout(() => void look(), RETRY);
      leave.current = () => clearTimeout(timer);
    }
  };
  useEffect(() => {
    void look();
    return () => {
      left.current = true;
      leave.current();
    };
  }, []);
  return look;
}

function Off({ onStarted }: { onStarted: () => Promise<void> }) {
  const sending = useSending();
  return (
    <div class="narrow">
      <div class="lead-in">
        <Title text="Boards">Two virtual boards, switched off</Title>
        <p>
          A sensor board with a DHT22, and a display board with a button. They run beside the server and post to it over
          the network, as boards on your desk would. Their two channels become yours.
        </p>
      </div>
      <div class="buttons">
        <button
          type="button"
          class="button"
          aria-disabled={sending.busy.value}
          onClick={() =>
            void sending.run(async () => {
              await post(`${BOARDS}/start`);
              arrive();
              await onStarted();
            })
          }
        >
          Switch them on
        </button>
      </div>
      <Refused>{sending.problem}</Refused>
    </div>
  );
}

function Closed() {
  return (
    <div class="lead-in">
      <Title text="Boards">The virtual boards are switched off</Title>
      <p>
        <a href="/sign-in?to=/boards">Sign in</a> to switch them on.
      </p>
    </div>
  );
}
