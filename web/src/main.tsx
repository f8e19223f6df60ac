/** Finds out what this server has to show, and shows it. */

import { signal } from "@preact/signals";
import { render } from "preact";
import { startClock } from "./live/clock";
import { type Demo, findDemo } from "./live/demo";
import { DemoPage } from "./pages/demo";
import { StartPage } from "./pages/start";
import { WaitingPage } from "./pages/waiting";

const RETRY = 3_000;

type Page = { name: "blank" } | { name: "waiting" } | { name: "start" } | { name: "demo"; demo: Demo };

const page = signal<Page>({ name: "blank" });

function App() {
  switch (page.value.name) {
    case "blank":
      return null;
    case "waiting":
      return <WaitingPage />;
    case "start":
      return <StartPage />;
    case "demo":
      return <DemoPage demo={page.value.demo} />;
  }
}

async function find(): Promise<void> {
  try {
    const demo = await findDemo();
    if (demo === null) {
      page.value = { name: "start" };
      return;
    }
    demo.start();
    demo.followVisibility(document);
    page.value = { name: "demo", demo };
  } catch {
    page.value = { name: "waiting" };
    setTimeout(() => void find(), RETRY);
  }
}

startClock();
render(<App />, document.getElementById("page")!);
void find();
