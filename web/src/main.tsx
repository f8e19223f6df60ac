/** Begins: the clock, the router, who is signed in, and the page. */

import { render } from "preact";
import { App, followPlace } from "./app";
import { startClock } from "./live/clock";
import { live } from "./live/live";
import { startRouter } from "./router/router";
import { find } from "./router/routes";
import { loadServer } from "./session";

startClock();
startRouter((path) => path === "/" || find(path) !== null);
followPlace();
render(<App />, document.getElementById("page")!);
live.followVisibility(document);
void loadServer();
