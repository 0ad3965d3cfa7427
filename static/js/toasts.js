// Short messages at the edge: the server's, and our own when it can't be reached.
{
  const arm = (toast) => {
    const lasts = Number(toast.dataset.toast);
    if (!lasts || toast.dataset.armed) return;
    toast.dataset.armed = "yes";
    const leave = () => {
      // Nobody loses a message while reading it or reaching for its button.
      if (toast.matches(":hover, :focus-within")) setTimeout(leave, 2000);
      else toast.remove();
    };
    setTimeout(leave, lasts);
  };
  const armAll = () => document.querySelectorAll("[data-toast]").forEach(arm);

  document.addEventListener("htmx:after:settle", armAll);
  armAll();

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-dismiss]")) event.target.closest("[data-toast]")?.remove();
  });

  const retry = ({ sourceElement, sourceEvent, request }) => {
    if (sourceEvent.type === "submit") sourceElement.requestSubmit(request.submitter ?? undefined);
    else if (sourceEvent.type === "click") sourceElement.click();
    else htmx.trigger(sourceElement, sourceEvent.type);
  };

  const unreachable = (ctx) => {
    // What the page fetches by itself fails in silence and is fetched again later.
    if (!/^(click|submit|change|input|search)$/.test(ctx.sourceEvent?.type)) return;
    const place = document.getElementById("toasts");
    const template = document.getElementById("toast-network");
    if (!place || !template || place.querySelector("[data-network]")) return;
    const toast = template.content.firstElementChild.cloneNode(true);
    toast.dataset.network = "yes";
    toast.querySelector("[data-retry]")?.addEventListener("click", () => {
      toast.remove();
      retry(ctx);
    });
    place.append(toast);
    arm(toast);
  };

  const started = new WeakMap();
  document.addEventListener("htmx:before:request", ({ detail }) => started.set(detail.ctx, Date.now()));
  document.addEventListener("htmx:error", ({ detail: { ctx, error } }) => {
    if (!ctx || !error) return;
    // A newer request that replaced this one also aborts it; only a timeout is bad news.
    const waited = Date.now() - (started.get(ctx) ?? 0);
    if (error.name === "AbortError" && waited < htmx.config.defaultTimeout) return;
    if (error instanceof TypeError || error.name === "AbortError") unreachable(ctx);
  });
  // A failure that carries no message of ours: a proxy's page, most likely.
  document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
    if (ctx.response.status >= 500 && !ctx.text.includes("beforeend:#toasts")) unreachable(ctx);
  });
}
