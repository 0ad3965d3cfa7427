// Minus and plus beside a quantity; the field works without them.
{
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-step]");
    const input = button?.closest("[data-stepper]")?.querySelector("input");
    if (!input) return;
    const before = input.value;
    input.stepUp(Number(button.dataset.step));
    if (input.value === before) return;
    for (const name of ["input", "change"]) input.dispatchEvent(new Event(name, { bubbles: true }));
  });
}
