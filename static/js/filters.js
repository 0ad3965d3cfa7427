// A form with data-tidy leaves out what is empty or as it would be anyway, so that its address says what was chosen,
// and says itself what its address says, whatever was ticked before.
{
  const tidy = (form, fields) => {
    for (const [name, value] of [...fields.entries()]) {
      const field = form.elements[name];
      if (value === "" || (field?.dataset?.default ?? null) === value) fields.delete(name);
    }
  };

  document.addEventListener("htmx:config:request", ({ detail }) => {
    const { request, sourceElement } = detail.ctx;
    if (request.body && sourceElement?.matches?.("form[data-tidy]")) tidy(sourceElement, request.body);
  });

  // A browser keeps a box as the visitor left it, even when the page that arrives says otherwise.
  const agree = () => {
    for (const field of document.querySelectorAll("form[data-tidy] :is(input:not([type=hidden]), select)")) {
      if (field.type === "checkbox") field.checked = field.defaultChecked;
      else if (field.options) for (const option of field.options) option.selected = option.defaultSelected;
      else if (field !== document.activeElement) field.value = field.defaultValue;
    }
  };

  document.addEventListener("htmx:after:swap", ({ detail }) => {
    if (detail.ctx?.target?.querySelector?.("form[data-tidy]")) agree();
  });
  addEventListener("pageshow", ({ persisted }) => persisted && agree());
}
