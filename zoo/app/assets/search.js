// The gallery and the page of wanted papers: words and filters, which live in the address, so that a view can be shared
// and goes back and forth. Words are looked up in a file that the server writes (zoo/app/search.py).
(() => {
  "use strict";

  // ---- words: without accents, small, singular, as zoo/app/search.py reads them

  const stem = (word) => (word.length > 3 && word.endsWith("s") && !word.endsWith("ss") ? word.slice(0, -1) : word);
  const wordsOf = (text) =>
    (text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).map(stem);
  const IDLE = new Set(["a", "an", "and", "by", "for", "from", "in", "into", "of", "on", "or", "the", "to", "with"]);

  // Whether one word becomes the other by at most `most` letters changed, left out, added or swapped with a neighbour.
  const near = (a, b, most) => {
    if (Math.abs(a.length - b.length) > most) return false;
    let [before, row] = [[], Array.from({ length: b.length + 1 }, (_, place) => place)];
    for (let i = 1; i <= a.length; i += 1) {
      const next = [i];
      for (let j = 1; j <= b.length; j += 1) {
        next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) next[j] = Math.min(next[j], before[j - 2] + 1);
      }
      if (Math.min(...next) > most) return false;
      [before, row] = [row, next];
    }
    return row[b.length] <= most;
  };

  const fit = (asked, word) => {
    if (word === asked) return 1;
    if (word.startsWith(asked)) return 0.6 + 0.3 * asked.length / word.length;
    return asked.length > 2 && word.includes(asked) ? 0.3 : 0;
  };

  // From [[weight, text], …] of each thing to a function that scores all of them for a query: a Map from the thing's
  // number to its score, of those things alone in which every word is met; null where nothing is asked.
  const finder = (things) => {
    const places = new Map();  // word -> Map of thing -> weight
    things.forEach((fields, number) => {
      for (const [weight, text] of fields)
        for (const word of wordsOf(text)) {
          const where = places.get(word) ?? places.set(word, new Map()).get(word);
          where.set(number, Math.max(weight, where.get(number) ?? 0));
        }
    });
    const known = [...places.keys()];
    const meet = (asked) => {
      const hits = new Map();
      const add = (word, quality) => {
        for (const [number, weight] of places.get(word))
          hits.set(number, Math.max(weight * quality, hits.get(number) ?? 0));
      };
      for (const word of known) {
        const quality = fit(asked, word);
        if (quality) add(word, quality);
      }
      if (!hits.size && asked.length > 3)  // a typing error
        for (const word of known) if (near(asked, word, asked.length > 7 ? 2 : 1)) add(word, 0.25);
      return hits;
    };
    return (query) => {
      const all = wordsOf(query);
      const asked = all.some((word) => !IDLE.has(word)) ? all.filter((word) => !IDLE.has(word)) : all;
      if (!asked.length) return null;
      const [first, ...others] = asked.map(meet);
      return new Map([...first].filter(([number]) => others.every((hits) => hits.has(number)))
        .map(([number, score]) => [number, others.reduce((sum, hits) => sum + hits.get(number), score)]));
    };
  };

  // ---- a list that is searched and filtered; a filter's number says how many it would leave

  const browse = (element, list, items, facets) => {
    const query = element.querySelector("#z-query");
    const count = element.querySelector(".z-search output");
    const none = element.querySelector(".z-none");
    const filters = [...element.querySelectorAll(".z-filter")];
    const state = Object.fromEntries(["q", ...facets].map((key) => [key, ""]));
    let find = () => null;
    let shown = items;

    const fits = (item, besides) =>
      facets.every((facet) => facet === besides || !state[facet] || item.facets[facet].includes(state[facet]));

    const show = () => {
      const scores = find(state.q);
      const ordered = scores
        ? items.filter((_, number) => scores.has(number)).sort((a, b) => scores.get(b.number) - scores.get(a.number) || a.number - b.number)
        : items;
      const hidden = new Set(items);
      shown = ordered.filter((item) => fits(item));
      for (const item of shown) { item.node.hidden = false; hidden.delete(item); }
      for (const item of hidden) item.node.hidden = true;
      const wanted = [...shown, ...hidden];
      if (wanted.some((item, place) => list.children[place] !== item.node)) list.append(...wanted.map((item) => item.node));
      count.textContent = `${shown.length} shown`;
      none.hidden = shown.length > 0;
      for (const filter of filters) {
        const { group, value } = filter.dataset;
        filter.setAttribute("aria-pressed", String(state[group] === value));
        const left = ordered.filter((item) => item.facets[group].includes(value) && fits(item, group)).length;
        filter.querySelector("b").textContent = left;
        filter.classList.toggle("z-empty", !left);
      }
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
      history[push ? "pushState" : "replaceState"](null, "", location.pathname + (text && `?${text}`));
      show();
    };

    query.addEventListener("input", () => { state.q = query.value; write(false); });
    element.addEventListener("click", (event) => {
      const filter = event.target.closest(".z-filter");
      const wanted = event.target.closest("[data-zoo]")?.dataset.zoo;
      if (filter) {
        const { group, value } = filter.dataset;
        state[group] = state[group] === value ? "" : value;
        write(true);
      } else if (wanted === "reset") {
        for (const key of Object.keys(state)) state[key] = "";
        query.value = "";
        write(true);
      } else if (wanted === "surprise" && shown.length) shown[Math.floor(Math.random() * shown.length)].open();
    });

    // Keys: "/" goes to the search, arrows go from there to what is shown and about in it, Enter opens the first.
    const focusable = (item) => item.node.querySelector(".z-card, summary, a");
    const beneath = (from, down) => {  // the nearest place in the next row
      const box = from.getBoundingClientRect();
      const places = shown.map((item) => [focusable(item), item.node.getBoundingClientRect()])
        .filter(([, other]) => (down ? other.top > box.top + 4 : other.top < box.top - 4));
      const row = down ? Math.min(...places.map(([, other]) => other.top)) : Math.max(...places.map(([, other]) => other.top));
      return places.filter(([, other]) => Math.abs(other.top - row) < 4)
        .sort((a, b) => Math.abs(a[1].left - box.left) - Math.abs(b[1].left - box.left))[0]?.[0];
    };
    element.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      const place = shown.findIndex((item) => item.node.contains(document.activeElement));
      let next = null;
      if (event.target === query && event.key === "Enter" && shown.length) { event.preventDefault(); shown[0].open(); return; }
      if (event.target === query && event.key === "ArrowDown" && shown.length) next = focusable(shown[0]);
      else if (place >= 0 && event.target === focusable(shown[place])) {
        const node = shown[place].node;
        if (event.key === "ArrowRight") next = shown[place + 1] && focusable(shown[place + 1]);
        if (event.key === "ArrowLeft") next = place ? focusable(shown[place - 1]) : query;
        if (event.key === "ArrowDown") next = beneath(node, true);
        if (event.key === "ArrowUp") next = beneath(node, false) ?? query;
      }
      if (!next) return;
      event.preventDefault();
      next.focus();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest("input, textarea, select, [contenteditable=true]")) return;
      event.preventDefault();
      query.focus();
      query.select();
    });
    addEventListener("popstate", read);
    read();
    return (things) => { find = finder(things); show(); };
  };

  const fetched = (source) => fetch(source).then((reply) => reply.json());

  const gallery = (element) => {
    const list = element.querySelector(".z-cards");
    if (!list || list.dataset.ready) return;
    list.dataset.ready = "yes";
    const items = [...list.children].map((node, number) => ({
      node, number, open: () => node.querySelector("a").click(),
      facets: { family: [node.dataset.family], input: node.dataset.input.split(" "), claims: [node.dataset.claims], rung: [node.dataset.rung] },
    }));
    const search = browse(element, list, items, ["family", "input", "claims", "rung"]);
    fetched(element.querySelector(".z-browse").dataset.source).then((rows) => {
      const bySlug = new Map(rows);
      search(items.map(({ node }) => bySlug.get(node.dataset.slug) ?? [[8, node.textContent]]));
    }).catch(() => search(items.map(({ node }) => [[8, node.textContent]])));
  };

  // ---- wanted papers: what stands there in the catalogue, each folded to its title and first sentence

  const tag = (name, settings = {}, children = []) => {
    const made = Object.assign(document.createElement(name), settings);
    made.append(...children);
    return made;
  };
  const SIZES = { S: "small", M: "medium", L: "large" };

  const details = (row) => {
    const facts = [["Claims", row.claim], ["A page would be", row.demo], ["Shown on", row.data],
      ["Needs", row.shares.join(", ")]].filter(([, text]) => text);
    const command = `zoo new ${row.slug}`;
    return [
      tag("dl", {}, facts.flatMap(([name, text]) => [tag("dt", { textContent: name }), tag("dd", { textContent: text })])),
      ...(row.page ? [] : [tag("p", { className: "z-claimed" }, ["To claim it: ", tag("code", { textContent: command })])]),
    ];
  };

  const paper = (row, number) => {
    const summary = tag("summary", {}, [
      tag("span", { className: "z-paper-title" }, [tag("b", { textContent: row.title })]),
      tag("span", { className: "z-does", textContent: row.does }),
      tag("span", { className: "z-paper-chips" }, [
        tag("span", { className: "z-chip", textContent: row.name }),
        ...(row.page ? [tag("span", { className: "z-chip z-good", textContent: "runs" })] : []),
        tag("span", { className: "z-chip z-plain", textContent: `${SIZES[row.size]} ${row.kind}` }),
      ]),
    ]);
    const folded = tag("details", {}, [summary]);
    folded.addEventListener("toggle", () => { if (folded.open && folded.children.length < 2) folded.append(...details(row)); });
    // Beside what unfolds, not in it: a link within a summary is one too many for a screen reader.
    const page = row.page ? [tag("p", {}, [tag("a", { href: `./${row.page}`, textContent: `Open ${row.title}` })])] : [];
    const node = tag("li", { id: row.slug }, [folded, ...page]);
    const open = () => {
      if (row.page) { location.href = `./${row.page}`; return; }
      folded.open = true;
      summary.focus();
      node.scrollIntoView({ block: "center" });
    };
    return { node, number, open, facets: { family: [row.family], state: [row.page ? "runs" : "wanted"], size: [row.size], trains: [row.trains] } };
  };

  const wanted = (element) => {
    const list = element.querySelector(".z-papers");
    if (!list || list.dataset.ready) return;
    list.dataset.ready = "yes";
    fetched(element.querySelector(".z-browse").dataset.source).then((rows) => {
      const items = rows.map(paper);
      list.append(...items.map((item) => item.node));
      browse(element, list, items, ["family", "state", "size", "trains"])(rows.map((row) => [
        [8, `${row.title} ${row.slug}`], [5, row.does], [4, row.demo], [4, row.shares.join(" ")],
        [3, `${row.claim} ${row.data}`], [3, `${row.name} ${row.kind} ${SIZES[row.size]}`], [2, row.also],
      ]));
      list.setAttribute("aria-busy", "false");
      const asked = items[rows.findIndex((row) => `#${row.slug}` === location.hash)];
      if (asked) { asked.node.firstChild.open = true; asked.node.scrollIntoView({ block: "center" }); }
    }).catch(() => { element.querySelector(".z-search output").textContent = "The list did not come; load the page again."; });
  };

  window.zooSearch = { gallery, wanted, finder };
})();
