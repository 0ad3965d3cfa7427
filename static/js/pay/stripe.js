// Stripe's form on our page. What was typed there becomes a token in a hidden field, and the page's own form is sent as
// ever: the order is made on the server. Without this script the same form leads to Stripe's own page.
{
  const box = document.querySelector("[data-stripe]");
  const form = box.closest("form");
  const told = box.querySelector("[data-stripe-problem]");
  const token = box.querySelector("input[type=hidden]");
  const { key, provider, amount, currency, capture, locale } = box.dataset;

  const chosen = () => new FormData(form).get("provider") === provider;

  const say = (sentence) => {
    told.textContent = sentence || "";
    told.hidden = !sentence;
  };

  const style = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

  // Stripe's frame can't see our styles: it is told what ours look like.
  const appearance = () => ({
    theme: "stripe",
    variables: {
      colorPrimary: style("--accent") || undefined,
      colorBackground: style("--surface") || undefined,
      colorText: style("--ink") || undefined,
      fontFamily: getComputedStyle(document.body).fontFamily,
      borderRadius: style("--radius") || undefined,
    },
  });

  const start = () => {
    const stripe = window.Stripe(key, { locale });
    const elements = stripe.elements({
      mode: "payment",
      amount: Number(amount),
      currency,
      ...(capture === "manual" ? { captureMethod: "manual" } : {}),
      appearance: appearance(),
    });
    const send = async (failed) => {
      say("");
      const checked = await elements.submit();
      const made = checked.error ? checked : await stripe.createConfirmationToken({ elements });
      if (made.error) {
        say(made.error.message);
        failed();
        return;
      }
      token.value = made.confirmationToken.id;
      form.submit();
    };

    const show = () => { box.hidden = !chosen(); };
    form.addEventListener("change", show);
    show();

    const payment = elements.create("payment", { layout: "tabs" });
    payment.on("loaderror", () => say(box.dataset.unreachable));
    payment.mount(box.querySelector("[data-stripe-form]"));

    const express = elements.create("expressCheckout", { buttonHeight: 48 });
    const shelf = box.querySelector("[data-stripe-express]");
    const or = box.querySelector("[data-stripe-or]");
    // A browser without any wallet shows no button, and needs no "or".
    express.on("ready", ({ availablePaymentMethods }) => { or.hidden = !availablePaymentMethods; });
    express.on("confirm", (event) => {
      if (!form.reportValidity()) return event.paymentFailed({ reason: "fail" });
      return send(() => event.paymentFailed({ reason: "invalid_payment_data" }));
    });
    express.mount(shelf.querySelector("[data-stripe-buttons]"));

    let sending = false;
    form.addEventListener("submit", (event) => {
      if (!chosen()) return;
      event.preventDefault();
      if (sending) return;
      sending = true;
      const button = event.submitter;
      button?.setAttribute("aria-disabled", "true");
      send(() => {
        sending = false;
        button?.removeAttribute("aria-disabled");
      });
    });
    // Coming back by the browser's arrow, the page is as it was left.
    addEventListener("pageshow", () => { sending = false; token.value = ""; });
  };

  // When the script is kept from loading, the form leads to Stripe's own page.
  if (window.Stripe) start();
}
