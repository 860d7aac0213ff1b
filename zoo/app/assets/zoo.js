// What the pages do in the browser: the light switch, the gallery's filters, canvases, settings in the address.
(() => {
  "use strict";

  const KEY = "zoo-theme";

  const applyTheme = () => {
    let wanted = null;
    try { wanted = localStorage.getItem(KEY); } catch { /* storage may be forbidden */ }
    if (wanted && !new URLSearchParams(location.search).has("__theme"))
      document.body.classList.toggle("dark", wanted === "dark");
  };

  const switchTheme = () => {
    const dark = document.body.classList.toggle("dark");
    try { localStorage.setItem(KEY, dark ? "dark" : "light"); } catch { /* then it lasts for this page */ }
  };

  // ---- the gallery: words and filters live in the address, so a view can be shared and goes back and forth

  const gallery = (element) => {
    const root = element.querySelector(".z-cards");
    if (!root || root.dataset.ready) return;
    root.dataset.ready = "yes";
    const query = element.querySelector("#z-query");
    const count = element.querySelector(".z-search output");
    const none = element.querySelector(".z-none");
    const items = [...root.children];
    const filters = [...element.querySelectorAll(".z-filter")];
    const state = { q: "", family: "", input: "" };

    const show = () => {
      const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const item of items) {
        const fits = (!state.family || item.dataset.family === state.family)
          && (!state.input || item.dataset.input.split(" ").includes(state.input))
          && words.every((word) => item.dataset.text.includes(word));
        item.hidden = !fits;
        shown += fits;
      }
      count.textContent = `${shown} shown`;
      none.hidden = shown > 0;
      for (const one of filters)
        one.setAttribute("aria-pressed", String(state[one.dataset.group] === one.dataset.value));
    };

    const read = () => {
      const address = new URLSearchParams(location.search);
      for (const key of Object.keys(state)) state[key] = address.get(key) || "";
      query.value = state.q;
      show();
    };

    const write = (push) => {
      const address = new URLSearchParams(location.search);
      for (const [key, value] of Object.entries(state)) value ? address.set(key, value) : address.delete(key);
      const text = address.toString();
      history[push ? "pushState" : "replaceState"](null, "", text ? `?${text}` : location.pathname);
      show();
    };

    query.addEventListener("input", () => { state.q = query.value; write(false); });
    element.addEventListener("click", (event) => {
      const filter = event.target.closest(".z-filter");
      if (filter) {
        const { group, value } = filter.dataset;
        state[group] = state[group] === value ? "" : value;
        write(true);
      } else if (event.target.closest("[data-zoo=reset]")) {
        Object.assign(state, { q: "", family: "", input: "" });
        query.value = "";
        write(true);
      }
    });
    addEventListener("popstate", read);
    read();
  };

  // ---- a canvas to draw on; its value is a PNG as a data address

  const canvas = (element, props) => {
    const board = element.querySelector("canvas");
    if (!board || board.dataset.ready) return;
    board.dataset.ready = "yes";
    const pen = board.getContext("2d");
    let strokes = [];
    let current = null;
    let sent = null;

    const paint = () => {
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, board.width, board.height);
      pen.lineWidth = 14;
      pen.lineCap = pen.lineJoin = "round";
      pen.strokeStyle = "#000";
      for (const stroke of strokes) {
        pen.beginPath();
        pen.moveTo(...stroke[0]);
        for (const point of stroke.length > 1 ? stroke : [stroke[0], stroke[0]]) pen.lineTo(...point);
        pen.stroke();
      }
    };
    const send = () => { sent = strokes.length ? board.toDataURL("image/png") : null; props.value = sent; };
    const place = (event) => {
      const box = board.getBoundingClientRect();
      return [(event.clientX - box.left) * board.width / box.width, (event.clientY - box.top) * board.height / box.height];
    };
    const showValue = (value) => {
      if (value === sent) return;
      sent = value;
      strokes = [];
      paint();
      if (!value) return;
      const picture = new Image();
      picture.onload = () => {
        const scale = Math.min(board.width / picture.width, board.height / picture.height);
        const [w, h] = [picture.width * scale, picture.height * scale];
        pen.drawImage(picture, (board.width - w) / 2, (board.height - h) / 2, w, h);
      };
      picture.src = value;
    };

    board.addEventListener("pointerdown", (event) => {
      board.setPointerCapture(event.pointerId);
      current = [place(event)];
      strokes.push(current);
      paint();
    });
    board.addEventListener("pointermove", (event) => {
      if (!current) return;
      for (const one of event.getCoalescedEvents?.() ?? [event]) current.push(place(one));
      paint();
    });
    const lift = () => { if (current) { current = null; send(); } };
    board.addEventListener("pointerup", lift);
    board.addEventListener("pointercancel", lift);
    element.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (!button) return;
      if (button.dataset.do === "undo") strokes.pop(); else strokes = [];
      paint();
      send();
    });
    paint();
    if (props.value) showValue(props.value);
    return showValue;
  };

  // ---- ?action=…&name=value fills the inputs of that action

  const settings = (action, names, values) => {
    const address = new URLSearchParams(location.search);
    if (address.has("action") && address.get("action") !== action) return values;
    return values.map((value, index) => {
      const [name, kind] = names[index];
      if (!address.has(name)) return value;
      const text = address.get(name);
      if (kind === "bool") return text === "True" || text === "true" || text === "1";
      if (kind === "int" || kind === "float") return Number.isFinite(Number(text)) ? Number(text) : value;
      if (kind === "choice" && typeof value === "number") return Number(text);
      return text;
    });
  };

  const copy = (button) => {
    const code = button.closest(".z-code").querySelector("code").textContent;
    const done = () => { button.textContent = "Copied"; setTimeout(() => { button.textContent = "Copy"; }, 1500); };
    navigator.clipboard?.writeText(code).then(done, () => {});
  };

  document.addEventListener("click", (event) => {
    const target = event.target.closest?.("[data-zoo]");
    if (target?.dataset.zoo === "theme") switchTheme();
    if (target?.dataset.zoo === "copy") copy(target);
  });

  const start = () => {
    applyTheme();
    // Gradio sets the theme once more when it mounts.
    let tries = 0;
    const again = setInterval(() => { applyTheme(); if (++tries > 20) clearInterval(again); }, 100);
    document.addEventListener("click", () => clearInterval(again), { once: true });
    document.documentElement.lang = "en";
  };
  document.body ? start() : addEventListener("DOMContentLoaded", start);

  window.zoo = { gallery, canvas, settings };
})();
