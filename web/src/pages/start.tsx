/** What a server that nobody has set up says to a person who looks in. */

import { Code } from "../ui/code";
import { Title } from "../ui/title";

export default function StartPage() {
  const here = location.origin;
  return (
    <div class="narrow">
      <div class="lead-in">
        <Title text="Fieldpost">Finish set-up with the link that the server printed.</Title>
        <p>
          When it started, it printed a line that begins with “Finish set-up”. The link in it makes you the owner of
          this server; it is good for 30 minutes, and a restart prints a new one.
        </p>
      </div>
      <ol class="steps">
        <li class="panel">
          <h2>Or make a channel by command</h2>
          <p>On the machine where the server runs. It prints the channel’s number and its keys.</p>
          <Code
            name="the commands that make a user and a channel"
            text={"fieldpost user add ada\nfieldpost channel create --user ada --name Garden --field1 Temperature"}
          />
        </li>
        <li class="panel">
          <h2>Post a value</h2>
          <p>The answer is the number of the new entry, and by then it is on disk. A 0 means it was not taken.</p>
          <Code name="the command that posts" text={`curl "${here}/update?api_key=YOUR_WRITE_KEY&field1=21.5"`} />
        </li>
        <li class="panel">
          <h2>Read it back</h2>
          <p>With the channel’s number in place of 1. A public channel needs no key.</p>
          <Code
            name="the command that reads"
            text={`curl "${here}/channels/1/feeds.json?api_key=YOUR_READ_KEY&results=1"`}
          />
        </li>
      </ol>
      <p class="aside">
        No board at hand? <code>fieldpost demo</code> starts a server with two virtual boards on this page.
      </p>
    </div>
  );
}
