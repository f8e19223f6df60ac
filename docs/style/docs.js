// Conveniences. Without this file the docs say the same.

/** What the pages call this server. A reader on another machine needs the address at which it was found. */
const EXAMPLES = /localhost:8080|192\.168\.1\.20:8080/g;

function fillInAddress(code) {
  const texts = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    text.nodeValue = text.nodeValue.replace(EXAMPLES, location.host);
  }
}

function addCopyButton(figure) {
  const code = figure.querySelector("code");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    // The clipboard is for secure pages only; on a plain one the text is selected, ready for the keys.
    const written = await navigator.clipboard?.writeText(code.textContent).then(
      () => true,
      () => false,
    );
    if (written !== true) getSelection().selectAllChildren(code);
    button.textContent = written === true || document.execCommand("copy") ? "Copied" : "Selected";
    setTimeout(() => (button.textContent = "Copy"), 2_000);
  });
  figure.append(button);
}

for (const code of document.querySelectorAll("article code")) fillInAddress(code);
for (const figure of document.querySelectorAll(".code:not([data-answer])")) addCopyButton(figure);
