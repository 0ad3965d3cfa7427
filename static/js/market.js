// A page is the same for everyone: whoever has not chosen a market asks once whether another one fits better.
{
  const chosen = () => /(?:^|;\s*)market=([\w-]*)/.exec(document.cookie)?.[1];
  const ask = () => {
    const bar = document.getElementById("market-suggestion");
    if (!bar || chosen() === bar.dataset.market || sessionStorage.getItem("market-asked") === bar.dataset.market) return;
    sessionStorage.setItem("market-asked", bar.dataset.market);
    document.body.dispatchEvent(new CustomEvent("market:ask", { bubbles: true }));
  };

  // htmx listens from its first look at the page on.
  document.addEventListener("htmx:after:process", ask, { once: true });
}
