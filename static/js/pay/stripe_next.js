// The bank wants one more step of the shopper: on a page of its own, or shown by Stripe's script, which then comes back.
{
  const box = document.querySelector("[data-stripe-next]");
  const { key, secret, locale, url, back } = box.dataset;
  const again = box.querySelector("button");

  const go = async () => {
    if (url) return location.assign(url);
    again.setAttribute("aria-disabled", "true");
    try {
      await window.Stripe(key, { locale }).handleNextAction({ clientSecret: secret });
    } finally {
      location.assign(back);
    }
  };

  again?.addEventListener("click", go);
  // Who comes back from the bank without an answer decides for themselves whether to go there again.
  if ((url || window.Stripe) && !new URLSearchParams(location.search).has("redirect_status")) go();
}
