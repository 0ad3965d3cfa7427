// Puts the focus where the work goes on: where the server says, or at the heading after a page came back from history.
{
  const focus = (element, options) => {
    if (!element) return;
    element.focus(options);
    if (document.activeElement !== element) {
      element.tabIndex = -1;
      element.focus(options);
    }
  };

  document.addEventListener("store:focus", ({ detail }) => focus(document.querySelector(detail.selector)));

  let restoring = false;
  document.addEventListener("htmx:before:history:restore", () => {
    restoring = true;
  });
  document.addEventListener("htmx:after:swap", () => {
    if (!restoring) return;
    restoring = false;
    document.dispatchEvent(new CustomEvent("page:restored"));
    const place = document.querySelector("[data-focus-after-restore]") ?? document.querySelector("main h1");
    focus(place, { preventScroll: true });
  });
}
