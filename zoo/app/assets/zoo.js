// What the pages do in the browser: the light switch, canvases, pictures looked at
// together, settings in the address.
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

  // ---- a canvas to draw on; its value is a PNG as a data address

  const canvas = (element, props) => {
    const board = element.querySelector("canvas");
    if (!board || board.dataset.ready) return;
    board.dataset.ready = "yes";
    const pen = board.getContext("2d");
    let strokes = [];
    let current = null;
    let sent = null;

    let under = null;  // a picture beneath the strokes: an example, or one of the visitor's
    const fits = (picture) => {
      const scale = Math.min(board.width / picture.width, board.height / picture.height);
      const [w, h] = [picture.width * scale, picture.height * scale];
      return [(board.width - w) / 2, (board.height - h) / 2, w, h];
    };
    const paint = () => {
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, board.width, board.height);
      if (under) pen.drawImage(under, ...fits(under));
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
    const send = () => { sent = strokes.length || under ? board.toDataURL("image/png") : null; props.value = sent; };
    const place = (event) => {
      const box = board.getBoundingClientRect();
      return [(event.clientX - box.left) * board.width / box.width, (event.clientY - box.top) * board.height / box.height];
    };
    // A picture beneath the strokes; what comes as a value stands for itself, what a visitor gives is sent.
    const lay = (address, own) => {
      strokes = [];
      under = null;
      paint();
      if (!address) return;
      const picture = new Image();
      picture.onload = () => { under = picture; paint(); if (own) send(); };
      picture.src = address;
    };
    const showValue = (value) => {
      if (value === sent) return;
      sent = value;
      lay(value, false);
    };
    const take = (file) => {
      if (!file?.type.startsWith("image/")) return false;
      const reader = new FileReader();
      reader.onload = () => lay(reader.result, true);
      reader.readAsDataURL(file);
      return true;
    };
    const chosen = element.querySelector("input[type=file]");
    chosen.addEventListener("change", () => { take(chosen.files[0]); chosen.value = ""; });
    board.addEventListener("paste", (event) => {
      if (take([...event.clipboardData.files][0])) event.preventDefault();
    });
    board.addEventListener("dragover", (event) => event.preventDefault());
    board.addEventListener("drop", (event) => { event.preventDefault(); take(event.dataTransfer.files[0]); });
    board.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); chosen.click(); }
    });

    board.addEventListener("pointerdown", (event) => {
      board.setPointerCapture(event.pointerId);
      current = [place(event)];
      strokes.push(current);
      paint();
    });
    board.addEventListener("pointermove", (event) => {
      if (!current) return;
      for (const moved of event.getCoalescedEvents?.() ?? [event]) current.push(place(moved));
      paint();
    });
    const lift = () => { if (current) { current = null; send(); } };
    board.addEventListener("pointerup", lift);
    board.addEventListener("pointercancel", lift);
    element.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (!button) return;
      if (button.dataset.do === "open") return chosen.click();
      if (button.dataset.do === "undo" && strokes.length) strokes.pop();
      else [strokes, under] = [[], null];
      paint();
      send();
    });
    paint();
    if (props.value) showValue(props.value);
    return showValue;
  };

  // ---- metrics: texts are set as texts, since gradio's templates would run what stands between ${ and }

  const make = (tag, settings = {}, children = []) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(settings))
      name in element && name !== "list" ? element[name] = value : element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  // ---- the idea above the examples, folded as the visitor left it; and hints for the words that it explains

  let lexicon = null;

  const idea = (element) => {
    const root = element.querySelector(".z-idea");
    let folded = null;
    try { folded = localStorage.getItem("zoo-idea"); } catch { /* storage may be forbidden */ }
    root.open = folded ? folded === "open" : innerWidth > 640;
    root.querySelector("summary").addEventListener("click", () => {
      try { localStorage.setItem("zoo-idea", root.open ? "folded" : "open"); } catch { /* then it lasts for this page */ }
    });
    const words = [...root.querySelectorAll("dt")].map((word) => ({ word: word.textContent, id: word.nextElementSibling.id }));
    if (!words.length) return;
    words.sort((one, other) => other.word.length - one.word.length);
    const plain = ({ word }) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&") + (word.length < 4 ? "" : "(?:e?s)?");
    const letter = "[\\p{L}\\p{N}_]";
    lexicon = { words, pattern: new RegExp(`(?<!${letter})(?:${words.map((one) => `(${plain(one)})`).join("|")})(?!${letter})`, "giu") };
    hintAll();
  };

  // A text as nodes, in which the first mention of each word with an explanation is a button that tells it. What is
  // shorter than four letters is a symbol, found as it is written; `pattern` of zoo/idea.py has the same rules.
  const hinted = (text) => {
    if (!lexicon || !text) return [text];
    const parts = [];
    const told = new Set();
    let reached = 0;
    for (const match of text.matchAll(lexicon.pattern)) {
      const { word, id } = lexicon.words[match.slice(1).findIndex((group) => group !== undefined)];
      if (told.has(word) || (word.length < 4 && match[0] !== word)) continue;
      told.add(word);
      parts.push(text.slice(reached, match.index),
        make("button", { type: "button", className: "z-hint", textContent: match[0], "aria-describedby": id }));
      reached = match.index + match[0].length;
    }
    return [...parts, text.slice(reached)].filter(Boolean);
  };

  // What gradio writes once: captions, and the sentence above the examples.
  const hintAll = () => {
    if (!lexicon) return;
    for (const line of document.querySelectorAll(".z-lead, h3.z-result, .z-plot [data-testid=block-label]")) {
      if (line.dataset.hinted) continue;
      line.dataset.hinted = "yes";
      for (const node of [...line.childNodes])
        if (node.nodeType === Node.TEXT_NODE && node.data.trim()) node.replaceWith(make("b", { className: "z-said" }, hinted(node.data)));
    }
  };

  // Rows such as "PSNR | JPEG" are cells of a grid, row and column; those with the same columns stand in one.
  const gridded = (all) => {
    const plain = [];
    const rows = new Map();
    for (const { name, text, unit } of all) {
      const [row, column] = name.split(" | ");
      if (column === undefined) { plain.push({ name, text, unit }); continue; }
      const key = JSON.stringify([row, unit]);
      if (!rows.has(key)) rows.set(key, { name: row, unit, cells: {} });
      rows.get(key).cells[column] = text;
    }
    const grids = new Map();
    for (const row of rows.values()) {
      const columns = Object.keys(row.cells);
      const key = JSON.stringify(columns);
      if (!grids.has(key)) grids.set(key, { columns, rows: [] });
      grids.get(key).rows.push(row);
    }
    return [plain, [...grids.values()]];
  };

  const metrics = (element, props) => {
    const body = element.querySelector(".z-scroll");
    const line = (row) => make("tr", {}, [
      make("th", { scope: "row" }, hinted(row.name)),
      make("td", { textContent: row.text }),
      make("td", {}, hinted(row.unit)),
    ]);
    const show = () => {
      const [plain, grids] = gridded(props.value || []);
      body.replaceChildren(
        ...(plain.length ? [make("table", { className: "z-metrics" }, [make("tbody", {}, plain.map(line))])] : []),
        ...grids.map(({ columns, rows }) => make("table", { className: "z-metrics z-grid" }, [
          make("thead", {}, [make("tr", {}, [make("td"),
            ...columns.map((name) => make("th", { scope: "col" }, hinted(name)))])]),
          make("tbody", {}, rows.map(({ name, unit, cells }) => make("tr", {}, [
            make("th", { scope: "row" }, [...hinted(name), make("span", {}, hinted(unit))]),
            ...columns.map((column) => make("td", { textContent: cells[column] ?? "" }))]))),
        ])),
      );
    };
    show();
    return show;
  };

  // ---- an uploaded table as it was read

  const preview = (element, props) => {
    const root = element.querySelector(".z-preview");
    const counted = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
    const show = () => {
      const table = props.value;
      root.hidden = !table;
      if (!table) return root.replaceChildren();
      const [rows, columns] = table.size;
      const more = [rows - table.rows.length, columns - table.columns.length];
      const left = [more[0] > 0 && counted(more[0], "row"), more[1] > 0 && counted(more[1], "column")].filter(Boolean);
      const named = table.names.length > 0;
      root.replaceChildren(
        make("p", { className: "z-note", textContent: `${counted(rows, "row")}, ${counted(columns, "column")}. ${table.said}` }),
        make("div", { className: "z-scroll", tabIndex: 0, role: "group", "aria-label": "The first rows of the table" }, [
          make("table", {}, [
            make("thead", {}, [make("tr", {}, [...(named ? [make("td")] : []), ...table.columns.map(([name, kind, missing]) =>
              make("th", { scope: "col" }, [name, make("span", { textContent: missing ? `${kind}, ${missing} missing` : kind })]))])]),
            make("tbody", {}, table.rows.map((cells, place) => make("tr", {}, [
              ...(named ? [make("th", { scope: "row", textContent: table.names[place] })] : []),
              ...cells.map((text) => make("td", { textContent: text, className: text ? "" : "z-gap" }))]))),
          ])]),
        ...(left.length ? [make("p", { className: "z-note", textContent: `And ${left.join(" and ")} more.` })] : []),
      );
    };
    show();
    return show;
  };

  // ---- what came out, in a sentence

  const verdict = (element, props) => {
    const line = element.querySelector(".z-verdict");
    const show = () => { line.replaceChildren(...hinted(props.value || "")); line.hidden = !props.value; };
    show();
    return show;
  };

  // ---- a text with marks in it: a colour for each label, its strength by weight

  const marked = (element, props) => {
    const labels = element.querySelector(".z-labels");
    const words = element.querySelector(".z-words");
    const show = () => {
      const { text = "", spans = [] } = props.value || {};
      const letters = [...text];  // characters as Python counts them
      const names = [...new Set(spans.map((span) => span.label))];
      const mark = (content, label, weight, title) => {
        const one = make("mark", { textContent: content, title });
        one.style.setProperty("--hue", Math.round(250 + 137.5 * names.indexOf(label)) % 360);
        one.style.setProperty("--weight", weight ?? 1);
        return one;
      };
      const parts = [];
      let reached = 0;
      for (const { start, end, label, weight } of spans) {
        const more = weight === null ? label : `${label} ${Number(weight.toPrecision(3))}`;
        parts.push(letters.slice(reached, start).join(""), mark(letters.slice(start, end).join(""), label, weight, more));
        reached = end;
      }
      words.replaceChildren(...parts, letters.slice(reached).join(""));
      labels.replaceChildren(...names.map((name) => mark(name, name, 1, "")));
    };
    show();
    return show;
  };

  // ---- a spot on a picture: its value is [x, y] in pixels of the picture, set by a click, by arrow keys or by fields

  const spot = (element, props, trigger) => {
    const view = element.querySelector(".z-spot-view");
    const [picture, marker] = view.children;
    const fields = [...element.querySelectorAll("input")];
    const size = () => [picture.naturalWidth, picture.naturalHeight];
    const show = () => {
      const place = Array.isArray(props.value) ? props.value : null;
      fields.forEach((field, axis) => {
        if (field !== document.activeElement) field.value = place ? place[axis] : "";
        if (picture.naturalWidth) field.max = size()[axis] - 1; else field.removeAttribute("max");
      });
      marker.hidden = !place || !picture.naturalWidth;
      if (!marker.hidden) {
        const [left, top] = place.map((part, axis) => 100 * Math.min(1, Math.max(0, (part + 0.5) / size()[axis])));
        marker.style.left = `${left}%`;
        marker.style.top = `${top}%`;
      }
    };
    const set = (place) => { props.value = place; show(); trigger("input"); };
    const within = (place) => place.map((part, axis) => Math.min(size()[axis] - 1, Math.max(0, Math.floor(part))));

    element.closest("[id^=z-spot-]").addEventListener("z-picture", ({ detail }) => {
      if (!detail) { picture.removeAttribute("src"); view.hidden = true; show(); return; }
      picture.src = detail;
    });
    picture.addEventListener("load", () => { view.hidden = false; show(); });
    picture.addEventListener("error", () => { view.hidden = true; show(); });  // a format that browsers lack
    view.addEventListener("click", (event) => {
      const box = picture.getBoundingClientRect();
      const [width, height] = size();
      set(within([(event.clientX - box.left) * width / box.width, (event.clientY - box.top) * height / box.height]));
    });
    view.addEventListener("keydown", (event) => {
      const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const from = Array.isArray(props.value) ? props.value : size().map((part) => part / 2);
      set(within(from.map((part, axis) => part + move[axis] * (event.shiftKey ? 10 : 1))));
    });
    for (const field of fields)
      field.addEventListener("input", () => {
        const place = fields.map((one) => one.valueAsNumber);
        set(place.every(Number.isFinite) ? place : null);
      });
    show();
    return show;
  };

  // The picture that a spot lies on, shown beneath its marker.
  const spotOn = (id, [picture]) => {
    document.getElementById(id)?.dispatchEvent(new CustomEvent("z-picture", { detail: picture?.url }));
  };

  // ---- scores of contestants; the best of a column says so

  const scores = (element, props) => {
    const table = element.querySelector("table");
    const show = () => {
      const { columns = [], rows = [] } = props.value || {};
      element.querySelector("h3").hidden = !rows.length;
      const head = columns.map(({ key, title, unit, better }) => make("th", { scope: "col" }, [
        title, make("span", { textContent: `${key === "seconds" ? "" : unit} ${better === "higher" ? "↑" : "↓"}`,
          title: `${better} is better` })]));
      table.replaceChildren(...(rows.length ? [
        make("thead", {}, [make("tr", {}, [make("th", { scope: "col", textContent: "Contestant" }), ...head])]),
        make("tbody", {}, rows.map((row) => make("tr", {}, [
          make("th", { scope: "row" }, [row.page ? make("a", { href: `./${row.page}`, textContent: row.name }) : row.name]),
          ...columns.map(({ key }) => make("td", { className: row.scores[key].best ? "z-best" : "" },
            [row.scores[key].text, ...(row.scores[key].best ? [make("i", { textContent: "best" })] : [])])),
        ]))),
      ] : []));
    };
    show();
    return show;
  };

  // ---- contestants: two to four, in the order they were chosen

  const contestants = (element, props, trigger) => {
    const root = element.querySelector(".z-contestants");
    const buttons = [...root.querySelectorAll("[data-name]")];
    // Run, which may come later than the contestants, can be pressed once there are two.
    const refuse = (left = 40) => {
      const button = root.closest(".z-form")?.querySelector("[data-do=run]");
      if (button) button.disabled = (props.value || []).length < 2;
      else if (left) setTimeout(refuse, 50, left - 1);
    };
    const show = () => {
      const chosen = props.value || [];
      for (const button of buttons) {
        const place = chosen.indexOf(button.dataset.name);
        button.setAttribute("aria-pressed", String(place >= 0));
        button.disabled = place < 0 && chosen.length >= 4;
        button.dataset.place = place < 0 ? "" : place + 1;
      }
      const few = chosen.length < 2;
      root.querySelector("output").textContent = few ? `${chosen.length} chosen: choose ${chosen.length ? "another" : "two"} before you run.` : `${chosen.length} chosen.`;
      root.classList.toggle("z-too-few", few);
      refuse();
    };
    // The examples, by which the comparison is known, may come later than the contestants.
    const known = (left = 40) => {
      const key = root.closest(".z-form")?.querySelector("[data-key]")?.dataset.key;
      if (key) tryOf(key).choose = (names) => { props.value = names; show(); trigger("input"); };
      else if (left) setTimeout(known, 50, left - 1);
    };
    known();
    root.addEventListener("click", (event) => {
      const name = event.target.closest("[data-name]")?.dataset.name;
      if (!name) return;
      const chosen = props.value || [];
      props.value = chosen.includes(name) ? chosen.filter((other) => other !== name) : [...chosen, name];
      show();
      trigger("input");
    });
    show();
    return show;
  };

  // Names by place. A name that stands alone is sent twice, for an empty place would get its default.
  const placesOf = (chosen) => [0, 1, 2, 3].map((index) => chosen[index] ?? (index < 2 ? chosen[0] ?? "" : null));

  // Going back sets the dial as well, which stands beside the names.
  const places = (key, [chosen, dial]) => [...placesOf(chosen), goesBack ? tryOf(key).dial ?? dial : dial];

  // The address holds a comparison: names of contestants by place, the dial, and the example that is its input.
  const toAddress = (key, names, [chosen, dial, sent]) => {
    if (!touched || goesBack) return;
    const attempt = tryOf(key);
    const address = new URLSearchParams(location.search);
    const step = (list) => JSON.stringify([...names.slice(0, -1), "example"].map((name) => list.get(name)));
    const before = step(address);
    names.forEach((name, index) => {
      const value = index === names.length - 1 ? dial : chosen[index];
      value === undefined || value === null ? address.delete(name) : address.set(name, value);
    });
    attempt.base && sent && sameFile(sent, attempt.base[0]) ? address.set("example", attempt.chosen) : address.delete("example");
    if (`?${address}` === location.search) return;
    history[step(address) === before ? "replaceState" : "pushState"](null, "", `${location.pathname}?${address}`);
  };

  // What the address says of a comparison; what is wrong is set right and told.
  const comparisonOf = (names, known, dial, usual) => {
    const address = new URLSearchParams(location.search);
    const asked = names.slice(0, -1).map((name) => address.get(name)).filter(Boolean);
    const there = [...new Set(asked.filter((name) => known.includes(name)))];
    const chosen = [...there, ...usual.chosen.filter((name) => there.length && !there.includes(name))].slice(0, Math.max(2, there.length));
    const wrong = asked.filter((name) => !known.includes(name)).map((name) => `There is no contestant ${name} here.`);
    const stands = there.length ? chosen : usual.chosen;
    if (wrong.length) wrong.push(`These are ${stands.join(" and ")}.`);
    return {
      chosen: stands,
      dial: address.has(dial.name) ? valueIn(dial, address.getAll(dial.name), usual.dial, wrong) : usual.dial,
      wrong,
    };
  };

  const fromAddress = (key, names, known, dial, [before, ...values]) => {
    const attempt = tryOf(key);
    const usual = { chosen: before, dial: values.at(-1) };
    const said = comparisonOf(names, known, dial, usual);
    if (said.wrong.length) sayOf(key, said.wrong);
    attempt.goBack = () => {
      const back = comparisonOf(names, known, dial, usual);
      attempt.dial = back.dial;
      attempt.choose?.(back.chosen);
      sayOf(key, back.wrong);
      const example = new URLSearchParams(location.search).get("example");
      if (example !== null) attempt.restore?.(example);
    };
    const example = new URLSearchParams(location.search).get("example");
    const open = (left) => attempt.restore ? attempt.run || attempt.restore(example) : left && setTimeout(open, 50, left - 1);
    if (example !== null) setTimeout(open, 0, 40);
    return [said.chosen, ...placesOf(said.chosen), said.dial];
  };

  // ---- pictures looked at together: one zoom and one place for all, side by side or one wiped over another

  const pictures = (element, props) => {
    const root = element.querySelector(".z-pictures-together");
    const stage = root.querySelector(".z-stage");
    const tools = root.querySelector(".z-look");
    const scaleShown = tools.querySelector("output");
    const choices = [...tools.querySelectorAll("select")];
    const place = { scale: 1, x: 0, y: 0 };  // x and y: where the picture begins, in widths of its view
    const fingers = new Map();
    let items = [];
    let wiping = false;
    let wipe = 0.5;
    let moved = false;  // since the page last scrolled: a wheel that scrolls the page shall not end up zooming
    let held = null;

    const width = () => stage.querySelector(".z-view")?.clientWidth || 1;
    const pixels = () => items[0].width / (width() * devicePixelRatio);  // the scale of one pixel to one pixel
    const most = () => Math.max(8, 32 * pixels());

    const paint = () => {
      place.x = Math.min(0, Math.max(1 - place.scale, place.x));
      place.y = Math.min(0, Math.max(1 - place.scale, place.y));
      root.style.setProperty("--scale", place.scale);
      root.style.setProperty("--x", `${100 * place.x}%`);
      root.style.setProperty("--y", `${100 * place.y}%`);
      root.style.setProperty("--wipe", `${100 * wipe}%`);
      const shown = place.scale / pixels();
      root.classList.toggle("z-crisp", shown > 1.001);
      root.classList.toggle("z-zoomed", place.scale > 1);
      scaleShown.textContent = `${Math.round(100 * shown)} %`;
      tools.querySelector("[data-look=out]").disabled = place.scale <= 1;
      tools.querySelector("[data-look=in]").disabled = place.scale >= most();
      tools.querySelector("[data-look=pixels]").disabled = pixels() < 1;
    };
    const zoom = (scale, x = 0.5, y = 0.5) => {
      scale = Math.min(most(), Math.max(1, scale));
      place.x = x - (x - place.x) * scale / place.scale;
      place.y = y - (y - place.y) * scale / place.scale;
      place.scale = scale;
      paint();
    };
    const move = (x, y) => { place.x += x; place.y += y; paint(); };
    const fit = () => { Object.assign(place, { scale: 1, x: 0, y: 0 }); paint(); };

    const arrange = () => {
      if (!items.length) return;
      const fitting = Math.max(1, Math.floor(stage.clientWidth / 230));
      const columns = wiping ? 1 : Math.ceil(items.length / Math.ceil(items.length / fitting));
      root.style.setProperty("--columns", columns);
      paint();
    };

    const keys = "plus and minus zoom, arrows move, 0 shows all";
    const picture = (item) => make("img", { src: item.picture.url, alt: item.caption, draggable: false });
    const caption = (item) => {
      const [name, ...rest] = item.caption.split(/\n|: /);
      return make("figcaption", {}, [
        make("span", {}, [make("b", { textContent: name }), ...rest.map((line) => make("span", { textContent: line }))]),
        make("a", { href: item.picture.url, download: item.picture.orig_name, textContent: "Download",
          "aria-label": `Download ${name}` }),
      ]);
    };
    const sideBySide = () => items.map((item) => make("figure", {}, [
      make("div", { className: "z-view", tabIndex: 0, role: "group", "aria-label": `${item.caption}: ${keys}` },
        [picture(item)]),
      caption(item),
    ]));
    const wiped = () => {
      const [under, over] = choices.map((choice) => items[choice.value] || items[0]);
      const name = (item) => item.caption.split(/\n|: /)[0];
      const slider = make("input", { type: "range", min: 0, max: 100, step: 0.5, value: 100 * wipe,
        "aria-label": `Where ${name(under)} ends and ${name(over)} begins` });
      slider.addEventListener("input", () => { wipe = slider.value / 100; paint(); });
      return [make("figure", {}, [
        make("div", { className: "z-view", tabIndex: 0, role: "group",
          "aria-label": `${name(under)} and ${name(over)}: ${keys}` }, [
          picture(under),
          make("div", { className: "z-over" }, [picture(over)]),
          make("div", { className: "z-edge", "aria-hidden": "true" }),
          make("span", { className: "z-tag", textContent: name(under), "aria-hidden": "true" }),
          make("span", { className: "z-tag z-right", textContent: name(over), "aria-hidden": "true" }),
        ]),
        slider,
        make("div", { className: "z-captions" }, [caption(under), caption(over)]),
      ])];
    };
    const build = () => {
      stage.replaceChildren(...(wiping ? wiped() : sideBySide()));
      for (const button of tools.querySelectorAll("[aria-pressed]"))
        button.setAttribute("aria-pressed", String((button.dataset.look === "wipe") === wiping));
      root.classList.toggle("z-wiping", wiping);
      arrange();
    };
    const show = (value) => {
      const before = items;
      items = Array.isArray(value) ? value : [];
      root.hidden = !items.length;
      if (!items.length) return stage.replaceChildren();
      const [{ width, height }] = items;
      root.style.setProperty("--width", width);
      root.style.setProperty("--height", height);
      if (before.length !== items.length || before[0].width !== width || before[0].height !== height) {
        fit();
        wiping &&= items.length > 1;
      }
      choices.forEach((choice, index) => {
        const chosen = Number(choice.value || index);
        choice.replaceChildren(...items.map((item, value) =>
          make("option", { value, textContent: item.caption.split(/\n|: /)[0] })));
        choice.value = chosen < items.length ? chosen : Math.min(index, items.length - 1);
      });
      root.classList.toggle("z-alone", items.length < 2);
      build();
    };

    const at = (view, event) => {
      const box = view.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    };
    const spread = () => {
      const [[x, y], [otherX, otherY]] = [...fingers.values()];
      return { x: (x + otherX) / 2, y: (y + otherY) / 2, apart: Math.hypot(x - otherX, y - otherY) };
    };
    stage.addEventListener("wheel", (event) => {
      const view = event.target.closest(".z-view");
      const outside = place.scale <= 1 && event.deltaY > 0;  // nothing to zoom out of: the page scrolls
      if (!view || (!event.ctrlKey && (!moved || outside))) return;
      event.preventDefault();
      const step = event.deltaMode ? event.deltaY * 16 : event.deltaY;
      zoom(place.scale * Math.exp(-step * (event.ctrlKey ? 0.01 : 0.002)), ...at(view, event));
    }, { passive: false });
    addEventListener("scroll", () => { moved = false; }, { passive: true, capture: true });
    stage.addEventListener("pointerdown", (event) => {
      const view = event.target.closest(".z-view");
      if (!view || event.button) return;
      const finger = at(view, event);
      fingers.set(event.pointerId, finger);
      const edge = wiping && fingers.size === 1 && Math.abs(finger[0] - wipe) * view.clientWidth < 22;
      held = { view, edge };
      view.setPointerCapture(event.pointerId);
    });
    stage.addEventListener("pointermove", (event) => {
      moved = true;
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const finger = at(held.view, event);
      if (fingers.size === 2) {
        const from = spread();
        fingers.set(event.pointerId, finger);
        const to = spread();
        move(to.x - from.x, to.y - from.y);
        zoom(place.scale * to.apart / from.apart, to.x, to.y);
        return;
      }
      fingers.set(event.pointerId, finger);
      if (held.edge) {
        wipe = Math.min(1, Math.max(0, finger[0]));
        stage.querySelector("input").value = 100 * wipe;
        paint();
      } else if (place.scale > 1) move(finger[0] - before[0], finger[1] - before[1]);
    });
    const lift = (event) => fingers.delete(event.pointerId);
    stage.addEventListener("pointerup", lift);
    stage.addEventListener("pointercancel", lift);
    stage.addEventListener("dblclick", (event) => { if (event.target.closest(".z-view")) fit(); });
    stage.addEventListener("keydown", (event) => {
      if (!event.target.matches(".z-view") || event.ctrlKey || event.metaKey || event.altKey) return;
      const moves = { ArrowLeft: [0.1, 0], ArrowRight: [-0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };
      if (event.key === "+" || event.key === "=") zoom(place.scale * 1.4);
      else if (event.key === "-") zoom(place.scale / 1.4);
      else if (event.key === "0") fit();
      else if (moves[event.key] && place.scale > 1) move(...moves[event.key]);
      else return;
      event.preventDefault();
    });
    tools.addEventListener("click", (event) => {
      const look = event.target.closest("[data-look]")?.dataset.look;
      if (look === "side" || look === "wipe") { wiping = look === "wipe"; build(); }
      if (look === "in") zoom(place.scale * 1.4);
      if (look === "out") zoom(place.scale / 1.4);
      if (look === "pixels") zoom(pixels());
      if (look === "fit") fit();
    });
    tools.addEventListener("change", build);
    new ResizeObserver(arrange).observe(stage);
    show(props.value);
    return () => show(props.value);
  };

  // ---- the address holds tab, action, example and settings: it can be reloaded, shared and gone back to

  // What the server says of the actions of this page: { slug, actions: { name: { title, inputs } } }.
  let known = null;
  const knownActions = () =>
    known ??= fetch(`./zoo/inputs/${location.pathname.split("/").pop()}`).then((reply) => reply.json()).catch(() => null);
  const inputsOf = async (key) => (await knownActions())?.actions[key.split("/")[1]]?.inputs;

  // The value that texts of the address mean for an input; what is wrong is set right and told.
  const valueIn = (input, texts, otherwise, wrong) => {
    const [text] = texts;
    const tell = (why, value) => { wrong.push(`${input.title} ${why}; it is ${value ?? "as it was"}.`); return value; };
    if (input.kind === "columns") return texts;
    if (input.kind === "bool") return /^(true|1)$/i.test(text) || (/^(false|0)$/i.test(text) ? false : tell(`is true or false, not ${text}`, otherwise));
    if (input.kind === "choice") {
      const choice = input.choices.find((choice) => String(choice) === text);
      return choice === undefined ? tell(`cannot be ${text}`, otherwise) : choice;
    }
    if (input.kind !== "int" && input.kind !== "float") return text;
    const number = text.trim() === "" ? NaN : Number(text);
    if (!Number.isFinite(number) || (input.open_ends && (number <= input.low || number >= input.high))) return tell(`cannot be ${text}`, otherwise);
    const whole = input.kind === "int" ? Math.round(number) : number;
    const within = Math.min(input.high ?? whole, Math.max(input.low ?? whole, whole));
    return within === number ? number : tell(`cannot be ${text}`, within);
  };

  const sayOf = (key, wrong) => {
    const attempt = tryOf(key);
    attempt.told = wrong.join(" ");
    paintRun(attempt);
  };

  // The values of an action's inputs as the address has them; where it is silent, those of `base` or the defaults.
  const asAddressed = (attempt, inputs, base) => {
    const address = new URLSearchParams(location.search);
    const wrong = [];
    const values = inputs.map((input, place) => {
      const otherwise = base ? base[place] : input.file || input.default === undefined ? { __type__: "update" } : input.default;
      return input.file || !address.has(input.name) ? otherwise : valueIn(input, address.getAll(input.name), otherwise, wrong);
    });
    sayOf(attempt.key, wrong);
    return values;
  };

  // ?action=…&rate=2 fills the inputs of that action, as its page opens.
  const settings = async (action, names, values) => {
    const address = new URLSearchParams(location.search);
    if ((address.has("action") && address.get("action") !== action) || !names.some(([name]) => address.has(name))) return values;
    const all = await knownActions();
    const inputs = all?.actions[action]?.inputs ?? [];
    const wrong = [];
    const read = names.map(([name], place) => {
      const input = inputs.find((input) => input.name === name);
      return input && address.has(name) ? valueIn(input, address.getAll(name), values[place], wrong) : values[place];
    });
    if (wrong.length) sayOf(`${all.slug}/${action}`, wrong);
    return read;
  };

  // The title of the action in sight, in place of the first value, and the inputs of all actions as they are.
  const usedAction = async ([, ...values]) => [await actionInSight(), ...values];

  // ?action=… opens the tab of that action; the update of a gr.Tabs.
  const askedAction = async () => {
    const selected = new URLSearchParams(location.search).get("action");
    const all = selected ? await knownActions() : null;
    if (!all || all.actions[selected]) return selected ? { __type__: "update", selected } : { __type__: "update" };
    const [first, { title }] = Object.entries(all.actions)[0];
    sayOf(`${all.slug}/${first}`, [`There is no action ${selected} here; this is “${title}”.`]);
    return { __type__: "update" };
  };

  const TABS = { Try: "", Evidence: "evidence", Card: "card", "Use it": "use" };
  const tabs = (actions) => [...document.querySelectorAll(".z-tabs [role=tab]")]
    .filter((tab) => Boolean(tab.closest(".z-actions")) === actions && (actions || tab.textContent.trim() in TABS));
  const titleOf = (tab) => tab?.textContent.trim() ?? "";
  const inSight = (actions) => titleOf(tabs(actions).find((tab) => tab.getAttribute("aria-selected") === "true"));
  let addressed = new URLSearchParams(location.search).get("action");  // until its tab has opened, or somebody chose another
  const actionInSight = async () => {
    const title = addressed && (await knownActions())?.actions[addressed]?.title;
    const seen = inSight(true);
    if (!title || seen === title) addressed = null;
    return title || seen;
  };
  let touched = false;  // until somebody does something, the address stays as it was opened
  const BARE = new URLSearchParams(location.search).get("example") === "none";  // nothing opens with an example
  let goesBack = false;
  let later = null;

  const toPage = async (push, tab = inSight(false), chosen = actionInSight()) => {
    const title = await chosen;
    const all = touched && !goesBack && document.querySelector(".z-tabs") ? await knownActions() : null;
    if (!all) return;
    const names = Object.keys(all.actions);
    const before = new URLSearchParams(location.search).get("action");  // while no action stands on the page
    const action = names.find((name) => all.actions[name].title === title) ?? (!title && all.actions[before] ? before : names[0]);
    const address = new URLSearchParams(TABS[tab] ? { tab: TABS[tab] } : {});
    if (action !== names[0]) address.set("action", action);
    for (const [name, value] of tryOf(`${all.slug}/${action}`).query ?? []) address.append(name, value);
    const text = `?${address}`;
    if (text === (location.search || "?")) return;
    history[push ? "pushState" : "replaceState"](null, "", location.pathname + (text === "?" ? "" : text));
  };

  const sameFile = (one, other) => {
    const paths = (value) => JSON.stringify([value ?? []].flat().map((part) => part?.path ?? part?.image?.path ?? part));
    return paths(one) === paths(other);
  };

  // What the address has to say of an action's inputs: an example, and settings that are not its own or the defaults.
  const remember = async (attempt, values) => {
    const inputs = attempt.key.startsWith("compare/") ? null : await inputsOf(attempt.key);
    if (!inputs) return;
    const base = attempt.base && inputs.every((input, place) => !input.file || sameFile(values[place], attempt.base[place])) ? attempt.base : null;
    const rows = inputs.flatMap((input, place) => {
      const [value, usual] = [values[place], base ? base[place] : input.default ?? null];
      if (input.file || value === null || value === undefined || value === "" || JSON.stringify(value) === JSON.stringify(usual)) return [];
      return [value].flat().map((part) => [input.name, part]);
    });
    if (attempt.base) attempt.point?.(base ? attempt.chosen : null);
    if (base && (attempt.chosen || rows.length)) rows.unshift(["example", attempt.chosen]);
    attempt.query = rows;
    clearTimeout(later);
    later = setTimeout(toPage, 250, false);
  };

  for (const kind of ["pointerdown", "keydown", "input"]) addEventListener(kind, () => {
      touched = true;
      if (document.querySelector(".z-tabs")) { knownActions(); actionInSight(); }
    }, { capture: true });
  // Before the tab opens: what is in it reads the address.
  document.addEventListener("click", (event) => {
    const tab = event.target.closest?.(".z-tabs [role=tab]");
    const actions = Boolean(tab?.closest(".z-actions"));
    if (actions) addressed = null;
    if (!tab || goesBack) return;
    toPage(true, actions ? inSight(false) : titleOf(tab), actions ? titleOf(tab) : actionInSight());
  }, { capture: true });

  const openAddressed = () => {
    const address = new URLSearchParams(location.search);
    const title = Object.keys(TABS).find((title) => TABS[title] === (address.get("tab") ?? ""));
    if (title && title !== inSight(false)) tabs(false).find((tab) => titleOf(tab) === title)?.click();
  };

  addEventListener("popstate", async () => {
    const comparison = [...tries.values()].find((attempt) => attempt.goBack);
    if (comparison) {
      goesBack = true;
      comparison.goBack();
      setTimeout(() => { goesBack = false; }, 400);
      return;
    }
    const all = document.querySelector(".z-tabs") ? await knownActions() : null;
    if (!all) return;
    goesBack = true;
    openAddressed();
    const address = new URLSearchParams(location.search);
    const [first, ...others] = Object.keys(all.actions);
    const name = all.actions[address.get("action")] ? address.get("action") : first;
    for (let left = 40; others.length && !address.has("tab") && !tabs(true).length && left; left -= 1)
      await new Promise((done) => setTimeout(done, 50));  // until the tab with the actions is there
    const tab = tabs(true).find((tab) => titleOf(tab) === all.actions[name].title);
    if (tab && tab.getAttribute("aria-selected") !== "true") tab.click();
    tries.get(`${all.slug}/${name}`)?.restore?.(address.get("example"));
    setTimeout(() => { goesBack = false; }, 400);
  });

  // ---- runs of an action: numbered, so that the last one wins, and results are marked that belong to another input

  const tries = new Map();
  const tryOf = (key) => {
    if (!tries.has(key)) tries.set(key, { key, run: 0, example: null, asked: null, now: null, state: "", mark: "", problem: {} });
    return tries.get(key);
  };
  const MARKS = { waiting: "of the previous input", other: "of the previous input", example: "stored result of this example" };

  // What is said of a run beside Run, at the results, and at the input that a problem names.
  const paintRun = (attempt) => {
    const bar = attempt.bar;
    if (!bar?.isConnected) return;
    const { state, problem } = attempt;
    const waits = state === "waiting" || state === "going";
    const other = state !== "waiting" && attempt.filled && attempt.asked !== null && attempt.now !== attempt.asked;
    const mark = !attempt.filled ? "" : waits ? (state === "waiting" ? "waiting" : "") : other ? "other" : state === "example" ? "example" : "";
    const root = bar.closest(".z-form");
    const results = root.querySelector(".z-results");
    results.classList.toggle("z-old", mark === "waiting" || mark === "other");
    results.setAttribute("aria-busy", String(waits));
    mark ? results.setAttribute("data-mark", MARKS[mark]) : results.removeAttribute("data-mark");
    const said = { waiting: "Runs…", going: "Runs…", done: `Done in ${attempt.seconds} s.`, stopped: "Stopped.",
      example: "An example, as it was stored.", open: "The example with the settings of the address; press Run.",
      failed: "", "": "" }[state];
    bar.querySelector("output").textContent = other && !waits ? "The results are of the previous input." : said;
    bar.querySelector("[data-do=stop]").hidden = !waits;
    const alert = bar.querySelector("[role=alert]");
    const text = state === "failed" ? problem.text : "";
    if (alert.textContent !== text) alert.textContent = text;
    alert.hidden = !text;
    const told = bar.querySelector("[role=status]");
    if (told.textContent !== (attempt.told ?? "")) told.textContent = attempt.told ?? "";
    told.hidden = !attempt.told;
    for (const wrong of root.querySelectorAll(".z-wrong")) wrong.classList.remove("z-wrong");
    if (text && problem.input) root.querySelector(`.z-input-${problem.input}`)?.classList.add("z-wrong");
  };

  // Nobody waits any more for what was asked before: the server ends it, and gradio's client drops it. That client can
  // do so once the server has told it a name of the run, which takes a moment.
  const PAGE = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("");
  const end = (attempt) => {
    forget(attempt.key);
    attempt.ended = fetch(`./zoo/stop?${new URLSearchParams({ page: attempt.page ?? PAGE, key: attempt.key, run: attempt.run })}`,
      { method: "POST", keepalive: true }).catch(() => {});
    if (performance.now() - attempt.began > 700) attempt.tell("stop", null);
  };

  // Files on their way to the server: a run that is asked for meanwhile waits for them.
  const uploads = new Set();
  const plainFetch = window.fetch;
  window.fetch = (...given) => {
    const reply = plainFetch(...given);
    if (String(given[0]?.url ?? given[0]).includes("/upload?")) {
      uploads.add(reply);
      reply.catch(() => {}).finally(() => setTimeout(() => uploads.delete(reply), 300));
    }
    return reply;
  };

  // What ran last, of each action of this page: kept by the tab alone, so that the page finds it when it is loaded anew.
  const jobPlace = (key) => `zoo-job ${location.pathname} ${key}`;
  const forget = (key) => { try { sessionStorage.removeItem(jobPlace(key)); } catch { /* a browser without storage */ } };
  const keepJob = (attempt, values) => {
    const job = { page: attempt.page ?? PAGE, run: attempt.run, example: attempt.example, chosen: attempt.base ? attempt.chosen : null, values };
    try { sessionStorage.setItem(jobPlace(attempt.key), JSON.stringify(job)); } catch { forget(attempt.key); }
  };
  const [entry] = performance.getEntriesByType("navigation");
  const AGAIN = document.wasDiscarded || ["reload", "back_forward"].includes(entry?.type);  // a link begins anew
  const keptJob = (key) => {
    try { return AGAIN ? JSON.parse(sessionStorage.getItem(jobPlace(key))) : null; } catch { return null; }
  };

  // A new number; the run before, if it still goes on, ends here and on the server.
  const begin = (attempt, example) => {
    const goesOn = attempt.state === "waiting" || attempt.state === "going";
    attempt.run += 1;
    if (goesOn) end(attempt);
    forget(attempt.key);
    Object.assign(attempt, { example, state: "waiting", began: performance.now(), problem: {}, page: PAGE, resumes: null });
    paintRun(attempt);
    return attempt.run;
  };

  const run = (element, props, trigger) => {
    const bar = element.querySelector(".z-run");
    const attempt = tryOf(bar.dataset.key);
    const tell = (event, value) => { props.value = value; trigger(event); };
    const start = async (example = null) => {
      const mine = begin(attempt, example);
      if (uploads.size) {
        bar.querySelector("output").textContent = "Waits for the file…";
        await Promise.allSettled([...uploads]);
        await new Promise((done) => setTimeout(done, 200));  // until the input holds what has arrived
        if (mine !== attempt.run) return;
        paintRun(attempt);
      }
      tell("submit", { run: mine, example, page: PAGE });
    };
    Object.assign(attempt, { bar, tell, start });
    // Until somebody does something here, what still changes in the inputs is gradio that fills in the example.
    for (const kind of ["pointerdown", "keydown", "input", "change", "drop", "paste"])
      bar.closest(".z-form").addEventListener(kind, () => { attempt.settles = false; }, { capture: true });
    bar.addEventListener("click", (event) => {
      const wanted = event.target.closest("[data-do]")?.dataset.do;
      if (wanted === "run") attempt.start();
      if (wanted === "stop") {
        attempt.run += 1;
        end(attempt);
        attempt.state = "stopped";
        paintRun(attempt);
      }
    });
    paintRun(attempt);
    return (value) => {
      if (!value?.state || value.state === "waiting" || value.run !== attempt.run || attempt.state === "stopped") return;
      if (value.state === "ask") {  // an example that was never run; its inputs stand there in a moment
        attempt.state = "";
        setTimeout(() => attempt.run === value.run && attempt.start(value.example), 30);
        return;
      }
      if (value.state === "again") {  // a job that goes on; its inputs stand there in a moment
        setTimeout(() => attempt.run === value.run && tell("submit", { ...value, resumes: true, page: attempt.page }), 30);
        return;
      }
      if (value.state === "gone") {
        forget(attempt.key);
        Object.assign(attempt, { state: "", told: "What ran here is not kept any more; run it again." });
        paintRun(attempt);
        return;
      }
      attempt.state = value.state;
      attempt.seconds = ((performance.now() - attempt.began) / 1000).toPrecision(2);
      attempt.filled = value.state !== "failed";
      attempt.problem = value;
      if (value.state === "example") attempt.settles = true;
      if (attempt.settles) setTimeout(() => trigger("input"), 60);  // the inputs as they stand are those of the results
      paintRun(attempt);
      if (value.state !== "going" && matchMedia("(max-width: 900px)").matches && attempt.byHand)
        bar.closest(".z-form").querySelector(".z-results").scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
      attempt.byHand = value.state === "going" && attempt.byHand;
    };
  };

  // Inputs as they compare: gradio makes nothing chosen null, empty or a list of nothing, as it happens to be.
  const compared = (values) => JSON.stringify(values.slice(1), (name, value) =>
    value === "" || (Array.isArray(value) && !value.length) ? null : value);

  // The inputs of a run, as they are sent.
  const asked = (key, values) => {
    const attempt = tryOf(key);
    attempt.now = compared(values);
    if (attempt.resumes) attempt.asked = attempt.resumes.edited ? "" : attempt.now;
    else {
      attempt.asked = attempt.now;
      keepJob(attempt, values.slice(1));
    }
    attempt.settles = attempt.resumes ? !attempt.resumes.edited : attempt.example !== null;
    paintRun(attempt);
    return values;
  };

  const edited = (key, values) => {
    const attempt = tryOf(key);
    attempt.now = compared(values);
    if (attempt.settles) attempt.asked = attempt.now;
    paintRun(attempt);
    remember(attempt, values.slice(1));
  };

  const failed = (key) => {
    const attempt = tryOf(key);
    if (attempt.state !== "waiting" && attempt.state !== "going") return;
    Object.assign(attempt, { state: "failed", problem: { text: "The server did not answer; run it again in a moment." } });
    paintRun(attempt);
  };

  // An example's inputs with its results; where there are none yet, it is run.
  const example = async (key, inputs, outputs) => {
    const attempt = tryOf(key);
    const nothing = Array(outputs + 1).fill({ __type__: "update" });
    if (attempt.only) {  // Back and Forward between settings
      attempt.only = false;
      const known = await inputsOf(key);
      return known ? [...asAddressed(attempt, known, attempt.base), ...nothing] : [];
    }
    if (attempt.resumes) {
      const { run, example, values } = attempt.resumes;
      const known = key.startsWith("compare/") ? null : await inputsOf(key);
      const filled = known ? asAddressed(attempt, known, values) : values;
      attempt.resumes.edited = JSON.stringify(filled) !== JSON.stringify(values);
      return [...filled, ...nothing.slice(1), { run, example, state: "again" }];
    }
    const number = attempt.chosen;
    const goesOn = attempt.state === "waiting" || attempt.state === "going";
    const mine = begin(attempt, number);
    if (goesOn) {  // until nothing more comes of the run before
      await attempt.ended;
      await new Promise((done) => setTimeout(done, 100));
    }
    const answer = await fetch(`./zoo/answers/${key}/${number}`).then((reply) => reply.json()).catch(() => null);
    if (mine !== attempt.run) return [];
    attempt.answered = true;
    if (!answer) { failed(key); return []; }
    attempt.base = answer.inputs;
    const known = attempt.addressed ? await inputsOf(key) : null;
    attempt.addressed = false;
    const values = known ? asAddressed(attempt, known, answer.inputs) : answer.inputs;
    if (JSON.stringify(values) !== JSON.stringify(answer.inputs)) {  // an example with other settings, which waits for Run
      Object.assign(attempt, { state: "open", example: null });
      paintRun(attempt);
      return [...values, ...nothing];
    }
    const results = answer.results ?? Array(outputs).fill({ __type__: "update" });
    return [...answer.inputs, ...results, { run: mine, example: number, state: answer.results ? "example" : "ask" }];
  };

  // ---- examples: a click on a button selects the example of its number; the first stands there as the page opens

  const examples = (element, props, trigger) => {
    const root = element.querySelector("[data-key]");
    if (!root) return;
    const attempt = tryOf(root.dataset.key);
    const point = (number) => {  // to the example whose files stand in the inputs, if they are an example's
      for (const button of root.querySelectorAll("[data-example]"))
        button.setAttribute("aria-current", String(Number(button.dataset.example) === number));
    };
    attempt.point = point;
    const choose = (number, byHand) => {
      Object.assign(attempt, { chosen: number, byHand });
      point(number);
      trigger("select");
    };
    root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-example]");
      if (button) choose(Number(button.dataset.example), true);
    });
    // Settings in the address are not filled over; ?example=2 asks for the third example, ?example=none for none.
    const address = new URLSearchParams(location.search);
    // What is opened later, by a tab, is another action's address.
    const others = touched || (address.has("action") && address.get("action") !== attempt.key.split("/")[1]);
    const there = (number) => number === "none" || root.querySelector(`[data-example="${CSS.escape(number)}"]`);
    const wanted = others ? "0" : address.get("example") ?? "0";
    const first = BARE ? "none" : there(wanted) ? wanted : "0";
    if (!there(wanted) && there("0")) sayOf(attempt.key, [`There is no example ${wanted} here; this is the first one.`]);
    attempt.restore = (number) => {
      if (number !== null && root.querySelector(`[data-example="${CSS.escape(number)}"]`) && Number(number) !== attempt.chosen) {
        attempt.addressed = true;
        choose(Number(number), false);
      } else if (attempt.base || number === null) { attempt.only = true; trigger("select"); }
    };
    const job = attempt.run ? null : keptJob(attempt.key);
    if (job) {
      const base = job.chosen === null ? {} : { chosen: job.chosen, base: job.values };
      Object.assign(attempt, { resumes: job, run: job.run, page: job.page, example: job.example, state: "waiting", began: performance.now(), ...base });
      setTimeout(() => trigger("select"), 0);
      return;
    }
    const asked = address.has("example");
    for (const name of ["__theme", "action", "example", "tab"]) address.delete(name);
    attempt.addressed = asked && !others && address.size > 0;
    if (attempt.run || root.dataset.opens !== "yes" || (address.size && !asked && !others) || first === "none" || !there(first)) return;
    const form = root.closest(".z-form");
    const opening = setTimeout(() => choose(Number(first), false), 0);
    const leave = () => {  // a visitor who was quicker keeps what was entered
      clearTimeout(opening);
      if (attempt.run === 1 && attempt.state === "waiting" && !attempt.answered) Object.assign(attempt, { run: 2, state: "" });
      paintRun(attempt);
    };
    for (const kind of ["input", "change", "drop", "paste"]) form.addEventListener(kind, leave, { once: true, capture: true });
  };

  // ---- sliders of plots: native ones, for the keyboard and screen readers, with a button that plays

  const STEP_MS = [60, 400];  // of a step at least and at most; all of it takes six seconds otherwise

  const dial = (plot) => {
    const slider = plot.layout?.sliders?.[0];
    const steps = slider?.steps;
    if (plot.dialed === steps) return;
    plot.dialed = steps;
    plot.parentElement.querySelector(".z-dial")?.remove();
    if (!steps?.length) return;
    const what = (slider.currentvalue?.prefix || "moment ").replace(/[\s=:]+$/, "");
    const range = make("input", { type: "range", min: 0, max: steps.length - 1, value: slider.active ?? 0, "aria-label": what });
    const said = make("output", {});
    const play = make("button", { type: "button", className: "z-play" });
    let clock = null;
    const tell = () => {
      const { label } = steps[range.value];
      said.textContent = `${slider.currentvalue?.prefix ?? ""}${label}`;
      range.setAttribute("aria-valuetext", label);
      play.textContent = clock ? "Pause" : "Play";
    };
    const show = () => { tell(); plot.onmoment ? plot.onmoment(Number(range.value)) : window.Plotly.update(plot, ...steps[range.value].args); };
    const pause = () => { clearInterval(clock); clock = null; tell(); };
    const next = () => {
      if (!plot.isConnected || plot.dialed !== steps) return clearInterval(clock);
      if (Number(range.value) === steps.length - 1) return pause();
      range.value = Number(range.value) + 1;
      show();
    };
    range.addEventListener("input", () => { if (clock) pause(); show(); });
    play.addEventListener("click", () => {
      if (clock) return pause();
      if (Number(range.value) === steps.length - 1) range.value = 0;
      clock = setInterval(next, Math.min(Math.max(6000 / steps.length, STEP_MS[0]), STEP_MS[1]));
      show();
    });
    plot.after(make("div", { className: "z-dial" }, [play, range, said]));
    window.Plotly.relayout(plot, { "sliders[0].visible": false });
    tell();
  };

  // ---- maps of points: pictures beside names, and what a lasso or a word chooses as a list and as CSV

  // A name as Plotly has it, without its marks.
  const unmarked = (html) => { const part = document.createElement("template"); part.innerHTML = html ?? ""; return part.content.textContent; };

  const atlas = (plot) => {
    const about = plot.layout?.meta?.atlas;
    if (plot.atlased === about) return;
    plot.atlased = about;
    plot.parentElement.querySelector(".z-atlas")?.remove();
    if (!about) return;
    const points = plot.data.flatMap((trace, number) => (trace.customdata ?? []).map((id, place) =>
      ({ id, number, place, name: unmarked(trace.hovertext[place]), group: unmarked(trace.name) })));
    const word = make("input", { type: "search", placeholder: "Find points by name…", "aria-label": "Find points by name" });
    const said = make("output", {});
    const save = make("button", { type: "button", className: "z-plainly", textContent: "Download as CSV", hidden: true });
    const list = make("ul", { tabIndex: 0, hidden: true, "aria-label": "Points chosen" });
    const picture = (id) => {
      const { address, across, size: [wide, high] } = about.sheet;
      const view = make("i", { className: "z-atlas-picture" });
      const scale = Math.max(1, Math.round(48 / Math.max(wide, high)));
      view.style.cssText = `width:${wide * scale}px;height:${high * scale}px;background-image:url(${address});` +
        `background-size:${wide * scale * across}px auto;` +
        `background-position:-${(id % across) * wide * scale}px -${Math.floor(id / across) * high * scale}px`;
      return view;
    };
    let chosen = [];
    const tell = () => {
      const some = chosen.length > 0 && chosen.length < points.length;
      said.textContent = some ? `${chosen.length} of ${points.length} chosen` : "Draw a lasso around points, or type a name.";
      save.hidden = list.hidden = !some;
      list.replaceChildren(...(some ? chosen.slice(0, 200) : []).map(({ id, name, group }) => make("li", {}, [
        ...(about.sheet ? [picture(id)] : []), group && group !== name ? `${name} (${group})` : name])));
    };
    const choose = (some) => {
      chosen = some;
      const by = plot.data.map((_, number) => some.length ? some.filter((point) => point.number === number).map(({ place }) => place) : null);
      window.Plotly.restyle(plot, { selectedpoints: by });
      tell();
    };
    word.addEventListener("input", () => {
      const sought = word.value.trim().toLowerCase();
      choose(sought ? points.filter(({ name, group }) => `${name} ${group}`.toLowerCase().includes(sought)) : []);
    });
    save.addEventListener("click", () => {
      const safe = (text) => text.replace(/^(?=[=+\-@\t\r])/, "'");  // a name is no formula of a spreadsheet
      const cell = (value) => `"${(typeof value === "number" ? String(value) : safe(value)).replaceAll('"', '""')}"`;
      const rows = chosen.map(({ id, name, group, number, place }) =>
        [id + 1, name, group, plot._fullData[number].x[place], plot._fullData[number].y[place]].map(cell).join(","));
      const file = new Blob([["row,name,group,x,y", ...rows].join("\n")], { type: "text/csv" });
      const link = make("a", { href: URL.createObjectURL(file), download: "chosen.csv" });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
    plot.on("plotly_selected", (event) => {
      if (!event) return choose([]);
      word.value = "";
      const keys = new Set(event.points.map((point) => `${point.curveNumber} ${point.pointIndex}`));
      chosen = points.filter(({ number, place }) => keys.has(`${number} ${place}`));
      tell();
    });
    plot.on("plotly_deselect", () => choose([]));
    if (about.sheet) {
      const gone = () => document.querySelector(".z-atlas-tip")?.remove();
      plot.on("plotly_hover", ({ points: [point], event }) => {
        gone();
        const tip = make("div", { className: "z-atlas-tip" }, [picture(point.customdata)]);
        tip.style.left = `${event.clientX + 14}px`;
        tip.style.top = `${event.clientY + 14}px`;
        document.body.append(tip);
      });
      plot.on("plotly_unhover", gone);
    }
    plot.after(make("div", { className: "z-atlas" }, [word, said, save, list]));
    tell();
  };

  // ---- trees in the Poincaré disk: a canvas over the plot; a Möbius map (a, b) takes z to (az + b) / (b̄z + ā)

  const times = ([x, y], [u, v]) => [x * u - y * v, x * v + y * u];
  const over = ([x, y], [u, v]) => { const size = u * u + v * v; return [(x * u + y * v) / size, (y * u - x * v) / size]; };
  const bar = ([x, y]) => [x, -y];
  const plus = ([x, y], [u, v]) => [x + u, y + v];
  const STILL = { a: [1, 0], b: [0, 0] };
  const carried = ({ a, b }, z) => over(plus(times(a, z), b), plus(times(bar(b), z), bar(a)));
  const after = (outer, inner) => {
    const a = plus(times(outer.a, inner.a), times(outer.b, bar(inner.b))), b = plus(times(outer.a, inner.b), times(outer.b, bar(inner.a)));
    const size = Math.sqrt(Math.max(a[0] ** 2 + a[1] ** 2 - b[0] ** 2 - b[1] ** 2, 1e-12));  // rounding adds up while one drags
    return { a: [a[0] / size, a[1] / size], b: [b[0] / size, b[1] / size] };
  };
  const shift = ([x, y]) => { const size = Math.sqrt(1 - x * x - y * y); return { a: [1 / size, 0], b: [x / size, y / size] }; };
  const within = ([x, y], most = 0.98) => { const size = Math.hypot(x, y); return size > most ? [x * most / size, y * most / size] : [x, y]; };

  const disk = (plot) => {
    const about = plot.layout?.meta?.disk;
    if (plot.disked === about && (!about || plot.querySelector(".z-disk"))) return;
    plot.disked = about;
    plot.onmoment = null;
    plot.querySelector(".z-disk")?.remove();
    plot.parentElement.querySelector(".z-disk-tools")?.remove();
    plot.classList.toggle("z-disked", Boolean(about));
    if (!about) return;
    const text = (html) => { const part = document.createElement("template"); part.innerHTML = html ?? ""; return part.content.textContent; };
    const panels = about.titles.map((title, number) => ({ title, flat: number > 0, places: [], map: STILL, pan: [0, 0], zoom: 1,
      traces: plot.data.map((_, place) => place).slice(number * about.traces, (number + 1) * about.traces).filter((place) => plot.data[place].customdata) }));
    const nodes = [], groups = new Map(), parents = [];
    for (const place of panels[0].traces) {
      const { name, marker, customdata, hovertext } = plot._fullData[place];
      if (plot.data[place].name) groups.set(text(name), marker.color);
      customdata.forEach((id, at) => { nodes[id] = { name: text(hovertext[at]), colour: marker.color }; });
    }
    for (let at = 0; at < about.edges.length; at += 2) (parents[about.edges[at]] ??= []).push(about.edges[at + 1]);
    const read = (number) => {  // where the nodes are, of the plot's own traces or of a moment of its slider
      for (const panel of panels) for (const place of panel.traces) {
        const [words, , order] = number === undefined ? [] : plot.layout.sliders[0].steps[number].args;
        const at = order ? order.indexOf(place) : -1;
        const { x, y } = at >= 0 ? { x: words.x[at], y: words.y[at] } : plot._fullData[place];  // decoded there
        plot._fullData[place].customdata.forEach((id, k) => { panel.places[id] = [x[k], y[k]]; });
      }
    };
    const canvas = make("canvas", { className: "z-disk", tabIndex: 0 });
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", `Poincaré disk of ${nodes.length} nodes. Arrow keys move it, plus and minus zoom, 0 resets; names are found by the search box below.`);
    const word = make("input", { type: "search", placeholder: "Find a node…", "aria-label": "Find a node by name" });
    const said = make("output", {});
    const press = (sign, name, act) => { const button = make("button", { type: "button", className: "z-plainly", textContent: sign, "aria-label": name }); button.addEventListener("click", act); return button; };
    const legend = make("ul", { "aria-label": "Colours" }, [...groups].map(([name, colour]) => {
      const item = make("li", { textContent: name });
      item.style.setProperty("--colour", colour);
      return item;
    }));
    let box = { wide: 0, high: 0, boxes: [] }, near = -1, chosen = -1, waiting = false;

    const lineOf = (node) => { const line = []; for (let at = node; at !== undefined && line.length < 60; at = parents[at]?.[0]) line.push(at); return line; };
    const tell = () => {
      const node = near >= 0 ? near : chosen;
      said.textContent = node < 0 ? "Drag to move, double tap a node to bring it to the centre."
        : lineOf(node).reverse().map((at) => nodes[at].name).join(" › ");
    };
    const seen = (panel, z) => {
      const [x, y] = panel.flat ? plus(z, panel.pan) : carried(panel.map, z);
      return [x * panel.zoom, y * panel.zoom];
    };
    const arc = (pen, { mid, radius }, panel, from, to) => {
      const put = ([x, y]) => [mid[0] + radius * x, mid[1] - radius * y];
      const s = panel.zoom, [p, q] = panel.flat ? [from, to] : [[from[0] / s, from[1] / s], [to[0] / s, to[1] / s]];
      const det = p[0] * q[1] - p[1] * q[0];
      pen.moveTo(...put(from));
      if (panel.flat || Math.abs(det) < 1e-5) return pen.lineTo(...put(to));
      const m = (1 + p[0] ** 2 + p[1] ** 2) / 2, n = (1 + q[0] ** 2 + q[1] ** 2) / 2;
      const c = [(m * q[1] - n * p[1]) / det, (n * p[0] - m * q[0]) / det];
      const r = Math.sqrt(Math.max(c[0] ** 2 + c[1] ** 2 - 1, 0));
      if (r > 200) return pen.lineTo(...put(to));
      const start = Math.atan2(-(p[1] - c[1]), p[0] - c[0]), end = Math.atan2(-(q[1] - c[1]), q[0] - c[0]);
      const turn = ((end - start) % (2 * Math.PI) + 2 * Math.PI) % (2 * Math.PI);
      pen.arc(...put([c[0] * s, c[1] * s]), r * s * radius, start, end, turn > Math.PI);
    };
    const draw = () => {
      waiting = false;
      if (!canvas.isConnected || !box.wide) return;
      const style = getComputedStyle(canvas), colour = (name) => style.getPropertyValue(name).trim();
      const ink = colour("--z-ink"), soft = colour("--z-soft"), accent = colour("--z-accent"), paper = colour("--z-paper");
      const pen = canvas.getContext("2d"), scale = devicePixelRatio || 1;
      pen.setTransform(scale, 0, 0, scale, 0, 0);
      pen.clearRect(0, 0, box.wide, box.high);
      const marked = near >= 0 ? near : chosen, line = new Set(marked >= 0 ? lineOf(marked) : []);
      panels.forEach((panel, number) => {
        const { mid, radius, clip } = box.boxes[number];
        pen.save();
        pen.beginPath(); pen.rect(...clip); pen.clip();
        if (!panel.flat) {
          pen.beginPath(); pen.arc(...mid, radius * panel.zoom, 0, 7);
          pen.fillStyle = colour("--z-ground"); pen.fill();
          pen.strokeStyle = soft; pen.lineWidth = 1; pen.stroke();
        }
        const at = panel.places.map((z) => seen(panel, z));
        for (const strong of [false, true]) {
          pen.beginPath();
          for (let k = 0; k < about.edges.length; k += 2) {
            const child = about.edges[k], parent = about.edges[k + 1];
            if ((line.has(child) && line.has(parent)) === strong) arc(pen, box.boxes[number], panel, at[child], at[parent]);
          }
          pen.strokeStyle = strong ? accent : soft; pen.globalAlpha = strong ? 1 : about.edges.length > 1000 ? 0.2 : 0.35; pen.lineWidth = strong ? 2.5 : 1; pen.stroke();
        }
        pen.globalAlpha = 1;
        panel.drawn = at.map(([x, y]) => [mid[0] + radius * x, mid[1] - radius * y]);
        const weight = at.map(([x, y]) => panel.flat ? 0.6 : Math.max(0, 1 - (x * x + y * y) / panel.zoom ** 2));
        panel.drawn.forEach(([x, y], id) => {
          pen.beginPath(); pen.arc(x, y, id === marked ? 7 : 2 + 3 * weight[id], 0, 7);
          pen.fillStyle = nodes[id].colour; pen.fill();
          if (id === marked) { pen.strokeStyle = ink; pen.lineWidth = 2; pen.stroke(); }
        });
        names(pen, panel, weight, marked, line, ink, paper);
        pen.restore();
        pen.fillStyle = ink; pen.font = "600 14px Inter, sans-serif"; pen.textAlign = "center";
        pen.fillText(panel.title, mid[0], clip[1] + 16);
      });
    };
    const names = (pen, panel, weight, marked, line, ink, paper) => {  // what there is room for, the middle first
      const order = panel.drawn.map((_, id) => id).filter((id) => id === marked || line.has(id) || (!panel.flat && weight[id] > 0.3));
      order.sort((p, q) => (q === marked) - (p === marked) || line.has(q) - line.has(p) || weight[q] - weight[p]);
      const taken = [];
      pen.font = "12px Inter, sans-serif"; pen.textAlign = "left"; pen.lineWidth = 3; pen.lineJoin = "round";
      for (const id of order.slice(0, 60)) {
        const [x, y] = panel.drawn[id], label = nodes[id].name.length > 26 ? `${nodes[id].name.slice(0, 25)}…` : nodes[id].name;
        const wide = pen.measureText(label).width;
        if (id !== marked && taken.some(([u, v, w]) => x + 8 < u + w && u < x + 8 + wide && Math.abs(v - y) < 14)) continue;
        if (taken.push([x + 8, y, wide]) > 18) break;
        pen.strokeStyle = paper; pen.strokeText(label, x + 8, y + 4);
        pen.fillStyle = ink; pen.fillText(label, x + 8, y + 4);
      }
    };
    const again = () => { if (!waiting) { waiting = true; requestAnimationFrame(draw); } };
    const size = () => {
      const wide = canvas.clientWidth, high = canvas.clientHeight, scale = devicePixelRatio || 1;
      if (!wide || !high) return;
      Object.assign(canvas, { width: wide * scale, height: high * scale });
      const two = panels.length > 1, down = two && wide < 520, disked = wide * (two && !down ? 0.58 : 1);
      const boxes = panels.map((_, k) => {
        const clip = down ? [0, k * high / 2, wide, high / 2] : [k * disked, 0, k ? wide - disked : disked, high];
        const [x, y, w, h] = clip;
        return { clip, mid: [x + w / 2, y + h / 2 + 10], radius: Math.max(20, Math.min(w / 2 - 6, h / 2 - 22)) };
      });
      box = { wide, high, boxes };
      again();
    };
    const panelAt = (x) => panels[box.boxes.findLastIndex(({ clip }) => x[0] >= clip[0] && x[1] >= clip[1])] ?? panels[0];
    const place = (event) => { const { left, top } = canvas.getBoundingClientRect(); return [event.clientX - left, event.clientY - top]; };
    const inside = (panel, [x, y]) => { const { mid, radius } = box.boxes[panels.indexOf(panel)]; return [(x - mid[0]) / radius / panel.zoom, (mid[1] - y) / radius / panel.zoom]; };
    const nearest = (x, most) => {
      let best = -1, gap = most;
      panelAt(x).drawn?.forEach(([u, v], id) => { const size = Math.hypot(u - x[0], v - x[1]); if (size < gap) [best, gap] = [id, size]; });
      return best;
    };
    const drag = (panel, from, to) => {
      if (panel.flat) panel.pan = plus(panel.pan, [to[0] - from[0], to[1] - from[1]]);
      else panel.map = after(after(shift(within(to)), shift(within([-from[0], -from[1]]))), panel.map);
      again();
    };
    const zoom = (panel, by) => { panel.zoom = Math.min(12, Math.max(1, panel.zoom * by)); again(); };
    const reset = () => { panels.forEach((panel) => Object.assign(panel, { map: STILL, pan: [0, 0], zoom: 1 })); chosen = -1; delete canvas.dataset.centre; tell(); again(); };
    const centre = (node) => {
      chosen = node; near = -1; tell();
      canvas.dataset.centre = nodes[node].name;
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches, began = performance.now();
      const starts = panels.map((panel) => ({ map: panel.map, pan: panel.pan, at: panel.flat ? plus(panel.places[node], panel.pan) : within(carried(panel.map, panel.places[node]), 1 - 1e-9) }));
      const step = () => {
        if (!canvas.isConnected || chosen !== node) return;
        const share = still ? 1 : Math.min(1, (performance.now() - began) / 600), eased = share * share * (3 - 2 * share);
        panels.forEach((panel, k) => {
          const { map, pan, at } = starts[k], length = Math.hypot(...at);
          if (panel.flat) { panel.pan = plus(pan, [-eased * at[0], -eased * at[1]]); return; }
          const by = length < 1e-9 ? 0 : -Math.tanh(eased * Math.atanh(length)) / length;
          panel.map = after(shift([at[0] * by, at[1] * by]), map);
        });
        again();
        if (share < 1) requestAnimationFrame(step);
      };
      step();
    };

    const held = new Map();
    let last = { time: 0, x: [0, 0] };
    canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); held.set(event.pointerId, place(event)); });
    canvas.addEventListener("pointermove", (event) => {
      const x = place(event), before = held.get(event.pointerId);
      if (!before) {
        const node = nearest(x, 14);
        if (node !== near) { near = node; tell(); again(); }
        return;
      }
      if (held.size === 2) {
        const other = [...held].find(([id]) => id !== event.pointerId)[1];
        zoom(panelAt(x), Math.hypot(x[0] - other[0], x[1] - other[1]) / Math.max(1, Math.hypot(before[0] - other[0], before[1] - other[1])));
      } else { const panel = panelAt(before); chosen = -1; delete canvas.dataset.centre; drag(panel, inside(panel, before), inside(panel, x)); }
      held.set(event.pointerId, x);
    });
    canvas.addEventListener("pointerup", (event) => {
      held.delete(event.pointerId);
      const x = place(event), time = performance.now(), node = nearest(x, 18);
      const twice = time - last.time < 350 && Math.hypot(x[0] - last.x[0], x[1] - last.x[1]) < 16;
      last = { time, x };
      if (twice && node >= 0) centre(node);
      else if (node >= 0) { near = node; tell(); again(); }
    });
    canvas.addEventListener("pointercancel", (event) => held.delete(event.pointerId));
    canvas.addEventListener("pointerleave", () => { near = -1; tell(); again(); });
    canvas.addEventListener("wheel", (event) => {  // a page scrolls on over it, unless it was clicked before
      if (!event.ctrlKey && document.activeElement !== canvas) return;
      event.preventDefault();
      zoom(panelAt(place(event)), Math.exp(-event.deltaY / 400));
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const way = { ArrowLeft: [0.12, 0], ArrowRight: [-0.12, 0], ArrowUp: [0, -0.12], ArrowDown: [0, 0.12] }[event.key];
      if (way) { chosen = -1; panels.forEach((panel) => drag(panel, [0, 0], way)); }
      else if (event.key === "+" || event.key === "=") panels.forEach((panel) => zoom(panel, 1.25));
      else if (event.key === "-") panels.forEach((panel) => zoom(panel, 0.8));
      else if (event.key === "0" || event.key === "Home") reset();
      else return;
      event.preventDefault();
    });
    word.addEventListener("input", () => {
      const sought = word.value.trim().toLowerCase();
      if (!sought) return;
      const fits = [(name) => name === sought, (name) => name.startsWith(sought), (name) => name.includes(sought)];
      for (const fit of fits) {
        const node = nodes.findIndex(({ name }) => fit(name.toLowerCase()));
        if (node >= 0) return centre(node);
      }
      said.textContent = "No node has this name.";
    });
    plot.onmoment = (number) => { read(number); again(); };
    plot.append(canvas);
    plot.after(make("div", { className: "z-disk-tools" }, [word, press("+", "Zoom in", () => panels.forEach((panel) => zoom(panel, 1.25))),
      press("−", "Zoom out", () => panels.forEach((panel) => zoom(panel, 0.8))), press("Reset", "Reset the view", reset), said, ...(groups.size ? [legend] : [])]));
    new ResizeObserver(size).observe(plot);
    new MutationObserver(again).observe(document.body, { attributes: true, attributeFilter: ["class"] });
    read();
    tell();
    size();
  };

  // ---- graphs: a node and its neighbours lit and listed, layouts to choose, walks, and an input that a node fills

  const NODES_LISTED = 200;

  const network = (plot) => {
    const about = plot.layout?.meta?.network;
    if (plot.networked === about) return;
    plot.networked = about;
    plot.parentElement.querySelector(".z-network")?.remove();
    if (!about) return;
    const nodes = Array(about.count);
    for (const number of about.nodes) {
      const { customdata, hovertext, name } = plot.data[number];
      [...customdata].forEach((id, place) => { nodes[id] = { id, number, place, name: unmarked(hovertext[place]), group: unmarked(name) }; });
    }
    const near = nodes.map(() => new Set());
    for (let edge = 0; edge < about.ends.length; edge += 2) {
      const [start, end] = about.ends.slice(edge, edge + 2);
      if (start !== end) { near[start].add(end); near[end].add(start); }
    }
    const names = Object.keys(about.layouts);
    let at = about.layouts[names[0]];
    let chosen = null;
    const places = (ids) => ({ x: ids.map((id) => id === null ? null : at.x[id]), y: ids.map((id) => id === null ? null : at.y[id]) });
    const edges = () => { const ids = []; for (let edge = 0; edge < about.ends.length; edge += 2) ids.push(about.ends[edge], about.ends[edge + 1], null); return places(ids); };
    const lit = () => places(chosen === null ? [] : [...near[chosen]].flatMap((id) => [chosen, id, null]));

    // Footprints up to a step; the slider's steps are written anew where a layout is chosen.
    const trail = (step) => about.walks.flatMap(({ line, head, nodes: way }) => {
      const passed = way.slice(0, step + 1);
      return [[line, places(passed)], [head, places(passed.slice(-1))]];
    });
    const update = (pairs, layout = {}) => window.Plotly.update(plot,
      { x: pairs.map(([, { x }]) => x), y: pairs.map(([, { y }]) => y) }, layout, pairs.map(([number]) => number));
    const steps = plot.layout.sliders?.[0]?.steps ?? [];
    const retrace = () => steps.forEach((step, place) => {
      const pairs = trail(about.steps[place]);
      step.args = [{ x: pairs.map(([, { x }]) => x), y: pairs.map(([, { y }]) => y) }, {}, pairs.map(([number]) => number)];
    });
    const now = () => about.steps?.[Number(plot.parentElement.querySelector(".z-dial input")?.value ?? about.steps.length - 1)] ?? 0;
    const arrange = () => {
      retrace();
      const dots = about.nodes.map((number) => [number, places([...plot.data[number].customdata])]);
      update([[0, edges()], [1, lit()], ...dots, ...trail(now())], { "xaxis.autorange": true, "yaxis.autorange": true });
    };

    const word = make("input", { type: "search", placeholder: "Find a node by name…", "aria-label": "Find a node by name" });
    const said = make("output", {});
    const none = make("button", { type: "button", className: "z-plainly", textContent: "Show all", hidden: true });
    const list = make("ul", { hidden: true, "aria-label": "Nodes" });
    const layout = make("select", { "aria-label": "Layout", hidden: names.length < 2 },
      names.map((name) => make("option", { value: name, textContent: name })));
    const light = (ids) => window.Plotly.restyle(plot,
      { selectedpoints: about.nodes.map((number) => ids ? ids.filter((id) => nodes[id].number === number).map((id) => nodes[id].place) : null) }, about.nodes);
    const show = (ids) => {
      list.hidden = !ids.length;
      list.replaceChildren(...ids.slice(0, NODES_LISTED).map((id) => make("li", {}, [
        make("button", { type: "button", textContent: nodes[id].name, title: nodes[id].group, value: id })])));
    };
    const tell = (text) => { said.textContent = text; };
    const clear = () => {
      chosen = null;
      none.hidden = true;
      light(null);
      update([[1, lit()]]);
      show([]);
      tell(`Click a node, or type a name${about.fills ? `; it is written into “${about.fills}”` : ""}.`);
    };
    const fill = ({ name }) => {
      const field = plot.closest(".z-form")?.querySelector(`.z-input-${CSS.escape(about.fills)} :is(input, textarea)`);
      if (!field) return "";
      field.value = name;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      return ` It is “${about.fills}” of the next run.`;
    };
    const choose = (id) => {
      if (id === chosen) return clear();
      chosen = id;
      none.hidden = false;
      const ids = [...near[id]].sort((first, second) => near[second].size - near[first].size || first - second);
      light([id, ...ids]);
      update([[1, lit()]]);
      show(ids);
      const { name, group } = nodes[id];
      const filled = about.fills ? fill(nodes[id]) : "";
      tell(`${name}${group && group !== name ? ` (${group})` : ""}: ${ids.length} neighbour${ids.length === 1 ? "" : "s"}.${filled}`);
    };
    const hits = () => {
      const sought = word.value.trim().toLowerCase();
      return sought ? nodes.filter(({ name, group }) => `${name} ${group}`.toLowerCase().includes(sought)).map(({ id }) => id) : [];
    };
    word.addEventListener("input", () => {
      const ids = hits();
      clear();
      if (!word.value.trim()) return;
      none.hidden = false;
      light(ids);
      show(ids);
      tell(`${ids.length} of ${nodes.length} nodes.`);
    });
    word.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !hits().length) return;
      event.preventDefault();
      choose(hits()[0]);
    });
    list.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) { word.value = ""; choose(Number(button.value)); none.focus(); }
    });
    none.addEventListener("click", () => { word.value = ""; clear(); word.focus(); });
    layout.addEventListener("change", () => { at = about.layouts[layout.value]; arrange(); });
    plot.on("plotly_click", ({ points }) => {
      const id = points.find(({ curveNumber }) => about.nodes.includes(curveNumber))?.customdata;
      if (id !== undefined) { word.value = ""; choose(id); }
    });
    retrace();
    plot.after(make("div", { className: "z-network" }, [word, layout, said, none, list]));
    tell(`Click a node, or type a name${about.fills ? `; it is written into “${about.fills}”` : ""}.`);
  };

  // ---- names and keys that gradio leaves out, for screen readers and keyboards

  const label = (part) => part.closest(".block")?.querySelector("[data-testid=block-label]")?.textContent.trim() || "";
  const nameParts = () => {
    for (const plot of document.querySelectorAll(".z-plot .js-plotly-plot:not([role])")) {
      plot.setAttribute("role", "figure");
      plot.setAttribute("aria-label", label(plot) || "Plot");
    }
    for (const empty of document.querySelectorAll(".empty[aria-label]:not([role])")) empty.setAttribute("role", "img");
    for (const picture of document.querySelectorAll(".image-frame img")) {
      if (!picture.alt) picture.alt = label(picture) || "Picture";
    }
    for (const code of document.querySelectorAll(".prose pre:not([tabindex])")) code.tabIndex = 0;
  };

  // Arrow keys, Home and End go from tab to tab.
  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest?.("[role=tab]");
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (!tab || !step || event.ctrlKey || event.metaKey || event.altKey) return;
    const tabs = [...tab.closest("[role=tablist]").querySelectorAll("[role=tab]:not([disabled])")];
    const place = Number.isFinite(step) ? (tabs.indexOf(tab) + step + tabs.length) % tabs.length : step < 0 ? 0 : tabs.length - 1;
    event.preventDefault();
    tabs[place].click();
    tabs[place].focus();
  });

  let looking = false;
  new MutationObserver(() => {
    if (looking) return;
    looking = true;
    requestAnimationFrame(() => {
      looking = false;
      document.querySelectorAll(".z-plot .js-plotly-plot").forEach((plot) => { atlas(plot); network(plot); disk(plot); dial(plot); });
      hintAll();
      nameParts();
    });
  }).observe(document.documentElement, { childList: true, subtree: true });

  // ---- buttons to copy, and the light switch

  const copy = (button, text) => {
    const before = button.textContent;
    const done = () => { button.textContent = "Copied"; setTimeout(() => { button.textContent = before; }, 1500); };
    navigator.clipboard?.writeText(text).then(done, () => {});
  };

  // ---- the text of a point of a chart or of a hint, beside it while the pointer or the focus is there

  const tip = (target) => {
    document.querySelector(".z-tip")?.remove();
    if (!target) return;
    const box = target.getBoundingClientRect();
    const hint = target.matches(".z-hint");
    const text = hint ? document.getElementById(target.getAttribute("aria-describedby"))?.textContent
      : `${target.parentElement.dataset.tip}: ${target.dataset.tip}`;
    const label = make("div", { className: "z-tip", textContent: text });
    document.querySelector(".gradio-container").append(label);
    const left = Math.min(Math.max(8, box.left + box.width / 2 - label.offsetWidth / 2), innerWidth - label.offsetWidth - 8);
    label.style.left = `${left}px`;
    label.style.top = `${Math.max(4, box.top - label.offsetHeight - 8)}px`;
  };
  for (const kind of ["pointerover", "focusin"])
    document.addEventListener(kind, (event) => tip(event.target.closest?.(".z-dot, .z-hint")
      ?? document.querySelector(".z-hint:focus-visible")));  // a page that scrolls moves under a pointer that rests
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") tip(null); });

  document.addEventListener("click", (event) => {
    const target = event.target.closest?.("[data-zoo]");
    if (target?.dataset.zoo === "theme") switchTheme();
    if (target?.dataset.zoo === "copy") copy(target, target.closest(".z-code").querySelector("code").textContent);
    if (target?.dataset.zoo === "link") copy(target, location.href);
  });

  const start = () => {
    applyTheme();
    // Gradio sets the theme once more when it mounts.
    let tries = 0;
    const again = setInterval(() => { applyTheme(); if (++tries > 20) clearInterval(again); }, 100);
    document.addEventListener("click", () => clearInterval(again), { once: true });
    document.documentElement.lang = "en";
    if (new URLSearchParams(location.search).has("tab")) {
      const open = (left) => tabs(false).length ? openAddressed() : left && setTimeout(open, 50, left - 1);
      open(200);
    }
  };
  document.body ? start() : addEventListener("DOMContentLoaded", start);

  // ---- what zoo/app/scripts.py calls by name: functions that fill an element, and functions of an event's values

  const { gallery, wanted } = window.zooSearch ?? {};
  const fillers = { idea, gallery, wanted, examples, run, verdict, preview, canvas, metrics, marked, spot, scores, contestants, pictures };
  const fill = (name, element, props, trigger, watch) => {
    const show = fillers[name](element, props, trigger);
    if (show) watch("value", () => show(props.value));
  };
  // A button for downloading can be pressed while it has a file.
  const pressable = ([file]) => ({ __type__: "update", interactive: Boolean(file) });
  // A panel is in sight while it has something to show; gone from the page, it would not tell when that changes.
  const applies = ([value]) => ({ __type__: "update", visible: value == null || value === "" ? "hidden" : true });
  window.zoo = { fill, pressable, applies, spotOn, settings, usedAction, askedAction, places, toAddress, fromAddress, asked, edited, failed, example };
})();
