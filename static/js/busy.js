// Says which part of the page is being fetched, to eyes (by CSS) and to screen readers.
{
  document.addEventListener("htmx:before:request", ({ detail }) => {
    detail.ctx.target?.setAttribute?.("aria-busy", "true");
  });
  document.addEventListener("htmx:finally:request", ({ detail }) => {
    detail.ctx.target?.removeAttribute?.("aria-busy");
  });
}
