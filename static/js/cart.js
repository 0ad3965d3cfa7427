// Pages are the same for everyone; who has a cart asks for it. The marker cookie says whether that is worth a request.
{
  const PAUSE = 10_000;
  // A page that opens in the background and is then shown has only just asked.
  let refreshed = Date.now();

  const hasCart = () => /(?:^|;\s*)has_cart=1/.test(document.cookie);
  const tell = (name) => document.body.dispatchEvent(new CustomEvent(name, { bubbles: true }));
  const load = () => {
    if (!hasCart()) return;
    refreshed = Date.now();
    tell("visitor:load");
  };

  // htmx listens from its first look at the page on.
  document.addEventListener("htmx:after:process", load, { once: true });
  // A page restored from htmx's history comes as it is for everyone.
  document.addEventListener("page:restored", load);

  // Back from the browser's own cache, or from another tab, the cart may have moved on.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && hasCart()) tell("cart:refresh");
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible" || !hasCart() || Date.now() - refreshed < PAUSE) return;
    refreshed = Date.now();
    tell("cart:refresh");
  });
}
