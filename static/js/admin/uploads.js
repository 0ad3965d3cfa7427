// Sends the files of a form one after the other, each with its progress, straight to the store where that is allowed.
// Without this script the form sends all of them through the shop.
{
  const PAUSES = [2, 5, 10, 20, 30];
  let sending = 0;

  const sleep = (seconds) => new Promise((wake) => setTimeout(wake, seconds * 1000));

  // Ends with the status and what was answered; 0 when nobody did.
  const send = (method, url, body, headers = {}, onProgress = () => {}) =>
    new Promise((end) => {
      const request = new XMLHttpRequest();
      request.open(method, url);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      request.upload.addEventListener("progress", (event) => event.lengthComputable && onProgress(event.loaded / event.total));
      request.addEventListener("loadend", () => end({ status: request.status, text: request.responseText }));
      request.send(body);
    });

  const formOf = (fields, file) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    // Last, because a store stops reading fields at the file.
    if (file) form.append("file", file);
    return form;
  };

  const told = ({ text }) => {
    try {
      return JSON.parse(text).problem;
    } catch {
      return undefined;
    }
  };

  class Row {
    constructor(form, file) {
      this.form = form;
      const pattern = form.querySelector("template[data-upload-row]");
      this.element = pattern.content.firstElementChild.cloneNode(true);
      this.element.querySelector("[data-upload-name]").textContent = file.name;
      this.bar = this.element.querySelector("progress");
      this.bar.setAttribute("aria-label", file.name);
      document.querySelector(form.dataset.list).append(this.element);
      this.say(form.dataset.waits);
    }

    say(words) {
      const line = this.element.querySelector("[role=status]");
      if (line.textContent !== words) line.textContent = words;
    }

    refuse(words) {
      this.bar.remove();
      this.say(words);
      this.element.classList.add("desk-upload--refused");
      this.element.querySelector("[data-upload-away]").hidden = false;
    }

    becomes(html) {
      const box = document.createElement("template");
      box.innerHTML = html;
      const tile = box.content.querySelector("li");
      this.element.replaceWith(tile);
      htmx.process(tile);
    }
  }

  // Asks until somebody answers with more than "not now"; a refusal is an answer.
  const insist = async (row, ask) => {
    for (let tries = 0; ; tries += 1) {
      const answer = await ask();
      if (answer.status && answer.status < 500 && answer.status !== 429) return answer;
      row.say(row.form.dataset.away);
      await sleep(PAUSES[Math.min(tries, PAUSES.length - 1)]);
    }
  };

  const upload = async (form, file, alt, row) => {
    const { token, purpose, subject, kind } = form.dataset;
    const csrf = form.elements.csrf_token.value;
    const note = { csrf_token: csrf, name: file.name, size: file.size, type: file.type, purpose, subject_id: subject, kind, alt };
    const opened = await insist(row, () => send("POST", form.dataset.uploads, formOf(note)));
    if (opened.status !== 201) return row.refuse(told(opened) ?? form.dataset.failed);
    const ticket = JSON.parse(opened.text);
    const onProgress = (share) => {
      row.say(form.dataset.sends);
      row.bar.value = share;
    };
    let direct = ticket.direct;
    const sent = await insist(row, async () => {
      if (direct) {
        const body = direct.method === "PUT" ? file : formOf(direct.fields, file);
        const answer = await send(direct.method, direct.url, body, direct.headers, onProgress);
        if (answer.status >= 200 && answer.status < 300) return answer;
        // The store does not let browsers in, or is away: the shop knows more, and tells.
        direct = undefined;
      }
      return send("POST", ticket.through, formOf({ csrf_token: csrf }, file), {}, onProgress);
    });
    if (sent.status >= 300) return row.refuse(told(sent) ?? form.dataset.failed);
    const arrived = await insist(row, () => send("POST", ticket.arrival, formOf({ csrf_token: csrf })));
    if (arrived.status !== 200) return row.refuse(form.dataset.failed);
    row.becomes(arrived.text);
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest?.("form[data-uploads]");
    const input = form?.querySelector("input[type=file]");
    if (!input?.files.length) return;
    event.preventDefault();
    const files = [...input.files];
    const alt = files.length === 1 ? (form.elements.alt?.value ?? "") : "";
    form.reset();
    const rows = files.map((file) => new Row(form, file));
    sending += files.length;
    for (const [place, file] of files.entries()) {
      await upload(form, file, alt, rows[place]);
      sending -= 1;
    }
  });

  document.addEventListener("click", (event) => {
    event.target.closest?.("[data-upload-away]")?.closest("li").remove();
  });

  // The same file sent twice is one picture: where it hangs already, it does not come a second time.
  document.addEventListener("htmx:after:swap", () => {
    const seen = new Set();
    for (const tile of document.querySelectorAll(".desk-pictures > [id^='picture-']")) {
      if (seen.has(tile.id)) tile.remove();
      seen.add(tile.id);
    }
  });

  // A page that is left takes the files with it that were not sent yet.
  window.addEventListener("beforeunload", (event) => {
    if (sending) event.preventDefault();
  });
}
