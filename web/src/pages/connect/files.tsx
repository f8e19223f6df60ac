/** A snippet's files with the reader's own values in them: to be read, copied and saved. */

import { useRef } from "preact/hooks";
import { CopyButton } from "../../ui/code";
import { fill, type Values } from "./snippets/fill.mjs";
import { isLibrary, type Kind, type Template } from "./snippets/shelf";

type Props = { kind: Kind; template: Template; values: Values };

/** The values that are the reader's own. */
const OWN = ["url", "host", "write_key", "read_key", "talkback_key", "client_id", "password"];

export function Files({ kind, template, values }: Props) {
  const own = OWN.map((name) => values[name]);
  return (
    <div class="snippets">
      {kind.files.map((name) => (
        <File key={name} name={name} text={fill(template(kind, name), values)} own={own} />
      ))}
    </div>
  );
}

type FileProps = {
  name: string;
  text: string;
  /** What is the reader's own in it, and is marked. */
  own: (string | undefined)[];
};

function File({ name, text, own }: FileProps) {
  const code = useRef<HTMLElement>(null);
  return (
    <figure class="snippet" data-testid={`file-${name}`}>
      <figcaption>
        <span class="snippet-name">{name}</span>
        <CopyButton name={name} text={text} code={code} />
        <button type="button" onClick={() => save(name, text)}>
          Download<span class="hidden"> {name}</span>
        </button>
      </figcaption>
      {isLibrary(name) ? (
        <p class="snippet-library">The library: one file of {text.split("\n").length} lines. Save it beside the sketch.</p>
      ) : (
        <pre tabIndex={0} role="group" aria-label={name}>
          <code ref={code}>{marked(text, own)}</code>
        </pre>
      )}
    </figure>
  );
}

/** The text, what is the reader's own in it marked. */
export function marked(text: string, own: (string | undefined)[]) {
  const words = own.filter((each) => each !== undefined && each !== "").map((each) => each!.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (words.length === 0) return text;
  return text.split(new RegExp(`(${words.join("|")})`)).map((part, index) => (index % 2 === 1 ? <mark key={index}>{part}</mark> : part));
}

/** Hands a text to the browser to be saved as a file. */
export function save(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser needs it until it has begun to save.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
