// Conveniences. Without this file the docs say the same.

/** True where the reader sits at the server itself: then only the server knows the address that boards need. */
const HERE = /^(localhost|127\.|\[::1\])/.test(location.hostname);

/** The server's address is what the reader found it at, wherever the pages say one of their examples. */
function fillInAddress(code) {
  const texts = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    text.nodeValue = text.nodeValue.replaceAll("localhost:8080", location.host);
    if (HERE) continue;
    text.nodeValue = text.nodeValue
      .replaceAll("192.168.1.20:8080", location.host)
      .replaceAll("192.168.1.20", location.hostname);
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
