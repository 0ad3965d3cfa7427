// What was looked at last: remembered in this browser and nowhere else. The server only turns names into cards.
{
  const KEY = "recently-viewed";
  const MOST = 12;
  const SHOWN = 4;

  const read = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY));
      return Array.isArray(kept) ? kept.filter((name) => /^[a-z0-9-]{1,255}$/.test(name)) : [];
    } catch {
      return [];
    }
  };
  const write = (names) => {
    try {
      if (names.length) localStorage.setItem(KEY, JSON.stringify(names.slice(0, MOST)));
      else localStorage.removeItem(KEY);
    } catch {
      // Storage is blocked: nothing is remembered.
    }
  };

  const fill = async (box, names) => {
    const answer = await fetch(`${box.dataset.recentUrl}?handles=${names.join()}`).catch(() => null);
    if (!answer?.ok) return;
    const cards = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("ul");
    if (!cards?.children.length) return;
    box.querySelector("[data-recent-place]").replaceChildren(cards);
    box.firstElementChild.hidden = false;
  };

  const show = () => {
    const box = document.querySelector("[data-recent]:not([data-recent-seen])");
    if (!box) return;
    box.dataset.recentSeen = "yes";
    const here = box.dataset.recent;
    const others = read().filter((name) => name !== here);
    if (here) write([here, ...others]);
    if (!others.length) return;
    const watch = new IntersectionObserver(
      (seen) => {
        if (!seen.some((one) => one.isIntersecting)) return;
        watch.disconnect();
        fill(box, others.slice(0, SHOWN));
      },
      { rootMargin: "400px" },
    );
    watch.observe(box);
  };

  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-recent-forget]");
    if (!button) return;
    write([]);
    button.closest("section").hidden = true;
    const live = document.getElementById("live");
    if (live) live.textContent = button.dataset.recentForget;
    document.dispatchEvent(new CustomEvent("store:focus", { detail: { selector: "main" } }));
  });

  show();
  document.addEventListener("page:restored", show);
  document.addEventListener("htmx:after:settle", show);
}
